"""Whether an attribution is to be believed: deletion, randomisation, agreement."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from app.api.attribution.attributions import MethodName
from app.api.attribution.evaluation_schemas import (
    AgreementSchema,
    DeletionCurvesSchema,
    RandomisationSchema,
    describe_curves,
    describe_pairs,
    describe_stages,
)
from app.api.attribution.query import (
    PROBLEMS,
    AttributionQuery,
    TargetQuery,
    option_parameters,
    question_of,
)
from app.api.shared.answers import Answer, Watched, answers, watches
from app.api.shared.asked import Asked, AskedModelDependency
from app.api.shared.parameters import FORM
from app.compute.long_work import result_of
from app.errors import InvalidParameterError
from app.inspection.attribution.forms import encode_heatmaps
from app.inspection.attribution.methods import method_named
from app.inspection.evaluation.agreement import Agreement
from app.inspection.evaluation.deletion import DEFAULT_POINTS, DeletionCurves
from app.inspection.evaluation.randomisation import Randomisation
from app.stores.attributions import Question

router = APIRouter(tags=["attributions"])

_DELETION = "/models/{model_id}/attributions/{method}/deletion"
_RANDOMISATION = "/models/{model_id}/attributions/{method}/randomisation"
_AGREEMENT = "/models/{model_id}/attribution-agreement"


class DeletionQuery(AttributionQuery):
    """What to explain, and how finely."""

    points: int = Field(DEFAULT_POINTS, ge=2, le=500, description="steps of each curve")


class RandomisationQuery(AttributionQuery):
    """What to explain, and which random weights."""

    randomisation_seed: int = Field(0, ge=0, description="of the random weights")


class RandomisationFormQuery(RandomisationQuery):
    """The same, in one of its forms."""

    format: Annotated[Literal["json", "npy", "u8"], FORM] = "json"


class AgreementQuery(TargetQuery):
    """What to explain; every method takes its usual options and layer."""

    model_config = ConfigDict(extra="forbid")

    methods: str = Field(
        description="names, with commas between", examples=["grad_cam,saliency,smoothgrad"]
    )
    layer: str | None = Field(None, description="of those that weigh a layer's maps")


async def _deletion(asked: Asked, method: str, query: DeletionQuery) -> Watched[DeletionCurves]:
    question = await question_of(asked, method, query)
    return Watched(
        asked.services.attributions.watch_deletion(question, query.points),
        lambda found: describe_curves(question, found),
    )


@answers(
    router,
    _DELETION,
    summary="Does the score follow the pixels that a map calls important?",
    document=DeletionCurvesSchema,
    problems=PROBLEMS,
    openapi_extra=option_parameters(),
)
async def get_deletion(
    asked: AskedModelDependency, method: MethodName, query: Annotated[DeletionQuery, Query()]
) -> Answer:
    return await (await _deletion(asked, method, query)).end()


@watches(
    router,
    _DELETION,
    summary="Compute deletion and insertion curves and follow them",
    problems=PROBLEMS,
    openapi_extra=option_parameters(),
)
async def watch_deletion(
    asked: AskedModelDependency, method: MethodName, query: Annotated[DeletionQuery, Query()]
) -> Watched[DeletionCurves]:
    return await _deletion(asked, method, query)


async def _randomisation(
    asked: Asked, method: str, query: RandomisationQuery
) -> Watched[Randomisation]:
    question = await question_of(asked, method, query)
    seed = query.randomisation_seed
    return Watched(
        asked.services.attributions.watch_randomisation(question, seed),
        lambda found: describe_stages(question, seed, found),
    )


@answers(
    router,
    _RANDOMISATION,
    summary="Does a map change when the network forgets what it learned?",
    description=(
        "`npy`: the maps of all stages, float32 (stages, height, width). `u8`: the same in the "
        "8-bit form of activations, with the numbers in the header."
    ),
    document=RandomisationSchema,
    forms=("npy", "u8"),
    problems=PROBLEMS,
    openapi_extra=option_parameters(),
)
async def get_randomisation(
    asked: AskedModelDependency,
    method: MethodName,
    query: Annotated[RandomisationFormQuery, Query()],
) -> Answer:
    watched = await _randomisation(asked, method, query)
    found = await result_of(watched.progress)
    document = await watched.told(found)
    if query.format == "json":
        return document
    return await asked.services.pool.run(encode_heatmaps, found.maps, query.format, document)


@watches(
    router,
    _RANDOMISATION,
    summary="Randomise a network under a map and follow it",
    problems=PROBLEMS,
    openapi_extra=option_parameters(),
)
async def watch_randomisation(
    asked: AskedModelDependency, method: MethodName, query: Annotated[RandomisationQuery, Query()]
) -> Watched[Randomisation]:
    return await _randomisation(asked, method, query)


async def _agreement(asked: Asked, query: AgreementQuery) -> Watched[Agreement]:
    questions = await _questions(asked, query)
    return Watched(
        asked.services.attributions.watch_agreement(questions),
        lambda found: describe_pairs(questions, found),
    )


@answers(
    router,
    _AGREEMENT,
    summary="Do methods say the same of a picture?",
    document=AgreementSchema,
    problems=PROBLEMS,
)
async def get_agreement(
    asked: AskedModelDependency, query: Annotated[AgreementQuery, Query()]
) -> Answer:
    return await (await _agreement(asked, query)).end()


@watches(router, _AGREEMENT, summary="Compare methods and follow it", problems=PROBLEMS)
async def watch_agreement(
    asked: AskedModelDependency, query: Annotated[AgreementQuery, Query()]
) -> Watched[Agreement]:
    return await _agreement(asked, query)


async def _questions(asked: Asked, query: AgreementQuery) -> list[Question]:
    names = list(dict.fromkeys(query.methods.split(",")))
    if len(names) < 2:
        raise InvalidParameterError("methods: name at least two, with commas between.")
    given = query.model_dump(by_alias=True, exclude={"methods", "layer"}, exclude_none=True)
    found = []
    for name in names:
        method = method_named(name)
        layer = {"layer": query.layer} if method.uses_layer and query.layer is not None else {}
        wanted = AttributionQuery.model_validate({**given, **layer})
        found.append(await question_of(asked, name, wanted))
    return found
