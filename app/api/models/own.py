"""Networks of one's own: opened of uploaded weights, told more of, forgotten."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from app.api.models.checkpoints import checkpoint_of
from app.api.models.schemas import ModelSchema, model_fields
from app.api.shared.asked import AskedModelDependency
from app.compute.pool import while_connected
from app.errors import InvalidParameterError
from app.services import ServicesDependency
from app.web.problems import documented
from models.own.card import MOST_CLASSES
from models.own.opening import Wanted

router = APIRouter(tags=["own networks"])

_PREPROCESSING_EXAMPLE: dict[str, Any] = {
    "resize": 256,
    "interpolation": "bilinear",
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
    "channel_order": "rgb",
}
_LABELS = Field(
    None,
    max_length=MOST_CLASSES,
    description="one for each class, in the order of the scores; null for numbers",
)


class PreprocessingBody(BaseModel):
    """How pictures become the network's input. What is left out is as the design's library has it.

    `resize` is the length that the shorter side gets before the centre is cut out; null stretches
    the whole picture. `mean` and `std` are of each channel as the network sees them, in units of
    [0, 1]. `kind` `digit` lays a handwritten digit out as in MNIST.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _PREPROCESSING_EXAMPLE})

    kind: str | None = Field(None, description="photograph, or digit")
    resize: int | None = Field(None, description="px; null stretches")
    interpolation: str | None = Field(None, description="bilinear or bicubic")
    mean: list[float] | None = Field(None, max_length=3)
    std: list[float] | None = Field(None, max_length=3)
    channel_order: str | None = Field(None, description="rgb or bgr")


class OpenModelBody(BaseModel):
    """Which upload to open, as what, and what only its owner knows of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "checkpoint": "5f2b1c09a4d34e0f8a6b7c1d2e3f4051",
                "architecture": "resnet34",
                "name": "my-flowers",
                "labels": ["daisy", "rose", "tulip", "iris", "lily", "poppy", "aster"],
                "preprocessing": _PREPROCESSING_EXAMPLE,
            }
        },
    )

    checkpoint: str = Field(description="id of the upload")
    name: str = Field(description="second half of the id: small letters, digits, - and _")
    architecture: str | None = Field(
        None, description="one of its candidates; the best unless said"
    )
    labels: list[str] | None = _LABELS
    preprocessing: PreprocessingBody | None = None
    input_shape: Annotated[list[int], Field(min_length=3, max_length=3)] | None = Field(
        None, description="[channels, height, width]; the design's usual size unless said"
    )


class ChangeModelBody(BaseModel):
    """What is said anew of a network: what is left out stays, labels of null become numbers."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"labels": ["daisy", "rose"], "preprocessing": {}}},
    )

    labels: list[str] | None = _LABELS
    preprocessing: PreprocessingBody | None = Field(
        None, description="confirms the present one where it is empty"
    )


@router.post(
    "/models",
    status_code=status.HTTP_201_CREATED,
    summary="Open weights of your own as a network",
    description="From then on it is a model like any other, until it is forgotten.",
    responses=documented(
        *("unknown-checkpoint", "bad-checkpoint", "name-taken", "storage-full"),
        *("model-uploads-off", "invalid-parameter", "busy", "body-too-large", "request-timeout"),
    ),
)
async def open_model(
    body: OpenModelBody, request: Request, response: Response, services: ServicesDependency
) -> ModelSchema:
    checkpoint = await checkpoint_of(services, body.checkpoint)
    wanted = Wanted(
        name=body.name,
        architecture=body.architecture,
        labels=None if body.labels is None else tuple(body.labels),
        preprocessing=_said(body.preprocessing),
        input_shape=_shape(body.input_shape),
        source=checkpoint.name,
    )
    entry = await while_connected(request, services.own_models.add(checkpoint, wanted))
    response.headers["Location"] = str(request.url_for("get_model", model_id=entry.id).path)
    return ModelSchema(**model_fields(entry, services.library))


@router.patch(
    "/models/{model_id}",
    summary="Say more of a network of your own: its labels, its preparation",
    responses=documented(
        *("unknown-model", "not-yours", "model-uploads-off", "storage-full"),
        *("invalid-parameter", "busy", "body-too-large", "request-timeout"),
    ),
)
async def change_model(body: ChangeModelBody, asked: AskedModelDependency) -> ModelSchema:
    changes = body.model_dump(exclude_unset=True)
    if not changes:
        raise InvalidParameterError("Say labels, preprocessing, or both.")
    if "preprocessing" in changes and changes["preprocessing"] is None:
        raise InvalidParameterError("preprocessing: null is none; leave it out, or say {}.")
    entry = await while_connected(
        asked.request, asked.services.own_models.change(asked.entry, changes)
    )
    return ModelSchema(**model_fields(entry, asked.services.library))


@router.delete(
    "/models/{model_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Forget a network of your own",
    responses=documented("unknown-model", "not-yours", "model-uploads-off", "busy"),
)
async def delete_model(asked: AskedModelDependency) -> None:
    await asked.services.own_models.forget(asked.entry)


def _said(preprocessing: PreprocessingBody | None) -> dict[str, Any] | None:
    return None if preprocessing is None else preprocessing.model_dump(exclude_unset=True)


def _shape(shape: list[int] | None) -> tuple[int, int, int] | None:
    if shape is None:
        return None
    channels, height, width = shape
    return channels, height, width
