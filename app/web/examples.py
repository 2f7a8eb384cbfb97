"""True examples in the OpenAPI document: what a server answered to the values that it proposes.

`examples.json` beside this is written by `make examples`.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

_PATH = Path(__file__).with_name("examples.json")
_JSON = "application/json"
_LENET = "lenet5.mnist5k"
_UNIT = {"channel": 17, "row": 20, "column": 20}
_PATCH = {"row": 20, "column": 20}

# What an operation is asked where the examples of its parameters, which are those of many, would
# not do, or would take long.
VALUES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "get_pixels": {"size": 2},
        "get_ablations": {"layer_id": "conv_stem"},
        "watch_ablations": {"layer_id": "conv_stem"},
        "get_occlusion": {"class": 282},
        "watch_occlusion": {"class": 282},
        "get_sweep": {"values": 5},
        "watch_sweep": {"values": 5},
        "get_effective_field": {**_UNIT, "image": "example-chelsea"},
        "get_feature": {"layer_id": "classifier", "feature": 282},
        "get_deletion": {"points": 10},
        "watch_deletion": {"points": 10},
        "get_agreement": {"methods": "grad_cam,saliency"},
        "watch_agreement": {"methods": "grad_cam,saliency"},
        "get_patch": {"row": 20, "column": 20},
        "get_projection": _UNIT,
        "get_maximisation": {"channel": 17, "steps": 16, "size": 64},
        "watch_maximisation": {"channel": 17, "steps": 16, "size": 64},
        "get_covered_unit": {**_UNIT, "top": 64, "left": 64},
        "get_shift_accuracies": {"model_id": _LENET},
        "watch_shift_accuracies": {"model_id": _LENET},
        "get_template_scores": {"model_id": "softmax.mnist5k"},
        "get_cut_accuracy": {"model_id": "resnet8_32.mnist5k"},
        "get_variation": {"model_id": _LENET},
        "compare_patches": {
            "a": _PATCH,
            "b": {"row": 20, "column": 36},
            "c": {"row": 0, "column": 0},
        },
        "map_likeness": {"patch": _PATCH},
    }
)


@cache
def _answers() -> dict[str, Any]:
    return json.loads(_PATH.read_text(encoding="utf-8")) if _PATH.exists() else {}


def put_into(document: dict[str, Any]) -> None:
    """Put the values and the answers into an OpenAPI document, in place."""
    schemas = document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            name = operation["operationId"]
            values = VALUES.get(name, {})
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in values:
                    parameter["example"] = values[parameter["name"]]
            body = operation.get("requestBody", {}).get("content", {}).get(_JSON)
            if body and values:
                body["example"] = dict(values)
            if name in _answers():
                content = operation["responses"]["200"]["content"][_JSON]
                content["example"] = _answers()[name]
                # Also where the schema stands alone, or is that of another operation.
                named = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
                if named in schemas:
                    schemas[named]["example"] = _answers()[name]
