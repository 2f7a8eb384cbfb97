"""How much a class or a unit falls when a part of the picture is covered."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, Watched, answers, watches
from app.api.shared.asked import Asked, AskedModelDependency
from app.api.shared.checks import (
    RivalNumber,
    UnitQuery,
    checked_class,
    checked_rival,
    checked_unit,
)
from app.api.shared.parameters import FORM, ImageId
from app.api.what_if.interventions import COLOURS, Colour
from app.compute.long_work import WorkProgress, result_of
from app.errors import InvalidParameterError
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import logit_of
from app.inspection.occlusion.occlusion import (
    OcclusionMap,
    Target,
    checked_patches,
    encode_occlusion,
)
from app.stores.experiments import OcclusionSettings
from models.catalogue.entry import ModelEntry

router = APIRouter(tags=["interventions"])


class PatchScoreSchema(BaseModel):
    """The score with this box of the input covered; half-open, in pixels of the input."""

    top: int
    left: int
    bottom: int
    right: int
    score: float | None


class OcclusionSchema(BaseModel):
    """A class's logit, or a unit's value, while the picture is covered patch by patch.

    `score` is that of the picture as it is; `patches` go row by row, `columns` of them in each.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "score": 8.62,
                "minimum": 4.2,
                "maximum": 9.1,
                "rows": 13,
                "columns": 13,
                "patches": [{"top": 0, "left": 0, "bottom": 32, "right": 32, "score": 8.55}],
            }
        }
    )

    model: str
    image: str
    score: float | None
    minimum: float | None
    maximum: float | None
    rows: int
    columns: int
    patches: list[PatchScoreSchema]


class OcclusionQuery(UnitQuery):
    """Which picture, what is read, how it is covered."""

    image: ImageId
    class_index: int | None = Field(None, alias="class", description="the logit of this class")
    rival: RivalNumber = None
    layer: str | None = Field(None, description="with a channel: a unit of this layer instead")
    patch: int | None = Field(None, ge=1, description="side in pixels; a seventh of the input's")
    stride: int | None = Field(None, ge=1, description="pixels to the next; half a patch")
    colour: Colour = Field("mean", description="of what covers; `mean` is 0 in the prepared tensor")


class OcclusionFormQuery(OcclusionQuery):
    """And in which form."""

    format: Annotated[Literal["json", "npy"], FORM] = "json"


def _target(entry: ModelEntry, graph: LayerGraph, query: OcclusionQuery) -> Target:
    if (query.layer is None) == (query.class_index is None):
        raise InvalidParameterError("Either class or layer is needed.")
    if query.class_index is not None:
        index = checked_class(entry, query.class_index)
        rival = checked_rival(entry, index, query.rival)
        return index if rival is None else logit_of(graph, index, rival)
    checked_rival(entry, None, query.rival)
    return checked_unit(graph.layer(query.layer or ""), query)


def _settings(entry: ModelEntry, graph: LayerGraph, query: OcclusionQuery) -> OcclusionSettings:
    _, height, width = entry.preprocessing.input_shape
    patch = query.patch or max(1, round(min(height, width) / 7))
    stride = query.stride or max(1, patch // 2)
    checked_patches((height, width), patch, stride)
    return OcclusionSettings(_target(entry, graph, query), patch, stride, COLOURS[query.colour])


def _describe(entry: ModelEntry, image: str, found: OcclusionMap) -> OcclusionSchema:
    return OcclusionSchema(
        model=entry.id,
        image=image,
        score=found.baseline,
        minimum=float(found.scores.min()),
        maximum=float(found.scores.max()),
        rows=len(found.patches.rows),
        columns=len(found.patches.columns),
        patches=[
            PatchScoreSchema(
                top=top,
                left=left,
                bottom=bottom,
                right=right,
                score=float(found.scores[row, column]),
            )
            for row, (top, bottom) in enumerate(found.patches.rows)
            for column, (left, right) in enumerate(found.patches.columns)
        ],
    )


async def _occlusion(asked: Asked, query: OcclusionQuery) -> Watched[OcclusionMap]:
    settings = _settings(asked.entry, await asked.graph(), query)
    return Watched(
        asked.services.experiments.occlusion(asked.entry, query.image, settings),
        lambda found: _describe(asked.entry, query.image, found),
        _running,
    )


_PATH = "/models/{model_id}/occlusion"


@answers(
    router,
    _PATH,
    summary="How much a class or a unit falls when a part of the picture is covered",
    description=(
        "Equal to covering and running the network anew, but only what each patch reaches is "
        "computed. `npy`: float32 (height, width) of the input, the mean fall over the patches "
        "that cover each pixel."
    ),
    document=OcclusionSchema,
    forms=("npy",),
    problems=("unknown-layer", "invalid-unit", "time-limit", "no-scores"),
)
async def get_occlusion(
    asked: AskedModelDependency, query: Annotated[OcclusionFormQuery, Query()]
) -> Answer:
    watched = await _occlusion(asked, query)
    if query.format == "json":
        return await watched.end()
    return await asked.services.pool.run(encode_occlusion, await result_of(watched.progress))


@watches(
    router,
    _PATH,
    summary="Cover the picture patch by patch and follow it",
    running=(
        "`running` with `done`, `total` and the `scores` so far, row by row, null where not yet "
        "known"
    ),
    problems=("unknown-layer", "invalid-unit", "no-scores"),
)
async def watch_occlusion(
    asked: AskedModelDependency, query: Annotated[OcclusionQuery, Query()]
) -> Watched[OcclusionMap]:
    return await _occlusion(asked, query)


def _running(progress: WorkProgress[OcclusionMap]) -> dict[str, Any]:
    return {"done": progress.done, "total": progress.total, "scores": progress.preview or []}
