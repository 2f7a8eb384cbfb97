"""The held-out pictures that runs keep beside their checkpoints."""

import io
import logging

import numpy as np
from PIL import Image

from app.training.choices import checkpoint_directory
from app.training.run import TrainingRun
from models.disk.checked_fields import DamagedRecordError, warn_once
from models.training.samples import Samples, read_samples

_logger = logging.getLogger(__name__)


def _samples(run: TrainingRun, classes: int) -> Samples | None:
    """None of runs from before they kept any, and where they are damaged. Blocks."""
    is_own = run.origin == "server"
    directory = checkpoint_directory(run.directory) if is_own else run.directory
    try:
        return read_samples(directory, classes)
    except DamagedRecordError as error:
        warn_once(_logger, f"Samples are left out: {error}")
        return None


def sample_labels(run: TrainingRun, classes: int) -> list[int]:
    """The class of each. Blocks."""
    found = _samples(run, classes)
    return [] if found is None else found.labels.tolist()


def sample_png(run: TrainingRun, classes: int, number: int) -> bytes | None:
    """One of them; None if there is none of this number. Blocks."""
    found = _samples(run, classes)
    if found is None or number >= len(found.labels):
        return None
    levels = found.pictures[number].numpy()
    pixels = levels[0] if len(levels) == 1 else np.moveaxis(levels, 0, 2)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()
