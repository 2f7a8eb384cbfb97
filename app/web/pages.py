"""The HTML pages; everything on them comes from the same API that programs call."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web.http_cache import VERSION

_ROOT = Path(__file__).parents[2]
_STATIC = _ROOT / "static"

router = APIRouter(include_in_schema=False)
_templates = Jinja2Templates(directory=_ROOT / "templates")


@cache
def _asset(path: str) -> str:
    digest = hashlib.sha256((_STATIC / path).read_bytes()).hexdigest()
    return f"/static/{path}?v={digest[:12]}"


def _page(request: Request, template: str) -> HTMLResponse:
    context: dict[str, Any] = {"version": VERSION, "asset": _asset}
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


class RevalidatedFiles(StaticFiles):
    """Static files that a browser asks for again each time, and mostly gets a 304."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def static_files() -> RevalidatedFiles:
    """The application that serves `static/`."""
    return RevalidatedFiles(directory=_STATIC)
