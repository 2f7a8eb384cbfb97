"""A convolution of a small picture, forward and back."""

from itertools import accumulate
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.learn.lessons import lesson
from app.api.shared.sizes import SizeSchema
from app.errors import InvalidParameterError
from models.lessons.convolution import Kind, Use, up_to, uses, way_and_back
from models.scratch.layer import Array
from models.scratch.patches import Window

router = APIRouter()

Number = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Index = Annotated[int, Field(ge=0)]
Row = Annotated[list[Number], Field(min_length=1, max_length=12)]
KernelRow = Annotated[list[Number], Field(min_length=1, max_length=5)]
Kernel = list[Annotated[list[KernelRow], Field(min_length=1, max_length=5)]]
# Of a picture of 12 x 12 in a padding of 4.
GradientRow = Annotated[list[Number], Field(min_length=1, max_length=20)]


class ChosenBody(BaseModel):
    """One pixel or output (channel, row, column), or one weight (kernel, channel, row, column)."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    place: list[Index] = Field(min_length=3, max_length=4)


class ConvolutionBody(BaseModel):
    """A picture, kernels and how they slide; dL/dy, which is 1 everywhere unless told."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "picture": [[[0, 1, 2], [3, 4, 5], [6, 7, 8]]],
                "kernels": [[[[1, -1], [2, 0]]]],
                "bias": [0.5],
                "stride": 1,
                "padding": 0,
                "dilation": 1,
                "output_gradient": [[[1, 0], [0, -1]]],
                "chosen": {"kind": "pixel", "place": [0, 1, 1]},
            }
        },
    )

    picture: list[Annotated[list[Row], Field(min_length=1, max_length=12)]] = Field(
        min_length=1, max_length=3, description="(channels, rows, columns)"
    )
    kernels: list[Annotated[Kernel, Field(min_length=1, max_length=3)]] = Field(
        min_length=1, max_length=8, description="(kernels, channels, rows, columns)"
    )
    bias: list[Number] | None = Field(
        None, max_length=8, description="one number a kernel; 0 unless told"
    )
    stride: int = Field(1, ge=1, le=4)
    padding: int = Field(0, ge=0, le=4, description="zeros on every side")
    dilation: int = Field(1, ge=1, le=3)
    output_gradient: (
        list[Annotated[list[GradientRow], Field(min_length=1, max_length=20)]] | None
    ) = Field(None, min_length=1, max_length=8, description="dL/dy, (kernels, rows, columns)")
    chosen: ChosenBody | None = Field(None, description="whose multiplications are wanted")


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


class UpToSchema(BaseModel):
    """What has come back from the outputs until the chosen one, kernel by kernel, row by row."""

    weight_gradient: list[list[list[list[float]]]]
    input_gradient: list[list[list[float]]]


class ConvolutionSchema(BaseModel):
    """The convolution, and what comes back through it.

    `columns` are the windows of the picture side by side (im2col): a row for each weight of a
    kernel, a column for each place. `column_gradient` is dL/dy w in that same form; adding up for
    each pixel what came back to its copies (col2im) makes `input_gradient`, dL/dx. `fan_out` counts
    the multiplications that each pixel is in. `uses` are those of what was chosen; `up_to` is there
    where that was an output.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "output_size": {"height": 2, "width": 2},
                "output": [[[5.5, 7.5], [11.5, 13.5]]],
                "columns": [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]],
                "output_gradient": [[[1, 0], [0, -1]]],
                "column_gradient": [[1, 0, 0, -1], [-1, 0, 0, 1], [2, 0, 0, -2], [0, 0, 0, 0]],
                "fan_out": [[[1, 2, 1], [2, 4, 2], [1, 2, 1]]],
                "weight_gradient": [[[[-4, -4], [-4, -4]]]],
                "bias_gradient": [0],
                "input_gradient": [[[1, -1, 0], [2, -1, 1], [0, -2, 0]]],
                "uses": [
                    {
                        "pixel": [0, 1, 1],
                        "weight": [0, 0, 1, 1],
                        "output": [0, 0, 0],
                        "x": 4,
                        "w": 0,
                        "output_gradient": 1,
                        "product": 0,
                        "to_pixel": 0,
                        "to_weight": 4,
                        "so_far": 0,
                    }
                ],
            }
        }
    )

    output_size: SizeSchema
    output: list[list[list[float]]]
    columns: list[list[float]]
    output_gradient: list[list[list[float]]]
    column_gradient: list[list[float]]
    fan_out: list[list[list[int]]]
    weight_gradient: list[list[list[list[float]]]]
    bias_gradient: list[float]
    input_gradient: list[list[list[float]]]
    uses: list[UseSchema]
    up_to: UpToSchema | None = None


@lesson(
    router,
    "/learn/convolution",
    document=ConvolutionSchema,
    summary="A convolution of a small picture, forward and back",
    description=(
        "Pictures of at most 3 x 12 x 12, at most 8 kernels of at most 5 x 5. L is any loss with "
        "the given dL/dy; with ones it is the sum of all outputs."
    ),
)
def convolve(body: ConvolutionBody) -> ConvolutionSchema:
    picture = _array("picture", body.picture, 3)
    kernels = _array("kernels", body.kernels, 4)
    if len(picture) != kernels.shape[1]:
        raise InvalidParameterError(
            f"kernels: over {kernels.shape[1]} channels; the picture has {len(picture)}."
        )
    bias: Array = np.zeros(len(kernels)) if body.bias is None else np.array(body.bias)
    if bias.shape != (len(kernels),):
        raise InvalidParameterError(f"bias: {len(bias)} numbers for {len(kernels)} kernels.")
    window = _window(body, kernels)
    size = _output_size(window, picture)
    gradient: Array = np.ones((len(kernels), *size))
    if body.output_gradient is not None:
        gradient = _array("output_gradient", body.output_gradient, 3)
        if gradient.shape != (len(kernels), *size):
            raise InvalidParameterError(
                f"output_gradient: {_written(gradient.shape)}; the output is "
                f"{_written((len(kernels), *size))}."
            )
    found = way_and_back(picture, kernels, window, bias, gradient)
    chosen: list[UseSchema] = []
    partly = None
    if body.chosen is not None:
        kind = body.chosen.kind
        shapes = {"pixel": picture.shape, "weight": kernels.shape, "output": gradient.shape}
        place = _place(body.chosen, shapes[kind])
        parts = uses(picture, kernels, window, gradient, kind, place)
        chosen = _added_up(parts, kind)
        if kind == "output":
            some = up_to(picture, kernels, window, gradient, place)
            partly = UpToSchema(
                weight_gradient=some.weight_gradient.tolist(),
                input_gradient=some.input_gradient.tolist(),
            )
    return ConvolutionSchema(
        output_size=SizeSchema(height=size[0], width=size[1]),
        output=found.output.tolist(),
        columns=found.columns.tolist(),
        output_gradient=gradient.tolist(),
        column_gradient=found.column_gradient.tolist(),
        fan_out=found.fan_out.astype(int).tolist(),
        weight_gradient=found.weight_gradient.tolist(),
        bias_gradient=found.bias_gradient.tolist(),
        input_gradient=found.input_gradient.tolist(),
        uses=chosen,
        up_to=partly,
    )


def _added_up(parts: list[Use], kind: Kind) -> list[UseSchema]:
    adds = {
        "pixel": [each.to_pixel for each in parts],
        "weight": [each.to_weight for each in parts],
        "output": [each.product for each in parts],
    }[kind]
    return [UseSchema.of(*each) for each in zip(parts, accumulate(adds), strict=True)]


def _array(name: str, nested: list[Any], axes: int) -> Array:
    """Nested lists as an array.

    Raises:
        InvalidParameterError: their rows are not of one length.
    """
    try:
        array: Array = np.array(nested, dtype=np.float64)
    except ValueError:
        array = np.empty(0)
    if array.ndim != axes:
        raise InvalidParameterError(f"{name}: its rows are not of one length.")
    return array


def _window(body: ConvolutionBody, kernels: Array) -> Window:
    pairs = ((number, number) for number in (body.stride, body.padding, body.dilation))
    return Window((kernels.shape[2], kernels.shape[3]), *pairs)


def _output_size(window: Window, picture: Array) -> tuple[int, int]:
    _, height, width = picture.shape
    try:
        return window.output_size(height, width)
    except ValueError as error:
        reach = [d * (k - 1) + 1 for d, k in zip(window.dilation, window.kernel, strict=True)]
        padded = height + 2 * window.padding[0], width + 2 * window.padding[1]
        raise InvalidParameterError(
            f"kernels: they reach over {_written(reach)} pixels; the padded picture has "
            f"{_written(padded)}."
        ) from error


def _place(chosen: ChosenBody, shape: tuple[int, ...]) -> tuple[int, ...]:
    place = tuple(chosen.place)
    if len(place) != len(shape) or any(
        index >= size for index, size in zip(place, shape, strict=True)
    ):
        raise InvalidParameterError(
            f"chosen: {chosen.kind} {list(place)} is not there; they go to "
            f"{[size - 1 for size in shape]}."
        )
    return place


def _written(sizes: Any) -> str:
    return " x ".join(str(size) for size in sizes)
