"""The challenges of classification: one picture under each of them, and under two at once."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, Watched, answers, watches
from app.api.shared.asked import Asked, AskedModelDependency
from app.api.shared.checks import check_reads_digits, check_scores, checked_class
from app.api.shared.parameters import ImageId
from app.api.what_if.variants import ClassShareSchema, EditFields
from app.errors import InvalidParameterError
from app.inspection.activations.prediction import softmax, top_classes
from app.inspection.what_if.challenges import CHALLENGES, ChallengedPicture, ChallengeGrid
from app.stores.held_out_digits import DIGITS
from models.catalogue.digit_entries import LABELS
from models.catalogue.entry import ModelEntry

router = APIRouter(tags=["learn"])

_HIGHEST = 5
_FIELDS = [name for fields in CHALLENGES.values() for name in fields]


class ChallengedPictureSchema(BaseModel):
    """A picture under some challenges: none, one, two or all of them.

    `probability` is of the class that is followed, `classes` are the highest. `edit` makes this
    very picture by `POST /images/{image}/variants`.
    """

    challenges: list[str]
    edit: EditFields
    is_survived: bool = Field(description="the class that is followed is the highest")
    probability: float | None
    classes: list[ClassShareSchema]


class ChallengesSchema(BaseModel):
    """A picture as it was, under each challenge alone, under each pair, and under all.

    Which of a pair is named first makes no difference: clutter comes first, then deformation,
    viewpoint and scale, illumination, and last what covers.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "class": 285,
                "label": "Egyptian cat",
                "pictures": [
                    {
                        "challenges": ["illumination", "clutter"],
                        "edit": {"brightness": 0.4, "clutter": 0.5},
                        "is_survived": False,
                        "probability": 0.12,
                        "classes": [
                            {
                                "index": 282,
                                "label": "tiger cat",
                                "logit": 6.1,
                                "probability": 0.35,
                            }
                        ],
                    }
                ],
            }
        }
    )

    model: str
    image: str
    class_index: int = Field(alias="class")
    label: str
    pictures: list[ChallengedPictureSchema]


class ChallengesQuery(EditFields):
    """Which picture, how much of each challenge, and which class is followed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    image: ImageId
    class_index: int | None = Field(
        None, alias="class", description="its index; the highest of the picture as it was if absent"
    )


def _challenges(asked: Asked, query: ChallengesQuery) -> Watched[ChallengeGrid]:
    entry = asked.entry
    check_scores(entry)
    if query.class_index is not None:
        checked_class(entry, query.class_index)
    unknown = [
        name
        for name in EditFields.model_fields
        if name not in _FIELDS and getattr(query, name) != EditFields.model_fields[name].default
    ]
    if unknown:
        raise InvalidParameterError(f"{unknown[0]}: belongs to none of the challenges.")
    return Watched(
        asked.services.edited_pictures.challenges(entry, query.image, query.edit()),
        lambda found: _describe(entry, query, found),
    )


def _describe(entry: ModelEntry, query: ChallengesQuery, found: ChallengeGrid) -> ChallengesSchema:
    followed = query.class_index
    if followed is None:
        followed = top_classes(found.pictures[0].logits, entry.labels, 1)[0].index
    return ChallengesSchema(
        model=entry.id,
        image=query.image,
        label=entry.labels[followed],
        pictures=[_picture(entry, each, followed) for each in found.pictures],
        **{"class": followed},
    )


def _picture(entry: ModelEntry, found: ChallengedPicture, followed: int) -> ChallengedPictureSchema:
    highest = top_classes(found.logits, entry.labels, _HIGHEST)
    return ChallengedPictureSchema(
        challenges=list(found.challenges),
        edit=EditFields(**vars(found.edit)),
        is_survived=highest[0].index == followed,
        probability=float(softmax(found.logits)[followed]),
        classes=[
            ClassShareSchema(
                index=each.index,
                label=each.label,
                logit=each.logit,
                probability=each.probability,
            )
            for each in highest
        ],
    )


_PATH = "/learn/challenges/{model_id}"


@answers(
    router,
    _PATH,
    summary="The challenges of classification, alone and in pairs",
    description=(
        "Viewpoint, scale, deformation, occlusion, illumination and background clutter, each as "
        "much as its fields say: 1 + 6 + 15 + 1 pictures. Further fields of an edit, shift and "
        "blur, are refused."
    ),
    document=ChallengesSchema,
    problems=("time-limit", "no-scores"),
)
async def get_challenges(
    asked: AskedModelDependency, query: Annotated[ChallengesQuery, Query()]
) -> Answer:
    return await _challenges(asked, query).end()


@watches(
    router,
    _PATH,
    problems=("no-scores",),
    summary="Put a picture through the challenges and follow how far that is",
)
async def watch_challenges(
    asked: AskedModelDependency, query: Annotated[ChallengesQuery, Query()]
) -> Watched[ChallengeGrid]:
    return _challenges(asked, query)


class DigitScoreSchema(BaseModel):
    """What a network says of one held-out digit."""

    number: int = Field(description="as `GET /learn/digits/{digit}` has it")
    probability: float | None = Field(description="of the digit that it is")
    best: ClassShareSchema


class VariationSchema(BaseModel):
    """The held-out digits of one class: how many are read right, and each one's score."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "digit": 4,
                "correct": 99,
                "digits": [
                    {
                        "number": 0,
                        "probability": 0.998,
                        "best": {"index": 4, "label": "4", "logit": 12.1, "probability": 0.998},
                    }
                ],
            }
        }
    )

    model: str
    digit: int
    correct: int
    digits: list[DigitScoreSchema]


class VariationQuery(BaseModel):
    """Which digit."""

    model_config = ConfigDict(extra="forbid")

    digit: int = Field(4, ge=0, lt=DIGITS, description="0 to 9")


@answers(
    router,
    "/learn/variation/{model_id}",
    summary="How differently the digits of one class are written, and which a network reads",
    description="Of a network that reads handwritten digits: the 100 held-out ones of one class.",
    document=VariationSchema,
)
async def get_variation(
    asked: AskedModelDependency, query: Annotated[VariationQuery, Query()]
) -> Answer:
    entry = asked.entry
    check_reads_digits(entry)
    logits = await asked.services.digit_tests.of_a_class(entry, query.digit)
    digits = [_digit(number, scores, query.digit) for number, scores in enumerate(logits)]
    return VariationSchema(
        model=entry.id,
        digit=query.digit,
        correct=sum(each.best.index == query.digit for each in digits),
        digits=digits,
    )


def _digit(number: int, logits: Any, digit: int) -> DigitScoreSchema:
    best = top_classes(logits, LABELS, 1)[0]
    return DigitScoreSchema(
        number=number,
        probability=float(softmax(logits)[digit]),
        best=ClassShareSchema(
            index=best.index,
            label=best.label,
            logit=best.logit,
            probability=best.probability,
        ),
    )
