"""What every layer computed for a picture."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.activations.schemas import LayerStatisticsSchema, OverviewSchema
from app.api.shared.answers import Answer, Saved, answers
from app.api.shared.asked import AskedLayerDependency, AskedModelDependency
from app.api.shared.checks import RivalNumber, checked_channels, checked_class, checked_rival
from app.api.shared.parameters import FORM, ImageId
from app.errors import NotAMapError
from app.inspection.activations.layer_forms import LayerForm, LayerStatistics
from app.inspection.activations.overview import encode_overview
from app.inspection.rendering.colours import ColourName
from app.inspection.rendering.maps import Scale
from models.catalogue.entry import ModelEntry

router = APIRouter(tags=["activations"])


class ActivationsQuery(BaseModel):
    """Which picture, in which form, and which of the channels."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    format: Annotated[Literal["json", "npy", "u8", "png"], FORM] = "json"
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
    rival: RivalNumber = None


@answers(
    router,
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
    document=LayerStatisticsSchema,
    forms=("npy", "u8", "png"),
    problems=("not-a-map", "no-scores"),
)
async def get_activations(
    asked: AskedLayerDependency, query: Annotated[ActivationsQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    layer = await asked.layer()
    channels = checked_channels(layer, query.channels)
    if query.class_index is not None:
        checked_class(entry, query.class_index)
    checked_rival(entry, query.class_index, query.rival)
    if query.format == "json":
        classes = None if query.class_index is None else (query.class_index, query.rival)
        found = await services.layer_statistics(entry, query.image, layer.id, classes)
        return _describe(entry, layer.id, query, found, channels)
    if query.format == "png" and not layer.is_map:
        shape = " x ".join(str(size) for size in layer.output_shape)
        raise NotAMapError(
            f"{layer.id} has no rows and columns to draw, its output is a vector ({shape}). "
            "format=json, npy and u8 give its numbers."
        )
    wanted = LayerForm(query.format, channels, query.scale, query.colours)
    data = await services.encode_layer(entry, query.image, layer.id, wanted)
    return data if query.format == "u8" else Saved(data, f"{entry.id}.{layer.id}.{query.format}")


def _describe(
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
        **vars(found.whole),
    }
    if query.class_index is not None:
        document["class"] = query.class_index
        document["rival"] = query.rival
    each = {
        name: values.tolist()
        for name, values in (*vars(found.channels).items(), ("contribution", found.contributions))
        if values is not None
    }
    chosen = range(found.shape[0]) if channels is None else channels
    document["channels"] = [
        {"index": index, **{name: values[index] for name, values in each.items()}}
        for index in chosen
    ]
    return document


class OverviewQuery(BaseModel):
    """Which picture, and in which form."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    format: Annotated[Literal["json", "u8"], FORM] = "json"


@answers(
    router,
    "/models/{model_id}/activations",
    summary="The strongest map of every layer",
    description=(
        "The strongest map holds its layer's largest value.\n\n"
        "`u8`: thumbnails of at most 32 x 32, averaged over equal areas; a vector is one row of at "
        "most 64, each the largest of its share of the features. Four letters `CVO8` and a header "
        "as in the 8-bit form of one layer, whose `layers` give `id`, `channel`, `height`, `width` "
        "and `offset`, counted from the first byte after the header; `minimum` and `maximum` are "
        "what the codes 0 and 255 stand for, `signed` whether any value of the layer is below zero."
    ),
    document=OverviewSchema,
    forms=("u8",),
)
async def get_overview(
    asked: AskedModelDependency, query: Annotated[OverviewQuery, Query()]
) -> Answer:
    found = await asked.services.overview(asked.entry, query.image)
    named = {"model": asked.entry.id, "image": query.image}
    if query.format == "u8":
        return await asked.services.pool.run(encode_overview, found, named)
    layers = [
        {
            "id": item.layer_id,
            "channel": item.channel,
            "minimum": item.minimum,
            "maximum": item.maximum,
        }
        for item in found
    ]
    return {**named, "layers": layers}
