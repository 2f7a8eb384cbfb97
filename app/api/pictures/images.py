"""Pictures: sent once, looked at often, forgotten on demand."""

from typing import Any, get_args

from fastapi import APIRouter, Request, status
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import BINARY
from app.api.shared.forms import file_body
from app.api.shared.parameters import ImagePathId
from app.compute.pool import while_connected
from app.errors import InvalidParameterError
from app.services import ServicesDependency
from app.stores.images import MEDIA_TYPES, THUMBNAIL_PX, StoredImage
from app.web.http_cache import cache_headers, entity_tag, not_modified
from app.web.problems import documented
from models.pictures import Colours, PictureNote

router = APIRouter(tags=["images"])

UPLOAD_PROBLEMS = (
    "bad-image",
    "unsupported-image",
    "image-too-large",
    "invalid-parameter",
    "unsupported-media-type",
    "request-timeout",
    "busy",
)


_READ = "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF"


def picture_body(**text_fields: dict[str, Any]) -> dict[str, Any]:
    """A form with a picture and these text fields."""
    return file_body(_READ, **text_fields)


_COLOURS: tuple[Colours, ...] = get_args(Colours)
COLOURS_FIELD = {
    "type": "string",
    "enum": list(_COLOURS),
    "default": "stored",
    "description": (
        "stored: the file's own numbers, as torchvision and timm prepare them; profile: converted "
        "to sRGB by the file's colour profile, where it has one"
    ),
}


def parsed_colours(text: str | None) -> Colours:
    """The text field `colours` of a form.

    Raises:
        InvalidParameterError: it is no choice.
    """
    if not text:
        return "stored"
    for choice in _COLOURS:
        if text == choice:
            return choice
    raise InvalidParameterError(f"colours: {text[:80]!r} is neither {' nor '.join(_COLOURS)}.")


class PictureNoteSchema(BaseModel):
    """Something to know of how the file was read: a slug for programs, a sentence for people.

    `alternative` is the value of `colours` that reads the file the other way, if there is one.
    """

    code: str
    text: str
    alternative: Colours | None

    @classmethod
    def of(cls, notes: tuple[PictureNote, ...]) -> "list[PictureNoteSchema]":
        """What is told of these notes."""
        return [cls(**vars(note)) for note in notes]


class StoredImageSchema(BaseModel):
    """A picture that the server keeps in memory; width and height are of the upright picture.

    `as_sent`: browsers show the file as the network gets it, so GET answers with the file itself.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "kQx3yYw0cX0b7nC4m1yJbA",
                "width": 451,
                "height": 300,
                "format": "PNG",
                "bytes": 240512,
                "colours": "stored",
                "as_sent": True,
                "notes": [],
            }
        }
    )

    id: str
    width: int
    height: int
    format: str
    bytes: int
    colours: Colours
    as_sent: bool
    notes: list[PictureNoteSchema]

    @classmethod
    def of(cls, image: StoredImage) -> "StoredImageSchema":
        """What is told of a kept picture."""
        return cls(
            id=image.id,
            width=image.width,
            height=image.height,
            format=image.format,
            bytes=len(image.data),
            colours=image.colours,
            as_sent=image.served_as_is,
            notes=PictureNoteSchema.of(image.notes),
        )


class ReadingSchema(BaseModel):
    """How the numbers of the file are taken."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"colours": "profile"}})

    colours: Colours = Field(description=str(COLOURS_FIELD["description"]))


@router.post(
    "/images",
    status_code=status.HTTP_201_CREATED,
    summary="Upload a picture",
    responses=documented(*UPLOAD_PROBLEMS),
    openapi_extra=picture_body(colours=COLOURS_FIELD),
)
async def upload_image(
    request: Request, response: Response, services: ServicesDependency
) -> StoredImageSchema:
    upload = await services.uploads.read(request, frozenset({"colours"}))
    colours = parsed_colours(upload.fields.get("colours"))
    image = await while_connected(request, services.images.add(upload.data, colours))
    response.headers["Location"] = str(request.url_for("get_image", image_id=image.id).path)
    return StoredImageSchema.of(image)


@router.post(
    "/images/{image_id}/readings",
    status_code=status.HTTP_201_CREATED,
    summary="A kept picture, its file read with other colours",
    description="The reading is a picture of its own and is forgotten like an upload.",
    responses=documented("unknown-image", "invalid-parameter", "busy", "body-too-large"),
)
async def read_otherwise(
    image_id: ImagePathId,
    body: ReadingSchema,
    request: Request,
    response: Response,
    services: ServicesDependency,
) -> StoredImageSchema:
    services.images.get(image_id)
    image = await while_connected(request, services.images.read_again(image_id, body.colours))
    response.headers["Location"] = str(request.url_for("get_image", image_id=image.id).path)
    return StoredImageSchema.of(image)


@router.get(
    "/images/{image_id}",
    summary="The picture, upright, as the network gets it",
    responses={
        200: {"content": dict.fromkeys(MEDIA_TYPES.values(), BINARY)},
        **documented("unknown-image", "busy"),
    },
    response_class=Response,
)
async def get_image(
    image_id: ImagePathId, request: Request, services: ServicesDependency
) -> Response:
    image = services.images.get(image_id)
    tag = entity_tag("image", image_id, image.served_as_is)
    if unchanged := not_modified(request, tag):
        return unchanged
    data, media_type = await while_connected(request, services.images.displayable(image))
    return Response(data, media_type=media_type, headers=cache_headers(tag))


@router.get(
    "/images/{image_id}/thumbnail",
    summary="The picture, small",
    description=f"A JPEG whose longer side has at most {THUMBNAIL_PX} pixels.",
    responses={
        200: {"content": {"image/jpeg": BINARY}},
        **documented("unknown-image", "busy"),
    },
    response_class=Response,
)
async def get_thumbnail(
    image_id: ImagePathId, request: Request, services: ServicesDependency
) -> Response:
    image = services.images.get(image_id)
    tag = entity_tag("thumbnail", image_id)
    if unchanged := not_modified(request, tag):
        return unchanged
    data = await while_connected(request, services.images.thumbnail(image))
    return Response(data, media_type="image/jpeg", headers=cache_headers(tag))


@router.delete(
    "/images/{image_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Forget a picture and everything computed from it",
    responses=documented("unknown-image"),
)
async def delete_image(image_id: ImagePathId, services: ServicesDependency) -> None:
    services.forget_image(image_id)
