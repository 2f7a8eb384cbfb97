"""The multiplications of one pixel, one weight or one output, as the convolution tells them."""

from itertools import accumulate
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.errors import InvalidParameterError
from models.lessons.convolution import Kind, Use

_Index = Annotated[int, Field(ge=0)]


class ChosenBody(BaseModel):
    """One pixel or output (channel, row, column), or one weight (kernel, channel, row, column)."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    place: list[_Index] = Field(min_length=3, max_length=4)

    def place_in(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The place, where it is in an array of this shape.

        Raises:
            InvalidParameterError: it is not.
        """
        place = tuple(self.place)
        if len(place) != len(shape) or any(
            index >= size for index, size in zip(place, shape, strict=True)
        ):
            raise InvalidParameterError(
                f"chosen: {self.kind} {list(place)} is not there; they go to "
                f"{[size - 1 for size in shape]}."
            )
        return place


class UseSchema(BaseModel):
    """One multiplication: pixel x times weight w, added into an output y.

    `product` is w x, what it adds to y; `to_pixel` is dL/dy w, what it adds to dL/dx; `to_weight`
    is dL/dy x, what it adds to dL/dw. `pixel` is null in the padding, where x is 0. `so_far` is the
    sum until this one of what was asked for: a pixel's `to_pixel`, a weight's `to_weight`, an
    output's `product`.
    """

    pixel: list[int] | None
    weight: list[int]
    output: list[int]
    x: float
    w: float
    output_gradient: float
    product: float
    to_pixel: float
    to_weight: float
    so_far: float

    @classmethod
    def of(cls, use: Use, so_far: float) -> "UseSchema":
        return cls(
            pixel=None if use.pixel is None else list(use.pixel),
            weight=list(use.weight),
            output=list(use.output),
            x=use.x,
            w=use.w,
            output_gradient=use.output_gradient,
            product=use.product,
            to_pixel=use.to_pixel,
            to_weight=use.to_weight,
            so_far=so_far,
        )


def added_up(parts: list[Use], kind: Kind) -> list[UseSchema]:
    """The multiplications in their order, with the sum until each of what was asked for."""
    adds = {
        "pixel": [each.to_pixel for each in parts],
        "weight": [each.to_weight for each in parts],
        "output": [each.product for each in parts],
    }[kind]
    return [UseSchema.of(*each) for each in zip(parts, accumulate(adds), strict=True)]
