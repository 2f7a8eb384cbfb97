"""The HTML pages; everything on them comes from the same API that programs call."""

import asyncio
from collections.abc import Mapping
from difflib import get_close_matches
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from app.web.http_cache import VERSION
from app.web.learn.chapters import CHAPTERS, TEMPLATES, chapter_named, neighbours
from app.web.learn.formulas import formula, mathematics
from app.web.learn.items import ITEMS, sections_by_item
from app.web.learn.sections import sections_of
from app.web.learn.terms import TERMS, glossary
from app.web.reference import groups_of
from app.web.security import MAY_BE_FRAMED, framed_by
from app.web.static_files import StaticTree, VersionedFiles

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_ROOT = Path(__file__).parents[2]

# The pages that somebody may have meant, by their address.
_ADDRESSES = {
    "/learn": "The course",
    "/train": "Training",
    "/compare": "Beside each other",
    "/fields": "Receptive fields",
    "/docs": "HTTP interface",
    **{f"/learn/{each.slug}": each.question for each in CHAPTERS},
}

router = APIRouter(include_in_schema=False)
_tree = StaticTree(_ROOT / "static")
_templates = Jinja2Templates(directory=TEMPLATES)
_templates.env.globals |= {"formula": formula, "mathematics": mathematics}


def _page(
    request: Request,
    template: str,
    root: str = "./",
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] = _NO_HEADERS,
    **more: Any,
) -> HTMLResponse:
    """A page, with addresses relative to it, wherever a proxy has it.

    Args:
        request: that asks for it.
        template: its file.
        root: the way from the page up to the microscope's.
        status: of the answer.
        headers: of the answer, besides that it is asked for anew each time.
        more: what the template takes besides.
    """
    _tree.refresh()

    def asset(path: str) -> str:
        return f"{root.removeprefix('./')}static/{_tree.version}/{path}"

    def stylesheet(names: list[str]) -> str:
        return asset(f"css/{'+'.join(names)}.css")

    def modules(script: str) -> list[str]:
        """The addresses of all that a page's script needs before it runs, itself the last."""
        return [asset(module) for module in _tree.modules(f"js/{script}")]

    context: dict[str, Any] = {
        "version": VERSION,
        "root": root,
        "page_path": request.scope["path"],
        "asset": asset,
        "stylesheet": stylesheet,
        "modules": modules,
        "is_embedded": False,
        **more,
    }
    return _templates.TemplateResponse(
        request,
        template,
        context,
        status_code=int(status),
        headers={"Cache-Control": "no-cache", **headers},
    )


@router.get("/")
async def workspace(request: Request) -> HTMLResponse:
    return _page(request, "index.html", glossary=glossary())


@router.get("/docs")
async def documentation(request: Request) -> HTMLResponse:
    # The document takes a second to be made, once.
    document = await asyncio.to_thread(request.app.openapi)
    return _page(request, "docs.html", groups=groups_of(document))


@router.get("/fields")
async def receptive_fields(request: Request) -> HTMLResponse:
    return _page(request, "fields.html")


@router.get("/train")
async def training(request: Request) -> HTMLResponse:
    return _page(request, "train.html", glossary=glossary())


@router.get("/compare")
async def comparison(request: Request) -> HTMLResponse:
    return _page(request, "compare.html")


@router.get("/learn")
async def course(request: Request) -> HTMLResponse:
    shown = sections_by_item()
    parts = [
        (part, [(item, shown[item.number]) for item in items if shown[item.number]])
        for part, items in groupby(ITEMS, key=lambda item: item.part)
    ]
    terms = sorted(TERMS, key=lambda term: term.name.lower())
    return _page(request, "learn/index.html", chapters=CHAPTERS, parts=parts, terms=terms)


@router.get("/learn/{slug}")
async def chapter(request: Request, slug: str, embed: str | None = None) -> HTMLResponse:
    """A chapter; with `embed` its interactions alone, for a frame in the page of a course.

    `embed` may name one of them by the id of its section. To be there is enough for it, whatever
    else it says: as for the page's own scripts.
    """
    is_embedded = embed is not None
    found = chapter_named(slug)
    if found is None:
        raise HTTPException(404)
    before, after = neighbours(found)
    answer = _page(
        request,
        found.template,
        root="../",
        chapter=found,
        chapters=CHAPTERS,
        before=before,
        after=after,
        is_embedded=is_embedded,
        embedded_stage=next(
            (each.id for each in sections_of(found) if each.is_stage and each.id == embed), None
        ),
    )
    # Beneath the address of a session every page may be framed, and by any other.
    if is_embedded and MAY_BE_FRAMED not in request.scope:
        answer.headers.update(framed_by(request.app.state.frame_ancestors))
    return answer


def refusal(
    request: Request, status: HTTPStatus, detail: str, headers: Mapping[str, str]
) -> HTMLResponse:
    """The page for a person at an address that has none, or that takes no such request.

    Args:
        request: that is refused.
        status: 404 or 405.
        detail: what the problem document would say.
        headers: of the answer.
    """
    path = request.scope["path"]
    is_missing = status is HTTPStatus.NOT_FOUND
    near = get_close_matches(path.lower(), _ADDRESSES, n=1) if is_missing else []
    return _page(
        request,
        "refusal.html",
        # However deep it lies, its links lead to this server's pages.
        root="../" * (path.count("/") - 1) or "./",
        status=status,
        headers={**headers, "Cache-Control": "no-store"},
        is_missing=is_missing,
        path=path,
        detail=detail,
        chapter_count=len(CHAPTERS),
        near=[(each.removeprefix("/"), _ADDRESSES[each]) for each in near],
    )


def static_files() -> ASGIApp:
    """The application that serves `static/`."""
    return VersionedFiles(_tree)
