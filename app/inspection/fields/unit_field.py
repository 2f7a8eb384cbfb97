"""All that geometry says of one unit."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.inspection.fields.reach import Reach
from app.inspection.fields.receptive_field import LayerField, field_table
from app.inspection.fields.region import Region, united
from app.inspection.graph.layer_graph import LayerGraph
from models.preprocessing.pixel_map import Box


@dataclass(frozen=True, eq=False)
class Fields:
    """The receptive fields of one network's layers, and the walks to single units."""

    table: Mapping[str, LayerField]
    reach: Reach

    @classmethod
    def of(cls, graph: LayerGraph) -> "Fields":
        return cls(field_table(graph), Reach(graph))

    def box(self, layer_id: str, place: tuple[int, int], channel: int | None = None) -> Box | None:
        """The pixels that the unit at a (row, column) reads, of the trunk where gates see all.

        Args:
            layer_id: of the layer.
            place: of the unit.
            channel: of the unit; None for those of all channels together.

        Returns:
            Cut to the input; None if only padding is read.
        """
        layer = self.table[layer_id]
        through_gates = layer.extent != "global" or layer.local is None
        return self.reach.unit(layer_id, *place, channel, through_gates=through_gates).box


@dataclass(frozen=True, eq=False)
class UnitField:
    """What one unit reads.

    Attributes:
        theoretical_input_box: by the closed form, of the trunk if there are gates; it may leave the
            input. None where there is no closed form.
        reached: what it really reads, gates included.
        trunk: what it reads without the gates on the way; None where there are none.
        branches: what comes through each input of the layer where branches meet last, by its id.
        join: id of that layer; None if none does.
    """

    layer: LayerField
    theoretical_input_box: Box | None
    reached: Region
    trunk: Region | None
    branches: Mapping[str, Region]
    join: str | None


def describe_unit(
    fields: Fields, layer_id: str, place: tuple[int, int], channel: int | None
) -> UnitField:
    """Of the unit at a (row, column), of one channel or of all together."""
    row, column = place
    layer = fields.table[layer_id]
    reach = fields.reach
    trunk = None
    if layer.extent == "global" and layer.local is not None:
        trunk = reach.unit(layer_id, row, column, channel, through_gates=False)
    join = reach.join_above(layer_id)
    branches = {} if join is None else reach.branches(join, row, column, channel)
    # A unit where branches meet reads what they read: no need to walk once more.
    reached = united([*branches.values()]) if branches else reach.unit(layer_id, *place, channel)
    box = None if layer.local is None else layer.local.box(row, column)
    return UnitField(layer, box, reached, trunk, branches, join)
