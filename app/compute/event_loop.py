"""Telling the event loop something from another thread."""

import asyncio
from collections.abc import Callable
from typing import Any


def tell(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: Any) -> None:
    """Have the loop call the function soon; a loop that has ended has nobody left to tell."""
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        if not loop.is_closed():
            raise
