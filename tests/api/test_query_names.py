"""No call ignores a parameter that it does not have."""

import re

import pytest
from fastapi.testclient import TestClient


def test_every_call_refuses_parameters_that_it_does_not_have(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if any(part in path for part in ("/attributions/", "/attribution-agreement")):
                continue  # Their names are known to the methods: see the next test.
            place = re.sub(r"\{\w+\}", "0", path)
            answer = client.request(method, f"{place}?nonsense=1", json={})
            assert answer.status_code == 422, f"{method} {path}"
            problem = answer.json()
            assert problem["type"] == "invalid-parameter"
            assert problem["unknown"] == ["nonsense"]
            assert "'nonsense'" in problem["detail"]
            queries = [
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
            ]
            assert problem["parameters"] == queries
            if queries:
                twice = client.request(method, f"{place}?{queries[0]}=1&{queries[0]}=1", json={})
                assert twice.status_code == 422, f"{method} {path}"
                assert f"{queries[0]}: given 2 times" in twice.json()["detail"]
    assert client.get("/?nonsense=1").status_code == 200
    assert client.get("/static/js/main.js?v=1").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "attributions/saliency?image=example-rocket",
        "attributions/saliency/events?image=example-rocket",
        "attributions/saliency/deletion?image=example-rocket",
        "attributions/saliency/deletion/events?image=example-rocket",
        "attributions/saliency/randomisation?image=example-rocket",
        "attributions/saliency/randomisation/events?image=example-rocket",
        "attribution-agreement?image=example-rocket&methods=saliency,input_times_gradient",
        "attribution-agreement/events?image=example-rocket&methods=saliency,input_times_gradient",
    ],
)
def test_options_that_no_method_has_are_refused(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1/models/lenet5/{path}&nonsense=1")
    assert answer.status_code == 422
    assert "nonsense" in answer.json()["detail"]


def test_upload_for_a_model_in_the_address_is_refused(client: TestClient, chelsea: bytes) -> None:
    answer = client.post("/api/v1/predictions?model=lenet5", files={"file": chelsea})
    assert answer.status_code == 422
    assert "'model'" in answer.json()["detail"]
