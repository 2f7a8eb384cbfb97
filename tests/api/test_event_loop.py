"""The event loop computes nothing: every question of the API, asked while that is watched."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from torch.utils._python_dispatch import TorchDispatchMode

LENET = "lenet5.mnist5k"
COFFEE = "example-coffee"
PLACE = {"model_id": LENET, "layer_id": "c3", "index": 2, "channel": 1, "row": 2, "column": 3}
# What a call needs besides a picture.
NEEDED: dict[str, dict[str, Any]] = {
    "get_reactions": {"row": 1, "column": 2},
    "get_receptive_field": {"row": 1, "column": 2},
    "get_projective_field": {"row": 3, "column": 4},
    "get_projective_fields": {"row": 3, "column": 4},
    "get_effective_field": {"channel": 0, "row": 1, "column": 2},
    "watch_effective_field": {"channel": 0, "row": 1, "column": 2},
    "get_covered_unit": {"channel": 0, "row": 1, "column": 2, "top": 4, "left": 4, "size": 8},
    "get_projection": {"channel": 0, "row": 1, "column": 2},
    "get_patch": {"row": 1, "column": 2},
    "get_maximisation": {"channel": 0, "steps": 2, "size": 16},
    "watch_maximisation": {"channel": 0, "steps": 2, "size": 16},
    "get_ablations": {"class": 3},
    "watch_ablations": {"class": 3},
    "get_occlusion": {"class": 3, "patch": 16, "stride": 16},
    "watch_occlusion": {"class": 3, "patch": 16, "stride": 16},
    "get_sweep": {"swept": "brightness", "start": 0.5, "stop": 1, "values": 2},
    "watch_sweep": {"swept": "brightness", "start": 0.5, "stop": 1, "values": 2},
    "get_agreement": {"methods": "grad_cam,saliency"},
    "watch_agreement": {"methods": "grad_cam,saliency"},
}
# Encoders of pictures and files, and what is computed with.
LOOKED_UP = {"width", "height", "size"}
# What is asked of one linear layer alone.
ABOUT_ANOTHER = {"get_template_scores": "softmax.mnist5k"}
COMPUTING = ("/PIL/", "/numpy/lib/", "/scipy/", "/app/inspection/encoding.py")


class Refused(TorchDispatchMode):
    """Notes every operation of torch in the thread that it is entered in."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.append(str(func))
        return func(*args, **(kwargs or {}))


@contextmanager
def watched(client: TestClient) -> Iterator[list[str]]:
    """What the thread of the event loop computes meanwhile."""
    mode = Refused()

    def profile(frame: Any, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or code.co_name in LOOKED_UP:
            return
        if any(place in code.co_filename for place in COMPUTING):
            mode.seen.append(f"{code.co_filename}: {code.co_name}")

    assert client.portal is not None
    client.portal.call(mode.__enter__)
    client.portal.call(sys.setprofile, profile)
    try:
        yield mode.seen
    finally:
        client.portal.call(sys.setprofile, None)
        client.portal.call(mode.__exit__, None, None, None)


def test_computing_is_noticed(client: TestClient) -> None:
    import torch
    from PIL import Image

    with watched(client) as seen:
        assert client.portal is not None
        client.portal.call(torch.ones, 3)
        assert "aten.ones.default" in seen
        seen.clear()
        client.portal.call(Image.new, "RGB", (2, 2))
        assert seen


def questions(client: TestClient) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every GET about a network, in each of its forms: its name, path and parameters."""
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path, methods in paths.items():
        operation = methods.get("get")
        if operation is None or "{model_id}" not in path:
            continue
        name = operation["operationId"]
        query = {each["name"]: each for each in operation.get("parameters", ())}
        fixed = dict(NEEDED.get(name, {}))
        if "image" in query:
            fixed["image"] = COFFEE
        layer = "f6" if "{feature}" in path else "c3"
        place = {**PLACE, "layer_id": layer, "feature": 4, "method": "layer_cam"}
        place["model_id"] = ABOUT_ANOTHER.get(name, place["model_id"])
        address = path.format(**place)
        for form in query.get("format", {}).get("schema", {}).get("enum", [None]):
            if name == "get_feature" and form == "npy":
                continue  # a sum over all features is no patch
            yield name, address, fixed if form is None else {**fixed, "format": form}


def test_no_question_is_computed_on_the_event_loop(client: TestClient) -> None:
    asked = list(questions(client))
    assert len(asked) > 60
    computed = {}
    for name, address, parameters in asked:
        with watched(client) as seen:
            answer = client.get(address, params=parameters)
        assert answer.status_code == 200, (name, parameters, answer.text[:300])
        computed[name, parameters.get("format", "")] = seen[:5]
    assert not {name: seen[:2] for name, seen in computed.items() if seen}


def test_what_a_client_holds_is_not_computed_again(client: TestClient) -> None:
    """304 without a look at the network, of every answer that never changes."""
    asked = [each for each in questions(client) if each[0].startswith("get_")]
    services = client.app.state.services
    for name, address, parameters in asked:
        first = client.get(address, params=parameters)
        if name in ("get_model", "get_weights"):
            continue  # they tell whether the weights are here, which changes
        tag = first.headers["etag"]
        with pytest.MonkeyPatch.context() as patch:
            for store, method in (
                (services.graphs, "structure"),
                (services.library, "load"),
                (services.pool, "run"),
            ):
                patch.setattr(store, method, None)
            again = client.get(address, params=parameters, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), (name, parameters, again.text)
        assert again.headers["etag"] == tag
