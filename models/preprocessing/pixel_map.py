"""Where a pixel of the network's input came from in the picture, and the way back.

Three coordinate systems, never mixed:

- `input_*`: pixels of the tensor that the network sees;
- `image_*`: pixels of the picture upright, as a person sees it (after EXIF rotation);
- `file_*`: pixels as the file stores them (before EXIF rotation).

All are continuous edge coordinates: pixel i covers [i, i + 1) and its centre is i + 0.5, so sizes,
boxes and resampling need no half-pixel corrections.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Height and width in whole pixels."""

    height: int
    width: int


@dataclass(frozen=True)
class Point:
    """A place in continuous edge coordinates; y falls, x runs to the right."""

    y: float
    x: float


@dataclass(frozen=True)
class Box:
    """A half-open rectangle in continuous edge coordinates."""

    top: float
    left: float
    bottom: float
    right: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    def clip(self, size: Size) -> "Box":
        """Cut to the picture; a box wholly outside becomes empty on the nearest edge."""
        return Box(
            top=_clamp(self.top, size.height),
            left=_clamp(self.left, size.width),
            bottom=_clamp(self.bottom, size.height),
            right=_clamp(self.right, size.width),
        )


@dataclass(frozen=True)
class PixelMap:
    """One picture's way into a network: resize, crop, padding and EXIF rotation in one affine map.

    Attributes:
        image_size: of the upright picture.
        input_size: of the network's input.
        image_box: the part of the upright picture that the whole input covers. It leaves the
            picture where the input was padded.
        orientation: EXIF orientation of the file, 1 to 8; 1 means stored upright.

    Raises:
        ValueError: an orientation outside 1..8, a size or a box without area.
    """

    image_size: Size
    input_size: Size
    image_box: Box
    orientation: int = 1

    def __post_init__(self) -> None:
        if self.orientation not in _STEPS_TO_UPRIGHT:
            raise ValueError(f"EXIF orientation {self.orientation!r} is not one of 1 to 8")
        for size in (self.image_size, self.input_size):
            if size.height < 1 or size.width < 1:
                raise ValueError(f"{size} has no pixels")
        if not (self.image_box.height > 0 and self.image_box.width > 0):
            raise ValueError(f"{self.image_box} has no area, so nothing can be mapped into it")

    @property
    def scale_y(self) -> float:
        """Picture pixels per input pixel, downwards."""
        return self.image_box.height / self.input_size.height

    @property
    def scale_x(self) -> float:
        """Picture pixels per input pixel, to the right."""
        return self.image_box.width / self.input_size.width

    @property
    def file_size(self) -> Size:
        """Of the picture as stored, before EXIF rotation."""
        if _STEPS_TO_UPRIGHT[self.orientation].transpose:
            return Size(height=self.image_size.width, width=self.image_size.height)
        return self.image_size

    def input_point_to_image_point(self, input_point: Point) -> Point:
        return Point(
            y=self.image_box.top + self.scale_y * input_point.y,
            x=self.image_box.left + self.scale_x * input_point.x,
        )

    def image_point_to_input_point(self, image_point: Point) -> Point:
        return Point(
            y=(image_point.y - self.image_box.top) / self.scale_y,
            x=(image_point.x - self.image_box.left) / self.scale_x,
        )

    def image_point_to_file_point(self, image_point: Point) -> Point:
        steps = _STEPS_TO_UPRIGHT[self.orientation]
        y = self.image_size.height - image_point.y if steps.mirror_y else image_point.y
        x = self.image_size.width - image_point.x if steps.mirror_x else image_point.x
        return Point(y=x, x=y) if steps.transpose else Point(y=y, x=x)

    def file_point_to_image_point(self, file_point: Point) -> Point:
        steps = _STEPS_TO_UPRIGHT[self.orientation]
        y, x = file_point.y, file_point.x
        if steps.transpose:
            y, x = x, y
        return Point(
            y=self.image_size.height - y if steps.mirror_y else y,
            x=self.image_size.width - x if steps.mirror_x else x,
        )

    def input_box_to_image_box(self, input_box: Box) -> Box:
        """Not clipped: a box in the padding lies outside the picture."""
        return _box_between(*(self.input_point_to_image_point(p) for p in _corners(input_box)))

    def image_box_to_input_box(self, image_box: Box) -> Box:
        """Not clipped: what the crop left out lies outside the input."""
        return _box_between(*(self.image_point_to_input_point(p) for p in _corners(image_box)))

    def image_box_to_file_box(self, image_box: Box) -> Box:
        return _box_between(*(self.image_point_to_file_point(p) for p in _corners(image_box)))

    def file_box_to_image_box(self, file_box: Box) -> Box:
        return _box_between(*(self.file_point_to_image_point(p) for p in _corners(file_box)))


@dataclass(frozen=True)
class _UprightSteps:
    """How stored pixels become upright: transpose first, then mirror along either axis."""

    transpose: bool = False
    mirror_y: bool = False
    mirror_x: bool = False


# Source: EXIF 2.32 (JEITA CP-3451), tag 274 "Orientation": which sides of the picture the first
# stored row and the first stored column are.
_STEPS_TO_UPRIGHT = {
    1: _UprightSteps(),
    2: _UprightSteps(mirror_x=True),
    3: _UprightSteps(mirror_y=True, mirror_x=True),
    4: _UprightSteps(mirror_y=True),
    5: _UprightSteps(transpose=True),
    6: _UprightSteps(transpose=True, mirror_x=True),
    7: _UprightSteps(transpose=True, mirror_y=True, mirror_x=True),
    8: _UprightSteps(transpose=True, mirror_y=True),
}


def _clamp(coordinate: float, limit: int) -> float:
    return min(max(coordinate, 0.0), float(limit))


def _corners(box: Box) -> tuple[Point, Point]:
    return Point(y=box.top, x=box.left), Point(y=box.bottom, x=box.right)


def _box_between(first: Point, second: Point) -> Box:
    """The box with these opposite corners; rotation and mirroring swap which is the upper left."""
    return Box(
        top=min(first.y, second.y),
        left=min(first.x, second.x),
        bottom=max(first.y, second.y),
        right=max(first.x, second.x),
    )
