"""Of which pictures clutter is made: the other examples, and of a drawing digits."""

import io

from PIL import Image, ImageOps

from app.compute.pool import ComputePool
from app.stores.examples import EXAMPLES
from app.stores.held_out_digits import DIGITS, digit_png
from app.stores.images import ImageStore
from models.preprocessing.edits import PictureEdit, paper_of

# Above it paper is light and ink dark, as on the paper of a drawing; our digits are light on dark.
_LIGHT = 128


async def other_pictures(
    pool: ComputePool, images: ImageStore, image_id: str, edit: PictureEdit
) -> tuple[Image.Image, ...]:
    """What a kept picture is cluttered with, mode RGB; none where an edit wants no clutter.

    They are always the same. Of a drawing, whose border is nearly all of one colour, ten held-out
    digits as light or dark as it is; of a photograph, the examples but for itself.

    Raises:
        UnknownImageError: it is not kept, or not any more.
    """
    if edit.clutter == 0:
        return ()
    picture = await images.picture(image_id)
    paper = await pool.run(paper_of, picture.image)
    if paper is None:
        return tuple(
            [(await images.picture(each.id)).image for each in EXAMPLES if each.id != image_id]
        )
    return await pool.run(_digits, sum(paper) / len(paper) > _LIGHT)


def _digits(is_paper_light: bool) -> tuple[Image.Image, ...]:
    """One held-out digit of each class, on paper that is light or dark."""
    digits = [Image.open(io.BytesIO(digit_png(digit, 0))).convert("RGB") for digit in range(DIGITS)]
    return tuple(ImageOps.invert(digit) if is_paper_light else digit for digit in digits)
