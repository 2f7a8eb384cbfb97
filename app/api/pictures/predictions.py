"""Class scores of a picture."""

import math
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.pictures.images import (
    COLOURS_FIELD,
    UPLOAD_PROBLEMS,
    PictureNoteSchema,
    parsed_colours,
    picture_body,
)
from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedModelDependency
from app.api.shared.checks import check_scores
from app.api.shared.parameters import ImageId
from app.api.shared.sizes import BoxSchema, InputSizeSchema, SizeSchema
from app.compute.pool import while_connected
from app.errors import InvalidParameterError
from app.inspection.activations.prediction import Prediction, entropy_bits, softmax, top_classes
from app.services import ServicesDependency
from app.web.problems import documented
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry, Origin
from models.pictures import PictureNote
from models.preprocessing.preprocessing import Preparation

router = APIRouter(tags=["predictions"])

_DEFAULT_TOP = 5
_FIELDS = frozenset({"model", "top", "preparation", "colours"})
_MODEL_PROBLEMS = (
    "unknown-model",
    "weights-unavailable",
    "weights-damaged",
    "model-too-large",
    "busy",
    "invalid-parameter",
)


class ClassScoreSchema(BaseModel):
    """One class: its logit as the network returned it, and two ways to read that as a share.

    null where the network returned no finite number.
    """

    index: int
    label: str
    logit: float | None
    probability: float | None
    sigmoid: float | None


class PredictionSchema(BaseModel):
    """The scores of one picture, the largest logit first.

    `image_box` is the part of the picture that the network sees, in its upright pixels;
    `entropy_bits` is of the whole distribution, not only of the classes listed, and null where
    there is none: the scores are not all numbers. `notes` say what is to be known of how the
    picture was read.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "origin": "pretrained",
                "class_count": 1000,
                "classes": [
                    {
                        "index": 282,
                        "label": "tiger cat",
                        "logit": 8.62,
                        "probability": 0.393,
                        "sigmoid": 0.99982,
                    }
                ],
                "entropy_bits": 2.28,
                "maximum_entropy_bits": 9.966,
                "image_size": {"height": 300, "width": 451},
                "input_size": {"channels": 3, "height": 224, "width": 224},
                "image_box": {"top": 18.75, "left": 94.1, "bottom": 281.25, "right": 356.6},
                "notes": [],
            }
        }
    )

    model: str
    image: str | None
    origin: Origin
    class_count: int
    classes: list[ClassScoreSchema]
    entropy_bits: float | None
    maximum_entropy_bits: float
    image_size: SizeSchema
    input_size: InputSizeSchema
    image_box: BoxSchema
    notes: list[PictureNoteSchema]


class PredictionQuery(BaseModel):
    """Which picture, and how many classes."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    top: int | None = Field(
        None, description="how many classes, 1 to all of the model's; 5 unless told", examples=[5]
    )


def _checked_top(entry: ModelEntry, top: int | None) -> int:
    check_scores(entry)
    classes = entry.architecture.classes
    if top is None:
        return min(_DEFAULT_TOP, classes)
    if not 1 <= top <= classes:
        raise InvalidParameterError(
            f"top: {entry.id} has {classes} classes; {top} is not 1-{classes}."
        )
    return top


def _describe(
    entry: ModelEntry,
    image_id: str | None,
    prediction: Prediction,
    top: int,
    notes: tuple[PictureNote, ...],
) -> PredictionSchema:
    probabilities = softmax(prediction.logits)
    size = prediction.pixel_map.image_size
    classes = entry.architecture.classes
    return PredictionSchema(
        model=entry.id,
        image=image_id,
        origin=entry.origin,
        class_count=classes,
        classes=[
            ClassScoreSchema(**vars(score))
            for score in top_classes(prediction.logits, entry.labels, top)
        ],
        entropy_bits=entropy_bits(probabilities),
        maximum_entropy_bits=math.log2(classes),
        image_size=SizeSchema(height=size.height, width=size.width),
        input_size=InputSizeSchema.of(entry.preprocessing.input_shape),
        image_box=BoxSchema.of(prediction.pixel_map.image_box),
        notes=PictureNoteSchema.of(notes),
    )


@answers(
    router,
    "/models/{model_id}/predictions",
    summary="Class scores of an uploaded or example picture",
    document=PredictionSchema,
    problems=("no-scores",),
)
async def get_predictions(
    asked: AskedModelDependency, query: Annotated[PredictionQuery, Query()]
) -> Answer:
    top = _checked_top(asked.entry, query.top)
    notes = asked.image(query.image).notes
    prediction = await asked.services.predict_stored(asked.entry, query.image)
    return _describe(asked.entry, query.image, prediction, top, notes)


@router.post(
    "/predictions",
    summary="Class scores in one call: send a picture, keep nothing",
    responses=documented(*UPLOAD_PROBLEMS, *_MODEL_PROBLEMS, "no-scores"),
    openapi_extra=picture_body(
        model={"type": "string", "example": "efficientnet_lite0.imagenet1k"},
        top={"type": "integer", "minimum": 1, "example": 5},
        preparation={"type": "string", "enum": list(get_args(Preparation))},
        colours=COLOURS_FIELD,
    ),
)
async def predict_upload(request: Request, services: ServicesDependency) -> PredictionSchema:
    upload = await services.uploads.read(request, _FIELDS)
    entry = catalogue().resolve(upload.fields.get("model") or services.library.default.id)
    if preparation := _parsed_preparation(upload.fields.get("preparation")):
        entry = entry.prepared(preparation)
    top = _checked_top(entry, _parsed_top(upload.fields.get("top")))

    colours = parsed_colours(upload.fields.get("colours"))
    prediction, picture = await while_connected(
        request, services.predict_bytes(entry, upload.data, colours)
    )
    return _describe(entry, None, prediction, top, picture.notes)


def _parsed_top(text: str | None) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise InvalidParameterError(f"top: {text[:80]!r} is not a whole number.") from error


def _parsed_preparation(text: str | None) -> Preparation | None:
    choices: tuple[Preparation, ...] = get_args(Preparation)
    for choice in choices:
        if choice == text:
            return choice
    if text:
        raise InvalidParameterError(
            f"preparation: {text[:80]!r} is not one of {', '.join(choices)}."
        )
    return None
