"""The errors that opening and running a network's graph raise."""

import difflib
from collections.abc import Sequence

from models.errors import ConvscopeError


class NotExportableError(ConvscopeError):
    """The network's computation cannot be written down as one fixed graph.

    Attributes:
        cause: why, one sentence.
        location: `file.py:12` of the network's own line that it failed in, where one is known.
    """

    def __init__(self, network: str, cause: str, location: str | None = None) -> None:
        self.network = network
        self.cause = cause
        self.location = location
        place = f" ({location})" if location else ""
        super().__init__(f"The layers of {network} cannot be shown: {cause}{place}")


class UnknownLayerError(ConvscopeError):
    """The graph has no layer of this id.

    Attributes:
        choices: every id that would have been valid, in execution order.
        close_matches: the ids most like it, if any is.
    """

    def __init__(self, layer_id: str, choices: Sequence[str]) -> None:
        self.layer_id = layer_id
        self.choices = tuple(choices)
        self.close_matches = difflib.get_close_matches(layer_id, self.choices, n=3, cutoff=0.4)
        hint = f" Did you mean {', '.join(self.close_matches)}?" if self.close_matches else ""
        super().__init__(
            f"There is no layer {layer_id!r}.{hint} The network has {len(self.choices)} layers, "
            f"from {self.choices[0]} to {self.choices[-1]}."
        )


class NoFiltersError(ConvscopeError):
    """The layer has no learned templates.

    Attributes:
        nearest: id of the closest layer that has some, None if the network has none at all.
    """

    def __init__(self, layer_id: str, reason: str, nearest: str | None) -> None:
        self.layer_id = layer_id
        self.nearest = nearest
        hint = f" The nearest layer with filters is {nearest}." if nearest else ""
        super().__init__(f"{layer_id} has no filters ({reason}).{hint}")


class ComplexValuesError(ConvscopeError):
    """The layer's values are complex, and only their real part is kept."""

    def __init__(self, layer_id: str) -> None:
        self.layer_id = layer_id
        super().__init__(
            f"{layer_id} has complex numbers, of which only the real part is kept, so nothing can "
            "be computed from them. Take a layer of real numbers."
        )


class NotAUnitError(ConvscopeError):
    """The layer is neither a vector nor maps, so that no channel, row and column name a number."""

    def __init__(self, layer_id: str, shape: Sequence[int]) -> None:
        self.layer_id = layer_id
        self.shape = tuple(shape)
        super().__init__(
            f"{layer_id} has the shape {self.shape}: neither a vector nor maps, so that a channel, "
            "a row and a column name no single number of it. Take a layer that has maps or is a "
            "vector."
        )


class InputShapeError(ConvscopeError):
    """The tensor has another shape than the one that the graph was traced for."""

    def __init__(self, shape: Sequence[int], expected: Sequence[int]) -> None:
        self.shape = tuple(shape)
        self.expected = tuple(expected)
        channels, height, width = self.expected
        super().__init__(
            f"This graph computes with inputs (1, {channels}, {height}, {width}), not "
            f"{self.shape}. Trace the network for the other size."
        )


class WorkCancelledError(ConvscopeError):
    """Nobody waits for this computation any more; it ends at its next step."""

    def __init__(self) -> None:
        super().__init__("This computation was given up.")


class UnknownMethodError(ConvscopeError):
    """There is no attribution method of this name.

    Attributes:
        choices: every name that would have been valid.
    """

    def __init__(self, name: str, choices: Sequence[str]) -> None:
        self.name = name
        self.choices = tuple(choices)
        super().__init__(
            f"There is no attribution method {name!r}; there is {', '.join(self.choices)}."
        )


class InvalidOptionError(ConvscopeError):
    """An option that a method does not have, or a value that it cannot take."""

    def __init__(self, name: str, text: str, valid: str) -> None:
        super().__init__(f"{name} is {text!r}, which is not {valid}.")


class InvalidAttributionLayerError(ConvscopeError):
    """A layer whose maps cannot be weighed for a target."""

    def __init__(self, layer_id: str, target_id: str, choices: Sequence[str]) -> None:
        valid = f"{choices[0]} to {choices[-1]}" if choices else "none: there is none"
        super().__init__(
            f"{layer_id} has no maps of several positions that {target_id} depends on. Valid are "
            f"such layers before it, {valid}."
        )
