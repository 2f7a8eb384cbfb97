"""What is expected of the names that torch does not publish."""

import pytest
import torch
from torch import nn
from torch.backends import mkldnn

from app.inspection.graph.torch_private import (
    OpOverload,
    backends_left_on,
    decides_by_values,
    has_hooks,
    overload_name,
    schema_arguments,
    storage_identity,
    writes,
)

ATEN = torch.ops.aten


@pytest.mark.usefixtures("export_alone")
def test_operations_of_a_graph_are_overloads():
    program = torch.export.export(nn.ReLU(inplace=True), (torch.ones(1, 2),), strict=False)
    called = [node.target for node in program.graph.nodes if node.op == "call_function"]
    assert called == [ATEN.relu_.default]
    assert all(isinstance(each, OpOverload) for each in called)


def test_arguments_have_names_and_defaults():
    arguments = {argument.name: argument for argument in schema_arguments(ATEN.add.Tensor)}
    assert list(arguments) == ["self", "other", "alpha"]
    assert arguments["alpha"].default_value == 1
    assert arguments["self"].alias_info is None


def test_what_is_written_is_marked():
    assert writes(ATEN.relu_.default)
    assert not writes(ATEN.relu.default)
    (argument,) = schema_arguments(ATEN.relu_.default)
    assert argument.alias_info.is_write


def test_overloads_have_names():
    assert overload_name(ATEN.relu_.default) == "default"
    assert overload_name(ATEN.add.Tensor) == "Tensor"


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_views_share_their_storage(device):
    first = torch.empty(4, 4, device=device)
    assert storage_identity(first) == storage_identity(first[1:].T)
    assert storage_identity(first) != storage_identity(torch.empty(4, 4, device=device))


@pytest.mark.usefixtures("export_alone")
def test_hooks_of_torch_export_are_none():
    module = torch.export.export(nn.ReLU(), (torch.ones(1, 2),)).module()
    assert module._forward_pre_hooks
    assert not has_hooks(module)
    module.register_forward_hook(lambda *_: None)
    assert has_hooks(module)


def test_hooks_are_seen():
    module = nn.ReLU()
    assert not has_hooks(module)
    before = module.register_forward_pre_hook(lambda *_: None)
    assert has_hooks(module)
    before.remove()
    module.register_forward_hook(lambda *_: None)
    assert has_hooks(module)


@pytest.mark.usefixtures("export_alone")
def test_ways_that_hang_on_values_are_told():
    class Deciding(nn.Module):
        def forward(self, x):
            return x * 2 if x.sum() > 0 else x

    with pytest.raises(Exception, match="data-dependent") as caught:
        torch.export.export(Deciding(), (torch.ones(1, 2),), strict=False)
    assert decides_by_values(caught.value)
    assert not decides_by_values(ValueError("data-dependent"))


@pytest.mark.usefixtures("export_alone")
def test_exporting_leaves_the_backend_on():
    seen = []

    class Watching(nn.Module):
        def forward(self, x):
            seen.append(torch._C._get_mkldnn_enabled())
            return x * 2

    with backends_left_on():
        torch.export.export(Watching(), (torch.ones(1, 2),), strict=False)
    assert seen
    assert all(seen) == mkldnn.is_available()
    seen.clear()
    # Without it, torch switches the backend off: the reason why there is such a thing.
    torch.export.export(Watching(), (torch.ones(1, 2),), strict=False)
    assert not any(seen)
    assert torch._C._get_mkldnn_enabled()
