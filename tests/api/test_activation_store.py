"""What the server keeps of its passes: computed once, bounded, never missing, never stale."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from layer_oracle import LENET, fetch, layer_path

import app.stores.activations
from app.errors import UnknownImageError
from app.main import create_app
from app.services import Services
from app.settings import Settings
from models.catalogue.catalogue import catalogue


@contextmanager
def server(settings: Settings, **changes: Any) -> Iterator[TestClient]:
    """One that computes nothing of its own any more."""

    async def warmed_up() -> None:
        await services(started).warm_up

    with TestClient(create_app(settings.model_copy(update=changes))) as started:
        started.portal.call(warmed_up)
        yield started


def services(client: TestClient) -> Services:
    found: Services = client.app.state.services
    return found


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models of all passes from now on."""
    made: list[str] = []
    observe = app.stores.activations.observe

    def counted(model: Any, *arguments: Any) -> Any:
        made.append(model.entry.id)
        return observe(model, *arguments)

    monkeypatch.setattr(app.stores.activations, "observe", counted)
    return made


def test_opening_layers_after_a_prediction_computes_nothing_again(
    client: TestClient, passes: list[str], chelsea: bytes
) -> None:
    client.get(f"/api/v1/models/{LENET}")  # its layers are known from here on
    image = client.post("/api/v1/images", files={"file": chelsea}).json()["id"]
    client.get(f"/api/v1/models/{LENET}/predictions", params={"image": image})
    assert passes.count(LENET) == 1
    for layer in client.get(f"/api/v1/models/{LENET}").json()["layers"]:
        fetch(client, LENET, layer["id"], image=image, format="u8")
    client.get(f"/api/v1/models/{LENET}/activations", params={"image": image})
    assert passes.count(LENET) == 1


def test_requests_at_once_share_one_pass_and_answer_alike(
    client: TestClient, passes: list[str], chelsea: bytes
) -> None:
    image = client.post("/api/v1/images", files={"file": chelsea}).json()["id"]
    client.get(f"/api/v1/models/{LENET}")
    layers = ["c1", "s2", "c3_tanh", "output"] * 2

    def ask(layer: str) -> bytes:
        parameters = {"image": image, "format": "npy"}
        return bytes(client.get(layer_path(LENET, layer), params=parameters).content)

    with ThreadPoolExecutor(8) as clients:
        together = list(clients.map(ask, layers))
    assert passes.count(LENET) == 1
    assert together == [ask(layer) for layer in layers]


def test_store_without_room_computes_again_and_answers_the_same(
    client: TestClient, settings: Settings, passes: list[str]
) -> None:
    layers = [layer["id"] for layer in client.get(f"/api/v1/models/{LENET}").json()["layers"]]
    expected = {layer: fetch(client, LENET, layer, format="npy") for layer in layers}
    overview = client.get(
        f"/api/v1/models/{LENET}/activations", params={"image": "example-chelsea"}
    ).json()
    with server(settings, activation_store_bytes=30_000) as small:
        passes.clear()
        for _ in range(2):
            for layer in layers:
                found = fetch(small, LENET, layer, format="npy")
                # Where its memory lies decides in which order a convolution adds up.
                assert found == pytest.approx(expected[layer], abs=1e-5)
                assert services(small).activations.used_bytes <= 30_000
        assert passes.count(LENET) > len(layers)
        answer = small.get(
            f"/api/v1/models/{LENET}/activations", params={"image": "example-chelsea"}
        )
        for found, whole in zip(answer.json()["layers"], overview["layers"], strict=True):
            assert found == pytest.approx(whole, abs=1e-5)


def test_older_pictures_make_room_for_newer_ones(
    settings: Settings, passes: list[str], chelsea: bytes
) -> None:
    with server(settings, activation_store_bytes=3_000_000) as small:
        # The picture that the server began with is there already.
        before = services(small).activations.used_bytes
        first = fetch(small, LENET, "c1", image="example-chelsea", format="npy")
        held = services(small).activations.used_bytes - before
        count = 3_000_000 // held + 2
        for _ in range(count):
            image = small.post("/api/v1/images", files={"file": chelsea}).json()["id"]
            fetch(small, LENET, "c1", image=image, format="npy")
            assert services(small).activations.used_bytes <= 3_000_000
        made = passes.count(LENET)
        again = fetch(small, LENET, "c1", image="example-chelsea", format="npy")
        assert passes.count(LENET) == made + 1
        assert (again == first).all()


def test_deleting_a_picture_frees_what_was_computed_from_it(
    client: TestClient, chelsea: bytes
) -> None:
    store = services(client).activations
    image = client.post("/api/v1/images", files={"file": chelsea}).json()["id"]
    before = store.used_bytes
    fetch(client, LENET, "c1", image=image)
    assert store.used_bytes > before
    client.delete(f"/api/v1/images/{image}")
    assert store.used_bytes == before


def test_expired_pictures_leave_nothing_behind(settings: Settings, chelsea: bytes) -> None:
    with server(settings, image_lifetime_s=3600) as other:
        found = services(other)
        image = other.post("/api/v1/images", files={"file": chelsea}).json()["id"]
        before = found.activations.used_bytes
        fetch(other, LENET, "c1", image=image)
        other.get(f"/api/v1/models/{LENET}/activations", params={"image": image})
        other.get(f"/api/v1/models/{LENET}/predictions", params={"image": image})
        found.images.delete(image)  # as if its hour were over
        found.forget_expired()
        assert found.activations.used_bytes == before
        assert (LENET, image) not in found.overviews
        assert (LENET, image) not in found.predictions


def test_picture_deleted_while_it_is_looked_at_is_not_kept(
    settings: Settings, chelsea: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, deleted = threading.Event(), threading.Event()
    observe = app.stores.activations.observe

    def slow(*arguments: Any) -> Any:
        started.set()
        assert deleted.wait(30)
        return observe(*arguments)

    with server(settings) as other:
        found = services(other)
        image = other.post("/api/v1/images", files={"file": chelsea}).json()["id"]
        other.get(f"/api/v1/models/{LENET}")
        used = found.activations.used_bytes
        monkeypatch.setattr(app.stores.activations, "observe", slow)
        with ThreadPoolExecutor(1) as clients:
            answer = clients.submit(other.get, layer_path(LENET, "c1"), params={"image": image})
            assert started.wait(30)
            other.delete(f"/api/v1/images/{image}")
            deleted.set()
            assert answer.result().status_code == 404
        assert found.activations.used_bytes == used


def test_unknown_picture_is_refused_before_anything_is_computed(
    client: TestClient, passes: list[str]
) -> None:
    store = services(client).activations
    with pytest.raises(UnknownImageError):
        asyncio.run(store.observation(catalogue().resolve(LENET), "no-such-picture"))
    assert LENET not in passes


def test_looking_changes_nothing_in_the_network(client: TestClient) -> None:
    entry = catalogue().resolve(LENET)
    loaded = client.portal.call(services(client).library.load, entry)
    before = {name: tensor.clone() for name, tensor in loaded.module.state_dict().items()}
    for layer in ("c1", "s4", "output"):
        fetch(client, LENET, layer, **{"class": 3})
        fetch(client, LENET, layer, format="npy")
    assert client.portal.call(services(client).library.load, entry).module is loaded.module
    for name, tensor in loaded.module.state_dict().items():
        assert np.array_equal(tensor, before[name]), name
    assert not loaded.module.training
    for child in loaded.module.modules():
        assert not child._forward_hooks
        assert not child._backward_hooks
    assert all(parameter.grad is None for parameter in loaded.module.parameters())
    assert not any(parameter.requires_grad for parameter in loaded.module.parameters())
