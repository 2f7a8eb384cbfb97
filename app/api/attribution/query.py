"""How a request says what is to be explained, and by which method."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.asked import Asked
from app.api.shared.checks import (
    ChannelNumber,
    RivalNumber,
    RowNumber,
    UnitQuery,
    check_scores,
    checked_class,
    checked_rival,
    checked_unit,
)
from app.api.shared.parameters import ImageId
from app.errors import InvalidParameterError
from app.inspection.attribution.class_maps import checked_layer
from app.inspection.attribution.contract import Method, Option
from app.inspection.attribution.methods import METHODS, method_named
from app.inspection.errors import InvalidOptionError
from app.inspection.graph.unit import Unit, logit_of
from app.stores.attributions import Question

_JSON_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "choice": "string"}

# In the OpenAPI document: with which values of another parameter this one is taken, and, where that
# depends on them, what stands for it if it is not sent.
ONLY_WITH = "x-only-with"

PROBLEMS = (
    "unknown-method",
    "unknown-layer",
    "invalid-unit",
    "not-a-map",
    "time-limit",
    "no-scores",
)


class TargetQuery(BaseModel):
    """A class, or any unit of any layer; the class of the highest score unless told.

    With a rival: what a class has above another one, the difference of their logits.
    """

    model_config = ConfigDict(extra="allow")

    image: ImageId
    class_index: int | None = Field(
        None, alias="class", description="index of the class to explain", examples=[282]
    )
    rival: RivalNumber = None
    target_layer: str | None = Field(
        None, description="instead of a class: the layer of the unit to explain"
    )
    channel: ChannelNumber = None
    row: RowNumber = None
    column: RowNumber = None


class AttributionQuery(TargetQuery):
    """What to explain, and at which layer's maps; further parameters are the method's options."""

    layer: str | None = Field(
        None,
        description="of class activation maps: whose maps are weighed; the last with rows and "
        "columns unless told",
        json_schema_extra={
            ONLY_WITH: {"method": [method.name for method in METHODS if method.uses_layer]}
        },
    )


def option_parameters() -> dict[str, Any]:
    """Every option of every method, for the OpenAPI document."""
    users: dict[str, list[tuple[Method, Option]]] = {}
    for method in METHODS:
        for option in method.options:
            users.setdefault(option.name, []).append((method, option))
    return {"parameters": [_parameter(name, found) for name, found in users.items()]}


def _parameter(name: str, found: list[tuple[Method, Option]]) -> dict[str, Any]:
    option = found[0][1]
    schema: dict[str, Any] = {
        "type": _JSON_TYPES[option.kind],
        "description": option.description,
        ONLY_WITH: {"method": {method.name: own.default for method, own in found}},
    }
    if option.choices:
        schema["enum"] = list(option.choices)
    if option.minimum is not None:
        schema |= {"minimum": option.minimum, "maximum": option.maximum}
    methods = ", ".join(method.name for method, _ in found)
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "description": f"{option.description} Of {methods}.",
    }


async def target_of(asked: Asked, query: TargetQuery) -> Unit:
    """The unit that is asked about.

    Raises:
        InvalidParameterError: there is no such class, or both a class and a unit are named.
        UnknownLayerError, InvalidUnitError: there is no such unit.
    """
    if query.target_layer is not None:
        if query.class_index is not None:
            raise InvalidParameterError("class and target_layer: name one of them.")
        if query.rival is not None:
            raise InvalidParameterError("rival and target_layer: a unit has no rival.")
        layer = await asked.layer_named(query.target_layer)
        unit = UnitQuery(channel=query.channel, row=query.row, column=query.column)
        return checked_unit(layer, unit)
    if (query.channel, query.row, query.column) != (None, None, None):
        raise InvalidParameterError("channel, row and column are of a target_layer: name it too.")
    check_scores(asked.entry)
    class_index = query.class_index
    if class_index is None:
        prediction = await asked.services.predict_stored(asked.entry, query.image)
        class_index = int(prediction.logits.argmax())
    checked_class(asked.entry, class_index)
    rival = checked_rival(asked.entry, class_index, query.rival)
    return logit_of(await asked.graph(), class_index, rival)


async def question_of(asked: Asked, method_name: str, query: AttributionQuery) -> Question:
    """What is asked, complete and valid.

    Raises:
        UnknownMethodError, InvalidOptionError, InvalidAttributionLayerError: and those of
            `target_of`.
    """
    method = method_named(method_name)
    options = method.complete(
        {name: _single(name, value) for name, value in (query.model_extra or {}).items()}
    )
    graph = await asked.graph()
    method.check(graph.input_shape, options)
    target = await target_of(asked, query)
    layer_id = None
    if method.uses_layer:
        layer_id = checked_layer(graph, target.layer_id, query.layer)
    elif query.layer is not None:
        raise InvalidOptionError("layer", query.layer, f"of use to {method.name}")
    return Question(
        entry=asked.entry,
        image_id=query.image,
        method=method,
        target=target,
        is_class=target.layer_id == graph.output,
        layer_id=layer_id,
        options=tuple(sorted(options.items())),
    )


def _single(name: str, value: object) -> str:
    if isinstance(value, list):
        raise InvalidParameterError(f"{name}: given {len(value)} times; once is enough.")
    return str(value)
