"""Weights over HTTP: offered, fetched with progress, cancelled, refused; from a local publisher."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import asking
import pytest
from live_server import live_server
from tiny_network import NAME, entry_of, listed, published, saved, tiny_tensors
from weight_server import Reply, WeightServer, serving

from app.main import create_app
from app.settings import Settings
from models.catalogue.entry import ModelEntry, RandomWeights

CONTENT = saved(tiny_tensors())


@pytest.fixture
def publisher() -> Iterator[WeightServer]:
    with serving() as server:
        server.files[NAME] = CONTENT
        yield server


@pytest.fixture
def tiny() -> Iterator[ModelEntry]:
    """A catalogue that also has a tiny network, with published and with random weights."""
    entry = entry_of(published(CONTENT))
    with listed(entry, dataclasses.replace(entry, tag="random", weights=RandomWeights())):
        yield entry


@contextmanager
def server_with(tmp_path, publisher: WeightServer, **options: object) -> Iterator[str]:
    settings = Settings(
        cache_dir=tmp_path / "cache",
        weights_mirror=publisher.url,
        default_model="lenet5.mnist5k",
        **options,
    )
    with live_server(create_app(settings)) as url:
        yield f"{url}/api/v1"


def events(url: str) -> list[tuple[str, dict[str, object]]]:
    """Every event of a finished stream, as (name, document)."""
    with asking.stream("GET", url, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = answer.read().decode()
    parsed = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        parsed.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return parsed


def test_download_then_predict(tmp_path, publisher: WeightServer, tiny: ModelEntry) -> None:
    with server_with(tmp_path, publisher) as api:
        weights = f"{api}/models/{tiny.id}/weights"
        predictions = f"{api}/models/{tiny.id}/predictions?image=example-coffee&top=3"
        assert asking.get(weights).json()["status"] == "downloadable"
        refused = asking.get(predictions)
        assert refused.json()["type"] == "weights-unavailable"
        assert refused.json()["downloadable"] is True

        started = asking.post(weights)
        assert started.status_code == 202
        assert started.json()["download"]["state"] in {"running", "done"}
        name, document = events(f"{weights}/events")[-1]
        assert name == "done"
        assert document["status"] == "ready"
        assert document["download"]["received_bytes"] == len(CONTENT)
        assert (tmp_path / "cache" / NAME).read_bytes() == CONTENT

        assert asking.get(predictions).status_code == 200
        assert asking.post(weights).status_code == 200
        assert len(publisher.requests) == 1


def test_progress_is_streamed_while_bytes_arrive_and_cancel_stops_it(
    tmp_path, publisher: WeightServer, tiny: ModelEntry
) -> None:
    publisher.replies = [Reply(hold_at=1000)]
    with server_with(tmp_path, publisher) as api:
        weights = f"{api}/models/{tiny.id}/weights"
        asking.post(weights)
        assert publisher.held.wait(20)
        with asking.stream("GET", f"{weights}/events", timeout=30) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: running"
            document = json.loads(next(lines).removeprefix("data: "))
            assert document["download"]["received_bytes"] <= 1000
            assert document["status"] == "downloadable"
            assert asking.delete(weights).status_code == 200
            rest = list(lines)
        assert "event: cancelled" in rest
        assert not (tmp_path / "cache" / NAME).exists()

        publisher.release.set()
        assert asking.post(weights).status_code == 202
        assert events(f"{weights}/events")[-1][0] == "done"
        assert publisher.ranges == [None, "bytes=1000-"]


def test_publisher_without_the_file_is_told_in_words_with_a_way_out(
    tmp_path, publisher: WeightServer, tiny: ModelEntry
) -> None:
    publisher.files.clear()
    with server_with(tmp_path, publisher) as api:
        weights = f"{api}/models/{tiny.id}/weights"
        asking.post(weights)
        name, document = events(f"{weights}/events")[-1]
        assert name == "failed"
        detail = document["download"]["detail"]
        assert NAME in detail
        assert "404" in detail
        assert str(tmp_path / "cache") in detail
        assert document["status"] == "downloadable"
        random_scores = asking.get(f"{api}/models/tiny.random/predictions?image=example-coffee")
        assert random_scores.status_code == 200


def test_no_network_names_the_file_and_the_directories(tmp_path, tiny: ModelEntry) -> None:
    nobody = WeightServer(url="http://127.0.0.1:9")
    own = tmp_path / "mine"
    own.mkdir()
    with server_with(tmp_path, nobody, weights_dir=own) as api:
        weights = f"{api}/models/{tiny.id}/weights"
        asking.post(weights)
        name, document = events(f"{weights}/events")[-1]
        assert name == "failed"
        for part in (NAME, str(own), str(tmp_path / "cache")):
            assert part in document["download"]["detail"]
        assert document["directories"] == [str(own), str(tmp_path / "cache")]
        # What the message says is what helps.
        (own / NAME).write_bytes(CONTENT)
        assert asking.get(weights).json()["status"] == "ready"
        answer = asking.get(f"{api}/models/{tiny.id}/predictions?image=example-coffee")
        assert answer.status_code == 200


def test_damaged_file_is_told_before_anybody_opens_the_network(
    tmp_path, publisher: WeightServer, tiny: ModelEntry
) -> None:
    cache, own = tmp_path / "cache", tmp_path / "mine"
    for directory in (cache, own):
        directory.mkdir()
    damaged = CONTENT[:-1] + b"?"
    (cache / NAME).write_bytes(damaged)
    with server_with(tmp_path, publisher, weights_dir=own) as api:
        weights = f"{api}/models/{tiny.id}/weights"
        document = asking.get(weights).json()
        # What is ours is replaced by a download.
        assert document["status"] == "downloadable"
        assert hashlib.sha256(damaged).hexdigest() in document["detail"]
        assert asking.post(weights).status_code == 202
        assert events(f"{weights}/events")[-1][1]["status"] == "ready"
        assert (cache / NAME).read_bytes() == CONTENT
        # What is a person's is not touched.
        (own / NAME).write_bytes(damaged)
        document = asking.get(weights).json()
        assert document["status"] == "damaged"
        assert str(own / NAME) in document["detail"]
        assert "Replace it by" in document["detail"]
        answer = asking.post(weights)
        assert (answer.status_code, answer.json()["type"]) == (503, "weights-damaged")
        assert (own / NAME).read_bytes() == damaged
        listed = asking.get(f"{api}/models").json()["models"]
        assert next(m for m in listed if m["id"] == tiny.id)["weights"]["status"] == "damaged"


def test_server_that_may_not_download_says_so(
    tmp_path, publisher: WeightServer, tiny: ModelEntry
) -> None:
    with server_with(tmp_path, publisher, downloads_allowed=False) as api:
        weights = f"{api}/models/{tiny.id}/weights"
        assert asking.get(weights).json()["status"] == "unavailable"
        answer = asking.post(weights)
        assert (answer.status_code, answer.json()["type"]) == (503, "weights-unavailable")
        assert answer.json()["downloadable"] is False
        assert publisher.requests == []


def test_wrong_file_in_the_users_directory_is_named(
    tmp_path, publisher: WeightServer, tiny: ModelEntry
) -> None:
    (tmp_path / NAME).write_bytes(b"not these weights")
    with server_with(tmp_path, publisher, weights_dir=tmp_path) as api:
        answer = asking.get(f"{api}/models/{tiny.id}/predictions?image=example-coffee")
        assert (answer.status_code, answer.json()["type"]) == (503, "weights-damaged")
        assert str(tmp_path / NAME) in answer.json()["detail"]


def test_events_of_a_model_that_is_not_downloading_end_at_once(
    tmp_path, publisher: WeightServer, tiny: ModelEntry
) -> None:
    with server_with(tmp_path, publisher) as api:
        assert [name for name, _ in events(f"{api}/models/{tiny.id}/weights/events")] == ["idle"]


def test_shutdown_with_a_download_under_way_is_prompt_and_keeps_what_came(
    tmp_path, publisher: WeightServer, tiny: ModelEntry
) -> None:
    publisher.replies = [Reply(hold_at=1000)]
    with server_with(tmp_path, publisher) as api:
        asking.post(f"{api}/models/{tiny.id}/weights")
        assert publisher.held.wait(20)
    assert not (tmp_path / "cache" / NAME).exists()
    assert (tmp_path / "cache" / f"{NAME}.part").read_bytes() == CONTENT[:1000]
