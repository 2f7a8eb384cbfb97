"""The names of classes from a file that a person has beside their weights."""

import csv
import json
import re
from typing import Any, Final, NoReturn

from models.checkpoints.class_names import LONGEST_NAME, MOST_NAMES, is_name
from models.checkpoints.contents import shown
from models.errors import LabelsRefusedError

MOST_BYTES: Final = 2**20

# "0 tench", "0: tench", "0, tench", each of which may count from 0 or from 1.
_PLACE_FIRST: Final = re.compile(r"(\d{1,6})\s*[:,;\t ]\s*(\S.*)")
# "n01440764 tench": a set of synonyms of WordNet.
_SYNSET_FIRST: Final = re.compile(r"n\d{8}\s*[:,;\t ]\s*(\S.*)")
_TOO_LONG: Final = f"names of up to {LONGEST_NAME} characters are read"


def read_labels(data: bytes, name: str) -> tuple[str, ...]:
    """The names of the classes in their order, out of a text, JSON or CSV file.

    A text has a name a line. Where every line begins with the place of the class, or with its
    number in WordNet, that is taken off. JSON is a list of names, or an object from place to name
    or from name to place. CSV has the place and the name in two columns, of which a first row may
    tell.

    Args:
        data: the file.
        name: what it is called, for messages and for nothing else.

    Raises:
        LabelsRefusedError: it names no classes.
    """
    file = shown(name.rsplit("/", 1)[-1], 60) or "The file"
    if len(data) > MOST_BYTES:
        _refuse(file, f"has {len(data):,} bytes; names of classes are read from {MOST_BYTES:,}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelsRefusedError(
            f"{file} is no text in UTF-8; save it as such, with one name a line."
        ) from error
    names = _names(file, text)
    if not names:
        _refuse(file, "names no classes: it is empty")
    if len(names) > MOST_NAMES:
        _refuse(file, f"names {len(names):,} classes; up to {MOST_NAMES:,} are read")
    for place, found in enumerate(names):
        if not is_name(found):
            _refuse(file, f"calls class {place} {_wrong(found)}")
    return tuple(names)


def _wrong(found: Any) -> str:
    if not isinstance(found, str):
        return f"{shown(str(found), 40)}, which is no text"
    if not found:
        return "nothing: its name is empty"
    if len(found) > LONGEST_NAME:
        return f"by {len(found):,} characters; {_TOO_LONG}"
    return f"{shown(found, 40)}, with characters that cannot be shown"


def _names(file: str, text: str) -> list[Any]:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return _from_json(file, json.loads(text, object_pairs_hook=_pairs))
        except (ValueError, RecursionError) as error:
            raise LabelsRefusedError(f"{file} begins like JSON and is none ({error}).") from error
    lines = [line.strip() for line in text.rstrip().replace("\r\n", "\n").split("\n")]
    if not any(lines):
        return []
    return _from_table(file, lines) or _without_places(file, lines)


class _Pairs(list[tuple[str, Any]]):
    """The fields of an object, each as often as it stands there."""


def _pairs(pairs: list[tuple[str, Any]]) -> _Pairs:
    return _Pairs(pairs)


def _from_json(file: str, content: Any) -> list[Any]:
    if not isinstance(content, _Pairs):
        return list(content)
    for key in ("id2label", "label2id", "labels", "label_names", "classes", "names"):
        inner = dict(content).get(key)
        if isinstance(inner, list) and inner:
            return _from_json(file, inner)
    if all(isinstance(value, int) and not isinstance(value, bool) for _, value in content):
        return _in_places(file, [(place, name) for name, place in content])
    if all(re.fullmatch(r"\d{1,6}", key) for key, _ in content):
        # Keras writes {"0": ["n01440764", "tench"]}.
        named = [(int(key), value[-1] if _is_synset(value) else value) for key, value in content]
        return _in_places(file, named)
    return _refuse(
        file,
        "is an object in JSON that goes neither from places to names nor from names to places",
    )


def _is_synset(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, _Pairs) and len(value) == 2


def _from_table(file: str, lines: list[str]) -> list[Any] | None:
    """The names of a table with a column of places; None if it is none."""
    for separator in (",", ";", "\t"):
        if not all(separator in line for line in lines):
            continue
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
        width = len(rows[0])
        if width < 2 or any(len(row) != width for row in rows):
            continue
        for order in ((0, 1), (1, 0)):
            body = rows if rows[0][order[0]].isdecimal() else rows[1:]
            pairs = [(row[order[0]], row[order[1]]) for row in body]
            if pairs and all(re.fullmatch(r"\d{1,6}", place) for place, _ in pairs):
                return _in_places(file, [(int(place), name) for place, name in pairs])
    return None


def _without_places(file: str, lines: list[str]) -> list[Any]:
    placed = [_PLACE_FIRST.fullmatch(line) for line in lines]
    if all(placed):
        pairs = [(int(found[1]), found[2].strip()) for found in placed if found]
        if {place for place, _ in pairs} in (_from(0, len(pairs)), _from(1, len(pairs))):
            return _in_places(file, pairs)
    numbered = [_SYNSET_FIRST.fullmatch(line) for line in lines]
    if all(numbered):
        return [found[1].strip() for found in numbered if found]
    return list(lines)


def _from(first: int, count: int) -> set[int]:
    return set(range(first, first + count))


def _in_places(file: str, pairs: list[tuple[int, Any]]) -> list[Any]:
    """The names in the order of their places, which begin at 0 or 1 and leave none out."""
    by_place = dict(pairs)
    first = min(by_place, default=0)
    if len(by_place) != len(pairs):
        _refuse(file, "gives one place to two classes")
    if first not in (0, 1) or by_place.keys() != _from(first, len(pairs)):
        _refuse(file, f"leaves places out: it names {len(pairs):,} classes, not counted from 0")
    return [by_place[place] for place in sorted(by_place)]


def _refuse(file: str, what: str) -> NoReturn:
    raise LabelsRefusedError(f"{file} {what}.")
