"""Receptive fields as they stand in answers."""

from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel

from app.api.shared.sizes import BoxSchema
from app.inspection.fields.receptive_field import Extent, LayerField, Status
from app.inspection.fields.region import Region
from models.preprocessing.pixel_map import Box

FIELD_EXAMPLE: dict[str, Any] = {
    "size": {"height": 43, "width": 43},
    "stride": {"height": 8, "width": 8},
    "padding": {"height": 15, "width": 15},
    "aligned": True,
    "extent": "local",
    "of": "unit",
    "status": "exact",
    "reason": "",
}


class AxesSchema(BaseModel):
    """One number for rows and one for columns, in pixels of the network's input."""

    height: int | float
    width: int | float

    @classmethod
    def of(cls, height: Fraction, width: Fraction) -> "AxesSchema":
        return cls(height=_number(height), width=_number(width))


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


class ReceptiveFieldSchema(BaseModel):
    """The receptive field of a layer's units, in closed form.

    Unit i sees the input pixels from i * stride - padding on, `size` of them, before they are cut
    at the borders. `aligned` is false where branches that meet look at different centres. `extent`
    is global where a unit sees the whole input however large it is; if only gates on the way
    (squeeze-and-excitation) make it so, the numbers are those `of` the trunk that they scale. All
    numbers are null where there are none: the field is global, or `status` is unknown. A bound is
    never smaller than the truth. `reason` says why, in words.
    """

    size: AxesSchema | None
    stride: AxesSchema | None
    padding: AxesSchema | None
    aligned: bool | None
    extent: Extent
    of: Literal["unit", "trunk"]
    status: Status
    reason: str

    @classmethod
    def from_field(cls, field: LayerField) -> "ReceptiveFieldSchema":
        local = field.local
        is_trunk = field.extent == "global" and local is not None
        return cls(
            size=local and AxesSchema.of(local.rows.size, local.columns.size),
            stride=local and AxesSchema.of(local.rows.stride, local.columns.stride),
            padding=local and AxesSchema.of(local.rows.padding, local.columns.padding),
            aligned=None if local is None else local.aligned,
            extent=field.extent,
            of="trunk" if is_trunk else "unit",
            status=field.status,
            reason=field.reason,
        )


def box_or_none(box: Box | None) -> BoxSchema | None:
    """As it is; null where there is none."""
    return None if box is None else BoxSchema.of(box)


class ReachedSchema(BaseModel):
    """A part of the input that is really read.

    `input_box` is the smallest box around it, null if nothing is read; `touched_fraction` the share
    of the box's pixels that are. `image_box` is the same place in the picture that was named.
    """

    input_box: BoxSchema | None
    touched_fraction: float
    image_box: BoxSchema | None = None

    @classmethod
    def fields_of(cls, region: Region, image_box: Box | None) -> dict[str, Any]:
        return {
            "input_box": box_or_none(region.box),
            "touched_fraction": region.touched_fraction,
            "image_box": box_or_none(image_box),
        }
