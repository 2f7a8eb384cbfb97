"""Which pictures an atlas is of, and in which parts they are gone through."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property

# Of pictures in one part: seconds of work, which is what a kill costs.
SHARD_PICTURES = 256


@dataclass(frozen=True)
class AtlasPicture:
    """One picture.

    Attributes:
        path: below the folder, with `/` between folders; of a data set, the name it gives it.
        size_bytes: of the file.
        sha256: of the file, hexadecimal.
        class_name: the folder that it lies in, or what the data set says it shows; None if neither.
    """

    path: str
    size_bytes: int
    sha256: str
    class_name: str | None


@dataclass(frozen=True)
class LeftOut:
    """A file that an atlas knows nothing of, and why: one sentence."""

    path: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """The pictures of an atlas, each content once.

    Attributes:
        pictures: by their hashes: a lower index is a lower hash, which is how ties are broken.
        left_out: what was there besides, by path.
    """

    pictures: tuple[AtlasPicture, ...]
    left_out: tuple[LeftOut, ...] = ()

    @classmethod
    def of(cls, found: Iterable[AtlasPicture], left_out: Iterable[LeftOut] = ()) -> "Manifest":
        """The manifest of pictures in any order; of one content, the first by path stands."""
        kept: dict[str, AtlasPicture] = {}
        left = list(left_out)
        for picture in sorted(found, key=lambda each: each.path):
            first = kept.setdefault(picture.sha256, picture)
            if first is not picture:
                left.append(LeftOut(picture.path, f"It is the same file as {first.path}."))
        pictures = sorted(kept.values(), key=lambda each: each.sha256)
        return cls(tuple(pictures), tuple(sorted(left, key=lambda each: each.path)))

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Of all classes, sorted."""
        return tuple(sorted({each.class_name for each in self.pictures if each.class_name}))

    @cached_property
    def classes(self) -> tuple[int | None, ...]:
        """The place of each picture's class in `class_names`."""
        places = {name: place for place, name in enumerate(self.class_names)}
        return tuple(
            None if each.class_name is None else places[each.class_name] for each in self.pictures
        )

    @cached_property
    def shards(self) -> tuple[tuple[int, ...], ...]:
        """Indices of pictures, rising, in parts of `SHARD_PICTURES`; a class lies in few of them.

        What is known of a class is kept for each part in which it occurs.
        """
        order = sorted(
            range(len(self.pictures)),
            key=lambda index: (self.pictures[index].class_name or "", index),
        )
        return tuple(
            tuple(sorted(order[start : start + SHARD_PICTURES]))
            for start in range(0, len(order), SHARD_PICTURES)
        )

    @cached_property
    def key(self) -> str:
        """SHA-256 of what the numbers depend on: contents and classes, wherever the files lie."""
        known = [[each.sha256, each.class_name] for each in self.pictures]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    def to_json(self) -> bytes:
        """The same bytes for the same manifest."""
        known = {
            "pictures": [asdict(each) for each in self.pictures],
            "left_out": [asdict(each) for each in self.left_out],
        }
        return (json.dumps(known, ensure_ascii=False, indent=1) + "\n").encode()
