"""The sections of the chapters, as their templates have them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.web.learn.chapters import TEMPLATES, Chapter

_SECTION = re.compile(
    r'section\("(?P<id>[\w-]+)", "(?P<heading>[^"]+)"'
    r'(?:, items="(?P<items>[\d ]+)")?(?P<stage>, stage=true)?\)'
)


@dataclass(frozen=True)
class Section:
    """A part of a chapter.

    Attributes:
        chapter: whose it is.
        id: its name in the page, and in the address of the chapter where it stands alone.
        heading: over it.
        items: numbers of what of the notes can be seen there.
        is_stage: it is an interaction, which can stand in the page of somebody's course.
    """

    chapter: Chapter
    id: str
    heading: str
    items: tuple[int, ...]
    is_stage: bool


def sections_of(chapter: Chapter) -> tuple[Section, ...]:
    """The sections of a chapter, in the order of its template."""
    path = TEMPLATES / chapter.template
    known = path.stat()
    return _read(chapter, path, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=32)
def _read(chapter: Chapter, path: Path, changed_ns: int, size_bytes: int) -> tuple[Section, ...]:
    """The sections of a template, read anew once it has changed."""
    del changed_ns, size_bytes
    return tuple(
        Section(
            chapter,
            found["id"],
            found["heading"],
            tuple(int(number) for number in (found["items"] or "").split()),
            found["stage"] is not None,
        )
        for found in _SECTION.finditer(path.read_text(encoding="utf-8"))
    )
