"""Digits centred or as drawn, wherever a picture is asked about."""

import io
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageDraw

LENET = "/api/v1/models/lenet5.mnist5k"


@pytest.fixture(scope="module")
def seven(client: TestClient) -> str:
    """A seven as on the drawing pad."""
    picture = Image.new("RGB", (448, 448), "black")
    ImageDraw.Draw(picture).line(
        [(140, 130), (310, 130), (210, 330)], fill="white", width=38, joint="curve"
    )
    file = io.BytesIO()
    picture.save(file, "PNG")
    return client.post("/api/v1/images", files={"file": ("7.png", file.getvalue())}).json()["id"]


def logits(client: TestClient, image: str, preparation: str) -> list[float]:
    """Of the class 7 for a shift of -0.3 to 0.3 of the width."""
    query = {"image": image, "swept": "shift_x", "start": -0.3, "stop": 0.3, "values": 7}
    points = client.get(
        f"{LENET}/sweeps", params={**query, "classes": "7", "preparation": preparation}
    ).json()["points"]
    return [point["classes"][0]["logit"] for point in points]


def test_a_shift_changes_nothing_for_centred_digits_and_much_as_drawn(
    client: TestClient, seven: str
) -> None:
    centred, drawn = (logits(client, seven, name) for name in ("centred", "as-drawn"))
    assert max(centred) - min(centred) < 0.5
    assert drawn[3] == max(drawn[2:5]) or drawn[4] == max(drawn[2:5])
    assert max(drawn) - drawn[0] > 2
    assert max(drawn) - drawn[-1] > 2


def test_as_drawn_differs_in_input_scores_maps_and_their_tags(
    client: TestClient, seven: str
) -> None:
    for path, form in (
        ("/input", "npy"),
        ("/layers/c1/activations", "npy"),
        ("/predictions", None),
        ("/layers/c1/units/0/14/14", None),
    ):
        query = {"image": seven} | ({"format": form} if form else {})
        usual, centred, drawn = (
            client.get(LENET + path, params=query | more)
            for more in ({}, {"preparation": "centred"}, {"preparation": "as-drawn"})
        )
        assert usual.status_code == drawn.status_code == 200, path
        assert usual.content == centred.content
        assert drawn.content != usual.content, path
        assert drawn.headers["etag"] != usual.headers["etag"]
        held = {"If-None-Match": drawn.headers["etag"]}
        assert client.get(LENET + path, params=query, headers=held).status_code == 200
        kept = client.get(LENET + path, params=query | {"preparation": "as-drawn"}, headers=held)
        assert kept.status_code == 304


def test_the_input_as_drawn_is_the_picture_averaged_over_sixteen_pixels(
    client: TestClient, seven: str
) -> None:
    """By hand with numpy: 448 / 28 = 16, two rows of background around, -0.1 to 1.175."""
    data = client.get(
        f"{LENET}/input", params={"image": seven, "format": "npy", "preparation": "as-drawn"}
    )
    tensor = np.load(io.BytesIO(data.content))[0, 0]
    original = client.get(f"/api/v1/images/{seven}").content
    levels = np.asarray(Image.open(io.BytesIO(original)).convert("L"), dtype=np.float64) / 255
    ink = levels.reshape(28, 16, 28, 16).mean((1, 3))
    expected = np.pad(ink / ink.max(), 2) * 1.275 - 0.1
    assert np.abs(tensor - expected).max() < 1e-6


def test_interventions_take_the_choice(client: TestClient, seven: str) -> None:
    body = {"interventions": [{"kind": "pin", "layer": "c1", "channel": 0, "value": 0.0}]}
    before = [
        client.post(
            f"{LENET}/interventions", params={"image": seven, "preparation": choice}, json=body
        ).json()["classes"][0]["logit_before"]
        for choice in ("centred", "as-drawn")
    ]
    assert before[0] != before[1]


def test_one_call_with_a_picture_takes_the_choice(client: TestClient, seven: str) -> None:
    data = client.get(f"/api/v1/images/{seven}").content

    def answer(**fields: str) -> Any:
        return client.post("/api/v1/predictions", files={"file": ("7.png", data)}, data=fields)

    for choice in ("centred", "as-drawn"):
        query = {"image": seven, "preparation": choice, "top": 5}
        expected = client.get(f"{LENET}/predictions", params=query).json()
        found = answer(model="lenet5", preparation=choice).json()
        assert found["classes"] == expected["classes"]
    refused = answer(model="lenet5", preparation="upright")
    assert refused.status_code == 422
    assert "centred, as-drawn" in refused.json()["detail"]


@pytest.mark.parametrize("path", ["/predictions", "/input", "/sweeps", "/sweeps/events"])
def test_a_model_without_a_choice_answers_422(client: TestClient, path: str) -> None:
    query = {"image": "example-chelsea", "preparation": "as-drawn"}
    if "sweeps" in path:
        query |= {"swept": "blur", "start": "0", "stop": "0.1"}
    answer = client.get(f"/api/v1/models/efficientnet_lite0.imagenet1k{path}", params=query)
    assert answer.status_code == 422
    assert "efficientnet_lite0.imagenet1k has no choice" in answer.json()["detail"]


def test_the_choice_is_refused_where_no_picture_is_asked_about(client: TestClient) -> None:
    for path in ("", "/weights", "/layers/c1/filters", "/layers/c1/projective-field"):
        answer = client.get(LENET + path, params={"preparation": "as-drawn", "row": 1, "column": 1})
        assert answer.status_code == 422, path
        assert "'preparation'" in answer.json()["detail"], path


def test_models_name_their_choices(client: TestClient) -> None:
    models = {model["id"]: model for model in client.get("/api/v1/models").json()["models"]}
    assert models["lenet5.mnist5k"]["preparations"] == ["centred", "as-drawn"]
    assert models["efficientnet_lite0.imagenet1k"]["preparations"] == []


def test_every_question_about_a_picture_takes_the_choice(client: TestClient) -> None:
    """None of them answers for another preparation than was asked for."""
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    asking = 0
    for path, methods in paths.items():
        if not path.startswith("/api/v1/models/{model_id}"):
            continue
        for operation in methods.values():
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert ("image" in names) == ("preparation" in names), path
            asking += "image" in names
    assert asking > 25


def test_both_preparations_share_one_network(client: TestClient, seven: str) -> None:
    """Its tensors are in memory once."""
    library = client.app.state.services.library  # type: ignore[attr-defined]
    network = "zfnet_32.mnist5k"
    client.get(f"/api/v1/models/{network}/predictions", params={"image": seven})
    used = library._models.used_bytes
    answer = client.get(
        f"/api/v1/models/{network}/predictions", params={"image": seven, "preparation": "as-drawn"}
    )
    assert answer.status_code == 200
    assert library._models.used_bytes == used
