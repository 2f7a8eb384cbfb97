"""What the microscope says of a network, held against torch itself."""

import json
import math
import traceback
import warnings
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch
from foreign.agreement import TOLERANCE, alike, off, tolerance_of
from foreign.maps import compare_maps
from foreign.specimens import Shape, Specimen
from torch import nn

from app.inspection.activations.capture import Activations, capture
from app.inspection.arithmetic.unit import explain
from app.inspection.errors import NotAUnitError, NotExportableError
from app.inspection.fields.effective_field import gradient_heat
from app.inspection.fields.unit_field import Fields, describe_unit
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.unit import Unit
from app.inspection.stored.reading import read_graph
from app.inspection.stored.writing import describe_graph
from app.inspection.tracing.tracing import trace
from models.disk.checked_fields import fields_of

# Layers whose fields are held against gradients: each takes a way back through the network.
_FIELD_LAYERS = 10
_PLACES = 3
_SEED = 7


@dataclass
class Findings:
    """What was seen of one network.

    Attributes:
        outcome: "not run" where its own forward takes no picture, "refused", "traced", or "failed".
        words: why it was refused or did not run.
        shape: of the picture.
        says: what the graph says that not all is shown of, where it says so.
        layers: how many.
        unknown: how many layers of each operation that is not known.
        unexplained: how many of each known one have units without an explanation.
        bit_for_bit: the output is the network's own to the last bit.
        maps: module outputs that were compared.
        units: explained of those looked at.
        bounds: fields called a bound, of those looked at.
        faults: everything that should not be, each in one line.
    """

    zoo: str
    name: str
    outcome: str = "failed"
    words: str = ""
    shape: tuple[int, ...] = ()
    says: str = ""
    layers: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    unexplained: dict[str, int] = field(default_factory=dict)
    bit_for_bit: bool = False
    maps: int = 0
    units: tuple[int, int] = (0, 0)
    bounds: tuple[int, int] = (0, 0)
    faults: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(specimen: Specimen) -> Findings:
    """Everything about one network; never raises."""
    found = Findings(specimen.zoo, specimen.name)
    torch.manual_seed(_SEED)
    warnings.simplefilter("ignore")
    try:
        module, shapes = specimen.build()
    except Exception as error:  # noqa: BLE001  whatever a foreign library raises
        found.outcome, found.words = "not run", f"{type(error).__name__}: {error}"
        return found
    with _noting(found, "examine"):
        module = _prepared(module)
        run = _first_that_runs(module, shapes)
        if isinstance(run, str):
            found.outcome, found.words = "not run", run
            return found
        _examine(found, module, *run)
    return found


class _noting:  # noqa: N801  reads as a verb
    """Notes what is raised as a fault, and goes on."""

    def __init__(self, found: Findings, stage: str) -> None:
        self._found, self._stage = found, stage

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: object, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            frames = traceback.extract_tb(trace)
            last = frames[-1]
            ours = [frame for frame in frames if "/app/inspection/" in frame.filename]
            at = ours[-1] if ours else last
            said = (str(error).strip().splitlines() or [""])[0][:160]
            where = f"{Path(at.filename).name}:{at.lineno}"
            self._found.faults.append(f"{self._stage}: {type(error).__name__}: {said} ({where})")
            return True
        return False


def _prepared(module: nn.Module) -> nn.Module:
    """In evaluation mode where that is possible, with other batch statistics than 0 and 1."""
    generator = torch.Generator().manual_seed(_SEED)
    for child in module.modules():
        mean, variance = (getattr(child, name, None) for name in ("running_mean", "running_var"))
        if isinstance(mean, torch.Tensor) and isinstance(variance, torch.Tensor):
            mean.copy_(torch.randn(mean.shape, generator=generator) * 0.1)
            variance.copy_(torch.rand(variance.shape, generator=generator) + 0.5)
    if not getattr(module, "keeps_its_mode", False):
        with suppress(NotImplementedError):  # of torch.export: it has none
            module.eval()
    for parameter in module.parameters():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            continue
        parameter.requires_grad_(requires_grad=False)
    return module


def _picture(shape: Shape) -> torch.Tensor:
    return torch.randn(1, *shape, generator=torch.Generator().manual_seed(_SEED))


def _own_type(module: nn.Module) -> torch.dtype:
    types = (one.dtype for one in module.parameters() if one.is_floating_point())
    return next(types, torch.float32)


def _first_that_runs(module: nn.Module, shapes: tuple[Shape, ...]) -> tuple[Shape, Any] | str:
    """The smallest shape that the network takes, and what it returned, or what it said."""
    said = ""
    if getattr(module, "is_refused", False):
        return shapes[-1], None
    for shape in shapes:
        try:
            with torch.no_grad():
                return shape, module(_picture(shape).to(_own_type(module)))
        except Exception as error:  # noqa: BLE001  whatever a foreign network raises
            said = f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:160]}"
    return said


def _examine(found: Findings, module: nn.Module, shape: Shape, returned: Any) -> None:
    found.shape = shape
    state = {name: one.clone() for name, one in module.state_dict().items() if _holds(one)}
    graph = None
    with _noting(found, "trace"):
        try:
            graph = trace(module, shape)
        except NotExportableError as error:
            found.outcome, found.words = "refused", str(error)
    if graph is None:
        return
    found.layers = len(graph.layers) - 1
    found.unknown = dict(Counter(one.operation for one in graph.layers[1:] if not one.known))
    found.says = ", ".join(graph.returned) if graph.returned != ("",) else ""
    picture = _picture(shape)
    activations = None
    with _noting(found, "capture"):
        try:
            activations = capture(graph, picture)
        except NotExportableError as error:
            found.outcome, found.words = "refused", str(error)
            return
    now = module.state_dict()
    if any(not torch.equal(now[name], one) for name, one in state.items()):
        found.faults.append("the network was changed")
    if activations is None:
        return
    found.outcome = "traced"
    with _noting(found, "output"):
        _compare_output(found, returned, activations)
    with _noting(found, "maps"):
        given = picture.to(_own_type(module))
        found.maps, differing = compare_maps(module, given, graph, activations)
        found.faults += differing
    with _noting(found, "fields"):
        _compare_fields(found, graph, picture)
    _explain(found, graph, activations)
    with _noting(found, "stored"):
        _store(found, graph, picture, activations)


def _holds(value: Any) -> bool:
    if nn.parameter.is_lazy(value):
        return False
    return isinstance(value, torch.Tensor) and not value.is_quantized


def _first_tensor(value: Any) -> torch.Tensor | None:
    if isinstance(value, torch.Tensor):
        return value
    if is_dataclass(value) and not isinstance(value, Mapping):
        value = tuple(getattr(value, field.name) for field in fields(value))
    elif isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return next((one for each in value if (one := _first_tensor(each)) is not None), None)
    return None


def _compare_output(found: Findings, returned: Any, activations: Activations) -> None:
    expected = _first_tensor(returned)
    if expected is None:
        found.faults.append("output: the network returned no tensor")
        return
    expected = expected.real if expected.is_complex() else expected
    logits = activations.logits
    expected = expected.to(torch.float32).reshape(logits.shape)
    found.bit_for_bit = torch.equal(logits, expected)
    if not alike(logits, expected, TOLERANCE):
        found.faults.append(f"output: differs by {off(logits, expected):.2g}")


def _compare_fields(found: Findings, graph: LayerGraph, picture: torch.Tensor) -> None:
    """No pixel with a gradient lies outside of a field, whatever it is called."""
    geometry = Fields.of(graph)
    layers = graph.layers[1:]
    step = max(1, math.ceil(len(layers) / _FIELD_LAYERS))
    chosen = [*layers[::step], layers[-1]]
    leaf = picture.clone().requires_grad_()
    values = graph.compute(leaf, tuple({one.id: None for one in chosen}), to_the_end=False).layers
    looked, bounds = 0, 0
    for layer in dict.fromkeys(chosen):
        for channel, row, column in _field_units(layer):
            with _noting(found, f"field of {layer.id} ({layer.operation})"):
                reached = describe_unit(geometry, layer.id, (row, column), channel).reached
                looked += 1
                bounds += reached.is_bound
                moved = _moved(values[layer.id], layer, (channel, row, column), leaf)
                if (moved & ~reached.mask).any():
                    found.faults.append(
                        f"field of {layer.id} ({layer.operation}): a pixel outside has a gradient"
                    )
    found.bounds = bounds, looked
    for layer in {layers[0].id: layers[0], layers[-1].id: layers[-1]}.values():
        if not layer.number_type.startswith(("complex", "int", "bool")):
            with (
                _noting(found, f"effective field of {layer.id} ({layer.operation})"),
                suppress(NotAUnitError),
            ):
                gradient_heat(graph, picture, Unit(layer.id, 0, 0, 0))


def _field_units(layer: LayerNode) -> list[tuple[int | None, int, int]]:
    if not layer.is_map:
        return [(None, 0, 0), (layer.output_shape[0] - 1, 0, 0)]
    channels, height, width = layer.output_shape
    return [(channels // 2, height // 2, width // 2), (channels - 1, height - 1, 0)]


def _moved(
    value: torch.Tensor, layer: LayerNode, unit: tuple[int | None, int, int], leaf: torch.Tensor
) -> np.ndarray:
    channel, row, column = unit
    if not value.requires_grad:
        return np.zeros(leaf.shape[2:], bool)
    value = value.reshape(layer.output_shape)
    value = value if channel is None else value[channel : channel + 1]
    value = value[:, row, column] if layer.is_map else value
    total = value.abs().sum() if value.is_complex() else value.sum()
    (gradient,) = torch.autograd.grad(total, leaf, retain_graph=True, allow_unused=True)
    if gradient is None:
        return np.zeros(leaf.shape[2:], bool)
    return (gradient != 0)[0].any(0).numpy()


def _explain(found: Findings, graph: LayerGraph, activations: Activations) -> None:
    random = np.random.default_rng(_SEED)
    explained, looked = 0, 0
    unexplained: Counter[str] = Counter()
    for layer in graph.layers[1:]:
        shape = layer.output_shape
        if 0 in shape:
            continue
        drawn = [tuple(int(random.integers(size)) for size in shape) for _ in range(_PLACES - 1)]
        right = 0
        largest = float(activations[layer.id].nan_to_num().abs().max())
        for place in ((0,) * len(shape), *drawn):
            with _noting(found, f"explanation of {layer.id} ({layer.operation})"):
                told = explain(graph, activations, layer.id, place)
                looked += 1
                if "computes something else" in told.note:
                    found.faults.append(
                        f"explanation of {layer.id} ({layer.operation}): {told.note}"
                    )
                if told.explained is None:
                    continue
                right += 1
                value = told.unit.value
                tolerance = tolerance_of(layer) * max(largest, abs(value))
                same = told.explained == value or abs(told.explained - value) <= tolerance
                if not same and not (math.isnan(told.explained) and math.isnan(value)):
                    found.faults.append(
                        f"explanation of {layer.id} ({layer.operation}): {told.explained:.6g}, "
                        f"not {value:.6g}"
                    )
        explained += right
        if layer.known and not right:
            unexplained[layer.operation] += 1
    found.units = explained, looked
    found.unexplained = dict(unexplained)


def _store(
    found: Findings, graph: LayerGraph, picture: torch.Tensor, activations: Activations
) -> None:
    """Written down and read back, it computes the same."""
    text = json.dumps(describe_graph(graph), allow_nan=False)
    again = read_graph(fields_of(text.encode(), "the graph")).with_tensors(graph.tensors)
    if not torch.equal(
        capture(again, picture, ()).logits.nan_to_num(), activations.logits.nan_to_num()
    ):
        found.faults.append("stored: another output")
