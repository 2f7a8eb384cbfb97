#!/usr/bin/env python3
"""Writes the table of docs/own-networks.md: networks as people have them, and what each shows.

Every one is exported with `convscope.export`, read back, and held against the person's own module:
what it returns, the outputs of its modules as hooks see them, and every layer against what torch
computed. The networks stand in tests/convscope/own_networks.py, and the tests hold the same.
"""

import re
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for folder in ("tests/inspection", "tests/convscope"):
    sys.path.insert(0, str(ROOT / folder))

from bundle_reading import read_bundle  # noqa: E402
from holding import hold  # noqa: E402
from own_networks import NETWORKS, Own, built, reference  # noqa: E402

import convscope  # noqa: E402

DOCUMENT = ROOT / "docs" / "own-networks.md"
_BEGIN, _END = "<!-- table: scripts/own_networks.py -->\n", "<!-- end of the table -->\n"
_HEAD = (
    "| network | shows | layers | as torch computes them | modules equal to hooks | largest "
    "difference of what it returns |\n|---|---|---|---|---|---|\n"
)


def main() -> int:
    """Write the table; 1 if a network is not what it should be."""
    lines, wrong = [], []
    for own in NETWORKS:
        line, is_right = _line(own)
        print(line.strip(), flush=True)
        lines.append(line)
        if not is_right:
            wrong.append(own.title)
    opened = [line for line in lines if "refused" not in line]
    count = (
        f"{len(opened)} of {len(lines)} open; {len(lines) - len(opened)} are refused in words.\n"
    )
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text.split(_BEGIN)[0], text.split(_END)[1]
    table = f"{_BEGIN}{count}\n{_HEAD}{''.join(lines)}{_END}"
    DOCUMENT.write_text(before + table + after, encoding="utf-8")
    for title in wrong:
        print(f"NOT RIGHT: {title}", file=sys.stderr)
    return 1 if wrong else 0


def _line(own: Own) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            place = convscope.export(built(own), Path(folder) / "it", input_shape=own.shape)
        except convscope.ExportError as error:
            is_right = bool(own.refused and re.search(own.refused, str(error)))
            return f"| {own.title} | refused: {_plain(str(error))} | | | | |\n", is_right
        bundle = read_bundle(place)
    held = hold(bundle.graph, reference(own), own.shape, own.shown)
    difference = "0" if held.difference == 0 else f"{held.difference:.0e}"
    line = (
        f"| {own.title} | {_shown(bundle.card)} | {held.layers} | {held.equal_layers} | "
        f"{held.equal_modules} of {held.modules} | {difference} |\n"
    )
    return line, held.is_equal and not own.refused


def _shown(card: dict) -> str:
    shape = " x ".join(str(length) for length in card["output"]["shape"])
    if card["classes"]:
        shown = f"{card['classes']} scores"
    elif len(card["output"]["shape"]) == 1:
        shown = f"{shape} features"
    else:
        shown = f"maps, {shape}"
    if card["output"]["of"] is not None:
        shown += f" (`{card['output']['of']}`)"
    usual = "It was in training mode"
    notes = [note for note in card["notes"] if not note.startswith((usual, "Of several"))]
    return " ".join((f"{shown}.", *notes)) if notes else shown


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
