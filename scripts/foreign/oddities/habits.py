"""Networks with a habit that breaks tools: of what they take, return, hold, or are."""

import collections
import dataclasses
import threading

import torch
from torch import nn
from torch.nn import functional

SHAPE = (3, 16, 16)


def _maps() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )


class _Base(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.maps, self.head = _maps(), nn.Linear(4, 3)


class TwoInputs(_Base):
    is_refused = True

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x) + other)


class OptionalInput(_Base):
    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        x = self.maps(x)
        return self.head(x if mask is None else x * mask)


class TakesADict(_Base):
    is_refused = True

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        return self.head(self.maps(batch["image"]))


class Item(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x / x.max().item()))


class Decides(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maps(x)
        if x.sum() > 0:
            return self.head(x)
        return -self.head(x)


class ThroughNumpy(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.from_numpy(self.maps(x).numpy() * 2))


class Noise(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x + 0.1 * torch.randn_like(x)))


class Dict(_Base):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        x = self.maps(x)
        return {"out": self.head(x), "features": x}


class Tuple(_Base):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.maps(x)
        return self.head(x), x


Named = collections.namedtuple("Named", ["logits", "aux"])  # noqa: PYI024  as torchvision's


class NamedOutput(_Base):
    def forward(self, x: torch.Tensor) -> Named:
        x = self.maps(x)
        return Named(self.head(x), x)


@dataclasses.dataclass
class Answer:
    logits: torch.Tensor
    features: torch.Tensor


class DataclassOutput(_Base):
    def forward(self, x: torch.Tensor) -> Answer:
        x = self.maps(x)
        return Answer(self.head(x), x)


class HoldsALock(_Base):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x))


class HoldsAGenerator(_Base):
    def __init__(self) -> None:
        super().__init__()
        self.head.batches = (number for number in range(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x))


class Integers(_Base):
    """Pictures as whole numbers, divided inside."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps((x * 255).round().clamp(0, 255) / 255))


class Classes(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x)).argmax(1)


class NoBatch(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x))[0]


class Flips(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(torch.cat([x, x.flip(3)])))


class Positive(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maps(x)
        return x[x > 0]


class Groups(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        kernels = torch.ones(batch * 3, 1, 3, 3)
        y = functional.conv2d(x.reshape(1, -1, height, width), kernels, groups=batch * channels)
        return self.head(self.maps(y.view(batch, channels, *y.shape[2:])[: x.size(0)]))


class CountsItsNorm(_Base):
    """A batch norm that stays in training mode."""

    def train(self, mode: bool = True) -> "CountsItsNorm":
        super().train(mode)
        self.maps[1].train()
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x))


class Nothing(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head.weight * x.shape[2]


class Checkpointed(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        from torch.utils.checkpoint import checkpoint  # noqa: PLC0415

        return self.head(checkpoint(self.maps, x, use_reentrant=False))


class Own(torch.autograd.Function):
    @staticmethod
    def forward(_context: object, x: torch.Tensor) -> torch.Tensor:
        return x.sign()

    @staticmethod
    def backward(_context: object, slope: torch.Tensor) -> torch.Tensor:
        return slope


class StraightThrough(_Base):
    """Binary weights with a gradient of its own (Hubara et al. 2016)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(Own.apply(x)))


class Lazy(_Base):
    is_refused = True

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.LazyLinear(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x))


class Plain(_Base):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x))


class Weightless(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(x.relu(), 4).flatten(1)


def _plain() -> nn.Module:
    return Plain().eval()


def _marked(module: nn.Module) -> nn.Module:
    module.keeps_its_mode = True
    return module


def _scripted() -> nn.Module:
    return torch.jit.script(_plain())


def _traced() -> nn.Module:
    return torch.jit.trace(_plain(), torch.randn(1, *SHAPE))


def _exported() -> nn.Module:
    return torch.export.export(_plain(), (torch.randn(1, *SHAPE),)).module()


def _quantised() -> nn.Module:
    return torch.ao.quantization.quantize_dynamic(_plain(), {nn.Linear}, dtype=torch.qint8)


def _pruned() -> nn.Module:
    from torch.nn.utils import prune  # noqa: PLC0415

    module = _plain()
    prune.l1_unstructured(module.head, "weight", 0.5)
    return module


def _fx() -> nn.Module:
    return torch.fx.symbolic_trace(_plain()).eval()


class CallsForNothing(_Base):
    """One activation for all, and a call of it whose result nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.ModuleList([nn.Conv2d(3, 3, 3, padding=1) for _ in range(3)])
        self.activation = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total = x
        for step in self.steps:
            x = step(x)
            total = total + x
            x = self.activation(x)
        return self.head(self.maps(self.activation(total)))


class ManyNames(nn.Module):
    """One module under three names, called from the last to the first."""

    def __init__(self) -> None:
        super().__init__()
        self.step = nn.Conv2d(3, 3, 3, padding=1)
        self.again = nn.ModuleDict(dict.fromkeys("abc", nn.Upsample(scale_factor=2)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for name in ("c", "b", "a"):
            x = self.again[name](functional.max_pool2d(self.step(x), 2))
        return x.mean((2, 3))


def _extractor() -> nn.Module:
    from torchvision.models.feature_extraction import create_feature_extractor  # noqa: PLC0415

    return create_feature_extractor(_plain(), {"maps.2": "maps", "head": "scores"}).eval()


HABITS = {
    "two inputs": (TwoInputs, SHAPE),
    "an input that may be missing": (OptionalInput, SHAPE),
    "takes a dict": (TakesADict, SHAPE),
    ".item()": (Item, SHAPE),
    "decides by a value": (Decides, SHAPE),
    "through numpy": (ThroughNumpy, SHAPE),
    "draws noise": (Noise, SHAPE),
    "returns a dict": (Dict, SHAPE),
    "returns a tuple": (Tuple, SHAPE),
    "returns a named tuple": (NamedOutput, SHAPE),
    "returns a dataclass": (DataclassOutput, SHAPE),
    "holds a lock": (HoldsALock, SHAPE),
    "holds a generator": (HoldsAGenerator, SHAPE),
    "whole numbers": (Integers, SHAPE),
    "returns the class": (Classes, SHAPE),
    "returns no batch": (NoBatch, SHAPE),
    "flips besides": (Flips, SHAPE),
    "takes what is positive": (Positive, SHAPE),
    "groups by pictures": (Groups, SHAPE),
    "a norm in training mode": (CountsItsNorm, SHAPE),
    "reads no picture": (Nothing, SHAPE),
    "calls for nothing": (CallsForNothing, SHAPE),
    "one module, three names": (ManyNames, SHAPE),
    "checkpointed": (Checkpointed, SHAPE),
    "a gradient of its own": (StraightThrough, SHAPE),
    "lazy": (Lazy, SHAPE),
    "without weights": (Weightless, SHAPE),
    "half": (lambda: Plain().half(), SHAPE),
    "bfloat16": (lambda: Plain().bfloat16(), SHAPE),
    "double": (lambda: Plain().double(), SHAPE),
    "scripted": (_scripted, SHAPE),
    "traced by torch.jit": (_traced, SHAPE),
    "exported": (_exported, SHAPE),
    "quantised": (_quantised, SHAPE),
    "pruned": (_pruned, SHAPE),
    "traced by torch.fx": (_fx, SHAPE),
    "feature extractor": (_extractor, SHAPE),
    "data parallel": (lambda: nn.DataParallel(_plain()), SHAPE),
    "compiled": (lambda: torch.compile(_plain(), backend="eager"), SHAPE),
    "channels last memory": (lambda: _plain().to(memory_format=torch.channels_last), SHAPE),
    "spectral norm": (
        lambda: nn.Sequential(
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)), nn.Flatten()
        ),
        SHAPE,
    ),
    "weight norm": (
        lambda: nn.Sequential(
            nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), nn.Flatten()
        ),
        SHAPE,
    ),
}
