"""Of which pictures clutter is made: the other photographs, and of a drawing digits."""

from PIL import Image, ImageOps

from app.compute.pool import ComputePool
from app.stores.examples import DIGITS, PHOTOGRAPHS
from app.stores.images import ImageStore
from models.preprocessing.edits import PictureEdit, paper_of

# Above it paper is light and ink dark, as on the paper of a drawing; our digits are light on dark.
_LIGHT = 128


async def other_pictures(
    pool: ComputePool, images: ImageStore, image_id: str, edit: PictureEdit
) -> tuple[Image.Image, ...]:
    """What a kept picture is cluttered with, mode RGB; none where an edit wants no clutter.

    They are always the same: the examples of its kind but for itself. Of a drawing, whose border
    is nearly all of one colour, the digits, as light or dark as it is; else the photographs.

    Raises:
        UnknownImageError: it is not kept, or not any more.
    """
    if edit.clutter == 0:
        return ()
    picture = await images.picture(image_id)
    paper = await pool.run(paper_of, picture.image)
    kind = PHOTOGRAPHS if paper is None else DIGITS
    others = [(await images.picture(each.id)).image for each in kind if each.id != image_id]
    if paper is None or sum(paper) / len(paper) <= _LIGHT:
        return tuple(others)
    return await pool.run(_inverted, others)


def _inverted(pictures: list[Image.Image]) -> tuple[Image.Image, ...]:
    """On paper that is light."""
    return tuple(ImageOps.invert(picture) for picture in pictures)
