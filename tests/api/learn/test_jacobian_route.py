"""POST /learn/jacobian: what is asked for, what is answered, and what is refused."""

import pytest
from fastapi.testclient import TestClient

from app.api.learn.jacobian import JacobianQuestion, JacobianSchema

PATH = "/api/v1/learn/jacobian"
QUESTION = JacobianQuestion.model_config["json_schema_extra"]["example"]
LINEAR = QUESTION["stages"][0]


def test_the_documented_answer_is_that_of_the_documented_question(client: TestClient) -> None:
    answer = client.post(PATH, json=QUESTION)
    assert answer.status_code == 200
    assert answer.json() == JacobianSchema.model_config["json_schema_extra"]["example"]


def test_rows_turn_the_weight_and_no_sign(client: TestClient) -> None:
    turned = [list(row) for row in zip(*LINEAR["weight"], strict=True)]
    stages = [{"kind": "linear", "weight": turned}, {"kind": "relu"}]
    rows = client.post(PATH, json={**QUESTION, "layout": "row", "stages": stages}).json()
    columns = client.post(PATH, json=QUESTION).json()
    for one, other in zip(rows["stages"], columns["stages"], strict=True):
        assert one["jacobian"] == other["jacobian"]
        assert one["input_gradient"] == other["input_gradient"]
    gradient = rows["stages"][0]["weight_gradient"]
    assert gradient == [
        list(row) for row in zip(*columns["stages"][0]["weight_gradient"], strict=True)
    ]


@pytest.mark.parametrize("layout", ["column", "row"])
def test_a_label_sends_p_minus_y_back(client: TestClient, layout) -> None:
    body = {"x": [0, 0], "stages": [{"kind": "identity"}], "layout": layout, "label": 1}
    answer = client.post(PATH, json=body).json()
    # Two equal scores: p = (1/2, 1/2), so p - y = (1/2, -1/2), and the loss is log 2.
    assert answer["inflow"] == [0.5, -0.5]
    assert answer["loss"] == pytest.approx(0.6931471805599453)


@pytest.mark.parametrize(
    "change",
    [
        {"x": []},
        {"x": [1] * 7},
        {"x": [1, "NaN"]},
        {"x": [1, 2, 3]},
        {"stages": []},
        {"stages": [LINEAR, {"kind": "relu"}, {"kind": "relu"}]},
        {"stages": [{"kind": "linear"}]},
        {"stages": [{"kind": "relu", "weight": [[1, 2]]}]},
        {"stages": [{"kind": "linear", "weight": [[1, 2], [1]]}]},
        {"stages": [{"kind": "linear", "weight": [[1, 2]] * 7}]},
        {"stages": [{"kind": "convolution"}]},
        {"layout": "diagonal"},
        {"layout": "row"},
        {"inflow": [1, 1]},
        {"label": 0},
        {"inflow": None, "label": 3},
        {"inflow": None, "label": -1},
        {"more": 1},
    ],
)
def test_a_question_out_of_bounds_is_refused(client: TestClient, change) -> None:
    answer = client.post(PATH, json={**QUESTION, **change})
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
