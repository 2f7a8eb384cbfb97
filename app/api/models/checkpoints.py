"""Files of weights that people send: looked at here, opened as networks at `/models`."""

from typing import Any

from fastapi import APIRouter, Path, Request, Response, status
from pydantic import BaseModel, ConfigDict

from app.api.shared.forms import file_body
from app.compute.pool import while_connected
from app.errors import CheckpointTooLargeError
from app.services import Services, ServicesDependency
from app.settings import Settings
from app.stores.checkpoints import Checkpoint
from app.web.limited_body import BodyLimits
from app.web.problems import documented
from models.own.offers import Offer
from models.own.preparation import described

router = APIRouter(tags=["own networks"])

# Of names of tensors that differ: the first tell enough.
_MOST_NAMES = 50

CheckpointId = Path(
    description="id of an uploaded file of weights", examples=["5f2b1c09a4d34e0f8a6b7c1d2e3f4051"]
)

_CANDIDATE_EXAMPLE: dict[str, Any] = {
    "architecture": "resnet34",
    "library": "torchvision",
    "title": "ResNet-34",
    "classes": 7,
    "input_channels": 3,
    "input_shape": [3, 224, 224],
    "preprocessing": {
        "kind": "photograph",
        "resize": 256,
        "interpolation": "bilinear",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
        "channel_order": "rgb",
    },
    "is_complete": True,
    "matched": 218,
    "missing": [],
    "missing_count": 0,
    "unexpected": [],
    "unexpected_count": 0,
    "summary": "ResNet-34 of torchvision, 7 classes: all 218 tensors are there.",
    "notes": "",
}


class CandidateSchema(BaseModel):
    """A design that has such tensors, with this number of classes and input channels.

    `is_complete` tells that all it needs is there; `missing` and `unexpected` are the first names
    of those that it lacks and that it has no place for, `summary` the same in a sentence.
    `preprocessing` is what is assumed unless something else is said; `classes` is 0 without scores;
    `notes` is what the tensors do not tell.
    """

    model_config = ConfigDict(json_schema_extra={"example": _CANDIDATE_EXAMPLE})

    architecture: str
    library: str
    title: str
    classes: int
    input_channels: int
    input_shape: list[int]
    preprocessing: dict[str, Any]
    is_complete: bool
    matched: int
    missing: list[str]
    missing_count: int
    unexpected: list[str]
    unexpected_count: int
    summary: str
    notes: str


_CHECKPOINT_EXAMPLE: dict[str, Any] = {
    "id": "5f2b1c09a4d34e0f8a6b7c1d2e3f4051",
    "name": "best.pth",
    "format": "torch",
    "bytes": 85262181,
    "tensors": 218,
    "candidates": [_CANDIDATE_EXAMPLE],
    "class_names": [],
    "left_aside": ["optimizer"],
}


class UploadedCheckpointSchema(BaseModel):
    """A file of weights that the server keeps on its disk, and which designs have its tensors.

    `format` is `safetensors`, `torch`, `torch_legacy` or `bundle`; `candidates` are the best first,
    several complete ones are a choice. `class_names` are those that the file itself holds, and
    `left_aside` what else is in it.
    """

    model_config = ConfigDict(json_schema_extra={"example": _CHECKPOINT_EXAMPLE})

    id: str
    name: str
    format: str
    bytes: int
    tensors: int
    candidates: list[CandidateSchema]
    class_names: list[str]
    left_aside: list[str]


class UploadedCheckpointList(BaseModel):
    """The uploads that are kept, the newest first."""

    model_config = ConfigDict(json_schema_extra={"example": {"checkpoints": [_CHECKPOINT_EXAMPLE]}})

    checkpoints: list[UploadedCheckpointSchema]


def _candidate(offer: Offer) -> CandidateSchema:
    return CandidateSchema(
        architecture=offer.design,
        library=offer.library,
        title=offer.title,
        classes=offer.classes,
        input_channels=offer.input_channels,
        input_shape=list(offer.preparation.input_shape),
        preprocessing=described(offer.preparation),
        is_complete=offer.is_complete,
        matched=offer.matched,
        missing=list(offer.missing[:_MOST_NAMES]),
        missing_count=len(offer.missing),
        unexpected=list(offer.unexpected[:_MOST_NAMES]),
        unexpected_count=len(offer.unexpected),
        summary=offer.summary,
        notes=offer.notes,
    )


def _schema(checkpoint: Checkpoint) -> UploadedCheckpointSchema:
    examined = checkpoint.examined
    return UploadedCheckpointSchema(
        id=checkpoint.id,
        name=checkpoint.name,
        format=examined.format,
        bytes=checkpoint.size_bytes,
        tensors=examined.tensors,
        candidates=[_candidate(each) for each in examined.offers],
        class_names=list(examined.class_names),
        left_aside=list(examined.left_aside[:_MOST_NAMES]),
    )


def limits_of(settings: Settings) -> BodyLimits:
    """What an uploaded file of weights may be."""
    return BodyLimits(
        "file of weights",
        settings.max_checkpoint_bytes,
        settings.checkpoint_timeout_s,
        "CONVSCOPE_MAX_CHECKPOINT_BYTES",
        CheckpointTooLargeError,
    )


@router.post(
    "/checkpoints",
    status_code=status.HTTP_201_CREATED,
    summary="Send weights of your own: what are they?",
    description=(
        "A state dict (`.safetensors`, `.pt`, `.pth`, `.ckpt`, `.bin`) or a bundle of Convscope. "
        "Nothing of it is run. `POST /models` opens it as one of its `candidates`."
    ),
    responses=documented(
        *("bad-checkpoint", "checkpoint-too-large", "model-uploads-off", "storage-full"),
        *("invalid-parameter", "unsupported-media-type", "request-timeout", "busy"),
    ),
    openapi_extra=file_body("a state dict or a bundle"),
)
async def upload_checkpoint(
    request: Request, response: Response, services: ServicesDependency
) -> UploadedCheckpointSchema:
    own = services.own_models
    async with own.incoming() as file:
        limits = limits_of(services.settings)
        name = await services.uploads.receive(request, file.writable, limits)
        checkpoint = await while_connected(request, own.checkpoints.keep(file, name))
    response.headers["Location"] = str(
        request.url_for("get_checkpoint", checkpoint_id=checkpoint.id).path
    )
    return _schema(checkpoint)


@router.get("/checkpoints", summary="List the weights that were sent")
async def list_uploaded_checkpoints(services: ServicesDependency) -> UploadedCheckpointList:
    services.own_models.check_allowed()
    found = await services.own_models.checkpoints.all()
    return UploadedCheckpointList(checkpoints=[_schema(each) for each in found])


@router.get(
    "/checkpoints/{checkpoint_id}",
    summary="What were these weights?",
    responses=documented("unknown-checkpoint", "bad-checkpoint", "model-uploads-off", "busy"),
)
async def get_checkpoint(
    services: ServicesDependency, checkpoint_id: str = CheckpointId
) -> UploadedCheckpointSchema:
    return _schema(await checkpoint_of(services, checkpoint_id))


@router.delete(
    "/checkpoints/{checkpoint_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Forget weights that were sent; networks made of them stay",
    responses=documented("unknown-checkpoint", "model-uploads-off", "busy"),
)
async def delete_checkpoint(
    services: ServicesDependency, checkpoint_id: str = CheckpointId
) -> None:
    services.own_models.check_allowed()
    await services.own_models.checkpoints.forget(checkpoint_id)


async def checkpoint_of(services: Services, checkpoint_id: str) -> Checkpoint:
    """A kept upload.

    Raises:
        ModelUploadsOffError, UnknownCheckpointError, CheckpointRefusedError: see the stores.
    """
    services.own_models.check_allowed()
    return await services.own_models.checkpoints.get(checkpoint_id)
