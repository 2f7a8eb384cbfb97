"""The HTML pages; everything on them comes from the same API that programs call."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.types import ASGIApp

from app.web.http_cache import VERSION
from app.web.static_files import StaticTree, VersionedFiles

_ROOT = Path(__file__).parents[2]

router = APIRouter(include_in_schema=False)
_tree = StaticTree(_ROOT / "static")
_templates = Jinja2Templates(directory=_ROOT / "templates")


def _asset(path: str) -> str:
    # Beside the page, wherever a proxy has both.
    return f"static/{_tree.version}/{path}"


def _stylesheet(names: list[str]) -> str:
    return _asset(f"css/{'+'.join(names)}.css")


def _modules(script: str) -> list[str]:
    """The addresses of all that a page's script needs before it runs, itself the last."""
    return [_asset(module) for module in _tree.modules(f"js/{script}")]


def _page(request: Request, template: str) -> HTMLResponse:
    _tree.refresh()
    context: dict[str, Any] = {
        "version": VERSION,
        "asset": _asset,
        "stylesheet": _stylesheet,
        "modules": _modules,
    }
    return _templates.TemplateResponse(
        request, template, context, headers={"Cache-Control": "no-cache"}
    )


@router.get("/")
async def workspace(request: Request) -> HTMLResponse:
    return _page(request, "index.html")


@router.get("/docs")
async def documentation(request: Request) -> HTMLResponse:
    return _page(request, "docs.html")


@router.get("/fields")
async def receptive_fields(request: Request) -> HTMLResponse:
    return _page(request, "fields.html")


@router.get("/train")
async def training(request: Request) -> HTMLResponse:
    return _page(request, "train.html")


@router.get("/compare")
async def comparison(request: Request) -> HTMLResponse:
    return _page(request, "compare.html")


def static_files() -> ASGIApp:
    """The application that serves `static/`."""
    return VersionedFiles(_tree)
