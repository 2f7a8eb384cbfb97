"""Answers in JSON, whatever numbers a network gave."""

from typing import Any

from fastapi import responses

from app.inspection.json_numbers import json_numbers


class JSONResponse(responses.JSONResponse):
    """A network's output may hold NaN or infinities: null here, so that it stays JSON."""

    def render(self, content: Any) -> bytes:
        return super().render(json_numbers(content))
