"""What a network returns besides the tensor that is shown: dicts, tuples, objects of its own."""

import collections
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from torch import fx, nn
from torch.export import ExportedProgram
from torch.export.graph_signature import OutputKind

from app.inspection.graph.torch_private import has_hooks


def returning_tuples(module: nn.Module) -> None:
    """Let a module return named tuples in the place of dataclasses, which torch.export cannot take.

    One with hooks stays as it is: they expect what it returns.
    """
    if isinstance(module, fx.GraphModule) or has_hooks(module):
        return
    forward = module.forward

    @functools.wraps(forward)
    def plainly(*args: Any, **kwargs: Any) -> Any:
        return _named(forward(*args, **kwargs))

    vars(module)["forward"] = plainly


def _named(value: Any) -> Any:
    is_object = dataclasses.is_dataclass(value) and not isinstance(value, type | Mapping)
    if not is_object:
        return value
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    # Which fields it has is known only now.
    made = collections.namedtuple(type(value).__name__, fields)  # type: ignore[misc]  # noqa: PYI024
    return made(**fields)


def returned_tensors(program: ExportedProgram) -> dict[str, fx.Node]:
    """The tensors that a program returns, by what one would write after its result.

    `['out']`, `[0]`, `.logits`; an empty name where it returns a tensor.
    """
    nodes = program.graph.output_node().args[0]
    places = [
        node if isinstance(node, fx.Node) else None
        for specification, node in zip(
            program.graph_signature.output_specs,
            nodes if isinstance(nodes, tuple | list) else (),
            strict=True,
        )
        if specification.kind is OutputKind.USER_OUTPUT
    ]
    leaves = [_Leaf(node) for node in places]
    structure = program.call_spec.out_spec
    if structure is None:
        raise TypeError("The program does not say what it returns.")
    return {
        name: leaf.node
        for name, leaf in _leaves(structure.unflatten(leaves), "")
        if leaf.node is not None
    }


@dataclasses.dataclass(frozen=True, eq=False)
class _Leaf:
    node: fx.Node | None


def _leaves(value: Any, name: str) -> Iterator[tuple[str, _Leaf]]:
    parts: list[tuple[str, Any]] = []
    if isinstance(value, _Leaf):
        yield name, value
    elif isinstance(value, Mapping):
        parts = [(f"[{key!r}]", part) for key, part in value.items()]
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        parts = [(f".{field}", getattr(value, field)) for field in value._fields]
    elif isinstance(value, tuple | list):
        parts = [(f"[{place}]", part) for place, part in enumerate(value)]
    for step, part in parts:
        yield from _leaves(part, name + step)
