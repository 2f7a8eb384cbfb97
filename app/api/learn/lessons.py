"""How a lesson's computation is asked for and answered: at once, or step by step.

What is asked is a JSON body and nothing else: no model, no picture, no state. Lessons are numpy on
a worker, never on the event loop, and a client that leaves takes its computation with it.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app.compute.inspection_work import WorkKey
from app.compute.pool import while_connected
from app.inspection.progress import Progress
from app.services import ServicesDependency
from app.web.events import Event, documented_events, event_stream
from app.web.json_answers import JSONResponse
from app.web.problems import documented

Body = TypeVar("Body", bound=BaseModel)

_PROBLEMS = ("busy", "body-too-large", "request-timeout", "invalid-parameter")
_EVENTS_EXAMPLE = 'event: running\ndata: {"done": 4, "total": 19}\n\n'


@dataclass(frozen=True, eq=False)
class LessonResult:
    """The document at the end of a lesson that is watched, and what it weighs in the cache."""

    document: Mapping[str, Any]
    size_bytes: int


def lesson(
    router: APIRouter,
    path: str,
    *,
    document: type[BaseModel],
    problems: tuple[str, ...] = (),
    **documentation: Any,
) -> Callable[[Callable[[Body], BaseModel]], Callable[[Body], BaseModel]]:
    """Register a POST whose answer takes milliseconds; the function is called on a worker.

    Args:
        router: of the lesson.
        path: below the API's root.
        document: schema of the answer.
        problems: slugs of what may be wrong besides.
        documentation: `summary` and `description` for the API's documentation.
    """

    def register(function: Callable[[Body], BaseModel]) -> Callable[[Body], BaseModel]:
        async def route(body: Body, request: Request, services: ServicesDependency) -> JSONResponse:
            answer = await while_connected(request, services.quick.run(function, body))
            return JSONResponse(answer.model_dump(by_alias=True))

        _takes(route, function)
        router.post(
            path,
            tags=["learn"],
            response_model=None,
            responses={200: {"model": document}, **documented(*_PROBLEMS, *problems)},
            **documentation,
        )(route)
        return function

    return register


def watched_lesson(
    router: APIRouter,
    path: str,
    *,
    running: str,
    done: str,
    **documentation: Any,
) -> Callable[[Callable[[Body, Progress], LessonResult]], Callable[[Body, Progress], LessonResult]]:
    """Register a POST that is answered with server-sent events; the function reports as it works.

    Each report's preview, a mapping, is what the event carries besides `done` and `total`. Reports
    that come faster than they are read are skipped, so each must say everything so far. Who asks
    for the same watches the same computation.

    Args:
        router: of the lesson.
        path: below the API's root.
        running: what `running` events carry besides `done` and `total`, in words.
        done: what the last event carries, in words.
        documentation: `summary` for the API's documentation.
    """

    def register(
        function: Callable[[Body, Progress], LessonResult],
    ) -> Callable[[Body, Progress], LessonResult]:
        async def route(body: Body, services: ServicesDependency) -> StreamingResponse:
            key = WorkKey(function.__name__, "", details=body.model_dump_json())

            async def events() -> AsyncGenerator[Event, None]:
                watch = services.work.watch(key, lambda step: function(body, step))
                async with aclosing(watch) as progress:
                    async for each in progress:
                        if each.result is not None:
                            yield "done", each.result.document
                        elif each.total:
                            preview = each.preview or {}
                            yield "running", {"done": each.done, "total": each.total, **preview}

            return await event_stream(events())

        _takes(route, function)
        router.post(
            path,
            tags=["learn"],
            description=(
                f"Server-sent events: `running` with `done`, `total` and {running}, then `done` "
                f"with {done}, or `problem`. Closing the stream ends the computation."
            ),
            response_model=None,
            response_class=StreamingResponse,
            responses={
                200: documented_events(_EVENTS_EXAMPLE),
                **documented(*_PROBLEMS, "time-limit"),
            },
            **documentation,
        )(route)
        return function

    return register


def _takes(route: Callable[..., Any], function: Callable[..., Any]) -> None:
    """Call the route as the function is called, and read its body as the function's own type."""
    route.__name__ = function.__name__
    route.__annotations__["body"] = function.__annotations__["body"]
