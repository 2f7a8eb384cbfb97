"""Graphs of the catalogue's designs: each is traced once a process, and bound to any weights.

test_binding.py holds that a bound graph computes what a trace of the module itself does.
"""

from collections.abc import Callable
from functools import cache

from torch import nn

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.tracing.tracing import trace
from models.weights.construction import build_unfilled


@cache
def structure_of(build: Callable[[], nn.Module], shape: tuple[int, int, int]) -> LayerGraph:
    """The layers of a design, without weights."""
    return trace(build_unfilled(build).eval(), shape)


def graph_of(
    build: Callable[[], nn.Module], shape: tuple[int, int, int], module: nn.Module
) -> LayerGraph:
    """The layers of a design with the weights of a module of it."""
    structure = structure_of(build, shape)
    return structure.bound_to(module) if structure.is_bindable else trace(module, shape)
