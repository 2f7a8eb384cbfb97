"""Patches of a picture over HTTP, against numpy on the picture's own numbers."""

import io
import math

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image

IMAGE = "example-chelsea"
PLACES = {"a": (20, 17), "b": (25, 46), "c": (54, 2)}
BODY = {
    "image": IMAGE,
    **{name: {"row": row, "column": column} for name, (row, column) in PLACES.items()},
}


def picture_of(client: TestClient, image: str = IMAGE) -> np.ndarray:
    answer = client.get(f"/api/v1/images/{image}/pixels?size=64")
    assert answer.status_code == 200
    return np.array(answer.json()["pixels"]) / 255


@pytest.fixture(scope="module")
def picture(client: TestClient) -> np.ndarray:
    return picture_of(client)


def patch(picture: np.ndarray, name: str, side: int = 8) -> np.ndarray:
    row, column = PLACES[name]
    return picture[:, row : row + side, column : column + side]


def test_a_picture_of_one_colour_has_three_grids_too(client: TestClient) -> None:
    file = io.BytesIO()
    Image.new("L", (40, 90), 51).save(file, "PNG")
    sent = client.post("/api/v1/images", files={"file": ("grey.png", file.getvalue())})
    found = client.post("/api/v1/learn/patches", json={**BODY, "image": sent.json()["id"]}).json()
    np.testing.assert_allclose(found["a"]["values"], np.full((3, 8, 8), 0.2), atol=1e-7)


def test_a_picture_that_was_forgotten_is_not_compared_any_more(
    client: TestClient, chelsea: bytes
) -> None:
    sent = client.post("/api/v1/images", files={"file": ("cat.png", chelsea)}).json()["id"]
    body = {**BODY, "image": sent}
    assert client.post("/api/v1/learn/patches", json=body).status_code == 200
    assert client.delete(f"/api/v1/images/{sent}").status_code == 204
    assert client.post("/api/v1/learn/patches", json=body).status_code == 404


@pytest.mark.parametrize("p", [0.5, 1, 2, 3.5, None])
def test_numbers_are_those_of_numpy(client: TestClient, picture: np.ndarray, p) -> None:
    found = client.post("/api/v1/learn/patches", json={**BODY, "p": p, "factor": -1.5}).json()
    a, b, c = (patch(picture, name) for name in PLACES)
    order = math.inf if p is None else p

    def norm(x: np.ndarray) -> float:
        if p is None:
            return float(np.abs(x).max())
        return float((np.abs(x) ** p).sum()) ** (1 / p)

    for name, expected in zip(PLACES, (a, b, c), strict=True):
        np.testing.assert_allclose(found[name]["values"], expected, atol=1e-6)
        assert found[name]["mean"] == pytest.approx(expected.mean(), abs=1e-6)
        assert found[name]["norm"] == pytest.approx(norm(expected), rel=1e-6)
    np.testing.assert_allclose(found["pair"]["hadamard"], a * b, atol=1e-6)
    np.testing.assert_allclose(found["products"], a @ b, atol=1e-6)
    assert found["pair"]["dot"] == pytest.approx((a * b).sum(), rel=1e-6)
    assert sum(found["pair"]["dots"]) == pytest.approx(found["pair"]["dot"])
    lengths = [np.linalg.norm(each.ravel()) for each in (a, b)]
    assert found["pair"]["lengths"] == pytest.approx(lengths, rel=1e-6)
    cosine = (a * b).sum() / math.prod(lengths)
    assert found["pair"]["cosine"] == pytest.approx(cosine, abs=1e-6)
    assert math.cos(math.radians(found["pair"]["degrees"])) == pytest.approx(cosine, abs=1e-6)
    apart = found["difference"]
    assert apart["norm"] == pytest.approx(norm(a - b), rel=1e-5)
    assert apart["two"] == pytest.approx(np.linalg.norm((a - b).ravel()), rel=1e-6)
    assert apart["one"] == pytest.approx(np.abs(a - b).sum(), rel=1e-6)
    assert apart["largest"] == pytest.approx(np.abs(a - b).max(), rel=1e-6)
    assert np.sum(apart["shares"]) == pytest.approx(1)
    for exponent, value in apart["curve"]:
        difference = np.abs(a - b).ravel()
        expected = float((difference**exponent).sum()) ** (1 / exponent)
        assert value == pytest.approx(expected, rel=1e-5)
    assert found["way"]["first"] == pytest.approx(norm(a - b), rel=1e-5)
    assert found["way"]["straight"] == pytest.approx(norm(a - c), rel=1e-5)
    assert found["way"]["detour"] >= 0 or order < 1
    assert found["scaled"]["scaled"] == pytest.approx(1.5 * norm(a), rel=1e-6)


def test_means_are_taken_off_where_that_is_asked(client: TestClient, picture: np.ndarray) -> None:
    found = client.post("/api/v1/learn/patches", json={**BODY, "centred": True}).json()
    a, b = (patch(picture, name) for name in ("a", "b"))
    a, b = (each - each.mean(axis=(1, 2), keepdims=True) for each in (a, b))
    assert found["pair"]["dot"] == pytest.approx((a * b).sum(), abs=1e-6)
    assert found["pair"]["lengths"][0] == pytest.approx(np.linalg.norm(a.ravel()), rel=1e-6)


def test_b_is_seen_in_another_light(client: TestClient, picture: np.ndarray) -> None:
    body = {**BODY, "gain": 0.5, "lift": 0.3, "p": 1}
    found = client.post("/api/v1/learn/patches", json=body).json()
    a, b = (patch(picture, name) for name in ("a", "b"))
    for name, other in (("plain", b), ("lit", 0.5 * b + 0.3)):
        dot = (a * other).sum()
        lengths = np.linalg.norm(a.ravel()) * np.linalg.norm(other.ravel())
        assert found[name]["dot"] == pytest.approx(dot, rel=1e-6)
        assert found[name]["cosine"] == pytest.approx(dot / lengths, abs=1e-6)
        assert found[name]["distance"] == pytest.approx(np.abs(a - other).sum(), rel=1e-6)
        centred = [each - each.mean(axis=(1, 2), keepdims=True) for each in (a, b)]
        cosine = (centred[0] * centred[1]).sum() / math.prod(
            np.linalg.norm(each.ravel()) for each in centred
        )
        assert found[name]["centred"] == pytest.approx(cosine, abs=1e-6), "whatever the light"
    np.testing.assert_allclose(found["pair"]["b"], 0.5 * b + 0.3, atol=1e-6)
    np.testing.assert_allclose(found["b"]["values"], b, atol=1e-6)
    assert found["pair"]["dot"] == found["lit"]["dot"]


def test_below_1_a_way_round_is_found_that_is_shorter(client: TestClient) -> None:
    asked = {**BODY, "p": 0.5, "seek": True}
    place = client.post("/api/v1/learn/patches", json=asked).json()["way"]["shortest"]
    found = client.post("/api/v1/learn/patches", json={**BODY, "p": 0.5, "b": place}).json()["way"]
    assert found["detour"] < -0.05 * found["straight"]
    for p in (1, 2, None):
        asked = {**BODY, "p": p, "seek": True}
        way = client.post("/api/v1/learn/patches", json=asked).json()["way"]
        assert way["shortest"] == BODY["a"], "no way is shorter than straight"


@pytest.mark.parametrize("measure", ["dot", "cosine", "centred", "distance"])
def test_the_map_says_how_alike_every_place_is(
    client: TestClient, picture: np.ndarray, measure: str
) -> None:
    body = {"image": IMAGE, "patch": BODY["a"], "measure": measure}
    found = client.post("/api/v1/learn/likeness", json=body).json()
    a = torch.from_numpy(patch(picture, "a").copy())
    windows = torch.from_numpy(picture).unfold(1, 8, 1).unfold(2, 8, 1).permute(1, 2, 0, 3, 4)
    if measure == "centred":
        a = a - a.mean(dim=(1, 2), keepdim=True)
        windows = windows - windows.mean(dim=(3, 4), keepdim=True)
    flat = windows.reshape(57, 57, -1)
    if measure == "distance":
        expected = torch.linalg.vector_norm(flat - a.reshape(-1), dim=2)
    elif measure == "dot":
        expected = flat @ a.reshape(-1)
    else:
        expected = torch.cosine_similarity(flat, a.reshape(1, 1, -1), dim=2)
    np.testing.assert_allclose(found["map"], expected, atol=2e-6)
    assert found["median"] == pytest.approx(np.median(expected), rel=1e-6, abs=1e-6)
    assert found["places"] == 57 * 57
    best = found["best"][0]
    assert best["value"] == pytest.approx(found["map"][best["row"]][best["column"]], abs=1e-6)
    assert (found["rank"] == 1) == (measure != "dot")


def test_the_cat_has_another_eye_which_the_dot_product_does_not_find(client: TestClient) -> None:
    """Where the eyes are was seen on the picture: about (20, 17) and (25, 46)."""
    for measure, finds_it in (("dot", False), ("cosine", True), ("centred", True)):
        body = {"image": IMAGE, "patch": BODY["a"], "measure": measure}
        best = client.post("/api/v1/learn/likeness", json=body).json()["best"][0]
        is_there = abs(best["row"] - 25) <= 2 and abs(best["column"] - 46) <= 2
        assert is_there == finds_it, (measure, best)


def test_a_patch_that_would_leave_the_picture_is_moved_into_it(client: TestClient) -> None:
    body = {**BODY, "a": {"row": 63, "column": 60}, "side": 4}
    found = client.post("/api/v1/learn/patches", json=body).json()["a"]
    assert (found["row"], found["column"]) == (60, 60)
    assert np.shape(found["values"]) == (3, 4, 4)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"image": "nothing"}, 404),
        ({"a": {"row": -1, "column": 0}}, 422),
        ({"a": {"row": 0, "column": 64}}, 422),
        ({"p": 0.4}, 422),
        ({"p": 65}, 422),
        ({"side": 1}, 422),
        ({"side": 9}, 422),
        ({"factor": 11}, 422),
        ({"gain": -1}, 422),
        ({"lift": 1.1}, 422),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_computed_is_refused(client: TestClient, changed, status: int) -> None:
    answer = client.post("/api/v1/learn/patches", json={**BODY, **changed})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_other_measure_and_no_other_picture_is_known(client: TestClient) -> None:
    body = {"image": IMAGE, "patch": BODY["a"]}
    for changed, status in (({"measure": "sum"}, 422), ({"image": "nothing"}, 404)):
        answer = client.post("/api/v1/learn/likeness", json={**body, **changed})
        assert answer.status_code == status
