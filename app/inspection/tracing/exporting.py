"""From a module to its ATen graph, by `torch.export`, without touching the module.

Exporting swaps a module's parameters for symbolic ones while it runs, so that another thread's
forward pass through the same module would compute with symbols. It therefore works on a twin: new
module objects around the very same parameters.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import torch
from torch import fx, nn
from torch.export import Dim, ExportedProgram
from torch.export.graph_signature import InputKind

from app.inspection.errors import NotExportableError
from app.inspection.graph.torch_private import backends_left_on
from app.inspection.progress import Progress, no_progress
from app.inspection.tracing.batch_of_one import happens_to_one, noted_decisions
from app.inspection.tracing.refusals import failed, not_copyable, refuse_at_once
from app.inspection.tracing.regions import inline_regions
from app.inspection.tracing.returned import returned_tensors, returning_tuples
from app.inspection.tracing.twin import twin_of

# torch.export keeps global state of its own: one exports at a time, in the whole process.
EXPORT_LOCK = Lock()

_PARAMETER_KINDS = (InputKind.PARAMETER, InputKind.BUFFER)


@dataclass(frozen=True, eq=False)
class Exported:
    """A network as a graph of ATen operations, in the order in which they run.

    Attributes:
        constants: what stands in for the placeholders of parameters, buffers and constants; the
            module's own tensors.
        names: of those that are parameters or buffers, in the module.
        parameter_names: the same for parameters alone.
        input: the placeholder of the picture.
        any_batch: False if the network's code only works with a batch of one.
        returned: what the tensors that it returns are called, see
            `app.inspection.tracing.returned.returned_tensors`.
    """

    graph: fx.Graph
    constants: dict[fx.Node, Any]
    names: dict[fx.Node, str]
    parameter_names: dict[fx.Node, str]
    input: fx.Node
    any_batch: bool
    returned: tuple[str, ...]

    @property
    def output(self) -> fx.Node:
        """What the network returned; the first tensor, if it returned several."""
        returned = self.graph.output_node().args[0]
        if not isinstance(returned, fx.Node):
            raise TypeError(f"The graph returns {returned!r}, not one node.")
        return returned


def export_module(
    module: nn.Module, input_shape: tuple[int, int, int], progress: Progress = no_progress
) -> Exported:
    """Write down what the module does with a tensor (batch, *input_shape).

    Raises:
        NotExportableError: its forward pass fails, or depends on the values it computes.
    """
    refuse_at_once(module)
    twin = _twin(module)
    way = _Way(twin, progress)
    with EXPORT_LOCK, backends_left_on(), torch.inference_mode(mode=False), torch.no_grad():
        try:
            return _export(twin, module, input_shape)
        except Exception:
            # Whatever torch and the network's own code have made of it.
            if way.stopped is not None:
                raise way.stopped from None
            raise


class _Way:
    """Tells how many modules of a network have been run, by calling `progress` before each.

    Not by hooks, for which some modules of torch leave their usual way.

    Attributes:
        stopped: what `progress` raised: nobody waits any more.
    """

    def __init__(self, network: nn.Module, progress: Progress) -> None:
        self.stopped: Exception | None = None
        self._progress = progress
        modules = list(network.modules())
        self._total = len(modules)
        self._done = 0
        # A network of torch.export itself has no modules that run.
        for module in () if progress is no_progress else modules:
            if not isinstance(module, fx.GraphModule):
                vars(module)["forward"] = self._telling(module.forward)

    def _telling(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(forward)
        def run(*args: Any, **kwargs: Any) -> Any:
            if self.stopped is not None:
                # Somebody caught it, and tries another way.
                raise self.stopped
            try:
                self._progress(self._done, self._total)
            except Exception as error:
                self.stopped = error
                raise
            # A module may run several times, and all of them again for a batch of one.
            self._done = min(self._done + 1, self._total)
            return forward(*args, **kwargs)

        return run


def _twin(module: nn.Module) -> nn.Module:
    try:
        return twin_of(module)
    except Exception as error:  # whatever a foreign module holds
        raise not_copyable(module, error) from error


def _export(twin: nn.Module, module: nn.Module, input_shape: tuple[int, int, int]) -> Exported:
    network = type(module).__name__
    device = next((tensor.device for tensor in module.parameters()), torch.device("cpu"))
    returning_tuples(twin)

    def export(batch: int, dynamic_shapes: Any) -> Exported:
        example = torch.zeros(batch, *input_shape, device=device, dtype=_number_type(module))
        program = torch.export.export(twin, (example,), dynamic_shapes=dynamic_shapes, strict=False)
        return _taken_apart(program, module, network, any_batch=batch > 1)

    try:
        # DYNAMIC: the kernels' own conditions on the batch are no concern of the graph; a network
        # that fixes it is an error all the same.
        with noted_decisions() as decisions:
            exported = export(2, ({0: Dim.DYNAMIC},))
        if decisions.hold_for_one and happens_to_one(
            exported.graph, exported.constants, exported.input
        ):
            return exported
    except Exception:  # noqa: BLE001, S110  whatever a foreign forward pass raises
        # Code like `view(1, -1)` works for one picture only; that is enough to look at one. What
        # is wrong otherwise goes wrong again.
        pass
    try:
        return export(1, None)
    except NotExportableError:
        raise
    except Exception as error:
        raise failed(network, error, input_shape) from error


def _number_type(module: nn.Module) -> torch.dtype:
    """What a network wants its pictures in: the type of its weights."""
    types = (parameter.dtype for parameter in module.parameters() if parameter.is_floating_point())
    return next(types, torch.float32)


def _taken_apart(
    program: ExportedProgram, module: nn.Module, network: str, *, any_batch: bool
) -> Exported:
    placeholders = {node.name: node for node in program.graph.nodes if node.op == "placeholder"}
    parameters = dict(module.named_parameters(remove_duplicate=False))
    buffers = dict(module.named_buffers(remove_duplicate=False))
    constants: dict[fx.Node, Any] = {}
    names: dict[fx.Node, str] = {}
    parameter_names: dict[fx.Node, str] = {}
    inputs: list[fx.Node] = []
    for specification in program.graph_signature.input_specs:
        node = placeholders[specification.arg.name]
        target = specification.target
        if specification.kind is InputKind.USER_INPUT:
            inputs.append(node)
        elif specification.kind in _PARAMETER_KINDS and target is not None:
            constants[node] = parameters[target] if target in parameters else buffers[target]
            names[node] = target
            if target in parameters:
                parameter_names[node] = target
        else:
            constants[node] = program.constants[str(target)]
    for node in program.graph.nodes:
        if node.op == "get_attr":
            constants[node] = getattr(program.graph_module, node.target)
    returned = returned_tensors(program)
    if not returned:
        raise NotExportableError(network, "it returns no tensor.")
    program.graph.output_node().args = (next(iter(returned.values())),)
    inline_regions(program.graph, constants)
    _take_float32(program.graph, inputs[0])
    return Exported(
        graph=program.graph,
        constants=constants,
        names=names,
        parameter_names=parameter_names,
        input=inputs[0],
        any_batch=any_batch,
        returned=tuple(returned),
    )


def _take_float32(graph: fx.Graph, picture: fx.Node) -> None:
    """Let a graph convert its pictures by itself, which are float32 everywhere else."""
    value = picture.meta["val"]
    if value.dtype == torch.float32:
        return
    with graph.inserting_after(picture):
        converted = graph.call_function(torch.ops.aten.to.dtype, (picture, value.dtype))
    converted.meta = {"val": value}
    picture.replace_all_uses_with(converted, lambda reader: reader is not converted)
    picture.meta["val"] = value.to(torch.float32)
