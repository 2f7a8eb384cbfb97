"""The prepared input of a network, in the forms that are taken away."""

import io
from typing import Literal

import numpy as np
from PIL import Image

from models.catalogue.entry import ModelEntry


def encode_network_input(
    entry: ModelEntry, picture: Image.Image, form: Literal["png", "npy"]
) -> bytes:
    """What a network of this entry sees of an upright RGB picture.

    `npy` is float32 (1, channels, height, width), as the network gets it; `png` is the same with
    the normalisation undone, 8 bits a channel.
    """
    tensor = entry.preprocessing.prepare(picture).tensor
    file = io.BytesIO()
    if form == "npy":
        np.save(file, tensor.numpy())
    else:
        Image.fromarray(entry.preprocessing.display(tensor)).save(file, "PNG")
    return file.getvalue()
