"""The tensor that a network sees, after resizing, cropping and normalising."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.pictures.images import PictureNoteSchema
from app.api.shared.answers import Answer, Saved, answers
from app.api.shared.asked import AskedModelDependency
from app.api.shared.parameters import FORM, ImageId
from app.api.shared.sizes import BoxSchema, InputSizeSchema, SizeSchema

router = APIRouter(tags=["predictions"])


class NetworkInputSchema(BaseModel):
    """Where a network's input lies in a picture.

    `image_box` is the part of the picture that the network sees, in its upright pixels. `notes` say
    what is to be known of how the picture was read. A prediction tells the same.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "image_size": {"height": 300, "width": 451},
                "input_size": {"channels": 3, "height": 224, "width": 224},
                "image_box": {"top": 18.75, "left": 94.1, "bottom": 281.25, "right": 356.6},
                "notes": [],
            }
        }
    )

    model: str
    image: str
    image_size: SizeSchema
    input_size: InputSizeSchema
    image_box: BoxSchema
    notes: list[PictureNoteSchema]


class InputQuery(BaseModel):
    """Which picture, and in which form."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    format: Annotated[Literal["json", "npy", "png"], FORM] = "png"
    # A browser shows an address that it has shown before without asking, whatever the headers say.
    turn: int = Field(
        0, ge=0, description="changes the address and nothing else, for pages that show it again"
    )


@answers(
    router,
    "/models/{model_id}/input",
    summary="What the network sees of a picture",
    description=(
        "`npy` is the exact float32 tensor (1, channels, height, width); `png` shows it; `json` "
        "says which part of the picture it is."
    ),
    document=NetworkInputSchema,
    forms=("png", "npy"),
    needs_weights=False,
)
async def get_input(asked: AskedModelDependency, query: Annotated[InputQuery, Query()]) -> Answer:
    if query.format == "json":
        pixel_map = await asked.services.fields.pixel_map(asked.entry, query.image)
        size = pixel_map.image_size
        return NetworkInputSchema(
            model=asked.entry.id,
            image=query.image,
            image_size=SizeSchema(height=size.height, width=size.width),
            input_size=InputSizeSchema.of(asked.entry.preprocessing.input_shape),
            image_box=BoxSchema.of(pixel_map.image_box),
            notes=PictureNoteSchema.of(asked.image(query.image).notes),
        )
    data = await asked.services.encode_input(asked.entry, query.image, query.format)
    return data if query.format == "png" else Saved(data, f"{asked.entry.id}.input.npy")
