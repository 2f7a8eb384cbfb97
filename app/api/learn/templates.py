"""Why a linear classifier gives the scores that it gives: template times picture, and a bias."""

import math
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedModelDependency
from app.api.shared.checks import check_scores
from app.api.shared.parameters import ImageId
from app.errors import InvalidParameterError
from app.inspection.what_if.shifts import Shift
from app.inspection.what_if.template_scores import TemplateScores, is_linear_classifier

router = APIRouter(tags=["learn"])

_MOST_PX = 27
# Eight bytes each; 224 x 224 x 3 pixels for 1,000 classes would be more than a gigabyte.
_MOST_PRODUCTS = 2_000_000


class TemplateScoreSchema(BaseModel):
    """The score of one class: `positive + negative + bias`."""

    index: int
    label: str
    positive: float = Field(description="the products above 0, added up")
    negative: float = Field(description="the products below 0, added up")
    sum: float = Field(description="of all products: the dot product of template and picture")
    bias: float
    score: float = Field(description="sum + bias, in float64")
    logit: float = Field(description="what the network itself computed, in float32")
    running: list[float] = Field(
        description="what the products come to after each row of pixels, one row after the other"
    )


class TemplateScoresSchema(BaseModel):
    """A linear classifier on one moved picture: all scores, and one template's products.

    `input` is the picture as the network reads it, flattened row by row; `products` is that, number
    by number, times the template of `template`. `best` is the class with the largest score.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "softmax.mnist5k",
                "image": "example-chelsea",
                "right": 0,
                "down": 0,
                "shape": [1, 28, 28],
                "template": 7,
                "input": [0.0, 0.5],
                "products": [0.0, -0.125],
                "classes": [
                    {
                        "index": 7,
                        "label": "7",
                        "positive": 14.1,
                        "negative": -2.3,
                        "sum": 11.8,
                        "bias": 1.1,
                        "score": 12.9,
                        "logit": 12.9,
                        "running": [0.0, 0.4],
                    }
                ],
                "best": 7,
            }
        }
    )

    model: str
    image: str
    right: int
    down: int
    shape: list[int] = Field(description="of the input, (channels, height, width)")
    template: int
    input: list[float]
    products: list[float]
    classes: list[TemplateScoreSchema]
    best: int


class TemplateScoresQuery(BaseModel):
    """Which picture, how far it is moved, and whose products are told."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    right: int = Field(0, ge=-_MOST_PX, le=_MOST_PX, description="pixels of the network's input")
    down: int = Field(0, ge=-_MOST_PX, le=_MOST_PX, description="likewise; negative moves up")
    template: int | None = Field(
        None,
        ge=0,
        description="the class whose products are told; that of the largest score unless given",
    )


@answers(
    router,
    "/learn/templates/{model_id}",
    summary="The scores of a linear classifier, product by product",
    description=(
        "Of a network that is one linear layer, such as `softmax.mnist5k`. Its input is moved by "
        "whole pixels, and background comes into sight; the input has to be larger than the move. "
        "Centred, a moved digit would be put back: ask for `preparation=as-drawn` to move the "
        "picture as it stands."
    ),
    document=TemplateScoresSchema,
    problems=("no-scores",),
)
async def get_template_scores(
    asked: AskedModelDependency, query: Annotated[TemplateScoresQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    check_scores(entry)
    graph = await asked.graph()
    if not is_linear_classifier(graph):
        raise InvalidParameterError(
            f"model: {entry.id} is more than one linear layer; `softmax.mnist5k` is no more."
        )
    products = math.prod(graph.input_shape) * entry.architecture.classes
    if products > _MOST_PRODUCTS:
        raise InvalidParameterError(
            f"model: {entry.id} has {products:,} products; they are told of at most "
            f"{_MOST_PRODUCTS:,}."
        )
    _, height, width = graph.input_shape
    for name, value, size in (("right", query.right, width), ("down", query.down, height)):
        if abs(value) >= size:
            raise InvalidParameterError(f"{name} {value}: the input is {size} px there.")
    bank = await services.filters.bank(entry, graph.output)
    if query.template is not None and query.template >= bank.count:
        raise InvalidParameterError(f"template {query.template}: there are {bank.count}, from 0.")
    found = await services.experiments.template_scores(
        entry, query.image, bank, Shift(query.right, query.down)
    )
    return await services.pool.run(_describe, found, entry.id, entry.labels, query)


def _describe(
    found: TemplateScores, model: str, labels: tuple[str, ...], query: TemplateScoresQuery
) -> TemplateScoresSchema:
    positive, negative = found.for_and_against
    sums, scores, running = found.sums, found.scores, found.running
    best = int(scores.argmax())
    template = best if query.template is None else query.template
    classes = [
        TemplateScoreSchema(
            index=index,
            label=labels[index],
            positive=positive[index],
            negative=negative[index],
            sum=sums[index],
            bias=found.bias[index],
            score=scores[index],
            logit=float(found.logits[index]),
            running=running[index].tolist(),
        )
        for index in range(len(scores))
    ]
    return TemplateScoresSchema(
        model=model,
        image=query.image,
        right=query.right,
        down=query.down,
        shape=list(found.input.shape),
        template=template,
        input=found.input.reshape(-1).tolist(),
        products=found.products[template].tolist(),
        classes=classes,
        best=best,
    )
