"""Attributions against captum, pytorch-grad-cam, finite differences and hand-set networks."""

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from unittest import mock

import numpy as np
import pytest
import torch
from attribution_oracle import Explained, catalogued, state_of, traced
from captum import attr
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus, LayerCAM, ScoreCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from app.inspection.attribution.methods import METHODS, method_named
from app.inspection.attribution.preview import preview_of
from app.inspection.attribution.smoothgrad import noise_of
from app.inspection.errors import InvalidAttributionLayerError, InvalidOptionError
from app.inspection.graph.input_gradient import input_gradient
from app.inspection.graph.unit import Unit, logit_of
from app.inspection.progress import no_progress
from app.inspection.tracing.tracing import trace

# Model, class, the layer that we weigh by default, the module that makes it.
NETWORKS = {
    "efficientnet_lite0.imagenet1k": (282, "bn2.act", "bn2"),
    "resnet18.random": (5, "layer4.1.relu_1", "layer4"),
}


@pytest.fixture(scope="module", params=list(NETWORKS))
def named(request):
    return request.param, catalogued(request.param)


@pytest.fixture(scope="module")
def lenet():
    return catalogued("lenet5.mnist5k")


def as_array(values):
    found = values.detach().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    return found.astype(np.float64)


def pixels_of(explained: Explained) -> torch.Tensor:
    """The picture as the other libraries want it; the network's own parameters need no gradient."""
    return explained.tensor.clone().requires_grad_()


def normalised(values):
    """To [0, 1], as pytorch-grad-cam does before and after it resizes."""
    values = np.maximum(as_array(values), 0)
    values = values - values.min()
    return values / max(values.max(), 1e-12)


def assert_close(found, expected, tolerance=1e-4):
    found, expected = as_array(found), as_array(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= tolerance * max(np.abs(expected).max(), 1e-30)


def other_cam(kind, explained: Explained, module_name: str, class_index: int):
    layer = explained.module.get_submodule(module_name)
    with kind(model=explained.module, target_layers=[layer]) as cam:
        targets = [ClassifierOutputTarget(class_index)]
        return cam(input_tensor=pixels_of(explained), targets=targets)[0]


class TwoLinear(nn.Module):
    """(1, 2, 2) to two classes through one convolution of two channels, everything set by hand."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1, bias=False)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(2, 2, bias=True)
        with torch.no_grad():
            self.conv.weight[:] = torch.tensor([1.0, -1.0])[:, None, None, None]
            self.fc.weight[:] = torch.tensor([[4.0, -2.0], [-4.0, -8.0]])
            self.fc.bias[:] = torch.tensor([0.5, 0.25])

    def forward(self, x):
        return self.fc(self.relu(self.conv(x)).mean((2, 3)))


HAND = torch.tensor([[[[1.0, 2.0], [-3.0, 0.0]]]])


def test_class_maps_of_a_hand_set_network():
    """Maps A = [[1, 2], [0, 0]] and [[0, 0], [3, 0]]; gradients are the weights over 4."""
    net = traced(TwoLinear(), HAND)
    maps = {
        # 4/4 A1 - 2/4 A2
        "grad_cam": [[1.0, 2.0], [-1.5, 0.0]],
        # only the positive gradient 1 counts: 1 * A1
        "layer_cam": [[1.0, 2.0], [0.0, 0.0]],
        # four positions of 1 / (2 + 1 * 3): 0.8 A1
        "grad_cam_plus_plus": [[0.8, 1.6], [0.0, 0.0]],
    }
    for name, expected in maps.items():
        found = net.run(name, 0)
        assert found.layer_values == pytest.approx(np.array(expected), abs=1e-6), name
        # 0.5 + 4 * 3/4 - 2 * 3/4
        assert found.target_value == pytest.approx(2.0)


def test_map_that_only_speaks_against_keeps_its_values():
    net = traced(TwoLinear(), HAND)
    found = net.run("grad_cam", 1)
    assert found.layer_values == pytest.approx(np.array([[-1.0, -2.0], [-6.0, 0.0]]))
    assert np.isfinite(found.values).all()
    kept = net.run("grad_cam", 1, relu=True)
    assert (kept.values == 0).all()
    assert kept.facts["raw_minimum"] == pytest.approx(-6.0)


# Deconvnet goes back through units that are off, which is what it is known for.
@pytest.mark.parametrize("method", [m.name for m in METHODS if m.name != "deconvnet"])
def test_constant_map_stays_constant_and_finite(method):
    class Blind(nn.Module):
        """Always off behind its ReLU."""

        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
            self.fc = nn.Linear(4, 3)
            nn.init.constant_(self.conv.bias, -100.0)

        def forward(self, x):
            return self.fc(torch.relu(self.conv(x)).mean((2, 3)))

    net = traced(Blind(), torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1)))
    found = net.run(method, 1)
    assert (found.values == 0).all()
    if found.completeness is not None:
        assert found.completeness.relative_gap is None


@pytest.mark.parametrize("target", [4, Unit("c3", 2, 3, 4), Unit("f6", 20, 0, 0)])
def test_saliency_is_the_slope_by_finite_differences(lenet, target):
    net = lenet
    # In float64, in which a small step loses nothing.
    doubled = {name: tensor.double() for name, tensor in net.graph.tensors.items()}
    double = Explained(net.module, net.graph.with_tensors(doubled), net.tensor.double())
    pixels = double.tensor
    unit = Unit(double.graph.output, target, 0, 0) if isinstance(target, int) else target

    def value(tensor):
        with torch.no_grad():
            layer = double.graph.compute(tensor, (unit.layer_id,)).layers[unit.layer_id]
        layer = layer[0, unit.channel]
        return float(layer[unit.row, unit.column] if layer.dim() == 2 else layer)

    method = method_named("saliency")
    found = method.run(double.subject(target), method.complete({}), no_progress).values
    random = np.random.default_rng(0)
    step = 1e-5
    for row, column in random.integers(8, 24, (12, 2)):
        moved = pixels.clone(), pixels.clone()
        moved[0][0, 0, row, column] += step
        moved[1][0, 0, row, column] -= step
        slope = (value(moved[0]) - value(moved[1])) / (2 * step)
        assert found[row, column] == pytest.approx(abs(slope), rel=1e-4, abs=1e-7)


def test_gradients_are_those_of_captum(named):
    name, net = named
    class_index = NETWORKS[name][0]
    gradient = attr.Saliency(net.module).attribute(pixels_of(net), class_index, abs=False)[0]
    assert_close(net.run("saliency", class_index).values, gradient.abs().amax(0))
    product = attr.InputXGradient(net.module).attribute(pixels_of(net), class_index)[0]
    assert_close(net.run("input_times_gradient", class_index).values, product.detach().sum(0))


def test_grad_cam_is_that_of_captum_and_of_pytorch_grad_cam(named):
    name, net = named
    class_index, layer_id, module_name = NETWORKS[name]
    subject = net.subject(class_index)
    assert subject.layer_id == layer_id
    found = net.run("grad_cam", class_index)
    layer = net.module.get_submodule(module_name)
    theirs = attr.LayerGradCam(net.module, layer).attribute(pixels_of(net), class_index)
    assert_close(found.layer_values, theirs[0, 0].detach())
    relu = net.run("grad_cam", class_index, relu=True).values
    theirs = other_cam(GradCAM, net, module_name, class_index)
    assert np.abs(normalised(relu) - theirs).max() <= 1e-4


def test_layer_cam_is_that_of_pytorch_grad_cam(named):
    name, net = named
    class_index, _, module_name = NETWORKS[name]
    found = net.run("layer_cam", class_index).values
    theirs = other_cam(LayerCAM, net, module_name, class_index)
    assert np.abs(normalised(found) - theirs).max() <= 1e-4


def test_grad_cam_plus_plus_differs_from_pytorch_grad_cam_by_its_epsilon(named):
    """They add 1e-6 to a denominator 2 g^2 + ..., where g^2 may itself be less than that.

    With gradients as large as those of the hand-set network the epsilon is nothing; here it is
    put into our formula, and then the maps are the same.
    """
    name, net = named
    class_index, layer_id, module_name = NETWORKS[name]
    theirs = other_cam(GradCAMPlusPlus, net, module_name, class_index)
    maps = net.subject(class_index).activations[layer_id].clone()
    value = maps[None].requires_grad_()
    logits = net.graph.compute(net.tensor.clone(), (), given={layer_id: value}).output
    (gradient,) = torch.autograd.grad(logits[0, class_index], value)
    g = gradient[0]
    square, cube = g**2, g**3
    alpha = square / (2 * square + maps.sum((1, 2), keepdim=True) * cube + 1e-6)
    weights = (g.clamp(min=0) * torch.where(g != 0, alpha, 0.0)).sum((1, 2))
    raw = (weights[:, None, None] * maps).sum(0).clamp(min=0)
    up = nn.functional.interpolate(raw[None, None], size=(224, 224), mode="bilinear")[0, 0]
    assert np.abs(normalised(up) - theirs).max() <= 1e-4


def test_grad_cam_plus_plus_is_that_of_pytorch_grad_cam_where_gradients_are_large():
    module = TwoLinear()
    with torch.no_grad():
        module.fc.weight *= 1000
    tensor = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(2)) - 0.3
    net = traced(module, tensor)
    theirs = other_cam(GradCAMPlusPlus, net, "relu", 0)
    assert np.abs(normalised(net.run("grad_cam_plus_plus", 0).values) - theirs).max() <= 1e-4


class HalfPixels(nn.Module):
    """What pytorch-grad-cam resizes masks with, but each value at the centre of its cell.

    It aligns the corners of map and picture, which moves a map of 7 x 7 by up to 16 pixels of 224;
    a convolution's positions lie at the centres of their cells.
    """

    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, maps):
        return nn.functional.interpolate(maps, size=self.size, mode="bilinear")


def test_score_cam_is_that_of_pytorch_grad_cam_but_for_aligned_corners():
    torch.manual_seed(3)
    module = nn.Sequential(
        nn.Conv2d(3, 12, 5, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(12, 4),
    )  # fmt: skip
    tensor = torch.randn(1, 3, 64, 64)
    net = traced(module, tensor)
    with mock.patch("torch.nn.UpsamplingBilinear2d", HalfPixels):
        theirs = other_cam(ScoreCAM, net, "1", 2)
    found = net.run("score_cam", 2, layer="1", relu=True).values
    assert np.abs(normalised(found) - theirs).max() <= 1e-4


@pytest.mark.parametrize("gaussian", [True, False])
def test_recipro_cam_is_the_rest_of_the_network_run_on_one_cell_alone(gaussian):
    """Cell by cell by numpy, and the modules behind the layer by hand.

    Byun, Lee, 2022: with the Gaussian the vector of the cell is put around it, weighted.
    """
    torch.manual_seed(6)
    module = nn.Sequential(
        nn.Conv2d(3, 6, 5, stride=4), nn.ReLU(), nn.Conv2d(6, 5, 3, padding=1), nn.Tanh(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 4),
    )  # fmt: skip
    net = traced(module, torch.randn(1, 3, 21, 29))
    with torch.no_grad():
        maps = module[:2](net.tensor)
        nothing = float(module[2:](torch.zeros_like(maps))[0, 2])
        height, width = maps.shape[2:]
        expected = np.zeros((height, width))
        for row in range(height):
            for column in range(width):
                alone = np.zeros(maps.shape, np.float32)
                for y in range(height):
                    for x in range(width):
                        far = abs(y - row), abs(x - column)
                        if gaussian and max(far) <= 1:
                            alone[0, :, y, x] = maps[0, :, row, column] * 0.25 / 2 ** sum(far)
                        elif far == (0, 0):
                            alone[0, :, y, x] = maps[0, :, row, column]
                expected[row, column] = module[2:](torch.from_numpy(alone))[0, 2] - nothing
    found = net.run("recipro_cam", 2, layer="1", gaussian=gaussian)
    assert_close(found.layer_values, expected)
    assert found.target_value == pytest.approx(float(module(net.tensor)[0, 2]), abs=1e-5)


def test_recipro_cam_where_only_linear_steps_follow_is_each_places_share(named):
    """Weights times the maps at a place, over their number: what is added up to the logit."""
    name, net = named
    class_index, layer_id, _ = NETWORKS[name]
    maps = net.subject(class_index).activations[layer_id].double()
    head = [m for m in net.module.modules() if isinstance(m, nn.Linear)][-1]
    shares = torch.einsum("k,kij->ij", head.weight[class_index].double(), maps)
    found = net.run("recipro_cam", class_index, gaussian=False).layer_values
    assert_close(found, shares / shares.numel())


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU:UserWarning")
def test_guided_backpropagation_is_that_of_captum_where_every_relu_is_a_module():
    net = catalogued("resnet18.random")
    # captum hooks modules: those that run twice must be two, and none may write in place.
    torch.manual_seed(4)
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
        nn.Flatten(), nn.Linear(32, 5),
    )  # fmt: skip
    small = traced(module, net.tensor[:, :, 60:100, 60:100].contiguous())
    guided = attr.GuidedBackprop(module).attribute(pixels_of(small), 3)[0].detach()
    assert_close(small.run("guided_backpropagation", 3).values, guided.sum(0))
    deconvolved = attr.Deconvolution(module).attribute(pixels_of(small), 3)[0].detach()
    assert_close(small.run("deconvnet", 3).values, deconvolved.sum(0))


def test_smoothgrad_is_the_mean_gradient_over_its_noise(lenet):
    """captum's NoiseTunnel, given the very noise that ours draws."""
    noise = torch.stack(list(islice(noise_of(lenet.subject(4), 0.2, 7), 8)))
    with mock.patch("torch.normal", return_value=noise):
        tunnel = attr.NoiseTunnel(attr.Saliency(lenet.module))
        expected = tunnel.attribute(
            pixels_of(lenet),
            nt_type="smoothgrad",
            nt_samples=8,
            stdevs=1.0,
            target=4,
            abs=False,
        )
    found = lenet.run("smoothgrad", 4, samples=8, noise=0.2, seed=7)
    assert_close(found.values, expected[0].detach().abs().amax(0))


def test_occlusion_is_that_of_captum(lenet):
    """captum sums the falls at each pixel; ours is their mean. Both cover with 0."""
    falls = attr.Occlusion(lenet.module).attribute(
        lenet.tensor.clone(), (1, 8, 8), target=4, strides=(1, 4, 4), baselines=0
    )
    found = lenet.run("occlusion", 4, patch=8, stride=4)
    assert_close(found.values, falls[0, 0])


def test_integrated_gradients_are_those_of_captum_at_the_same_points(lenet):
    expected = attr.IntegratedGradients(lenet.module).attribute(
        pixels_of(lenet), target=4, n_steps=20, method="gausslegendre"
    )
    found = lenet.run("integrated_gradients", 4, steps=20, rule="gauss_legendre")
    assert_close(found.values, expected[0].detach().sum(0))


class AffineThenForked(nn.Module):
    """Convolution and normalisation, and only then what bends and what is read twice."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, 2, padding=1, padding_mode="reflect")
        self.norm = nn.BatchNorm2d(4)
        self.norm.running_mean += torch.arange(4.0)
        self.conv2 = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = self.norm(self.conv(x))
        return (self.conv2(x) + torch.sin(x)).flatten(1)


@pytest.mark.parametrize("layer", ["norm", "conv2", "flatten"])
def test_integrated_gradients_are_the_weighted_sum_of_gradients(layer):
    torch.manual_seed(5)
    net = traced(AffineThenForked(), torch.randn(1, 3, 12, 12))
    is_map = layer != "flatten"
    target = Unit(layer, 2, 3 if is_map else 0, 1 if is_map else 0)
    found = net.run("integrated_gradients", target, steps=6, rule="gauss_legendre")
    places, weights = np.polynomial.legendre.leggauss(6)
    total = torch.zeros(3, 12, 12, dtype=torch.float64)
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        # From the mean colour, which is zero here.
        _, gradient = input_gradient(net.graph, float(place) * net.tensor, target)
        total += weight * gradient[0]
    assert_close(found.values, (total * net.tensor[0]).sum(0))
    assert np.abs(found.values).max() > 1e-3


def test_integrated_gradients_that_follow_the_gap_are_those_of_many_uniform_steps(lenet):
    """captum's midpoints, so many that the integral is theirs."""
    expected = attr.IntegratedGradients(lenet.module).attribute(
        pixels_of(lenet), target=4, n_steps=1000, method="riemann_middle"
    )
    found = lenet.run("integrated_gradients", 4)
    assert found.completeness.relative_gap <= 0.009
    assert found.facts["points"] <= 100
    assert_close(found.values, expected[0].detach().sum(0), 0.02)
    uniform = lenet.run("integrated_gradients", 4, steps=50)
    expected = attr.IntegratedGradients(lenet.module).attribute(
        pixels_of(lenet), target=4, n_steps=50, method="riemann_middle"
    )
    assert uniform.facts["points"] == 50
    assert_close(uniform.values, expected[0].detach().sum(0))


class Kink(nn.Module):
    """The sum of the pixels up to a bound: everything changes on one part of the way."""

    def forward(self, x):
        # Of maps that have places: the picture itself is none of its layers.
        total = torch.relu(x).sum((1, 2, 3))[:, None]
        return torch.cat([50 * torch.clamp(total - 0.9, 0, 0.1), total], 1)


def test_points_go_where_the_target_moves():
    """S_i = x_i * (F(x) - F(0)) / sum(x): a tenth of the way makes it all."""
    picture = torch.tensor([[[[0.1, 0.2], [0.3, 0.4]]]])
    found = traced(Kink(), picture).run("integrated_gradients", 0)
    assert found.values == pytest.approx(picture[0, 0].numpy() * 5, rel=0.01)
    assert found.completeness.relative_gap <= 0.009
    # Where the gradient is the same all along, the first points are all.
    straight = traced(Kink(), picture).run("integrated_gradients", 1)
    assert straight.values == pytest.approx(picture[0, 0].numpy(), rel=1e-5)
    assert straight.facts["points"] <= 48


def test_gradients_that_are_let_go_of_still_count(lenet):
    whole = lenet.run("integrated_gradients", 4)
    with mock.patch("app.inspection.attribution.integrated_gradients._KEPT_BYTES", 12 * 4 * 32**2):
        found = lenet.run("integrated_gradients", 4)
    assert found.completeness.relative_gap <= 0.009
    assert_close(found.values, whole.values, 0.05)


def test_integrated_gradients_show_the_map_while_they_refine(lenet):
    method = method_named("integrated_gradients")
    shown = []

    def watch(done, total, preview=None):
        assert done < total
        if preview is not None and (not shown or shown[-1] is not preview):
            shown.append(preview)

    found = method.run(lenet.subject(4), method.complete({}), watch)
    # The first few points are shown at once: the mean of their gradients on the way from grey.
    assert shown[0].points == 4
    places = (np.arange(0, 8, 2) + 0.5) / 8
    gradients = [
        input_gradient(lenet.graph, float(place) * lenet.tensor, lenet.subject(4).target)[1][0]
        for place in places
    ]
    first = (torch.stack(gradients).mean(0) * lenet.tensor[0]).sum(0)
    codes = np.frombuffer(shown[0].codes, np.int8).reshape(32, 32) * (shown[0].limit / 127)
    assert_close(codes, first, 0.01)
    assert shown[1].points == 8
    assert [each.points for each in shown] == sorted({each.points for each in shown})
    last = shown[-1]
    assert (last.height, last.width, last.cell) == (32, 32, 1)
    values = np.frombuffer(last.codes, np.int8).reshape(32, 32) * (last.limit / 127)
    # One round later it is done.
    assert_close(values, found.values, 0.1)
    assert last.relative_gap is not None


def test_preview_of_a_large_map_is_the_mean_of_its_cells():
    values = np.random.default_rng(1).normal(size=(301, 200)).astype(np.float32)
    found = preview_of(values, 3, None)
    assert found.cell == 3
    small = np.frombuffer(found.codes, np.int8).reshape(101, 67) * (found.limit / 127)
    for row, column in ((0, 0), (50, 30), (100, 66)):
        cell = values[3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        assert small[row, column] == pytest.approx(cell.mean(), abs=found.limit / 127)


@pytest.mark.full
def test_integrated_gradients_of_large_networks_are_those_of_captum(named):
    name, net = named
    class_index = NETWORKS[name][0]
    expected = attr.IntegratedGradients(net.module).attribute(
        pixels_of(net), target=class_index, n_steps=12, internal_batch_size=4
    )
    found = net.run("integrated_gradients", class_index, steps=12, rule="gauss_legendre")
    assert_close(found.values, expected[0].detach().sum(0), 1e-3 if "random" in name else 1e-4)


@pytest.mark.parametrize(
    "name",
    ["resnet18.random", pytest.param("efficientnet_lite0.imagenet1k", marks=pytest.mark.full)],
)
def test_parts_of_integrated_gradients_add_up(name):
    net = catalogued(name)
    found = net.run("integrated_gradients", NETWORKS[name][0])
    assert found.completeness.relative_gap < 0.01
    assert found.values.sum(dtype=np.float64) == pytest.approx(found.completeness.total, rel=1e-4)


@pytest.mark.full
@pytest.mark.parametrize("picture", ["coffee.png", "rocket.jpg", "astronaut.png"])
@pytest.mark.parametrize("baseline", ["mean", "black"])
def test_parts_add_up_on_every_example(picture, baseline):
    net = catalogued("efficientnet_lite0.imagenet1k", picture)
    with torch.no_grad():
        best = int(net.module(net.tensor)[0].argmax())
    found = net.run("integrated_gradients", best, baseline=baseline)
    assert found.completeness.relative_gap < 0.01


# Those whose map is linear in the target, so that a difference of targets is one of maps.
LINEAR = {
    "grad_cam": {},
    "saliency": {"colours": "sum"},
    "input_times_gradient": {},
    "smoothgrad": {"colours": "sum", "samples": 4},
    "guided_backpropagation": {},
    "deconvnet": {},
    "integrated_gradients": {"steps": 6},
    "occlusion": {"patch": 8, "stride": 8},
}


@pytest.mark.parametrize("method", [method.name for method in METHODS])
def test_map_against_a_rival_is_that_of_the_difference_of_logits(lenet, method):
    """As for a network whose one output is the difference, made from the same weights by torch."""

    class Difference(nn.Module):
        def __init__(self, network):
            super().__init__()
            self.network = network

        def forward(self, x):
            logits = self.network(x)
            return logits[:, 4:5] - logits[:, 9:10]

    other = traced(Difference(lenet.module), lenet.tensor)
    layer = "s2" if method_named(method).uses_layer else None
    options = LINEAR.get(method, {})
    found = lenet.run(method, logit_of(lenet.graph, 4, 9), layer, **options)
    expected = other.run(method, 0, layer and f"network.{layer}", **options)
    assert_close(found.values, expected.values)
    logits = lenet.module(lenet.tensor)[0]
    assert found.target_value == pytest.approx(float(logits[4] - logits[9]), abs=1e-5)
    if method in LINEAR:
        parts = [lenet.run(method, each, layer, **options).values for each in (4, 9)]
        assert_close(found.values, parts[0] - parts[1])
        assert np.abs(found.values - parts[0]).max() > 1e-3 * np.abs(parts[0]).max()


@pytest.mark.parametrize("method", [method.name for method in METHODS])
def test_any_unit_of_any_layer_can_be_explained(lenet, method):
    check = state_of(lenet.module)
    unit = Unit("c3", 5, 4, 6)
    # A patch is shown on all its pixels, so that only one of a single pixel stays in the window.
    options = {"patch": "1", "stride": "1"} if method == "occlusion" else {}
    found = lenet.run(method, unit, **options)
    assert found.values.shape == (32, 32)
    # The window of C3: 14 x 14 pixels from twice its place on.
    outside = found.values.copy()
    # A square of 4 x 4 that meets the window counts for all of its pixels.
    margin = 3 if method == "occlusion" else 0
    outside[8 - margin : 22 + margin, 12 - margin : 26 + margin] = 0
    if not method_named(method).uses_layer:
        assert np.abs(outside).max() <= 1e-5 * np.abs(found.values).max()
    assert found.target_value == pytest.approx(
        float(lenet.subject(unit).activations["c3"][5, 4, 6]), abs=1e-5
    )
    check()


def test_layer_that_the_target_does_not_depend_on_is_refused(lenet):
    with pytest.raises(InvalidAttributionLayerError, match="before it"):
        lenet.run("grad_cam", Unit("c1", 0, 3, 3), layer="c3")
    with pytest.raises(InvalidAttributionLayerError):
        lenet.run("grad_cam", 3, layer="f6")


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("grad_cam", {"relu": "maybe"}, "true or false"),
        ("smoothgrad", {"samples": "0"}, "1 to 400"),
        ("smoothgrad", {"samples": "2.5"}, "whole number"),
        ("smoothgrad", {"noise": "nan"}, "0 to 1"),
        ("integrated_gradients", {"baseline": "white"}, "one of mean"),
        ("saliency", {"steps": "5"}, "an option of saliency"),
    ],
)
def test_option_that_is_not_valid_names_what_would_be(method, options, said):
    with pytest.raises(InvalidOptionError, match=said):
        method_named(method).complete(options)


def test_eight_at_once_give_what_each_gives_alone(lenet):
    check = state_of(lenet.module)
    asked = [(method.name, index % 10) for index, method in enumerate(METHODS)][:8]
    alone = [lenet.run(*each).values for each in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda each: lenet.run(*each).values, asked))
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one, other)
    check()


def test_failure_and_cancel_leave_the_network_as_it_was(lenet):
    check = state_of(lenet.module)

    class StoppedError(Exception):
        pass

    def stop(done, total, preview=None):
        if done:
            raise StoppedError

    for name in ("smoothgrad", "integrated_gradients", "score_cam"):
        method = method_named(name)
        with pytest.raises(StoppedError):
            method.run(lenet.subject(3), method.complete({}), stop)
        check()
    with pytest.raises(IndexError):
        lenet.run("saliency", Unit("c3", 99, 0, 0))
    check()


def test_default_layer_is_the_last_with_rows_and_columns():
    class Ends(nn.Module):
        def __init__(self):
            super().__init__()
            self.wide = nn.Conv2d(1, 2, 3)
            self.single = nn.Conv2d(2, 4, 6)
            self.fc = nn.Linear(4, 2)

        def forward(self, x):
            return self.fc(torch.tanh(self.single(torch.tanh(self.wide(x)))).flatten(1))

    net = Explained(Ends().eval(), trace(Ends().eval(), (1, 8, 8)), torch.zeros(1, 1, 8, 8))
    assert net.subject(0).layer_id == "tanh"
