"""What several suites share: the example photographs, their published scores, an application."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings

EXAMPLES = Path(__file__).parent.parent / "static" / "examples"

# Measured apart from this program, with timm's model and transforms on the packaged weights.
REFERENCE_SCORES = {
    "chelsea.png": {"tiger cat": 0.393, "Egyptian cat": 0.356, "tabby": 0.170},
    "coffee.png": {"espresso": 0.951, "cup": 0.015},
    "rocket.jpg": {"missile": 0.274, "projectile": 0.189},
}


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        cache_dir=tmp_path_factory.mktemp("cache"),
        # Nothing answers here: a test that tried to download would fail at once.
        weights_mirror="http://127.0.0.1:9/",
        upload_idle_timeout_s=0.5,
        upload_timeout_s=5,
    )


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as test_client:
        yield test_client


@pytest.fixture(scope="session")
def chelsea() -> bytes:
    return (EXAMPLES / "chelsea.png").read_bytes()
