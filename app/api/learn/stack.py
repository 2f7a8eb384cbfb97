"""Layers stacked by hand: what a unit of the last one sees, and what it all costs."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.learn.lessons import lesson
from app.errors import InvalidParameterError
from models.lessons.stack import (
    Kind,
    StackError,
    StackLayer,
    StackRow,
    Way,
    computed,
    profile,
    reaching,
)

router = APIRouter()

MOST_LAYERS = 60
# The field of the worst stack within the bounds would have more digits than pixels.
_LARGEST_FIELD = 1_000_000
_LARGEST_PROFILE = 1024
_LARGEST_KERNEL = 31
_LARGEST_PADDING = 64
_LARGEST_DILATION = 64


class StackLayerBody(BaseModel):
    """One layer; its numbers hold for rows and columns alike.

    `separable` is a window over each channel by itself, and then a 1 x 1 over all of them.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    kernel: int = Field(ge=1, le=_LARGEST_KERNEL, description="of the window, places a side")
    stride: int = Field(1, ge=1, le=16)
    padding: int = Field(0, ge=0, le=_LARGEST_PADDING, description="on every side")
    dilation: int = Field(1, ge=1, le=_LARGEST_DILATION)
    channels: int = Field(64, ge=1, le=4096, description="that it makes; a pool keeps its own")
    groups: int = Field(1, ge=1, le=4096, description="of a convolution")

    def layer(self) -> StackLayer:
        """As the lesson has it."""
        return StackLayer(**self.model_dump())


class StackBody(BaseModel):
    """A picture, the layers over it, and a field that is to be reached."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "input": 64,
                "channels": 64,
                "layers": [{"kind": "convolution", "kernel": 3, "padding": 2, "dilation": 2}] * 3,
                "target": 41,
                "width": 64,
            }
        },
    )

    input: int = Field(ge=1, le=4096, description="px a side")
    channels: int = Field(3, ge=1, le=4096, description="of the picture")
    layers: list[StackLayerBody] = Field(max_length=MOST_LAYERS)
    target: int | None = Field(
        None, ge=1, le=2048, description="px a side of a field: stacks are proposed that reach it"
    )
    width: int = Field(64, ge=1, le=4096, description="channels of the proposed layers")


class StackRowSchema(BaseModel):
    """After one layer. Units a side, maps; field, jump, start and centre in px of the picture.

    `jump` is from one unit to the next; the field of unit 0 begins at `start`, below 0 in the
    padding; `read` counts its pixels, along one axis, that are read at all. `multiply_adds` are
    those for one picture.
    """

    output: int
    channels: int
    size: int
    jump: int
    start: int
    centre: float
    read: int
    parameters: int
    multiply_adds: int

    @classmethod
    def of(cls, row: StackRow) -> "StackRowSchema":
        return cls(**vars(row))


class ProfileSchema(BaseModel):
    """How much the pixels of the field count, along one axis, where all weights are alike.

    `share` is the gradient of the last layer's unit by each of them; together they are 1. `sigma`
    is their standard deviation in px, `normal` the normal distribution of the same sigma there.
    95.45 % of it all, as much as within two sigmas of that, lie in `central_px` around the middle.
    """

    share: list[float]
    sigma: float
    normal: list[float]
    central_px: int


class StackLayerSchema(BaseModel):
    """A layer that can be asked about as it is."""

    kind: Kind
    kernel: int
    stride: int
    padding: int
    dilation: int
    channels: int
    groups: int

    @classmethod
    def of(cls, layer: StackLayer) -> "StackLayerSchema":
        return cls(**vars(layer))


class StackProposalSchema(BaseModel):
    """A stack whose field is at least the target, of padded layers.

    The way there: `window` is a single large one; the others are of 3 x 3: `plain`, `separable`,
    `strided` by 2, `pooled` after every second, `dilated` 1, 2, 4, 8 and so on. `layers` are null
    where they are more, or larger, than can be asked about; `count` says how many there are.
    """

    way: Way
    count: int
    layers: list[StackLayerSchema] | None
    size: int
    read: int
    parameters: int
    multiply_adds: int


class StackSchema(BaseModel):
    """Every layer's row and their sums; `profile` is null for fields of more than 1,024 px."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "layers": [
                    {
                        "output": 64,
                        "channels": 64,
                        "size": 5,
                        "jump": 1,
                        "start": -2,
                        "centre": 0.5,
                        "read": 3,
                        "parameters": 36928,
                        "multiply_adds": 150994944,
                    }
                ],
                "parameters": 36928,
                "multiply_adds": 150994944,
                "profile": {
                    "share": [0.333, 0, 0.333, 0, 0.333],
                    "sigma": 1.633,
                    "normal": [0.115, 0.203, 0.244, 0.203, 0.115],
                    "central_px": 5,
                },
                "proposals": [],
            }
        }
    )

    layers: list[StackRowSchema]
    parameters: int
    multiply_adds: int
    profile: ProfileSchema | None
    proposals: list[StackProposalSchema]


@lesson(
    router,
    "/learn/stack",
    document=StackSchema,
    summary="Layers stacked by hand: field, parameters, multiply-adds",
    description=(
        "The field grows by (kernel - 1) x dilation x the jump so far; the jump is multiplied by "
        "the stride. A multiply-add is one product that is added; biases are parameters, and no "
        "multiply-adds."
    ),
)
def stack(body: StackBody) -> StackSchema:
    layers = [each.layer() for each in body.layers]
    _check_field(layers)
    rows = _rows(layers, body.input, body.channels)
    is_small = not rows or rows[-1].size <= _LARGEST_PROFILE
    found = profile(layers) if is_small else None
    return StackSchema(
        layers=[StackRowSchema.of(row) for row in rows],
        parameters=sum(row.parameters for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        profile=found
        and ProfileSchema(
            share=found.share.tolist(),
            sigma=found.sigma,
            normal=found.normal.tolist(),
            central_px=found.central_px,
        ),
        proposals=[] if body.target is None else _proposals(body, body.target),
    )


def _check_field(layers: list[StackLayer]) -> None:
    size = jump = 1
    for place, layer in enumerate(layers, 1):
        size += (layer.kernel - 1) * layer.dilation * jump
        jump *= layer.stride
        if max(size, jump) > _LARGEST_FIELD:
            raise InvalidParameterError(
                f"layer {place}: its field is larger than {_LARGEST_FIELD:,} px."
            )


def _rows(layers: list[StackLayer], input_px: int, channels: int) -> list[StackRow]:
    try:
        return computed(layers, input_px, channels)
    except StackError as error:
        raise InvalidParameterError(str(error)) from error


def _askable(layers: list[StackLayer]) -> list[StackLayerSchema] | None:
    fits = len(layers) <= MOST_LAYERS and all(
        layer.kernel <= _LARGEST_KERNEL
        and layer.padding <= _LARGEST_PADDING
        and layer.dilation <= _LARGEST_DILATION
        for layer in layers
    )
    if not fits:
        return None
    return [StackLayerSchema.of(layer) for layer in layers]


def _proposals(body: StackBody, target_px: int) -> list[StackProposalSchema]:
    proposals = []
    for way, layers in reaching(target_px, body.width):
        try:
            rows = computed(layers, body.input, body.channels)
        except StackError:  # its windows are larger than this picture's maps
            continue
        proposals.append(
            StackProposalSchema(
                way=way,
                count=len(layers),
                layers=_askable(layers),
                size=rows[-1].size,
                read=rows[-1].read,
                parameters=sum(row.parameters for row in rows),
                multiply_adds=sum(row.multiply_adds for row in rows),
            )
        )
    return proposals
