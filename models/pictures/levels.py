"""Numbers of more than 8 bits as 8-bit levels."""

import numpy as np
from PIL import Image


def in_eight_bits(stored: Image.Image) -> Image.Image:
    """16-bit grey as RGB: every level its nearest, 65535 = 255 * 257 becomes 255."""
    levels = np.array(stored, dtype=np.uint32)
    levels += 128
    levels //= 257
    return Image.fromarray(levels.astype(np.uint8)).convert("RGB")
