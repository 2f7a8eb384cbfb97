"""What the page of the HTTP interface says of each operation before any is opened.

It comes with the page, so that it can be read, found and linked to at once, and without scripts.
"""

from dataclasses import dataclass
from typing import Any

from app.web.learn.terms import TERMS
from app.web.reference_words import WORDS

_PROBLEM = "application/problem+json"
_TERMS = {term.key: term.name for term in TERMS}


@dataclass(frozen=True)
class Operation:
    """One line of the page.

    Attributes:
        id: of the operation, which is its anchor.
        prose: its description: paragraphs of pieces, each with whether it is code.
        names: of all that it takes, and of the problems that it may answer with, in words.
        words: what else people call it.
    """

    id: str
    method: str
    path: str
    summary: str
    prose: list[list[tuple[str, bool]]]
    names: str
    words: str


@dataclass(frozen=True)
class Group:
    """The operations of a tag, in the order of the document."""

    tag: str
    operations: list[Operation]

    @property
    def id(self) -> str:
        return self.tag.replace(" ", "-") + "-operations"


def groups_of(document: dict[str, Any]) -> list[Group]:
    """The operations of an OpenAPI document by their tag, tags in the order of their first."""
    groups: dict[str, Group] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = operation["tags"][0]
            group = groups.setdefault(tag, Group(tag, []))
            group.operations.append(_operation(document, method, path, operation))
    return list(groups.values())


def _operation(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> Operation:
    name = operation["operationId"]
    return Operation(
        id=name,
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        prose=[
            [(piece, place % 2 == 1) for place, piece in enumerate(paragraph.split("`")) if piece]
            for paragraph in operation.get("description", "").split("\n\n")
            if paragraph
        ],
        names=_names(document, operation),
        words=" · ".join(
            [*(_TERMS.get(word, word).lower() for word in WORDS.get(name, ())), *_known(operation)]
        ),
    )


def _known(operation: dict[str, Any]) -> list[str]:
    """The values that its parameters are known to take, such as the names of methods."""
    return [
        value
        for parameter in operation.get("parameters", ())
        for value in parameter["schema"].get("x-known-values", ())
    ]


def _names(document: dict[str, Any], operation: dict[str, Any]) -> str:
    taken = [parameter["name"] for parameter in operation.get("parameters", ())]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        taken += schema.get("properties", {})
    problems = [
        slug
        for response in operation["responses"].values()
        for slug in response.get("content", {}).get(_PROBLEM, {}).get("examples", {})
    ]
    said = f"Takes {', '.join(taken)}." if taken else "Takes nothing."
    return f"{said} May answer with the problems {', '.join(problems)}." if problems else said
