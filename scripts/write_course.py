"""Writes docs/learn.md: the chapters, and for each thing of the notes where it is live.

Run it after a chapter says something else about what can be seen in it: `make course`.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.web.learn.chapters import CHAPTERS, Chapter
from app.web.learn.items import ITEMS, Item

DOCUMENT = Path(__file__).parents[1] / "docs" / "learn.md"

_HEAD = """\
# Learn

The course is at `/learn`: chapters of one question each, answered by something that moves under the
hand. It grew from notes on convolutional networks; at the end of this page stands for each concept,
formula and figure of them where it is live. `make course` writes this page from the chapters.

`?embed=1` behind a chapter's address leaves its interactions alone, for a frame in the page of a
course; `CONVSCOPE_FRAME_ANCESTORS` names the origins whose pages may do so. What was moved, chosen
and guessed stands in the address, so that a lecturer can send a chapter as it should open.

Gradients and training are computed on the server by `models/scratch/` alone, through
`POST /api/v1/learn/...`; those of real networks by torch. How to add a chapter stands in
[how it is built](architecture.md#recipes).

"""


class _Sections(HTMLParser):
    """The sections of a chapter's page that say what can be seen in them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[int]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        given = dict(attrs)
        if items := given.get("data-items"):
            self.found.append((given.get("id") or "", [int(each) for each in items.split()]))


def live_items(page: str) -> dict[int, str]:
    """By the number of an item the id of the first section that shows it."""
    reader = _Sections()
    reader.feed(page)
    live: dict[int, str] = {}
    for section, numbers in reader.found:
        for number in numbers:
            live.setdefault(number, section)
    return live


def document(pages: dict[str, str]) -> str:
    """The text of docs/learn.md.

    Args:
        pages: the HTML of each written chapter by its slug.
    """
    live = {slug: live_items(page) for slug, page in pages.items()}
    rows = [_row(item, live) for item in ITEMS]
    count = sum(not row.endswith("not yet |") for row in rows)
    lines = [
        *("| | chapter | question |", "|---|---|---|"),
        *(_line(chapter) for chapter in CHAPTERS),
        "",
        "## The notes, thing by thing",
        "",
        f"{count} of {len(ITEMS)} are live.",
        "",
        *_table(rows),
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _line(chapter: Chapter) -> str:
    slug = f"`/learn/{chapter.slug}`" if chapter.is_written else "not written yet"
    return f"| {chapter.number} | {chapter.title}: {slug} | {chapter.question} |"


def _table(rows: list[str]) -> Iterator[str]:
    yield "| | | where |"
    yield "|---|---|---|"
    part = None
    for item, row in zip(ITEMS, rows, strict=True):
        if item.part != part:
            part = item.part
            yield f"| | **{part}** | |"
        yield row


def _row(item: Item, live: dict[str, dict[int, str]]) -> str:
    # Its own chapter first.
    slugs = sorted(live, key=lambda slug: (slug != item.chapter, _number(slug)))
    shown = [
        f"`/learn/{slug}#{live[slug][item.number]}`" for slug in slugs if item.number in live[slug]
    ]
    where = "; ".join([*shown, *([item.elsewhere] if item.elsewhere else [])])
    return f"| {item.number} | {item.name} | {where or f'chapter `{item.chapter}`, not yet'} |"


def _number(slug: str) -> int:
    return next(chapter.number for chapter in CHAPTERS if chapter.slug == slug)


def written_pages(client: TestClient) -> dict[str, str]:
    """The pages of the written chapters, as the server sends them."""
    written = [chapter for chapter in CHAPTERS if chapter.is_written]
    return {chapter.slug: client.get(f"/learn/{chapter.slug}").text for chapter in written}


if __name__ == "__main__":
    # Not entered: pages need no network.
    client = TestClient(create_app(Settings()), base_url="http://127.0.0.1")
    DOCUMENT.write_text(document(written_pages(client)), encoding="utf-8")
