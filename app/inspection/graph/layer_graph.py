"""The layers of a network as a graph, traced once and kept with the network."""

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import fx, nn

from app.inspection.errors import ComplexValuesError, UnknownLayerError
from app.inspection.graph.blocks import Block
from app.inspection.graph.layer_call import LayerCall, PictureCount
from app.inspection.graph.layer_node import LayerNode
from app.inspection.graph.layout import channels_first, channels_moved_last
from app.inspection.graph.operations import arguments_of
from app.inspection.graph.program import Evaluate, Program, evaluate_plainly
from models.weights.construction import tensors_of

# Of the values of all layers for one batch.
_BATCH_BYTES = 768 * 2**20


@dataclass(frozen=True, eq=False)
class Computed:
    """Values of one run, with the batch axis, channels first.

    Attributes:
        layers: by layer id; of several pictures, without an axis of their own where the first axis
            of a layer counts more than pictures.
        output: what the network returned, None if the run stopped before. Where it returned the
            values of its one picture without the batch axis, it has one here.
    """

    layers: dict[str, torch.Tensor]
    output: torch.Tensor | None


class GraphParts(NamedTuple):
    """How the layers of a graph lie in its program; only to be read.

    Attributes:
        nodes: whose value each layer is.
        mains: whose arguments describe each layer.
        dependent: those that the picture changes.
        output_counts_pictures: the first axis of what the network returns counts pictures.
    """

    program: Program
    nodes: Mapping[str, fx.Node]
    mains: Mapping[str, fx.Node]
    dependent: Collection[fx.Node]
    output_counts_pictures: bool


class LayerGraph:
    """Every layer of one network for one input size, in execution order, and a way to run them.

    Made by `app.inspection.tracing.tracing.trace`. It shares the network's parameters, is never
    changed, and may run on several threads at once.

    Attributes:
        layers: in execution order, `input` first.
        root: the same layers without `input`, nested as the modules are.
        input_shape: (channels, height, width) that it was traced for.
        output: id of the layer that the network returns.
        state: the module's state dict in its order, in shape only.
        any_batch: False if the network's own code only works for a batch of one, or computes with
            the pictures of a batch together.
        returned: what the tensors that the network returns are called, as one would write them
            after its result: `['out']`, `[0]`, `.logits`; the first is `output`. One empty name
            where it returns a tensor.
    """

    def __init__(
        self,
        *,
        layers: tuple[LayerNode, ...],
        root: Block,
        input_shape: tuple[int, int, int],
        output: str,
        state: Mapping[str, torch.Tensor],
        program: Program,
        nodes: Mapping[str, fx.Node],
        mains: Mapping[str, fx.Node],
        dependent: Collection[fx.Node],
        output_counts_pictures: bool,
        any_batch: bool,
        returned: tuple[str, ...] = ("",),
    ) -> None:
        self.layers = layers
        self.root = root
        self.input_shape = input_shape
        self.output = output
        self.state = state
        self.any_batch = any_batch
        self.returned = returned
        self._program = program
        self._nodes = dict(nodes)
        self._mains = dict(mains)
        self._dependent = frozenset(dependent)
        self._layer_of_node = {node: layer_id for layer_id, node in nodes.items()}
        self._channels_last = frozenset(layer.id for layer in layers if layer.channels_last)
        self._output_counts_pictures = output_counts_pictures
        self._by_id = {layer.id: layer for layer in layers}
        consumers: dict[str, list[str]] = {layer.id: [] for layer in layers}
        for layer in layers:
            for source in dict.fromkeys(layer.inputs):
                consumers[source].append(layer.id)
        self._consumers = {source: tuple(readers) for source, readers in consumers.items()}

    @property
    def parts(self) -> GraphParts:
        """What it is made of besides its layers."""
        return GraphParts(
            self._program,
            self._nodes,
            self._mains,
            self._dependent,
            self._output_counts_pictures,
        )

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """Every id, in execution order, `input` first."""
        return tuple(self._by_id)

    def layer(self, layer_id: str) -> LayerNode:
        """The layer of this id.

        Raises:
            UnknownLayerError: there is none.
        """
        if layer_id not in self._by_id:
            raise UnknownLayerError(layer_id, self.layer_ids)
        return self._by_id[layer_id]

    def consumers(self, layer_id: str) -> tuple[str, ...]:
        """The layers that read this one, in execution order.

        Raises:
            UnknownLayerError: there is no such layer.
        """
        return self._consumers[self.layer(layer_id).id]

    def reads_weight_as_it_is(self, layer_id: str) -> bool:
        """True if the weight of its main operation is a parameter, not computed from any."""
        node = self._mains.get(self.layer(layer_id).id)
        if node is None:
            return False
        weight = arguments_of(node.target, node.args, node.kwargs).get("weight")
        return isinstance(weight, fx.Node) and self._program.is_parameter(weight)

    def is_channels_last(self, layer_id: str) -> bool:
        """True if the network itself keeps this layer as (height, width, channels).

        Raises:
            UnknownLayerError: there is no such layer.
        """
        return self.layer(layer_id).id in self._channels_last

    def operands(self, layer_id: str) -> dict[str, Any]:
        """What the main operation of a layer takes, by the names in ATen's schema.

        A layer stands by its id, a tensor that no picture changes (a weight, a mean) by itself,
        as the network that the graph is bound to has it, and a setting by its plain value; lists
        as tuples. What lies between the layer and its main operation (padding) is passed over.

        Raises:
            UnknownLayerError: there is no such layer.
        """
        node = self._mains.get(self.layer(layer_id).id)
        if node is None:
            return {}
        arguments = arguments_of(node.target, node.args, node.kwargs)
        return {name: self._operand(value) for name, value in arguments.items()}

    def _operand(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(self._operand(entry) for entry in value)
        if not isinstance(value, fx.Node):
            return value
        behind = self._layer_behind(value)
        return self._program.constant(value) if behind is None else behind

    def _layer_behind(self, node: fx.Node) -> str | None:
        """The layer whose value a node is or is made of; None for what no picture changes."""
        if node in self._layer_of_node:
            return self._layer_of_node[node]
        if node not in self._dependent:
            return None  # it may read how many pictures there are, but none of their numbers
        behind = (self._layer_behind(argument) for argument in node.all_input_nodes)
        return next((layer_id for layer_id in behind if layer_id is not None), None)

    @property
    def values_bytes(self) -> int:
        """What a capture of every layer takes in memory, at most."""
        return sum(layer.value_bytes for layer in self.layers)

    def pictures_at_once(self, largest: int) -> int:
        """How many pictures a batch may have, so that what is kept for a way back fits memory.

        Going backwards takes every layer's value, and of each its gradient for a while.
        """
        if not self.any_batch:
            return 1
        return max(1, min(largest, _BATCH_BYTES // max(1, self.values_bytes)))

    @property
    def is_bindable(self) -> bool:
        """False if it was traced without numbers, and the network makes some of its own."""
        return self._program.is_bindable

    @property
    def is_filled_by_its_state(self) -> bool:
        """True if a state dict has all numbers that the network computes with."""
        return self.is_bindable and self.tensors.keys() <= self.state.keys()

    def bound_to(self, module: nn.Module) -> "LayerGraph":
        """The same layers with the parameters and buffers of another module of this design.

        Costs next to nothing: everything but the tensors is shared.

        Args:
            module: of the same class and structure as the one that was traced.
        """
        return self.with_tensors(tensors_of(module))

    def with_tensors(self, tensors: Mapping[str, torch.Tensor]) -> "LayerGraph":
        """The same layers with other parameters and buffers; those not named stay.

        Args:
            tensors: by the names that they have in the module.
        """
        bound = copy.copy(self)
        vars(bound)["_program"] = self._program.bound_to({**self.tensors, **tensors})
        return bound

    @property
    def tensors(self) -> Mapping[str, torch.Tensor]:
        """The parameters and buffers that it reads, by their names in the module, as they are."""
        return self._program.tensors

    def weight(self, layer_id: str) -> torch.Tensor | None:
        """A layer's first parameter, its kernels or its matrix; only to be read.

        Raises:
            UnknownLayerError: there is no such layer.
        """
        names = self.layer(layer_id).parameter_names
        return self.tensors.get(names[0]) if names else None

    def call(self, layer_id: str) -> LayerCall | None:
        """A layer by itself, as a function of its inputs, each once and channels first.

        Returns:
            None where it also depends on others, where the network writes in place, and where
            values have their channels last.

        Raises:
            UnknownLayerError: there is no such layer.
        """
        layer = self.layer(layer_id)
        if not layer.inputs or self._channels_last & {layer_id, *layer.inputs}:
            return None
        sources = tuple(dict.fromkeys(self._nodes[source] for source in layer.inputs))
        unique = [self.layer(source) for source in dict.fromkeys(layer.inputs)]
        counted = [
            PictureCount(place, *source.picture_axis)
            for place, source in enumerate(unique)
            if source.picture_axis is not None
        ]
        return self._program.part(sources, self._nodes[layer_id], next(iter(counted), None))

    def compute(
        self,
        tensor: torch.Tensor,
        layer_ids: Collection[str],
        *,
        to_the_end: bool = True,
        evaluate: Evaluate = evaluate_plainly,
        given: Mapping[str, torch.Tensor] | None = None,
    ) -> Computed:
        """Run the network once and keep the values of these layers as they were returned.

        The gradient mode is the caller's.

        Args:
            tensor: (batch, *input_shape).
            layer_ids: whose values to keep.
            to_the_end: False stops at the last of these layers.
            evaluate: carries out each ATen operation, given the function, its positional and its
                keyword arguments; see `Program.run`.
            given: values, by layer id, that stand for what these layers would compute, with the
                batch axis; what only they depend on does not run. Of a layer whose first axis does
                not count pictures alone, for one picture.

        Raises:
            UnknownLayerError: there is no such layer.
            ComplexValuesError: a given layer has complex numbers.
        """
        wanted = {layer_id: self._nodes[self.layer(layer_id).id] for layer_id in layer_ids}
        values = self._program.run(
            tensor,
            set(wanted.values()),
            to_the_end=to_the_end,
            evaluate=evaluate,
            given={
                self._nodes[self.layer(layer_id).id]: self._as_computed(layer_id, value)
                for layer_id, value in (given or {}).items()
            },
        )
        layers = {
            layer_id: self._as_shown(layer_id, values[node], len(tensor))
            for layer_id, node in wanted.items()
        }
        output = self._as_returned(values[self._program.result]) if to_the_end else None
        return Computed(layers, output)

    def visit(
        self,
        tensor: torch.Tensor,
        layer_ids: Collection[str],
        see: Callable[[str, torch.Tensor], None],
    ) -> torch.Tensor:
        """Run the network once and hand on what each layer returned, as it comes; none is kept.

        The gradient mode is the caller's.

        Args:
            tensor: (batch, *input_shape).
            layer_ids: whose values are handed on.
            see: is given a layer's id and its value with the batch axis, in execution order. The
                value is only to be read, and only until it returns.

        Returns:
            What the network returned, with the batch axis.

        Raises:
            UnknownLayerError: there is no such layer.
        """
        wanted = {self._nodes[self.layer(layer_id).id]: layer_id for layer_id in layer_ids}

        def see_node(node: fx.Node, value: torch.Tensor) -> None:
            if node in wanted:
                see(wanted[node], self._as_shown(wanted[node], value, len(tensor)))

        values = self._program.run(tensor, (), see=see_node)
        return self._as_returned(values[self._program.result])

    def _as_returned(self, output: torch.Tensor) -> torch.Tensor:
        if self._output_counts_pictures:
            return output
        # A network that returned the values of its one picture alone.
        return output.reshape(1, *self.layer(self.output).output_shape)

    def _as_shown(self, layer_id: str, value: torch.Tensor, pictures: int) -> torch.Tensor:
        layer = self.layer(layer_id)
        if layer_id in self._channels_last:
            return channels_first(value)
        if layer.is_number:
            return value.reshape(-1, 1)
        if not layer.counts_pictures and pictures == 1:
            return value.reshape(1, *layer.output_shape)
        return value

    def _as_computed(self, layer_id: str, value: torch.Tensor) -> torch.Tensor:
        layer = self.layer(layer_id)
        number_type = getattr(torch, layer.number_type)
        if number_type.is_complex:
            raise ComplexValuesError(layer_id)
        value = value.to(number_type)
        if layer_id in self._channels_last:
            return channels_moved_last(value)
        as_it_is = layer.counts_pictures and not layer.is_number
        return value if as_it_is else value.flatten(0, 1)


def titles_of(module: nn.Module) -> dict[str, str]:
    """The class of every module by path, "" for the network itself."""
    return {
        path: type(child).__name__ for path, child in module.named_modules(remove_duplicate=False)
    }
