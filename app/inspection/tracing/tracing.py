"""From a module to its `LayerGraph`."""

from types import MappingProxyType
from typing import Any

import torch
from torch import fx, nn

from app.inspection.errors import NotExportableError
from app.inspection.graph.blocks import group
from app.inspection.graph.folding import (
    Call,
    Draft,
    carries_activations,
    dependent_nodes,
    fold,
    has_batch_axis,
    modules_around,
    number_type_of,
    picture_axis,
    response_norm_settings,
    shape_of,
    whole_calls,
)
from app.inspection.graph.layer_axes import axes_of, mixes_pictures, offsets_of
from app.inspection.graph.layer_graph import LayerGraph, titles_of
from app.inspection.graph.layer_names import INPUT, LayerNames
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.layout import channels_last_nodes, reads_channels_last
from app.inspection.graph.operations import arguments_of, is_known, is_pointwise, operation_named
from app.inspection.graph.overwriting import overwritten_by
from app.inspection.graph.program import Program
from app.inspection.graph.window import channels_of, window_of
from app.inspection.progress import Progress, no_progress
from app.inspection.tracing.aliasing import drop_identities, separate_results
from app.inspection.tracing.batch_of_one import refuse_what_varies
from app.inspection.tracing.costs import ParameterCount, multiply_accumulates
from app.inspection.tracing.exporting import Exported, export_module
from app.inspection.tracing.regions import keep_modes
from app.inspection.tracing.training_mode import keep_no_statistics, refuse_random_numbers
from app.inspection.tracing.wrappers import without_wrappers


def trace(
    module: nn.Module, input_shape: tuple[int, int, int], progress: Progress = no_progress
) -> LayerGraph:
    """Write down the layers of a network for inputs (batch, *input_shape).

    Takes 0.1 to several seconds: do it once and keep the result. The module is not changed; its
    parameters are shared. A module on the meta device, without any numbers, does too: bind the
    graph to one with numbers (`LayerGraph.bound_to`) before it computes. What torch wraps around a
    network (`DataParallel`, `torch.compile`) is left out. A network that also accepts other sizes
    has another graph for each. `progress` is called with each module.

    Raises:
        NotExportableError: the network has no one graph; the message says why.
    """
    module = without_wrappers(module)
    exported = export_module(module, input_shape, progress)
    drop_identities(exported)
    keep_no_statistics(exported)
    separate_results(exported, type(module).__name__)
    refuse_random_numbers(exported, module)
    keep_modes(exported.graph)
    program = Program(
        exported.graph,
        exported.constants,
        exported.names,
        source=exported.input,
        result=exported.output,
    )
    tracing = _Tracing(exported, module)
    tracing.refuse_what_has_no_graph(type(module).__name__)
    graph = tracing.layer_graph(input_shape, program)
    for node in exported.graph.nodes:
        # Symbolic values hold on to the whole machinery of the export.
        node.meta.clear()
    return graph


class _Tracing:
    """Turns the nodes of one exported graph into layers."""

    def __init__(self, exported: Exported, module: nn.Module) -> None:
        self._exported = exported
        self._titles = titles_of(module)
        self._state = {
            name: torch.empty_like(tensor, device="meta")
            for name, tensor in module.state_dict().items()
        }
        self._dependent = dependent_nodes(exported.graph, exported.input)
        self._channels_last = channels_last_nodes(exported.graph, self._dependent)
        self._drafts = fold(exported.graph, self._dependent)
        for draft in self._drafts:
            # A module that torch.export made keeps only those that have parameters.
            for path, title in modules_around(draft.result):
                self._titles.setdefault(path, title)
        self._parameters = ParameterCount(exported, self._dependent)
        self._names = LayerNames(self._titles)
        self._ids: dict[fx.Node, str] = {exported.input: INPUT}

    def refuse_what_has_no_graph(self, network: str) -> None:
        output = self._exported.output
        if output not in self._dependent:
            raise NotExportableError(network, "what it returns does not depend on the picture.")
        refuse_what_varies(self._exported.graph, self._dependent, output, network)

    def layer_graph(self, input_shape: tuple[int, int, int], program: Program) -> LayerGraph:
        leaves = whole_calls(self._drafts)
        layers = [_input_layer(input_shape)]
        placed: list[tuple[str, str]] = []
        mains: dict[str, fx.Node] = {}
        for draft in self._drafts:
            layer_id, place = self._place(draft, leaves)
            self._ids[draft.result] = layer_id
            layers.append(self._layer(draft, layer_id))
            placed.append((layer_id, place))
            mains[layer_id] = draft.main
        nodes = {layer_id: node for node, layer_id in self._ids.items()}
        return LayerGraph(
            layers=tuple(layers),
            root=group(placed, self._titles),
            input_shape=input_shape,
            output=self._sources(self._exported.output)[0],
            state=self._state,
            program=program,
            nodes=nodes,
            mains=mains,
            dependent=self._dependent,
            output_counts_pictures=has_batch_axis(self._exported.output),
            any_batch=self._exported.any_batch
            and not any(mixes_pictures(node) for node in self._dependent),
            returned=self._exported.returned,
        )

    def _place(self, draft: Draft, leaves: set[Call]) -> tuple[str, str]:
        """The layer's id, and the path of the block that it stands in."""
        if draft.call in leaves and draft.path:
            return self._names.of_module(draft.path), draft.path.rpartition(".")[0]
        return self._names.of_operation(draft.path, draft.name), draft.path

    def _layer(self, draft: Draft, layer_id: str) -> LayerNode:
        main = draft.main
        arguments = arguments_of(main.target, main.args, main.kwargs)
        # The first of several operations reads the layers before; the main one may come later.
        reading = (draft.members[0], main)
        last = any(reads_channels_last(node, self._channels_last) for node in reading)
        result_is_last = draft.result in self._channels_last
        shape = shape_of(draft.result) or (1,)  # a single number is a vector of one
        if result_is_last:
            shape = (shape[2], shape[0], shape[1])
        parameters, parameter_names = self._parameters.of_layer(draft)
        channels = channels_of(draft, channel_axis=3 if last else 1)
        inputs = self._inputs(draft)
        offsets = offsets_of(draft, self._dependent)
        return LayerNode(
            id=layer_id,
            operation=_term(draft, arguments, shape),
            known=is_known(draft.name),
            module=draft.path,
            module_class=self._titles[draft.path],
            inputs=inputs,
            output_shape=shape,
            parameters=parameters,
            parameter_names=parameter_names,
            macs=multiply_accumulates(draft),
            window=window_of(draft, channels_last=last),
            groups=_groups(draft, arguments),
            channels=channels[:2] if channels else None,
            channel_step=channels[2] if channels else 1,
            axes=axes_of(draft, arguments, channels_last=last),
            offsets=offsets if offsets is not None and len(offsets) == len(inputs) else None,
            pointwise=is_pointwise(draft.name, arguments),
            counts_pictures=has_batch_axis(draft.result),
            picture_axis=picture_axis(draft.result),
            is_number=has_batch_axis(draft.result) and not shape_of(draft.result),
            reads_channels_last=last,
            channels_last=result_is_last,
            number_type=number_type_of(draft.result),
            overwritten=overwritten_by(main, self._channels_last),
            arguments=_settings(_described(draft, arguments)),
            aten=tuple(str(node.target) for node in draft.members if node.op == "call_function"),
        )

    def _inputs(self, draft: Draft) -> tuple[str, ...]:
        members = set(draft.members)
        sources: list[str] = []
        for node in draft.members:
            for argument in _arguments_in_order(node):
                if argument not in members:
                    sources.extend(self._sources(argument))
        # Several operations of one layer may read the same map; one that adds a map to itself
        # reads it twice.
        return tuple(sources if len(members) == 1 else dict.fromkeys(sources))

    def _sources(self, node: fx.Node) -> list[str]:
        """The layer whose value this is, or those behind a copy or a tuple."""
        if node in self._ids:
            return [self._ids[node]]
        if node not in self._dependent:
            return []
        return [
            source for argument in _arguments_in_order(node) for source in self._sources(argument)
        ]


def _input_layer(input_shape: tuple[int, int, int]) -> LayerNode:
    return LayerNode(
        id=INPUT,
        operation=INPUT,
        known=True,
        module="",
        module_class="",
        inputs=(),
        output_shape=input_shape,
    )


def _term(draft: Draft, arguments: dict[str, Any], shape: tuple[int, ...]) -> str:
    term = operation_named(draft.name, arguments).term
    # However it is written (`view(batch, -1)`), maps laid out as one vector are flattened.
    return "flatten" if term == "reshape" and len(shape) == 1 else term


def _groups(draft: Draft, arguments: dict[str, Any]) -> int:
    if draft.name == "channel_shuffle":
        # An operation of torch's own says how many; written by hand, the first view does.
        return int(arguments["groups"] if "groups" in arguments else shape_of(draft.main)[0])
    return int(arguments.get("groups", 1)) if draft.name.startswith("conv") else 1


def _arguments_in_order(node: fx.Node) -> list[fx.Node]:
    arguments: list[fx.Node] = []
    fx.map_arg((node.args, node.kwargs), arguments.append)
    return [argument for argument in arguments if carries_activations(argument)]


def _described(draft: Draft, arguments: dict[str, Any]) -> dict[str, Any]:
    if draft.name == "local_response_norm":
        return response_norm_settings(draft)
    # Which of several results it is; of a split its window or its channels say so.
    return {**arguments, "item": draft.item} if draft.name == "unbind" else arguments


def _settings(arguments: dict[str, Any]) -> MappingProxyType[str, Any]:
    """The arguments that are plain values, lists as tuples."""
    return MappingProxyType(
        {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in arguments.items()
            if not _holds_node(value)
        }
    )


def _holds_node(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_holds_node(entry) for entry in value)
    return isinstance(value, fx.Node)
