"""Activations in numbers, as they stand in answers."""

from pydantic import BaseModel, ConfigDict, Field


class ChannelStatisticsSchema(BaseModel):
    """One map, or one number of a vector.

    Minimum, maximum and mean are of the finite values, null where there are none.
    `fraction_active` is the share of values above zero. `contribution` is there where a class was
    named: the channel's share of that class's logit, to first order.
    """

    index: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    fraction_active: float
    not_finite: int
    contribution: float | None = None


class LayerStatisticsSchema(BaseModel):
    """What a layer returned, channel by channel and as a whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-chelsea",
                "layer": "conv1",
                "shape": [6, 28, 28],
                "minimum": -1.27,
                "maximum": 2.81,
                "mean": 0.11,
                "fraction_active": 0.52,
                "not_finite": 0,
                "class": 3,
                "channels": [
                    {
                        "index": 0,
                        "minimum": -0.31,
                        "maximum": 1.92,
                        "mean": 0.24,
                        "fraction_active": 0.61,
                        "not_finite": 0,
                        "contribution": 0.18,
                    }
                ],
            }
        }
    )

    model: str
    image: str
    layer: str
    shape: list[int]
    minimum: float | None
    maximum: float | None
    mean: float | None
    fraction_active: float
    not_finite: int
    class_index: int | None = Field(None, alias="class")
    rival: int | None = None
    channels: list[ChannelStatisticsSchema]


class StrongestSchema(BaseModel):
    """The map of a layer that holds its largest value, and the range of that map."""

    id: str
    channel: int
    minimum: float | None
    maximum: float | None


class OverviewSchema(BaseModel):
    """Every layer in execution order."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-chelsea",
                "layers": [{"id": "conv1", "channel": 4, "minimum": -0.31, "maximum": 2.81}],
            }
        }
    )

    model: str
    image: str
    layers: list[StrongestSchema]
