"""What an atlas says of every channel, against a program of its own: hooks, and plain sorting."""

import hashlib
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from app.inspection.activations.loading import load_model
from app.inspection.atlas.files import to_bytes
from app.inspection.atlas.manifest import AtlasPicture, LeftOut, Manifest
from app.inspection.atlas.strongest import NOBODY
from app.inspection.atlas.summarise import Plan, layers_with_channels, opened, summarise
from app.inspection.atlas.summary import merge
from app.inspection.atlas.sums import folded
from app.stores.graph_files import GraphFiles
from models.catalogue.catalogue import catalogue
from models.weights.locations import WeightsLocations

TOP = 5
LENET, DEFAULT = "lenet5.mnist5k", "efficientnet_lite0.imagenet1k"


def network_of(model_id, place):
    entry = catalogue().resolve(model_id)
    design = entry.architecture
    graph = GraphFiles(place).find(design.name, design.input_shape, design.classes)
    model = load_model(entry, WeightsLocations(place), graph)
    return entry, model, graph.with_tensors(model.tensors)


def drawn(kind, number):
    """A picture; every ninth is grey all over, and every tenth looks as the one before it."""
    generator = np.random.default_rng(number - (number % 10 == 9))
    shape = (9, 11) if kind == "digit" else (12, 15, 3)
    levels = generator.integers(0, 256, shape, dtype=np.uint8)
    if number % 9 == 4:
        levels[:] = 20 * (number % 12)
    return Image.fromarray(levels).resize((40, 36), Image.Resampling.BICUBIC)


def files_of(kind, count):
    """Files by path: three classes, of which the network knows two, and pictures of none."""
    files = {}
    for number in range(count):
        stream = BytesIO()
        # Alike, and not the same file.
        drawn(kind, number).save(stream, "PNG", compress_level=1 + number % 2)
        folder = ("3/", "7/", "others/", "")[number % 4]
        files[f"{folder}{number}.png"] = stream.getvalue()
    return files


def manifest_of(files):
    return Manifest.of(
        AtlasPicture(
            path, len(data), hashlib.sha256(data).hexdigest(), path.rpartition("/")[0] or None
        )
        for path, data in files.items()
    )


class Hooked:
    """Runs a network with hooks, and keeps of every layer, picture by picture, what is counted."""

    def __init__(self, module, tensor, expected):
        """Find for each layer the module whose input or output it is."""
        self.module, self.values = module, {}
        for path, child in module.named_modules():
            child.register_forward_pre_hook(
                lambda _, given, path=path: self._note(f"into {path}", given[0])
            )
            child.register_forward_hook(
                lambda _, __, value, path=path: self._note(f"out of {path}", value)
            )
        self.wanted = None
        module(tensor)
        self.wanted = {}
        for layer_id, value in expected.items():
            (name, *_) = [
                name
                for name, seen in self.values.items()
                if seen.shape == value.shape and torch.equal(seen, value)
            ]
            self.wanted.setdefault(name, []).append(layer_id)

    def _note(self, name, value):
        if self.wanted is None or name in self.wanted:
            self.values[name] = value.clone()

    def __call__(self, tensor):
        self.values = {}
        output = self.module(tensor)
        by_layer = {}
        for name, layer_ids in self.wanted.items():
            by_layer |= dict.fromkeys(layer_ids, self.values[name])
        return output, by_layer


def counted_by_hand(hooked, tensors, layers, batch=8):
    """For each layer: (pictures, channels) of values, places, sums, squares and active units."""
    counted = {layer_id: [] for layer_id in layers}
    logits = []
    for start in range(0, len(tensors), batch):
        output, by_layer = hooked(torch.cat(tensors[start : start + batch]))
        logits.append(output)
        for layer_id, seen in by_layer.items():
            value = seen.reshape(*seen.shape[:2], -1)
            wide = value.double()
            largest = value.max(2).values
            first = (value == largest[..., None]).int().argmax(2)
            row = (largest, first, wide.sum(2), wide.square().sum(2), (value > 0).sum(2))
            counted[layer_id].append(row)
    return (
        {
            layer_id: [torch.cat(each).numpy() for each in zip(*rows, strict=True)]
            for layer_id, rows in counted.items()
        },
        torch.cat(logits),
    )


def check_against_hooks(model_id, count, place):
    entry, model, graph = network_of(model_id, place)
    files = files_of(entry.preprocessing.input_kind, count)
    manifest = manifest_of(files)
    layers = layers_with_channels(graph)
    labels = entry.labels
    truths = tuple(labels.index(each) if each in labels else None for each in manifest.class_names)
    plan = Plan(layers, TOP, truths)
    network = (graph, entry.preprocessing)
    parts = [
        summarise(
            network,
            manifest,
            shard,
            plan,
            lambda picture: opened(picture, lambda each: files[each.path]),
        )
        for shard in range(len(manifest.shards))
    ]
    found = parts[0]
    for part in parts[1:]:
        found = merge(found, part)

    tensors = [
        entry.preprocessing.prepare(
            Image.open(BytesIO(files[picture.path])).convert("RGB")
        ).tensor
        for picture in manifest.pictures
    ]  # fmt: skip
    with torch.inference_mode():
        probe = tensors[0]
        expected = graph.compute(probe, layers).layers
        hooked = Hooked(model.module, probe, expected)
        counted, logits = counted_by_hand(hooked, tensors, layers)
    shares = logits.double().softmax(1)
    assert found.answers.pictures.tolist() == list(range(len(manifest.pictures)))
    assert found.answers.predicted.tolist() == logits.argmax(1).tolist()
    assert found.answers.probability == pytest.approx(shares.max(1).values.numpy(), rel=1e-5)
    classes = np.array([-1 if each is None else each for each in manifest.classes])
    ties = 0
    for layer_id in layers:
        layer = found.layers[layer_id]
        largest, first, sums, squares, active = counted[layer_id]
        # Stable: of equal ones the first, and pictures stand in the manifest's order.
        order = np.argsort(-largest, axis=0, kind="stable")[:TOP]
        strongest = layer.strongest
        assert strongest.pictures.T.tolist() == order.tolist(), layer_id
        for got, all_of_them in ((strongest.values, largest), (strongest.places, first)):
            assert (np.take_along_axis(all_of_them, order, axis=0) == got.T).all(), layer_id
        ties += (np.diff(strongest.values, axis=1) == 0).sum()
        total = folded(layer.sums)
        places = np.prod(graph.layer(layer_id).output_shape[1:])
        spread = np.sqrt(squares.sum(0) / (places * len(squares)))
        off = np.abs(total.total - sums.sum(0)) / (places * len(squares))
        assert (off <= 1e-6 * spread).all(), layer_id
        assert total.squares == pytest.approx(squares.sum(0), rel=1e-6), layer_id
        assert layer.active.tolist() == active.sum(0).tolist(), layer_id
        for row, name in enumerate(total.classes):
            wanted = largest[classes == name].astype(np.float64).sum(0)
            assert total.maxima[row] == pytest.approx(wanted, rel=1e-6, abs=1e-6), layer_id
    assert ties > 0
    assert total.classes.tolist() == [0, 1, 2]


def digit_atlas(files, tmp_path, manifest=None):
    """A part of a manifest, of these files as they are now."""
    entry, _, graph = network_of(LENET, tmp_path)
    manifest = manifest or manifest_of(files)
    plan = Plan(("c3", "output"), TOP, (None,) * len(manifest.class_names))

    def read(picture):
        if picture.path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[picture.path]

    return summarise(
        (graph, entry.preprocessing), manifest, 0, plan, lambda picture: opened(picture, read)
    )


def test_pictures_that_cannot_be_read_are_left_out_with_their_reason(tmp_path):
    files = files_of("digit", 9)
    files |= {"broken.png": files["7/1.png"][:-30]}
    files |= {"words.txt": b"This is no picture."}
    manifest = manifest_of(files)
    gone, changed = "3/4.png", "7/5.png"
    del files[gone]
    files[changed] += b" "
    found = digit_atlas(files, tmp_path, manifest)
    assert [each.path for each in found.left_out] == [
        "3/4.png",
        "7/5.png",
        "broken.png",
        "words.txt",
    ]
    reasons = {each.path: each.reason for each in found.left_out}
    assert reasons[gone] == "It cannot be read any more: No such file or directory."
    assert reasons[changed] == "It has changed since the pictures were counted."
    assert "cut short" in reasons["broken.png"]
    assert "not a picture" in reasons["words.txt"]

    good = {path: data for path, data in files.items() if path not in reasons}
    alone = digit_atlas(good, tmp_path)
    paths = [manifest.pictures[index].path for index in found.answers.pictures]
    assert paths == [each.path for each in manifest_of(good).pictures]
    for layer_id, layer in alone.layers.items():
        assert (found.layers[layer_id].strongest.values == layer.strongest.values).all()


def test_a_part_of_which_nothing_can_be_read_is_empty(tmp_path):
    broken = digit_atlas({"words.txt": b"This is no picture."}, tmp_path)
    assert len(broken.answers.pictures) == 0
    assert len(broken.left_out) == 1
    for layer in broken.layers.values():
        assert (layer.strongest.pictures == NOBODY).all()
        assert not layer.histogram.any()


def test_the_same_part_gives_the_same_bytes(tmp_path):
    files = files_of("digit", 20)
    one, other = (to_bytes(digit_atlas(files, tmp_path)) for _ in range(2))
    assert one == other


def test_a_manifest_has_each_content_once_and_knows_no_order():
    files = files_of("digit", 12)
    files["again.png"] = files["3/0.png"]
    manifest = manifest_of(files)
    assert manifest == manifest_of(dict(reversed(files.items())))
    assert manifest.left_out == (LeftOut("again.png", "It is the same file as 3/0.png."),)
    hashes = [each.sha256 for each in manifest.pictures]
    assert hashes == sorted(hashlib.sha256(data).hexdigest() for data in set(files.values()))
    assert manifest.class_names == ("3", "7", "others")
    assert {each.class_name for each in manifest.pictures} == {"3", "7", "others", None}
    # Where files lie is of no account, what they are is.
    moved = manifest_of({f"photos/{path}": data for path, data in files.items() if "/" not in path})
    stayed = manifest_of({path: data for path, data in files.items() if "/" not in path})
    assert moved.key != stayed.key  # a folder is a class
    assert manifest_of({"3/a.png": files["3/4.png"]}).key == (
        manifest_of({"3/b.png": files["3/4.png"]}).key
    )


def test_shards_hold_each_picture_once_and_a_class_lies_in_few():
    pictures = [
        AtlasPicture(f"{number}.png", 1, hashlib.sha256(b"%d" % number).hexdigest(), name)
        for number, name in enumerate(["ant", "bee", "cow"] * 200)
    ]
    manifest = Manifest.of(pictures)
    assert [len(shard) for shard in manifest.shards] == [256, 256, 88]
    assert sorted(index for shard in manifest.shards for index in shard) == list(range(600))
    assert all(list(shard) == sorted(shard) for shard in manifest.shards)
    present = [{manifest.classes[index] for index in shard} for shard in manifest.shards]
    assert present == [{0, 1}, {1, 2}, {2}]


def test_every_channel_of_lenet5_over_200_pictures(tmp_path):
    check_against_hooks(LENET, 200, tmp_path)


def test_every_channel_of_the_default_network_over_some_pictures(tmp_path):
    check_against_hooks(DEFAULT, 12, tmp_path)


@pytest.mark.full
def test_every_channel_of_the_default_network_over_200_pictures(tmp_path):
    check_against_hooks(DEFAULT, 200, tmp_path)
