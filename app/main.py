"""Puts the server together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from app.api import health
from app.api.activations import maps, reactions
from app.api.arithmetic import explanations
from app.api.attribution import attributions, decompositions, evaluations
from app.api.fields import effective_fields, projective_fields, receptive_fields
from app.api.filters import bank, matches, maximisations, patches, projections
from app.api.gradients import activation_gradients, weight_gradients
from app.api.learn import (
    activations,
    challenges,
    convolution,
    covered,
    cuts,
    designs,
    equivariance,
    graph,
    jacobian,
    likeness,
    linear,
    lines,
    loss,
    patch_pairs,
    playground,
    race,
    scores,
    shifts,
    stack,
    templates,
)
from app.api.models import catalogue, checkpoints, own, weights
from app.api.pictures import examples, images, inputs, pixels, predictions
from app.api.training import choices, data, runs
from app.api.what_if import ablations, edited_pictures, interventions, occlusions, variants
from app.services import make_services
from app.settings import Settings
from app.web import pages, problems
from app.web.application import GuardedApplication
from app.web.body_limit import BodyLimit
from app.web.clients import ClientIdentity
from app.web.http_cache import VERSION
from app.web.json_answers import JSONResponse
from app.web.query_names import refuse_unknown_parameters

# For 256 KiB at most.
_JSON_BODY_S = 30.0
_SMALLEST_COMPRESSED_BYTES = 1_000
# Beyond it the time grows faster than the size shrinks.
_COMPRESSION_LEVEL = 5
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
    application.state.services = make_services(settings, listening_on)
    application.state.frame_ancestors = settings.frame_ancestors
    problems.install(application)
    application.add_middleware(
        BodyLimit,
        uploads=frozenset(
            {
                *("/api/v1/images", "/api/v1/predictions"),
                *("/api/v1/checkpoints", "/api/v1/training/data"),
            }
        ),
        idle_s=settings.upload_idle_timeout_s,
        total_s=min(settings.upload_timeout_s, _JSON_BODY_S),
    )
    application.add_middleware(ClientIdentity)
    application.add_middleware(
        GZipMiddleware,
        minimum_size=_SMALLEST_COMPRESSED_BYTES,
        compresslevel=_COMPRESSION_LEVEL,
        # Numbers hardly shrink, and a program on this machine would only wait for it.
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream"),
    )

    known_names_only = [Depends(refuse_unknown_parameters)]
    api = APIRouter(
        prefix="/api/v1",
        responses=problems.documented("invalid-parameter"),
        dependencies=known_names_only,
    )
    for resource in (
        *(catalogue, weights, checkpoints, own),
        *(images, examples, pixels, predictions, inputs, maps, reactions),
        *(interventions, ablations, occlusions, variants, edited_pictures),
        *(receptive_fields, effective_fields, projective_fields, explanations),
        *(attributions, evaluations, decompositions),
        *(activation_gradients, weight_gradients),
        *(bank, matches, patches, projections, maximisations),
        *(choices, data, runs),
        *(linear, scores, loss, activations, playground, race),
        *(graph, jacobian, convolution, equivariance, shifts),
        *(patch_pairs, likeness, templates, lines),
        *(stack, covered, designs, cuts, challenges),
    ):
        api.include_router(resource.router)
    application.include_router(api)
    application.include_router(health.router, dependencies=known_names_only)
    application.include_router(pages.router)
    application.mount("/static", pages.static_files(), name="static")
    return application
