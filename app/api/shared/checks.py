"""Which classes, channels, units and ranges there are: one check and one wording each."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.errors import InvalidParameterError, InvalidUnitError, NoScoresError
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.unit import Unit
from models.catalogue.digit_entries import LABELS
from models.catalogue.entry import ModelEntry

# Of which a request may follow the scores.
MOST_CLASSES = 32

_INDICES = re.compile(r"\d{1,9}(,\d{1,9})*", re.ASCII)
_RANGES = re.compile(r"\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*", re.ASCII)

RivalNumber = Annotated[
    int | None,
    Field(
        description="index of another class: then all is about the logit of the class less that "
        "of this one",
    ),
]
ChannelNumber = Annotated[int | None, Field(description="of a vector the feature's number")]
RowNumber = Annotated[int | None, Field(description="of a layer with rows and columns")]


class UnitQuery(BaseModel):
    """Which unit."""

    model_config = ConfigDict(extra="forbid")

    channel: ChannelNumber = None
    row: RowNumber = None
    column: RowNumber = None

    def is_layer(self) -> bool:
        """True if no unit is named."""
        return self.channel is None and self.row is None and self.column is None


def checked_index(name: str, index: int, count: int, choices: str) -> int:
    """An index below a count.

    Args:
        name: of the parameter.
        index: what was asked for.
        count: how many there are.
        choices: in words, without their numbers: "conv1 has the groups".

    Raises:
        InvalidParameterError: there is no such one.
    """
    if not 0 <= index < count:
        raise InvalidParameterError(f"{name} {index}: {choices} 0-{count - 1}.")
    return index


def check_scores(entry: ModelEntry) -> None:
    """Refuse a question about the scores of a model that returns none.

    Raises:
        NoScoresError: it returns maps or features.
    """
    if entry.architecture.classes == 0:
        raise NoScoresError(entry.id)


def check_reads_digits(entry: ModelEntry) -> None:
    """Refuse a question about handwritten digits to a model that does not tell them apart.

    Raises:
        InvalidParameterError: it does not.
    """
    if not entry.preparations or entry.labels != LABELS:
        raise InvalidParameterError(
            f"model: {entry.id} does not read digits; `lenet5.mnist5k` is one that does."
        )


def checked_class(entry: ModelEntry, index: int) -> int:
    """The index of a class of this model.

    Raises:
        InvalidParameterError: there is no such class.
        NoScoresError: it has no classes at all.
    """
    check_scores(entry)
    return checked_index("class", index, entry.architecture.classes, f"{entry.id} has the classes")


def checked_rival(entry: ModelEntry, class_index: int | None, rival: int | None) -> int | None:
    """The index of a class that another one is told apart from; None if none was named.

    Raises:
        InvalidParameterError: there is no such class, it is the same one, or no class was named.
        NoScoresError: the model has no classes at all.
    """
    if rival is None:
        return None
    check_scores(entry)
    if class_index is None:
        raise InvalidParameterError("rival: name the class that it is the rival of too.")
    checked_index("rival", rival, entry.architecture.classes, f"{entry.id} has the classes")
    if rival == class_index:
        raise InvalidParameterError(f"rival {rival}: name another class than class {class_index}.")
    return rival


def checked_classes(entry: ModelEntry, text: str) -> list[int]:
    """The classes that `282,285` names; none for an empty text.

    Raises:
        InvalidParameterError: it is not of this form, names too many, or a class that is not there.
    """
    if not text:
        return []
    if not _INDICES.fullmatch(text):
        raise InvalidParameterError(f"classes: {text[:80]!r} is not like `282` or `282,285`.")
    indices = text.split(",")
    if len(indices) > MOST_CLASSES:
        raise InvalidParameterError(f"classes: {len(indices)} of them; at most {MOST_CLASSES}.")
    return [checked_class(entry, int(index)) for index in indices]


def checked_channel(layer: LayerNode, channel: int | None) -> int:
    """The index of a channel of a layer, which must be said here.

    Raises:
        InvalidUnitError: it was not, or there is no such channel.
    """
    if channel is None:
        raise InvalidUnitError(f"channel is needed: {_extent(layer)}.")
    if not 0 <= channel < layer.output_shape[0]:
        raise InvalidUnitError(f"channel {channel}: {_extent(layer)}.")
    return channel


def checked_place(layer: LayerNode, row: int | None, column: int | None) -> tuple[int, int]:
    """Row and column of a unit of a layer; 0 and 0 in a vector.

    Raises:
        InvalidUnitError: they are not in the layer, or only one of them was said.
    """
    if not layer.is_map:
        if row or column:
            raise InvalidUnitError(f"row {row}, column {column}: {_extent(layer)}, no rows.")
        return 0, 0
    if row is None or column is None:
        raise InvalidUnitError(f"row and column are both needed: {_extent(layer)}.")
    for name, value, size in zip(
        ("row", "column"), (row, column), layer.output_shape[1:], strict=True
    ):
        if not 0 <= value < size:
            raise InvalidUnitError(f"{name} {value}: {_extent(layer)}.")
    return row, column


def checked_unit(layer: LayerNode, query: UnitQuery) -> Unit:
    """The unit that is asked for, all of it said.

    Raises:
        InvalidUnitError: as `checked_channel` and `checked_place`.
    """
    channel = checked_channel(layer, query.channel)
    return Unit(layer.id, channel, *checked_place(layer, query.row, query.column))


def checked_channels(layer: LayerNode, text: str | None) -> tuple[int, ...] | None:
    """The channels that `0-3,8` names; None for all.

    Raises:
        InvalidParameterError: it is not of this form, or names a channel that is not there.
    """
    if text is None:
        return None
    count = layer.output_shape[0]
    valid = f"{layer.id} has the channels 0-{count - 1}"
    if not _RANGES.fullmatch(text):
        raise InvalidParameterError(f"channels: {text[:80]!r} is not like `3` or `0-3,8`; {valid}.")
    chosen: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, stop = int(first), int(last or first) + 1
        if not start < stop <= count:
            raise InvalidParameterError(f"channels: {part} is not in this layer; {valid}.")
        chosen += range(start, stop)
        if len(chosen) > count:
            raise InvalidParameterError(f"channels: more than there are; {valid}.")
    return tuple(chosen)


def _extent(layer: LayerNode) -> str:
    shape = layer.output_shape
    channels = f"{layer.id} has the channels 0-{shape[0] - 1}"
    if not layer.is_map:
        return channels
    return f"{channels}, the rows 0-{shape[1] - 1} and the columns 0-{shape[2] - 1}"
