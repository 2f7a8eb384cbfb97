"""How a network becomes the files of a bundle; see `convscope.export`."""

import json
import random
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from convscope.bundle import CARD, GRAPH, WEIGHTS, sha256_of, write_bundle
from convscope.card import (
    Labels,
    assumed_preprocessing,
    labels_of,
    preprocessing_of,
    shape_of,
    slug_of,
)
from convscope.copying import copied
from convscope.errors import ExportError
from convscope.one_output import Returned, with_one_output
from convscope.tools import tools

_KEY = {"bundle": 1}
# Of the largest value of a network's output, by which what was written down may differ from it.
_TOLERANCE = 1e-5
_OWN_FILE = "one_output.py:"
# Between a classifier and what a network returns.
_HANDS_SCORES_ON = frozenset(
    {"flatten", "reshape", "squeeze", "softmax", "log_softmax", "sigmoid", "relu", "mean"}
    | {"adaptive_average_pool", "average_pool", "multiply", "divide", "dropout", "clamp"}
)
_MAKES_SCORES = frozenset({"linear", "convolution", "matrix_product"})


def write_down(
    model: Any,
    place: Path,
    *,
    labels: Labels,
    preprocessing: Any,
    input_shape: Any,
    name: str,
    source: str | None = None,
    architecture: str | None = None,
    notes: tuple[str, ...] = (),
    is_preprocessing_known: bool = False,
) -> dict[str, Any]:
    """Write a bundle; returns its card.

    Args:
        model: see `convscope.export`.
        labels: see there.
        preprocessing: see there.
        input_shape: see there.
        place: of the bundle.
        name: that it is listed under.
        source: what the weights came from, for a person to read.
        architecture: the design's name, where it is known better than the class says.
        notes: what is to be said of it besides.
        is_preprocessing_known: the weights are those that the library prepares pictures for.

    Raises:
        ExportError: see `convscope.export`.
    """
    shape = shape_of(input_shape)
    names = labels_of(labels)
    prepared = (
        _known_preprocessing(model, shape)
        if preprocessing is None
        else preprocessing_of(preprocessing, shape)
    )
    with _alone():
        copy = copied(model)
        network = copy.module
        title = type(network).__name__
        _refuse_other_inputs(network)
        returned = with_one_output(network)
        graph = _traced(network, shape)
        packed = _packed(graph)
        tensors = _tensors(network, graph.state)
        _compare(network, packed, tensors, shape)
    classes = _classes(graph, names)
    labels_of(names, classes)
    weights = save(tensors)
    card = {
        "format": "convscope-model",
        "version": 1,
        "name": slug_of(name),
        "architecture": slug_of(architecture or _known_architecture(model) or title),
        "library": "module",
        "title": title,
        "classes": classes,
        "input_shape": list(shape),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "labels": names,
        "preprocessing": prepared,
        "preprocessing_assumed": preprocessing is None and not is_preprocessing_known,
        "source": source or f"{type(network).__module__}.{title}",
        "weights_sha256": sha256_of(weights),
        "created_at": time.time(),
        "output": {
            "shape": list(graph.layer(graph.output).output_shape),
            "of": ".".join(map(str, returned.shown)) if returned.shown else None,
            "others": returned.others,
        },
        "notes": [*copy.notes, *notes, *_notes_on_output(returned)],
    }
    text = json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False)
    write_bundle({CARD: text.encode(), WEIGHTS: weights, GRAPH: packed}, place)
    return card


@contextmanager
def _alone() -> Iterator[None]:
    """Compute as in a fresh process, and leave what the process had as it was."""
    state = random.getstate()
    default = torch.get_default_dtype()
    try:
        with (
            warnings.catch_warnings(),
            torch.random.fork_rng(devices=[]),
            torch.device("cpu"),
            torch.autocast("cpu", enabled=False),
            torch.inference_mode(mode=False),
        ):
            # What a trace keeps of its own is taken away again.
            warnings.filterwarnings("ignore", message="The tensor attribute")
            torch.set_default_dtype(torch.float32)
            yield
    finally:
        torch.set_default_dtype(default)
        random.setstate(state)


def _known_preprocessing(model: Any, shape: tuple[int, int, int]) -> dict[str, Any]:
    """What the network's library says of it, ImageNet's where it says nothing."""
    said = getattr(model, "pretrained_cfg", None)
    if isinstance(said, Mapping) and len(said.get("mean", ())) == shape[0]:
        side = max(shape[1:])
        share = float(said.get("crop_pct") or 0.875)
        bicubic = said.get("interpolation") == "bicubic"
        return {
            "resize": round(side / share) if shape[1] == shape[2] else None,
            "interpolation": "bicubic" if bicubic else "bilinear",
            "mean": [float(one) for one in said["mean"]],
            "std": [float(one) for one in said["std"]],
            "channel_order": "rgb",
        }
    return assumed_preprocessing(shape)


def _known_architecture(model: Any) -> str:
    """What timm calls the design; "" of another library."""
    said = getattr(model, "pretrained_cfg", None)
    return str(said.get("architecture") or "") if isinstance(said, Mapping) else ""


def _refuse_other_inputs(network: nn.Module) -> None:
    try:
        parameters = list(signature(network.forward).parameters.values())
    except (TypeError, ValueError):
        return
    needed = [
        one.name
        for one in parameters
        if one.default is Parameter.empty
        and one.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    ]
    takes_any = any(one.kind is Parameter.VAR_POSITIONAL for one in parameters)
    if len(needed) > 1 or not (parameters and (needed or takes_any or _takes_one(parameters))):
        given = ", ".join(needed) or "nothing"
        raise ExportError(
            f"{type(network).__name__} reads {given}; a network that is looked at here reads one "
            "tensor of pictures (batch, channels, height, width). Put it into a module whose "
            "forward takes that and gives it the rest."
        )


def _takes_one(parameters: list[Parameter]) -> bool:
    return parameters[0].kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def _traced(network: nn.Module, shape: tuple[int, int, int]) -> Any:
    try:
        return tools().trace(network, shape)
    except ExportError:
        raise
    except tools().NotExportableError as error:
        found: Any = error
        inner = found.__cause__
        if isinstance(inner, ExportError):
            raise inner from error
        location = found.location
        if location and location.startswith(_OWN_FILE):
            location = None
        raise ExportError(_with_help(str(found.cause), network, shape), location) from error
    except Exception as error:
        raise ExportError(
            f"{type(network).__name__} cannot be written down: {type(error).__name__}: "
            f"{str(error).strip().splitlines()[0] if str(error).strip() else 'no words'}."
        ) from error


def _with_help(cause: str, network: nn.Module, shape: tuple[int, int, int]) -> str:
    first = next((one for one in network.modules() if isinstance(one, nn.Conv2d)), None)
    if first is not None and first.in_channels != shape[0] and first.in_channels in (1, 3):
        given = (first.in_channels, *shape[1:])
        return (
            f"{cause.rstrip('.')}. Its first convolution reads {first.in_channels} channels: give "
            f"input_shape={given}."
        )
    if "mat1 and mat2 shapes" in cause or "size of tensor" in cause or "shape '" in cause:
        return f"{cause} Is input_shape {shape} what the network was trained with?"
    if "decides by the values" in cause:
        return (
            f"{cause} Usually a torch.where or a mask in place of the `if` helps, or a part of the "
            "network that has no such step."
        )
    return cause


def _packed(graph: Any) -> bytes:
    try:
        packed = tools().pack_graph(graph, _KEY)
    except ValueError as error:
        raise ExportError(
            f"The network has an operation that cannot be written down: {error} Operations of "
            "torch's own (aten) can."
        ) from error
    return packed


def _tensors(network: nn.Module, state: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    found = {
        **dict(network.named_parameters(remove_duplicate=False)),
        **dict(network.named_buffers(remove_duplicate=False)),
    }
    missing = [name for name in state if name not in found]
    if missing:
        raise ExportError(
            f"Its state dict has `{missing[0]}`, which is none of its parameters or buffers."
        )
    # Each its own memory: a file has no two names for one tensor.
    return {name: found[name].detach().clone() for name in state}


def _compare(
    network: nn.Module,
    packed: bytes,
    tensors: Mapping[str, torch.Tensor],
    shape: tuple[int, int, int],
) -> None:
    """Hold what was written down against the network itself, on two pictures of noise."""
    try:
        graph = tools().unpack_graph(packed, _KEY, GRAPH)
    except tools().DamagedRecordError as error:
        raise ExportError(f"The network cannot be written down: {error}") from error
    if graph is None:
        raise RuntimeError("A graph was read under another key than it was written with.")
    bound = graph.with_tensors(tensors)
    generator = torch.Generator().manual_seed(0)
    # Twice, because some networks say something else at each call.
    for _ in range(2):
        picture = torch.randn(1, *shape, generator=generator)
        with torch.no_grad():
            expected = network(picture.clone())
            try:
                output = bound.compute(picture, ()).output
            except Exception as error:
                raise ExportError(
                    f"What was written down does not compute: {type(error).__name__}: {error}"
                ) from error
        if output is None:
            raise RuntimeError("A network was run to its end and returned nothing.")
        _refuse_what_differs(output, expected)


def _refuse_what_differs(output: torch.Tensor, expected: torch.Tensor) -> None:
    if output.numel() != expected.numel():
        raise ExportError(
            f"What was written down returns {tuple(output.shape)}, and the network itself "
            f"{tuple(expected.shape)}."
        )
    ours, theirs = output.double().flatten(), expected.double().flatten()
    finite = torch.isfinite(theirs)
    if not torch.equal(torch.isfinite(ours), finite):
        raise ExportError(_DIFFERS.format("where the one is finite, the other is not"))
    if not bool(finite.any()):
        return
    ours, theirs = ours[finite], theirs[finite]
    difference, largest = float((ours - theirs).abs().max()), float(theirs.abs().max())
    if difference > _TOLERANCE * largest:
        raise ExportError(_DIFFERS.format(f"by {difference:.3g}, of values up to {largest:.3g}"))


_DIFFERS = (
    "What was written down computes something else than the network itself ({}): its forward "
    "depends on more than its input and its weights, on a counter, a random number or what is "
    "kept between two calls."
)


def _classes(graph: Any, labels: list[str] | None) -> int:
    """How many scores the network returns; 0 where it returns maps or features."""
    layer = graph.layer(graph.output)
    if len(layer.output_shape) != 1:
        return 0
    if labels is not None:
        return int(layer.output_shape[0])
    while layer.operation in _HANDS_SCORES_ON and layer.inputs:
        layer = graph.layer(layer.inputs[0])
    return int(graph.layer(graph.output).output_shape[0]) if _is_classifier(layer) else 0


def _is_classifier(layer: Any) -> bool:
    return layer.operation in _MAKES_SCORES or (layer.operation == "add" and _adds_a_bias(layer))


def _adds_a_bias(layer: Any) -> bool:
    return len(layer.inputs) == 1 and bool(layer.parameter_names)


def _notes_on_output(returned: Returned) -> list[str]:
    if not returned.others:
        return []
    shown = ".".join(map(str, returned.shown or []))
    others = ", ".join(returned.others)
    return [f"Of several tensors that it returns {shown} is shown, not {others}."]
