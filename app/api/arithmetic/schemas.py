"""Explanations of units as they stand in answers."""

import math
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.api.shared.sizes import BoxSchema
from app.inspection.arithmetic.pixels import PixelOrigin
from app.inspection.arithmetic.terms import Explanation, MatrixPlace, Operand, Patch, Token
from app.stores.explanations import UnitExplanation

Kind = Literal[
    "weighted_sum",
    "maximum",
    "function",
    "normalisation",
    "elementwise",
    "copy",
    "pixel",
    "unexplained",
]


class UnitValueSchema(BaseModel):
    """A unit and its value; row and column are null in a vector, the value where not finite."""

    layer: str
    channel: int
    row: int | None
    column: int | None
    value: float | None


class FormulaTokenSchema(BaseModel):
    """A piece of the formula: text, or a number with its name; `unit` where it is a unit's value.

    A constant is float64, a unit's value float32.
    """

    text: str
    value: float | None
    unit: UnitValueSchema | None


class TermSchema(BaseModel):
    """One of the products. `unit` is null in the padding; `weight` where nothing is weighed."""

    term: int
    unit: UnitValueSchema | None
    value: float | None
    weight: float | None
    product: float | None


class PatchGeometrySchema(BaseModel):
    """The block that the unit reads: `terms` = channels x rows x columns, counted in C order.

    `rows` and `columns` name the source of each row and column; null lies in the padding, or
    between the strides of a transposed convolution. `total` is the sum of all products in float64.
    """

    layer: str
    first_channel: int
    channels: int
    rows: list[int | None]
    columns: list[int | None]
    terms: int
    is_weighted: bool
    total: float | None


class MatrixPlaceSchema(BaseModel):
    """The convolution as one matrix product: (positions x terms) times (terms x kernels).

    `row` and `column` are this unit's place in the product, `repetition` how many numbers the
    patches hold for each number of the input; with groups it is one product a group.
    """

    positions: int
    terms: int
    kernels: int
    groups: int
    group: int
    row: int
    column: int
    repetition: float


class DerivativeSchema(BaseModel):
    """How much the unit's value changes with that of a unit that it reads."""

    unit: UnitValueSchema
    value: float | None


class CurvePointSchema(BaseModel):
    """A point of a function."""

    x: float | None
    y: float | None


class PixelOriginSchema(BaseModel):
    """Where a pixel of the input lies in the upright picture, and the picture's own pixel there."""

    image_box: BoxSchema
    image_row: int | None
    image_column: int | None
    red: int | None
    green: int | None
    blue: int | None


_UNIT_EXAMPLE: dict[str, Any] = {
    "layer": "blocks.0.0.bn2.act",
    "channel": 3,
    "row": 40,
    "column": 52,
    "value": 0.83,
}


class ExplanationSchema(BaseModel):
    """How one unit got its value.

    `value` is what the network computed in float32; `explained` the same worked out again in
    float64 from the captured inputs and the network's parameters, null for an operation that
    nobody explained. `formula` is text in Python's notation: with each number in parentheses it
    evaluates to `explained`. `largest` are the terms of the patch that count most; `format=npy` has
    all of them.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-coffee",
                "layer": "blocks.0.0.conv_pw",
                "operation": "convolution",
                "channel": 7,
                "row": 40,
                "column": 52,
                "value": 1.25,
                "explained": 1.2500001,
                "difference": 1e-7,
                "kind": "weighted_sum",
                "rule": "sum",
                "formula": [{"text": "sum", "value": 1.2500001, "unit": None}],
                "note": "",
                "operands": [],
                "patch": {
                    "layer": "blocks.0.0.bn2.act",
                    "first_channel": 0,
                    "channels": 32,
                    "rows": [40],
                    "columns": [52],
                    "terms": 32,
                    "is_weighted": True,
                    "total": 1.2500001,
                },
                "largest": [
                    {"term": 3, "unit": _UNIT_EXAMPLE, "value": 0.83, "weight": 1.1, "product": 0.9}
                ],
                "winner": None,
                "bias": None,
                "divisor": None,
                "derivatives": [],
                "curve": [],
                "matrix": {
                    "positions": 12544,
                    "terms": 32,
                    "kernels": 16,
                    "groups": 1,
                    "group": 0,
                    "row": 4532,
                    "column": 7,
                    "repetition": 1.0,
                },
                "pixel": None,
            }
        }
    )

    model: str
    image: str
    layer: str
    operation: str
    channel: int
    row: int | None
    column: int | None
    value: float | None
    explained: float | None
    difference: float | None
    kind: Kind
    rule: str
    formula: list[FormulaTokenSchema]
    note: str
    operands: list[UnitValueSchema]
    patch: PatchGeometrySchema | None
    largest: list[TermSchema]
    winner: TermSchema | None
    bias: float | None
    divisor: float | None
    derivatives: list[DerivativeSchema]
    curve: list[CurvePointSchema]
    matrix: MatrixPlaceSchema | None
    pixel: PixelOriginSchema | None


class RowUnitSchema(BaseModel):
    """One unit of a row, as far as it differs from its neighbours.

    `value` is the network's own float32, `explained` the same worked out again in float64.
    `columns` and `total` as `patch` has them, `winner` the term that a maximum took.
    """

    column: int
    value: float | None
    explained: float | None
    columns: list[int | None]
    total: float | None
    winner: int | None
    divisor: float | None


class RowPatchSchema(BaseModel):
    """What the windows of a row share: see the patch of a single unit.

    `padding` stands where nothing is read; null is minus infinity.
    """

    layer: str
    first_channel: int
    channels: int
    rows: list[int | None]
    is_weighted: bool
    padding: float | None


class RowExplanationSchema(BaseModel):
    """How neighbouring units of one row of a map got their values, each by a window."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-coffee",
                "layer": "c1",
                "operation": "convolution",
                "channel": 2,
                "row": 0,
                "kind": "weighted_sum",
                "bias": 0.02,
                "patch": {
                    "layer": "input",
                    "first_channel": 0,
                    "channels": 1,
                    "rows": [0, 1, 2, 3, 4],
                    "is_weighted": True,
                    "padding": 0.0,
                },
                "units": [
                    {
                        "column": 0,
                        "value": 0.41,
                        "explained": 0.41,
                        "columns": [0, 1, 2, 3, 4],
                        "total": 0.39,
                        "winner": None,
                        "divisor": None,
                    }
                ],
            }
        }
    )

    model: str
    image: str
    layer: str
    operation: str
    channel: int
    row: int
    kind: Kind
    bias: float | None
    patch: RowPatchSchema
    units: list[RowUnitSchema]


def describe_row(explanations: Sequence[Explanation], padding: float) -> dict[str, Any]:
    """As `RowExplanationSchema`, without the names.

    Args:
        explanations: of units beside each other, all by windows.
        padding: what stands where nothing is read.
    """
    first = explanations[0]
    patches = [found.patch for found in explanations if found.patch is not None]
    shared = patches[0]
    return {
        "kind": first.kind,
        "bias": _finite(first.bias),
        "patch": {
            "layer": shared.layer_id,
            "first_channel": shared.channels.start,
            "channels": len(shared.channels),
            "rows": list(shared.rows),
            "is_weighted": shared.weights is not None,
            "padding": _finite(padding),
        },
        "units": [
            {
                "column": found.unit.place[2],
                "value": _finite(found.unit.value),
                "explained": _finite(found.explained),
                "columns": list(patch.columns),
                "total": _finite(patch.total),
                "winner": found.winner,
                "divisor": _finite(found.divisor),
            }
            for found, patch in zip(explanations, patches, strict=True)
        ],
    }


def describe_explanation(found: UnitExplanation, operation: str, terms: int) -> dict[str, Any]:
    """As `ExplanationSchema`, without the names of model and picture."""
    explanation = found.explanation
    patch = explanation.patch
    return {
        **unit_document(explanation.unit),
        "operation": operation,
        "explained": _finite(explanation.explained),
        "difference": _finite(explanation.difference),
        "kind": explanation.kind,
        "rule": explanation.rule,
        "formula": [_token(token) for token in explanation.tokens],
        "note": explanation.note,
        "operands": [unit_document(operand) for operand in explanation.operands],
        "patch": patch and _patch(patch),
        "largest": _largest(patch, terms),
        "winner": _winner(explanation),
        "bias": _finite(explanation.bias),
        "divisor": _finite(explanation.divisor),
        "derivatives": [
            {"unit": unit_document(operand), "value": _finite(slope)}
            for operand, slope in explanation.derivatives
        ],
        "curve": [{"x": x, "y": y} for x, y in explanation.curve],
        "matrix": explanation.matrix and _matrix(explanation.matrix),
        "pixel": found.origin and _pixel(found.origin),
    }


def unit_document(unit: Operand) -> dict[str, Any]:
    """As `UnitValueSchema`."""
    row, column = unit.place[1:3] if len(unit.place) == 3 else (None, None)
    return {
        "layer": unit.layer_id,
        "channel": unit.place[0],
        "row": row,
        "column": column,
        "value": _finite(unit.value),
    }


def _token(token: Token) -> dict[str, Any]:
    unit = token.operand and unit_document(token.operand)
    return {"text": token.text, "value": _finite(token.value), "unit": unit}


def _patch(patch: Patch) -> dict[str, Any]:
    return {
        "layer": patch.layer_id,
        "first_channel": patch.channels.start,
        "channels": len(patch.channels),
        "rows": list(patch.rows),
        "columns": list(patch.columns),
        "terms": patch.size,
        "is_weighted": patch.weights is not None,
        "total": _finite(patch.total),
    }


def _largest(patch: Patch | None, count: int) -> list[dict[str, Any]]:
    if patch is None:
        return []
    return [_term(patch, term, product) for term, product in patch.largest(count)]


def _winner(explanation: Explanation) -> dict[str, Any] | None:
    patch, winner = explanation.patch, explanation.winner
    if patch is None or winner is None:
        return None
    return _term(patch, winner, float(patch.products.ravel()[winner]))


def _term(patch: Patch, term: int, product: float) -> dict[str, Any]:
    operand = patch.operand(term)
    weight = None if patch.weights is None else float(patch.weights.ravel()[term])
    return {
        "term": term,
        "unit": operand and unit_document(operand),
        "value": _finite(float(patch.values.ravel()[term])),
        "weight": _finite(weight),
        "product": _finite(product),
    }


def _matrix(matrix: MatrixPlace) -> dict[str, Any]:
    return dict(vars(matrix))


def _pixel(origin: PixelOrigin) -> dict[str, Any]:
    red, green, blue = origin.rgb or (None, None, None)
    return {
        "image_box": BoxSchema.of(origin.image_box).model_dump(),
        "image_row": origin.image_row,
        "image_column": origin.image_column,
        "red": red,
        "green": green,
        "blue": blue,
    }


def _finite(value: float | None) -> float | None:
    """JSON has no nan."""
    return value if value is not None and math.isfinite(value) else None
