"""One unit of a layer, as several routes take it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.errors import InvalidUnitError
from app.inspection.graph import LayerNode

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


def checked_place(layer: LayerNode, query: UnitQuery) -> tuple[int, int]:
    """Row and column of the unit that is asked for; 0 and 0 in a vector.

    Raises:
        InvalidUnitError: it is not in the layer, or half of it was not said.
    """
    shape = layer.output_shape
    valid = f"{layer.id} has the channels 0-{shape[0] - 1}"
    if layer.is_map:
        valid += f", the rows 0-{shape[1] - 1} and the columns 0-{shape[2] - 1}"
    if query.channel is not None and not 0 <= query.channel < shape[0]:
        raise InvalidUnitError(f"channel {query.channel}: {valid}.")
    if not layer.is_map:
        if query.row or query.column:
            raise InvalidUnitError(f"row {query.row}, column {query.column}: {valid}, no rows.")
        return 0, 0
    if query.row is None or query.column is None:
        raise InvalidUnitError(f"row and column are both needed: {valid}.")
    for name, value, size in (("row", query.row, shape[1]), ("column", query.column, shape[2])):
        if not 0 <= value < size:
            raise InvalidUnitError(f"{name} {value}: {valid}.")
    return query.row, query.column


def checked_channel(layer: LayerNode, query: UnitQuery) -> int:
    """The channel, which must be said here.

    Raises:
        InvalidUnitError: it was not.
    """
    if query.channel is None:
        raise InvalidUnitError(
            f"channel is needed: {layer.id} has the channels 0-{layer.output_shape[0] - 1}."
        )
    return query.channel
