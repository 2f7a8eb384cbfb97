"""Tests of attributions as they stand in answers."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.inspection.evaluation.agreement import Agreement
from app.inspection.evaluation.deletion import DeletionCurves
from app.inspection.evaluation.randomisation import Randomisation
from app.stores.attributions import Question


class DeletionPointSchema(BaseModel):
    """What the target is with this share of the pixels deleted, or inserted."""

    fraction: float
    deletion: float | None
    insertion: float | None
    random_deletion: float | None
    random_insertion: float | None


class AreasSchema(BaseModel):
    """Under the curves: the mean of what the target was on the way."""

    deletion: float | None
    insertion: float | None
    random_deletion: float | None
    random_insertion: float | None


class DeletionCurvesSchema(BaseModel):
    """Deletion and insertion curves (Petsiuk et al. 2018), in the map's order and at random.

    `value` says what is followed: the probability of the class (with a rival: if it is one
    of the two), or the unit itself. `ties` is the
    share of pixels that have the value of others, and so no order of their own.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-chelsea",
                "method": "saliency",
                "value": "probability",
                "points": [
                    {
                        "fraction": 0.0,
                        "deletion": 0.97,
                        "insertion": 0.02,
                        "random_deletion": 0.97,
                        "random_insertion": 0.02,
                    }
                ],
                "areas": {
                    "deletion": 0.08,
                    "insertion": 0.71,
                    "random_deletion": 0.31,
                    "random_insertion": 0.42,
                },
                "ties": 0.0,
            }
        }
    )

    model: str
    image: str
    method: str
    value: Literal["probability", "unit"]
    points: list[DeletionPointSchema]
    areas: AreasSchema
    ties: float


class RandomisationStageSchema(BaseModel):
    """The map with this block and all behind it random.

    Similarities are with the map of the network as it is: rank correlations (Spearman) of the
    signed values and of their magnitudes, null where a map is constant, and SSIM.
    """

    block: str
    spearman: float | None
    spearman_absolute: float | None
    ssim: float | None
    target_value: float | None
    minimum: float | None
    maximum: float | None


class RandomisationSchema(BaseModel):
    """Cascading randomisation from the top layer down (Adebayo et al. 2018).

    The first stage is the network as it is, its block "".
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-chelsea",
                "method": "grad_cam",
                "layer": "s4_tanh",
                "seed": 0,
                "stages": [
                    {
                        "block": "output",
                        "spearman": 0.11,
                        "spearman_absolute": 0.19,
                        "ssim": 0.35,
                        "target_value": 0.4,
                        "minimum": -0.2,
                        "maximum": 0.3,
                    }
                ],
            }
        }
    )

    model: str
    image: str
    method: str
    layer: str | None
    seed: int
    stages: list[RandomisationStageSchema]


class AgreementPairSchema(BaseModel):
    """How alike two methods rank the pixels (Spearman), null where a map is constant."""

    first: str
    second: str
    spearman: float | None
    spearman_absolute: float | None


class AgreementSchema(BaseModel):
    """Every pair of the methods once, each with itself included."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "lenet5.mnist5k",
                "image": "example-chelsea",
                "pairs": [
                    {
                        "first": "grad_cam",
                        "second": "saliency",
                        "spearman": 0.21,
                        "spearman_absolute": 0.3,
                    }
                ],
            }
        }
    )

    model: str
    image: str
    pairs: list[AgreementPairSchema]


def describe_curves(question: Question, found: DeletionCurves) -> dict[str, Any]:
    """Deletion curves, ready for JSON."""
    curves = {
        "deletion": found.deletion,
        "insertion": found.insertion,
        "random_deletion": found.random_deletion,
        "random_insertion": found.random_insertion,
    }
    return DeletionCurvesSchema(
        model=question.entry.id,
        image=question.image_id,
        method=question.method.name,
        value="probability" if found.is_probability else "unit",
        points=[
            DeletionPointSchema(
                fraction=float(fraction),
                **{name: float(curve[place]) for name, curve in curves.items()},
            )
            for place, fraction in enumerate(found.fractions)
        ],
        areas=AreasSchema(**{name: found.area(curve) for name, curve in curves.items()}),
        ties=found.ties,
    ).model_dump()


def describe_stages(question: Question, seed: int, found: Randomisation) -> dict[str, Any]:
    """A cascade of random weights, ready for JSON."""
    return RandomisationSchema(
        model=question.entry.id,
        image=question.image_id,
        method=question.method.name,
        layer=question.layer_id,
        seed=seed,
        stages=[
            RandomisationStageSchema(
                block=stage.name,
                spearman=stage.spearman,
                spearman_absolute=stage.spearman_absolute,
                ssim=stage.ssim,
                target_value=stage.attribution.target_value,
                minimum=float(stage.attribution.values.min()),
                maximum=float(stage.attribution.values.max()),
            )
            for stage in found.stages
        ],
    ).model_dump()


def describe_pairs(questions: list[Question], found: Agreement) -> dict[str, Any]:
    """How alike methods are, ready for JSON."""
    return AgreementSchema(
        model=questions[0].entry.id,
        image=questions[0].image_id,
        pairs=[AgreementPairSchema(**vars(pair)) for pair in found.pairs],
    ).model_dump()
