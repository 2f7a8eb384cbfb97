"""Softmax of any scores at any temperatures."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.learn.lessons import lesson
from models.lessons.scores import log_sums, probabilities

router = APIRouter()

_MOST_SCORES = 10_000
_MOST_TEMPERATURES = 101
Score = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Temperature = Annotated[float, Field(allow_inf_nan=False, ge=1e-3, le=1e3)]


class TemperedScoresBody(BaseModel):
    """Scores t, and the temperatures T by which they are divided."""

    model_config = ConfigDict(extra="forbid")

    scores: list[Score] = Field(
        min_length=1,
        max_length=_MOST_SCORES,
        description="t, one a class",
        examples=[[2.0, 1.0, 0.0]],
    )
    temperatures: list[Temperature] = Field(
        [1.0],
        min_length=1,
        max_length=_MOST_TEMPERATURES,
        description="T, each between 0.001 and 1,000",
        examples=[[1.0, 10.0]],
    )
    first: int = Field(
        0,
        ge=0,
        le=100,
        description="of how many scores, from the first, the probabilities are asked for",
        examples=[2],
    )

    @model_validator(mode="after")
    def _has_so_many(self) -> "TemperedScoresBody":
        if self.first > len(self.scores):
            raise ValueError(f"first: there are {len(self.scores)} scores, not {self.first}")
        return self


class TemperedScoresSchema(BaseModel):
    """What the exponentials of all scores come to at each temperature, in float64."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "log_sums": [2.4076, 1.2022],
                "probabilities": [[0.6652, 0.2447], [0.3672, 0.3322]],
            }
        }
    )

    log_sums: list[float] = Field(
        description="ln of the sum of e^(t / T) over all scores, one a temperature"
    )
    probabilities: list[list[float]] = Field(
        description="softmax of t / T over all scores, of the first so many: (temperatures, first)"
    )


@lesson(
    router,
    "/learn/scores",
    document=TemperedScoresSchema,
    summary="Scores as probabilities, at several temperatures",
    description=(
        "Softmax of t / T: a small T leaves everything to the largest score, a large one gives all "
        "the same. The logarithm of the sum is the score of a single class that would weigh as "
        "much as all of these together."
    ),
)
def temper_scores(body: TemperedScoresBody) -> TemperedScoresSchema:
    scores = np.array(body.scores)
    temperatures = np.array(body.temperatures)
    return TemperedScoresSchema(
        log_sums=log_sums(scores, temperatures).tolist(),
        probabilities=probabilities(scores, temperatures, body.first).tolist(),
    )
