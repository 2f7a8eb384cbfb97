"""Weights without a network: the same tensors, the same scores and the same refusals."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from published import EXAMPLES

from app.inspection.activations.loading import LoadedModel, load_model
from app.inspection.activations.prediction import predict
from app.stores.graph_files import read_shipped
from app.stores.graphs import design
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry, PublishedWeights
from models.errors import WeightsDamagedError
from models.weights.construction import build_random
from models.weights.files import sha256
from models.weights.locations import WeightsLocations

State = dict[str, torch.Tensor]


def loaded(entry: ModelEntry, directory: Path, *, by_graph: bool) -> LoadedModel:
    graph = read_shipped(*design(entry)) if by_graph else None
    return load_model(entry, WeightsLocations(directory, directory), graph)


def is_built(model: LoadedModel) -> bool:
    return model._module is not None


def published(model_id: str, directory: Path, change: Callable[[State], Any]) -> ModelEntry:
    """An entry whose file holds random weights, changed so, under the hash that it then has."""
    entry = catalogue().resolve(model_id)
    state = dict(build_random(entry.architecture.build, 1).state_dict())
    change(state)
    assert isinstance(entry.weights, PublishedWeights)
    path = directory / entry.weights.file_name
    torch.save(state, path)
    weights = dataclasses.replace(entry.weights, sha256_prefix=sha256(path)[:8])
    return dataclasses.replace(entry, weights=weights)


def test_tensor_with_two_names_takes_memory_once() -> None:
    tied, other = torch.zeros(10), torch.zeros(3, 3)
    model = LoadedModel(catalogue().resolve("lenet5.mnist5k"), {"a": tied, "b": tied, "c": other})
    assert model.size_bytes == 40 + 36


@pytest.mark.parametrize("model_id", ["efficientnet_lite0.imagenet1k", "lenet5.mnist5k"])
def test_network_that_is_here_is_never_built(model_id: str, tmp_path: Path) -> None:
    entry = catalogue().resolve(model_id)
    model = loaded(entry, tmp_path, by_graph=True)
    assert not is_built(model)
    expected = loaded(entry, tmp_path, by_graph=False)
    assert is_built(expected)
    state = expected.module.state_dict()
    names = [name for name in state if not name.endswith("num_batches_tracked")]
    assert all(torch.equal(model.tensors[name], state[name]) for name in names)
    assert not any(tensor.requires_grad for tensor in model.tensors.values())
    with Image.open(EXAMPLES / "chelsea.png") as image:
        picture = image.convert("RGB")
    graph = read_shipped(*design(entry)).with_tensors(model.tensors)
    scores = predict(model, picture, 1, graph).logits
    assert (scores == predict(expected, picture).logits).all()
    assert not is_built(model)
    # Who asks for the module gets one around the same memory.
    assert (scores == predict(model, picture).logits).all()
    for name in names:
        assert model.module.state_dict()[name].data_ptr() == model.tensors[name].data_ptr()


def drop_counters(state: State) -> None:
    for name in [name for name in state if name.endswith("num_batches_tracked")]:
        del state[name]


def add_head(state: State) -> None:
    state["aux1.conv.conv.weight"] = torch.zeros(1)


def dot_names(state: State) -> None:
    for name in list(state):
        for part in ("norm1", "norm2", "conv1", "conv2"):
            if ".denselayer" in name and f".{part}." in name:
                state[name.replace(part, f"{part[:-1]}.{part[-1]}")] = state.pop(name)


@pytest.mark.parametrize(
    ("model_id", "change"),
    [
        ("resnet18.imagenet1k_v1", lambda state: None),
        ("resnet18.imagenet1k_v1", drop_counters),
        ("googlenet.imagenet1k_v1", add_head),
        ("densenet121.imagenet1k_v1", dot_names),
    ],
    ids=["as it is", "older", "with heads", "dotted"],
)
def test_published_file_fits_by_its_names(
    model_id: str, change: Callable[[State], Any], tmp_path: Path
) -> None:
    entry = published(model_id, tmp_path, change)
    model = loaded(entry, tmp_path, by_graph=True)
    assert not is_built(model)
    expected = loaded(entry, tmp_path, by_graph=False)
    for name, tensor in expected.tensors.items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(model.tensors[name], tensor)


def take_away(state: State) -> None:
    del state["fc.bias"]


def add(state: State) -> None:
    state["fc.gain"] = torch.zeros(1)


def reshape(state: State) -> None:
    state["fc.weight"] = state["fc.weight"][:10]


def halve(state: State) -> None:
    state["fc.weight"] = state["fc.weight"].half()


@pytest.mark.parametrize("change", [take_away, add, reshape, halve])
def test_what_does_not_fit_is_refused_in_the_same_words(
    change: Callable[[State], Any], tmp_path: Path
) -> None:
    entry = published("resnet18.imagenet1k_v1", tmp_path, change)
    words = []
    for by_graph in (False, True):
        with pytest.raises(WeightsDamagedError) as raised:
            loaded(entry, tmp_path, by_graph=by_graph)
        words.append(str(raised.value))
    assert words[0] == words[1]
    assert "fc." in words[0]


def test_random_weights_are_those_of_the_module(tmp_path: Path) -> None:
    entry = catalogue().resolve("resnet18.random")
    model = loaded(entry, tmp_path, by_graph=True)
    assert is_built(model)
    expected = build_random(entry.architecture.build, 0).state_dict()
    assert all(torch.equal(model.tensors[name], expected[name]) for name in expected)
