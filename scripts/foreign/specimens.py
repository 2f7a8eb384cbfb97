"""Networks that others wrote, one a family: what each is called and how it is built."""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from foreign.oddities import ODDITIES
from torch import nn

from models import torchvision_operators as _operators  # noqa: F401  must precede timm and torchvision

Shape = tuple[int, int, int]
Build = Callable[[], tuple[nn.Module, tuple[Shape, ...]]]

# Sides of the pictures to try, the smallest first; a design's own size comes last.
_SIDES = (64, 96, 128, 224)

# The convolutional and hybrid families of timm, a small design of each, several where a file holds
# several designs. A family whose only convolutions cut the picture into patches is none of them.
_TIMM = """
lambda_resnet26rpt_256 halonet26t eca_botnext26ts_256 gernet_s mobileone_s0 repvgg_a0 mixnet_s
resnet51q coat_lite_tiny convmixer_768_32 convnext_atto convnextv2_atto cpubone_b0_bfrobust
crossvit_tiny_240 csatv2 cs3darknet_focus_s darknet17 davit_tiny densenet121 dla46x_c dpn48b
edgenext_xx_small efficientformer_l1 efficientformerv2_s0 efficientnet_b0 tinynet_e mnasnet_small
efficientvit_b0 efficientvit_m0 fasternet_t0 fastvit_t8 focalnet_tiny_srf gcvit_xxtiny
ghostnet_050 ghostnetv2_100 ghostnetv3_050 hardcorenas_a hgnet_tiny hgnetv2_b0 hrnet_w18_small
inception_next_atto inception_resnet_v2 inception_v3 inception_v4 lcnetv2_small levit_128s
levit_conv_128s lowformer_b0 mambaout_femto coatnet_nano_rw_224 maxvit_rmlp_pico_rw_256
caformer_s18 poolformer_s12 mobilenetv3_small_050 lcnet_035 mobilenetv5_base
mobilenetv4_conv_small mobilevit_xxs mobilevitv2_050 mvitv2_tiny nasnetalarge nest_tiny
nextvit_small nf_regnet_b0 nfnet_l0 eca_nfnet_l0 pit_ti_224 pnasnet5large pvt_v2_b0 rdnet_tiny
regnetx_002 regnety_002 regnetz_005 repghostnet_050 repvit_m0_9 res2net50_14w_8s resnest14d
resnet10t resnetaa50d resnetblur18 seresnet18 resnetv2_18 resnetv2_50x1_bit rexnet_100 selecsls42
legacy_seresnet18 sequencer2d_s shvit_s1 skresnet18 starnet_s1 swiftformer_xs tiny_vit_5m_224
tresnet_m twins_pcpvt_small twins_svt_small vgg11 visformer_tiny vit_tiny_r_s16_p8_224
vit_base_mci_224 vitamin_small_224 volo_d1_224 ese_vovnet19b_slim legacy_xception xception41
xcit_nano_12_p16_224
"""

_TORCHVISION = """
alexnet convnext_tiny densenet121 efficientnet_b0 efficientnet_v2_s googlenet inception_v3
maxvit_t mnasnet0_5 mobilenet_v2 mobilenet_v3_small regnet_x_400mf regnet_y_400mf resnet18
resnext50_32x4d shufflenet_v2_x0_5 squeezenet1_0 squeezenet1_1 swin_t swin_v2_t vgg11 vgg11_bn
vit_b_16 wide_resnet50_2 fcn_resnet50 deeplabv3_resnet50 deeplabv3_mobilenet_v3_large
lraspp_mobilenet_v3_large
"""


@dataclass(frozen=True)
class Specimen:
    """One network of a zoo.

    Attributes:
        build: makes it, with random weights, and the shapes of pictures to try, smallest first.
    """

    zoo: str
    name: str
    build: Build


def has_pytorchcv() -> bool:
    """True if that package can be imported; it is none of those that this program installs."""
    return importlib.util.find_spec("pytorchcv") is not None


def specimens() -> list[Specimen]:
    """All of them, in the order in which they are shown."""
    found = [Specimen("timm", name, _timm(name)) for name in _timm_names()]
    found += [Specimen("pytorchcv", name, _pytorchcv(name)) for name in _pytorchcv_names()]
    found += [Specimen("torchvision", name, _torchvision(name)) for name in _TORCHVISION.split()]
    return found + [Specimen("oddities", name, _oddity(name)) for name in ODDITIES]


def _timm_names() -> list[str]:
    import timm  # noqa: PLC0415  takes seconds

    there = set(timm.list_models())
    return [name for name in _TIMM.split() if name in there]


def _timm(name: str) -> Build:
    def build() -> tuple[nn.Module, tuple[Shape, ...]]:
        import timm  # noqa: PLC0415  takes seconds

        network = timm.create_model(name, pretrained=False)
        own = network.default_cfg["input_size"]
        sides = () if network.default_cfg.get("fixed_input_size") else _SIDES
        return network, (*((3, side, side) for side in sides), own)

    return build


def _pytorchcv_names() -> Iterator[str]:
    """The first of each file, which is the smallest."""
    if not has_pytorchcv():
        return
    from pytorchcv import model_provider  # noqa: PLC0415  not always there

    seen = set()
    for name, function in model_provider._models.items():  # noqa: SLF001  it publishes no list
        if function.__module__ not in seen:
            seen.add(function.__module__)
            yield name


def _pytorchcv(name: str) -> Build:
    def build() -> tuple[nn.Module, tuple[Shape, ...]]:
        from pytorchcv import model_provider  # noqa: PLC0415  not always there

        network = model_provider.get_model(name, pretrained=False)
        height, width = getattr(network, "in_size", (224, 224))
        channels = getattr(network, "in_channels", 3)
        smaller = [side for side in _SIDES if side < height]
        sizes = [*((side, side) for side in smaller), (height, width)]
        # Some of them are for pictures without colours, and do not say so.
        return network, tuple((count, *size) for count in (channels, 1) for size in sizes)

    return build


def _torchvision(name: str) -> Build:
    def build() -> tuple[nn.Module, tuple[Shape, ...]]:
        import torchvision  # noqa: PLC0415  takes seconds

        more: dict[str, Any] = {}
        if name.startswith(("deeplab", "lraspp", "fcn")):
            more = {"weights_backbone": None}
        elif name in ("googlenet", "inception_v3"):
            more = {"init_weights": False, "aux_logits": True}
        network = torchvision.models.get_model(name, weights=None, **more)
        return network, tuple((3, side, side) for side in _SIDES)

    return build


def _oddity(name: str) -> Build:
    def build() -> tuple[nn.Module, tuple[Shape, ...]]:
        make, shape = ODDITIES[name]
        return make(), (shape,)

    return build
