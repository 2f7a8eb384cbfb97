"""A convolution of a small picture, forward and back."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.learn.convolution_layer import ConvolvedLayerSchema, PoolingBody, layer_of
from app.api.learn.convolution_uses import ChosenBody, UseSchema, added_up
from app.api.learn.lessons import lesson
from app.api.shared.sizes import SizeSchema
from app.errors import InvalidParameterError
from models.lessons.convolution import up_to, uses, way_and_back
from models.lessons.convolution_layer import Activation, shares
from models.scratch.layer import Array
from models.scratch.patches import Window

router = APIRouter()

Number = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Row = Annotated[list[Number], Field(min_length=1, max_length=48)]
KernelRow = Annotated[list[Number], Field(min_length=1, max_length=5)]
Kernel = list[Annotated[list[KernelRow], Field(min_length=1, max_length=5)]]
# Of a picture of 12 x 12 in a padding of 4.
GradientRow = Annotated[list[Number], Field(min_length=1, max_length=20)]

_MOST_PX_BACK = 12


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
                "backward": True,
                "activation": "none",
            }
        },
    )

    picture: list[Annotated[list[Row], Field(min_length=1, max_length=48)]] = Field(
        min_length=1,
        max_length=3,
        description="(channels, rows, columns); at most 12 x 12, or 48 x 48 forward alone",
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
    backward: bool = Field(True, description="false: forward alone, and `chosen` is not looked at")
    activation: Activation = Field("none", description="of `layer`, between its two others")
    pooling: PoolingBody | None = Field(None, description="of `layer`")


class UpToSchema(BaseModel):
    """What has come back from the outputs until the chosen one, kernel by kernel, row by row."""

    weight_gradient: list[list[list[list[float]]]]
    input_gradient: list[list[list[float]]]


class ConvolutionSchema(BaseModel):
    """The convolution, and what comes back through it.

    `loss` is L, the sum of dL/dy times y. It is a straight line in each single pixel and weight:
    with 1 more on one of them it is larger by exactly that one's dL/dx or dL/dw.

    `columns` are the windows of the picture side by side (im2col): a row for each weight of a
    kernel, a column for each place. `column_gradient` is dL/dy w in that same form; adding up for
    each pixel what came back to its copies (col2im) makes `input_gradient`, dL/dx. `fan_out` counts
    the multiplications that each pixel is in. `uses` are those of what was chosen; `up_to` is there
    where that was an output.

    Of `backward: false`, whatever comes back is an empty list, and so are `columns`. `shares` are
    what each channel of the picture adds to each output, (kernels, channels, rows, columns): with
    the bias they add up to it. `layer` is there where an activation or a pooling was asked for.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "output_size": {"height": 2, "width": 2},
                "output": [[[5.5, 7.5], [11.5, 13.5]]],
                "shares": [[[[5, 7], [11, 13]]]],
                "loss": -8,
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
    shares: list[list[list[list[float]]]]
    layer: ConvolvedLayerSchema | None = None
    loss: float
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
        "Pictures of at most 3 x 12 x 12, at most 8 kernels of at most 5 x 5. L is the sum "
        "of dL/dy times y; with ones it is the sum of all outputs. With `backward: false` pictures "
        "may have 3 x 48 x 48 pixels, and only what goes forward is told."
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
    adding = shares(picture, kernels, window)
    if not body.backward:
        return _forward(body, adding, bias)
    if max(picture.shape[1:]) > _MOST_PX_BACK:
        raise InvalidParameterError(
            f"picture: {_written(picture.shape)}; with the way back it may have at most "
            f"{_MOST_PX_BACK} x {_MOST_PX_BACK} pixels."
        )
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
        place = body.chosen.place_in(shapes[kind])
        parts = uses(picture, kernels, window, gradient, kind, place)
        chosen = added_up(parts, kind)
        if kind == "output":
            some = up_to(picture, kernels, window, gradient, place)
            partly = UpToSchema(
                weight_gradient=some.weight_gradient.tolist(),
                input_gradient=some.input_gradient.tolist(),
            )
    return ConvolutionSchema(
        output_size=SizeSchema(height=size[0], width=size[1]),
        output=found.output.tolist(),
        shares=adding.tolist(),
        layer=layer_of(found.output, body.activation, body.pooling),
        loss=found.loss,
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


def _forward(body: ConvolutionBody, adding: Array, bias: Array) -> ConvolutionSchema:
    output: Array = adding.sum(axis=1) + bias[:, None, None]
    return ConvolutionSchema(
        output_size=SizeSchema(height=output.shape[1], width=output.shape[2]),
        output=output.tolist(),
        shares=adding.tolist(),
        layer=layer_of(output, body.activation, body.pooling),
        loss=float(output.sum()),
        columns=[],
        output_gradient=[],
        column_gradient=[],
        fan_out=[],
        weight_gradient=[],
        bias_gradient=[],
        input_gradient=[],
        uses=[],
    )


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


def _written(sizes: Any) -> str:
    return " x ".join(str(size) for size in sizes)
