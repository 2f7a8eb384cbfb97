"""Patches of eight photographs, and the question which photograph a patch comes from."""

import importlib
import importlib.util

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models.data.dataset import Dataset, DatasetUnavailableError, LabelledPictures

# Five in colour and three grey textures, so that neither colour nor edges alone are enough.
PHOTOGRAPHS = {
    "astronaut": "astronaut",
    "brick": "brick wall",
    "chelsea": "cat",
    "coffee": "cup of coffee",
    "grass": "grass",
    "gravel": "gravel",
    "stereo_motorcycle": "motorcycle",
    "rocket": "rocket",
}
SHORTER_SIDE_PX = 256
TILE_PX = 64
PATCH_PX = 32
STRIDE_PX = 8
# Every fourth tile, one in each row of four and each column of four.
_HELD_OUT_PERIOD = 4


def photographs() -> Dataset:
    """Cut 32x32 patches out of eight photographs; the class is the photograph.

    Every photograph is resized until its shorter side is 256 px and divided into tiles of 64 px.
    One tile in four is held out. Patches lie 8 px apart and each wholly inside its tile, so no
    pixel is both trained on and measured with.

    Raises:
        DatasetUnavailableError: scikit-image, which carries the photographs, is not installed.

    Source: the pictures of `skimage.data`, all free to use; their authors stand there.
    """
    if importlib.util.find_spec("skimage") is None:
        raise DatasetUnavailableError("photographs", "scikit-image")
    pictures: dict[bool, list[Tensor]] = {False: [], True: []}
    labels: dict[bool, list[int]] = {False: [], True: []}
    for label, name in enumerate(PHOTOGRAPHS):
        for is_held_out, patches in _patches(_photograph(name)).items():
            pictures[is_held_out].append(patches)
            labels[is_held_out].extend([label] * len(patches))
    parts = {
        is_held_out: LabelledPictures(
            torch.cat(pictures[is_held_out]), torch.tensor(labels[is_held_out])
        )
        for is_held_out in (False, True)
    }
    return Dataset(
        name="photographs",
        source="32x32 patches of eight photographs in the package scikit-image; the class is the "
        "photograph that a patch was cut from, held-out patches are of other regions of it",
        class_names=tuple(PHOTOGRAPHS.values()),
        training=parts[False],
        held_out=parts[True],
        held_out_positions=torch.arange(len(parts[True])) + len(parts[False]),
        split_seed=None,
        kind="photograph",
    )


def _photograph(name: str) -> Image.Image:
    pixels = getattr(importlib.import_module("skimage.data"), name)()
    if isinstance(pixels, tuple):
        pixels = pixels[0]  # The left eye's view.
    picture = Image.fromarray(np.asarray(pixels)).convert("RGB")
    scale = SHORTER_SIDE_PX / min(picture.size)
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _patches(picture: Image.Image) -> dict[bool, Tensor]:
    """Patches by whether they are held out, each float32 (count, 3, 32, 32) in [0, 1]."""
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255
    found: dict[bool, list[Tensor]] = {False: [], True: []}
    rows, columns = pixels.shape[1] // TILE_PX, pixels.shape[2] // TILE_PX
    for row in range(rows):
        for column in range(columns):
            tile = pixels[
                :,
                row * TILE_PX : (row + 1) * TILE_PX,
                column * TILE_PX : (column + 1) * TILE_PX,
            ]
            windows = tile.unfold(1, PATCH_PX, STRIDE_PX).unfold(2, PATCH_PX, STRIDE_PX)
            is_held_out = (row + 2 * column) % _HELD_OUT_PERIOD == 0
            found[is_held_out].append(
                windows.permute(1, 2, 0, 3, 4).reshape(-1, 3, PATCH_PX, PATCH_PX)
            )
    return {is_held_out: torch.cat(patches) for is_held_out, patches in found.items()}
