"""Puts the server together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

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
from app.body_limit import BodyLimit
from app.http_cache import VERSION
from app.json_answers import JSONResponse
from app.security import SecurityHeaders
from app.services import make_services
from app.settings import Settings

_DESCRIPTION = (
    "A microscope for convolutional networks. Every number comes from the network itself; every "
    "error is an RFC 9457 problem whose `detail` says what would be right."
)


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    services = application.state.services
    await services.start()
    try:
        yield
    finally:
        await services.close()


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application with these settings, or with those of the environment."""
    application = FastAPI(
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
    application.state.services = make_services(settings or Settings())
    problems.install(application)
    application.add_middleware(
        BodyLimit, uploads=frozenset({"/api/v1/images", "/api/v1/predictions"})
    )
    application.add_middleware(SecurityHeaders)

    api = APIRouter(prefix="/api/v1", responses=problems.documented("invalid-parameter"))
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
    application.include_router(health.router)
    application.include_router(pages.router)
    application.mount("/static", pages.static_files(), name="static")
    return application
