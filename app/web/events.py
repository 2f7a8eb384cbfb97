"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

`fastapi.sse` is not used: it answers 200 before the first event, though what goes wrong until then
is a problem with its own status; it has no event for what goes wrong later; it writes NaN.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from fastapi.responses import StreamingResponse

from app.web.json_answers import SPACED, encoded_json
from app.web.problems import document_of, problem_of_any

# An event's name and its document.
Event = tuple[str, Mapping[str, Any]]

# As the specification advises: proxies close what is silent for longer.
KEEP_ALIVE_S = 15.0
_COMMENT = ": still here\n\n"
_MEDIA_TYPE = "text/event-stream"


async def event_stream(events: AsyncGenerator[Event, None]) -> StreamingResponse:
    """The events as they come, in an answer that ends with them.

    What goes wrong before the first event is raised, and so answered as a problem; what goes wrong
    after it is the last event, named `problem`, with the same document. Where nothing happens for
    `KEEP_ALIVE_S` a comment is sent. A client that leaves ends the iterator.
    """
    first = await anext(events, None)

    async def lines() -> AsyncIterator[str]:
        if first is None:
            return
        async with aclosing(events):
            yield _encoded(first)
            try:
                async with aclosing(_with_silences(events)) as later:
                    async for event in later:
                        yield _COMMENT if event is None else _encoded(event)
            except Exception as error:  # noqa: BLE001  the status is sent: this is the only way
                yield _encoded(("problem", document_of(problem_of_any(error))))

    return StreamingResponse(lines(), media_type=_MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def documented_events(example: str) -> dict[str, Any]:
    """The response of a route in OpenAPI that answers with events such as these."""
    return {"content": {_MEDIA_TYPE: {"schema": {"type": "string"}, "example": example}}}


async def _with_silences(
    events: AsyncGenerator[Event, None],
) -> AsyncGenerator[Event | None, None]:
    """The events, and None after each `KEEP_ALIVE_S` without one."""
    while True:
        coming = asyncio.ensure_future(anext(events, None))
        try:
            while not (await asyncio.wait({coming}, timeout=KEEP_ALIVE_S))[0]:
                yield None
        finally:
            # Nobody may close the iterator while it is under way.
            coming.cancel()
            await asyncio.wait({coming})
        event = coming.result()
        if event is None:
            return
        yield event


def _encoded(event: Event) -> str:
    name, document = event
    return f"event: {name}\ndata: {encoded_json(document, SPACED).decode()}\n\n"
