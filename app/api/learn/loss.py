"""What a guess costs, taken apart: as a product, as a sum of logarithms, and in bits."""

import math
from typing import Annotated, Any, Literal, Self

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.learn.lessons import lesson
from models.lessons.loss import (
    PicturesLoss,
    code_costs,
    confidences_loss,
    long_product,
    pictures_loss,
)
from models.scratch.information import divergence

router = APIRouter()

MOST_PICTURES = 100
MOST_SCORES = 10_000
MOST_REPEATED = 5_000
MOST_EVENTS = 100
# How far from one a distribution may sum: what is left of one that was rounded to seven digits.
# Then it is divided by its sum.
_SUM_TOLERANCE = 1e-6

Score = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Probability = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _normalised(distribution: list[float], name: str) -> list[float]:
    total = math.fsum(distribution)
    if abs(total - 1) > _SUM_TOLERANCE:
        raise ValueError(f"{name} sums to {total:.7g}, and not to 1")
    return [each / total for each in distribution]


class ScoresLossBody(_Body):
    """Logits of some pictures, and what each picture really shows."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"kind": "scores", "scores": [[2.0, 1.0, 0.1]], "labels": [0]}
        },
    )

    kind: Literal["scores"]
    scores: list[list[Score]] = Field(
        min_length=1,
        max_length=MOST_PICTURES,
        description="a row of logits for each picture, all of one length",
    )
    labels: list[int] | None = Field(
        None, max_length=MOST_PICTURES, description="the right class of each, counted from 0"
    )
    truth: list[list[Probability]] | None = Field(
        None,
        max_length=MOST_PICTURES,
        description="instead of `labels`: a distribution over the classes for each picture",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        rows, classes = len(self.scores), len(self.scores[0])
        if {len(row) for row in self.scores} != {classes} or classes < 2:
            raise ValueError("scores are rows of one length, of two classes or more")
        if rows * classes > MOST_SCORES:
            raise ValueError(f"{rows} x {classes} scores are more than {MOST_SCORES}")
        if (self.labels is None) == (self.truth is None):
            raise ValueError("either labels or truth is given")
        if len(self.labels or self.truth or ()) != rows:
            raise ValueError(f"the truth is given for each of the {rows} pictures")
        for label in self.labels or ():
            if not 0 <= label < classes:
                raise ValueError(f"labels: {str(label)[:80]} is not 0-{classes - 1}")
        for distribution in self.truth or ():
            if len(distribution) != classes:
                raise ValueError(f"truth has {len(distribution)} of {classes} classes")
        if self.truth is not None:
            self.truth = [_normalised(each, "truth") for each in self.truth]
        return self


class ConfidencesLossBody(_Body):
    """How sure a network was of the right class, picture by picture."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "kind": "confidences",
                "confidences": [0.7, 0.8, 0.6, 0.3, 0.4],
                "repeated": 1000,
            }
        },
    )

    kind: Literal["confidences"]
    confidences: list[Probability] = Field(
        min_length=1, max_length=MOST_PICTURES, description="of the right classes, 0 to 1"
    )
    repeated: int = Field(
        1_000,
        ge=1,
        le=MOST_REPEATED,
        description="how many pictures the long product has; the confidences repeat",
    )


class CodesLossBody(_Body):
    """Two distributions over the same events: what happens, and what a code expects."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "codes", "p": [0.5, 0.5], "q": [0.25, 0.75]}},
    )

    kind: Literal["codes"]
    p: list[Probability] = Field(
        min_length=2, max_length=MOST_EVENTS, description="how often each event happens"
    )
    q: list[Probability] = Field(
        min_length=2, max_length=MOST_EVENTS, description="how often the code expects it"
    )

    @model_validator(mode="after")
    def _are_distributions(self) -> Self:
        if len(self.p) != len(self.q):
            raise ValueError(f"p has {len(self.p)} events and q has {len(self.q)}")
        self.p = _normalised(self.p, "p")
        self.q = _normalised(self.q, "q")
        return self


LossBody = Annotated[
    ScoresLossBody | ConfidencesLossBody | CodesLossBody, Field(discriminator="kind")
]


class PictureLossSchema(BaseModel):
    """One picture; of confidences, the classes are the right one and all others together."""

    probabilities: list[float] = Field(description="softmax of its scores")
    logarithms: list[float | None] = Field(
        description="their natural logarithms; null where a probability is 0"
    )
    log_sum: float = Field(
        description="log of the sum of e^score: a score less this is its logarithm"
    )
    loss_nats: float | None = Field(description="-sum of y log p; null where infinite")
    gradient: list[float] = Field(description="dloss/dscore = (p - y) / n, class by class")


class LongProductSchema(BaseModel):
    """The product of the confidences of many pictures, as a machine has it."""

    pictures: int = Field(description="how many factors")
    float32: float = Field(description="the product in single precision")
    float64: float = Field(description="the product in double precision")
    logarithm: float | None = Field(description="the sum of logarithms; null where infinite")
    float32_is_zero_from: int | None = Field(
        description=f"first number of factors whose product is 0; null if none to {MOST_REPEATED}"
    )
    float64_is_zero_from: int | None = Field(description="the same in double precision")


class PicturesLossSchema(BaseModel):
    """The loss of some pictures; `long_product` is of confidences alone."""

    product: float = Field(description="of the confidences in the truth")
    geometric_mean: float = Field(description="e^-loss, the n-th root of that product")
    mean_logarithm: float | None = Field(description="in nats; null where infinite")
    loss_nats: float | None = Field(description="the mean cross-entropy; null where infinite")
    loss_bits: float | None = Field(description="the same in bits")
    pictures: list[PictureLossSchema] = Field(description="one by one, in the order sent")
    long_product: LongProductSchema | None = Field(
        description="of the confidences repeated; null where scores were sent"
    )


class CodedEventSchema(BaseModel):
    """One event: what it costs, and its share in each sum; null where infinite."""

    best_length_bits: float | None = Field(description="-log2 p: in the code made for p")
    length_bits: float | None = Field(description="-log2 q: in the code made for q")
    entropy_bits: float = Field(description="its share in H(p): -p log2 p")
    cross_entropy_bits: float | None = Field(description="its share in H(p, q): -p log2 q")
    divergence_bits: float | None = Field(description="its share in D(p || q): p log2 (p / q)")


class CodesLossSchema(BaseModel):
    """What events of p cost in a code made for q, in bits; null where infinite."""

    entropy_bits: float = Field(description="H(p): with the best code")
    cross_entropy_bits: float | None = Field(description="H(p, q): with the code made for q")
    divergence_bits: float | None = Field(description="D(p || q): what that code wastes")
    events: list[CodedEventSchema] = Field(description="one by one, in the order sent")


class LossSchema(BaseModel):
    """One of the two, as asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "pictures": None,
                "codes": {
                    "entropy_bits": 1.0,
                    "cross_entropy_bits": 1.2075,
                    "divergence_bits": 0.2075,
                    "events": [
                        {
                            "best_length_bits": 1.0,
                            "length_bits": 2.0,
                            "entropy_bits": 0.5,
                            "cross_entropy_bits": 1.0,
                            "divergence_bits": 0.5,
                        },
                        {
                            "best_length_bits": 1.0,
                            "length_bits": 0.415,
                            "entropy_bits": 0.5,
                            "cross_entropy_bits": 0.2075,
                            "divergence_bits": -0.2925,
                        },
                    ],
                },
            }
        }
    )

    pictures: PicturesLossSchema | None = Field(None, description="of scores or confidences")
    codes: CodesLossSchema | None = Field(None, description="of two distributions")


@lesson(
    router,
    "/learn/loss",
    document=LossSchema,
    summary="A loss taken apart: product, logarithms, gradient, bits",
    description=(
        "`scores` or `confidences` are answered with their product, geometric mean and loss and "
        "with the gradient (p - y) / n; `codes`, two distributions, with entropy, cross-entropy "
        "and divergence, event by event."
    ),
)
def compute_loss(body: LossBody) -> LossSchema:
    if isinstance(body, CodesLossBody):
        return LossSchema(codes=_codes(body))
    if isinstance(body, ConfidencesLossBody):
        return LossSchema(pictures=_confidences(body))
    scores = np.array(body.scores)
    truth = np.array(body.truth if body.labels is None else body.labels)
    return LossSchema(pictures=_pictures(pictures_loss(scores, truth), None))


def _confidences(body: ConfidencesLossBody) -> PicturesLossSchema:
    confidences = np.array(body.confidences)
    product = long_product(confidences, body.repeated, MOST_REPEATED)
    return _pictures(
        confidences_loss(confidences),
        LongProductSchema(pictures=body.repeated, **vars(product)),
    )


def _pictures(found: PicturesLoss, product: LongProductSchema | None) -> PicturesLossSchema:
    rows = zip(
        found.probabilities.tolist(),
        found.logarithms.tolist(),
        found.log_sums.tolist(),
        found.losses.tolist(),
        found.gradient.tolist(),
        strict=True,
    )
    return PicturesLossSchema(
        product=found.product,
        geometric_mean=found.geometric_mean,
        mean_logarithm=-found.loss,
        loss_nats=found.loss,
        loss_bits=found.loss / math.log(2),
        pictures=[
            PictureLossSchema(
                probabilities=p, logarithms=log_p, log_sum=log_sum, loss_nats=loss, gradient=slope
            )
            for p, log_p, log_sum, loss, slope in rows
        ],
        long_product=product,
    )


def _codes(body: CodesLossBody) -> CodesLossSchema:
    p, q = np.array(body.p), np.array(body.q)
    found = code_costs(p, q)
    each: list[dict[str, Any]] = [
        {
            "best_length_bits": best,
            "length_bits": length,
            "entropy_bits": entropy,
            "cross_entropy_bits": cross,
            "divergence_bits": wasted,
        }
        for best, length, entropy, cross, wasted in zip(
            *(array.tolist() for array in vars(found).values()), strict=True
        )
    ]
    return CodesLossSchema(
        entropy_bits=float(found.entropies.sum()),
        cross_entropy_bits=float(found.cross_entropies.sum()),
        divergence_bits=divergence(p, q),
        events=[CodedEventSchema(**event) for event in each],
    )
