"""Fetching weights: start, watch, cancel."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict

from fastapi import APIRouter, Response, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from app.api.models.schemas import WeightsSchema, weights_schema
from app.api.shared.asked import Asked, AskedModelDependency
from app.stores.downloads import DownloadProgress, DownloadState
from app.web.events import Event, documented_events, event_stream
from app.web.problems import documented
from models.catalogue.entry import PublishedWeights
from models.errors import WeightsDamagedError, WeightsUnavailableError

router = APIRouter(tags=["weights"])


class DownloadSchema(BaseModel):
    """How far a download has come, or how the last one ended."""

    state: DownloadState
    received_bytes: int
    total_bytes: int | None
    detail: str | None


class WeightsDetail(WeightsSchema):
    """The weights of one model, where a person may put the file, and its download."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "resnet50.imagenet1k_v2",
                "status": "downloadable",
                "bytes": 102540247,
                "source": "torchvision, IMAGENET1K_V2",
                "licence": "BSD-3-Clause",
                "file_name": "resnet50-11ad3fa6.pth",
                "detail": None,
                "directories": ["/home/ada/.cache/convscope"],
                "download": {
                    "state": "running",
                    "received_bytes": 51270123,
                    "total_bytes": 102540247,
                    "detail": None,
                },
            }
        }
    )

    model: str
    directories: list[str]
    download: DownloadSchema | None


def _describe(asked: Asked, progress: DownloadProgress | None) -> WeightsDetail:
    library = asked.services.library
    return WeightsDetail(
        **weights_schema(asked.entry, library).model_dump(),
        model=asked.entry.id,
        directories=[str(place) for place in library.locations.directories],
        download=DownloadSchema(**asdict(progress)) if progress else None,
    )


def _describe_now(asked: Asked) -> WeightsDetail:
    return _describe(asked, asked.services.downloads.progress(asked.entry))


@router.get(
    "/models/{model_id}/weights",
    summary="Where the weights are, and how far their download has come",
    description=(
        "The file is compared with its published hash first, or, where it has none, its tensors "
        "with the network's; once while it stays the same."
    ),
    responses=documented("unknown-model"),
)
async def get_weights(asked: AskedModelDependency) -> WeightsDetail:
    await asked.services.library.checked_status(asked.entry)
    return _describe_now(asked)


@router.post(
    "/models/{model_id}/weights",
    summary="Start downloading the weights",
    status_code=status.HTTP_202_ACCEPTED,
    responses={
        200: {"model": WeightsDetail, "description": "They are here already"},
        **documented("unknown-model", "weights-unavailable", "weights-damaged", "busy"),
    },
)
async def start_download(asked: AskedModelDependency, response: Response) -> WeightsDetail:
    entry, services = asked.entry, asked.services
    weights_status = await services.library.checked_status(entry)
    if weights_status.state == "ready":
        response.status_code = status.HTTP_200_OK
    elif weights_status.state == "downloadable" and isinstance(entry.weights, PublishedWeights):
        services.downloads.start(entry, entry.weights)
    elif weights_status.state == "damaged":
        raise WeightsDamagedError(weights_status.detail or f"{weights_status.path} is damaged.")
    else:
        raise WeightsUnavailableError(
            entry.id,
            weights_status.file_name or "",
            weights_status.detail or "This server does not download.",
            map(str, services.library.locations.directories),
        )
    return _describe_now(asked)


@router.delete(
    "/models/{model_id}/weights",
    summary="Cancel the download; what has arrived is kept for the next",
    responses=documented("unknown-model"),
)
async def cancel_download(asked: AskedModelDependency) -> WeightsDetail:
    asked.services.downloads.cancel(asked.entry)
    return _describe_now(asked)


@router.get(
    "/models/{model_id}/weights/events",
    summary="The download as server-sent events",
    description=(
        "Each event is named after the download's state and carries the same document as "
        "`GET .../weights`; the stream ends with the download."
    ),
    response_class=StreamingResponse,
    responses={
        200: documented_events('event: running\ndata: {"model": "resnet50.imagenet1k_v2"}\n\n'),
        **documented("unknown-model"),
    },
)
async def watch_download(asked: AskedModelDependency) -> StreamingResponse:
    async def events() -> AsyncGenerator[Event, None]:
        async with aclosing(asked.services.downloads.changes(asked.entry)) as changes:
            async for progress in changes:
                document = _describe(asked, progress).model_dump()
                yield (progress.state if progress else "idle"), document

    return await event_stream(events())
