"""A network whose scores are no numbers is answered in JSON, and says that they are unknown."""

import json
import math
from collections.abc import Iterator

import pytest
import torch
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from models.catalogue.catalogue import catalogue

BROKEN = "/api/v1/models/lenet5.random"
PICTURE = {"image": "example-chelsea"}


def parsed(text: str):
    def refuse(name: str):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module", params=[math.nan, math.inf])
def broken(settings: Settings, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """An application of its own whose LeNet-5 has one weight that training has blown up."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as test_client:
        library = test_client.app.state.services.library
        entry = catalogue().resolve("lenet5.random")
        model = test_client.portal.call(library.load, entry)
        with torch.no_grad():
            model.module.output.bias[3] = request.param
        yield test_client


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("predictions", {"top": 10}),
        ("decomposition", {"class": 3}),
        ("layers/output/activations", {"format": "json"}),
        ("layers/output/activations", {"format": "u8"}),
        ("layers/output/units/3", {}),
        ("layers/c3/maximisation", {"channel": 1, "steps": 1, "size": 32}),
        ("layers/output/maximisation", {"channel": 3, "steps": 1, "size": 32}),
        ("layers/output/projection", {"channel": 3, "format": "png"}),
        ("layers/c3/ablations", {"class": 3}),
        ("occlusion", {"class": 3, "patch": 16, "stride": 16}),
        ("attributions/saliency", {"class": 3, "format": "u8"}),
        ("attributions/integrated_gradients", {"class": 3}),
        ("attributions/saliency/deletion", {"class": 3, "points": 2}),
        ("attributions/saliency/randomisation/events", {"class": 3}),
    ],
)
def test_scores_that_are_no_numbers_are_answered(
    broken: TestClient, path: str, parameters: dict
) -> None:
    asked = parameters if path.endswith("maximisation") else {**PICTURE, **parameters}
    answer = broken.get(f"{BROKEN}/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"]
    if kind.startswith("application/json"):
        parsed(answer.text)
    elif kind.startswith("text/event-stream"):
        blocks = [block.split("\n") for block in answer.text.strip().split("\n\n")]
        assert [parsed(data.removeprefix("data: ")) for _, data in blocks]
        assert blocks[-1][0] == "event: done"


def test_what_is_no_number_is_null_and_its_entropy_unknown(broken: TestClient) -> None:
    found = parsed(broken.get(f"{BROKEN}/predictions", params={**PICTURE, "top": 10}).text)
    scores = {score["index"]: score for score in found["classes"]}
    assert found["entropy_bits"] is None
    assert (scores[3]["logit"], scores[3]["probability"]) == (None, None)
    assert all(isinstance(scores[index]["logit"], float) for index in scores if index != 3)
    edit = {"kind": "switch_off", "layer": "c3", "channel": 1}
    answer = broken.post(f"{BROKEN}/interventions", params=PICTURE, json={"interventions": [edit]})
    assert answer.status_code == 200, answer.text
    assert parsed(answer.text)["entropy_bits_before"] is None


def test_network_that_is_linear_from_the_picture_on_is_a_sum(client: TestClient) -> None:
    for class_index in range(10):
        answer = client.get(
            "/api/v1/models/softmax.mnist5k/decomposition",
            params={**PICTURE, "class": class_index},
        )
        found = answer.json()
        assert (answer.status_code, found["layer"], len(found["shares"])) == (200, "flatten", 784)
        assert found["residual"] == 0
