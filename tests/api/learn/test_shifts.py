"""Digits moved under five networks, and maps that move with the picture."""

import io
import json

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

# Measured independently of this program, and published in the design of the course.
ACCURACIES = {
    "softmax": [0.919, 0.871, 0.699, 0.496, 0.306],
    "mlp": [0.984, 0.976, 0.972, 0.931, 0.766],
    "lenet5": [0.991, 0.990, 0.985, 0.974, 0.931],
    "vgg_32": [0.987, 0.988, 0.985, 0.983, 0.971],
}
# Of the 4,000 digits to learn from, unmoved: measured with torch alone, by somebody else.
TRAINING = {"softmax": 0.941, "mlp": 0.9985, "lenet5": 0.999, "vgg_32": 0.9985}
# There, ink that leaves on the right comes in on the left, which saves one digit of the 1,000.
TOLERANCE = {"mlp": 0.0011}


@pytest.mark.parametrize("name", ACCURACIES)
def test_accuracies_are_those_of_the_table(client: TestClient, name: str) -> None:
    found = client.get(f"/api/v1/learn/shifts/{name}.mnist5k").json()
    assert [point["shift_px"] for point in found["points"]] == [0, 1, 2, 3, 4]
    accuracies = [point["accuracy"] for point in found["points"]]
    assert accuracies == pytest.approx(ACCURACIES[name], abs=TOLERANCE.get(name, 1e-9))
    assert found["digits"] == 1000
    assert found["training_digits"] == 4000
    assert found["training_correct"] == round(4000 * found["training_accuracy"])
    # They were published to three digits, or four.
    assert found["training_accuracy"] == pytest.approx(TRAINING[name], abs=5e-4)
    assert found["learned_shift_px"] == (1.0 if name == "softmax" else 2.0)


def test_events_tell_each_shift_and_end_with_the_document(client: TestClient) -> None:
    query = {"direction": "up", "most_px": 2}
    answer = client.get("/api/v1/learn/shifts/mlp.mnist5k/events", params=query)
    *running, last = [event.split("\n") for event in answer.text.strip().split("\n\n")]
    assert last[0] == "event: done"
    document = json.loads(last[1].removeprefix("data: "))
    assert document == client.get("/api/v1/learn/shifts/mlp.mnist5k", params=query).json()
    assert document["direction"] == "up"
    assert len(document["points"]) == 3
    told = [json.loads(event[1].removeprefix("data: ")) for event in running]
    # 1,000 digits at three shifts and 4,000 at one, in batches of 100.
    assert {each["total"] for each in told} == {30 + 40}
    assert [each["done"] for each in told] == sorted(each["done"] for each in told)
    assert told[-1]["correct"] == [point["correct"] for point in document["points"]]


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("mlp.mnist5k", {"most_px": 11}),
        ("mlp.mnist5k", {"most_px": -1}),
        ("mlp.mnist5k", {"direction": "away"}),
        ("mlp.mnist5k", {"image": "example-chelsea"}),
        ("efficientnet_lite0.imagenet1k", {}),
        ("alexnet_32_colour.photographs", {}),
    ],
)
def test_what_is_no_shift_of_digits_is_refused(client: TestClient, model: str, query) -> None:
    for end in ("", "/events"):
        answer = client.get(f"/api/v1/learn/shifts/{model}{end}", params=query)
        assert answer.status_code == 422
        assert answer.json()["type"] == "invalid-parameter"


def test_a_held_out_digit_is_a_picture(client: TestClient) -> None:
    """That of the file that ships, 100 of each digit in its order."""
    answer = client.get("/api/v1/learn/digits/7?number=3")
    picture = np.asarray(Image.open(io.BytesIO(answer.content)))
    assert answer.headers["content-type"] == "image/png"
    assert (picture.shape, picture.dtype) == ((28, 28), np.uint8)
    from models.data.packaged_digits import mnist5k

    dataset = mnist5k()
    position = dataset.held_out_positions[dataset.held_out.labels == 7][3]
    with np.load("models/data/mnist5k.npz") as stored:
        assert stored["labels"][position] == 7
        assert np.array_equal(picture, stored["pictures"][position])
    held = {"If-None-Match": answer.headers["etag"]}
    assert client.get("/api/v1/learn/digits/7?number=3", headers=held).status_code == 304


@pytest.mark.parametrize("path", ["10", "-1", "seven", "7?number=100", "7?number=-1"])
def test_there_are_ten_digits_and_a_hundred_of_each(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1/learn/digits/{path}")
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"


@pytest.mark.parametrize(
    ("model", "layer", "stride"),
    [
        ("lenet5.mnist5k", "c1", 1),
        ("lenet5.mnist5k", "s2", 2),
        ("efficientnet_lite0.imagenet1k", "conv_stem", 2),
        ("efficientnet_lite0.imagenet1k", "blocks.2.0.conv_pwl", 8),
    ],
)
def test_maps_move_along_exactly_if_the_shift_is_a_multiple_of_the_stride(
    client: TestClient, model: str, layer: str, stride: int
) -> None:
    path = f"/api/v1/models/{model}/layers/{layer}/shifts"
    query = {"image": "example-coffee", "right": 2 * stride, "down": -stride}
    found = client.get(path, params=query).json()
    assert found["stride"] == {"height": stride, "width": stride}
    assert found["steps"] == {"down": -1, "right": 2}
    assert found["is_multiple"]
    assert found["inside_units"] > 50
    assert found["largest_difference_inside"] <= 1e-6 * found["largest_value"]
    if stride > 1:
        other = client.get(path, params=query | {"right": 2 * stride + 1}).json()
        assert not other["is_multiple"]
        assert other["largest_difference_inside"] > 0.05 * other["largest_value"]


def test_maps_in_8_bits_are_those_of_the_channel(client: TestClient) -> None:
    path = "/api/v1/models/lenet5.mnist5k/layers/c1/shifts"
    query = {"image": "example-coffee", "right": 3, "channel": 4, "format": "u8"}
    answer = client.get(path, params=query)
    assert answer.content[:4] == b"CVU8"
    length = int.from_bytes(answer.content[4:8], "little")
    header = json.loads(answer.content[8 : 8 + length])
    assert header["shape"] == [3, 28, 28]
    assert header["steps"] == {"down": 0, "right": 3}
    assert len(answer.content) == 8 + length + 6 * 4 + 3 * 28 * 28


@pytest.mark.parametrize(
    ("layer", "query", "problem"),
    [
        ("c1", {"right": 65}, "invalid-parameter"),
        ("c1", {"right": 32}, "invalid-parameter"),
        ("c1", {"right": "half"}, "invalid-parameter"),
        ("c1", {"channel": 6, "format": "u8"}, "invalid-unit"),
        ("f6", {"right": 1}, "not-a-map"),
        ("output", {"right": 1}, "not-a-map"),
    ],
)
def test_what_cannot_be_moved_is_refused(client: TestClient, layer, query, problem) -> None:
    path = f"/api/v1/models/lenet5.mnist5k/layers/{layer}/shifts"
    answer = client.get(path, params={"image": "example-coffee", **query})
    assert answer.status_code == 422
    assert answer.json()["type"] == problem
