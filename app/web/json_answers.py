"""Answers in JSON, whatever numbers a network gave and whatever text a client sent."""

import json
from typing import Any

from fastapi import responses

from app.inspection.json_numbers import json_numbers

_DENSE = (",", ":")
SPACED = (", ", ": ")


def encoded_json(document: Any, separators: tuple[str, str] = _DENSE) -> bytes:
    r"""The document as JSON that can always be sent.

    A network's output may hold NaN or infinities: null here, so that it stays JSON. An escape like
    `"\ud800"` in a client's JSON becomes half a character, which UTF-8 does not have; where such a
    text is told again, a question mark stands in its place.
    """
    text = json.dumps(
        json_numbers(document), ensure_ascii=False, allow_nan=False, separators=separators
    )
    return text.encode("utf-8", "replace")


class JSONResponse(responses.JSONResponse):
    """An answer whose body is `encoded_json`."""

    def render(self, content: Any) -> bytes:
        return encoded_json(content)
