"""Networks as people have them, with what is awkward about each; the table in the docs is of them.

Weights are random but for a seed: the same network twice, one to hand over and one to hold against.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from models import torchvision_operators  # noqa: F401  must precede torchvision

# isort: split
import timm
import torchvision


@dataclass(frozen=True)
class Own:
    """A network of a person's own.

    Attributes:
        title: for the table.
        build: the network, as the person has it.
        shape: of its input.
        shown: what of its outputs is shown, by its path.
        reference: from what was built to what computes the same in float32.
        refused: words of the refusal; "" if it opens.
    """

    title: str
    build: Callable[[], nn.Module]
    shape: tuple[int, int, int] = (3, 64, 64)
    shown: tuple[str | int, ...] = ()
    reference: Callable[[nn.Module], nn.Module] = lambda module: module
    refused: str = ""


class FunctionalReLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 8, 3, stride=2), nn.Conv2d(8, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 31 * 31, 5)

    def forward(self, x):
        x = functional.relu(self.conv1(x), inplace=True)
        return self.fc(functional.leaky_relu(self.conv2(x), 0.1).flatten(1))


class ReusedReLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.convs = nn.ModuleList(nn.Conv2d(width, 8, 3, 2) for width in (3, 8, 8))
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        for conv in self.convs:
            x = self.relu(conv(x))
        return self.fc(x.mean((2, 3)))


class ChunkAndSplit(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 3, padding=1)
        self.left, self.right = nn.Conv2d(6, 6, 3, padding=1), nn.Conv2d(4, 4, 1)
        self.fc = nn.Linear(16, 6)

    def forward(self, x):
        left, right = self.stem(x).chunk(2, dim=1)
        first, second = right.split([2, 4], dim=1)
        x = torch.cat([left * self.left(left), first, self.right(second), second], dim=1)
        return self.fc(functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 4, 3, 2, 1), nn.ReLU()
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(4, 8, 2, 2), nn.ReLU(), nn.ConvTranspose2d(8, 1, 2, 2), nn.Sigmoid()
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = self.block(3, 8), self.block(8, 16)
        self.bottom = self.block(16, 32)
        self.up2, self.join2 = nn.ConvTranspose2d(32, 16, 2, 2), self.block(32, 16)
        self.up1, self.join1 = nn.Upsample(scale_factor=2, mode="bilinear"), self.block(24, 8)
        self.out = nn.Conv2d(8, 3, 1)

    @staticmethod
    def block(width, wider):
        return nn.Sequential(
            nn.Conv2d(width, wider, 3, padding=1, bias=False), nn.BatchNorm2d(wider), nn.ReLU(True)
        )

    def forward(self, x):
        first = self.down1(x)
        second = self.down2(functional.max_pool2d(first, 2))
        x = self.bottom(functional.max_pool2d(second, 2))
        x = self.join2(torch.cat([second, self.up2(x)], 1))
        return self.out(self.join1(torch.cat([first, self.up1(x)], 1)))


class Gates(nn.Module):
    """CBAM (Woo et al. 2018): channel gates, then gates of places."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)
        self.mlp = nn.Sequential(nn.Conv2d(16, 4, 1), nn.ReLU(), nn.Conv2d(4, 16, 1))
        self.places = nn.Conv2d(2, 1, 7, padding=3)
        self.fc = nn.Linear(16, 9)

    def forward(self, x):
        x = self.conv(x)
        mean = self.mlp(functional.adaptive_avg_pool2d(x, 1))
        largest = self.mlp(functional.adaptive_max_pool2d(x, 1))
        x = x * torch.sigmoid(mean + largest)
        two = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return self.fc((x * torch.sigmoid(self.places(two))).mean((2, 3)))


class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 5, 4), nn.ReLU())
        self.boxes, self.kinds = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 6, 1)

    def forward(self, x):
        x = self.body(x)
        return self.kinds(x).mean((2, 3)), self.boxes(x)


class Straight(torch.autograd.Function):
    """Rounds on the way there, and does not on the way back."""

    @staticmethod
    def forward(_context, x):
        return torch.round(x * 8) / 8

    @staticmethod
    def backward(_context, gradient):
        return gradient


class OwnAutograd(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 6, 3, 2), nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(Straight.apply(self.conv(x)).mean((2, 3)))


class Recurrent(nn.Module):
    """A CRNN as for lines of text: columns are steps of time."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1))
        self.rnn = nn.LSTM(8 * 8, 12, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(24, 11)

    def forward(self, x):
        x = self.conv(x).permute(0, 3, 1, 2).flatten(2)
        return self.fc(self.rnn(x)[0])


class HeldAside(nn.Module):
    """A buffer that is not saved, a tensor that is no buffer, a list of some, and two of a kind."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.1, 0.2, 0.3])[:, None, None], persistent=False)
        self.scale = torch.full((3, 1, 1), 2.0)
        self.shifts = [torch.tensor(0.5), torch.tensor(-0.25)]
        self.conv = nn.Conv2d(3, 8, 3, 2)
        self.again = self.conv
        self.fc = nn.Linear(8, 8)
        self.tied = nn.Linear(8, 8)
        self.tied.weight = self.fc.weight

    def forward(self, x):
        x = (x - self.mean) * self.scale + self.shifts[0] - self.shifts[1]
        return self.tied(self.fc(self.again(x).mean((2, 3))))


class Decides(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x = self.conv(x)
        if x.mean() > 0:
            x = -x
        return x.mean((2, 3))


class Counts(nn.Module):
    """Says something else at each call."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.conv(x).mean((2, 3)) * self.calls


class TakesTwo(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x, mask):
        return self.conv(x * mask)


def resnet(**options):
    return torchvision.models.resnet18(weights=None, **options)


def small(*layers):
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), *layers)


def classifier(classes=5):
    return small(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, classes))


def without_classifier():
    network = resnet()
    network.fc = nn.Identity()
    return network


def in_training():
    return small(nn.Dropout(0.5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)).train()


def with_broken_weights():
    network = classifier()
    with torch.no_grad():
        network[0].weight[2, 1] = float("nan")
        network[5].bias[1] = float("inf")
    return network


def deep():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        *(layer for _ in range(499) for layer in (nn.Conv2d(4, 4, 1), nn.ReLU())),
        nn.AdaptiveAvgPool2d(1),
    )


def lazy(*, has_run):
    network = nn.Sequential(nn.LazyConv2d(8, 3, 2), nn.ReLU(), nn.Flatten(), nn.LazyLinear(4))
    if has_run:
        network(torch.zeros(1, 3, 64, 64))
    return network


def normalised():
    norms = nn.utils.parametrizations
    return nn.Sequential(
        norms.weight_norm(nn.Conv2d(3, 8, 3, 2)),
        nn.ReLU(),
        norms.spectral_norm(nn.Conv2d(8, 8, 3, 2)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.utils.parametrize.register_parametrization(nn.Linear(8, 5), "weight", Doubled()),
    )


class Doubled(nn.Module):
    def forward(self, weight):
        return 2 * weight


def with_hooks():
    network = classifier()
    seen = []
    network[0].register_forward_hook(lambda _module, _given, value: seen.append(value))
    network[2].register_forward_hook(lambda _module, _given, value: value * 0.5)
    network[3].register_forward_pre_hook(lambda _module, given: (given[0] + 1,))
    return network


def quantised():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(
                torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
                requires_grad=False,
            )

        def forward(self, x):
            return x * self.weight.dequantize().sum()

    return Plain()


_IN_FLOAT = {"reference": lambda module: module.float()}

NETWORKS = (
    Own("torchvision ResNet-34, 7 classes", lambda: torchvision.models.resnet34(num_classes=7)),
    Own(
        "torchvision MobileNetV3, 12 classes",
        lambda: torchvision.models.mobilenet_v3_small(num_classes=12),
    ),
    Own(
        "torchvision ShuffleNetV2, 3 classes",
        lambda: torchvision.models.shufflenet_v2_x0_5(num_classes=3),
    ),
    Own(
        "torchvision EfficientNet-B0, 2 classes",
        lambda: torchvision.models.efficientnet_b0(num_classes=2),
    ),
    Own(
        "torchvision SqueezeNet, 6 classes",
        lambda: torchvision.models.squeezenet1_1(num_classes=6),
    ),
    Own(
        "timm ResNet-10-T of 1-channel pictures, 4 classes",
        lambda: timm.create_model("resnet10t", num_classes=4, in_chans=1),
        (1, 64, 64),
    ),
    Own(
        "timm ConvNeXt-Atto, 7 classes",
        lambda: timm.create_model("convnext_atto", num_classes=7),
    ),
    Own("timm RegNetY-200MF, 5 classes", lambda: timm.create_model("regnety_002", num_classes=5)),
    Own(
        "timm MobileOne-S0, several branches",
        lambda: timm.create_model("mobileone_s0", num_classes=5),
    ),
    Own("functional ReLU", FunctionalReLU),
    Own("one ReLU for all layers, in place", ReusedReLU),
    Own("chunk and split", ChunkAndSplit),
    Own("transposed convolutions (autoencoder)", Autoencoder, (1, 32, 48)),
    Own("U-Net", UNet),
    Own("gates of channels and places (CBAM)", Gates),
    Own("two outputs, a tuple", TwoOutputs, shown=(0,)),
    Own(
        "dict output (segmentation, LR-ASPP)",
        lambda: torchvision.models.segmentation.lraspp_mobilenet_v3_large(
            weights=None, weights_backbone=None, num_classes=4
        ),
        shown=("out",),
    ),
    Own("no classifier (ResNet-18, features)", without_classifier),
    Own("half precision", lambda: resnet(num_classes=3).half(), **_IN_FLOAT),
    Own("bfloat16", lambda: classifier().to(torch.bfloat16), **_IN_FLOAT),
    Own("double precision", lambda: classifier().double(), **_IN_FLOAT),
    Own(
        "DataParallel",
        lambda: nn.DataParallel(classifier()),
        reference=lambda module: module.module,
    ),
    Own(
        "torch.compile",
        lambda: torch.compile(classifier()),
        reference=lambda module: module._orig_mod,
    ),
    Own("in training mode, with dropout", in_training),
    Own("weights normalised and parametrised", normalised),
    Own("an autograd function of its own", OwnAutograd),
    Own("recurrent (CRNN)", Recurrent, (1, 32, 64)),
    Own("weights that are not finite", with_broken_weights),
    Own("1,000 layers", deep, (3, 16, 16)),
    Own("tensors beside its state dict, shared ones", HeldAside),
    Own("lazy layers that have run", lambda: lazy(has_run=True)),
    Own("forward hooks that change values", with_hooks),
    Own(
        "a graph of torch.fx",
        lambda: torch.fx.symbolic_trace(classifier().eval()),
    ),
    Own("channels last in memory", lambda: classifier().to(memory_format=torch.channels_last)),
    Own(
        "lazy layers that never ran",
        lambda: lazy(has_run=False),
        refused="lazy and were never run: 0, 3",
    ),
    Own("decides by what it computes", Decides, refused="decides by the values"),
    Own("counts its calls", Counts, refused="computes something else than the network itself"),
    Own("reads two tensors", TakesTwo, refused="reads x, mask"),
    Own(
        "4 channels",
        lambda: nn.Conv2d(4, 8, 3),
        (4, 32, 32),
        refused="input_shape has 4 channels",
    ),
    Own(
        "1 channel, asked for 3",
        lambda: nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten()),
        refused=r"give input_shape=\(1, 64, 64\)",
    ),
    Own(
        "TorchScript",
        lambda: torch.jit.trace(nn.Conv2d(3, 4, 3), torch.zeros(1, 3, 8, 8)),
        refused="Hand over the module that it was made from",
    ),
    Own("quantised weights", quantised, refused="`weight` is quantised"),
)


def built(own):
    """The network, the same at each call."""
    torch.manual_seed(0)
    network = own.build()
    generator = torch.Generator().manual_seed(1)
    for child in network.modules():
        # As training leaves them, not 0 and 1.
        if isinstance(child, nn.BatchNorm2d):
            for name, least in (("running_mean", -0.1), ("running_var", 0.5)):
                drawn = torch.rand(child.num_features, generator=generator) + least
                getattr(child, name).copy_(drawn.to(getattr(child, name).dtype))
    return network


def reference(own):
    """What the network computes, in float32 and evaluation mode, by torch alone."""
    return own.reference(built(own)).eval()
