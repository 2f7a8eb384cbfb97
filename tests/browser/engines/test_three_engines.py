"""What a person does first, in three engines: the same numbers, and nothing that is missing."""

import pytest
from engines.engine import Engine

pytestmark = [
    pytest.mark.browser,
    pytest.mark.full,
    # What drives Firefox and WebKit asks in old ways, and leaves sockets to be collected.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]

SCORES = """
const rows = [...document.querySelectorAll("#scores tbody tr")];
return rows.length < 5 ? null : rows.map((row) => row.innerText.replace(/\\s+/g, " "));
"""


def test_opens_with_scores(engine: Engine, server: str) -> None:
    engine.open(f"{server}/")
    first, *_ = engine.until(SCORES)
    assert "tiger cat" in first
    assert "9.24" in first
