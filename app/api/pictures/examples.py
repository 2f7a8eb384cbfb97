"""The pictures that come with the program."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from app.api.pictures.images import PictureNoteSchema
from app.services import ServicesDependency
from app.stores.examples import EXAMPLES
from models.preprocessing.preprocessing import InputKind

router = APIRouter(tags=["images"])


_EXAMPLE: dict[str, Any] = {
    "id": "example-chelsea",
    "kind": "photograph",
    "title": "Chelsea, a tabby cat",
    "author": "Stefan van der Walt",
    "licence": "CC0",
    "source": "scikit-image 0.26, skimage.data",
    "width": 451,
    "height": 300,
    "focus": {"y": 110, "x": 171, "name": "the cat's eye"},
    "notes": [],
}


class FocusSchema(BaseModel):
    """The place of a picture that a person looks at first, in px of the upright picture."""

    y: float
    x: float
    name: str


class ExampleSchema(BaseModel):
    """A picture that is always there; its id works wherever an image id does."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: str
    kind: InputKind
    title: str
    author: str
    licence: str
    source: str
    width: int
    height: int
    focus: FocusSchema
    notes: list[PictureNoteSchema]


class ExampleList(BaseModel):
    """All of a kind, or all of them, photographs first."""

    model_config = ConfigDict(json_schema_extra={"example": {"examples": [_EXAMPLE]}})

    examples: list[ExampleSchema]


_Kind = Annotated[
    InputKind | None,
    Query(description="only those that networks of this `input_kind` read; all unless told"),
]


@router.get("/examples", summary="List the example pictures: photographs and handwritten digits")
async def list_examples(services: ServicesDependency, kind: _Kind = None) -> ExampleList:
    return ExampleList(
        examples=[
            ExampleSchema(
                id=example.id,
                kind=example.kind,
                title=example.title,
                author=example.author,
                licence=example.licence,
                source=example.source,
                width=image.width,
                height=image.height,
                focus=FocusSchema(**vars(example.focus)),
                notes=PictureNoteSchema.of(image.notes),
            )
            for example in EXAMPLES
            if kind in (None, example.kind)
            for image in [services.images.get(example.id)]
        ]
    )
