"""What every layer computed for a picture."""

import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.activation_schemas import LayerStatisticsSchema, OverviewSchema
from app.api.parameters import ImageId, ModelId
from app.compute import while_connected
from app.errors import InvalidParameterError, NotAMapError
from app.http_cache import cache_headers, entity_tag, not_modified
from app.inspection.colours import ColourName
from app.inspection.graph import LayerNode
from app.inspection.layer_forms import LayerForm, LayerStatistics
from app.inspection.maps import Scale
from app.inspection.overview import encode_overview
from app.json_answers import JSONResponse
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue
from models.entry import ModelEntry

router = APIRouter(tags=["activations"])

_MEDIA_TYPES = {
    "npy": "application/octet-stream",
    "u8": "application/octet-stream",
    "png": "image/png",
}
_RANGES = re.compile(r"\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*")
_LAYER_PROBLEMS = (
    "unknown-model",
    "unknown-layer",
    "unknown-image",
    "not-exportable",
    "weights-unavailable",
    "weights-damaged",
    "model-too-large",
    "busy",
    "invalid-parameter",
)
BINARY = {"schema": {"type": "string", "format": "binary"}}

LayerId = Annotated[
    str,
    Path(
        description="id of a layer, as `GET /models/{model}` lists them",
        examples=["blocks.2.0.conv_pw"],
    ),
]


class ActivationsQuery(BaseModel):
    """Which picture, in which form, and which of the channels."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    format: Literal["json", "npy", "u8", "png"] = "json"
    channels: str | None = Field(
        None,
        description="`3`, `0-15` or `0-3,8`, in the order wanted; all unless told",
        examples=["0-3"],
    )
    scale: Scale = Field("channel", description="one range a channel, or one for the whole layer")
    colours: ColourName | None = Field(
        None, description="of a png: viridis, or diverging where values are negative, unless told"
    )
    class_index: int | None = Field(
        None, alias="class", description="add what each channel contributes to this class's logit"
    )


@router.get(
    "/models/{model_id}/layers/{layer_id}/activations",
    summary="What a layer computed for a picture",
    description=(
        "`json`: statistics of every channel. `npy`: exact float32. `png`: a picture to save.\n\n"
        "`u8`: 8 bits a value, as the page draws it. Four letters `CVU8`; the length N of the "
        "header as little-endian uint32; N bytes of JSON (`shape`, `channels`, `scale`, ...; "
        "spaces fill it up so that 8 + N is a multiple of 8); the minimum of each channel, then "
        "the maximum of each, little-endian float32; one byte a value, in C order. Code q stands "
        "for minimum + q * (maximum - minimum) / 255."
    ),
    responses={
        200: {
            "model": LayerStatisticsSchema,
            "content": dict.fromkeys(_MEDIA_TYPES.values(), BINARY),
        },
        **documented("not-a-map", *_LAYER_PROBLEMS),
    },
    response_model=None,
)
async def get_activations(
    model_id: ModelId,
    layer_id: LayerId,
    query: Annotated[ActivationsQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    layer = (await services.graphs.structure(entry)).layer(layer_id)
    channels = checked_channels(layer, query.channels)
    _check_class(entry, query.class_index)
    if query.format == "png" and not layer.is_map:
        shape = " x ".join(str(size) for size in layer.output_shape)
        raise NotAMapError(
            f"{layer_id} has no rows and columns to draw, its output is a vector ({shape}). "
            "format=json, npy and u8 give its numbers."
        )
    tag = entity_tag("activations", entry.id, layer_id, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    headers = cache_headers(tag)
    if query.format == "json":
        found = await while_connected(
            request, services.layer_statistics(entry, query.image, layer_id, query.class_index)
        )
        document = _described(entry, layer_id, query, found, channels)
        return JSONResponse(document, headers=headers)
    if query.format != "u8":
        name = f"{entry.id}.{layer_id}.{query.format}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    wanted = LayerForm(query.format, channels, query.scale, query.colours)
    data = await while_connected(
        request, services.encode_layer(entry, query.image, layer_id, wanted)
    )
    return Response(data, media_type=_MEDIA_TYPES[query.format], headers=headers)


def checked_channels(layer: LayerNode, text: str | None) -> tuple[int, ...] | None:
    """The channels that `0-3,8` names; None for all."""
    if text is None:
        return None
    count = layer.output_shape[0]
    valid = f"{layer.id} has the channels 0-{count - 1}"
    if not _RANGES.fullmatch(text):
        raise InvalidParameterError(f"channels: {text[:80]!r} is not like `3` or `0-3,8`; {valid}.")
    chosen: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, stop = int(first), int(last or first) + 1
        if not start < stop <= count:
            raise InvalidParameterError(f"channels: {part} is not in this layer; {valid}.")
        chosen += range(start, stop)
        if len(chosen) > count:
            raise InvalidParameterError(f"channels: more than there are; {valid}.")
    return tuple(chosen)


def _check_class(entry: ModelEntry, class_index: int | None) -> None:
    classes = entry.architecture.classes
    if class_index is not None and not 0 <= class_index < classes:
        raise InvalidParameterError(
            f"class: {entry.id} has the classes 0-{classes - 1}; {class_index} is not one."
        )


def _described(
    entry: ModelEntry,
    layer_id: str,
    query: ActivationsQuery,
    found: LayerStatistics,
    channels: Sequence[int] | None,
) -> dict[str, Any]:
    """As `LayerStatisticsSchema`, written out by hand: there may be 2,048 channels."""
    document: dict[str, Any] = {
        "model": entry.id,
        "image": query.image,
        "layer": layer_id,
        "shape": found.shape,
        **{name: _finite(value) for name, value in vars(found.whole).items()},
    }
    if query.class_index is not None:
        document["class"] = query.class_index
    each = {
        name: [_finite(value) for value in values.tolist()]
        for name, values in (*vars(found.channels).items(), ("contribution", found.contributions))
        if values is not None
    }
    chosen = range(found.shape[0]) if channels is None else channels
    document["channels"] = [
        {"index": index, **{name: values[index] for name, values in each.items()}}
        for index in chosen
    ]
    return document


def _finite(value: float) -> float | None:
    """JSON has no nan."""
    return value if math.isfinite(value) else None


class OverviewQuery(BaseModel):
    """Which picture, and in which form."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    format: Literal["json", "u8"] = "json"


@router.get(
    "/models/{model_id}/activations",
    summary="The strongest map of every layer",
    description=(
        "The strongest map holds its layer's largest value.\n\n"
        "`u8`: thumbnails of at most 32 x 32, averaged over equal areas; a vector is one row of at "
        "most 64, each the largest of its share of the features. Four letters `CVO8` and a header "
        "as in the 8-bit form of one layer, whose `layers` give `id`, `channel`, `height`, `width` "
        "and `offset`, counted from the first byte after the header; `minimum` and `maximum` are "
        "what the codes 0 and 255 stand for."
    ),
    responses={
        200: {"model": OverviewSchema, "content": {"application/octet-stream": BINARY}},
        **documented(*(slug for slug in _LAYER_PROBLEMS if slug != "unknown-layer")),
    },
    response_model=None,
)
async def get_overview(
    model_id: ModelId,
    query: Annotated[OverviewQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    tag = entity_tag("overview", entry.id, query.image, query.format)
    if unchanged := not_modified(request, tag):
        return unchanged
    found = await while_connected(request, services.overview(entry, query.image))
    named = {"model": entry.id, "image": query.image}
    headers = cache_headers(tag)
    if query.format == "u8":
        data = encode_overview(found, named)
        return Response(data, media_type=_MEDIA_TYPES["u8"], headers=headers)
    layers = [
        {
            "id": item.layer_id,
            "channel": item.channel,
            "minimum": _finite(item.minimum),
            "maximum": _finite(item.maximum),
        }
        for item in found
    ]
    return JSONResponse({**named, "layers": layers}, headers=headers)
