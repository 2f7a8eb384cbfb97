"""What several suites share: an application and a picture."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from fastapi.testclient import TestClient
from hypothesis import settings as hypothesis_settings
from published import EXAMPLES

from app.inspection.tracing.exporting import EXPORT_LOCK
from app.main import create_app
from app.settings import Settings
from models.catalogue.catalogue import DEFAULT_MODEL

LENET = "lenet5.mnist5k"
BROWSER = Path(__file__).parent / "browser"

# `make test` draws the same examples every time, so that it says the same of the same code, and
# none has a time limit, which a busy machine would exceed. `make test-full` draws new ones; what it
# finds becomes an `@example` of its test.
hypothesis_settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis_settings.register_profile("searching", deadline=None)
hypothesis_settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, which are the browser's: the last are short, and no worker idles."""
    items.sort(key=lambda item: BROWSER not in item.path.parents)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A network that a test fills at random has the same weights whatever ran before."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        cache_dir=tmp_path_factory.mktemp("cache"),
        # Every server computes with its default network as it starts; this one is small.
        default_model=LENET,
        # Nothing answers here: a test that tried to download would fail at once.
        weights_mirror="http://127.0.0.1:9/",
        # As the test client calls itself, and tests that write their requests out.
        allowed_hosts=("testserver", "test"),
    )


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(
        create_app(settings.model_copy(update={"default_model": DEFAULT_MODEL})),
        base_url="http://127.0.0.1",
        client=("127.0.0.1", 50000),
        raise_server_exceptions=False,
    ) as test_client:
        yield test_client


@pytest.fixture(scope="session")
def chelsea() -> bytes:
    return (EXAMPLES / "chelsea.png").read_bytes()


@pytest.fixture
def export_alone() -> Iterator[None]:
    """For who calls torch.export: a server that is closed may still be tracing in this process."""
    with EXPORT_LOCK:
        yield


@pytest.fixture
def _children_hear_sigint() -> Iterator[None]:
    """A shell starts what runs in its background with SIGINT ignored, which children inherit."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
