"""Is the server alive, and can it answer?"""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.errors import NotReadyError
from app.services import ServicesDependency
from app.web.http_cache import VERSION
from app.web.problems import documented
from models.catalogue.catalogue import DEFAULT_MODEL

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"status": "alive", "version": VERSION}}
    )

    status: Literal["alive"] = "alive"
    version: str


class Readiness(BaseModel):
    """The default model is in memory, and computations get on."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"status": "ready", "default_model": DEFAULT_MODEL}}
    )

    status: Literal["ready"] = "ready"
    default_model: str


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    return Health(version=VERSION)


@router.get(
    "/readyz",
    summary="Is the default model loaded, and does anything get computed?",
    responses=documented("not-ready"),
)
async def readyz(services: ServicesDependency) -> Readiness:
    warm_up = services.warm_up
    default = services.settings.default_file or services.library.default.id
    if not warm_up.done():
        raise NotReadyError(f"{default} is being loaded.")
    if error := warm_up.exception():
        raise NotReadyError(f"{default} could not be loaded: {error}")
    pool = services.pool
    if pool.stalled_s > services.settings.stalled_after_s:
        raise NotReadyError(
            f"Nothing has been computed for {pool.stalled_s:.0f} s: every worker is busy with the "
            f"same job, and {pool.waiting} wait."
        )
    return Readiness(default_model=services.library.default.id)
