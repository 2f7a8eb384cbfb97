"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from fastapi.responses import StreamingResponse

from app.json_answers import SPACED, encoded_json
from app.problems import document_of, problem_of_any

# An event's name and its document.
Event = tuple[str, Mapping[str, Any]]


async def event_stream(events: AsyncGenerator[Event, None]) -> StreamingResponse:
    """The events as they come, in an answer that ends with them.

    What goes wrong before the first event is raised, and so answered as a problem; what goes wrong
    after it is the last event, named `problem`, with the same document. A client that leaves ends
    the iterator.
    """
    first = await anext(events, None)

    async def lines() -> AsyncIterator[bytes]:
        if first is None:
            return
        async with aclosing(events):
            yield _encoded(first)
            try:
                async for event in events:
                    yield _encoded(event)
            except Exception as error:  # noqa: BLE001  the status is sent: this is the only way
                yield _encoded(("problem", document_of(problem_of_any(error))))

    return StreamingResponse(
        lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


def _encoded(event: Event) -> bytes:
    name, document = event
    return f"event: {name}\ndata: ".encode() + encoded_json(document, SPACED) + b"\n\n"
