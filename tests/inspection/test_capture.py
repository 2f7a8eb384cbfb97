import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import awkward_networks as awkward
import pytest
import torch
from awkward_networks import prepared
from eager import assert_captured_as_computed, run_recorded

from app.inspection.activations.capture import capture
from app.inspection.errors import InputShapeError, NotExportableError, UnknownLayerError
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_random

SHAPE = (3, 16, 16)


@pytest.fixture
def tensor():
    return torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("network", awkward.COMPUTABLE, ids=lambda network: network.__name__)
def test_every_layer_is_what_the_network_computed(network, tensor):
    module = prepared(network)
    graph = trace(module, SHAPE)
    before = tensor.clone()
    activations = capture(graph, tensor)
    assert torch.equal(tensor, before)
    assert_captured_as_computed(graph, activations, module, tensor)


@pytest.mark.parametrize("network", awkward.COMPUTABLE, ids=lambda network: network.__name__)
def test_each_layer_alone_is_what_it_is_among_all(network, tensor):
    graph = trace(prepared(network), SHAPE)
    together = capture(graph, tensor)
    for layer_id in graph.layer_ids:
        alone = capture(graph, tensor, [layer_id])
        assert list(alone) == [layer_id]
        assert torch.equal(alone[layer_id], together[layer_id])
        assert torch.equal(alone.logits, together.logits)


def test_what_a_later_operation_overwrites_is_kept_as_it_was(tensor):
    activations = capture(trace(prepared(awkward.InPlace), SHAPE), tensor)
    assert activations["conv"].min() < 0
    assert torch.equal(activations["conv"].relu(), activations["relu"])
    assert torch.equal(activations["norm"] + activations["relu"], activations["add"])
    assert torch.equal(activations["add"].relu(), activations["relu_1"])
    assert not torch.equal(activations["add"], activations["relu_1"])


def test_a_resnets_maps_before_activation_are_not_those_after():
    """torchvision's blocks write their ReLUs and their additions over what came before."""
    entry = catalogue().resolve("resnet18.random")
    module = build_random(entry.architecture.build, 0).eval().requires_grad_(False)
    tensor = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    activations = capture(trace(module, (3, 64, 64)), tensor)
    for block in (f"layer{stage}.{place}" for stage in (1, 2, 3, 4) for place in (0, 1)):
        for before, after in (("bn1", "relu"), ("add", "relu_1")):
            value = activations[f"{block}.{before}"]
            assert value.min() < 0, block
            assert torch.equal(value.relu(), activations[f"{block}.{after}"]), block
        identity = activations.get(f"{block}.downsample.1")
        if identity is not None:
            together = activations[f"{block}.bn2"] + identity
            assert torch.equal(together, activations[f"{block}.add"]), block


def test_what_is_overwritten_through_a_view_is_kept_as_it_was(tensor):
    module = prepared(awkward.WritesThroughViews)
    activations = capture(trace(module, SHAPE), tensor)
    untouched = module.conv(tensor)[0]
    assert torch.equal(activations["conv"], untouched)
    assert torch.equal(activations["chunk"], untouched[:3])
    assert torch.equal(activations["mul"], untouched[:3] * 2)
    assert torch.equal(activations["relu"], untouched[3:].relu())


def test_a_network_may_be_traced_for_a_second_size():
    module = prepared(awkward.ReusedReLU)
    for shape in ((3, 16, 16), (3, 40, 23)):
        tensor = torch.randn(1, *shape)
        graph = trace(module, shape)
        activations = capture(graph, tensor)
        assert graph.layer("conv2").output_shape == (5, shape[1] - 4, shape[2] - 4)
        assert_captured_as_computed(graph, activations, module, tensor)


def test_captures_side_by_side_equal_those_one_by_one():
    module = prepared(awkward.WritesThroughViews)
    graph = trace(module, SHAPE)
    tensors = [torch.randn(1, *SHAPE) for _ in range(8)]
    start = threading.Barrier(8)

    def at_once(tensor):
        torch.set_num_threads(1)
        start.wait()
        return capture(graph, tensor)

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(at_once, tensors))
    with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        one_by_one = list(pool.map(lambda tensor: capture(graph, tensor), tensors))
    for first, second in zip(together, one_by_one, strict=True):
        assert all(torch.equal(first[layer_id], second[layer_id]) for layer_id in graph.layer_ids)
        assert torch.equal(first.logits, second.logits)


class NotesTheSwitch(torch.nn.Module):
    """Its forward pass, which a trace runs, looks at what other threads compute with meanwhile."""

    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 5, 3)
        self.seen = []

    def forward(self, pictures):
        self.seen.append(torch.backends.mkldnn.enabled)
        return self.convolution(pictures)


def test_other_threads_keep_their_kernels_during_a_trace():
    module = prepared(NotesTheSwitch)
    # The trace works on a copy of the module, which shares what it holds only if it is told so.
    module.seen = SharedList()
    graph = trace(module, SHAPE)
    assert module.seen
    assert all(module.seen)
    # Written down before a backend was chosen: nothing of oneDNN's own is in the graph.
    assert graph.layer("convolution").aten == ("aten.conv2d.default",)


class SharedList(list):
    def __deepcopy__(self, memory):
        return self


def test_a_forward_pass_during_a_trace_is_not_disturbed(tensor):
    module = prepared(awkward.Dense)
    expected = module(tensor)
    finished = threading.Event()
    answers = []

    def keep_asking():
        while not finished.is_set():
            answers.append(module(tensor))

    thread = threading.Thread(target=keep_asking)
    thread.start()
    try:
        graph = trace(module, SHAPE)
    finally:
        finished.set()
        thread.join()
    assert {type(answer) for answer in answers} == {torch.Tensor}
    assert all(torch.allclose(answer, expected, atol=1e-6) for answer in answers)
    assert_captured_as_computed(graph, capture(graph, tensor), module, tensor)


def test_a_module_is_as_before_after_tracing_and_capturing(tensor):
    module = prepared(awkward.WritesThroughViews)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    parameters = {name: id(parameter) for name, parameter in module.named_parameters()}
    capture(trace(module, SHAPE), tensor)
    assert {name: id(parameter) for name, parameter in module.named_parameters()} == parameters
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(not child.training for child in module.modules())
    assert all(not child._forward_hooks for child in module.modules())


def test_a_graph_shares_the_parameters_of_its_module(tensor):
    module = prepared(awkward.ReusedReLU)
    graph = trace(module, SHAPE)
    module.conv1.weight.zero_()
    module.conv1.bias.fill_(0.25)
    assert torch.equal(capture(graph, tensor)["conv1"], torch.full((4, 14, 14), 0.25))


def test_values_that_nobody_asked_for_are_freed_after_their_last_reader(tensor):
    chain = torch.nn.Sequential(*(torch.nn.Conv2d(3, 3, 3, padding=1) for _ in range(20)))
    graph = trace(chain.eval().requires_grad_(False), SHAPE)
    results, most_alive = [], 0

    def counting(function, args, kwargs):
        nonlocal most_alive
        value = function(*args, **kwargs)
        results.append(weakref.ref(value))
        most_alive = max(most_alive, sum(result() is not None for result in results))
        return value

    computed = graph.compute(tensor, [], evaluate=counting)
    assert len(results) == 20
    # A convolution's own result and its input.
    assert most_alive == 2
    assert computed.layers == {}


def test_a_run_stops_at_the_last_layer_asked_for(tensor):
    graph = trace(prepared(awkward.ReusedReLU), SHAPE)
    functions = []

    def recording(function, args, kwargs):
        functions.append(str(function))
        return function(*args, **kwargs)

    computed = graph.compute(tensor, ["relu"], to_the_end=False, evaluate=recording)
    assert functions == ["aten.conv2d.default", "aten.relu.default"]
    assert computed.output is None


def test_a_layer_can_be_differentiated_with_respect_to_the_input(tensor):
    module = prepared(awkward.InPlace)
    graph = trace(module, SHAPE)
    leaf = tensor.clone().requires_grad_()
    unit = graph.compute(leaf, ["relu_1"], to_the_end=False).layers["relu_1"][0, 2, 5, 5]
    (gradient,) = torch.autograd.grad(unit, leaf)
    own = tensor.clone().requires_grad_()
    expected_unit = module(own).reshape(1, 4, 16, 16)[0, 2, 5, 5]
    (expected,) = torch.autograd.grad(expected_unit, own)
    # A sum near zero is as far off as a large one.
    assert torch.allclose(gradient, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_batch_is_computed_as_its_pictures_are():
    module = prepared(awkward.ChannelShuffle)
    graph = trace(module, SHAPE)
    batch = torch.randn(5, *SHAPE)
    with torch.inference_mode():
        computed = graph.compute(batch, ["channel_shuffle"])
    assert graph.any_batch
    assert torch.allclose(computed.output, module(batch), atol=1e-6)
    assert computed.layers["channel_shuffle"].shape == (5, 6, 16, 16)


def test_code_for_one_picture_only_is_traced_for_one():
    assert not trace(prepared(awkward.OnePictureOnly), SHAPE).any_batch


def test_shared_memory_is_counted_once(tensor):
    activations = capture(trace(prepared(awkward.FunctionalReLU), SHAPE), tensor)
    # input; conv and relu, (4, 14, 14); flatten is a view; fc and relu_1, which is the logits.
    values = 3 * 16 * 16 + 2 * 4 * 14 * 14 + 2 * 5
    assert activations.size_bytes == 4 * values


def test_an_unknown_layer_is_refused_with_near_ones(tensor):
    graph = trace(prepared(awkward.ReusedReLU), SHAPE)
    with pytest.raises(UnknownLayerError, match=r"'conv3'.*conv") as caught:
        capture(graph, tensor, ["conv3"])
    assert caught.value.choices == graph.layer_ids
    with pytest.raises(UnknownLayerError):
        graph.consumers("nothing")


@pytest.mark.parametrize("shape", [(2, 3, 16, 16), (1, 3, 16, 17), (3, 16, 16)])
def test_a_tensor_of_another_shape_is_refused(shape):
    graph = trace(prepared(awkward.ReusedReLU), SHAPE)
    with pytest.raises(InputShapeError, match=r"\(1, 3, 16, 16\)"):
        capture(graph, torch.zeros(shape))


def test_a_network_that_decides_by_value_is_refused_with_its_line():
    with pytest.raises(NotExportableError, match="decides by the values") as caught:
        trace(prepared(awkward.DecidesByValue), SHAPE)
    assert caught.value.network == "DecidesByValue"
    assert "awkward_networks.py:" in caught.value.location
    assert "if x.sum() > 0:" in caught.value.location


def test_a_network_that_does_not_fit_its_input_is_refused_with_the_cause():
    with pytest.raises(NotExportableError, match="RuntimeError"):
        trace(prepared(awkward.FunctionalReLU), (3, 20, 20))


def test_a_network_that_changes_its_weights_is_refused():
    with pytest.raises(NotExportableError, match="changes its own weights"):
        trace(prepared(awkward.ChangesItsWeights), SHAPE)


def test_a_network_in_training_mode_is_refused():
    with pytest.raises(NotExportableError, match=r"eval\(\)"):
        trace(prepared(awkward.InPlace).train(), SHAPE)


def test_the_record_of_modules_tells_two_calls_apart(tensor):
    # The oracle itself: a hook keyed by name alone would keep the second call only.
    _, _, outputs = run_recorded(prepared(awkward.ReusedReLU), tensor)
    assert outputs["relu"].shape == (1, 4, 14, 14)
    assert outputs["relu_1"].shape == (1, 5, 12, 12)
