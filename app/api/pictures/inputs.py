"""The tensor that a network sees, after resizing, cropping and normalising."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from app.api.shared.answers import Answer, Saved, answers
from app.api.shared.asked import AskedModelDependency
from app.api.shared.parameters import FORM, ImageId

router = APIRouter(tags=["predictions"])


class InputQuery(BaseModel):
    """Which picture, and in which form."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    format: Annotated[Literal["png", "npy"], FORM] = "png"


@answers(
    router,
    "/models/{model_id}/input",
    summary="What the network sees of a picture",
    description="`npy` is the exact float32 tensor (1, channels, height, width); `png` shows it.",
    forms=("png", "npy"),
    needs_weights=False,
)
async def get_input(asked: AskedModelDependency, query: Annotated[InputQuery, Query()]) -> Answer:
    data = await asked.services.encode_input(asked.entry, query.image, query.format)
    return data if query.format == "png" else Saved(data, f"{asked.entry.id}.input.npy")
