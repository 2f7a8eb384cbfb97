import pytest
import torch
from tiny_network import (
    Tiny,
    assert_holds,
    entry_of,
    make_locations,
    published,
    put,
    saved,
    tiny_tensors,
)
from torch import nn

from models.weights.loading import load


@pytest.fixture
def locations(tmp_path):
    return make_locations(tmp_path)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before torch 1.6"])
@pytest.mark.parametrize("place", ["mine", "cache"])
def test_state_dict_is_loaded_exactly(locations, tmp_path, zipped, place):
    content = saved(tiny_tensors(), _use_new_zipfile_serialization=zipped)
    put(tmp_path / place, content)
    assert_holds(load(entry_of(published(content)), locations), tiny_tensors())


def test_loaded_network_is_ready_for_inference(locations):
    content = saved(tiny_tensors())
    put(locations.cache_directory, content)
    module = load(entry_of(published(content)), locations)
    assert not any(part.training for part in module.modules())
    assert not any(parameter.requires_grad for parameter in module.parameters())
    reference = Tiny().eval()
    reference.load_state_dict(tiny_tensors())
    x = torch.rand(2, 1, 8, 8)
    assert torch.equal(module(x), reference(x))


def test_nothing_is_initialised_that_is_overwritten(locations):
    devices = []

    def build() -> nn.Module:
        module = Tiny()
        devices.append(module.conv.weight.device.type)
        return module

    content = saved(tiny_tensors())
    put(locations.cache_directory, content)
    load(entry_of(published(content), build), locations)
    assert devices == ["meta"]


def test_constructor_that_computes_with_tensors_can_be_filled(locations):
    class Widths(Tiny):
        def __init__(self) -> None:
            super().__init__()
            widths = torch.linspace(1, 3, 3).int().tolist()
            self.fc = nn.Linear(2, widths[-1])

    content = saved(tiny_tensors())
    put(locations.cache_directory, content)
    assert_holds(load(entry_of(published(content), Widths), locations), tiny_tensors())


def test_buffer_that_no_file_holds_keeps_its_value(locations):
    class Masked(Tiny):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mask", torch.tensor([1.0, 0.0]), persistent=False)

    content = saved(tiny_tensors())
    put(locations.cache_directory, content)
    module = load(entry_of(published(content), Masked), locations)
    assert module.mask.tolist() == [1.0, 0.0]
    assert_holds(module, tiny_tensors())


def test_auxiliary_tensors_are_left_out(locations):
    content = saved({**tiny_tensors(), "aux.weight": torch.ones(2), "aux.bias": torch.ones(2)})
    put(locations.cache_directory, content)
    entry = entry_of(published(content, ignored_prefixes=("aux.",)))
    assert_holds(load(entry, locations), tiny_tensors())


def test_format_version_in_the_file_reaches_the_network(locations):
    from models import torchvision_operators  # noqa: F401  must precede torchvision

    import torchvision.models  # isort: skip

    def build() -> nn.Module:
        return torchvision.models.MNASNet(0.1, num_classes=3)

    # MNASNet refuses a state dict without its version.
    tensors = build().state_dict()
    tensors["aux.weight"] = torch.ones(2)
    content = saved(tensors)
    put(locations.cache_directory, content)
    entry = entry_of(published(content, ignored_prefixes=("aux.",)), build)
    del tensors["aux.weight"]
    assert_holds(load(entry, locations), tensors)


def test_dotted_names_of_the_old_densenet_files_are_understood(locations):
    from models import torchvision_operators  # noqa: F401  must precede torchvision

    import torchvision.models  # isort: skip

    def build() -> nn.Module:
        return torchvision.models.DenseNet(4, (1, 1), num_init_features=8, num_classes=3)

    tensors = build().state_dict()
    old = {
        name.replace(".norm1.", ".norm.1.")
        .replace(".norm2.", ".norm.2.")
        .replace(".conv1.", ".conv.1.")
        .replace(".conv2.", ".conv.2."): tensor
        for name, tensor in tensors.items()
        if not name.endswith("num_batches_tracked")
    }
    assert "features.denseblock1.denselayer1.norm.1.running_mean" in old
    content = saved(old)
    put(locations.cache_directory, content)
    assert_holds(load(entry_of(published(content), build), locations), tensors)


def test_users_file_may_be_overwritten_while_its_network_is_in_use(locations):
    content = saved(tiny_tensors())
    path = put(locations.user_directory, content)
    module = load(entry_of(published(content)), locations)
    with path.open("r+b") as file:
        file.write(bytes(len(content)))
    assert_holds(module, tiny_tensors())


def test_cached_file_may_be_removed_while_its_network_is_in_use(locations):
    content = saved(tiny_tensors())
    path = put(locations.cache_directory, content)
    module = load(entry_of(published(content)), locations)
    path.unlink()
    assert_holds(module, tiny_tensors())
