"""Weights fetched from a publisher while somebody watches, down to the first scores."""

from collections.abc import Iterator

import pytest
from live_server import live_server
from playwright.sync_api import Browser, expect
from tiny_network import NAME, entry_of, listed, published, saved, tiny_tensors
from weight_server import Reply, WeightServer, serving

from app.main import create_app
from app.settings import Settings

pytestmark = pytest.mark.browser
CONTENT = saved(tiny_tensors())


@pytest.fixture
def publisher() -> Iterator[WeightServer]:
    with serving() as server:
        server.files[NAME] = CONTENT
        yield server


@pytest.fixture
def tiny_model() -> Iterator[str]:
    entry = entry_of(published(CONTENT))
    with listed(entry):
        yield entry.id


def test_download_shows_its_progress_and_ends_in_scores(
    browser: Browser, publisher: WeightServer, tiny_model: str, tmp_path
) -> None:
    publisher.replies = [Reply(hold_at=len(CONTENT) // 2)]
    settings = Settings(cache_dir=tmp_path, default_model="softmax", weights_mirror=publisher.url)
    with live_server(create_app(settings)) as address, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/?model={tiny_model}&image=example-coffee&top=3")
        offer = page.get_by_role("region", name="Weights")
        expect(offer).to_contain_text(NAME)
        offer.get_by_role("button", name="Download").click()
        assert publisher.held.wait(20)
        expect(offer.get_by_role("progressbar")).to_be_visible()
        expect(offer.get_by_role("button", name="Cancel")).to_be_visible()
        publisher.release.set()
        labels = page.locator(".score-table tbody tr .score-label")
        expect(labels).to_have_count(3)
        assert sorted(labels.all_inner_texts()) == ["a", "b", "c"]
        expect(offer).to_be_hidden()
    assert (tmp_path / NAME).read_bytes() == CONTENT
