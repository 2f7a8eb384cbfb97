"""Own pictures to train on: sent as a zip of class folders, read, listed, deleted."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.forms import file_body
from app.compute.pool import while_connected
from app.errors import PicturesTooLargeError, TrainingOffError
from app.services import ServicesDependency
from app.settings import Settings
from app.stores.picture_sets import KeptPictures, SetState
from app.web.events import Event, documented_events, event_stream
from app.web.limited_body import BodyLimits
from app.web.problems import documented
from models.data.picture_set import OWN_PREFIX

router = APIRouter(tags=["training"])

SetId = Annotated[str, Path(description="id of a data set of own pictures")]

# Of what was left out: the first tell enough, and events come often.
_MOST_SKIPPED = 100

_EXAMPLE: dict[str, Any] = {
    "id": "1c3f0a7e",
    "name": "own:1c3f0a7e",
    "title": "flowers",
    "state": "ready",
    "detail": None,
    "created": "2026-01-31T09:26:53Z",
    "files": 121,
    "files_read": 121,
    "classes": [{"name": "daisy", "pictures": 60}, {"name": "rose", "pictures": 60}],
    "pictures": 120,
    "skipped": [{"file": "rose/broken.jpg", "reason": "The JPEG file is damaged or cut short."}],
    "skipped_pictures": 1,
}


class PictureClassSchema(BaseModel):
    """A class folder, and how many pictures of it could be read."""

    name: str
    pictures: int


class SkippedPictureSchema(BaseModel):
    """A file that was left out, and why."""

    file: str
    reason: str


class PictureSetSchema(BaseModel):
    """Own pictures. `POST /training/runs` takes them by `name` once `state` is `ready`.

    `state` is `reading` while its files are decoded, `failed` for the reason in `detail`. `files`
    may be pictures, `files_read` of them were looked at. `skipped` has the first hundred that were
    left out.
    """

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: str
    name: str
    title: str
    state: SetState
    detail: str | None
    created: datetime
    files: int
    files_read: int
    classes: list[PictureClassSchema]
    pictures: int
    skipped: list[SkippedPictureSchema]
    skipped_pictures: int


class PictureSetList(BaseModel):
    """Own pictures that are kept or being read, the newest first, and what may be sent."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"sets": [_EXAMPLE], "most_bytes": 536870912}}
    )

    sets: list[PictureSetSchema]
    most_bytes: int = Field(description="of one zip")


def _schema(kept: KeptPictures) -> PictureSetSchema:
    counts = kept.counts or (0,) * len(kept.class_names)
    return PictureSetSchema(
        id=kept.id,
        name=f"{OWN_PREFIX}{kept.id}",
        title=kept.title,
        state=kept.state,
        detail=kept.detail,
        created=datetime.fromtimestamp(kept.created_at, UTC),
        files=kept.total,
        files_read=kept.read,
        classes=[
            PictureClassSchema(name=name, pictures=count)
            for name, count in zip(kept.class_names, counts, strict=True)
        ],
        pictures=sum(kept.counts),
        skipped=[
            SkippedPictureSchema(file=each.file, reason=each.reason)
            for each in kept.skipped[:_MOST_SKIPPED]
        ],
        skipped_pictures=kept.skipped_pictures,
    )


def _check_allowed(settings: Settings) -> None:
    if not settings.training_allowed:
        raise TrainingOffError(
            "This server does not train, and takes no pictures for it (CONVSCOPE_TRAINING_ALLOWED)."
        )


@router.post(
    "/training/data",
    status_code=status.HTTP_201_CREATED,
    summary="Send own pictures to train on",
    description=(
        "A zip with one folder of pictures for each class. At most 10,000 files; what is no "
        "picture, or a damaged one, is left out and listed. Its pictures are read after the "
        "answer; `GET .../{set_id}/events` tells how far. A fifth of each class is held out."
    ),
    responses=documented(
        *("bad-pictures", "pictures-too-large", "training-off", "storage-full"),
        *("invalid-parameter", "unsupported-media-type", "request-timeout", "busy"),
    ),
    openapi_extra=file_body("a zip of class folders"),
)
async def send_pictures(
    request: Request, response: Response, services: ServicesDependency
) -> PictureSetSchema:
    settings = services.settings
    _check_allowed(settings)
    limits = BodyLimits(
        "zip of pictures",
        settings.training_upload_bytes,
        settings.checkpoint_timeout_s,
        "CONVSCOPE_TRAINING_UPLOAD_BYTES",
        PicturesTooLargeError,
    )
    async with services.picture_sets.incoming() as file:
        name = await services.uploads.receive(request, file.writable, limits)
        begun = await while_connected(request, services.picture_sets.take(file, name))
    response.headers["Location"] = str(request.url_for("get_pictures", set_id=begun.id).path)
    return _schema(begun)


@router.get("/training/data", summary="List the own pictures that are kept")
async def list_pictures(services: ServicesDependency) -> PictureSetList:
    return PictureSetList(
        sets=[_schema(each) for each in services.picture_sets.all()],
        most_bytes=services.settings.training_upload_bytes,
    )


@router.get(
    "/training/data/{set_id}",
    summary="How far own pictures are read, and what is in them",
    responses=documented("unknown-data"),
)
async def get_pictures(set_id: SetId, services: ServicesDependency) -> PictureSetSchema:
    return _schema(services.picture_sets.get(set_id))


@router.get(
    "/training/data/{set_id}/events",
    summary="The reading of own pictures as server-sent events",
    description=(
        "Each event is named `progress`, the last one `ended`, and carries the document of "
        "`GET .../data/{set_id}`."
    ),
    response_class=StreamingResponse,
    responses={
        200: documented_events('event: progress\ndata: {"id": "1c3f0a7e", "files_read": 60}\n\n'),
        **documented("unknown-data"),
    },
)
async def watch_pictures(set_id: SetId, services: ServicesDependency) -> StreamingResponse:
    async def events() -> AsyncGenerator[Event, None]:
        async with aclosing(services.picture_sets.watch(set_id)) as news:
            async for kept in news:
                name = "progress" if kept.state == "reading" else "ended"
                yield name, _schema(kept).model_dump(mode="json")

    return await event_stream(events())


@router.delete(
    "/training/data/{set_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Stop reading own pictures, or delete them",
    description="Networks that learned from them stay.",
    responses=documented("unknown-data", "training-off"),
)
async def delete_pictures(set_id: SetId, services: ServicesDependency) -> None:
    _check_allowed(services.settings)
    await services.picture_sets.forget(set_id)
