"""The challenges over HTTP: every cell is the prediction of the picture so edited."""

import io
import json

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, LENET, eager
from PIL import Image

from app.stores.held_out_digits import held_out_digits
from models.catalogue.catalogue import catalogue

CUP = "example-coffee"
AMOUNTS = {
    "viewpoint_degrees": 50,
    "scale": 0.5,
    "deformation": 0.05,
    "cover_size": 0.3,
    "brightness": 0.2,
    "clutter": 0.8,
}
NAMES = ["viewpoint", "scale", "deformation", "occlusion", "illumination", "clutter"]
OF = dict(zip(NAMES, AMOUNTS, strict=True))


def challenged(client: TestClient, model: str = DEFAULT, image: str = CUP, **query) -> dict:
    answer = client.get(f"/api/v1/learn/challenges/{model}", params={"image": image, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def kept(client: TestClient, png: bytes) -> str:
    """The id of an upload."""
    answer = client.post("/api/v1/images", files={"file": ("picture.png", png, "image/png")})
    return answer.json()["id"]


def cell(answer: dict, *challenges: str) -> dict:
    (found,) = [each for each in answer["pictures"] if set(each["challenges"]) == set(challenges)]
    return found


def test_each_alone_each_pair_and_all_are_predictions_of_the_variants(client: TestClient) -> None:
    answer = challenged(client, **AMOUNTS)
    assert answer["label"] == "espresso"
    assert len(answer["pictures"]) == 1 + 6 + 15 + 1
    asked = [(), *[(name,) for name in NAMES], ("scale", "clutter"), ("occlusion", "viewpoint")]
    for challenges in [*asked, tuple(NAMES)]:
        found = cell(answer, *challenges)
        # What is asked for is said here anew, not taken from the answer.
        edit = {OF[name]: AMOUNTS[OF[name]] for name in challenges}
        variant = client.post(f"/api/v1/images/{CUP}/variants", json=edit).json()["id"]
        predicted = client.get(
            f"/api/v1/models/{DEFAULT}/predictions", params={"image": variant, "top": 1000}
        ).json()["classes"]
        its = next(each for each in predicted if each["index"] == answer["class"])
        assert found["probability"] == pytest.approx(its["probability"], abs=1e-6)
        best = predicted[0]
        assert found["classes"][0]["index"] == best["index"]
        assert found["classes"][0]["probability"] == pytest.approx(best["probability"], abs=1e-6)
        assert found["is_survived"] == (best["index"] == answer["class"])


def test_a_cup_survives_being_small_and_cluttered_alone_and_not_together(
    client: TestClient,
) -> None:
    answer = challenged(client, **AMOUNTS)
    assert cell(answer, "scale")["is_survived"]
    assert cell(answer, "clutter")["is_survived"]
    together = cell(answer, "clutter", "scale")
    assert not together["is_survived"]
    assert together["probability"] < 0.05


def test_a_class_is_followed_and_one_that_is_not_there_refused(client: TestClient) -> None:
    answer = challenged(client, **{"class": 968})
    assert (answer["class"], answer["label"]) == (968, "cup")
    assert not cell(answer)["is_survived"]
    path = f"/api/v1/learn/challenges/{DEFAULT}"
    refused = client.get(path, params={"image": CUP, "class": 1000})
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("invalid-parameter")


@pytest.mark.parametrize(
    "query",
    [
        {"shift_x": 0.1},
        {"blur": 0.01},
        {"viewpoint_degrees": 71},
        {"deformation": 0.11},
        {"clutter": -0.1},
        {"clutter": "nan"},
    ],
)
def test_what_no_challenge_is_made_of_is_refused(client: TestClient, query: dict) -> None:
    answer = client.get(f"/api/v1/learn/challenges/{DEFAULT}", params={"image": CUP, **query})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("invalid-parameter")


def test_events_tell_every_picture_and_end_with_the_document(client: TestClient) -> None:
    amounts = {"brightness": 0.35, "clutter": 0.2}
    query = {"image": CUP, **amounts}
    with client.stream("GET", f"/api/v1/learn/challenges/{LENET}/events", params=query) as response:
        text = "".join(response.iter_text())
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    told = [(name.removeprefix("event: "), json.loads(data[6:])) for name, data in blocks]
    assert told[-1][0] == "done"
    counts = [event["done"] for name, event in told if name == "running"]
    assert counts == sorted(counts)
    assert {event["total"] for name, event in told if name == "running"} <= {0, 23}
    assert told[-1][1] == challenged(client, LENET, **amounts)


def test_a_sweep_of_clutter_is_of_cluttered_pictures(client: TestClient) -> None:
    query = {"image": CUP, "swept": "clutter", "start": 0, "stop": 0.8, "values": 2, "classes": 967}
    sweep = client.get(f"/api/v1/models/{DEFAULT}/sweeps", params=query).json()
    grid = challenged(client, **AMOUNTS)
    shares = [point["classes"][0]["probability"] for point in sweep["points"]]
    assert shares == pytest.approx(
        [cell(grid)["probability"], cell(grid, "clutter")["probability"]], abs=1e-6
    )


def test_what_is_looked_at_is_the_variant_and_changes_nothing_that_is_kept(
    client: TestClient,
) -> None:
    def pixels(data: bytes) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    path = f"/api/v1/images/{CUP}"
    small = client.get(f"{path}/edited", params={"most_px": 64})
    assert small.headers["content-type"] == "image/png"
    assert max(pixels(small.content).shape[:2]) == 64
    whole = client.get(f"{path}/edited", params={"most_px": 1600})
    assert (pixels(whole.content) == pixels(client.get(path).content)).all()
    edit = {"viewpoint_degrees": -30, "clutter": 0.4}
    seen = client.get(f"{path}/edited", params={**edit, "most_px": 1600})
    variant = client.post(f"{path}/variants", json=edit).json()["id"]
    assert (pixels(seen.content) == pixels(client.get(f"/api/v1/images/{variant}").content)).all()
    tag = seen.headers["etag"]
    again = client.get(
        f"{path}/edited", params={**edit, "most_px": 1600}, headers={"If-None-Match": tag}
    )
    assert again.status_code == 304
    assert client.get("/api/v1/images/none/edited").status_code == 404


@pytest.mark.parametrize("digit", [3, 8])
def test_the_digits_of_a_class_are_scored_as_the_network_itself_scores_them(
    client: TestClient, digit: int
) -> None:
    answer = client.get(f"/api/v1/learn/variation/{LENET}", params={"digit": digit}).json()
    held_out = held_out_digits()
    network = eager(client, LENET, CUP).module
    ink = held_out.pictures[held_out.labels == digit]
    preprocessing = catalogue().resolve(LENET).preprocessing
    inputs = (torch.nn.functional.pad(ink, [2] * 4) - preprocessing.mean) / preprocessing.std
    with torch.no_grad():
        shares = network(inputs).softmax(1)
    assert [each["number"] for each in answer["digits"]] == list(range(100))
    assert [each["best"]["index"] for each in answer["digits"]] == shares.argmax(1).tolist()
    told = [each["probability"] for each in answer["digits"]]
    assert told == pytest.approx(shares[:, digit].tolist(), abs=1e-5)
    assert answer["correct"] == int((shares.argmax(1) == digit).sum())


def test_a_digit_of_a_class_is_that_of_its_picture_as_drawn(client: TestClient) -> None:
    drawn = client.get("/api/v1/learn/digits/8", params={"number": 5}).content
    image = kept(client, drawn)
    answer = client.get(f"/api/v1/learn/variation/{LENET}", params={"digit": 8}).json()
    grid = challenged(client, LENET, image, preparation="as-drawn", **{"class": 8})
    assert cell(grid)["probability"] == pytest.approx(answer["digits"][5]["probability"], abs=1e-5)


def test_only_what_reads_digits_tells_how_they_vary(client: TestClient) -> None:
    refused = client.get(f"/api/v1/learn/variation/{DEFAULT}", params={"digit": 8})
    assert refused.status_code == 422
    assert "lenet5.mnist5k" in refused.json()["detail"]


def test_a_drawing_is_cluttered_with_digits_as_dark_as_its_ink(client: TestClient) -> None:
    """On white paper, what is added is dark strokes: white stays the most frequent value."""
    for paper, ink in ((255, 0), (0, 255)):
        drawing = Image.new("L", (56, 56), paper)
        drawing.paste(ink, (24, 12, 32, 44))
        file = io.BytesIO()
        drawing.save(file, "PNG")
        path = f"/api/v1/images/{kept(client, file.getvalue())}/edited"
        answer = client.get(path, params={"clutter": 1})
        levels = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L")).astype(int)
        changed = np.abs(levels - np.asarray(drawing).astype(int)) > 64
        assert 0.05 < changed.mean() < 0.5
        assert np.bincount(levels.ravel()).argmax() == paper
