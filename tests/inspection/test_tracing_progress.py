"""Tracing tells how far it is, changes nothing by it, and stops when it is told to."""

import awkward_networks as awkward
import pytest
import torch
from awkward_networks import prepared
from torch import nn

from app.inspection.errors import WorkCancelledError
from app.inspection.stored.writing import describe_graph
from app.inspection.tracing.tracing import trace

SHAPE = (3, 16, 16)


class Encoder(nn.Module):
    """Takes another way in torch where its modules have hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.encoder(x[:, 0]).flatten(1)


# torch says so once a process, and tracing would take an error for the network's own.
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(
    "network", [*awkward.COMPUTABLE, Encoder], ids=lambda network: network.__name__
)
def test_graph_is_the_same_with_and_without_progress(network):
    module = prepared(network)
    told = []
    graph = trace(module, SHAPE, lambda done, total, _=None: told.append((done, total)))
    assert describe_graph(graph) == describe_graph(trace(module, SHAPE))
    assert told == sorted(told)
    assert all(0 <= done <= total for done, total in told)
    assert told[0][0] == 0


def test_what_progress_raises_comes_out_at_once():
    calls = []

    def stop(done, total, preview=None):
        calls.append(done)
        if len(calls) == 2:
            raise WorkCancelledError

    module = prepared(awkward.Dense)
    with pytest.raises(WorkCancelledError):
        trace(module, SHAPE, stop)
    assert len(calls) <= 4
    # The next one is not disturbed by it.
    assert trace(module, SHAPE).layers
