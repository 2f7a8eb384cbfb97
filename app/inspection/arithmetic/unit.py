"""How a unit got its value: the one place that knows which operation is explained how."""

from collections.abc import Callable, Mapping

import numpy as np
import torch

from app.inspection.arithmetic import (
    convolutions,
    copies,
    elementwise,
    functions,
    moves,
    normalisations,
    products,
    reductions,
)
from app.inspection.arithmetic.rounding import agrees, noted
from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation, Operand
from app.inspection.fields.layer_reach import same_axes
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_names import INPUT
from app.inspection.graph.layer_node import LayerNode

_EXPLAINERS: dict[str, Callable[[Site], Explanation]] = {
    "convolution": convolutions.convolution,
    "transposed_convolution": convolutions.transposed_convolution,
    "linear": convolutions.linear,
    "max_pool": reductions.max_pool,
    "average_pool": reductions.average_pool,
    "adaptive_average_pool": reductions.adaptive_average_pool,
    "adaptive_max_pool": reductions.adaptive_max_pool,
    "mean": reductions.mean,
    "sum": reductions.total,
    "amax": reductions.largest,
    "batch_norm": normalisations.batch_norm,
    "layer_norm": normalisations.layer_norm,
    "group_norm": normalisations.group_norm,
    "instance_norm": normalisations.instance_norm,
    "local_response_norm": normalisations.local_response_norm,
    "softmax": normalisations.softmax,
    "log_softmax": normalisations.log_softmax,
    "add": elementwise.add,
    "subtract": elementwise.subtract,
    "multiply": elementwise.multiply,
    "divide": elementwise.divide,
    "concatenate": copies.concatenate,
    "stack": copies.stack,
    "channel_shuffle": copies.channel_shuffle,
    "slice": moves.cut,
    "split": moves.cut,
    "overwrite": copies.overwrite,
    "flatten": copies.reshape,
    "reshape": copies.reshape,
    "permute": copies.permute,
    "transpose": copies.permute,
    "squeeze": copies.resized_axes,
    "unsqueeze": copies.resized_axes,
    "expand": copies.resized_axes,
    "pad": copies.pad,
    "pixel_shuffle": copies.pixel_shuffle,
    "upsample": copies.upsample,
    "matrix_product": products.matrix_product,
    "attention": products.attention,
    "maximum": elementwise.larger,
    "minimum": elementwise.smaller,
    "compare": elementwise.compare,
    "where": elementwise.where,
    "multiply_add": elementwise.multiply_add,
    "blend": elementwise.blend,
    "gated_linear_unit": elementwise.gated,
    "amin": reductions.smallest,
    "variance": reductions.variance,
    "standard_deviation": reductions.standard_deviation,
    "norm": reductions.norm,
    "logsumexp": reductions.log_of_exponentials,
    "roll": moves.roll,
    "flip": moves.flip,
    "index": moves.index,
    "repeat": moves.repeat,
    "repeat_interleave": moves.repeat_interleave,
    "unfold": moves.unfold,
    "max_unpool": moves.max_unpool,
    "constant": moves.constant,
    "dropout": copies.same,
    **dict.fromkeys(functions.FUNCTIONS, functions.function),
}

# Their explanations hold whatever the axes mean; all others are of vectors and maps.
_WITH_ANY_AXES = (functions.FUNCTIONS - {"prelu"}) | frozenset(
    {"add", "subtract", "multiply", "divide", "concatenate", "stack", "flatten", "reshape"}
    | {"permute", "transpose", "squeeze", "unsqueeze", "expand", "dropout", "slice", "split"}
    | {"maximum", "minimum", "compare", "where", "multiply_add", "blend", "gated_linear_unit"}
    | {"roll", "flip", "index", "repeat", "repeat_interleave", "unfold", "constant"}
)

EXPLAINED_OPERATIONS = frozenset(_EXPLAINERS)


def explain(
    graph: LayerGraph,
    values: Mapping[str, torch.Tensor],
    layer_id: str,
    place: tuple[int, ...],
) -> Explanation:
    """How the unit at a place of a layer got its value.

    Every number is worked out again in float64 from what was captured for the layers that the
    layer reads, and from the network's own parameters. An operation that nobody explained says so
    and shows its inputs. The network's input is explained by `app.inspection.arithmetic.pixels`.

    Args:
        graph: bound to the network.
        values: captured, of the layer and of its inputs.
        layer_id: of a layer with inputs.
        place: (channel, row, column), or (feature,).

    Raises:
        UnknownLayerError: the graph has no such layer.
    """
    layer = graph.layer(layer_id)
    site = Site(graph, layer, place, values)
    explainer = _EXPLAINERS.get(layer.operation)
    words = layer.operation.replace("_", " ")
    if explainer is None or layer_id == INPUT:
        return _unexplained(site, f"How {words!r} computes its values is not written down here.")
    try:
        _check_kinds(graph, layer)
        # Infinities and what is no number are values like others: the network has them too.
        with np.errstate(all="ignore"):
            found = explainer(site)
    except UnexplainedError as error:
        return _unexplained(site, str(error))
    if not agrees(found, layer.number_type):
        return _unexplained(
            site,
            f"Worked out as {words!r} from what it reads, it would be {found.explained:.6g}, which "
            "it is not: here the network computes something else.",
        )
    return noted(found, layer.number_type)


def _check_kinds(graph: LayerGraph, layer: LayerNode) -> None:
    """Raises UnexplainedError for numbers or axes of which no explanation holds."""
    layers = [layer, *(graph.layer(source) for source in layer.inputs)]
    for each in layers:
        if each.number_type.startswith("complex"):
            raise UnexplainedError(
                f"{each.id} has complex numbers, of which only the real part is kept."
            )
        if not each.is_plain and layer.operation not in _WITH_ANY_AXES:
            raise UnexplainedError(f"{each.id} is neither a vector nor maps.")
    for source in layers[1:]:
        if not same_axes(layer, source) and layer.operation not in _WITH_ANY_AXES:
            raise UnexplainedError(f"It takes other axes of {source.id} for its channels.")


def _unexplained(site: Site, reason: str) -> Explanation:
    """The value, the reason, and the units at the same place of the inputs, where there are."""
    operands: list[Operand] = []
    for source in dict.fromkeys(site.layer.inputs):
        shape = site.shape(source)
        if 0 in shape:
            continue
        inside = len(shape) == len(site.place) and all(
            index < size for index, size in zip(site.place, shape, strict=True)
        )
        operands.append(site.operand(source, site.place if inside else (0,) * len(shape)))
    return Explanation(
        unit=site.unit,
        kind="unexplained",
        explained=None,
        rule="",
        note=reason,
        operands=tuple(operands),
    )
