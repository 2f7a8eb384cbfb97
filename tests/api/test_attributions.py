"""Attributions over HTTP: forms, caching, progress, cancelling, and what is refused."""

import base64
import io
import json
import struct
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, LENET, eager

MODELS = "/api/v1/models"
CHELSEA = {"image": "example-chelsea"}


def ask(client: TestClient, path: str, **parameters):
    answer = client.get(f"{MODELS}/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json() if parameters.get("format", "json") == "json" else answer.content


def events(client: TestClient, path: str, **parameters) -> list[tuple[str, dict]]:
    answer = client.get(f"{MODELS}/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_methods_come_with_options_papers_and_formulas(client: TestClient) -> None:
    found = ask(client, f"{DEFAULT}/attributions")
    names = [method["name"] for method in found["methods"]]
    assert {"grad_cam", "saliency", "integrated_gradients", "smoothgrad"} <= set(names)
    assert found["default_layer"] == "bn2.act"
    for method in found["methods"]:
        assert method["formula"]
        assert method["summary"]
        assert method["paper"]["url"].startswith("https://")
    declared = {option["name"] for method in found["methods"] for option in method["options"]}
    document = client.get("/api/v1/openapi.json").json()
    path = document["paths"]["/api/v1/models/{model_id}/attributions/{method}"]
    documented = {parameter["name"] for parameter in path["get"]["parameters"]}
    assert declared <= documented


def test_map_is_the_gradient_of_the_module_in_every_form(client: TestClient) -> None:
    reference = eager(client, DEFAULT, "example-coffee")
    pixels = reference.tensor.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(reference.module(pixels)[0, 967], pixels)
    expected = gradient[0].abs().amax(0).numpy()
    path = f"{DEFAULT}/attributions/saliency"
    asked = {"image": "example-coffee", "class": 967}
    body = ask(client, path, **asked, format="npy")
    values = np.load(io.BytesIO(body))
    assert np.abs(values - expected).max() <= 1e-4 * expected.max()
    numbers = ask(client, path, **asked)
    assert (numbers["class"], numbers["label"]) == (967, "espresso")
    assert numbers["maximum"] == values.max()
    assert numbers["sum"] == pytest.approx(values.sum(dtype=np.float64))
    coded = ask(client, path, **asked, format="u8")
    magic, length = struct.unpack_from("<4sI", coded)
    assert magic == b"CVU8"
    header = json.loads(coded[8 : 8 + length])
    assert header["shape"] == [1, 224, 224]
    assert header["target_value"] == numbers["target_value"]
    codes = np.frombuffer(coded, np.uint8, offset=8 + length + 8).reshape(224, 224)
    step = (values.max() - values.min()) / 255
    assert np.abs(values.min() + codes * step - values).max() <= step * 0.51
    assert ask(client, path, **asked, format="png").startswith(b"\x89PNG")


def test_class_map_is_served_at_its_own_size_too(client: TestClient) -> None:
    path = f"{DEFAULT}/attributions/grad_cam"
    small = np.load(io.BytesIO(ask(client, path, **CHELSEA, format="npy", resolution="layer")))
    assert small.shape == (7, 7)
    other = ask(client, path, **CHELSEA, layer="blocks.3.0.bn1.act")
    assert other["layer"] == "blocks.3.0.bn1.act"


def test_class_unless_told_is_the_one_of_the_highest_score(client: TestClient) -> None:
    assert ask(client, f"{DEFAULT}/attributions/grad_cam", **CHELSEA)["class"] == 282


def test_same_question_is_the_same_answer_and_another_is_not(client: TestClient) -> None:
    path = f"{MODELS}/{LENET}/attributions/saliency"
    first = client.get(path, params={**CHELSEA, "class": 3})
    again = {"If-None-Match": first.headers["etag"]}
    assert client.get(path, params={**CHELSEA, "class": 3}, headers=again).status_code == 304
    for other in ({"class": 4}, {"class": 3, "colours": "sum"}, {"class": 3, "format": "npy"}):
        answer = client.get(path, params={**CHELSEA, **other}, headers=again)
        assert answer.status_code == 200, other


def test_long_method_tells_how_far_it_is(client: TestClient) -> None:
    path = f"{LENET}/attributions/smoothgrad"
    asked = {**CHELSEA, "class": 2, "samples": 40}
    found = events(client, f"{path}/events", **asked)
    assert [name for name, _ in found[:-1]] == ["running"] * (len(found) - 1)
    assert found[-1][0] == "done"
    assert found[-1][1] == ask(client, path, **asked)
    assert {"name": "samples", "value": 40} in found[-1][1]["options"]


def test_integrated_gradients_show_a_map_on_the_way(client: TestClient) -> None:
    path = f"{LENET}/attributions/integrated_gradients"
    asked = {**CHELSEA, "class": 5}
    found = events(client, f"{path}/events", **asked)
    previews = [event["preview"] for _, event in found[:-1] if "preview" in event]
    points = [each["points"] for each in previews]
    assert points == sorted(set(points))
    assert len(points) > 0
    last = previews[-1]
    codes = np.frombuffer(base64.b64decode(last["codes"]), np.int8)
    values = np.load(io.BytesIO(ask(client, path, **asked, format="npy")))
    assert (last["height"], last["width"], last["cell"]) == (*values.shape, 1)
    shown = codes.reshape(values.shape) * (last["limit"] / 127)
    assert np.corrcoef(shown.ravel(), values.ravel())[0, 1] > 0.9


def test_eight_requests_side_by_side_are_answered_as_one_by_one(client: TestClient) -> None:
    path = f"{LENET}/attributions/saliency"
    alone = [
        ask(client, path, **CHELSEA, **{"class": c}, colours="sum", format="npy") for c in range(8)
    ]
    client.app.state.services.attributions._quick.forget_where(lambda _: True)
    with ThreadPoolExecutor(8) as pool:
        together = list(
            pool.map(
                lambda c: ask(client, path, **CHELSEA, **{"class": c}, colours="sum", format="npy"),
                range(8),
            )
        )
    assert together == alone


def test_deletion_and_randomisation_and_agreement(client: TestClient) -> None:
    asked = {**CHELSEA, "class": 3}
    curves = ask(client, f"{LENET}/attributions/grad_cam/deletion", **asked, points=8)
    assert [point["fraction"] for point in curves["points"]] == [n / 8 for n in range(9)]
    probability = ask(client, f"{LENET}/predictions", image="example-chelsea", top=10)
    of_three = next(c["probability"] for c in probability["classes"] if c["index"] == 3)
    assert curves["points"][0]["deletion"] == pytest.approx(of_three, abs=1e-5)
    assert curves["points"][-1]["insertion"] == pytest.approx(of_three, abs=1e-5)

    path = f"{LENET}/attributions/saliency/randomisation"
    found = events(client, f"{path}/events", **asked)
    stages = found[-1][1]["stages"]
    assert [stage["block"] for stage in stages][:2] == ["", "output"]
    maps = np.load(io.BytesIO(ask(client, path, **asked, format="npy")))
    assert maps.shape == (len(stages), 32, 32)
    first = np.load(
        io.BytesIO(ask(client, f"{LENET}/attributions/saliency", **asked, format="npy"))
    )
    assert np.array_equal(maps[0], first)

    pairs = ask(
        client, f"{LENET}/attribution-agreement", **asked, methods="saliency,grad_cam,smoothgrad"
    )["pairs"]
    assert len(pairs) == 6
    assert all(p["spearman"] == pytest.approx(1) for p in pairs if p["first"] == p["second"])


def test_network_is_as_it_was_after_being_randomised(client: TestClient) -> None:
    before = ask(client, f"{LENET}/predictions", image="example-coffee")
    ask(client, f"{LENET}/attributions/saliency/randomisation", image="example-coffee")
    services = client.app.state.services
    services.predictions.forget_where(lambda _: True)
    services.activations.forget_image("example-coffee")
    assert ask(client, f"{LENET}/predictions", image="example-coffee") == before


def test_decomposition_adds_up_to_the_logit(client: TestClient) -> None:
    found = ask(client, f"{DEFAULT}/decomposition", **CHELSEA, **{"class": 281})
    assert (found["label"], found["layer"]) == ("tabby", "bn2.act")
    shares = [share["share"] for share in found["shares"]]
    assert len(shares) == 1280
    assert sum(shares) + found["bias"] == pytest.approx(found["logit"], abs=1e-4)
    magnitudes = [abs(share) for share in shares]
    assert magnitudes == sorted(magnitudes, reverse=True)


def test_against_a_rival_all_is_of_the_difference_of_logits(client: TestClient) -> None:
    asked = {**CHELSEA, "class": 282, "rival": 285}
    reference = eager(client, DEFAULT, "example-chelsea")
    pixels = reference.tensor.clone().requires_grad_()
    logits = reference.module(pixels)[0]
    (gradient,) = torch.autograd.grad(logits[282] - logits[285], pixels)
    above = float((logits[282] - logits[285]).detach())
    path = f"{DEFAULT}/attributions/saliency"
    values = np.load(io.BytesIO(ask(client, path, **asked, colours="sum", format="npy")))
    expected = gradient[0].sum(0).numpy()
    assert np.abs(values - expected).max() <= 1e-4 * np.abs(expected).max()
    numbers = ask(client, path, **asked)
    assert (numbers["class"], numbers["rival"], numbers["rival_label"]) == (
        282,
        285,
        "Egyptian cat",
    )
    assert numbers["target_value"] == pytest.approx(above, abs=1e-4)

    found = ask(client, f"{DEFAULT}/decomposition", **asked)
    assert (found["rival"], found["rival_label"]) == (285, "Egyptian cat")
    shares = {share["channel"]: share["share"] for share in found["shares"]}
    assert sum(shares.values()) + found["bias"] == pytest.approx(above, abs=1e-4)
    assert found["residual"] == 0

    layer = f"{DEFAULT}/layers/blocks.5.0.bn3/activations"
    contrast = ask(client, layer, **asked)
    assert (contrast["class"], contrast["rival"]) == (282, 285)
    each = [ask(client, layer, **CHELSEA, **{"class": index}) for index in (282, 285)]
    one, other, both = (
        np.array([channel["contribution"] for channel in answer["channels"]])
        for answer in (*each, contrast)
    )
    assert np.abs(both - (one - other)).max() <= 1e-4 * np.abs(one).max()
    assert np.abs(both - one).max() > 0.01 * np.abs(one).max()


def test_channels_and_covers_against_a_rival_are_differences_too(client: TestClient) -> None:
    scores = ask(client, f"{LENET}/predictions", **CHELSEA, top=10)["classes"]
    first, second = scores[0]["index"], scores[1]["index"]
    ablations = f"{LENET}/layers/c1_tanh/ablations"
    asked = {**CHELSEA, "class": first}
    found = ask(client, ablations, **asked, rival=second)
    assert found["logit"] == pytest.approx(scores[0]["logit"] - scores[1]["logit"], abs=1e-4)
    alone = [ask(client, ablations, **CHELSEA, **{"class": each}) for each in (first, second)]
    falls = [{c["channel"]: c["logit_difference"] for c in each["channels"]} for each in alone]
    for each in found["channels"]:
        channel = each["channel"]
        expected = falls[0][channel] - falls[1][channel]
        assert each["logit_difference"] == pytest.approx(expected, abs=1e-4)
    covered = [
        ask(client, f"{LENET}/occlusion", **given)
        for given in (asked, {**CHELSEA, "class": second}, {**asked, "rival": second})
    ]
    one, other, both = (np.array([patch["score"] for patch in each["patches"]]) for each in covered)
    assert both == pytest.approx(one - other, abs=1e-4)

    curves = ask(client, f"{LENET}/attributions/grad_cam/deletion", **asked, rival=second, points=4)
    gap = scores[0]["logit"] - scores[1]["logit"]
    assert curves["points"][0]["deletion"] == pytest.approx(1 / (1 + np.exp(-gap)), abs=1e-5)


@pytest.mark.parametrize(
    "path",
    [
        "attributions/saliency",
        "attributions/saliency/deletion",
        "attributions/saliency/randomisation",
        "attribution-agreement?methods=saliency,grad_cam",
        "decomposition",
        "layers/c1/activations",
        "layers/c1/ablations",
        "occlusion",
    ],
)
@pytest.mark.parametrize(("rival", "said"), [(3, "another class"), (10, "0-9"), (-1, "0-9")])
def test_rival_that_is_none_is_refused(
    client: TestClient, path: str, rival: int, said: str
) -> None:
    asked = httpx.QueryParams({**CHELSEA, "class": 3, "rival": rival})
    mark = "&" if "?" in path else "?"
    answer = client.get(f"{MODELS}/{LENET}/{path}{mark}{asked}")
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid-parameter")
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "parameters", "refusal", "said"),
    [
        ("attributions/grad_camm", {}, (404, "unknown-method"), "grad_cam"),
        ("attributions/saliency", {"class": 10}, (422, "invalid-parameter"), "0-9"),
        ("attributions/saliency", {"steps": 5}, (422, "invalid-parameter"), "colours"),
        ("attributions/smoothgrad", {"samples": 0}, (422, "invalid-parameter"), "1 to 400"),
        ("attributions/saliency", {"layer": "c1"}, (422, "invalid-parameter"), "of use"),
        ("attributions/grad_cam", {"layer": "f6"}, (422, "not-a-map"), "c1 to"),
        ("attributions/grad_cam", {"layer": "c9"}, (404, "unknown-layer"), "c9"),
        ("attributions/saliency", {"channel": 3}, (422, "invalid-parameter"), "target_layer"),
        (
            "attributions/saliency",
            {"target_layer": "c3", "channel": 3},
            (422, "invalid-unit"),
            "row and column",
        ),
        (
            "attributions/saliency",
            {"target_layer": "f6", "channel": 3, "rival": 2},
            (422, "invalid-parameter"),
            "no rival",
        ),
        ("layers/c1/activations", {"rival": 2}, (422, "invalid-parameter"), "name the class"),
        ("attributions/saliency", {"image": "gone"}, (404, "unknown-image"), "gone"),
        ("attributions/saliency/events", {"image": "gone"}, (404, "unknown-image"), "gone"),
        ("attribution-agreement", {"methods": "saliency"}, (422, "invalid-parameter"), "two"),
        ("decomposition", {"class": -1}, (422, "invalid-parameter"), "0-9"),
    ],
)
def test_what_is_not_there_is_refused_in_words(
    client: TestClient, path: str, parameters: dict, refusal: tuple[int, str], said: str
) -> None:
    answer = client.get(f"{MODELS}/{LENET}/{path}", params={**CHELSEA, **parameters})
    assert (answer.status_code, answer.json()["type"]) == refusal
    assert said in answer.json()["detail"]


def test_forgotten_picture_takes_its_maps_along(client: TestClient, chelsea: bytes) -> None:
    image = client.post("/api/v1/images", files={"file": chelsea}).json()["id"]
    asked = {"image": image, "class": 3}
    ask(client, f"{LENET}/attributions/saliency", **asked)
    ask(client, f"{LENET}/attributions/smoothgrad", **asked)
    client.delete(f"/api/v1/images/{image}")
    services = client.app.state.services
    assert not [key for key in services.attributions._quick._values if key.image_id == image]
    for method in ("saliency", "smoothgrad"):
        answer = client.get(f"{MODELS}/{LENET}/attributions/{method}", params=asked)
        assert answer.json()["type"] == "unknown-image"
