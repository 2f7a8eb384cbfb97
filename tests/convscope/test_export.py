"""A live network as a bundle: the same numbers, the network left as it was, nothing half there."""

import copy
import hashlib
import json
import random
import zipfile
from collections import OrderedDict
from contextlib import suppress

import numpy as np
import own_networks
import pytest
import torch
from bundle_reading import read_bundle
from holding import hold
from own_networks import NETWORKS, built, classifier, reference
from torch import nn

import convscope
from convscope.writing import write_down

SHAPE = (3, 64, 64)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:Lazy modules are:UserWarning")
@pytest.mark.parametrize("own", NETWORKS, ids=lambda own: own.title)
def test_a_bundle_computes_what_the_persons_own_module_does(own, tmp_path):
    if own.refused:
        with pytest.raises(convscope.ExportError, match=own.refused):
            convscope.export(built(own), tmp_path / "it", input_shape=own.shape)
        assert list(tmp_path.iterdir()) == []
        return
    bundle = read_bundle(convscope.export(built(own), tmp_path / "it", input_shape=own.shape))
    held = hold(bundle.graph, reference(own), own.shape, own.shown)
    assert held.is_equal, held
    assert held.modules > 0
    assert (bundle.card["output"]["of"] or "") == ".".join(map(str, own.shown))


def state_of(module):
    """All that a person could notice of their network."""
    return {
        "tensors": {
            name: (
                tensor.clone(),
                tensor.data_ptr(),
                tensor.dtype,
                tensor.requires_grad,
                tensor._version,
            )
            for name, tensor in (*module.named_parameters(), *module.named_buffers())
        },
        "gradients": {name: one.grad for name, one in module.named_parameters()},
        "training": [child.training for child in module.modules()],
        "classes": [type(child) for child in module.modules()],
        "hooks": [list(child._forward_hooks.items()) for child in module.modules()],
        "attributes": [sorted(vars(child)) for child in module.modules()],
        "saved": [set(child._non_persistent_buffers_set) for child in module.modules()],
    }


def test_a_network_is_left_as_it_was(tmp_path):
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2),
        nn.BatchNorm2d(8),
        nn.Dropout(0.5),
        nn.utils.parametrizations.weight_norm(nn.Conv2d(8, 8, 3, 2)),
        own_networks.HeldAside(),
    ).train()
    network[4].conv = nn.Conv2d(8, 3, 1)
    network = nn.Sequential(network[0], network[1], network[2], network[3]).train()
    network[1].eval()
    network[0].weight.requires_grad_(False)
    network(torch.randn(2, *SHAPE)).sum().backward()
    seen = []
    network[0].register_forward_hook(lambda _module, _given, value: seen.append(value))
    before = state_of(network)
    torch.manual_seed(3)
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    state = torch.get_rng_state()
    convscope.export(network, tmp_path / "it", input_shape=SHAPE)
    after = state_of(network)
    for name, (clone, *rest) in before["tensors"].items():
        assert torch.equal(clone, after["tensors"][name][0])
        assert rest == list(after["tensors"][name][1:])
    for name, gradient in before["gradients"].items():
        assert after["gradients"][name] is gradient
    for what in ("training", "classes", "hooks", "attributes", "saved"):
        assert before[what] == after[what], what
    assert seen == [], "a hook was run with pictures that are not the person's"
    assert torch.equal(torch.get_rng_state(), state)
    assert random.getstate() == python_state
    assert np.array_equal(np.random.get_state()[1], numpy_state[1])  # noqa: NPY002
    assert torch.get_default_dtype() == torch.float32


def test_what_a_forward_writes_is_written_into_the_copy(tmp_path):
    class Clips(nn.Module):
        """Keeps its weights small by writing into them, as some do."""

        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x):
            return self.conv(x).mean((2, 3))

    network = Clips()
    network.conv.register_forward_pre_hook(lambda module, _given: module.weight.data.mul_(1.0))
    weight = network.conv.weight.detach().clone()
    version = network.conv.weight._version
    with suppress(convscope.ExportError):  # either way
        convscope.export(network, tmp_path / "it", input_shape=SHAPE)
    assert torch.equal(network.conv.weight, weight)
    assert network.conv.weight._version == version


def test_a_card_says_what_a_file_cannot(tmp_path):
    labels = ["daisy", "dandelion", "rose", "sunflower", "tulip"]
    network = classifier(5)
    place = convscope.export(
        network,
        tmp_path / "flowers.zip",
        labels=labels,
        preprocessing={"mean": [0.5] * 3, "std": [0.25] * 3, "resize": 72, "channel_order": "bgr"},
        input_shape=SHAPE,
    )
    bundle = read_bundle(place)
    card = bundle.card
    assert card.pop("created_at") > 1.7e9
    with zipfile.ZipFile(place) as archive:
        weights = archive.read("weights.safetensors")
    assert card == {
        "format": "convscope-model",
        "version": 1,
        "name": "flowers",
        "architecture": "sequential",
        "library": "module",
        "title": "Sequential",
        "classes": 5,
        "input_shape": [3, 64, 64],
        "parameters": 3 * 8 * 9 + 8 + 8 + 8 + 8 * 5 + 5,
        "labels": labels,
        "preprocessing": {
            "resize": 72,
            "interpolation": "bilinear",
            "mean": [0.5] * 3,
            "std": [0.25] * 3,
            "channel_order": "bgr",
        },
        "preprocessing_assumed": False,
        "source": "torch.nn.modules.container.Sequential",
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "output": {"shape": [5], "of": None, "others": []},
        "notes": ["It was in training mode, and is shown in evaluation mode."],
    }
    assert sorted(bundle.tensors) == sorted(network.state_dict())
    assert all(torch.equal(one, bundle.tensors[name]) for name, one in network.state_dict().items())


@pytest.mark.parametrize(
    ("labels", "cause"),
    [
        (["one", "two"], "2 labels for the 5 scores"),
        ({"a": 0, "b": 7}, "do not count from 0 to 1"),
        ([], "no labels"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, cause, tmp_path):
    with pytest.raises(convscope.ExportError, match=cause):
        convscope.export(classifier(5), tmp_path / "it", labels=labels, input_shape=SHAPE)
    assert list(tmp_path.iterdir()) == []


def test_labels_come_in_many_forms(tmp_path):
    from convscope.card import labels_of

    (tmp_path / "lines.txt").write_text("cat\ndog\n\n", encoding="utf-8")
    (tmp_path / "list.json").write_text('["cat", "dog"]', encoding="utf-8")
    (tmp_path / "map.json").write_text('{"1": "dog", "0": "cat"}', encoding="utf-8")
    for given in (
        ("cat", "dog"),
        {0: "cat", 1: "dog"},
        {"dog": 1, "cat": 0},
        tmp_path / "lines.txt",
        str(tmp_path / "list.json"),
        tmp_path / "map.json",
    ):
        assert labels_of(given, 2) == ["cat", "dog"]


def test_transforms_of_torchvision_say_the_preparation():
    from torchvision import transforms
    from torchvision.transforms._presets import ImageClassification

    from convscope.card import preprocessing_of

    steps = transforms.Compose(
        [
            transforms.Resize(250, transforms.InterpolationMode.BICUBIC),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize([0.1, 0.2, 0.3], [0.4, 0.5, 0.6]),
        ]
    )
    assert preprocessing_of(steps, (3, 224, 224)) == {
        "resize": 250,
        "interpolation": "bicubic",
        "mean": [0.1, 0.2, 0.3],
        "std": [0.4, 0.5, 0.6],
        "channel_order": "rgb",
    }
    preset = preprocessing_of(ImageClassification(crop_size=224, resize_size=232), (3, 224, 224))
    assert (preset["resize"], preset["mean"]) == (232, [0.485, 0.456, 0.406])
    stretched = preprocessing_of(transforms.Resize((32, 32)), (3, 32, 32))
    assert stretched["resize"] is None
    with pytest.raises(convscope.ExportError, match="step RandomErasing"):
        preprocessing_of(transforms.Compose([transforms.RandomErasing()]), (3, 32, 32))


def test_transforms_that_cannot_be_had_are_refused():
    from torchvision import transforms
    from torchvision.transforms import InterpolationMode

    from convscope.card import preprocessing_of

    nearest = transforms.Resize(256, interpolation=InterpolationMode.NEAREST)
    with pytest.raises(convscope.ExportError, match="interpolation is 'nearest'"):
        preprocessing_of(nearest, (3, 224, 224))
    other_size = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(192)])
    with pytest.raises(convscope.ExportError, match="192 x 192 px"):
        preprocessing_of(other_size, (3, 224, 224))


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"sise": 3}, "no 'sise'"),
        ({"mean": [0.5, 0.5]}, "mean is .* not 3 numbers"),
        ({"std": 0}, "nothing can be divided"),
        ({"resize": 40}, "cannot be cut out"),
        ({"interpolation": "lanczos"}, "bilinear or bicubic"),
        ({"channel_order": "gbr"}, "rgb or bgr"),
        (7, "neither a dict"),
    ],
)
def test_a_preparation_that_cannot_be_is_refused(given, cause, tmp_path):
    with pytest.raises(convscope.ExportError, match=cause):
        convscope.export(classifier(), tmp_path / "it", preprocessing=given, input_shape=SHAPE)


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_bundle_replaces_another_and_nothing_else(name, tmp_path):
    place = tmp_path / name
    for classes in (2, 3):
        convscope.export(classifier(classes), place, input_shape=SHAPE)
        assert [entry.name for entry in tmp_path.iterdir()] == [name]
    assert read_bundle(place).card["classes"] == 3
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(convscope.ExportError, match="with other files"):
        convscope.export(classifier(), tmp_path / "mine", input_shape=SHAPE)
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    from convscope import bundle

    def fail(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundle.os, "fsync", fail)
    for name in ("bundle", "bundle.zip"):
        with pytest.raises(convscope.ExportError, match="No space left on device"):
            convscope.export(classifier(), tmp_path / name, input_shape=SHAPE)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_copied_is_named(tmp_path):
    network = classifier()
    network[0].pool = (number for number in range(3))
    with pytest.raises(convscope.ExportError, match=r"`0\.pool` \(generator\) cannot be copied"):
        convscope.export(network, tmp_path / "it", input_shape=SHAPE)


def test_a_hook_that_records_keeps_what_the_person_recorded(tmp_path):
    network = classifier()
    recorded = {}

    class Recorder:
        def __init__(self):
            self.values = []

        def __call__(self, _module, _given, value):
            self.values.append(value)

        def method(self, _module, given):
            self.values.append(given)

    recorder = Recorder()

    def hook(_module, _given, value):
        recorded["conv"] = value

    network[0].register_forward_hook(hook)
    network[1].register_forward_hook(recorder)
    network[2].register_forward_pre_hook(recorder.method)
    bundle = read_bundle(convscope.export(network, tmp_path / "it", input_shape=SHAPE))
    assert recorded == {}
    assert recorder.values == []
    assert "Hooks are part of what is computed here: 0, 1, 2." in bundle.card["notes"]


def test_an_output_of_a_class_of_its_own_is_looked_through(tmp_path):
    class Answer(OrderedDict):
        """As the transformers library returns them."""

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = classifier(4)

        def forward(self, x):
            scores = self.body(x)
            return Answer(loss=None, kind=scores.argmax(1), logits=scores, maps=[self.body[0](x)])

    network = Network()
    bundle = read_bundle(convscope.export(network, tmp_path / "it", input_shape=SHAPE))
    assert bundle.card["output"] == {"shape": [4], "of": "logits", "others": ["kind", "maps.0"]}
    assert bundle.card["classes"] == 4
    assert hold(bundle.graph, network.eval(), SHAPE, ("logits",)).is_equal


def test_settings_of_the_process_do_not_come_in(tmp_path):
    network = classifier()
    plain = read_bundle(convscope.export(network, tmp_path / "plain", input_shape=SHAPE))
    torch.set_default_dtype(torch.float64)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode():
            place = convscope.export(network, tmp_path / "it", input_shape=SHAPE)
    finally:
        torch.set_default_dtype(torch.float32)
    assert read_bundle(place).document == plain.document


def test_the_same_network_gives_the_same_graph(tmp_path):
    network = classifier()
    first = convscope.export(network, tmp_path / "first", input_shape=SHAPE)
    second = convscope.export(copy.deepcopy(network), tmp_path / "second", input_shape=SHAPE)
    for name in ("graph.json.gz", "weights.safetensors"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_what_is_no_network_is_refused(tmp_path):
    with pytest.raises(convscope.ExportError, match="This is OrderedDict, not"):
        write_down(
            classifier().state_dict(),
            tmp_path / "it",
            labels=None,
            preprocessing=None,
            input_shape=SHAPE,
            name="it",
        )


def test_a_card_is_plain_json(tmp_path):
    place = convscope.export(classifier(), tmp_path / "it", input_shape=SHAPE, name="Blumen ü")
    assert json.loads((place / "card.json").read_text(encoding="utf-8"))["name"] == "blumen-u"
