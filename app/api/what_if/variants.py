"""Pictures seen otherwise, and the scores along one such change."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.api.pictures.images import StoredImageSchema
from app.api.shared.answers import Answer, Watched, answers, watches
from app.api.shared.asked import Asked, AskedModelDependency
from app.api.shared.checks import MOST_CLASSES, check_scores, checked_classes
from app.api.shared.parameters import ImageId, ImagePathId
from app.compute.pool import while_connected
from app.errors import InvalidParameterError
from app.inspection.activations.prediction import softmax, top_classes
from app.inspection.what_if.picture_sweep import Sweep
from app.services import ServicesDependency
from app.stores.edited_pictures import SweepSettings
from app.web.problems import documented
from models.catalogue.entry import ModelEntry
from models.preprocessing.edits import PictureEdit
from models.preprocessing.warps import MOST_DEFORMATION, MOST_VIEWPOINT_DEGREES

router = APIRouter(tags=["interventions"])

Swept = Literal[
    "shift_x",
    "shift_y",
    "scale",
    "rotation_degrees",
    "brightness",
    "blur",
    "cover_size",
    "viewpoint_degrees",
    "deformation",
    "clutter",
]
_MOST_VALUES = 101


class EditFields(BaseModel):
    """What is done to a picture: clutter, bend, viewpoint, move, scale, turn, light, blur, cover.

    It is done in this order: first what is in the scene, last what stands before it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "shift_x": 0.0,
                "shift_y": 0.0,
                "scale": 1.0,
                "rotation_degrees": 15.0,
                "brightness": 0.8,
                "blur": 0.0,
                "cover_left": 0.25,
                "cover_top": 0.25,
                "cover_size": 0.0,
                "viewpoint_degrees": 0.0,
                "deformation": 0.0,
                "clutter": 0.0,
            }
        },
    )

    shift_x: float = Field(0, ge=-1, le=1, description="to the right, share of the width")
    shift_y: float = Field(0, ge=-1, le=1, description="down, share of the height")
    scale: float = Field(1, ge=0.1, le=10, description="2 shows things twice as large")
    rotation_degrees: float = Field(0, ge=-180, le=180, description="anticlockwise")
    brightness: float = Field(1, ge=0, le=8, description="every value times this, cut at white")
    blur: float = Field(0, ge=0, le=0.2, description="sigma, share of the shorter side")
    cover_left: float = Field(0.25, ge=0, le=1, description="of a grey square, share of the width")
    cover_top: float = Field(0.25, ge=0, le=1, description="likewise of the height")
    cover_size: float = Field(0, ge=0, le=1, description="its side, share of the shorter side")
    viewpoint_degrees: float = Field(
        0,
        ge=-MOST_VIEWPOINT_DEGREES,
        le=MOST_VIEWPOINT_DEGREES,
        description="turned about its upright middle line, its right side away, as a flat picture",
    )
    deformation: float = Field(
        0,
        ge=0,
        le=MOST_DEFORMATION,
        description="amplitude of waves that bend it, share of the shorter side",
    )
    clutter: float = Field(
        0,
        ge=0,
        le=1,
        description="share of the squares about the middle that give way to pieces of other "
        "pictures: examples, of a drawing digits",
    )

    def edit(self) -> PictureEdit:
        """The edit that these fields say."""
        return PictureEdit(**{name: getattr(self, name) for name in EditFields.model_fields})


@router.post(
    "/images/{image_id}/variants",
    status_code=status.HTTP_201_CREATED,
    summary="A picture moved, turned, scaled, bent, lit, blurred, cluttered or partly covered",
    description=(
        "The variant is a picture of its own, with an id that every other call takes, and is "
        "forgotten like an upload. Longer sides are first reduced to 1600 pixels."
    ),
    responses=documented(
        *(
            "unknown-image",
            "invalid-parameter",
            "busy",
            "image-too-large",
            "body-too-large",
            "request-timeout",
        )
    ),
)
async def make_variant(
    image_id: ImagePathId,
    body: EditFields,
    request: Request,
    response: Response,
    services: ServicesDependency,
) -> StoredImageSchema:
    services.images.get(image_id)
    image = await while_connected(request, services.edited_pictures.keep(image_id, body.edit()))
    response.headers["Location"] = str(request.url_for("get_image", image_id=image.id).path)
    return StoredImageSchema.of(image)


class ClassShareSchema(BaseModel):
    """One class at one place of a sweep."""

    index: int
    label: str
    logit: float | None
    probability: float | None


class SweepPointSchema(BaseModel):
    """The scores where the swept property has this value; `best` is the highest class there."""

    value: float
    best: ClassShareSchema
    classes: list[ClassShareSchema]


class SweepSchema(BaseModel):
    """The classes that were asked for along one change of the picture."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "swept": "rotation_degrees",
                "points": [
                    {
                        "value": -45.0,
                        "best": {
                            "index": 285,
                            "label": "Egyptian cat",
                            "logit": 7.9,
                            "probability": 0.31,
                        },
                        "classes": [
                            {
                                "index": 282,
                                "label": "tiger cat",
                                "logit": 6.1,
                                "probability": 0.05,
                            }
                        ],
                    }
                ],
            }
        }
    )

    model: str
    image: str
    swept: str
    points: list[SweepPointSchema]


class SweepQuery(EditFields):
    """What is swept from where to where, what else is done, and which classes to follow."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    swept: Swept = Field(description="which change of the picture", examples=["rotation_degrees"])
    start: float = Field(allow_inf_nan=False, description="first value", examples=[-45.0])
    stop: float = Field(allow_inf_nan=False, description="last value", examples=[45.0])
    values: int = Field(19, ge=2, le=_MOST_VALUES, description="how many")
    classes: str = Field(
        "", description=f"indices of up to {MOST_CLASSES}, `282,285`; the highest is told besides"
    )


def _checked(entry: ModelEntry, query: SweepQuery) -> tuple[SweepSettings, list[int]]:
    check_scores(entry)
    # Before anything is computed from them: a range of huge numbers overflows.
    for value in (query.start, query.stop):
        try:
            EditFields(**{query.swept: value})
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise InvalidParameterError(f"{query.swept} {value}: {reason}.") from error
    values = tuple(
        query.start + (query.stop - query.start) * place / (query.values - 1)
        for place in range(query.values)
    )
    settings = SweepSettings(query.edit(), query.swept, values)
    return settings, checked_classes(entry, query.classes)


def _describe(
    entry: ModelEntry, query: SweepQuery, classes: list[int], found: Sweep
) -> SweepSchema:
    points = []
    for value, logits in zip(found.values, found.logits, strict=True):
        shares = softmax(logits)
        best = top_classes(logits, entry.labels, 1)[0].index

        def share(index: int, logits: Any = logits, shares: Any = shares) -> ClassShareSchema:
            return ClassShareSchema(
                index=index,
                label=entry.labels[index],
                logit=float(logits[index]),
                probability=float(shares[index]),
            )

        points.append(
            SweepPointSchema(
                value=value, best=share(best), classes=[share(index) for index in classes]
            )
        )
    return SweepSchema(model=entry.id, image=query.image, swept=query.swept, points=points)


def _sweep(asked: Asked, query: SweepQuery) -> Watched[Sweep]:
    settings, classes = _checked(asked.entry, query)
    return Watched(
        asked.services.edited_pictures.sweep(asked.entry, query.image, settings),
        lambda found: _describe(asked.entry, query, classes, found),
    )


_PATH = "/models/{model_id}/sweeps"


@answers(
    router,
    _PATH,
    summary="The scores along one change of the picture",
    document=SweepSchema,
    problems=("time-limit", "no-scores"),
)
async def get_sweep(asked: AskedModelDependency, query: Annotated[SweepQuery, Query()]) -> Answer:
    return await _sweep(asked, query).end()


@watches(
    router,
    _PATH,
    problems=("no-scores",),
    summary="Change the picture step by step and follow the scores",
)
async def watch_sweep(
    asked: AskedModelDependency, query: Annotated[SweepQuery, Query()]
) -> Watched[Sweep]:
    return _sweep(asked, query)
