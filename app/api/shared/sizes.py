"""Sizes and boxes as they stand in every answer."""

from pydantic import BaseModel

from models.preprocessing import pixel_map


class SizeSchema(BaseModel):
    """Height and width in pixels."""

    height: int
    width: int


class InputSizeSchema(SizeSchema):
    """Shape of the tensor that a network sees."""

    channels: int

    @classmethod
    def of(cls, shape: tuple[int, int, int]) -> "InputSizeSchema":
        channels, height, width = shape
        return cls(channels=channels, height=height, width=width)


class BoxSchema(BaseModel):
    """A half-open box: top <= row < bottom, left <= column < right."""

    top: float
    left: float
    bottom: float
    right: float

    @classmethod
    def of(cls, box: pixel_map.Box) -> "BoxSchema":
        return cls(top=box.top, left=box.left, bottom=box.bottom, right=box.right)
