"""Some held-out pictures beside the checkpoints of a run, to see what its network makes of them."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from models.data.dataset import LabelledPictures
from models.disk.checked_fields import DamagedRecordError
from models.disk.whole_files import write_atomically

SAMPLES_NAME = "held-out.safetensors"
# As many as are looked through; of classes in turn.
MOST_SAMPLES = 60
_LARGEST_SIDE_PX = 1024


@dataclass(frozen=True)
class Samples:
    """Held-out pictures.

    Attributes:
        pictures: uint8 (count, channels, height, width), channels 1 or 3.
        labels: int64 (count,), indices of classes.
    """

    pictures: Tensor
    labels: Tensor


def write_samples(directory: Path, held_out: LabelledPictures) -> Path:
    """Write some of the held-out pictures, the first of every class, then the second, ...

    Raises:
        OSError: the disk failed.
    """
    turns: dict[int, int] = {}
    order = []
    for position, label in enumerate(held_out.labels.tolist()):
        turn = turns[label] = turns.get(label, -1) + 1
        order.append((turn, label, position))
    chosen = torch.tensor([position for _, _, position in sorted(order)[:MOST_SAMPLES]])
    tensors = {
        "pictures": (held_out.pictures[chosen] * 255).round().to(torch.uint8),
        "labels": held_out.labels[chosen],
    }
    path = directory / SAMPLES_NAME
    write_atomically({path: save(tensors)})
    return path


def read_samples(directory: Path, classes: int) -> Samples | None:
    """The held-out pictures of a run's checkpoints; None where there are none. Blocks.

    Raises:
        DamagedRecordError: the file holds something else.
    """
    path = directory / SAMPLES_NAME
    # Asked first: to open a pipe would wait for somebody to write into it.
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            pictures, labels = file.get_tensor("pictures"), file.get_tensor("labels")
    except (OSError, SafetensorError) as error:
        raise DamagedRecordError(f"{path} is damaged ({error}).") from error
    fits = (
        pictures.dtype == torch.uint8
        and pictures.ndim == 4
        and 1 <= len(pictures) <= MOST_SAMPLES
        and pictures.shape[1] in {1, 3}
        and max(pictures.shape[2:]) <= _LARGEST_SIDE_PX
        and labels.dtype == torch.int64
        and labels.shape == pictures.shape[:1]
    )
    if not fits or not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise DamagedRecordError(f"{path} does not hold pictures of {classes} classes.")
    return Samples(pictures, labels)
