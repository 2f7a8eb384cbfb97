"""What a network's layer makes of the maps of its convolution, as the convolution tells it."""

from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.sizes import SizeSchema
from app.errors import InvalidParameterError
from models.lessons.convolution_layer import Activation, Pool, activated, pooled
from models.scratch.layer import Array


class PoolingBody(BaseModel):
    """One number for every window of every map, without padding."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"kind": "max", "size": 2, "stride": 2}}
    )

    kind: Pool
    size: int = Field(2, ge=1, le=8, description="rows, and columns, of the window")
    stride: int = Field(2, ge=1, le=8)


class ConvolvedLayerSchema(BaseModel):
    """The maps after the activation, and pooled if that was asked for.

    `winners` say of each maximum which place of its window it came from, row by row from 0, the
    first of several equal ones; they are null of a mean.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "activated": [[[5.5, 7.5], [11.5, 13.5]]],
                "pooled_size": {"height": 1, "width": 1},
                "pooled": [[[13.5]]],
                "winners": [[[3]]],
            }
        }
    )

    activated: list[list[list[float]]]
    pooled_size: SizeSchema | None
    pooled: list[list[list[float]]] | None
    winners: list[list[list[int]]] | None


def layer_of(
    maps: Array, activation: Activation, pooling: PoolingBody | None
) -> ConvolvedLayerSchema | None:
    """What was asked for of maps (out, rows, columns), or None where nothing was.

    Raises:
        InvalidParameterError: the maps hold no window of the pooling.
    """
    if activation == "none" and pooling is None:
        return None
    bent = activated(maps, activation)
    if pooling is None:
        return ConvolvedLayerSchema(
            activated=bent.tolist(), pooled_size=None, pooled=None, winners=None
        )
    _, height, width = maps.shape
    if pooling.size > min(height, width):
        raise InvalidParameterError(
            f"pooling: its window is {pooling.size} x {pooling.size}; the maps have only "
            f"{height} x {width} numbers."
        )
    found = pooled(bent, pooling.kind, pooling.size, pooling.stride)
    return ConvolvedLayerSchema(
        activated=bent.tolist(),
        pooled_size=SizeSchema(height=found.values.shape[1], width=found.values.shape[2]),
        pooled=found.values.tolist(),
        winners=None if found.winners is None else found.winners.tolist(),
    )
