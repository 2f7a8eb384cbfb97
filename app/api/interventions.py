"""What a network says when something inside it, or its input, is changed."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.parameters import ImageId, ModelId
from app.api.score_changes import ScoreChangesSchema, score_changes
from app.compute import while_connected
from app.errors import InvalidParameterError, InvalidUnitError
from app.experiments import fill_of
from app.inspection.graph import LayerGraph, LayerNode
from app.inspection.intervention import BlankEdit, Edit, ValueEdit, WeightEdit, weight_shape
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue
from models.entry import ModelEntry
from models.pixel_map import Box

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


InterventionBody = Annotated[
    SwitchOffBody | ScaleBody | PinBody | EditKernelBody | BlankBody, Field(discriminator="kind")
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
    classes: list[int] = Field([], max_length=32, description="indices of classes to tell of")
    top: int = Field(5, ge=1, le=100, description="how many of the highest before, and after")


class InterventionsSchema(ScoreChangesSchema):
    """The scores without and with the interventions.

    `recomputed_layers` counts the layers that lie behind them, `recomputed_macs_share` is their
    share of the network's multiply-accumulates: nothing else was computed.
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


def checked_class(entry: ModelEntry, index: int) -> int:
    """A class of the model.

    Raises:
        InvalidParameterError: there is none.
    """
    classes = entry.architecture.classes
    if not 0 <= index < classes:
        raise InvalidParameterError(f"class {index}: {entry.id} has the classes 0-{classes - 1}.")
    return index


def checked_channel_of(layer: LayerNode, channel: int) -> int:
    """A channel of a layer.

    Raises:
        InvalidUnitError: there is none.
    """
    if not 0 <= channel < layer.output_shape[0]:
        last = layer.output_shape[0] - 1
        raise InvalidUnitError(f"channel {channel}: {layer.id} has the channels 0-{last}.")
    return channel


def _value_edit(graph: LayerGraph, body: SwitchOffBody | ScaleBody | PinBody) -> ValueEdit:
    layer = graph.layer(body.layer)
    checked_channel_of(layer, body.channel)
    if (body.row is None) != (body.column is None):
        raise InvalidUnitError("row and column are needed both, or neither.")
    if body.row is not None and body.column is not None:
        if not layer.is_map:
            raise InvalidUnitError(f"row {body.row}: {layer.id} has no rows and columns.")
        _, height, width = layer.output_shape
        if not (0 <= body.row < height and 0 <= body.column < width):
            raise InvalidUnitError(
                f"row {body.row}, column {body.column}: {layer.id} has the rows 0-{height - 1} "
                f"and the columns 0-{width - 1}."
            )
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
    return _value_edit(graph, body)


@router.post(
    "/models/{model_id}/interventions",
    summary="Scores after switching off, scaling, pinning, editing or blanking",
    description=(
        "Only what lies behind the interventions is computed; the network itself is not changed. "
        "Those of one layer apply in their order."
    ),
    responses=documented(
        *("unknown-model", "unknown-layer", "unknown-image", "invalid-unit", "busy"),
        *("not-exportable", "weights-unavailable", "weights-damaged", "model-too-large"),
        *("body-too-large", "request-timeout", "invalid-parameter"),
    ),
    response_model=InterventionsSchema,
)
async def intervene_in_model(
    model_id: ModelId,
    query: Annotated[InterventionsQuery, Query()],
    body: InterventionsBody,
    request: Request,
    services: ServicesDependency,
) -> Any:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    chosen = [checked_class(entry, index) for index in body.classes]
    experiments = services.experiments
    # Its weights have shapes before they have values, but a kernel's shape is asked for here.
    kernels = any(isinstance(each, EditKernelBody) for each in body.interventions)
    graph = await (experiments.graph(entry) if kernels else experiments.structure(entry))
    edits = [_edit(entry, graph, each) for each in body.interventions]
    before, after = await while_connected(request, experiments.intervene(entry, query.image, edits))
    return InterventionsSchema(
        model=entry.id,
        image=query.image,
        interventions=len(edits),
        recomputed_layers=len(after.recomputed),
        recomputed_macs_share=after.macs_share,
        **score_changes(
            before.prediction.logits, after.logits, entry.labels, chosen=chosen, top=body.top
        ),
    )
