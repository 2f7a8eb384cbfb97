"""What a pixel reaches in every layer, over HTTP: as layer by layer, and as masks."""

import io
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

MODELS = "/api/v1/models"


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"{MODELS}/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.content


def painted(layer: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Where some unit is reached, by the parts."""
    mask = np.zeros((layer["height"], layer["width"]), bool)
    for part in layer["parts"]:
        for top, bottom in part["rows"]:
            for left, right in part["columns"]:
                mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize("model", ["lenet5.mnist5k", "dilated_net.random"])
def test_all_layers_at_once_say_what_each_says_alone(client: TestClient, model: str) -> None:
    found = get(client, f"{model}/projective-fields", row=12, column=30)
    ids = [layer["id"] for layer in get(client, model)["layers"]]
    assert [layer["layer"] for layer in found["layers"]] == ids
    for layer in found["layers"]:
        path = f"{model}/layers/{layer['layer']}/projective-field"
        alone = get(client, path, row=12, column=30)
        shared = ("box", "units", "touched_fraction", "is_bound")
        assert {name: layer[name] for name in shared} == {name: alone[name] for name in shared}
        mask = np.load(io.BytesIO(get(client, path, row=12, column=30, format="npy")))
        assert (painted(layer) == (mask > 0)).all()


def test_lenet_by_hand(client: TestClient) -> None:
    """5 x 5 windows over 28 x 28, pairs of them, again 5 x 5; a column of c5 holds everything."""
    found = get(client, "lenet5.mnist5k/projective-fields", row=16, column=16)
    by_id = {layer["layer"]: layer for layer in found["layers"]}
    counts = {name: by_id[name]["units"] for name in ("c1", "s2", "c3", "s4")}
    assert counts == {"c1": 25, "s2": 9, "c3": 49, "s4": 16}
    assert [by_id[name]["reached_channels"] for name in ("c5", "f6", "output")] == [120, 84, 10]
    assert found["first_gate"] is None


def test_gates_are_named_and_left_out_on_request(client: TestClient) -> None:
    path = "mobilenet_v3_small.random/projective-fields"
    through = get(client, path, row=100, column=100)
    around = get(client, path, row=100, column=100, gates=False)
    gate = through["first_gate"]
    assert gate == around["first_gate"]
    one, other = (
        next(layer for layer in found["layers"] if layer["layer"] == gate)
        for found in (through, around)
    )
    assert one["units"] == one["height"] * one["width"]
    assert 0 < other["units"] < one["units"]


def test_a_row_that_no_window_holds_reaches_nothing(client: TestClient) -> None:
    """SqueezeNet's first windows end at row 108 * 2 + 6 = 222 of 223."""
    found = get(client, "squeezenet1_0.random/projective-fields", row=223, column=100)
    assert [layer["units"] for layer in found["layers"]] == [1] + [0] * (len(found["layers"]) - 1)


def test_pixel_outside_the_input_is_refused(client: TestClient) -> None:
    answer = client.get(f"{MODELS}/lenet5.mnist5k/projective-fields?row=32&column=0")
    assert answer.status_code == 422
    assert "0-31" in answer.json()["detail"]
