"""The API's own description: names, words, and the types that the page takes from it."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def openapi(client: TestClient) -> dict[str, Any]:
    return client.get("/api/v1/openapi.json").json()


def operations(openapi: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]


def test_schemas_have_names_of_the_field(openapi: dict[str, Any]) -> None:
    """FastAPI writes the module into the names of two schemas that are called alike."""
    names = openapi["components"]["schemas"]
    assert not [name for name in names if "__" in name or not re.fullmatch(r"[A-Za-z]+", name)]


def test_every_parameter_and_answer_is_described(openapi: dict[str, Any]) -> None:
    for name, operation in operations(openapi):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (name, parameter["name"])
        for status, response in operation["responses"].items():
            assert response.get("description"), (name, status)
            for media_type, content in response.get("content", {}).items():
                assert "*" not in media_type, (name, status)
                assert content.get("schema"), (name, status, media_type)


def test_problems_have_one_schema(openapi: dict[str, Any]) -> None:
    assert openapi["components"]["schemas"]["Problem"]["required"] == [
        *("type", "title", "status", "detail")
    ]
    kept = openapi["components"]["examples"]
    for name, operation in operations(openapi):
        for response in operation["responses"].values():
            content = response.get("content", {}).get("application/problem+json")
            if content is None:
                continue
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, name
            for slug, example in content["examples"].items():
                assert example == {"$ref": f"#/components/examples/{slug}"}
                assert kept[slug]["value"]["type"] == slug


def test_types_of_the_page_are_current(openapi: dict[str, Any]) -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "write_types.py"))["written"]
    kept = (ROOT / "static" / "js" / "types.d.ts").read_text()
    assert kept == written(openapi), "run `make types.d.ts`"
