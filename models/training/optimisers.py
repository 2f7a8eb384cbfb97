"""The rules by which a network can be trained: by name, in symbols, and what each can be told.

w is a weight, W all of them; g the gradient of the loss, L(W) the loss over the whole training set.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from models.errors import ConvscopeError

Optimiser = Literal[
    "nesterov",
    "momentum",
    "sgd",
    "gradient-descent",
    "random-local-search",
    "random-search",
]
Schedule = Literal["cosine", "constant"]

SETTINGS = ("learning_rate", "schedule", "momentum", "weight_decay", "batch_size", "scale")
"""Each belongs to some of the rules; epochs and seed belong to all."""

# Pictures computed at once; a thousand in a network at full resolution would fill the memory.
PORTION = 250

_MINIBATCH_WORDS = "g is the gradient of a minibatch, whose pictures are moved a little."
_WHOLE_SET = "Every step looks at all training pictures, as they stand: an epoch is one step."
_SEARCH = (
    f"{_WHOLE_SET} Dropout is off and batch normalisation keeps its first statistics, so that L "
    "depends on W alone. The first step finds L of the first weights; {drawn}"
)


class UnusedSettingError(ConvscopeError):
    """A setting was given that the optimiser does not use."""

    def __init__(self, setting: str, optimiser: Optimiser) -> None:
        rule = RULES[optimiser]
        super().__init__(
            f"{setting}: {optimiser} ({rule.rule}) does not use it; its settings are "
            f"{', '.join(rule.settings)} and epochs."
        )


@dataclass(frozen=True)
class Rule:
    """How an optimiser changes the weights.

    Attributes:
        title: what people call it.
        rule: one step in symbols, with r the rate, m the momentum, s the scale.
        detail: what the symbols leave open.
        settings: which of `SETTINGS` it uses.
        defaults: of its settings, where those of the designs' recipes do not suit it: they were
            chosen for minibatches with momentum.
    """

    title: str
    rule: str
    detail: str
    settings: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sees_whole_set(self) -> bool:
        """True if every step looks at all training pictures, False if at a minibatch of them."""
        return "batch_size" not in self.settings

    @property
    def is_search(self) -> bool:
        """True if it needs no gradients."""
        return "scale" in self.settings


_MINIBATCH = ("batch_size", "learning_rate", "schedule", "weight_decay")

RULES: dict[Optimiser, Rule] = {
    "nesterov": Rule(
        title="Nesterov momentum",
        rule="v ← m v + g; w ← w - r (g + m v)",
        detail=_MINIBATCH_WORDS,
        settings=(*_MINIBATCH, "momentum"),
    ),
    "momentum": Rule(
        title="momentum",
        rule="v ← m v + g; w ← w - r v",
        detail=_MINIBATCH_WORDS,
        settings=(*_MINIBATCH, "momentum"),
    ),
    "sgd": Rule(
        title="minibatch gradient descent",
        rule="w ← w - r g",
        detail=_MINIBATCH_WORDS,
        settings=_MINIBATCH,
    ),
    "gradient-descent": Rule(
        title="gradient descent, full batch",
        rule="w ← w - r ∂L/∂w",
        detail=f"{_WHOLE_SET} The gradient is added up over portions of {PORTION}, which is "
        "exact unless the network normalises batches; dropout draws anew for every portion.",
        settings=("learning_rate", "schedule", "weight_decay"),
        defaults={"learning_rate": 0.1, "schedule": "constant", "weight_decay": 0.0, "epochs": 200},
    ),
    "random-local-search": Rule(
        title="random local search",
        rule="W ← W + f iff L(W + f) < L(W), f ~ N(0, s²)",
        detail=_SEARCH.format(drawn="every other one draws a new f."),
        settings=("scale",),
        defaults={"scale": 0.02, "epochs": 200},
    ),
    "random-search": Rule(
        title="random search",
        rule="W ← V iff L(V) < L(W), V ~ N(0, s²)",
        detail=_SEARCH.format(drawn="every other one draws a new V."),
        settings=("scale",),
        defaults={"scale": 0.05, "epochs": 200},
    ),
}


def check_settings(optimiser: Optimiser, given: Iterable[str]) -> None:
    """Refuse settings that an optimiser does not use.

    Args:
        optimiser: the one that was chosen.
        given: names of settings; others than `SETTINGS` belong to every optimiser.

    Raises:
        UnusedSettingError: names the first of them, and those that it has.
    """
    for name in given:
        if name in SETTINGS and name not in RULES[optimiser].settings:
            raise UnusedSettingError(name, optimiser)
