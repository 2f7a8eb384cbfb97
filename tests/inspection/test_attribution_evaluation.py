"""Tests of heat maps: similarities against scipy, curves and cascades against hand-set networks."""

import numpy as np
import pytest
import torch
from attribution_oracle import catalogued, state_of, traced
from rounding import sum_error_bound
from scipy.ndimage import uniform_filter
from scipy.stats import spearmanr
from torch import nn

from app.inspection.activations.capture import capture
from app.inspection.activations.observation import Observation
from app.inspection.activations.prediction import Prediction
from app.inspection.attribution.decomposition import Decomposition, affine_head, decompose
from app.inspection.attribution.methods import method_named
from app.inspection.evaluation.agreement import agreement
from app.inspection.evaluation.deletion import deletion_curves
from app.inspection.evaluation.randomisation import blocks_with_parameters, cascade
from app.inspection.evaluation.similarity import spearman, structural_similarity
from app.inspection.progress import no_progress
from models.catalogue.catalogue import catalogue


@pytest.fixture(scope="module")
def lenet():
    return catalogued("lenet5.mnist5k")


@pytest.mark.parametrize("levels", [4, 10**6])
def test_spearman_is_that_of_scipy_ties_included(levels):
    random = np.random.default_rng(1)
    one = random.integers(0, levels, (20, 30)).astype(np.float32)
    other = one + random.normal(0, levels / 3, one.shape).astype(np.float32)
    assert spearman(one, other) == pytest.approx(spearmanr(one.ravel(), other.ravel()).statistic)
    assert spearman(one, -one) == pytest.approx(-1)
    assert spearman(one, np.zeros_like(one)) is None


def test_structural_similarity_follows_wang_by_moving_windows():
    random = np.random.default_rng(2)
    one = random.random((24, 31))
    other = one + random.normal(0, 0.3, one.shape)
    x, y = one / np.abs(one).max(), other / np.abs(other).max()
    data_range = 2 if min(x.min(), y.min()) < 0 else 1

    def mean(values):
        return uniform_filter(values, 7)[3:-3, 3:-3]

    unbiased = 49 / 48
    covariance = unbiased * (mean(x * y) - mean(x) * mean(y))
    variances = unbiased * (mean(x * x) - mean(x) ** 2 + mean(y * y) - mean(y) ** 2)
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    expected = ((2 * mean(x) * mean(y) + c1) * (2 * covariance + c2)) / (
        (mean(x) ** 2 + mean(y) ** 2 + c1) * (variances + c2)
    )
    assert structural_similarity(one, other) == pytest.approx(expected.mean(), abs=1e-9)
    assert structural_similarity(one, 5 * one) == pytest.approx(1)
    assert structural_similarity(np.zeros((9, 9)), np.zeros((9, 9))) == pytest.approx(1)


class SumOfPixels(nn.Module):
    """Two classes; the first is the sum of all pixels, the second nothing."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 2, bias=False)
        with torch.no_grad():
            self.fc.weight[:] = torch.stack([torch.ones(16), torch.zeros(16)])

    def forward(self, x):
        return self.fc(x.flatten(1))


def test_deletion_curve_of_a_sum_is_the_softmax_of_what_is_left():
    picture = torch.arange(16.0).reshape(1, 1, 4, 4) / 10
    net = traced(SumOfPixels(), picture)
    method = method_named("input_times_gradient")
    # The network has no maps, and this method needs none.
    subject = net.subject_without_layer(0)
    found = method.run(subject, method.complete({}), no_progress)
    assert found.values == pytest.approx(picture[0, 0].numpy())
    curves = deletion_curves(subject, found.values, no_progress, points=4)
    left = np.array(
        [picture.sum().item(), *(picture.flatten()[:n].sum().item() for n in (12, 8, 4, 0))]
    )
    assert curves.deletion == pytest.approx(1 / (1 + np.exp(-left)), abs=1e-6)
    assert curves.insertion[-1] == pytest.approx(curves.deletion[0], abs=1e-6)
    assert curves.area(curves.deletion) == pytest.approx(np.trapezoid(curves.deletion, dx=0.25))
    # No other order deletes faster.
    assert curves.area(curves.deletion) < curves.area(curves.random_deletion)
    assert curves.ties == 0


def test_curve_of_a_constant_map_says_that_its_order_is_arbitrary():
    net = traced(SumOfPixels(), torch.ones(1, 1, 4, 4))
    curves = deletion_curves(
        net.subject_without_layer(0), np.zeros((4, 4), np.float32), no_progress, points=4
    )
    assert curves.ties == 1


def test_cascade_goes_from_the_top_down_and_leaves_the_network_alone(lenet):
    check = state_of(lenet.module)
    method = method_named("saliency")
    subject = lenet.subject(4)
    reports = []
    found = cascade(
        subject,
        method,
        method.complete({}),
        lambda done, total, _=None: reports.append((done, total)),
    )
    check()
    names = [stage.name for stage in found.stages]
    assert names[:2] == ["", "output"]
    assert names[-1] == "c1"
    first = found.stages[0]
    assert (first.spearman, first.ssim) == (pytest.approx(1), pytest.approx(1))
    assert np.array_equal(first.attribution.values, lenet.run("saliency", 4).values)
    # The last stage is a network that knows nothing: the map is another.
    assert abs(found.stages[-1].spearman_absolute) < 0.95
    assert found.stages[-1].attribution.target_value != first.attribution.target_value
    assert reports[-1][0] < reports[-1][1]
    again = cascade(subject, method, method.complete({}), no_progress)
    assert np.array_equal(found.maps, again.maps)


def test_edges_survive_the_loss_of_all_weights_and_trained_gradients_do_not():
    """What the test is for: a map of the picture alone does not notice, as Adebayo et al. show."""
    net = catalogued("lenet5.mnist5k")
    subject = net.subject(4)

    def edges(where, _options, _step):
        picture = where.tensor[0, 0]
        steps = (picture - picture.roll(1, 0)).abs() + (picture - picture.roll(1, 1)).abs()
        return (
            method_named("saliency")
            .run(where, {"colours": "sum"}, no_progress)
            .__class__(steps.numpy(), 0.0)
        )

    method = method_named("saliency")
    blind = type(method)(**{**vars(method), "run": edges})
    found = cascade(subject, blind, {}, no_progress)
    assert all(stage.spearman == pytest.approx(1) for stage in found.stages)


def test_blocks_are_as_fine_as_allowed():
    net = catalogued("resnet18.random")
    names = [name for name, _ in blocks_with_parameters(net.graph)]
    assert names == [
        "fc", "layer4.1", "layer4.0", "layer3.1", "layer3.0", "layer2.1", "layer2.0", "layer1.1",
        "layer1.0", "bn1", "conv1",
    ]  # fmt: skip
    members = {name for _, found in blocks_with_parameters(net.graph) for name in found}
    assert members == {name for name, _ in net.module.named_parameters()}


def test_agreement_has_every_pair_once():
    one = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = agreement({"a": one, "b": -one, "c": np.zeros_like(one)})
    pairs = {(pair.first, pair.second): pair for pair in found.pairs}
    assert len(pairs) == 6
    assert pairs["a", "a"].spearman == pytest.approx(1)
    assert pairs["a", "b"].spearman == pytest.approx(-1)
    assert pairs["a", "b"].spearman_absolute == pytest.approx(1)
    assert pairs["a", "c"].spearman is None


@pytest.mark.parametrize(
    ("model", "layer", "count"),
    [
        ("efficientnet_lite0.imagenet1k", "bn2.act", 1280),
        ("resnet18.random", "layer4.1.relu_1", 512),
        ("lenet5.mnist5k", "f6_tanh", 84),
    ],
)
def test_shares_and_bias_are_the_logit(model, layer, count):
    """Where the head is pooling and a linear layer: w_k * mean of map k, by numpy."""
    net = catalogued(model)
    subject = net.subject(7)
    assert affine_head(net.graph) == layer
    logits = subject.activations.logits
    observation = Observation(Prediction(logits.numpy(), None), net.tensor, subject.activations)
    found = decompose(net.graph, observation, layer, 7)
    maps = subject.activations[layer].numpy().reshape(count, -1).astype(np.float64)
    head = [m for m in net.module.modules() if isinstance(m, nn.Linear)][-1]
    expected = head.weight[7].numpy().astype(np.float64) * maps.mean(1)
    assert found.shares == pytest.approx(expected, abs=1e-5)
    assert found.bias == pytest.approx(float(head.bias[7]), abs=1e-5)
    assert found.shares.sum() + found.bias == pytest.approx(float(logits[7]), abs=1e-4)
    assert found.ranked[0][1] == found.shares[np.abs(found.shares).argmax()]


@pytest.mark.parametrize("model", ["efficientnet_lite0.imagenet1k", "lenet5.mnist5k"])
def test_shares_against_a_rival_are_the_difference_of_logits(model):
    """(w_k - v_k) * mean of map k, and the difference of the biases, by numpy."""
    net = catalogued(model)
    activations = capture(net.graph, net.tensor)
    layer = affine_head(net.graph)
    logits = activations.logits
    observation = Observation(Prediction(logits.numpy(), None), net.tensor, activations)
    found = decompose(net.graph, observation, layer, 7, 3)
    head = [m for m in net.module.modules() if isinstance(m, nn.Linear)][-1]
    weights, biases = head.weight.numpy().astype(np.float64), head.bias.numpy().astype(np.float64)
    means = activations[layer].numpy().reshape(weights.shape[1], -1).mean(1, dtype=np.float64)
    assert found.shares == pytest.approx((weights[7] - weights[3]) * means, abs=1e-5)
    assert found.bias == pytest.approx(biases[7] - biases[3], abs=1e-5)
    assert found.logit == float(logits[7]) - float(logits[3])
    assert found.shares.sum() + found.bias == pytest.approx(found.logit, abs=1e-4)
    assert found.residual == 0
    assert np.abs(found.shares).max() > 1e-2


TRAINED = {e.architecture.name for e in catalogue() if e.origin == "trained_here"}


@pytest.mark.parametrize("model", [e.id for e in catalogue() if e.architecture.name in TRAINED])
def test_every_class_of_every_trained_design_is_such_a_sum(model):
    """The head of each is a mean and weights, in one order or the other: w_ck * mean of map k."""
    net = catalogued(model)
    activations = capture(net.graph, net.tensor)
    layer = affine_head(net.graph)
    head = [m for m in net.module.modules() if isinstance(m, nn.Linear | nn.Conv2d)][-1]
    weights = head.weight.flatten(1).numpy().astype(np.float64)
    biases = np.zeros(len(weights)) if head.bias is None else head.bias.numpy().astype(np.float64)
    maps = activations[layer].numpy().reshape(weights.shape[1], -1)
    means = maps.mean(1, dtype=np.float64)
    prediction = Prediction(activations.logits.numpy(), None)
    observation = Observation(prediction, net.tensor, activations)
    for class_index, logit in enumerate(activations.logits.tolist()):
        terms = weights[class_index] * means
        found = decompose(net.graph, observation, layer, class_index)
        tolerance = sum_error_bound([*terms, biases[class_index]], activations[layer].numel())
        assert found.shares == pytest.approx(terms, rel=0, abs=tolerance)
        assert found.bias == pytest.approx(biases[class_index], rel=0, abs=tolerance)
        assert found.logit == logit
        assert found.shares.sum() + found.bias == pytest.approx(logit, rel=0, abs=tolerance)
        assert found.residual == 0


def test_network_that_is_linear_from_the_picture_on_is_a_sum_over_its_pixels():
    picture = torch.arange(16.0).reshape(1, 1, 4, 4) / 10
    net = traced(SumOfPixels(), picture)
    activations = capture(net.graph, picture)
    observation = Observation(Prediction(activations.logits.numpy(), None), picture, activations)
    found = decompose(net.graph, observation, affine_head(net.graph), 0)
    assert found.shares == pytest.approx(picture.flatten().numpy(), rel=1e-6)
    assert (found.bias, found.residual) == (0, 0)
    # The input itself can be asked for as well.
    assert decompose(net.graph, observation, "input", 0).shares == pytest.approx([12.0], rel=1e-6)


def test_what_is_left_beyond_rounding_is_told():
    shares = np.array([0.1, 0.2, -0.3])
    assert shares.sum() != 0
    assert Decomposition("relu", shares, 0.0, 0.0).residual == 0
    assert Decomposition("relu", shares, 0.0, 0.001).residual == pytest.approx(0.001)


def test_head_that_bends_has_no_such_sum():
    module = nn.Sequential(nn.Flatten(), nn.Linear(16, 3), nn.Softmax(dim=1))
    assert affine_head(traced(module, torch.zeros(1, 1, 4, 4)).graph) is None
