"""How the loss of a class moves with what a layer computed."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.gradients.query import LossQuery, asked_class
from app.api.shared.answers import Answer, Saved, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import checked_channels
from app.api.shared.parameters import FORM
from app.inspection.activations.layer_forms import LayerForm
from app.inspection.gradients.loss import confidence
from app.inspection.rendering.maps import Scale

router = APIRouter(tags=["gradients"])


class MapGradientSchema(BaseModel):
    """The gradient by one map, or by one number of a vector; null where no value is finite."""

    index: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    l2: float | None
    not_finite: int


class ActivationGradientSchema(BaseModel):
    """dL/da of every value a of a layer, map by map.

    L = -log p in nats, with p the softmax's share of the class: `loss` and `probability`. `shape`
    is that of the layer.
    """

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-coffee",
                "layer": "c1",
                "class": 3,
                "label": "3",
                "loss": 2.41,
                "probability": 0.09,
                "shape": [6, 28, 28],
                "channels": [
                    {
                        "index": 0,
                        "minimum": -0.013,
                        "maximum": 0.021,
                        "mean": 0.0002,
                        "l2": 0.11,
                        "not_finite": 0,
                    }
                ],
            }
        },
    )

    model: str
    image: str
    layer: str
    class_index: int = Field(alias="class")
    label: str
    loss: float | None
    probability: float | None
    shape: list[int]
    channels: list[MapGradientSchema]


class ActivationGradientQuery(LossQuery):
    """Whose loss, in which form, and which of the channels."""

    format: Annotated[Literal["json", "npy", "u8"], FORM] = "json"
    channels: str | None = Field(
        None,
        description="`3`, `0-15` or `0-3,8`, in the order wanted; all unless told",
        examples=["0-3"],
    )
    scale: Scale = Field("channel", description="one range a channel, or one for the whole layer")


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/gradients",
    summary="How the loss moves with what a layer computed",
    description=(
        "dL/da for every value a of the layer, L = -log p of a class, in nats: what "
        "backpropagation hands to this layer.\n\n"
        "`npy`: exact float32 in the layer's shape. `u8`: the 8-bit form of activations, whose "
        "header says the `class` and the `loss` besides."
    ),
    document=ActivationGradientSchema,
    forms=("npy", "u8"),
    problems=("no-scores", "complex-values"),
)
async def get_activation_gradients(
    asked: AskedLayerDependency, query: Annotated[ActivationGradientQuery, Query()]
) -> Answer:
    entry, store = asked.entry, asked.services.gradients
    layer = await asked.layer()
    channels = checked_channels(layer, query.channels)
    class_index = await asked_class(asked, query)
    found = await store.by_activations(entry, query.image, layer.id, class_index)
    header: dict[str, Any] = {
        "model": entry.id,
        "image": query.image,
        "layer": layer.id,
        "class": class_index,
    }
    if query.format != "json":
        wanted = LayerForm(query.format, channels, query.scale)
        data = await store.encode(found, wanted, header)
        name = f"{entry.id}.{layer.id}.gradients.npy"
        return data if query.format == "u8" else Saved(data, name)
    facts = await store.facts(found)
    each = {**vars(facts.channels), "l2": facts.l2}
    names = [name for name in MapGradientSchema.model_fields if name != "index"]
    columns = {name: each[name].tolist() for name in names}
    return {
        **header,
        "label": entry.labels[class_index],
        "loss": found.loss,
        "probability": confidence(found.loss),
        "shape": facts.shape,
        "channels": [
            {"index": index, **{name: values[index] for name, values in columns.items()}}
            for index in (range(facts.shape[0]) if channels is None else channels)
        ],
    }
