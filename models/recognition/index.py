"""The index: the signature of every design, read once from a file beside this.

Nothing here imports torch, torchvision or timm. Names, shapes and signatures that several designs
share are stored once.
"""

import gzip
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from models.recognition.record import DesignRecord, Preparation
from models.recognition.signature import OpenShape, Signature

INDEX_PATH = Path(__file__).with_name("index.json.gz")


class Index:
    """What the file says.

    A *feature* is a name with a shape, by its number; a signature is a sorted list of them.

    Attributes:
        versions: of the libraries whose designs were measured.
        designs: by name, those that tie in their order.
        features: of each distinct signature.
        heads: of each distinct signature, those that go with the classifier; None where it stays.
        named: the designs of each distinct signature.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.versions: Mapping[str, str] = document["versions"]
        self._names: list[str] = document["names"]
        self._shapes: list[str] = document["shapes"]
        # Features are numbered name by name; where those of each name begin, and their shapes.
        self._first = [0, *accumulate(document["shapes_a_name"])]
        self._shape_of: list[int] = document["shape_of"]
        preparations = [
            None if each is None else _preparation(each) for each in document["preparations"]
        ]
        self.designs: dict[str, DesignRecord] = {}
        self.features: list[list[int]] = []
        self.heads: list[frozenset[int] | None] = []
        self.named: list[list[DesignRecord]] = []
        self._signature_of: dict[str, int] = {}
        for stored in document["signatures"]:
            features = list(accumulate(stored["features"]))
            head = stored["head"]
            self.features.append(features)
            self.heads.append(None if head is None else frozenset(features[at] for at in head))
            self.named.append([])
        for stored in document["designs"]:
            fields = dict(stored)
            signature = fields.pop("signature")
            fields["preparation"] = preparations[fields["preparation"]]
            fields["left_aside"] = tuple(fields.get("left_aside", ()))
            record = DesignRecord(**fields)
            self.designs[record.name] = record
            self.named[signature].append(record)
            self._signature_of[record.name] = signature

    def __contains__(self, name: str) -> bool:
        return name in self.designs

    @cached_property
    def name_numbers(self) -> dict[str, int]:
        """Every name that some design has for a tensor."""
        return {name: number for number, name in enumerate(self._names)}

    def shapes_under(self, name: str) -> Iterator[tuple[int, OpenShape]]:
        """The features of a name: their numbers and shapes."""
        number = self.name_numbers.get(name)
        if number is not None:
            for feature in range(self._first[number], self._first[number + 1]):
                yield feature, self.shape_of(feature)

    def name_of(self, feature: int) -> str:
        """The tensor's name."""
        return self._names[bisect_right(self._first, feature) - 1]

    def shape_of(self, feature: int) -> OpenShape:
        """The tensor's shape."""
        return _open_shape(self._shapes[self._shape_of[feature]])

    def signature_number(self, design: str) -> int:
        """Which of the distinct signatures a design has."""
        return self._signature_of[design]

    def signature(self, design: str) -> Signature:
        """The tensors of a design."""
        number = self._signature_of[design]
        head = self.heads[number]
        return Signature(
            {self.name_of(each): self.shape_of(each) for each in self.features[number]},
            None if head is None else frozenset(map(self.name_of, head)),
        )


_open_shape = cache(OpenShape.parse)


def _preparation(stored: Sequence[Any]) -> Preparation:
    resize, crop, interpolation, mean, std = stored
    return Preparation(resize, crop, interpolation, tuple(mean), tuple(std))


@cache
def index() -> Index:
    """The index that ships."""
    return Index(json.loads(gzip.decompress(INDEX_PATH.read_bytes())))


def packed(
    measured: Iterable[tuple[DesignRecord, Signature]], versions: Mapping[str, str]
) -> bytes:
    """The file's content, the same bytes for the same designs."""
    pairs = list(measured)
    names: dict[str, dict[str, int]] = {}
    shapes: dict[str, int] = {}
    for _, signature in pairs:
        for name, shape in signature.tensors.items():
            number = shapes.setdefault(str(shape), len(shapes))
            names.setdefault(name, {}).setdefault(str(shape), number)
    features: dict[tuple[str, str], int] = {}
    for name, of_name in names.items():
        for text in of_name:
            features[name, text] = len(features)
    signatures: dict[tuple[tuple[int, ...], tuple[int, ...] | None], int] = {}
    preparations: dict[Any, int] = {}
    designs = []
    for record, signature in pairs:
        numbers = sorted(features[name, str(shape)] for name, shape in signature.tensors.items())
        head = None
        if signature.head is not None:
            gone = {features[name, str(signature.tensors[name])] for name in signature.head}
            head = tuple(place for place, number in enumerate(numbers) if number in gone)
        key = (tuple(numbers), head)
        stored = _stored(record)
        prepared = stored.pop("preparation")
        stored["preparation"] = preparations.setdefault(prepared, len(preparations))
        stored["signature"] = signatures.setdefault(key, len(signatures))
        designs.append(stored)
    document = {
        "versions": dict(versions),
        "names": list(names),
        "shapes": list(shapes),
        "shapes_a_name": [len(of_name) for of_name in names.values()],
        "shape_of": [number for of_name in names.values() for number in of_name.values()],
        "signatures": [{"features": _steps(numbers), "head": head} for numbers, head in signatures],
        "preparations": list(preparations),
        "designs": designs,
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def _steps(numbers: Sequence[int]) -> list[int]:
    return [after - before for before, after in zip((0, *numbers), numbers, strict=False)]


def _stored(record: DesignRecord) -> dict[str, Any]:
    """The fields that are not as they usually are."""
    stored: dict[str, Any] = {
        "name": record.name,
        "library": record.library,
        "made_as": record.made_as,
        "title": record.title,
        "family": record.family,
        "input_size": record.input_size,
    }
    prepared = record.preparation
    stored["preparation"] = prepared and (
        prepared.resize,
        prepared.crop,
        prepared.interpolation,
        prepared.mean,
        prepared.std,
    )
    if record.channels is not None:
        stored["channels"] = record.channels
    if record.options:
        stored["options"] = dict(record.options)
    if record.left_aside:
        stored["left_aside"] = record.left_aside
    if record.notes:
        stored["notes"] = record.notes
    return stored
