"""Numbers as JSON has them: no NaN, no infinity, and one zero."""

import math
from collections.abc import Mapping
from typing import Any


def json_numbers(document: Any) -> Any:
    """The document with null for what is no finite number, and 0 for a zero below zero.

    JSON has no NaN and no infinity (RFC 8259, section 6); it does have -0, which tells a reader
    nothing but how a sum was rounded.

    Args:
        document: mappings, lists, tuples and what JSON has, nested in any way.
    """
    if isinstance(document, float):
        # Minus zero plus zero is zero (IEEE 754, section 6.3).
        return document + 0.0 if math.isfinite(document) else None
    if isinstance(document, Mapping):
        return {name: json_numbers(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [json_numbers(value) for value in document]
    return document
