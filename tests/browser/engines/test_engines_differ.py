"""Where the three engines are known to go ways of their own."""

import pytest
from engines.engine import TAB, Engine

pytestmark = [
    pytest.mark.browser,
    pytest.mark.full,
    # What drives Firefox and WebKit asks in old ways, and leaves sockets to be collected.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


def test_a_number_field_left_by_tab_keeps_what_was_typed(engine: Engine, server: str) -> None:
    engine.open(f"{server}/fields")
    field = "input[type=number][aria-label*=kernel i]"
    engine.click(field)
    engine.until("return document.activeElement.matches(arguments[0])", field)
    engine.run("document.activeElement.select()")
    engine.type_keys(f"3{TAB}")
    value, has_left, is_in_a_field = engine.until(
        """
        const field = document.querySelector(arguments[0]);
        const now = document.activeElement;
        return now !== field && [field.value, now !== field, now.matches("input")];
        """,
        field,
    )
    assert (value, has_left, is_in_a_field) == ("3", True, True)
    # 32 - 3 + 1 values come out of a row of 32.
    row = "return document.querySelector(arguments[0]).closest('tr').innerText.includes('30')"
    engine.until(row, field)


def test_back_brings_maps_that_were_on_their_way(engine: Engine, server: str) -> None:
    # The server keeps what it has computed: each engine asks for what none before has.
    seed = {"chromium": 1, "firefox": 2, "webkit": 3}[engine.name]
    smoothgrad = f"methods=smoothgrad&options=samples:8,seed:{seed}"
    engine.open(f"{server}/?lens=why&class=282&{smoothgrad}")
    engine.until("return document.querySelector('.why-card[data-phase=loading]')")
    engine.open(f"{server}/docs")
    engine.back()
    engine.until(
        """
        const card = document.querySelector(".why-card[data-phase=ready]");
        return card?.querySelector(".why-heat") && card.querySelector("img").naturalWidth > 0;
        """
    )
    assert "does not answer" not in engine.run("return document.body.innerText")
