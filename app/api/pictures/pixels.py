"""A picture as a few numbers: small enough to be read one by one."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.parameters import ImagePathId
from app.compute.pool import while_connected
from app.services import ServicesDependency
from app.web.problems import documented
from models.pictures.small import ChannelName, SmallPicture, small_picture

router = APIRouter(tags=["images"])


class PixelsSchema(BaseModel):
    """The middle square of a picture, each number the mean of an area, 0 black and 255 full.

    `pixels` are (channels, rows, columns). A picture without colour has one channel, whatever was
    asked for.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "image": "example-chelsea",
                "channels": ["red", "green", "blue"],
                "pixels": [
                    [[137, 148], [159, 149]],
                    [[100, 111], [115, 110]],
                    [[69, 85], [84, 81]],
                ],
            }
        }
    )

    image: str
    channels: list[ChannelName]
    pixels: list[list[list[int]]]


class PixelsQuery(BaseModel):
    """How small, and in which colours."""

    model_config = ConfigDict(extra="forbid")

    size: int = Field(32, ge=2, le=64, description="rows, and columns")
    colours: Literal["rgb", "grey"] = Field("rgb", description="three channels, or one")


@router.get(
    "/images/{image_id}/pixels",
    summary="The picture as a few numbers",
    description="The middle square of the upright picture, made as small as asked for.",
    response_model=PixelsSchema,
    responses=documented("unknown-image", "busy", "invalid-parameter"),
)
async def get_pixels(
    image_id: ImagePathId,
    query: Annotated[PixelsQuery, Query()],
    request: Request,
    services: ServicesDependency,
) -> Any:
    services.images.get(image_id)

    async def found() -> SmallPicture:
        picture = await services.images.picture(image_id)
        return await services.pool.run(
            small_picture, picture.image, query.size, query.colours == "grey"
        )

    small = await while_connected(request, found())
    return PixelsSchema(image=image_id, channels=list(small.channels), pixels=small.pixels.tolist())
