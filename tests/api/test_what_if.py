"""Interventions, ablations, occlusion and edited pictures over HTTP."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, LENET, eager
from PIL import Image

from app.errors import BusyError

MODELS = "/api/v1/models"
CAT = "example-chelsea"
OFF = {"kind": "switch_off", "layer": "bn2.act", "channel": 112}


def intervene(client: TestClient, interventions: list, model: str = DEFAULT, **body):
    return client.post(
        f"{MODELS}/{model}/interventions",
        params={"image": CAT},
        json={"interventions": interventions, **body},
    )


def events(text: str) -> list[tuple[str, dict]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in blocks
    ]


def test_switched_off_channel_moves_the_scores_as_the_network_itself_would(
    client: TestClient,
) -> None:
    network = eager(client, DEFAULT, CAT)
    module, tensor = network.module, network.tensor
    handle = module.bn2.register_forward_hook(lambda _, __, output: _without(output, 112))
    with torch.no_grad():
        after = module(tensor)[0]
    handle.remove()
    with torch.no_grad():
        before = module(tensor)[0]
    answer = intervene(client, [OFF], classes=[282]).json()
    cat = next(each for each in answer["classes"] if each["index"] == 282)
    assert cat["label"] == "tiger cat"
    assert cat["logit_before"] == pytest.approx(float(before[282]), abs=1e-3)
    assert cat["logit_after"] == pytest.approx(float(after[282]), abs=1e-3)
    assert cat["logit_difference"] < -0.1
    assert cat["probability_after"] == pytest.approx(float(after.softmax(0)[282]), abs=1e-4)
    assert answer["recomputed_macs_share"] < 0.01
    assert len(answer["classes"]) >= 5


def _without(output, channel):
    output = output.clone()
    output[:, channel] = 0
    return output


def test_channel_that_matters_most_is_the_one_that_lowers_most(client: TestClient) -> None:
    path = f"{MODELS}/{DEFAULT}/layers/bn2.act/ablations"
    found = client.get(path, params={"image": CAT, "class": 282})
    channels = found.json()["channels"]
    differences = [each["logit_difference"] for each in channels]
    assert differences == sorted(differences)
    assert {each["channel"] for each in channels} == set(range(1280))
    off = {**OFF, "channel": channels[0]["channel"]}
    moved = intervene(client, [off], classes=[282]).json()["classes"]
    cat = next(each for each in moved if each["index"] == 282)
    assert cat["logit_difference"] == pytest.approx(differences[0], abs=1e-3)
    # For a pooled layer with a linear one behind: the pooled map times its weight, by hand.
    network = eager(client, DEFAULT, CAT)
    module, tensor = network.module, network.tensor
    kept = []
    handle = module.bn2.register_forward_hook(lambda _, __, output: kept.append(output.clone()))
    with torch.no_grad():
        module(tensor)
    handle.remove()
    falls = kept[0][0].mean((1, 2)) * module.classifier.weight[282].detach()
    assert channels[0]["channel"] == int(falls.argmax())
    assert -differences[0] == pytest.approx(float(falls.max()), abs=1e-3)
    again = client.get(
        path, params={"image": CAT, "class": 282}, headers={"If-None-Match": found.headers["etag"]}
    )
    assert again.status_code == 304
    streamed = events(client.get(f"{path}/events", params={"image": CAT, "class": 282}).text)
    assert streamed[-1] == ("done", found.json())


def test_occlusion_is_captums_over_http(client: TestClient) -> None:
    path = f"{MODELS}/{DEFAULT}/occlusion"
    query = {"image": CAT, "class": 282, "patch": 64, "stride": 40}
    found = client.get(path, params=query).json()
    assert (found["rows"], found["columns"]) == (5, 5)
    network = eager(client, DEFAULT, CAT)
    module, tensor = network.module, network.tensor
    for place in (0, 7, 24):
        patch = found["patches"][place]
        covered = tensor.clone()
        covered[:, :, patch["top"] : patch["bottom"], patch["left"] : patch["right"]] = 0
        with torch.no_grad():
            expected = float(module(covered)[0, 282])
        assert patch["score"] == pytest.approx(expected, abs=1e-3)
    heat = np.load(io.BytesIO(client.get(path, params={**query, "format": "npy"}).content))
    assert (heat.shape, heat.dtype) == ((224, 224), np.float32)
    streamed = events(client.get(f"{path}/events", params=query).text)
    assert streamed[-1] == ("done", found)


def test_progress_of_new_work_is_told(client: TestClient) -> None:
    query = {"image": CAT, "class": 281, "patch": 32, "stride": 16}
    streamed = events(client.get(f"{MODELS}/{DEFAULT}/occlusion/events", params=query).text)
    progress = [document for name, document in streamed if name == "running"]
    assert progress[-1]["total"] == 169
    assert streamed[-1][0] == "done"


def test_eight_side_by_side_are_as_one_by_one(client: TestClient) -> None:
    asked = [[{**OFF, "channel": channel}] for channel in range(100, 108)]
    alone = [intervene(client, each).json() for each in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda each: intervene(client, each).json(), asked))
    assert together == alone
    assert intervene(client, []).json()["recomputed_layers"] == 0


def test_variant_is_a_picture_of_its_own(client: TestClient) -> None:
    made = client.post(f"/api/v1/images/{CAT}/variants", json={"brightness": 0.5})
    assert made.status_code == 201
    image = made.json()
    assert (image["width"], image["height"]) == (451, 300)
    shown = Image.open(io.BytesIO(client.get(f"/api/v1/images/{image['id']}").content))
    original = Image.open(io.BytesIO(client.get(f"/api/v1/images/{CAT}").content))
    halved = np.asarray(original.convert("RGB")) * 0.5
    assert np.abs(np.asarray(shown.convert("RGB")) - halved).max() <= 0.51
    scores = client.get(f"{MODELS}/{DEFAULT}/predictions", params={"image": image["id"]})
    assert scores.status_code == 200
    assert client.delete(f"/api/v1/images/{image['id']}").status_code == 204


def test_sweep_holds_the_scores_of_its_variants(client: TestClient) -> None:
    query = {"image": CAT, "swept": "rotation_degrees", "start": -30, "stop": 30, "values": 3}
    found = client.get(f"{MODELS}/{DEFAULT}/sweeps", params={**query, "classes": "282,281"}).json()
    assert [point["value"] for point in found["points"]] == [-30, 0, 30]
    variant = client.post(f"/api/v1/images/{CAT}/variants", json={"rotation_degrees": 30}).json()
    scores = client.get(
        f"{MODELS}/{DEFAULT}/predictions", params={"image": variant["id"], "top": 1}
    ).json()
    last = found["points"][-1]
    assert last["best"]["index"] == scores["classes"][0]["index"]
    assert last["best"]["logit"] == pytest.approx(scores["classes"][0]["logit"], abs=1e-4)
    assert [each["index"] for each in last["classes"]] == [282, 281]


KERNEL = {"kind": "edit_kernel", "layer": "conv_stem", "channel": 0, "input_channel": 0, "value": 1}
BLANK = {"kind": "blank", "top": 0, "left": 0, "bottom": 9, "right": 9}


@pytest.mark.parametrize(
    ("interventions", "status", "slug"),
    [
        ([{**OFF, "layer": "bn9"}], 404, "unknown-layer"),
        ([{**OFF, "channel": 1280}], 422, "invalid-unit"),
        ([{**OFF, "channel": -1}], 422, "invalid-unit"),
        ([{**OFF, "row": 3}], 422, "invalid-unit"),
        ([{**OFF, "row": 3, "column": 7}], 422, "invalid-unit"),
        ([{**OFF, "layer": "classifier", "row": 0, "column": 0}], 422, "invalid-unit"),
        ([{**OFF, "kind": "explode"}], 422, "invalid-parameter"),
        ([{**OFF, "kind": "scale"}], 422, "invalid-parameter"),
        ([{**OFF, "kind": "scale", "factor": 1e9}], 422, "invalid-parameter"),
        ([{**OFF, "unknown": 1}], 422, "invalid-parameter"),
        ([OFF] * 33, 422, "invalid-parameter"),
        ([{**KERNEL, "row": 3}], 422, "invalid-unit"),
        ([{**KERNEL, "input_channel": 3}], 422, "invalid-unit"),
        ([{**KERNEL, "layer": "bn2.act"}], 422, "invalid-unit"),
        ([{**BLANK, "bottom": 225}], 422, "invalid-parameter"),
        ([{**BLANK, "bottom": 0}], 422, "invalid-parameter"),
    ],
)
def test_every_wrong_intervention_is_told(client: TestClient, interventions, status, slug) -> None:
    answer = intervene(client, interventions)
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    assert answer.json()["detail"]


def test_wrong_places_and_questions_are_told(client: TestClient) -> None:
    def problem(answer):
        assert answer.status_code in (404, 422)
        return answer.json()["type"]

    path = f"{MODELS}/{DEFAULT}"
    assert problem(client.post(f"{path}/interventions?image=none", json={"interventions": []}))
    assert problem(intervene(client, [], classes=[1000])) == "invalid-parameter"
    assert problem(intervene(client, [], model="nothing")) == "unknown-model"
    wrong_body = client.post(f"{path}/interventions?image={CAT}", content=b"[")
    assert problem(wrong_body) == "invalid-parameter"
    asked = {"image": CAT, "class": 282}
    assert problem(client.get(f"{path}/layers/none/ablations", params=asked)) == "unknown-layer"
    for change in ({"patch": 225}, {"patch": 8, "stride": 9}, {"stride": 1}, {"class": 1000}):
        answer = client.get(f"{path}/occlusion", params={**asked, **change})
        assert problem(answer) == "invalid-parameter", change
    no_target = client.get(f"{path}/occlusion", params={"image": CAT})
    assert problem(no_target) == "invalid-parameter"
    assert problem(client.post("/api/v1/images/none/variants", json={})) == "unknown-image"
    far = client.post(f"/api/v1/images/{CAT}/variants", json={"scale": 100})
    assert problem(far) == "invalid-parameter"
    sweep = {"image": CAT, "swept": "scale", "start": 0, "stop": 2}
    assert problem(client.get(f"{path}/sweeps", params=sweep)) == "invalid-parameter"
    for classes in ("282;285", "-1", "1000", ",".join(map(str, range(33)))):
        refused = client.get(f"{path}/sweeps", params={**sweep, "start": 0.5, "classes": classes})
        assert problem(refused) == "invalid-parameter", classes


def test_occlusion_has_the_same_bounds_wherever_it_is_asked_for(client: TestClient) -> None:
    path = f"{MODELS}/{DEFAULT}"
    method = f"{path}/attributions/occlusion"
    # 50,176 patches, 5,041 patches, a patch beyond the picture, a stride that leaves pixels out.
    for patch, stride in ((1, 1), (14, 3), (225, 10), (8, 9)):
        asked = {"image": CAT, "class": 282, "patch": patch, "stride": stride}
        expected = client.get(f"{path}/occlusion", params=asked).json()
        assert expected["type"] == "invalid-parameter"
        assert client.get(f"{path}/occlusion/events", params=asked).json() == expected
        for address in ("", "/events", "/deletion", "/deletion/events", "/randomisation"):
            assert client.get(method + address, params=asked).json() == expected
    # 4,096 patches are not too many: only the number that there really is counts.
    digits = {"image": CAT, "class": 3, "patch": 1, "stride": 1}
    assert client.get(f"{MODELS}/{LENET}/occlusion", params=digits).json()["rows"] == 32


def test_random_pictures_of_a_field_do_not_take_the_places_of_short_work(
    client: TestClient,
) -> None:
    services = client.app.state.services
    busy = mock.patch.object(services.work._admission, "enter", side_effect=BusyError("Taken."))
    field = f"{MODELS}/{LENET}/layers/c3/effective-receptive-field"
    unit = {"channel": 2, "row": 1, "column": 1}
    with busy:
        assert client.get(field, params={**unit, "pictures": 3}).json()["type"] == "busy"
        assert client.get(field, params={**unit, "image": CAT}).status_code == 200
    assert client.get(field, params={**unit, "pictures": 3}).status_code == 200


def test_digit_network_can_be_asked_too(client: TestClient) -> None:
    answer = client.get(
        f"{MODELS}/{LENET}/occlusion", params={"image": CAT, "class": 3, "colour": "white"}
    )
    assert answer.status_code == 200, answer.text
    unit = {"image": CAT, "layer": "c3", "channel": 2, "row": 1, "column": 1}
    assert client.get(f"{MODELS}/{LENET}/occlusion", params=unit).status_code == 200


def test_a_sweep_out_of_range_is_told_by_the_number_that_was_sent(client: TestClient) -> None:
    answer = client.get(
        "/api/v1/models/lenet5.mnist5k/sweeps",
        params={"image": "example-chelsea", "swept": "blur", "start": "0", "stop": "-1e308"},
    )
    assert answer.status_code == 422
    assert "blur -1e+308" in answer.json()["detail"]
    huge = client.get(
        "/api/v1/models/lenet5.mnist5k/sweeps",
        params={"image": "example-chelsea", "swept": "blur", "start": "1e308", "stop": "-1e308"},
    )
    assert "blur 1e+308" in huge.json()["detail"]


def test_a_name_without_end_is_not_said_back_whole(client: TestClient) -> None:
    long = "z" * 6000
    cut = {"kind": "cut", "layer": "layer1.0.add", "input": long}
    refused = [
        intervene(client, [cut], model="resnet8_32.mnist5k"),
        client.get("/api/v1/learn/cuts/resnet8_32.mnist5k", params={"cuts": long}),
        client.get(
            "/api/v1/learn/cuts/resnet8_32.mnist5k", params={"cuts": f"layer1.0.add:{long}"}
        ),
    ]
    assert [answer.status_code for answer in refused] == [422] * 3
    assert all(len(answer.content) < 500 for answer in refused)


def test_large_picture_swept_is_edited_as_it_is_alone(client: TestClient) -> None:
    """It is reduced once for all values; each must still be what a single edit makes."""
    columns, rows = np.meshgrid(np.arange(2400), np.arange(1800))
    levels = np.stack([columns % 251, rows % 241, (columns + rows) % 239], axis=2)
    file = io.BytesIO()
    Image.fromarray(levels.astype(np.uint8)).save(file, "PNG")
    sent = client.post("/api/v1/images", files={"file": ("large.png", file.getvalue())}).json()
    query = {"image": sent["id"], "swept": "deformation", "start": 0, "stop": 0.1, "values": 2}
    points = client.get(f"{MODELS}/{LENET}/sweeps", params=query).json()["points"]
    edit = {"deformation": 0.1}
    alone = client.post(f"/api/v1/images/{sent['id']}/variants", json=edit).json()["id"]
    seen = client.get(f"{MODELS}/{LENET}/predictions", params={"image": alone, "top": 1}).json()
    best = seen["classes"][0]
    assert points[1]["best"]["index"] == best["index"]
    assert points[1]["best"]["logit"] == pytest.approx(best["logit"], abs=1e-5)
