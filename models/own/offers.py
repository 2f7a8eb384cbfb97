"""What a file that a person brought can become, told without opening it."""

from dataclasses import dataclass, replace
from pathlib import Path

from models.catalogue.catalogue import catalogue
from models.checkpoints.child import survey_in_child
from models.checkpoints.survey import Survey
from models.disk.checked_fields import DamagedRecordError, fields_of
from models.errors import CheckpointRefusedError, UnknownModelError
from models.own.card import card_of
from models.own.folder import CARD, card_in, is_bundle_zip, tensors_in
from models.own.preparation import USUAL_CROP, OwnPreparation, usual_preparation
from models.preprocessing.preprocessing import DigitPreprocessing
from models.recognition.designs import OpenDesign, open_design
from models.recognition.recognition import Candidate, recognise
from models.recognition.telling import difference

_MOST_NEAREST = 3
_WITH_CODE = (
    "A network of your own code can be opened with its code: convscope export, or "
    "convscope.show(model)."
)


@dataclass(frozen=True, eq=False)
class Offer:
    """A network that a file can become, or nearly.

    Attributes:
        candidate: the recognised design; None for a bundle, which says itself what it is.
        library: whose code makes it; "module" where only the bundle's graph tells what it does.
        summary: what it is, or what differs, in a sentence.
        is_complete: the file has all that the network needs, and nothing that it has no place for.
        preparation: of pictures, assumed unless its owner says something else.
        notes: what its tensors do not tell; may be empty.
    """

    design: str
    library: str
    title: str
    classes: int
    input_channels: int
    matched: int
    preparation: OwnPreparation
    summary: str
    is_complete: bool = True
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    notes: str = ""
    candidate: Candidate | None = None


@dataclass(frozen=True, eq=False)
class Examined:
    """What a file from outside is, as far as it can be told without opening it.

    Attributes:
        format: "safetensors", "torch", "torch_legacy" or "bundle".
        tensors: how many.
        offers: what it can become, the best first; of a bundle one.
        survey: where the tensors lie in a file of weights; None of a bundle.
        class_names: that the file names.
        left_aside: what the file holds besides the weights.
    """

    format: str
    tensors: int
    offers: tuple[Offer, ...]
    survey: Survey | None = None
    class_names: tuple[str, ...] = ()
    left_aside: tuple[str, ...] = ()


def examine(path: Path) -> Examined:
    """Tell what a file is and which designs have its tensors. Blocks; runs nothing of the file.

    Raises:
        CheckpointRefusedError: it is nothing that can be opened; the message says what it is.
    """
    if is_bundle_zip(path):
        return _examined_bundle(path)
    survey = survey_in_child(path)
    shapes = {name: tensor.shape for name, tensor in survey.tensors.items()}
    offers = tuple(_offer(candidate) for candidate in recognise(shapes))
    if not offers:
        raise CheckpointRefusedError(
            f"Its {len(shapes):,} tensors are like those of no design of torchvision, timm or "
            f"Convscope ({', '.join(list(shapes)[:3])}). {_WITH_CODE}"
        )
    return Examined(
        format=survey.format,
        tensors=len(shapes),
        offers=offers,
        survey=survey,
        class_names=survey.class_names,
        left_aside=survey.left_aside,
    )


def _offer(candidate: Candidate) -> Offer:
    design = open_design(candidate.design)
    side = design.input_size
    return Offer(
        design=candidate.design,
        library=candidate.library,
        title=candidate.title,
        classes=candidate.classes,
        input_channels=candidate.input_channels,
        matched=candidate.matched,
        preparation=usual_of(design, (candidate.input_channels, side, side)),
        missing=candidate.missing,
        unexpected=candidate.unexpected,
        summary=difference(candidate),
        is_complete=candidate.is_complete,
        notes=design.notes,
        candidate=candidate,
    )


def chosen(examined: Examined, architecture: str | None) -> Offer:
    """What the file becomes: what was chosen, or the best.

    Raises:
        CheckpointRefusedError: the file does not have all that it needs, or is nothing like it; the
            message says what differs.
    """
    offers = examined.offers
    if architecture is not None:
        offers = tuple(each for each in offers if each.design == architecture)
        if not offers:
            known = ", ".join(each.design for each in examined.offers)
            raise CheckpointRefusedError(
                f"architecture: these tensors are not like those of {architecture[:80]!r}; nearest "
                f"are {known}."
            )
    best = offers[0]
    if not best.is_complete:
        nearest = " ".join(each.summary for each in offers[:_MOST_NEAREST])
        raise CheckpointRefusedError(
            f"The tensors are those of no whole network that is known here. {nearest} {_WITH_CODE}"
        )
    return best


def _examined_bundle(path: Path) -> Examined:
    try:
        card = card_of(fields_of(card_in(path), CARD))
    except DamagedRecordError as error:
        raise CheckpointRefusedError(f"It is no bundle of Convscope: {error}") from error
    tensors = tensors_in(path)
    offer = Offer(
        design=card.architecture,
        library=card.library,
        title=card.title,
        classes=card.classes,
        input_channels=card.preprocessing.input_shape[0],
        matched=tensors,
        preparation=card.preprocessing,
        summary=f"{card.title}, {_classes(card.classes)}: a bundle with its graph, made of "
        f"{card.source or 'a module'}.",
        notes=" ".join(card.notes),
    )
    return Examined("bundle", tensors, (offer,), class_names=card.labels or ())


def usual_of(design: OpenDesign, input_shape: tuple[int, int, int]) -> OwnPreparation:
    """What the design's library prepares for it, for this input: the centre, also of no square."""
    channels, height, width = input_shape
    usual = usual_preparation(input_shape)
    usual = replace(usual, resize=round(min(height, width) / USUAL_CROP))
    if design.library == "convscope":
        try:
            known = catalogue().resolve(design.name).preprocessing
        except UnknownModelError:
            return usual
        if isinstance(known, DigitPreprocessing) and known.input_shape == input_shape:
            return known
        return usual
    hints = design.preparation
    if hints is None:
        return usual
    mean, std = tuple(hints.mean), tuple(hints.std)
    if channels == 1:
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    resize = hints.resize
    if resize is not None and (height, width) != (hints.crop, hints.crop):
        resize = round(min(height, width) * resize / hints.crop)
    return replace(usual, resize=resize, interpolation=hints.interpolation, mean=mean, std=std)


def _classes(count: int) -> str:
    return f"{count:,} {'class' if count == 1 else 'classes'}" if count else "without scores"
