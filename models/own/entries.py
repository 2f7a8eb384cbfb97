"""A person's own network as the catalogue has its models."""

import hashlib
from pathlib import Path

from torch import nn

from models.catalogue.catalogue import catalogue
from models.catalogue.entry import Architecture, ModelEntry, OwnWeights, Paper
from models.errors import UnknownModelError
from models.own.card import Card
from models.own.folder import WEIGHTS
from models.recognition.designs import open_design

_FAMILY = "Your own"


def entry_of(folder: Path, card: Card) -> ModelEntry:
    """The network of a folder, ready to be opened.

    Raises:
        UnknownDesignError: this installation has no such design.
    """
    return ModelEntry(
        architecture=_architecture(folder, card),
        tag=card.name,
        origin="custom",
        weights=OwnWeights(
            path=folder / WEIGHTS,
            source=f"yours, {card.source}",
            sha256=card.weights_sha256,
            made_at=card.created_at,
        ),
        preprocessing=card.preprocessing,
        labels=card.all_labels,
        assumed=card.assumed,
        revision=hashlib.sha256(card.to_json()).hexdigest()[:12],
    )


def _architecture(folder: Path, card: Card) -> Architecture:
    notes = " ".join(card.notes)
    if card.library == "module":
        return Architecture(
            name=card.architecture,
            title=card.title,
            family=_FAMILY,
            paper=None,
            build=_build_without_code,
            classes=card.classes,
            input_shape=card.preprocessing.input_shape,
            parameters=card.parameters,
            notes=notes,
            bundle=folder,
        )
    design = open_design(card.architecture)
    return Architecture(
        name=design.name,
        title=card.title,
        family=design.family,
        paper=_paper_of(design.name),
        build=design.build(card.classes, card.preprocessing.input_shape[0]),
        classes=card.classes,
        input_shape=card.preprocessing.input_shape,
        parameters=card.parameters,
        notes=notes,
    )


def _paper_of(name: str) -> Paper | None:
    try:
        return catalogue().resolve(name).architecture.paper
    except UnknownModelError:
        return None


def _build_without_code() -> nn.Module:
    raise TypeError("This network came as a bundle, which holds its graph and no code.")
