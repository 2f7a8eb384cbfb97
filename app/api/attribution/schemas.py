"""Attribution methods and their maps as they stand in answers."""

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.papers import PaperSchema
from app.inspection.attribution.contract import Attribution, Completeness, Method
from app.inspection.attribution.forms import map_statistics
from app.inspection.graph.unit import Contrast
from app.stores.attributions import Question


class AttributionOptionSchema(BaseModel):
    """A setting of a method. `minimum` and `maximum` are of numbers, `choices` of a choice."""

    name: str
    title: str
    description: str
    kind: Literal["integer", "number", "boolean", "choice"]
    default: bool | int | float | str
    minimum: float | None
    maximum: float | None
    choices: list[str]


class AttributionMethodSchema(BaseModel):
    """An attribution method.

    `uses_layer`: it weighs the maps of a layer, `layer`. `is_long`: it takes seconds, and its
    `/events` tell how far it is. `signed`: it tells for from against.
    """

    name: str
    title: str
    summary: str
    formula: str
    paper: PaperSchema
    uses_layer: bool
    is_long: bool
    signed: bool
    options: list[AttributionOptionSchema]


class AttributionMethodsSchema(BaseModel):
    """All methods, and the layers that a class activation map can weigh for this model's classes.

    `default_layer` is the last of them, null where the network has none.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "methods": [
                    {
                        "name": "grad_cam",
                        "title": "Grad-CAM",
                        "summary": "Where the maps lie that raise the score.",
                        "formula": "L = sum_k a_k A^k",
                        "paper": {
                            "title": "Grad-CAM",
                            "authors": "Selvaraju et al.",
                            "year": 2017,
                            "url": "https://arxiv.org/abs/1610.02391",
                        },
                        "uses_layer": True,
                        "is_long": False,
                        "signed": True,
                        "options": [
                            {
                                "name": "relu",
                                "title": "only what speaks for it",
                                "description": "Drop negative values at the end.",
                                "kind": "boolean",
                                "default": False,
                                "minimum": None,
                                "maximum": None,
                                "choices": [],
                            }
                        ],
                    }
                ],
                "layers": ["c1", "c1_tanh", "s2"],
                "default_layer": "s4_tanh",
            }
        }
    )

    model: str
    methods: list[AttributionMethodSchema]
    layers: list[str]
    default_layer: str | None


class UnitSchema(BaseModel):
    """One number of a layer; row and column are 0 for a vector."""

    layer: str
    channel: int
    row: int
    column: int


class NamedNumber(BaseModel):
    """A setting or a number by name."""

    name: str
    value: bool | int | float | str | None


class CompletenessSchema(BaseModel):
    """How far the parts add up: `total` is their sum, `difference` what it should be."""

    total: float | None
    difference: float | None
    gap: float | None
    relative_gap: float | None


class AttributionSchema(BaseModel):
    """A heat map over the network's input, in numbers.

    `class` and `label` are null for a unit; with a `rival` the target is the logit of the class
    less that of the rival. `layer` is the one whose maps were weighed.
    `target_value` is what the target is at this picture. `is_constant`: the map tells nothing.
    Minimum, maximum, mean and sum are of the raw values, which are never rescaled;
    `fraction_positive` is the share of pixels that speak for the target.
    """

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-chelsea",
                "method": "integrated_gradients",
                "class": 3,
                "label": "3",
                "rival": None,
                "rival_label": None,
                "target": {"layer": "output", "channel": 3, "row": 0, "column": 0},
                "target_value": 8.1,
                "layer": None,
                "options": [{"name": "steps", "value": 64}],
                "shape": [32, 32],
                "minimum": -0.41,
                "maximum": 0.82,
                "mean": 0.008,
                "sum": 8.05,
                "fraction_positive": 0.21,
                "is_constant": False,
                "not_finite": 0,
                "completeness": {
                    "total": 8.05,
                    "difference": 8.06,
                    "gap": 0.01,
                    "relative_gap": 0.0012,
                },
                "facts": [{"name": "baseline_value", "value": 0.04}],
            }
        },
    )

    model: str
    image: str
    method: str
    class_index: int | None = Field(alias="class")
    label: str | None
    rival: int | None
    rival_label: str | None
    target: UnitSchema
    target_value: float | None
    layer: str | None
    options: list[NamedNumber]
    shape: list[int]
    minimum: float | None
    maximum: float | None
    mean: float | None
    sum: float | None
    fraction_positive: float
    is_constant: bool
    not_finite: int
    completeness: CompletenessSchema | None
    facts: list[NamedNumber]


def describe_method(method: Method) -> AttributionMethodSchema:
    """What a method is, and what can be set."""
    return AttributionMethodSchema(
        name=method.name,
        title=method.title,
        summary=method.summary,
        formula=method.formula,
        paper=PaperSchema(**vars(method.paper)),
        uses_layer=method.uses_layer,
        is_long=method.is_long,
        signed=method.signed,
        options=[
            AttributionOptionSchema(**{**vars(option), "choices": list(option.choices)})
            for option in method.options
        ],
    )


def describe_attribution(question: Question, found: Attribution) -> dict[str, Any]:
    """The numbers of an attribution, ready for JSON."""
    target = question.target
    is_class = question.is_class
    rival = target.rival if isinstance(target, Contrast) else None
    return AttributionSchema(
        model=question.entry.id,
        image=question.image_id,
        method=question.method.name,
        class_index=target.channel if is_class else None,
        label=question.entry.labels[target.channel] if is_class else None,
        rival=rival,
        rival_label=None if rival is None else question.entry.labels[rival],
        target=UnitSchema(
            layer=target.layer_id, channel=target.channel, row=target.row, column=target.column
        ),
        target_value=_finite(found.target_value),
        layer=question.layer_id,
        options=[NamedNumber(name=name, value=value) for name, value in question.options],
        completeness=found.completeness and _describe_completeness(found.completeness),
        facts=[NamedNumber(name=name, value=_finite(value)) for name, value in found.facts.items()],
        **map_statistics(found.values),
    ).model_dump(by_alias=True)


def _describe_completeness(found: Completeness) -> CompletenessSchema | None:
    if not math.isfinite(found.gap):
        return None
    return CompletenessSchema(
        total=found.total,
        difference=found.difference,
        gap=found.gap,
        relative_gap=found.relative_gap,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
