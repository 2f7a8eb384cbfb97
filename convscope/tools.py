"""What of the microscope an export needs, imported when it is first needed."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from convscope.packages import own_packages

if TYPE_CHECKING:
    from torch import nn

    from app.inspection.graph.layer_graph import LayerGraph


@dataclass(frozen=True)
class Tools:
    """Functions and errors of Convscope's own packages."""

    trace: "Callable[[nn.Module, tuple[int, int, int]], LayerGraph]"
    twin_of: "Callable[[nn.Module], nn.Module]"
    pack_graph: "Callable[[LayerGraph, Mapping[str, Any]], bytes]"
    unpack_graph: "Callable[[bytes, Mapping[str, Any], str], LayerGraph | None]"
    NotExportableError: type[Exception]
    DamagedRecordError: type[Exception]


@functools.cache
def tools() -> Tools:
    """Imports torch; takes seconds the first time."""
    with own_packages():
        from app.inspection.errors import NotExportableError
        from app.inspection.stored.files import pack_graph, unpack_graph
        from app.inspection.tracing.tracing import trace
        from app.inspection.tracing.twin import twin_of
        from models.disk.checked_fields import DamagedRecordError
    return Tools(trace, twin_of, pack_graph, unpack_graph, NotExportableError, DamagedRecordError)
