"""Filters, matches, projections and maximised pictures over HTTP."""

import io
import json
import struct
from contextlib import aclosing

import numpy as np
import pytest
from fastapi.testclient import TestClient
from layer_oracle import DEFAULT, LENET, eager, fetch
from PIL import Image
from test_problems import assert_problem

from app.inspection.filters.maximisation import Climb
from models.catalogue.catalogue import catalogue

IMAGE = "example-coffee"
SOFTMAX = "softmax.mnist5k"


def path(model: str, layer: str, resource: str) -> str:
    return f"/api/v1/models/{model}/layers/{layer}/{resource}"


def get(client: TestClient, model: str, layer: str, resource: str, **query):
    answer = client.get(path(model, layer, resource), params=query)
    assert answer.status_code == 200, answer.text
    form = query.get("format", "json")
    if form == "json":
        return answer.json()
    return np.load(io.BytesIO(answer.content)) if form == "npy" else answer.content


def test_softmax_scores_are_template_times_pixel_plus_bias(client: TestClient) -> None:
    facts = get(client, SOFTMAX, "linear", "filters")
    templates = get(client, SOFTMAX, "linear", "filters", format="npy")
    assert templates.shape == (10, 1, 28, 28)
    pixels = np.load(
        io.BytesIO(
            client.get(
                f"/api/v1/models/{SOFTMAX}/input", params={"image": IMAGE, "format": "npy"}
            ).content
        )
    ).reshape(28, 28)
    scores = client.get(
        f"/api/v1/models/{SOFTMAX}/predictions", params={"image": IMAGE, "top": 10}
    ).json()["classes"]
    for score in scores:
        index = score["index"]
        total = (templates[index, 0].astype(np.float64) * pixels).sum()
        total += facts["filters"][index]["bias"]
        assert total == pytest.approx(score["logit"], abs=1e-5)


def test_exact_weights_are_those_of_the_module(client: TestClient) -> None:
    module = eager(client, DEFAULT, IMAGE).module
    for layer in ("conv_stem", "blocks.2.0.conv_dw", "classifier"):
        found = get(client, DEFAULT, layer, "filters", format="npy", channels="3,0-1")
        expected = module.get_submodule(layer).weight.detach().numpy()[[3, 0, 1]]
        assert np.array_equal(found.reshape(expected.shape), expected)


@pytest.mark.parametrize("scale", ["channel", "layer"])
def test_eight_bits_are_within_half_a_step(client: TestClient, scale: str) -> None:
    exact = get(client, LENET, "c3", "filters", format="npy")
    body = get(client, LENET, "c3", "filters", format="u8", scale=scale)
    (length,) = struct.unpack("<I", body[4:8])
    header = json.loads(body[8 : 8 + length])
    assert (body[:4], header["shape"], header["scale"]) == (b"CVU8", [16, 6, 5, 5], scale)
    low, high = np.frombuffer(body, "<f4", 32, 8 + length).reshape(2, 16, 1, 1, 1)
    codes = np.frombuffer(body, np.uint8, offset=8 + length + 128).reshape(16, 6, 5, 5)
    step = (high - low) / 255
    assert (np.abs(low + codes * step - exact) <= 0.501 * step).all()
    assert (len(np.unique(low)) == 1) == (scale == "layer")


def test_pictures_have_a_pixel_a_weight(client: TestClient) -> None:
    for layer, size in (("conv_pw", (112, 672)), ("conv_dw", None)):
        data = get(client, DEFAULT, f"blocks.5.0.{layer}", "filters", format="png")
        picture = Image.open(io.BytesIO(data))
        assert size is None or picture.size == size


def test_facts_name_lengths_likeness_and_order(client: TestClient) -> None:
    facts = get(client, LENET, "c3", "filters")
    weight = get(client, LENET, "c3", "filters", format="npy").reshape(16, -1).astype(np.float64)
    assert facts["frobenius"] == pytest.approx(np.linalg.norm(weight))
    unit = weight / np.linalg.norm(weight, axis=1, keepdims=True)
    similarity = unit @ unit.T - 2 * np.eye(16)
    for index, found in enumerate(facts["filters"]):
        assert found["l1"] == pytest.approx(np.abs(weight[index]).sum())
        assert found["nearest"] == similarity[index].argmax()
        assert found["cosine"] == pytest.approx(similarity[index].max(), abs=1e-5)
    assert sorted(facts["order"]) == list(range(16))
    some = get(client, LENET, "c3", "filters", channels="7,2")
    assert [found["index"] for found in some["filters"]] == [7, 2]


def test_layer_without_filters_names_the_nearest(client: TestClient) -> None:
    answer = client.get(path(DEFAULT, "bn1.act", "filters"))
    problem = assert_problem(answer, 422, "no-filters")
    assert problem["nearest"] == "conv_stem"
    layers = client.get(f"/api/v1/models/{DEFAULT}").json()["layers"]
    known = {layer["id"]: layer["has_filters"] for layer in layers}
    assert (known["conv_stem"], known["bn1.act"]) == (True, False)


def test_unchanged_filters_are_not_sent_again(client: TestClient) -> None:
    address = path(LENET, "c1", "filters")
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_match_and_bias_are_the_activation(client: TestClient) -> None:
    activations = fetch(client, DEFAULT, "blocks.2.0.conv_dw", image=IMAGE, format="npy")
    layer = (DEFAULT, "blocks.2.0.conv_dw")
    maps = get(client, *layer, "filters/5/match", image=IMAGE, format="npy")
    assert np.abs(maps[0] - activations[5]).max() <= 1e-5 * np.abs(activations[5]).max()
    found = get(client, *layer, "filters/5/match", image=IMAGE, count=3)
    order = np.argsort(-maps[1], axis=None, kind="stable")[:3]
    places = [divmod(int(place), maps.shape[2]) for place in order]
    assert [(best["row"], best["column"]) for best in found["best"]] == places
    assert found["worst"][0]["cosine"] == maps[1].min()
    row, column = places[0]
    pair = get(client, *layer, "filters/5/patch", image=IMAGE, row=row, column=column, format="npy")
    numbers = get(client, *layer, "filters/5/patch", image=IMAGE, row=row, column=column)
    patch, template = pair.reshape(2, -1).astype(np.float64)
    assert numbers["dot"] == pytest.approx(patch @ template)
    assert numbers["cosine"] == pytest.approx(found["best"][0]["cosine"], abs=1e-5)
    assert numbers["patch_l2"] == pytest.approx(np.linalg.norm(patch))


def test_patches_are_boxes_in_both_systems(client: TestClient) -> None:
    found = get(client, DEFAULT, "blocks.2.0.conv_dw", "channels/5/patches", image=IMAGE, count=3)
    activations = fetch(client, DEFAULT, "blocks.2.0.conv_dw", image=IMAGE, format="npy")[5]
    assert found["best"][0]["value"] == activations.max()
    assert found["worst"][0]["value"] == activations.min()
    for patch in found["best"]:
        assert patch["value"] == activations[patch["row"], patch["column"]]
        place = {"row": patch["row"], "column": patch["column"], "channel": 5, "image": IMAGE}
        field = get(client, DEFAULT, "blocks.2.0.conv_dw", "receptive-field", **place)
        assert patch["input_box"] == field["input_box"]
        assert patch["image_box"] == field["image_box"]


def test_projection_has_the_shape_of_the_input_and_names_the_rectifiers(
    client: TestClient,
) -> None:
    unit = {"channel": 3, "row": 10, "column": 12, "image": IMAGE}
    layer = (DEFAULT, "blocks.2.1.add", "projection")
    maps = {
        rule: get(client, *layer, **unit, rule=rule, format="npy")
        for rule in ("plain", "guided", "deconvnet")
    }
    assert {values.shape for values in maps.values()} == {(3, 224, 224)}
    assert not np.allclose(maps["guided"], maps["deconvnet"])
    found = get(client, *layer, **unit, rule="guided")
    # Two in each inverted residual of blocks 1.0 to 2.1, one after the stem and one in block 0.0.
    assert found["rectifiers"] == {"relu6": 10}
    assert found["maximum"] == maps["guided"].max()
    whole = Image.open(io.BytesIO(get(client, *layer, **unit, format="png")))
    assert whole.size == (224, 224)
    cut = Image.open(io.BytesIO(get(client, *layer, **unit, format="png", crop=True)))
    box = get(client, DEFAULT, "blocks.2.1.add", "receptive-field", **unit)["input_box"]
    assert cut.size == (box["right"] - box["left"], box["bottom"] - box["top"])


def test_without_rectifiers_all_rules_are_one(client: TestClient) -> None:
    unit = {"channel": 3, "row": 4, "column": 5, "image": IMAGE}
    found = [
        get(client, LENET, "c3", "projection", **unit, rule=rule, format="npy")
        for rule in ("plain", "guided")
    ]
    assert np.array_equal(*found)
    assert get(client, LENET, "c3", "projection", **unit)["rectifiers"] == {}


def test_units_that_are_not_there_are_refused(client: TestClient) -> None:
    for resource, query in (
        ("filters/16/match", {"image": IMAGE}),
        ("filters/3/patch", {"image": IMAGE, "row": 10, "column": 0}),
        ("channels/-1/patches", {"image": IMAGE}),
        ("projection", {"image": IMAGE, "channel": 3}),
        ("maximisation", {"channel": 16}),
        ("maximisation/events", {"channel": 16}),
    ):
        assert_problem(client.get(path(LENET, "c3", resource), params=query), 422, "invalid-unit")
    answer = client.get(path(LENET, "c3", "filters/3/match"), params={"image": "none"})
    assert_problem(answer, 404, "unknown-image")


def test_maximisation_streams_and_is_kept(client: TestClient) -> None:
    query = {"channel": 3, "steps": 16, "size": 64, "seed": 2}
    address = path(DEFAULT, "blocks.1.0.conv_pw", "maximisation")
    text = client.get(f"{address}/events", params=query).text
    events = [
        (lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: ")))
        for lines in (event.split("\n") for event in text.strip().split("\n\n"))
    ]
    assert {name for name, _ in events[:-1]} <= {"running"}
    name, last = events[-1]
    assert (name, last["shape"], len(last["values"])) == ("done", [3, 64, 64], 16)
    assert last["end"] > last["start"]
    found = client.get(address, params=query).json()
    assert found == {key: value for key, value in last.items() if key != "preview"}
    array = get(client, DEFAULT, "blocks.1.0.conv_pw", "maximisation", **query, format="npy")
    assert array.shape == (3, 64, 64)
    png = get(client, DEFAULT, "blocks.1.0.conv_pw", "maximisation", **query, format="png")
    assert Image.open(io.BytesIO(png)).size == (64, 64)


def test_network_of_one_size_is_climbed_at_that_size(client: TestClient) -> None:
    found = get(client, LENET, "output", "maximisation", channel=7, steps=4, size=128)
    assert found["shape"] == [1, 32, 32]


def test_giving_up_leaves_nothing(client: TestClient) -> None:
    services = client.app.state.services
    entry = catalogue().resolve(LENET)
    climb = Climb("c3", 1, steps=2000, seed=9)

    async def watch_and_leave() -> None:
        async with aclosing(services.filters.watch_maximised(entry, climb, 32)) as watched:
            async for progress in watched:
                if progress.done:
                    break

    client.portal.call(watch_and_leave)

    # There is one thread for long work: this is done when the other has left it.
    after = Climb("c3", 1, steps=1)
    client.portal.call(services.filters.maximised, entry, after, 32)
    assert services.work._running == {}
    assert not [key for key in services.work._results._values if key.details == (climb, 32)]
