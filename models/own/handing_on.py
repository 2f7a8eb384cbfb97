"""A network of a known design as a bundle, so that it opens elsewhere: docs/bundle.md."""

import hashlib
import io
import zipfile
from pathlib import Path

from models.catalogue.entry import ModelEntry
from models.own.card import Card
from models.own.folder import CARD, WEIGHTS
from models.own.names import slug
from models.own.preparation import OwnPreparation
from models.preprocessing.own_preprocessing import OwnPreprocessing
from models.preprocessing.preprocessing import DigitPreprocessing, PhotographPreprocessing
from models.recognition.designs import open_design


def bundle_of(entry: ModelEntry, weights: Path, created_at: float) -> bytes:
    """A zip of the network's card and weights; its graph is traced where it is opened. Blocks.

    Args:
        entry: a design that the index knows, with labels and a preparation.
        weights: a safetensors file with its state dict.
        created_at: when it was made, seconds since 1970.

    Raises:
        UnknownDesignError: this installation's index has no such design.
        TypeError: its pictures are prepared in a way that no card tells.
        OSError: the weights cannot be read.
    """
    design = open_design(entry.architecture.name)
    tensors = weights.read_bytes()
    card = Card(
        name=slug(entry.tag),
        architecture=design.name,
        library=design.library,
        title=entry.architecture.title,
        classes=len(entry.labels),
        preprocessing=_told(entry.preprocessing),
        parameters=entry.architecture.parameters,
        labels=tuple(entry.labels),
        source=f"{entry.id}, trained with Convscope",
        weights_sha256=hashlib.sha256(tensors).hexdigest(),
        created_at=created_at,
        notes=(entry.metrics,) if entry.metrics else (),
    )
    file = io.BytesIO()
    # Nothing is compressed, so that it can be mapped.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(CARD, card.to_json())
        archive.writestr(WEIGHTS, tensors)
    return file.getvalue()


def _told(preprocessing: object) -> OwnPreparation:
    match preprocessing:
        case DigitPreprocessing() | OwnPreprocessing():
            return preprocessing
        case PhotographPreprocessing():
            return OwnPreprocessing(
                height=preprocessing.crop,
                width=preprocessing.crop,
                resize=preprocessing.resize,
                interpolation=preprocessing.interpolation,
                mean=preprocessing.mean,
                std=preprocessing.std,
            )
        case _:
            raise TypeError(f"No card tells of {type(preprocessing).__name__}.")
