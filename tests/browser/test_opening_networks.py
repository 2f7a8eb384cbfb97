"""Networks open from their stored graphs; what must be traced says how far it is, and stops."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from live_server import live_server
from opening import OpenPage
from playwright.sync_api import Page, expect

import app.inspection.tracing.structure
import app.stores.graph_files
from app.main import create_app
from app.settings import Settings
from app.stores.graphs import design
from models.catalogue.catalogue import catalogue

pytestmark = pytest.mark.browser

# One of each design and input: that with published weights where there is one. These are not here,
# so its drawing is all that there is to wait for.
ENTRIES = {design(entry): entry for entry in catalogue() if entry.origin != "random"}
ENTRIES |= {design(entry): entry for entry in catalogue() if design(entry) not in ENTRIES}
OFTEN = {"densenet121", "googlenet", "inception_v3", "resnet152", "shufflenet_v2_x1_0", "lenet5"}
# It has entries for two sizes of input.
OFTEN |= {"regnet_y_128gf"}


@dataclass
class Running:
    url: str
    application: FastAPI
    traced: list[str]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A fresh server in this process, and the names of what it traces."""
    traced: list[str] = []
    trace_structure = app.inspection.tracing.structure.trace_structure

    def trace_and_note(entry: Any, *args: Any) -> Any:
        traced.append(entry.architecture.name)
        return trace_structure(entry, *args)

    monkeypatch.setattr(app.inspection.tracing.structure, "trace_structure", trace_and_note)
    settings = Settings(
        cache_dir=tmp_path,
        default_model="lenet5.mnist5k",
        weights_mirror="http://127.0.0.1:9/",
    )
    application = create_app(settings)
    with live_server(application) as url:
        yield Running(url, application, traced)


@pytest.fixture
def server(running: Running) -> str:
    """The one that pages come from."""
    return running.url


def choose(page: Page, model_id: str) -> None:
    page.keyboard.press("m")
    page.get_by_role("combobox", name="Search models").fill(model_id)
    page.get_by_role("option").filter(
        has=page.locator(".model-option-id").get_by_text(model_id, exact=True)
    ).click()


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(sorted(key for key in ENTRIES if key[0] in OFTEN), id="often"),
        pytest.param(
            sorted(key for key in ENTRIES if key[0] not in OFTEN), id="rest", marks=pytest.mark.full
        ),
    ],
)
def test_chosen_design_is_drawn_without_tracing(
    keys: list[Any], running: Running, open_page: OpenPage
) -> None:
    page = open_page("/?model=softmax.random")
    expect(page.locator(".cell").first).to_be_visible()
    for key in keys:
        model_id = ENTRIES[key].id
        with page.expect_response(lambda found, path=f"/models/{model_id}": path in found.url):
            choose(page, model_id)
        expect(page.locator(".model-button-id")).to_have_text(model_id)
        expect(page.locator(".network-summary")).to_contain_text("parameters")
        expect(page.locator(".network-port .cell").first).to_be_visible()
    assert running.traced == []


@pytest.mark.parametrize(
    "model_id",
    [
        "densenet201.imagenet1k_v1",
        # With weights: its scores, too, are asked for meanwhile, and trace nothing.
        "densenet201.random",
        pytest.param("resnet152.random", marks=pytest.mark.full),
    ],
)
def test_tracing_tells_how_far_it_is_and_stops(
    running: Running, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, model_id: str
) -> None:
    """A network that does not ship: nothing of the former one stays, and Stop ends the work."""
    page = open_page("/?model=lenet5.mnist5k&image=example-coffee")
    expect(page.locator(".map-grid canvas").first).to_be_visible()
    monkeypatch.setattr(app.stores.graph_files, "read_shipped", lambda *_: None)
    choose(page, model_id)
    notice = page.locator(".network-notice")
    expect(notice).to_contain_text("modules")
    expect(notice.get_by_role("progressbar", name="Modules traced")).to_be_visible()
    expect(page.locator(".map-grid canvas").first).to_be_hidden()
    expect(page.locator(".network-port")).to_be_hidden()
    notice.get_by_role("button", name="Stop").click()
    expect(notice).to_contain_text("Tracing was stopped")
    services = running.application.state.services
    page.wait_for_function("fetch('/readyz').then((answer) => answer.ok)")
    assert services.graphs._tracing._running == {}
    notice.get_by_role("button", name="Trace them").click()
    expect(notice).to_contain_text("modules")
    name = model_id.partition(".")[0]
    assert running.traced == [name] * 2
    choose(page, "mlp.mnist5k")
    expect(page.locator(".network-port .cell").first).to_be_visible()
    assert running.traced == [name] * 2 + ["mlp"]
