"""Parameters that several routes take."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

ModelId = Annotated[
    str,
    Path(
        description="`architecture.tag`; the architecture alone means its default tag",
        examples=["efficientnet_lite0.imagenet1k"],
    ),
]
ImageId = Annotated[
    str,
    Field(description="id of an uploaded or example picture", examples=["example-chelsea"]),
]
# Without an example: the likeliest thing to do with it would be to delete that picture.
ImagePathId = Annotated[str, Path(description="id of an uploaded or example picture")]
FilterIndex = Annotated[
    int, Path(description="number of the filter, which is its channel", examples=[0])
]
FORM = Field(description="of the answer")
