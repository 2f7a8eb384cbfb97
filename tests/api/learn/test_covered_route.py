"""A unit and a patch: outside its field nothing changes at all, inside the network is another's."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from fastapi.testclient import TestClient

from models.catalogue.catalogue import catalogue
from models.weights.loading import load

MODEL = "lenet5.mnist5k"
LAYERS = f"/api/v1/models/{MODEL}/layers"
PHOTOGRAPHS = "/api/v1/models/efficientnet_lite0.imagenet1k/layers"
CHELSEA = "example-chelsea"


def covered(client: TestClient, layer: str, layers: str = LAYERS, **query: Any) -> dict[str, Any]:
    answer = client.get(f"{layers}/{layer}/covered", params={"image": CHELSEA, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def array(client: TestClient, path: str, **query: Any) -> npt.NDArray[Any]:
    answer = client.get(path, params={"image": CHELSEA, "format": "npy", **query})
    assert answer.status_code == 200, answer.text
    found: npt.NDArray[Any] = np.load(io.BytesIO(answer.content))
    return found


@pytest.mark.parametrize("place", [(0, 0), (4, 5), (9, 9)])
def test_a_unit_moves_with_exactly_the_patches_that_touch_its_field(
    client: TestClient, place: tuple[int, int]
) -> None:
    unit = {"channel": 3, "row": place[0], "column": place[1]}
    mask = array(client, f"{LAYERS}/c3/receptive-field", **unit).astype(bool)
    changed = 0
    for top, left in [(0, 0), (0, 20), (9, 9), (16, 2), (26, 26), (13, 13)]:
        found = covered(client, "c3", top=top, left=left, size=5, **unit)
        seen = int(mask[top : top + 5, left : left + 5].sum())
        assert found["seen_pixels"] == seen
        if seen == 0:
            assert found["change"] == 0
            assert found["after"] == found["before"]
        else:
            changed += found["change"] != 0
    assert changed


def test_with_the_patch_the_unit_is_what_torch_computes(client: TestClient) -> None:
    """The module itself on the tensor with a part set to 0, or to that of another picture."""
    entry = catalogue().resolve(MODEL)
    kept: list[torch.Tensor] = []
    module = load(entry, client.app.state.services.library.locations).eval()
    hook = module.get_submodule("c3").register_forward_hook(
        lambda _, __, output: kept.append(output.detach().clone())
    )
    path = f"/api/v1/models/{MODEL}/input"
    tensor = torch.from_numpy(array(client, path))
    other = torch.from_numpy(array(client, path, image="example-coffee"))
    unit = {"channel": 2, "row": 5, "column": 4}
    for cover, query in ((torch.zeros_like(tensor), {}), (other, {"other": "example-coffee"})):
        patched = tensor.clone()
        patched[:, :, 8:20, 10:22] = cover[:, :, 8:20, 10:22]
        with torch.inference_mode():
            module(patched)
        expected = float(kept[-1][0, 2, 5, 4])
        found = covered(client, "c3", top=8, left=10, size=12, **unit, **query)
        assert found["after"] == pytest.approx(expected, abs=1e-5)
        assert found["change"] != 0
    hook.remove()


def test_a_network_of_photographs_does_not_move_either(client: TestClient) -> None:
    """To the last bit, though it is computed anew."""
    unit = {"channel": 156, "row": 13, "column": 13}
    for left, seen in ((0, 0), (46, 0), (47, 32), (150, 0)):
        found = covered(
            client, "blocks.2.1.conv_dw", PHOTOGRAPHS, top=96, left=left, size=32, **unit
        )
        # The field is 67 px: from 13 x 8 - 26 = 78 on, up to 144.
        assert found["input_box"] == {"top": 78, "left": 78, "bottom": 145, "right": 145}
        assert found["seen_pixels"] == seen
        assert (found["change"] == 0) == (seen == 0)


def test_a_patch_is_cut_at_the_border_and_refused_outside(client: TestClient) -> None:
    unit = {"channel": 0, "row": 0, "column": 0}
    found = covered(client, "c1", top=-3, left=30, size=5, **unit)
    assert found["patch"] == {"top": 0, "left": 30, "bottom": 2, "right": 32}
    query = {"image": CHELSEA, **unit}
    outside = client.get(f"{LAYERS}/c1/covered", params={**query, "top": 0, "left": 32})
    assert outside.status_code == 422
    assert "lies outside" in outside.json()["detail"]
    unknown = client.get(
        f"{LAYERS}/c1/covered", params={**query, "top": 0, "left": 0, "other": "example-none"}
    )
    assert unknown.json()["type"] == "unknown-image"


def test_the_strongest_map_of_a_place_is_that_of_the_whole_layer(client: TestClient) -> None:
    maps = array(client, f"{LAYERS}/c3/activations")
    query = {"image": CHELSEA, "row": 4, "column": 7, "top": 3}
    units = client.get(f"{LAYERS}/c3/units", params=query).json()["units"]
    assert [unit["channel"] for unit in units] == np.argsort(-maps[:, 4, 7])[:3].tolist()
    assert {(unit["row"], unit["column"]) for unit in units} == {(4, 7)}
    half = client.get(f"{LAYERS}/c3/units", params={"image": CHELSEA, "row": 4})
    assert half.json()["type"] == "invalid-unit"
