"""How the loss of a class moves with the kernels of a layer."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.gradients.query import LossQuery, asked_class
from app.api.shared.answers import Answer, Saved, answers
from app.api.shared.asked import AskedLayerDependency
from app.api.shared.checks import checked_channel
from app.api.shared.parameters import FORM
from app.inspection.filters.forms import FilterForm
from app.inspection.gradients.loss import confidence
from app.inspection.rendering.maps import Scale

router = APIRouter(tags=["gradients"])


class KernelGradientSchema(BaseModel):
    """The gradient by the weights of one kernel, and by its bias, null where it has none."""

    index: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    l2: float | None
    not_finite: int
    bias: float | None


class WeightGradientSchema(BaseModel):
    """dL/dw of every weight w, kernel by kernel.

    L = -log p in nats, with p the softmax's share of the class: `loss` and `probability`. `shape`
    is (kernels, inputs, height, width), as of the layer's filters.
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
                "shape": [6, 1, 5, 5],
                "kernels": [
                    {
                        "index": 0,
                        "minimum": -0.21,
                        "maximum": 0.32,
                        "mean": 0.02,
                        "l2": 0.61,
                        "not_finite": 0,
                        "bias": 0.04,
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
    kernels: list[KernelGradientSchema]


class WeightGradientQuery(LossQuery):
    """Whose loss, in which form, and which of the kernels."""

    format: Annotated[Literal["json", "npy", "u8"], FORM] = "json"
    channel: int | None = Field(
        None, description="the kernel that makes this channel; all unless told", examples=[2]
    )
    scale: Scale = Field("channel", description="one range a kernel, or one for the whole layer")


@answers(
    router,
    "/models/{model_id}/layers/{layer_id}/gradients/weights",
    summary="How the loss moves with the kernels of a layer",
    description=(
        "dL/dw for every weight w, L = -log p of a class, in nats: what one step of gradient "
        "descent on this picture would take off, but for the rate. A weight is used at every "
        "place, and its gradient is the sum over all of them.\n\n"
        "`npy`: exact float32 (kernels, inputs, height, width), one kernel or all of them. `u8`: "
        "the same in the 8-bit form of activations, a range for each kernel."
    ),
    document=WeightGradientSchema,
    forms=("npy", "u8"),
    problems=("no-scores", "no-filters", "invalid-unit"),
)
async def get_weight_gradients(
    asked: AskedLayerDependency, query: Annotated[WeightGradientQuery, Query()]
) -> Answer:
    entry, store = asked.entry, asked.services.gradients
    layer = await asked.layer()
    chosen = None if query.channel is None else (checked_channel(layer, query.channel),)
    class_index = await asked_class(asked, query)
    found = await store.by_weights(entry, query.image, layer.id, class_index)
    header: dict[str, Any] = {
        "model": entry.id,
        "image": query.image,
        "layer": layer.id,
        "class": class_index,
    }
    if query.format != "json":
        wanted = FilterForm(query.format, chosen, query.scale)
        data = await store.encode_kernels(found, wanted, header)
        name = f"{entry.id}.{layer.id}.gradients.weights.npy"
        return data if query.format == "u8" else Saved(data, name)
    facts, bank = await store.kernel_facts(found), found.bank
    each = {**vars(facts.kernels), "l2": facts.l2}
    names = [name for name in KernelGradientSchema.model_fields if name not in {"index", "bias"}]
    columns: dict[str, list[Any]] = {name: each[name].tolist() for name in names}
    columns["bias"] = [None] * bank.count if bank.bias is None else bank.bias.tolist()
    return {
        **header,
        "label": entry.labels[class_index],
        "loss": found.loss,
        "probability": confidence(found.loss),
        "shape": list(bank.weight.shape),
        "kernels": [
            {"index": index, **{name: values[index] for name, values in columns.items()}}
            for index in (range(bank.count) if chosen is None else chosen)
        ],
    }
