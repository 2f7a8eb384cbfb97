"""The network of an indexed design as its library alone makes it, without our factories."""

from functools import partial

from torch import nn

from models import torchvision_operators  # noqa: F401  must precede torchvision
from models.catalogue.catalogue import catalogue
from models.training.recipes import RECIPES

import timm  # isort: skip  (after the operators above)
import torchvision.models  # isort: skip

# torchvision's own argument for networks with auxiliary heads.
HEADED = ("googlenet", "inception_v3")


def shapes(module):
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def first_convolution(module):
    return next(
        (path, child) for path, child in module.named_modules() if isinstance(child, nn.Conv2d)
    )


def with_one_channel(module):
    """As people do it: another first convolution."""
    path, child = first_convolution(module)
    assert child.in_channels == 3
    replacement = nn.Conv2d(
        1,
        child.out_channels,
        child.kernel_size,
        child.stride,
        child.padding,
        bias=child.bias is not None,
    )
    parent, _, name = path.rpartition(".")
    setattr(module.get_submodule(parent), name, replacement)
    return module


def library_build(record, classes, channels):
    """Makes the design's network by its library's own function."""
    name = record.made_as
    if record.library == "timm" or name == "efficientnet_lite0":
        known = "tf_efficientnet_lite0" if record.library == "convscope" else name
        return partial(timm.create_model, known, num_classes=classes, in_chans=channels)
    if record.library == "torchvision":
        more = {"aux_logits": False, "init_weights": False} if name in HEADED else {}
        build = partial(torchvision.models.get_model, name, num_classes=classes, **more)
    elif name in RECIPES:
        return partial(RECIPES[name].build, classes=classes, in_channels=channels)
    else:
        build = partial(catalogue().resolve(name).architecture.build, classes=classes)
    return build if channels == 3 else lambda: with_one_channel(build())
