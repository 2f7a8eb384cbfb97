"""Filters, their lengths, likeness and matches, against numpy, scipy and the layers themselves."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch
from awkward_networks import (
    AsymmetricPadding,
    ChannelShuffle,
    ChannelsLast,
    StandardisedWeights,
    prepared,
)
from rounding import sum_error_bound
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from structures import graph_of
from torch import nn

from app.inspection.activations.capture import capture
from app.inspection.errors import NoFiltersError
from app.inspection.fields.unit_field import Fields
from app.inspection.filters.bank import filter_bank, has_filters, norms
from app.inspection.filters.exciting_patches import exciting_patches
from app.inspection.filters.forms import colour_of_kernel, describe_filters, draw_filters
from app.inspection.filters.matching import compare, match
from app.inspection.filters.similarity import cluster_order, cosines, most_similar
from app.inspection.tracing.tracing import trace
from models.catalogue.catalogue import catalogue
from models.weights.construction import build_random, tensors_of

NEUTRAL = [244, 244, 242]


@lru_cache(maxsize=4)
def _opened(name):
    entry = catalogue().resolve(f"{name}.random")
    module = build_random(entry.architecture.build, 0).eval().requires_grad_(requires_grad=False)
    graph = graph_of(entry.architecture.build, entry.preprocessing.input_shape, module)
    tensor = torch.randn(1, *graph.input_shape, generator=torch.Generator().manual_seed(3))
    return module, graph, capture(graph, tensor)


KINDS = [
    ("lenet5", "c1", "single", (6, 1, 5, 5)),
    ("lenet5", "c3", "kernels", (16, 6, 5, 5)),
    ("lenet5", "f6", "mixing", (84, 120, 1, 1)),
    ("softmax", "linear", "single", (10, 1, 28, 28)),
    ("efficientnet_lite0", "conv_stem", "rgb", (32, 3, 3, 3)),
    ("efficientnet_lite0", "blocks.1.0.conv_dw", "depthwise", (96, 1, 3, 3)),
    ("efficientnet_lite0", "blocks.5.0.conv_pwl", "mixing", (192, 672, 1, 1)),
    ("efficientnet_lite0", "classifier", "mixing", (1000, 1280, 1, 1)),
]


@pytest.mark.parametrize(("name", "layer", "kind", "shape"), KINDS)
def test_filters_have_the_shape_of_what_they_read(name, layer, kind, shape):
    module, graph, _ = _opened(name)
    bank = filter_bank(graph, tensors_of(module), layer)
    assert (bank.kind, tuple(bank.weight.shape)) == (kind, shape)
    assert torch.equal(bank.weight.flatten(), module.get_submodule(layer).weight.flatten())


@pytest.mark.parametrize(("name", "layer"), [case[:2] for case in KINDS])
def test_dot_product_and_bias_are_what_the_layer_computed(name, layer):
    module, graph, activations = _opened(name)
    _assert_matches(graph, module, activations, layer)


@pytest.mark.parametrize(
    ("network", "layers"),
    [
        (AsymmetricPadding, ("conv", "same", "reflected")),
        (ChannelShuffle, ("conv", "grouped")),
        (ChannelsLast, ("expand",)),
    ],
)
def test_padding_groups_and_layouts_are_the_layers_own(network, layers):
    module = prepared(network)
    graph = trace(module, (3, 16, 16))
    activations = capture(graph, torch.randn(1, 3, 16, 16))
    for layer in layers:
        _assert_matches(graph, module, activations, layer)


def _assert_matches(graph, module, activations, layer):
    """Sums of the same products in any order: each within the rounding of these products."""
    bank = filter_bank(graph, tensors_of(module), layer)
    source = activations[bank.source]
    for index in {0, bank.count // 2, bank.count - 1}:
        found = match(bank, index, source)
        expected = activations[layer][index].reshape(found.dot.shape)
        count = bank.weight[index].numel()
        # The size of what is summed at each place: |x| * |w|, by the same windows.
        size = match(replace(bank, weight=bank.weight.abs()), index, source.abs()).dot
        off = sum_error_bound(1.0, count) * (size + abs(found.bias))
        assert ((found.dot + found.bias - expected).abs() <= off).all()
        row, column = found.dot.shape[0] // 2, found.dot.shape[1] - 1
        for place in ((0, 0), (row, column)):
            one = compare(bank, index, source, *place)
            patch, template = (
                values.numpy().ravel().astype(np.float64) for values in (one.patch, one.template)
            )
            products = patch * template
            tolerance = sum_error_bound([*products, found.bias])
            assert one.dot == pytest.approx(products.sum(), rel=0, abs=tolerance)
            assert float(found.dot[place]) == pytest.approx(products.sum(), rel=0, abs=tolerance)
            assert float(expected[place]) == pytest.approx(
                products.sum() + found.bias, rel=0, abs=tolerance
            )
            lengths = np.linalg.norm(patch) * np.linalg.norm(template)
            cosine = products.sum() / lengths if lengths else 0.0
            # Besides the sum the lengths are rounded, each by as many terms.
            turned = tolerance / lengths + sum_error_bound(cosine, 2 * count) if lengths else 0
            assert one.cosine == pytest.approx(cosine, rel=0, abs=turned)
            assert float(found.cosine[place]) == pytest.approx(cosine, rel=0, abs=turned)
            assert (one.l1, one.l2, one.linf) == pytest.approx(
                tuple(np.linalg.norm(patch.astype(np.float64), order) for order in (1, 2, np.inf))
            )


def test_norms_are_numpys():
    weight = torch.randn(5, 3, 4, 2)
    weight[3] = 0
    found = norms(weight)
    rows = weight.numpy().reshape(5, -1).astype(np.float64)
    for values, order in ((found.l1, 1), (found.l2, 2), (found.linf, np.inf)):
        assert values == pytest.approx(np.linalg.norm(rows, order, axis=1))
    assert found.frobenius == pytest.approx(np.linalg.norm(rows, "fro"))
    assert found.is_dead.tolist() == [False, False, False, True, False]


def test_cosines_are_numpys():
    rows = np.random.default_rng(0).normal(size=(7, 12)).astype(np.float32)
    rows[4] = 0
    similarity = cosines(torch.from_numpy(rows))
    for one in range(7):
        for other in range(7):
            lengths = np.linalg.norm(rows[one]) * np.linalg.norm(rows[other])
            expected = rows[one] @ rows[other] / lengths if lengths else 0.0
            assert similarity[one, other] == pytest.approx(expected, abs=1e-6)
    nearest, cosine = most_similar(similarity)
    for one in range(7):
        others = [other for other in range(7) if other != one]
        assert nearest[one] == max(others, key=lambda other, one=one: similarity[one, other])
        assert cosine[one] == similarity[one, nearest[one]]


def test_order_is_the_leaves_of_scipys_tree():
    similarity = cosines(torch.from_numpy(np.random.default_rng(1).normal(size=(40, 9))).float())
    distance = 1 - similarity.astype(np.float64)
    distance = (distance + distance.T) / 2
    np.fill_diagonal(distance, 0)
    tree = hierarchy.linkage(squareform(distance, checks=False), "average")
    order = cluster_order(similarity)
    assert sorted(order) == list(range(40))
    # Every cluster of scipy's tree stands together.
    place = {index: position for position, index in enumerate(order)}
    clusters = {index: [index] for index in range(40)}
    for step, (one, other, _, size) in enumerate(tree):
        together = clusters[int(one)] + clusters[int(other)]
        clusters[40 + step] = together
        places = [place[index] for index in together]
        assert max(places) - min(places) + 1 == len(together) == int(size)


def test_like_filters_stand_beside_each_other():
    first, second = np.eye(2)
    rows = torch.tensor(np.array([first, second, first * 3, second * 2, first * 9])).float()
    assert cluster_order(cosines(rows)) == [0, 2, 4, 1, 3]
    assert cluster_order(cosines(rows[:1])) == [0]


def test_zero_is_grey_and_all_kernels_share_one_scale():
    weight = np.zeros((2, 3, 1, 2), np.float32)
    weight[0, 0, 0, 0], weight[1, 2, 0, 1] = 0.5, -1.0
    pixels = draw_filters(weight, "rgb", 1.0)
    # 127.5 is between two levels, and rounds up; half of full red, no blue.
    assert pixels[0, 0].tolist() == [191, 128, 128, 255]
    assert pixels[0, 1].tolist() == [128, 128, 128, 255]
    assert colour_of_kernel(weight[1], 1.0)[0, 1].tolist() == [128, 128, 0, 255]


def test_zero_is_neutral_in_signed_tiles():
    weight = np.array([0.0, 2.0, -2.0, 0.0], np.float32).reshape(1, 1, 2, 2)
    pixels = draw_filters(weight, "depthwise", None)
    assert pixels[0, 0, :3].tolist() == pixels[1, 1, :3].tolist() == NEUTRAL
    assert pixels[0, 1, 0] > pixels[0, 1, 2]  # red
    assert pixels[1, 0, 0] < pixels[1, 0, 2]  # blue


def test_matrix_has_filters_down_and_inputs_across():
    weight = np.zeros((4, 7, 1, 1), np.float32)
    weight[2, 5] = 1
    pixels = draw_filters(weight, "mixing", 1.0)
    assert pixels.shape == (4, 7, 4)
    strongest = np.argwhere((pixels[..., :3] != NEUTRAL).any(-1))
    assert strongest.tolist() == [[2, 5]]


def test_layers_without_filters_lead_to_the_nearest():
    module, graph, _ = _opened("efficientnet_lite0")
    for layer, nearest in (
        ("bn1.act", "conv_stem"),
        ("blocks.2.1.add", "blocks.2.1.conv_pwl"),
        ("input", "conv_stem"),
    ):
        with pytest.raises(NoFiltersError) as raised:
            filter_bank(graph, tensors_of(module), layer)
        assert raised.value.nearest == nearest
        assert has_filters(graph, graph.layer(nearest))


def test_network_without_any_filters_says_so():
    class Bare(nn.Module):
        def forward(self, x):
            return torch.relu(x).flatten(1)

    graph = trace(Bare().eval(), (1, 2, 2))
    with pytest.raises(NoFiltersError, match=r"relu has no filters \(relu: it has no weights\)\.$"):
        filter_bank(graph, tensors_of(Bare()), "relu")


def test_weights_that_are_computed_from_parameters_are_not_shown_as_these():
    module = prepared(StandardisedWeights)
    graph = trace(module, (3, 8, 8))
    with pytest.raises(NoFiltersError, match="computed anew"):
        filter_bank(graph, tensors_of(module), "conv2d")


def test_best_patches_are_those_of_brute_force():
    _, graph, activations = _opened("lenet5")
    fields = Fields.of(graph)
    map_ = activations["c3_tanh"][5]
    found = exciting_patches(fields, "c3_tanh", 5, map_, 4)
    for sign, patches in zip((1, -1), found, strict=True):
        kept = []
        for value, place in sorted((-sign * v, p) for p, v in np.ndenumerate(map_.numpy())):
            box = fields.reach.unit("c3_tanh", *place, 5).mask
            if all((box & old).sum() <= 0.5 * (box | old).sum() for _, _, old in kept):
                kept.append((place, value, box))
            if len(kept) == 4:
                break
        assert [(patch.row, patch.column) for patch in patches] == [place for place, _, _ in kept]
        assert [patch.value for patch in patches] == [float(map_[p]) for p, _, _ in kept]


def test_facts_hold_every_filter_once():
    module, graph, _ = _opened("lenet5")
    facts = describe_filters(filter_bank(graph, tensors_of(module), "c3"))
    assert sorted(facts.order) == list(range(16))
    assert facts.mean == pytest.approx(module.c3.weight.mean((1, 2, 3)).double().numpy(), abs=1e-7)


@pytest.mark.full
@pytest.mark.parametrize(
    "name", ["alexnet", "googlenet", "resnet18", "densenet121", "mobilenet_v3_small", "zfnet"]
)
def test_every_filter_layer_matches_what_it_computed(name):
    module, graph, activations = _opened(name)
    for layer in graph.layers:
        if has_filters(graph, layer):
            _assert_matches(graph, module, activations, layer.id)
