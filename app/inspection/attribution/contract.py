"""What every attribution method is given, what it gives back, and how it describes itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.errors import InvalidOptionError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import Unit
from app.inspection.progress import Progress
from models.catalogue.entry import Paper

Heatmap = npt.NDArray[np.float32]
OptionValue = bool | int | float | str
Options = Mapping[str, OptionValue]

_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


@dataclass(frozen=True)
class Option:
    """A setting of a method: the API checks it, the page makes a control of it.

    Attributes:
        name: of the parameter.
        title: of the control.
        description: one sentence.
        minimum, maximum: both included, of numbers.
        choices: of a choice.
    """

    name: str
    title: str
    description: str
    kind: Literal["integer", "number", "boolean", "choice"]
    default: OptionValue
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def valid(self) -> str:
        """The valid values, in words."""
        match self.kind:
            case "boolean":
                return "true or false"
            case "choice":
                return f"one of {', '.join(self.choices)}"
            case "integer":
                return f"a whole number from {self.minimum:g} to {self.maximum:g}"
            case _:
                return f"a number from {self.minimum:g} to {self.maximum:g}"

    def parsed(self, text: str) -> OptionValue:
        """The value that a text stands for.

        Raises:
            InvalidOptionError: it stands for none, or for one that is out of range.
        """
        value = self._read(text)
        if value is None or (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and not (self.minimum or 0) <= value <= (self.maximum or 0)
        ):
            raise InvalidOptionError(self.name, text, self.valid)
        return value

    def _read(self, text: str) -> OptionValue | None:
        if self.kind == "choice":
            return text if text in self.choices else None
        if self.kind == "boolean":
            return True if text in _TRUE else False if text in _FALSE else None
        try:
            return int(text) if self.kind == "integer" else float(text)
        except ValueError:
            return None


@dataclass(frozen=True, eq=False)
class Subject:
    """What is to be explained: one unit of one network at one picture.

    Attributes:
        graph: of the network, only read.
        tensor: the prepared picture, (1, channels, height, width).
        target: the unit; of the layer `graph.output` for a class.
        activations: what layers returned for the picture, by layer id, without the batch axis; not
            necessarily of every layer.
        black: what black is in `tensor`, for each channel.
        layer_id: whose maps a class activation map weighs; None for methods that need none.
    """

    graph: LayerGraph
    tensor: torch.Tensor
    target: Unit
    activations: Mapping[str, torch.Tensor]
    black: tuple[float, ...] = ()
    layer_id: str | None = None


@dataclass(frozen=True)
class Completeness:
    """How far the parts of an attribution add up to what they should.

    Attributes:
        total: sum of the attribution.
        difference: the target at the picture less the target at the baseline.
    """

    total: float
    difference: float

    @property
    def gap(self) -> float:
        """|total - difference|, in the target's units."""
        return abs(self.total - self.difference)

    @property
    def relative_gap(self) -> float | None:
        """The gap over |difference|; None where there is no difference."""
        return self.gap / abs(self.difference) if self.difference else None


@dataclass(frozen=True, eq=False)
class Attribution:
    """A heat map over the network's input; positive speaks for the target, negative against it.

    Attributes:
        values: float32, (height, width) of the input; raw, never rescaled.
        target_value: what the target is at this picture.
        layer_values: a class activation map at its layer's own size, float32.
        completeness: where the method promises a sum.
        facts: further numbers by name.
    """

    values: Heatmap
    target_value: float
    layer_values: Heatmap | None = None
    completeness: Completeness | None = None
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """Of its arrays."""
        return self.values.nbytes + (0 if self.layer_values is None else self.layer_values.nbytes)


Run = Callable[[Subject, Options, Progress], Attribution]
Check = Callable[[Sequence[int], Options], None]


def _anything_goes(input_shape: Sequence[int], options: Options) -> None:
    """The check of a method whose options are valid for every network."""


@dataclass(frozen=True)
class Method:
    """An attribution method, as data.

    Attributes:
        name: in addresses.
        summary: one sentence for somebody who never heard of it.
        formula: in plain text.
        uses_layer: True if it weighs the maps of a layer, which can be chosen.
        is_long: True if it takes seconds: it reports its steps.
        signed: False if it never gives a negative value.
        run: computes it.
        check: given the network's input shape (channels, height, width) and all options, raises
            InvalidOptionError where they ask for what is not computed.
    """

    name: str
    title: str
    summary: str
    formula: str
    paper: Paper
    run: Run
    options: tuple[Option, ...] = ()
    uses_layer: bool = False
    is_long: bool = False
    signed: bool = True
    check: Check = _anything_goes

    def complete(self, given: Mapping[str, str]) -> dict[str, OptionValue]:
        """All options by name: those given as text, the defaults of the others.

        Raises:
            InvalidOptionError: the method has no such option, or the value is not valid.
        """
        known = {option.name: option for option in self.options}
        for name, text in given.items():
            if name not in known:
                valid = ", ".join(known) or "none"
                raise InvalidOptionError(name, text, f"an option of {self.name} ({valid})")
        return {
            name: option.parsed(given[name]) if name in given else option.default
            for name, option in known.items()
        }
