"""A small network learns to part points of the plane, and is watched while it does."""

import math
from base64 import b64encode
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.learn.lessons import LessonResult, watched_lesson
from app.inspection.progress import Progress
from app.web.json_answers import encoded_json
from models.lessons.playground import (
    MAP_SIZE,
    NODE_MAP_SIZE,
    REACH,
    ActivationName,
    Frame,
    LayerWeights,
    Playground,
    Setup,
    first_weights,
    weight_shapes,
)
from models.lessons.point_sets import PointSetName

router = APIRouter()

# Of the largest network a frame has 0.12 MB.
_MOST_FRAMES = 40
Number = Annotated[float, Field(allow_inf_nan=False)]
Row = Annotated[list[Number], Field(max_length=12)]
Rows = Annotated[list[Row], Field(max_length=12)]
Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-REACH, le=REACH)]


class LayerBody(BaseModel):
    """A layer as an event tells it; one piece a layer, and two in a hidden layer of maxout."""

    model_config = ConfigDict(extra="forbid")

    weight: list[Rows] = Field(max_length=2, description="(pieces, out, in)")
    bias: Rows = Field(description="(pieces, out)")
    weight_velocity: list[Rows] = Field(max_length=2, description="as weight")
    bias_velocity: Rows = Field(description="as bias")

    def arrays(self) -> LayerWeights:
        """The same as the lesson has it."""
        return LayerWeights(**{name: np.array(numbers) for name, numbers in self})


class NetworkBody(BaseModel):
    """Where a run goes on: `step` and `layers` of one of its events."""

    model_config = ConfigDict(extra="forbid")

    step: int = Field(ge=0, le=1_000_000, description="steps taken so far", examples=[100])
    layers: list[LayerBody] = Field(max_length=5, description="the first first")


class PlaygroundBody(BaseModel):
    """Points, a network 2 - hidden - 2, and how long to train it. The same body, the same run."""

    model_config = ConfigDict(extra="forbid")

    points: PointSetName = Field("rings", description="the pattern of the two classes")
    count: int = Field(200, ge=4, le=400, description="points; half of each class")
    noise: float = Field(0.08, ge=0, le=0.5, description="standard deviation along each axis")
    hidden: list[Annotated[int, Field(ge=1, le=12)]] = Field(
        [8, 8], max_length=4, description="units of each hidden layer", validate_default=True
    )
    activation: ActivationName = Field("relu", description="behind every hidden layer")
    rate: float = Field(0.5, gt=0, le=100, description="the learning rate")
    momentum: float = Field(0.0, ge=0, lt=1, description="share of the velocity that is kept")
    seed: int = Field(0, ge=0, le=9_999, description="of the points and of the first weights")
    steps: int = Field(1_500, ge=0, le=3_000, description="each over all points")
    every: int = Field(
        50,
        ge=1,
        le=100,
        description=(
            f"steps from one event to the next; steps / every is at most {_MOST_FRAMES}, so that a "
            "stream stays below 5 MB"
        ),
    )
    probe: tuple[Coordinate, Coordinate] = Field(
        (0.0, 0.0), description="the point whose values every event tells", examples=[[0.5, 0.2]]
    )
    network: NetworkBody | None = Field(
        None, description="goes on from there; null begins with the first weights of the seed"
    )

    @model_validator(mode="after")
    def _is_bounded_and_fits(self) -> "PlaygroundBody":
        if self.steps > self.every * _MOST_FRAMES:
            raise ValueError(f"steps / every is at most {_MOST_FRAMES}")
        if self.network is not None:
            shapes = weight_shapes(self.setup())
            if len(self.network.layers) != len(shapes):
                raise ValueError(f"network has to have {len(shapes)} layers")
            for place, (layer, shape) in enumerate(zip(self.network.layers, shapes, strict=True)):
                for name, expected in (("weight", shape), ("bias", shape[:2])):
                    for each in (name, f"{name}_velocity"):
                        if not _has_shape(getattr(layer, each), expected):
                            raise ValueError(f"{each} of layer {place} has to be {expected}")
        return self

    def setup(self) -> Setup:
        """What the lesson is asked for."""
        return Setup(
            points=self.points,
            count=self.count,
            noise=self.noise,
            hidden=tuple(self.hidden),
            activation=self.activation,
            rate=self.rate,
            momentum=self.momentum,
            seed=self.seed,
        )


@watched_lesson(
    router,
    "/learn/playground",
    running=(
        "a frame: `step`, `loss` (nats), `accuracy`, `boundary` (base64, a byte a cell row by row "
        "from the top: the probability of class 1), `nodes` of each hidden layer (`scale` and "
        "`codes`, base64: a code q stands for scale (2 q / 255 - 1)), `layers` (weights, biases "
        "and velocities, from which a run goes on) and `probe` (each layer `before` and `after` "
        "its activation)"
    ),
    done=(
        "the last frame, `points`, `labels`, `history` (step, loss and accuracy of every frame), "
        "`is_finite` (false: the loss is no number any more, and no further step was taken), "
        "`reach` (the maps show the square from -reach to reach), `map_size` and `node_map_size`"
    ),
    summary="A small network learns to part points",
)
def train_playground(body: PlaygroundBody, step: Progress) -> LessonResult:
    setup, network = body.setup(), body.network
    if network is None:
        run = Playground(setup, first_weights(setup), probe=body.probe)
    else:
        layers = [layer.arrays() for layer in network.layers]
        run = Playground(setup, layers, network.step, body.probe)
    frame, history = run.frame(), []
    for done in range(0, body.steps, body.every):
        history.append((frame.step, frame.loss, frame.accuracy))
        step(done, body.steps, _document(frame))
        run.train(min(body.every, body.steps - done))
        frame = run.frame()
        if not math.isfinite(frame.loss):
            break
    history.append((frame.step, frame.loss, frame.accuracy))
    document = {
        **_document(frame),
        "points": run.points.tolist(),
        "labels": run.labels.tolist(),
        "history": history,
        "is_finite": math.isfinite(frame.loss),
        "reach": REACH,
        "map_size": MAP_SIZE,
        "node_map_size": NODE_MAP_SIZE,
    }
    return LessonResult(document, len(encoded_json(document)))


def _document(frame: Frame) -> dict[str, Any]:
    return {
        "step": frame.step,
        "loss": frame.loss,
        "accuracy": frame.accuracy,
        "boundary": _base64(frame.boundary),
        "nodes": [
            [{"scale": node.scale, "codes": _base64(node.codes)} for node in layer]
            for layer in frame.nodes
        ],
        "layers": [
            {
                "weight": layer.weight.tolist(),
                "bias": layer.bias.tolist(),
                "weight_velocity": layer.weight_velocity.tolist(),
                "bias_velocity": layer.bias_velocity.tolist(),
            }
            for layer in frame.layers
        ],
        "probe": [
            {"before": layer.before.tolist(), "after": layer.after.tolist()}
            for layer in frame.probe
        ],
    }


def _base64(codes: bytes) -> str:
    return b64encode(codes).decode("ascii")


def _has_shape(nested: Any, shape: tuple[int, ...]) -> bool:
    """Whether lists of lists have that shape; of numbers nothing is asked."""
    if not shape:
        return not isinstance(nested, list)
    return len(nested) == shape[0] and all(_has_shape(each, shape[1:]) for each in nested)
