"""A second network around the same tensors, for what must not happen to the first one."""

import copy
from typing import Any

import torch
from torch import fx, nn


def twin_of(module: nn.Module) -> nn.Module:
    """New module objects that share every tensor with the old ones and do what those do.

    Raises:
        Exception: whatever a foreign attribute raises that cannot be copied.
    """
    shared: dict[int, Any] = {}
    graphs: list[tuple[fx.GraphModule, fx.GraphModule]] = []
    for child in module.modules():
        tensors = (*child.parameters(recurse=False), *child.buffers(recurse=False))
        # What a hook computed before, a normalised weight, is an attribute like any other.
        attributes = (value for value in vars(child).values() if isinstance(value, torch.Tensor))
        shared.update({id(tensor): tensor for tensor in (*tensors, *attributes)})
        if isinstance(child, fx.GraphModule):
            # Its own way to copy loses the training mode, and with it which of two graphs runs,
            # and the hooks. What runs is the code of its class, which needs no graph.
            shared.update({id(graph): graph for graph in _graphs_of(child)})
            second = object.__new__(type(child))
            shared[id(child)] = second
            graphs.append((child, second))
    for child, second in graphs:
        vars(second).update({name: copy.deepcopy(value, shared) for name, value in _state(child)})
    twin: nn.Module = copy.deepcopy(module, shared)
    for (_, child), (_, second) in zip(
        module.named_modules(remove_duplicate=False),
        twin.named_modules(remove_duplicate=False),
        strict=True,
    ):
        second.training = child.training
    return twin


def _graphs_of(module: fx.GraphModule) -> list[fx.Graph]:
    return [value for value in vars(module).values() if isinstance(value, fx.Graph)]


def _state(module: nn.Module) -> list[tuple[str, Any]]:
    return list(vars(module).items())
