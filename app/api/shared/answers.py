"""How a question about a network is answered: in its forms, under an ETag, or step by step.

What is answered never changes: the same model, picture and parameters give the same bytes. So each
answer has an ETag made of what was asked, and a client that holds it is told so before anything is
computed.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from app.api.shared.asked import Asked, AskedLayer, signature_with_preparation
from app.compute.inspection_work import Watch, WorkResult
from app.compute.long_work import WorkProgress, result_of
from app.compute.pool import while_connected
from app.web.events import Event, documented_events, event_stream
from app.web.http_cache import cache_headers, entity_tag, not_modified
from app.web.json_answers import JSONResponse
from app.web.problems import documented

Result = TypeVar("Result", bound=WorkResult)

_OCTETS = "application/octet-stream"
_MEDIA_TYPES = {"npy": _OCTETS, "u8": _OCTETS, "png": "image/png"}
BINARY = {"schema": {"type": "string", "format": "binary"}}
_EVENTS_EXAMPLE = 'event: running\ndata: {"done": 4, "total": 19}\n\n'
_MODEL_PROBLEMS = ("unknown-model", "not-exportable", "busy", "invalid-parameter")
_WEIGHT_PROBLEMS = ("weights-unavailable", "weights-damaged", "model-too-large")


@dataclass(frozen=True)
class Saved:
    """A file that a browser saves under a name instead of showing it."""

    data: bytes
    name: str


Document = Mapping[str, Any] | BaseModel
Answer = Document | bytes | Saved
Route = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True, eq=False)
class Watched(Generic[Result]):
    """Long work, and what its events tell.

    Attributes:
        progress: of the work; closed with the stream.
        document: of the result, for the last event, which is named `done`.
        running: of the progress, for those before it.
    """

    progress: Watch[Result]
    document: Callable[[Result], Document]
    running: Callable[[WorkProgress[Result]], Mapping[str, Any]] = lambda progress: {
        "done": progress.done,
        "total": progress.total,
    }

    async def end(self) -> Mapping[str, Any]:
        """What the last event tells, for those who only wait for it."""
        return await self.told(await result_of(self.progress))

    async def told(self, result: Result) -> Mapping[str, Any]:
        """The document of the result, made beside the event loop: it may count a whole map.

        Not on the compute pool, which may be full: what has been computed is told.
        """
        return await asyncio.to_thread(lambda: _plain(self.document(result)))


def answers(
    router: APIRouter,
    path: str,
    *,
    document: type[BaseModel] | None = None,
    forms: tuple[str, ...] = (),
    problems: tuple[str, ...] = (),
    needs_weights: bool = True,
    **documentation: Any,
) -> Callable[[Route], Route]:
    """Register a GET about a network; the function returns a document, bytes or `Saved`.

    It takes `asked`, `query` (a pydantic model, whose `format` is the form unless that is JSON) and
    further parts of the path. When it is called, its picture, `query.image`, is known to be kept,
    and `asked.entry` prepares pictures as the client wants. It is given up when the client leaves.

    Args:
        router: of the resource.
        path: as FastAPI takes it.
        document: schema of the JSON; None where there is no such form.
        forms: others, of `npy`, `u8`, `png`.
        problems: that it may answer with besides those of every such question.
        needs_weights: False where the design alone is asked.
        documentation: `summary` and `description` for the API's documentation.
    """

    def register(function: Route) -> Route:
        @wraps(function)
        async def route(*, asked: Asked, query: BaseModel, **place: Any) -> Response:
            asked.look_up(query)
            layer_id = asked.layer_id if isinstance(asked, AskedLayer) else ""
            asked_for = query.model_dump(), tuple(place.items())
            tag = entity_tag(function.__name__, asked.entry.key, layer_id, asked_for)
            if unchanged := not_modified(asked.request, tag):
                return unchanged
            answer = await while_connected(
                asked.request, function(asked=asked, query=query, **place)
            )
            return not_modified(asked.request, tag, exists=True) or _response(
                answer, getattr(query, "format", "npy"), cache_headers(tag)
            )

        vars(route)["__signature__"] = signature_with_preparation(function)
        content = {_MEDIA_TYPES[form]: BINARY for form in forms}
        found: dict[str, Any] = {"model": document} if document else {}
        router.get(
            path,
            responses={
                200: {**found, "content": content} if content else found,
                **documented(*_problems_of(path, function, problems, needs_weights=needs_weights)),
            },
            response_model=None,
            response_class=JSONResponse if document else Response,
            **documentation,
        )(route)
        return function

    return register


def watches(
    router: APIRouter,
    path: str,
    *,
    problems: tuple[str, ...] = (),
    running: str = "`running` with `done` and `total`",
    **documentation: Any,
) -> Callable[[Callable[..., Awaitable[Watched[Any]]]], Callable[..., Awaitable[Watched[Any]]]]:
    """Register the events of long work about a network; the function returns `Watched`.

    Args:
        router: of the resource.
        path: of the resource itself, below which the events stand.
        problems: that it may answer with besides those of every such question.
        running: what the events before the last are named and carry, in words.
        documentation: `summary` and the like for the API's documentation.
    """

    def register(
        function: Callable[..., Awaitable[Watched[Any]]],
    ) -> Callable[..., Awaitable[Watched[Any]]]:
        @wraps(function)
        async def route(*, asked: Asked, query: BaseModel, **place: Any) -> StreamingResponse:
            asked.look_up(query)
            return await event_stream(_events(await function(asked=asked, query=query, **place)))

        vars(route)["__signature__"] = signature_with_preparation(function)
        slugs = ("time-limit", *problems)
        router.get(
            f"{path}/events",
            description=(
                f"Server-sent events: {running}, then `done` with the document of the resource "
                "itself, or `problem`. Closing the stream gives the work up, unless somebody else "
                "waits for it."
            ),
            responses={
                200: documented_events(_EVENTS_EXAMPLE),
                **documented(*_problems_of(path, function, slugs, needs_weights=True)),
            },
            response_model=None,
            response_class=StreamingResponse,
            **documentation,
        )(route)
        return function

    return register


def _problems_of(
    path: str, function: Callable[..., Any], more: tuple[str, ...], *, needs_weights: bool
) -> tuple[str, ...]:
    query = inspect.signature(function).parameters["query"].annotation.__origin__
    layer = ("unknown-layer",) if "{layer_id}" in path else ()
    image = ("unknown-image",) if "image" in query.model_fields else ()
    weights = _WEIGHT_PROBLEMS if needs_weights else ()
    return (*_MODEL_PROBLEMS, *layer, *image, *weights, *more)


def _response(answer: Answer, form: str, headers: dict[str, str]) -> Response:
    if isinstance(answer, Mapping | BaseModel):
        return JSONResponse(_plain(answer), headers=headers)
    if isinstance(answer, Saved):
        headers = {**headers, "Content-Disposition": f'attachment; filename="{answer.name}"'}
        answer = answer.data
    return Response(answer, media_type=_MEDIA_TYPES[form], headers=headers)


def _plain(document: Document) -> Mapping[str, Any]:
    if isinstance(document, BaseModel):
        return document.model_dump(by_alias=True)
    return document


async def _events(watched: Watched[Result]) -> AsyncGenerator[Event, None]:
    async with aclosing(watched.progress) as progress:
        async for each in progress:
            if each.result is None:
                yield "running", watched.running(each)
            else:
                yield "done", await watched.told(each.result)
