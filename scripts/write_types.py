#!/usr/bin/env python3
"""Writes static/js/types.d.ts: the documents of the API as TypeScript, from its OpenAPI schemas.

Run: `make types.d.ts`. A test holds the file current.
"""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "static" / "js" / "types.d.ts"
_HEAD = """\
/**
 * The documents of the HTTP interface, as /docs describes them. Written by scripts/write_types.py:
 * change the schemas in app/api/ instead, then run `make types.d.ts`.
 */
"""
_WIDTH = 100
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def type_of(schema: dict[str, Any]) -> str:  # noqa: PLR0911  one a kind of schema
    """A schema as a TypeScript type."""
    if "$ref" in schema:
        return name_of(schema["$ref"].rsplit("/", 1)[-1])
    if "const" in schema:
        return quoted(schema["const"])
    if "enum" in schema:
        return " | ".join(quoted(choice) for choice in schema["enum"])
    if "anyOf" in schema or "oneOf" in schema:
        choices = (type_of(choice) for choice in schema.get("anyOf") or schema["oneOf"])
        return " | ".join(dict.fromkeys(choices))
    kind = schema.get("type")
    if kind == "null":
        return "null"
    if kind == "array":
        inner = type_of(schema.get("items", {}))
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"Record<string, {type_of(schema['additionalProperties'])}>"
    if kind == "object" and "properties" not in schema:
        return "Record<string, any>"
    return _PLAIN.get(str(kind), "any")


def quoted(value: Any) -> str:
    """A constant as TypeScript writes it."""
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def name_of(schema: str) -> str:
    """What a schema is called on the page."""
    return schema.removesuffix("Schema").replace("-", "")


def interface(name: str, schema: dict[str, Any]) -> str:
    """One schema, with its description."""
    required = set(schema.get("required", ()))
    lines = [f"export interface {name_of(name)} {{"]
    for field, inner in schema.get("properties", {}).items():
        mark = "" if field in required else "?"
        lines.append(f"  {field}{mark}: {type_of(inner)};")
    said = " ".join(schema.get("description", "").split("\n\n")[0].split())
    comment = [f"/** {said} */"] if said and len(said) + 7 <= _WIDTH else []
    return "\n".join([*comment, *lines, "}"])


def written(openapi: dict[str, Any]) -> str:
    """The whole file."""
    schemas = openapi["components"]["schemas"]
    parts = [interface(name, schemas[name]) for name in sorted(schemas)]
    return "\n\n".join([_HEAD.rstrip(), *parts]) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from app.main import create_app

    TARGET.write_text(written(create_app().openapi()))
