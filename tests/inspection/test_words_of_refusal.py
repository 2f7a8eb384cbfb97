"""Networks that cannot be traced, or not all of which is shown: what is said of them, and where."""

import dataclasses
from collections import namedtuple
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from app.inspection.activations.capture import capture
from app.inspection.errors import ComplexValuesError, NotAUnitError, NotExportableError
from app.inspection.fields.effective_field import gradient_heat
from app.inspection.graph.unit import Unit, values_of
from app.inspection.stored.reading import read_graph
from app.inspection.stored.writing import describe_graph
from app.inspection.tracing.tracing import trace
from models.disk.checked_fields import DamagedRecordError, Fields

SHAPE = (3, 8, 8)


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Linear(4, 5)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))


class TwoInputs(Plain):
    def forward(self, x, mask):
        return super().forward(x * mask)


class MayHaveAMask(Plain):
    def forward(self, x, mask=None, *more: Any, scale=1.0):
        return super().forward(x if mask is None else x * mask) * scale


class TakesANumberOut(Plain):
    def forward(self, x):
        return super().forward(x / x.max().item())


class ScalesByItsOwnNumber(Plain):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.tensor(3.0))

    def forward(self, x):
        return super().forward(x) * self.scale.item()


class ThroughNumpy(Plain):
    def forward(self, x):
        return torch.from_numpy(super().forward(x).numpy())


class TakesADict(Plain):
    def forward(self, batch):
        return super().forward(batch["image"])


@dataclasses.dataclass
class Answer:
    logits: torch.Tensor
    loss: torch.Tensor | None = None
    features: torch.Tensor | None = None


Pair = namedtuple("Pair", ["scores", "maps"])  # noqa: PYI024  as torchvision's


class Returns(Plain):
    def __init__(self, make):
        super().__init__()
        self.make = make

    def forward(self, x):
        maps = self.maps(x)
        return self.make(self.head(maps.mean((2, 3))), maps)


def prepared(network):
    torch.manual_seed(3)
    for child in network.modules():
        if hasattr(child, "reset_parameters"):
            child.reset_parameters()
    return network.eval().requires_grad_(requires_grad=False)


def picture():
    return torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(1))


def line_of(source, words):
    """The number of the line in this file that has these words."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"class {source}"))
    return next(place for place, line in enumerate(lines) if place > start and words in line) + 1


@pytest.mark.parametrize(
    ("network", "cause", "words"),
    [
        (TwoInputs, r"takes 2 inputs \(x, mask\).*takes the picture alone", "def forward"),
        (TakesANumberOut, r"a number out of a tensor.*Leave it a tensor", "return"),
        (ThroughNumpy, "belongs behind the network", "return"),
        (TakesADict, "Perhaps it wants a dict", "return"),
    ],
)
def test_what_is_wrong_is_said_with_the_line_and_what_helps(network, cause, words):
    with pytest.raises(NotExportableError, match=cause) as caught:
        trace(prepared(network()), SHAPE)
    line = line_of(network.__name__, words)
    assert caught.value.location.startswith(f"test_words_of_refusal.py:{line}, `{words}")


def test_a_picture_of_the_wrong_size_is_named():
    network = nn.Sequential(nn.Flatten(), nn.Linear(10, 3))
    with pytest.raises(NotExportableError, match=r"picture of 3 x 8 x 8.*another size"):
        trace(prepared(network), SHAPE)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.parametrize("made", [torch.jit.script, lambda net: torch.jit.trace(net, picture())])
def test_torchscript_is_named(made):
    compiled = made(prepared(Plain()))
    with pytest.raises(NotExportableError, match="TorchScript module, which is compiled already"):
        trace(compiled, SHAPE)
    with pytest.raises(NotExportableError, match="`0` is a TorchScript module"):
        trace(nn.Sequential(compiled).eval(), SHAPE)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_quantised_networks_are_named():
    quantised = torch.ao.quantization.quantize_dynamic(prepared(Plain()), {nn.Linear}, torch.qint8)
    with pytest.raises(NotExportableError, match="`head` is quantised"):
        trace(quantised, SHAPE)


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_lazy_networks_are_named():
    network = nn.Sequential(nn.Flatten(), nn.LazyLinear(3)).eval()
    with pytest.raises(NotExportableError, match="`1` is lazy and has no weights yet"):
        trace(network, SHAPE)


def test_an_attribute_that_cannot_be_copied_is_named():
    network = prepared(Plain())
    network.maps[1].guard = Lock()
    with pytest.raises(NotExportableError, match=r"attribute `maps\.1\.guard` \(_thread\.lock\)"):
        trace(network, SHAPE)


def test_inputs_that_may_be_left_out_are():
    network = prepared(MayHaveAMask())
    assert torch.equal(capture(trace(network, SHAPE), picture()).logits, network(picture())[0])


def test_a_number_out_of_its_own_tensors_is_one():
    network = prepared(ScalesByItsOwnNumber())
    assert torch.equal(capture(trace(network, SHAPE), picture()).logits, network(picture())[0])


@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")
def test_what_torch_export_made_is_traced_as_it_is():
    network = prepared(Plain())
    made = torch.export.export(network, (picture(),)).module()
    graph = trace(made, SHAPE)
    assert torch.equal(capture(graph, picture()).logits, network(picture())[0])
    made.register_forward_hook(lambda _module, _given, value: value * 2)
    with pytest.raises(NotExportableError, match="hooks of a GraphModule"):
        trace(made, SHAPE)


@pytest.mark.parametrize("wrap", [nn.DataParallel, lambda net: torch.compile(net, backend="eager")])
def test_wrappers_leave_no_trace_in_names(wrap):
    plain = prepared(Plain())
    graph = trace(wrap(plain).eval(), SHAPE)
    assert graph.layer_ids == trace(plain, SHAPE).layer_ids
    assert list(graph.state) == list(plain.state_dict())


@pytest.mark.parametrize("number_type", [torch.float16, torch.bfloat16, torch.float64])
def test_networks_of_other_numbers_take_float32_pictures(number_type):
    network = prepared(Plain()).to(number_type)
    graph = trace(network, SHAPE)
    activations = capture(graph, picture())
    with torch.no_grad():
        expected = network(picture().to(number_type))[0]
    assert torch.equal(activations.logits, expected.float())
    assert graph.layer("maps.0").number_type == str(number_type).removeprefix("torch.")
    assert activations["input"].dtype == torch.float32
    assert torch.equal(activations["input"], picture()[0])
    heat = gradient_heat(graph, picture(), Unit("head", 2, 0, 0))
    leaf = picture().requires_grad_()
    (gradient,) = torch.autograd.grad(network(leaf.to(number_type))[0, 2], leaf)
    assert torch.equal(torch.from_numpy(heat), gradient[0].abs().sum(0).double())


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda scores, maps: {"out": scores, "aux": maps}, ("['out']", "['aux']")),
        (lambda scores, maps: (scores, [maps, 3]), ("[0]", "[1][0]")),
        (Pair, (".scores", ".maps")),
        (lambda scores, maps: Answer(scores, features=maps), (".logits", ".features")),
        (lambda scores, _maps: scores, ("",)),
    ],
)
def test_of_several_results_the_first_is_shown_and_all_are_named(make, names):
    network = prepared(Returns(make))
    graph = trace(network, SHAPE)
    assert graph.returned == names
    expected = network.head(network.maps(picture()).mean((2, 3)))[0]
    assert torch.equal(capture(graph, picture()).logits, expected)
    again = read_graph(Fields(describe_graph(graph), "the graph"))
    assert again.returned == names


@pytest.mark.parametrize("returned", [[], [3], "out", ["a"] * 1001])
def test_names_of_results_are_checked_when_they_are_read(returned):
    document = describe_graph(trace(prepared(Plain()), SHAPE))
    with pytest.raises(DamagedRecordError):
        read_graph(Fields({**document, "returned": returned}, "the graph"))


def test_hooks_see_what_the_network_returns():
    network = prepared(Returns(lambda scores, maps: {"out": scores, "aux": maps}))
    network.register_forward_hook(lambda _module, _given, value: {"twice": value["out"] * 2})
    graph = trace(network, SHAPE)
    assert graph.returned == ("['twice']",)
    assert torch.equal(capture(graph, picture()).logits, network(picture())["twice"][0])


class Applied(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.conv, self.function = nn.Conv2d(3, 4, 3), function

    def forward(self, x):
        return self.function(self.conv(x))


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda x: x.flatten(2), NotAUnitError),
        (lambda x: x[:, None], NotAUnitError),
        (lambda x: x.mean(2).permute(2, 0, 1).relu().permute(1, 0, 2), NotAUnitError),
        (torch.fft.fft2, ComplexValuesError),
    ],
)
def test_what_is_no_number_is_none(function, error):
    graph = trace(prepared(Applied(function)), SHAPE)
    for layer_id in graph.layer_ids[2:]:
        with pytest.raises(error):
            gradient_heat(graph, picture(), Unit(layer_id, 0, 0, 0))
        with pytest.raises(error):
            values_of(graph, picture(), Unit(layer_id, 0, 0, 0))


def test_a_unit_that_reads_no_pixel_has_no_heat_while_parameters_are_trained():
    class Biased(nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = nn.Parameter(torch.ones(4))

        def forward(self, x):
            return functional.conv2d(torch.zeros_like(x), torch.ones(4, 3, 3, 3), self.bias)

    graph = trace(Biased().eval(), SHAPE)
    assert not gradient_heat(graph, picture(), Unit("conv2d", 1, 2, 2)).any()
