"""The examples of the documentation are what the server answers."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scripts.write_examples import BY_HAND, PATH, questions

ROOT = Path(__file__).parents[2]


def differences(shown: Any, told: Any, place: str = "") -> list[str]:
    """Where an example is not the answer, or not its beginning."""
    if isinstance(shown, dict) and isinstance(told, dict):
        if shown.keys() != told.keys():
            return [f"{place}: names {sorted(shown.keys() ^ told.keys())}"]
        return [
            each
            for name, value in shown.items()
            for each in differences(value, told[name], f"{place}.{name}")
        ]
    if isinstance(shown, list) and isinstance(told, list):
        if len(shown) > len(told) or (told and not shown):
            return [f"{place}: {len(shown)} shown of {len(told)}"]
        return [
            each
            for at, (left, right) in enumerate(zip(shown, told, strict=False))
            for each in differences(left, right, f"{place}[{at}]")
        ]
    if isinstance(shown, str) and shown.endswith("…"):
        is_right = str(told).startswith(shown[:-1])
    elif isinstance(shown, float) and isinstance(told, int | float):
        # Another machine adds up in another order.
        is_right = math.isclose(shown, told, rel_tol=2e-3, abs_tol=2e-4)
    else:
        is_right = shown == told and type(shown) is type(told)
    return [] if is_right else [f"{place}: {shown!r} is {told!r}"]


def test_differences_are_found() -> None:
    told = {"a": [1.0, 2.0], "b": "a long text", "c": 3}
    assert differences({"a": [1.0], "b": "a long…", "c": 3}, told) == []
    for wrong in (
        {"a": [1.1], "b": "a long…", "c": 3},
        {"a": [], "b": "a long…", "c": 3},
        {"a": [1.0], "b": "a short…", "c": 3},
        {"a": [1.0], "b": "a long…", "c": 4},
        {"a": [1.0], "b": "a long…"},
    ):
        assert differences(wrong, told) != []


def test_every_example_is_what_the_server_answers(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    wrong, asked = {}, set()
    for name, request in questions(document):
        answer = client.request(**request)
        assert answer.status_code == 200, (name, request, answer.text[:300])
        operation = document["paths"]
        shown = next(
            each["responses"]["200"]["content"]["application/json"]["example"]
            for methods in operation.values()
            for each in methods.values()
            if each["operationId"] == name
        )
        asked.add(name)
        if found := differences(shown, answer.json()):
            wrong[name] = found[:3]
    assert wrong == {}, "run `make examples`, if the answers are right"
    assert set(json.loads(PATH.read_text())) == asked
    assert len(asked) > 45


def test_examples_by_hand_are_of_operations_that_there_are(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    names = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    assert names >= BY_HAND


def test_readme_shows_what_the_server_answers(client: TestClient) -> None:
    shown = (ROOT / "README.md").read_text().split("```json")[1].split("```")[0]
    prediction = json.loads(shown)
    with (ROOT / "static" / "examples" / "chelsea.png").open("rb") as file:
        told = client.post("/api/v1/predictions", files={"file": file}, data={"top": 3}).json()
    assert prediction["model"] == told["model"]
    assert prediction["entropy_bits"] == pytest.approx(told["entropy_bits"], abs=0.005)
    assert len(prediction["classes"]) == len(told["classes"])
    for each, right in zip(prediction["classes"], told["classes"], strict=True):
        assert (each["index"], each["label"]) == (right["index"], right["label"])
        for name, digits in {"logit": 4, "probability": 4, "sigmoid": 4}.items():
            assert each[name] == pytest.approx(right[name], abs=0.6 * 10**-digits)
