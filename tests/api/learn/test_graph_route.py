"""POST /learn/graph: what is asked for, what is answered, and what is refused."""

import pytest
from fastapi.testclient import TestClient

from app.api.learn.graph import ExpressionQuestion, GraphSchema, NetworkQuestion

PATH = "/api/v1/learn/graph"
NETWORK = NetworkQuestion.model_config["json_schema_extra"]["example"]


def ask(client: TestClient, expression: str, **more):
    return client.post(PATH, json={"kind": "expression", "expression": expression, **more})


def test_the_documented_answer_is_that_of_the_documented_question(client: TestClient) -> None:
    question = ExpressionQuestion.model_config["json_schema_extra"]["example"]
    answer = client.post(PATH, json=question)
    assert answer.status_code == 200
    assert answer.json() == GraphSchema.model_config["json_schema_extra"]["example"]


def test_a_fork_adds_up(client: TestClient) -> None:
    answer = ask(client, "3x + 5x", values={"x": 2, "unread": 4}).json()
    assert {node["text"]: node["inflow"] for node in answer["nodes"]} == {
        "x": 8,
        "3": None,
        "5": None,
        "3x": 1,
        "5x": 1,
        "3x + 5x": 1,
    }
    assert answer["nodes"][-1]["value"] == 16


def test_a_zero_has_no_sign(client: TestClient) -> None:
    answer = ask(client, "max(a, b)", values={"b": 2}, inflow=-7)
    assert "-0" not in answer.text
    assert [node["inflow"] for node in answer.json()["nodes"][:2]] == [0, -7]


def test_a_network_has_matrices_on_its_edges(client: TestClient) -> None:
    answer = client.post(PATH, json=NETWORK).json()
    nodes = {node["id"]: node for node in answer["nodes"]}
    # W1 x = (0.5 + 2, 2 - 2) = (2.5, 0); W2 h = (2.5, 0, -2.5).
    assert nodes["s"]["value"] == [[2.5], [0]]
    assert nodes["t"]["value"] == [[2.5], [0], [-2.5]]
    assert isinstance(nodes["L"]["value"], float)
    assert len(nodes["W2"]["inflow"]) == 3
    assert len(nodes["W2"]["inflow"][0]) == 2


def test_what_is_no_expression_is_told_with_its_place(client: TestClient) -> None:
    answer = ask(client, "3x + sin(x)")
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "invalid-expression"
    assert problem["position"] == 5
    assert "sin" in problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "expression"},
        {"kind": "program", "expression": "x"},
        {"kind": "expression", "expression": "x" * 201},
        {"kind": "expression", "expression": "x", "more": 1},
        {"kind": "expression", "expression": "x", "values": {"x": 1e7}},
        {"kind": "expression", "expression": "x", "values": {"x": "NaN"}},
        {"kind": "expression", "expression": "x", "values": {"x": None}},
        {"kind": "expression", "expression": "x", "values": {str(n): n for n in range(41)}},
        {"kind": "expression", "expression": "x", "inflow": "Infinity"},
        {**NETWORK, "labels": [3]},
        {**NETWORK, "labels": [-1]},
        {**NETWORK, "labels": [0, 0]},
        {**NETWORK, "labels": []},
        {**NETWORK, "inputs": [[1]]},
        {**NETWORK, "inputs": []},
        {**NETWORK, "inputs": [[]]},
        {**NETWORK, "inputs": [[1, 2], [1]]},
        {**NETWORK, "hidden_weights": [[1, 2]]},
        {**NETWORK, "output_weights": [[1, 2]] * 7},
        {**NETWORK, "activation": "softmax"},
    ],
)
def test_a_question_out_of_bounds_is_refused(client: TestClient, body) -> None:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
