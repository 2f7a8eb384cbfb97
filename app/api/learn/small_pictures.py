"""A picture as few numbers, for the chapter that looks at each of them."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.api.shared.answers import BINARY
from app.api.shared.parameters import ImagePathId
from app.compute.pool import while_connected
from app.services import ServicesDependency
from app.web.http_cache import cache_headers, entity_tag, not_modified
from app.web.problems import documented

router = APIRouter(tags=["learn"])


def unit_values(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Levels 0 to 255 as numbers from 0 to 1."""
    return levels / 255.0


@router.get(
    "/learn/pictures/{image_id}",
    summary="A picture as 3 x 64 x 64 numbers",
    description=(
        "Its central square, made small, as a numpy file: float32 in [0, 1], which is the level by "
        "255, (3, 64, 64): red, green and blue."
    ),
    response_class=Response,
    response_model=None,
    responses={
        200: {"content": {"application/octet-stream": BINARY}},
        **documented("unknown-image", "busy"),
    },
)
async def get_small_picture(
    image_id: ImagePathId, request: Request, services: ServicesDependency
) -> Any:
    services.images.get(image_id)
    tag = entity_tag("small_picture", image_id)
    if unchanged := not_modified(request, tag):
        return unchanged
    levels = await while_connected(request, services.images.small(image_id))
    file = io.BytesIO()
    np.save(file, unit_values(levels).astype(np.float32))
    return Response(
        file.getvalue(), media_type="application/octet-stream", headers=cache_headers(tag)
    )
