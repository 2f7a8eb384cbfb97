"""How a unit got its value over HTTP, against what torch computes in another network object."""

import io
import math
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, LENET, eager, fetch

from app.main import create_app
from app.settings import Settings

COFFEE = "example-coffee"
BUDGET_OF_ONE_LAYER = 500_000


def ask(client: TestClient, model: str, layer: str, *place: int, **parameters: Any) -> Any:
    path = "/".join(str(index) for index in place)
    answer = client.get(
        f"/api/v1/models/{model}/layers/{layer}/units/{path}".rstrip("/"),
        params={"image": COFFEE, **parameters},
    )
    assert answer.status_code == 200, answer.text
    if parameters.get("format") == "npy":
        return np.load(io.BytesIO(answer.content))
    return answer.json()


def test_logit_of_espresso_adds_up(client: TestClient) -> None:
    found = ask(client, DEFAULT, "classifier", 967, terms=1000)
    reference = eager(client, DEFAULT, COFFEE)
    logits = reference.outputs("")[""]
    assert found["value"] == pytest.approx(float(logits[967]), rel=1e-5)
    weight = reference.module.get_parameter("classifier.weight")[967].numpy()
    bias = reference.module.get_parameter("classifier.bias")[967].item()
    assert found["bias"] == bias
    patch = ask(client, DEFAULT, "classifier", 967, format="npy")
    assert patch.dtype == np.float32
    assert patch.shape == (2, 1280, 1, 1)
    assert np.array_equal(patch[1].ravel(), weight)
    total = (patch[0].astype(np.float64) * patch[1]).sum()
    assert total + bias == pytest.approx(found["explained"], rel=1e-12)
    assert abs(found["difference"]) <= 1e-5 * abs(found["value"])
    products = [term["product"] for term in found["largest"]]
    assert products == sorted(products, key=abs, reverse=True)
    first = found["largest"][0]
    assert first["product"] == pytest.approx(first["value"] * first["weight"], rel=1e-12)
    pooled = fetch(client, DEFAULT, first["unit"]["layer"], image=COFFEE, format="npy")
    assert first["unit"]["value"] == pooled[first["unit"]["channel"]]


def test_convolution_names_patch_and_place_in_the_matrix(client: TestClient) -> None:
    found = ask(client, DEFAULT, "conv_stem", 3, 0, 5)
    patch = found["patch"]
    # TensorFlow pads 224 by one row at the end, none before.
    assert (patch["rows"], patch["columns"]) == ([0, 1, 2], [10, 11, 12])
    assert (patch["layer"], patch["first_channel"], patch["channels"]) == ("input", 0, 3)
    matrix = found["matrix"]
    assert (matrix["positions"], matrix["terms"], matrix["kernels"]) == (112 * 112, 27, 32)
    assert (matrix["row"], matrix["column"]) == (5, 3)
    answer = client.get(
        f"/api/v1/models/{DEFAULT}/layers/conv_stem/im2col",
        params={"image": COFFEE, "first": 4, "count": 3},
    )
    rows = np.load(io.BytesIO(answer.content))
    values = ask(client, DEFAULT, "conv_stem", 3, 0, 5, format="npy")[0]
    assert rows.shape == (3, 27)
    assert np.array_equal(rows[1], values.ravel())


def test_im2col_ends_with_the_output_and_refuses_the_rest(client: TestClient) -> None:
    path = f"/api/v1/models/{DEFAULT}/layers/%s/im2col"
    last = client.get(path % "conv_stem", params={"image": COFFEE, "first": 12543, "count": 9})
    assert np.load(io.BytesIO(last.content)).shape == (1, 27)
    for layer, parameters, said in (
        ("conv_stem", {"first": 12544}, "0-12543"),
        ("conv_stem", {"group": 1}, "0-0"),
        ("classifier", {}, "no convolution"),
    ):
        answer = client.get(path % layer, params={"image": COFFEE, **parameters})
        assert answer.status_code == 422
        assert said in answer.json()["detail"]


def test_formula_evaluates_to_the_value(client: TestClient) -> None:
    found = ask(client, DEFAULT, "bn1.batch_norm", 3, 7, 9)
    text = "".join(
        piece["text"] if piece["value"] is None else f"({piece['value']!r})"
        for piece in found["formula"]
    )
    assert eval(text, {"sqrt": math.sqrt}) == pytest.approx(found["explained"], rel=1e-12)
    operand = found["formula"][1]["unit"]
    assert (operand["layer"], operand["channel"], operand["row"]) == ("conv_stem", 3, 7)
    assert found["derivatives"][0]["unit"] == operand


def test_pixel_is_that_of_the_picture(client: TestClient) -> None:
    """400 x 600 to 256 x 384, cut to 224: the middle stays in the middle."""
    found = ask(client, DEFAULT, "input", 0, 112, 112)
    box = found["pixel"]["image_box"]
    assert (box["top"], box["left"]) == pytest.approx((200, 300), abs=1.6)
    level = found["formula"][1]["value"]
    assert level == int(level)
    assert found["value"] == pytest.approx((level / 255 - 0.5) / 0.5, abs=1e-6)


def test_strongest_unit_is_numpys(client: TestClient) -> None:
    layer = "blocks.3.0.conv_pwl"
    values = fetch(client, DEFAULT, layer, image=COFFEE, format="npy")
    found = ask(client, DEFAULT, layer, top=3)["units"]
    place = np.unravel_index(values.argmax(), values.shape)
    assert (found[0]["channel"], found[0]["row"], found[0]["column"]) == place
    assert found[0]["value"] == values.max()
    inside = ask(client, DEFAULT, layer, top=1, channel=5)["units"][0]
    assert (inside["channel"], inside["value"]) == (5, values[5].max())


def test_vector_takes_one_number_or_three(client: TestClient) -> None:
    assert ask(client, LENET, "f6", 3) == ask(client, LENET, "f6", 3, 0, 0)


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        ("c3/units/16/0/0", {}, (422, "invalid-unit", "channels 0-15")),
        ("c3/units/0/10/0", {}, (422, "invalid-unit", "rows 0-9")),
        ("c3/units/0/0/-1", {}, (422, "invalid-unit", "columns 0-9")),
        ("c3/units/4", {}, (422, "invalid-unit", "both needed")),
        ("f6/units/1/2/0", {}, (422, "invalid-unit", "no rows")),
        ("c9/units/0/0/0", {}, (404, "unknown-layer", "c9")),
        ("c3/units/0/0/0", {"image": "gone"}, (404, "unknown-image", "gone")),
        ("c3/units/0/0/0", {"terms": 1001}, (422, "invalid-parameter", "terms")),
        ("c3/units/x/0/0", {}, (422, "invalid-parameter", "channel")),
        ("flatten/units/0", {"format": "npy"}, (422, "invalid-parameter", "take json")),
        ("c3/units", {"channel": 16}, (422, "invalid-unit", "0-15")),
    ],
)
def test_units_that_are_not_there_are_refused(
    client: TestClient, path: str, parameters: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    status, slug, said = expected
    answer = client.get(
        f"/api/v1/models/{LENET}/layers/{path}", params={"image": COFFEE, **parameters}
    )
    assert (answer.status_code, answer.json()["type"]) == (status, slug)
    assert said in answer.json()["detail"]


def test_repeated_question_is_answered_unchanged(client: TestClient) -> None:
    path = f"/api/v1/models/{LENET}/layers/c3/units/1/2/3"
    first = client.get(path, params={"image": COFFEE})
    again = client.get(
        path, params={"image": COFFEE}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304
    other = client.get(path, params={"image": COFFEE, "terms": 1})
    assert other.headers["etag"] != first.headers["etag"]


def test_explanation_needs_no_whole_pass_in_memory(settings: Settings, client: TestClient) -> None:
    """A store too small for the network computes the layer and its inputs again."""
    small = settings.model_copy(update={"activation_store_bytes": BUDGET_OF_ONE_LAYER})
    with TestClient(create_app(small), raise_server_exceptions=False) as other:
        for layer, place in (("blocks.5.1.add", (3, 2, 2)), ("classifier", (5,))):
            expected = ask(client, DEFAULT, layer, *place)
            found = ask(other, DEFAULT, layer, *place)
            assert found["value"] == pytest.approx(expected["value"], rel=1e-5)
            assert found["explained"] == pytest.approx(expected["explained"], rel=1e-5)


def test_weights_that_are_not_here_are_a_problem(client: TestClient) -> None:
    answer = client.get(
        "/api/v1/models/resnet18.imagenet1k_v1/layers/conv1/units/0/0/0", params={"image": COFFEE}
    )
    assert answer.json()["type"] == "weights-unavailable"


def test_a_place_in_a_vector_is_refused_where_units_are_sorted(client: TestClient) -> None:
    path = "/api/v1/models/lenet5.mnist5k/layers/output/units"
    query = {"image": "example-chelsea", "top": 2}
    refused = client.get(path, params=query | {"row": 5, "column": 0})
    assert (refused.status_code, refused.json()["type"]) == (422, "invalid-unit")
    same = client.get(path, params=query | {"row": 0, "column": 0})
    assert same.json()["units"] == client.get(path, params=query).json()["units"]
