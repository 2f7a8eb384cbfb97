"""Puts the server together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI

from app import pages, problems
from app.api import (
    ablations,
    activations,
    attribution_tests,
    attributions,
    decompositions,
    effective_fields,
    examples,
    explanations,
    filters,
    health,
    images,
    inputs,
    interventions,
    matches,
    maximisations,
    models,
    occlusions,
    patches,
    predictions,
    projections,
    receptive_fields,
    training,
    training_runs,
    variants,
    weights,
)
from app.application import GuardedApplication
from app.body_limit import BodyLimit
from app.clients import ClientIdentity
from app.http_cache import VERSION
from app.json_answers import JSONResponse
from app.query_names import refuse_unknown_parameters
from app.services import make_services
from app.settings import Settings

# For 256 KiB at most.
_JSON_BODY_S = 30.0
_DESCRIPTION = (
    "A microscope for convolutional networks. Every number comes from the network itself; every "
    "error is an RFC 9457 problem whose `detail` says what would be right. Any call may besides be "
    "answered with `unknown-host` (421), `foreign-page` (403) or, where the server has a token, "
    "`token-required` (401) and `too-many-guesses` (429); docs/security.md says when."
)


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    services = application.state.services
    await services.start()
    try:
        yield
    finally:
        await services.close()


def create_app(settings: Settings | None = None, listening_on: str = "127.0.0.1") -> FastAPI:
    """The application, ready to be served.

    Args:
        settings: those of the environment unless given.
        listening_on: the address or name that it is served at, by which it may be asked.
    """
    settings = settings or Settings()
    application = GuardedApplication(
        settings,
        listening_on,
        title="Convscope",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=_lifespan,
        openapi_url="/api/v1/openapi.json",
        default_response_class=JSONResponse,
        # Our own page at /docs: the built-in one fetches its scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        # Short operation ids, which are also the anchors on that page.
        generate_unique_id_function=lambda route: route.name,
    )
    application.state.services = make_services(settings)
    problems.install(application)
    application.add_middleware(
        BodyLimit,
        uploads=frozenset({"/api/v1/images", "/api/v1/predictions"}),
        idle_s=settings.upload_idle_timeout_s,
        total_s=min(settings.upload_timeout_s, _JSON_BODY_S),
    )
    application.add_middleware(ClientIdentity)

    known_names_only = [Depends(refuse_unknown_parameters)]
    api = APIRouter(
        prefix="/api/v1",
        responses=problems.documented("invalid-parameter"),
        dependencies=known_names_only,
    )
    for resource in (
        *(models, weights, images, examples, predictions, inputs, activations),
        *(interventions, ablations, occlusions, variants),
        *(receptive_fields, effective_fields, explanations),
        *(attributions, attribution_tests, decompositions),
        *(filters, matches, patches, projections, maximisations),
        *(training, training_runs),
    ):
        api.include_router(resource.router)
    application.include_router(api)
    application.include_router(health.router, dependencies=known_names_only)
    application.include_router(pages.router)
    application.mount("/static", pages.static_files(), name="static")
    return application
