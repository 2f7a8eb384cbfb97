"""A layer graph out of a document that may come from anybody.

Everything is checked on the way in: names against lists, places against what there is, sizes
against bounds. Nothing is computed and nothing evaluated. What is wrong is refused in words that
say where it stands.
"""

from collections.abc import Mapping

import torch

from app.inspection.graph.blocks import Block
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_names import INPUT
from app.inspection.stored.forms import form, name_in
from app.inspection.stored.layers import Layers
from app.inspection.stored.operations import Operations
from app.inspection.stored.writing import FORMAT, VERSION
from models.disk.checked_fields import DamagedRecordError, Fields, can_be_written

_MOST_TENSORS = 50_000
_DEEPEST_BLOCK = 64
_MOST_RETURNED = 1000


def read_graph(document: Fields) -> LayerGraph:
    """The graph of a document that `describe_graph` wrote; bind it to tensors before it computes.

    Raises:
        DamagedRecordError: it is none, or says what cannot be.
    """
    document.text("format", (FORMAT,))
    if (version := document.whole("version")) != VERSION:
        raise DamagedRecordError(
            f"The graph is of version {version}; this program reads version {VERSION}."
        )
    operations = Operations(document)
    layers = Layers(document, operations)
    output = document.text("output", layers.nodes)
    return LayerGraph(
        layers=tuple(layers.found),
        root=_blocks(document.inner("blocks"), layers.nodes),
        input_shape=layers.input_shape,
        output=output,
        state=_state(document.inner("state")),
        program=operations.program(document.whole("result")),
        nodes=layers.nodes,
        mains=layers.mains,
        dependent=[operations.at(place, "dependent") for place in document.wholes("dependent")],
        output_counts_pictures=document.flag("output_counts_pictures"),
        any_batch=document.flag("any_batch"),
        returned=_returned(document),
    )


def _returned(document: Fields) -> tuple[str, ...]:
    if not document.has("returned"):
        return ("",)
    found = document.texts("returned")
    if not 0 < len(found) <= _MOST_RETURNED or not all(map(can_be_written, found)):
        raise DamagedRecordError(f"returned must be 1 to {_MOST_RETURNED} names.")
    return found


def _state(fields: Fields) -> dict[str, torch.Tensor]:
    if len(fields.values) > _MOST_TENSORS:
        raise DamagedRecordError(
            f"state: {len(fields.values):,} tensors; at most {_MOST_TENSORS:,}."
        )
    if not all(map(can_be_written, fields.values)):
        raise DamagedRecordError("state: a name that is no text.")
    return {name: form(fields.inner(name), f"state of {name[:80]}") for name in fields.values}


def _blocks(fields: Fields, layers: Mapping[str, object]) -> Block:
    left = set(layers) - {INPUT}

    def block(fields: Fields, depth: int) -> Block:
        if depth > _DEEPEST_BLOCK:
            raise DamagedRecordError(f"blocks: more than {_DEEPEST_BLOCK} in one another.")
        children: list[str | Block] = []
        for child in fields.items("children"):
            if isinstance(child, dict):
                children.append(block(Fields(child, "a block"), depth + 1))
            elif isinstance(child, str) and child in left:
                left.remove(child)
                children.append(child)
            else:
                raise DamagedRecordError(
                    f"blocks: {str(child)[:80]!r} is no layer that is still to be placed."
                )
        return Block(name_in(fields, "path"), name_in(fields, "title"), tuple(children))

    found = block(fields, 0)
    if left:
        raise DamagedRecordError(f"blocks: {min(left)[:80]!r} stands in none.")
    return found
