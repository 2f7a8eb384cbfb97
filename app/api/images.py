"""Pictures: sent once, looked at often, forgotten on demand."""

from typing import Any

from fastapi import APIRouter, Request, status
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.api.parameters import ImagePathId
from app.compute import while_connected
from app.http_cache import cache_headers, entity_tag, not_modified
from app.images import StoredImage
from app.problems import documented
from app.services import ServicesDependency

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


def multipart_body(**text_fields: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI's description of a form with a picture in `file` and these text fields.

    The body is read by `app.uploads` and not by FastAPI, which would spool it to the disk.
    """
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {
                                "type": "string",
                                "format": "binary",
                                "description": "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF",
                            },
                            **text_fields,
                        },
                    }
                }
            },
        }
    }


class PictureNoteSchema(BaseModel):
    """Something to know of how the file was read: a slug for programs, a sentence for people."""

    code: str
    text: str


class ImageSchema(BaseModel):
    """A picture that the server keeps in memory; width and height are of the upright picture."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "kQx3yYw0cX0b7nC4m1yJbA",
                "width": 451,
                "height": 300,
                "format": "PNG",
                "bytes": 240512,
                "notes": [],
            }
        }
    )

    id: str
    width: int
    height: int
    format: str
    bytes: int
    notes: list[PictureNoteSchema]

    @classmethod
    def of(cls, image: StoredImage) -> "ImageSchema":
        """What is told of a kept picture."""
        return cls(
            id=image.id,
            width=image.width,
            height=image.height,
            format=image.format,
            bytes=len(image.data),
            notes=[PictureNoteSchema(code=note.code, text=note.text) for note in image.notes],
        )


@router.post(
    "/images",
    status_code=status.HTTP_201_CREATED,
    summary="Upload a picture",
    responses=documented(*UPLOAD_PROBLEMS),
    openapi_extra=multipart_body(),
)
async def upload_image(
    request: Request, response: Response, services: ServicesDependency
) -> ImageSchema:
    upload = await services.uploads.read(request)
    image = await while_connected(request, services.images.add(upload.data))
    response.headers["Location"] = str(request.url_for("get_image", image_id=image.id).path)
    return ImageSchema.of(image)


@router.get(
    "/images/{image_id}",
    summary="The picture, upright, as a browser shows it",
    responses={
        200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}},
        **documented("unknown-image", "busy"),
    },
    response_class=Response,
)
async def get_image(
    image_id: ImagePathId, request: Request, services: ServicesDependency
) -> Response:
    image = services.images.get(image_id)
    tag = entity_tag("image", image_id)
    if unchanged := not_modified(request, tag):
        return unchanged
    data, media_type = await while_connected(request, services.images.displayable(image))
    return Response(data, media_type=media_type, headers=cache_headers(tag))


@router.delete(
    "/images/{image_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Forget a picture and everything computed from it",
    responses=documented("unknown-image"),
)
async def delete_image(image_id: ImagePathId, services: ServicesDependency) -> None:
    services.forget_image(image_id)
