"""Writes the examples of the API down, as a server answers them: app/web/examples.json.

Every question that its document gives values for is asked with these values; of the answer stands
what a person reads: lists and long texts are cut. `tests/api/test_examples.py` asks again, and
fails where an example is not what the server says.

Run: `make examples` (python -m scripts.write_examples).
"""

import json
import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings

PATH = Path(__file__).parents[1] / "app" / "web" / "examples.json"

# What is sent where the document has no example for it: of a picture that may also be deleted.
_IMAGE = "example-chelsea"
# What depends on what somebody uploaded, trained or downloaded, or on the machine: their examples
# are written by hand in their schemas.
BY_HAND = frozenset(
    {
        *("list_uploaded_checkpoints", "get_checkpoint", "get_weights"),
        *("list_runs", "get_run", "list_checkpoints", "list_samples", "readyz"),
        *("list_pictures", "get_pictures"),
    }
)
# Beside the questions that change nothing.
_ALSO_ASKED = frozenset({"intervene_in_model"})
# An answer that is no longer is shown whole, but for digits.
_WHOLE = 2_500
_LONGEST_LIST = 3
_LONGEST_OF_LISTS = 2
_LONGEST_TEXT = 160
_DIGITS = 5


def questions(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The operations that answer with JSON, by id, each with the request that its page begins with.

    Args:
        document: of OpenAPI.
    """
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            is_asked = method == "get" or operation["tags"] == ["learn"] or name in _ALSO_ASKED
            answered = operation["responses"].get("200", {}).get("content", {})
            if not is_asked or name in BY_HAND or "application/json" not in answered:
                continue
            yield name, _request(document, method, path, operation)


def _request(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> dict[str, Any]:
    query = {}
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        if parameter["name"] == "format":
            query["format"] = "json"
        shown = [parameter["example"]] if "example" in parameter else schema.get("examples", [])
        if not shown and not parameter.get("required"):
            continue
        value = shown[0] if shown else _IMAGE
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(value))
        else:
            query[parameter["name"]] = value
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    request = {"method": method.upper(), "url": path, "params": query}
    if body:
        request["json"] = {**_body(document, body["schema"]), **body.get("example", {})}
    return request


def _body(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The body that a schema shows, or that its properties do."""
    schema = (schema.get("oneOf") or schema.get("anyOf") or [schema])[0]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "example" in schema:
        return schema["example"]
    properties = schema["properties"].items()
    return {name: each["examples"][0] for name, each in properties if "examples" in each}


def example_of(answer: Any) -> Any:
    """An answer as an example: whole where it is short."""
    return shortened(answer, None if len(json.dumps(answer)) <= _WHOLE else _LONGEST_LIST)


def shortened(value: Any, most: int | None) -> Any:
    """Lists cut, unless `most` is None, long texts with an ellipsis, few digits."""
    match value:
        case dict():
            return {name: shortened(each, most) for name, each in value.items()}
        case list():
            is_deep = bool(value) and isinstance(value[0], dict | list)
            kept = value[: 1 if is_deep and most == _LONGEST_OF_LISTS else most]
            return [shortened(each, None if most is None else _LONGEST_OF_LISTS) for each in kept]
        case str() if len(value) > _LONGEST_TEXT:
            return f"{value[:_LONGEST_TEXT]}…"
        case float():
            return float(f"{value:.{_DIGITS}g}")
        case _:
            return value


def main() -> None:
    """Ask, and write."""
    with tempfile.TemporaryDirectory() as cache:
        settings = Settings(cache_dir=Path(cache))
        with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
            document = client.get("/api/v1/openapi.json").json()
            found = {}
            for name, request in questions(document):
                answer = client.request(**request)
                if answer.status_code == HTTPStatus.OK:
                    found[name] = example_of(answer.json())
                else:
                    print(f"{name}: {request}: {answer.text[:300]}")
    PATH.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
