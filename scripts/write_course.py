"""Writes docs/learn.md: the chapters, and for each thing of the notes where it is live.

Run it after a chapter says something else about what can be seen in it: `make course`.
"""

from collections.abc import Iterator
from pathlib import Path

from app.web.learn.chapters import CHAPTERS, Chapter
from app.web.learn.items import ITEMS, Item, sections_by_item
from app.web.learn.sections import Section

DOCUMENT = Path(__file__).parents[1] / "docs" / "learn.md"

_HEAD = """\
# Learn

The course is at `/learn`: chapters of one question each, answered by something that moves under the
hand. It grew from notes on convolutional networks; at the end of this page stands for each concept,
formula and figure of them where it is live. `make course` writes this page from the chapters.

*Embed* in the corner of an interaction has the lines that put it into the page of a course, in a
frame, as it stands: `?embed=` and the id of its section behind the chapter's address leave it alone
beneath the question, and `?embed=1` all interactions of the chapter. `CONVSCOPE_FRAME_ANCESTORS`
names the origins whose pages may do so. What was moved, chosen and guessed stands in the address,
so that a lecturer can send a chapter as it should open.

Gradients and training are computed on the server by `models/scratch/` alone, through
`POST /api/v1/learn/...`; those of real networks by torch. How to add a chapter stands in
[how it is built](architecture.md#recipes).

"""


def document() -> str:
    """The text of docs/learn.md."""
    shown = sections_by_item()
    places = {item.number: _places(item, shown[item.number]) for item in ITEMS}
    lines = [
        *("| | chapter | question |", "|---|---|---|"),
        *(_line(chapter) for chapter in CHAPTERS),
        "",
        "## The notes, thing by thing",
        "",
        *_table(places),
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _line(chapter: Chapter) -> str:
    return f"| {chapter.number} | {chapter.title}: `/learn/{chapter.slug}` | {chapter.question} |"


def _table(places: dict[int, str]) -> Iterator[str]:
    yield "| | | where |"
    yield "|---|---|---|"
    part = None
    for item in ITEMS:
        if item.part != part:
            part = item.part
            yield f"| | **{part}** | |"
        yield f"| {item.number} | {item.name} | {places[item.number]} |"


def _places(item: Item, sections: list[Section]) -> str:
    shown = [
        f"{section.heading} (`/learn/{section.chapter.slug}#{section.id}`)" for section in sections
    ]
    return "; ".join([*shown, *([item.elsewhere] if item.elsewhere else [])])


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
