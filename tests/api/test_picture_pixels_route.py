"""`GET /images/{image}/pixels`: the middle of a picture as a few numbers."""

from io import BytesIO

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from test_problems import assert_problem


def sent(client: TestClient, picture: Image.Image) -> str:
    stream = BytesIO()
    picture.save(stream, format="PNG")
    files = {"file": ("picture.png", stream.getvalue(), "image/png")}
    return client.post("/api/v1/images", files=files).json()["id"]


def pixels(client: TestClient, image: str, query: str = "") -> dict:
    return client.get(f"/api/v1/images/{image}/pixels{query}").json()


def drawn(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_each_number_is_the_mean_of_its_area(client: TestClient) -> None:
    """Of the middle square; by numpy, within the rounding of 8 bits."""
    given = drawn(64, 96)
    found = pixels(client, sent(client, Image.fromarray(given)), "?size=16")
    middle = given[:, 16:80].astype(float)
    means = middle.reshape(16, 4, 16, 4, 3).mean(axis=(1, 3)).transpose(2, 0, 1)
    assert found["channels"] == ["red", "green", "blue"]
    assert np.abs(np.array(found["pixels"]) - means).max() <= 1


def test_grey_is_one_channel_as_asked_for_and_where_there_is_no_colour(client: TestClient) -> None:
    given = drawn(32, 32)
    image = sent(client, Image.fromarray(given))
    found = pixels(client, image, "?size=32&colours=grey")
    assert found["channels"] == ["grey"]
    # ITU-R 601-2.
    luma = given.astype(float) @ [0.299, 0.587, 0.114]
    assert np.abs(np.array(found["pixels"][0]) - luma).max() <= 1
    flat = sent(client, Image.fromarray(given[:, :, 0]))
    assert pixels(client, flat)["channels"] == ["grey"]
    assert pixels(client, flat)["pixels"] == [given[:, :, 0].tolist()]


def test_the_documented_example_is_true(client: TestClient) -> None:
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    found = pixels(client, "example-chelsea", "?size=2")
    assert found == schemas["PixelsSchema"]["example"]


@pytest.mark.parametrize("query", ["?size=1", "?size=65", "?colours=hsv", "?more=1"])
def test_bounds(client: TestClient, query) -> None:
    answer = client.get(f"/api/v1/images/example-chelsea/pixels{query}")
    assert_problem(answer, 422, "invalid-parameter")


def test_a_picture_that_is_not_there(client: TestClient) -> None:
    assert_problem(client.get("/api/v1/images/nothing/pixels"), 404, "unknown-image")
