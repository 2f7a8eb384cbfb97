"""The tensor that a network sees, after resizing, cropping and normalising."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.api.parameters import ImageId, ModelId
from app.compute import while_connected
from app.http_cache import cache_headers, entity_tag, not_modified
from app.problems import documented
from app.services import ServicesDependency
from models.catalogue import catalogue

router = APIRouter(tags=["predictions"])

_MEDIA_TYPES = {"png": "image/png", "npy": "application/octet-stream"}


class InputQuery(BaseModel):
    """Which picture, and in which form."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    format: Literal["png", "npy"] = "png"


@router.get(
    "/models/{model_id}/input",
    summary="What the network sees of a picture",
    description="`npy` is the exact float32 tensor (1, channels, height, width); `png` shows it.",
    response_class=Response,
    responses={
        200: {
            "content": {
                media_type: {"schema": {"type": "string", "format": "binary"}}
                for media_type in _MEDIA_TYPES.values()
            }
        },
        **documented("unknown-model", "unknown-image", "invalid-parameter", "busy"),
    },
)
async def get_input(
    model_id: ModelId,
    query: Annotated[InputQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    entry = catalogue().resolve(model_id)
    services.images.get(query.image)
    tag = entity_tag("input", entry.id, query.image, query.format)
    if unchanged := not_modified(request, tag):
        return unchanged
    data = await while_connected(request, services.encode_input(entry, query.image, query.format))
    headers = cache_headers(tag)
    if query.format == "npy":
        headers["Content-Disposition"] = f'attachment; filename="{entry.id}.input.npy"'
    return Response(data, media_type=_MEDIA_TYPES[query.format], headers=headers)
