"""What a network says when something inside it, or its input, is changed."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.asked import Asked, AskedModelDependency, PreparationChoice
from app.api.shared.checks import (
    MOST_CLASSES,
    check_scores,
    checked_channel,
    checked_class,
    checked_place,
)
from app.api.shared.parameters import ImageId
from app.api.what_if.score_changes import ScoreChangesSchema, score_changes
from app.compute.pool import while_connected
from app.errors import InvalidParameterError, InvalidUnitError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.what_if.cuts import CutEdit, can_be_cut
from app.inspection.what_if.intervention import (
    BlankEdit,
    Edit,
    ValueEdit,
    WeightEdit,
    weight_shape,
)
from app.stores.experiments import fill_of
from app.web.problems import documented
from models.catalogue.entry import ModelEntry
from models.preprocessing.pixel_map import Box

router = APIRouter(tags=["interventions"])

MOST_INTERVENTIONS = 32
Colour = Literal["mean", "black", "grey", "white"]
COLOURS: dict[str, tuple[int, int, int] | None] = {
    "mean": None,
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
}
Amount = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ValueBody(_Body):
    layer: str = Field(description="id of a layer, or `input`", examples=["conv_head"])
    channel: int = Field(description="of a vector the feature's number")
    row: int | None = Field(None, description="with `column`: this unit alone")
    column: int | None = None


class SwitchOffBody(_ValueBody):
    """A channel, or one unit, becomes 0."""

    kind: Literal["switch_off"]


class ScaleBody(_ValueBody):
    """A channel, or one unit, is multiplied."""

    kind: Literal["scale"]
    factor: Amount


class PinBody(_ValueBody):
    """A channel, or one unit, becomes this number."""

    kind: Literal["pin"]
    value: Amount


class EditKernelBody(_Body):
    """One weight of a convolution or of a linear layer becomes this number.

    `input_channel` is counted within the channel's group; row and column are in the kernel, 0 in a
    linear layer.
    """

    kind: Literal["edit_kernel"]
    layer: str
    channel: int
    input_channel: int
    row: int = 0
    column: int = 0
    value: Amount


class BlankBody(_Body):
    """A box of the network's input, in its pixels, is covered with a colour.

    `mean` is 0 in the prepared tensor.
    """

    kind: Literal["blank"]
    top: int
    left: int
    bottom: int
    right: int
    colour: Colour = "mean"


class CutBody(_Body):
    """A layer that adds two others, or stacks some, reads zeros from one of them.

    What else reads that one still does: of a residual block it cuts the bridge, or all beneath it.
    """

    kind: Literal["cut"]
    layer: str = Field(
        description="id of an addition or a concatenation", examples=["blocks.1.1.add"]
    )
    input: str = Field(description="id of the one of its inputs that is cut")


InterventionBody = Annotated[
    SwitchOffBody | ScaleBody | PinBody | EditKernelBody | BlankBody | CutBody,
    Field(discriminator="kind"),
]


class InterventionsBody(_Body):
    """What to change, and which classes to tell of beside the highest before and after."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "interventions": [{"kind": "switch_off", "layer": "bn2.act", "channel": 112}],
                "classes": [282],
                "top": 5,
            }
        },
    )

    interventions: list[InterventionBody] = Field(max_length=MOST_INTERVENTIONS)
    classes: list[int] = Field(
        [], max_length=MOST_CLASSES, description="indices of classes to tell of"
    )
    top: int = Field(5, ge=1, le=100, description="how many of the highest before, and after")


class InterventionsSchema(ScoreChangesSchema):
    """The scores without and with the interventions.

    `recomputed_layers` counts the layers that lie behind them, `recomputed_macs_share` is their
    share of the network's multiply-adds: nothing else was computed.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "interventions": 1,
                "recomputed_layers": 4,
                "recomputed_macs_share": 0.0033,
                "entropy_bits_before": 2.28,
                "entropy_bits_after": 2.41,
                "classes": [
                    {
                        "index": 282,
                        "label": "tiger cat",
                        "logit_before": 8.62,
                        "logit_after": 8.12,
                        "logit_difference": -0.5,
                        "probability_before": 0.393,
                        "probability_after": 0.303,
                        "probability_difference": -0.09,
                    }
                ],
            }
        }
    )

    model: str
    image: str
    interventions: int
    recomputed_layers: int
    recomputed_macs_share: float


class InterventionsQuery(BaseModel):
    """Which picture."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    preparation: PreparationChoice = None


def _value_edit(graph: LayerGraph, body: SwitchOffBody | ScaleBody | PinBody) -> ValueEdit:
    layer = graph.layer(body.layer)
    checked_channel(layer, body.channel)
    if (body.row, body.column) != (None, None):
        if not layer.is_map:
            raise InvalidUnitError(f"row {body.row}: {layer.id} has no rows and columns.")
        checked_place(layer, body.row, body.column)
    place = {"row": body.row, "column": body.column}
    match body:
        case PinBody():
            return ValueEdit(layer.id, body.channel, "pin", body.value, **place)
        case ScaleBody():
            return ValueEdit(layer.id, body.channel, "scale", body.factor, **place)
    return ValueEdit(layer.id, body.channel, "pin", 0.0, **place)


def _weight_edit(graph: LayerGraph, body: EditKernelBody) -> WeightEdit:
    layer = graph.layer(body.layer)
    shape = weight_shape(graph, layer)
    if shape is None:
        raise InvalidUnitError(f"{layer.id} is no convolution or linear layer with own weights.")
    place = (body.channel, body.input_channel, body.row, body.column)
    names = ("channel", "input_channel", "row", "column")
    for name, value, size in zip(names, place, shape, strict=True):
        if not 0 <= value < size:
            raise InvalidUnitError(f"{name} {value}: the weights of {layer.id} have 0-{size - 1}.")
    return WeightEdit(layer.id, *place, body.value)


def _cut_edit(graph: LayerGraph, body: CutBody) -> CutEdit:
    layer = graph.layer(body.layer)
    if not can_be_cut(graph, layer):
        raise InvalidUnitError(f"{layer.id} neither adds two layers of its shape nor stacks maps.")
    if body.input not in layer.inputs:
        raise InvalidUnitError(
            f"input {body.input[:80]!r}: {layer.id} reads {', '.join(layer.inputs)}."
        )
    return CutEdit(layer.id, body.input)


def _blank_edit(entry: ModelEntry, body: BlankBody) -> BlankEdit:
    _, height, width = entry.preprocessing.input_shape
    inside = 0 <= body.top < body.bottom <= height and 0 <= body.left < body.right <= width
    if not inside:
        raise InvalidParameterError(
            f"The box ({body.top}, {body.left}) to ({body.bottom}, {body.right}) is not a box in "
            f"the input of {height} rows and {width} columns."
        )
    box = Box(top=body.top, left=body.left, bottom=body.bottom, right=body.right)
    return BlankEdit(box, tuple(fill_of(entry, COLOURS[body.colour]).tolist()))


def _edit(entry: ModelEntry, graph: LayerGraph, body: InterventionBody) -> Edit:
    match body:
        case EditKernelBody():
            return _weight_edit(graph, body)
        case BlankBody():
            return _blank_edit(entry, body)
        case CutBody():
            return _cut_edit(graph, body)
    return _value_edit(graph, body)


@router.post(
    "/models/{model_id}/interventions",
    summary="Scores after switching off, scaling, pinning, editing, blanking or cutting",
    description=(
        "Only what lies behind the interventions is computed; the network itself is not changed. "
        "Those of one layer apply in their order."
    ),
    responses=documented(
        *("unknown-model", "unknown-layer", "unknown-image", "invalid-unit", "busy"),
        *("not-exportable", "weights-unavailable", "weights-damaged", "model-too-large"),
        *("body-too-large", "request-timeout", "invalid-parameter", "no-scores"),
    ),
    response_model=InterventionsSchema,
)
async def intervene_in_model(
    asked: AskedModelDependency,
    query: Annotated[InterventionsQuery, Query()],
    body: InterventionsBody,
) -> Any:
    asked.look_up(query)
    return await while_connected(asked.request, _intervened(asked, query.image, body))


async def _intervened(asked: Asked, image_id: str, body: InterventionsBody) -> InterventionsSchema:
    entry, experiments = asked.entry, asked.services.experiments
    check_scores(entry)
    chosen = [checked_class(entry, index) for index in body.classes]
    # Its weights have shapes before they have values, but a kernel's shape is asked for here.
    kernels = any(isinstance(each, EditKernelBody) for each in body.interventions)
    graph = await (experiments.graph(entry) if kernels else asked.graph())
    edits = [_edit(entry, graph, each) for each in body.interventions]
    before, after = await experiments.intervene(entry, image_id, edits)
    return InterventionsSchema(
        model=entry.id,
        image=image_id,
        interventions=len(edits),
        recomputed_layers=len(after.recomputed),
        recomputed_macs_share=after.macs_share,
        **score_changes(
            before.prediction.logits, after.logits, entry.labels, chosen=chosen, top=body.top
        ),
    )
