"""Edited pictures to look at, which are not kept."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from app.api.shared.answers import BINARY
from app.api.shared.parameters import ImagePathId
from app.api.what_if.variants import EditFields
from app.compute.pool import while_connected
from app.services import ServicesDependency
from app.web.http_cache import cache_headers, entity_tag, not_modified
from app.web.problems import documented

router = APIRouter(tags=["interventions"])


class EditedQuery(EditFields):
    """What is done to the picture, and how large it is to be seen."""

    model_config = ConfigDict(extra="forbid")

    most_px: int = Field(320, ge=16, le=1600, description="its longer side is reduced to it")


@router.get(
    "/images/{image_id}/edited",
    summary="How a picture looks once it is edited",
    description=(
        "A PNG to look at, as `POST /images/{image_id}/variants` would keep it, but for its size."
    ),
    response_class=Response,
    response_model=None,
    responses={
        200: {"content": {"image/png": BINARY}},
        **documented("unknown-image", "invalid-parameter", "busy"),
    },
)
async def get_edited(
    image_id: ImagePathId,
    query: Annotated[EditedQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Response:
    services.images.get(image_id)
    tag = entity_tag("edited", image_id, query.model_dump())
    if unchanged := not_modified(request, tag):
        return unchanged
    made = services.edited_pictures.png(image_id, query.edit(), query.most_px)
    data = await while_connected(request, made)
    return Response(data, media_type="image/png", headers=cache_headers(tag))
