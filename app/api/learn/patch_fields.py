"""What the questions about patches of a picture have in common."""

import math
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from app.stores.images import SMALL_PX
from models.lessons.patches import Place

_LARGEST_SIDE = 8
SMALLEST_P = 0.5
_LARGEST_P = 64.0
PROBLEMS = ("unknown-image", "invalid-parameter", "busy", "body-too-large", "request-timeout")

Numbers = list[list[float]]
Channels = list[Numbers]
Side = Annotated[
    int, Field(ge=2, le=_LARGEST_SIDE, description="rows and columns of a patch", examples=[8])
]
Exponent = Annotated[
    float | None,
    Field(
        ge=SMALLEST_P,
        le=_LARGEST_P,
        allow_inf_nan=False,
        description="p of the Lp norm; null is infinite",
        examples=[2],
    ),
]


class PlaceBody(BaseModel):
    """Upper left corner of a patch; one that would leave the picture is moved into it."""

    model_config = ConfigDict(extra="forbid")

    row: int = Field(ge=0, lt=SMALL_PX, examples=[20])
    column: int = Field(ge=0, lt=SMALL_PX, examples=[14])

    def within(self, side: int) -> Place:
        """The nearest place where all of the patch is in the picture."""
        return min(self.row, SMALL_PX - side), min(self.column, SMALL_PX - side)


def exponent(p: float | None) -> float:
    """The p that is asked for."""
    return math.inf if p is None else p


def unit_values(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Levels 0 to 255 as numbers from 0 to 1."""
    return levels / 255.0
