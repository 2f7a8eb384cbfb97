"""How often a network still reads digits when ways of it are cut."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, Watched, answers
from app.api.shared.asked import Asked, AskedModelDependency
from app.api.shared.checks import check_reads_digits
from app.errors import InvalidParameterError, InvalidUnitError
from app.inspection.what_if.cuts import CutAccuracy, CutEdit, can_be_cut

router = APIRouter(tags=["learn"])

_MOST_CUTS = 32


class CutAccuracySchema(BaseModel):
    """Of how many held-out digits a network says what they are, some of its ways cut."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "resnet8_32.mnist5k",
                "cuts": ["layer1.0.add:relu1"],
                "digits": 1000,
                "correct": 874,
                "accuracy": 0.874,
            }
        }
    )

    model: str
    cuts: list[str]
    digits: int
    correct: int
    accuracy: float


class CutsQuery(BaseModel):
    """Which ways."""

    model_config = ConfigDict(extra="forbid")

    cuts: str = Field(
        "",
        max_length=_MOST_CUTS * 200,
        description="each the layer that adds or stacks others, a colon, and which of its inputs "
        "it reads as zeros; with commas between",
        examples=["layer1.0.add:relu1"],
    )


@answers(
    router,
    "/learn/cuts/{model_id}",
    summary="How often a network still reads digits when bridges or lanes are cut",
    description=(
        "Of a network that reads handwritten digits, on the 1,000 held-out ones of the data set "
        "`mnist5k`."
    ),
    document=CutAccuracySchema,
    problems=("unknown-layer", "invalid-unit", "time-limit"),
)
async def get_cut_accuracy(
    asked: AskedModelDependency, query: Annotated[CutsQuery, Query()]
) -> Answer:
    entry = asked.entry
    check_reads_digits(entry)
    cuts = await _cuts(asked, query.cuts)

    def describe(found: CutAccuracy) -> CutAccuracySchema:
        return CutAccuracySchema(
            model=entry.id,
            cuts=[f"{each.layer_id}:{each.source_id}" for each in cuts],
            digits=found.digits,
            correct=found.correct,
            accuracy=found.correct / found.digits,
        )

    return await Watched(asked.services.digit_tests.cut_accuracy(entry, cuts), describe).end()


async def _cuts(asked: Asked, written: str) -> tuple[CutEdit, ...]:
    texts = [text for text in written.split(",") if text]
    if len(texts) > _MOST_CUTS:
        raise InvalidParameterError(f"cuts: {len(texts)} are more than {_MOST_CUTS}.")
    graph = await asked.graph()
    cuts: set[CutEdit] = set()
    for text in texts:
        layer_id, colon, source_id = text.partition(":")
        if not colon:
            raise InvalidParameterError(f"cuts: {text[:80]!r} is no layer, colon and input.")
        layer = graph.layer(layer_id)
        if not can_be_cut(graph, layer) or source_id not in layer.inputs:
            raise InvalidUnitError(
                f"cuts: {layer.id} does not join {source_id[:80]!r} with others."
            )
        cuts.add(CutEdit(layer_id, source_id))
    order = {layer.id: place for place, layer in enumerate(graph.layers)}
    return tuple(sorted(cuts, key=lambda each: (order[each.layer_id], each.source_id)))
