"""Modules with habits of their own: traced as torch runs them, or refused; never changed."""

import awkward_networks as awkward
import pytest
import torch
from awkward_networks import prepared
from torch import fx, nn

from app.inspection.activations.capture import capture
from app.inspection.errors import NotExportableError
from app.inspection.tracing.tracing import trace

SHAPE = (3, 16, 16)


@pytest.fixture
def tensor():
    return torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(1))


def stack(*layers):
    return nn.Sequential(*layers, nn.Flatten()).eval().requires_grad_(False)


def normalised_graph():
    """A traced graph whose copy would be in training mode again."""
    module = stack(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5))
    return fx.symbolic_trace(module).eval()


def with_hook(register):
    module = stack(nn.Conv2d(3, 4, 3), nn.ReLU())
    register(module)
    return module


MODULES = {
    "graph module": normalised_graph,
    "child in training mode": lambda: prepared(awkward.LeavesItsNormalisationInTraining),
    "regions": lambda: prepared(awkward.RunsUnderModes),
    "counter": lambda: prepared(awkward.CountsItsCalls),
    "hook of a child": lambda: with_hook(
        lambda module: module[0].register_forward_hook(lambda _module, _given, value: value * 2)
    ),
    "hook before a child": lambda: with_hook(
        lambda module: module[1].register_forward_pre_hook(lambda _module, given: (given[0] - 1,))
    ),
    "hook of the whole": lambda: with_hook(
        lambda module: module.register_forward_hook(lambda _module, _given, value: value * 3)
    ),
    "weight norm": lambda: stack(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3))),
    "old weight norm": lambda: stack(nn.utils.weight_norm(nn.Conv2d(3, 4, 3))),
    "spectral norm": lambda: stack(nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3))),
    "old spectral norm": lambda: stack(nn.utils.spectral_norm(nn.Conv2d(3, 4, 3))),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:The tensor attribute.*was assigned during export:UserWarning")
@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_traced_as_it_runs_and_left_as_it_was(name, tensor):
    module = MODULES[name]()
    state = {key: value.clone() for key, value in module.state_dict().items()}
    flags = [child.training for child in module.modules()]
    activations = capture(trace(module, SHAPE), tensor)
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())
    assert [child.training for child in module.modules()] == flags
    assert torch.equal(activations.logits, module(tensor)[0])


def test_the_hooks_of_a_graph_module_are_not_left_out_silently():
    module = normalised_graph()
    module.register_forward_hook(lambda _module, _given, value: value * 3)
    with pytest.raises(NotExportableError, match="hooks of a GraphModule"):
        trace(module, SHAPE)


@pytest.mark.parametrize(
    ("network", "cause"),
    [
        (awkward.KeepsItsDropout, "`drop` draws random numbers.*training mode"),
        (awkward.ForgetsToStopItsDropout, "its own forward draws random numbers"),
        (awkward.AddsNoise, "draws random numbers"),
        (awkward.TakesWhatIsPositive, "how large the result of index is depends on the values"),
        (awkward.TimeFirst, r"returns \(16, 1, 3\) for one picture"),
        (awkward.FlipsAsWell, r"returns \(2, 3\) for one picture"),
        (awkward.CountsAndTells, "changes its own weights"),
    ],
)
def test_what_has_no_one_graph_is_refused_in_words(network, cause):
    with pytest.raises(NotExportableError, match=cause) as caught:
        trace(prepared(network), SHAPE)
    if network is not awkward.CountsAndTells:
        assert "awkward_networks.py:" in caught.value.location


def test_what_fails_for_one_picture_alone_is_refused_in_words(tensor):
    graph = trace(prepared(awkward.FailsForOne), SHAPE)
    with pytest.raises(NotExportableError, match="softmax fails for one picture"):
        capture(graph, tensor)


@pytest.mark.parametrize(
    "network",
    [
        awkward.AsksHowMany,
        awkward.ComparesPictures,
        awkward.GroupsAreThePictures,
        awkward.LeavesItsNormalisationInTraining,
        awkward.LosesTheBatchAxis,
        awkward.SharesMemoryAlone,
        awkward.Squeezes,
    ],
)
def test_pictures_that_would_change_one_another_run_one_by_one(network):
    assert not trace(prepared(network), SHAPE).any_batch


@pytest.mark.parametrize(
    "network", [awkward.WritesLast, awkward.ReturnsWhatItFilled, awkward.WritesThroughEveryView]
)
def test_a_batch_of_a_network_that_writes_is_computed_as_its_pictures_are(network):
    module = prepared(network)
    graph = trace(module, SHAPE)
    batch = torch.randn(3, *SHAPE, generator=torch.Generator().manual_seed(1))
    if graph.any_batch:
        found = graph.compute(batch, ()).output
        expected = torch.cat([module(picture[None].clone()) for picture in batch])
        assert torch.allclose(found, expected, rtol=1e-5, atol=1e-6)
    else:
        assert network is awkward.WritesThroughEveryView
