"""What a file becomes on the disk, held against the network that it was saved of."""

import errno
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from models.disk.checked_fields import DamagedRecordError
from models.errors import CheckpointRefusedError
from models.own import opening
from models.own.card import Card
from models.own.folder import WEIGHTS, pack, read_card, write_card
from models.own.offers import examine
from models.own.opening import Wanted, make
from models.preprocessing.own_preprocessing import OwnPreprocessing
from models.recognition.designs import open_design

_LIMIT = 2**30


def network(name: str = "squeezenet1_1", classes: int = 3) -> nn.Module:
    torch.manual_seed(3)
    return open_design(name).build(classes, 3)()


def made(
    path: Path, tensors: Mapping[str, torch.Tensor], *, largest_bytes: int = _LIMIT, **wanted: Any
) -> Card:
    path.mkdir(exist_ok=True)
    torch.save(dict(tensors), path / "w.pth")
    folder = path / "out"
    folder.mkdir()
    asked = Wanted(**{"name": "mine", **wanted})
    return make(path / "w.pth", examine(path / "w.pth"), asked, folder, largest_bytes)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_weights_of_channels_last_networks_keep_their_values(
    tmp_path: Path, dtype: torch.dtype
) -> None:
    saved = network().to(memory_format=torch.channels_last).to(dtype).state_dict()
    assert any(not tensor.is_contiguous() for tensor in saved.values())
    card = made(tmp_path, saved)
    found = load_file(tmp_path / "out" / WEIGHTS)
    assert found.keys() == saved.keys()
    for name, tensor in saved.items():
        assert torch.equal(found[name], tensor.to(torch.float32)), name
    assert card.weights_sha256 == read_card(tmp_path / "out").weights_sha256


def test_one_place_under_two_names_and_in_another_order(tmp_path: Path) -> None:
    saved = dict(network().state_dict())
    first, second = "features.3.expand1x1.weight", "features.4.expand1x1.weight"
    shared = saved[first].transpose(0, 1).contiguous().transpose(0, 1)
    assert not shared.is_contiguous()
    saved |= {first: shared, second: shared}
    made(tmp_path, saved)
    found = load_file(tmp_path / "out" / WEIGHTS)
    assert torch.equal(found[first], shared)
    assert torch.equal(found[second], shared)


def test_what_a_file_becomes_is_bounded_and_not_the_file(tmp_path: Path) -> None:
    saved = {
        name: torch.ones(1, dtype=torch.bool).expand(tensor.shape)
        for name, tensor in network().state_dict().items()
    }
    whole = sum(4 * tensor.numel() for tensor in saved.values())
    with pytest.raises(CheckpointRefusedError, match=f"would be {whole:,} bytes"):
        made(tmp_path / "a", saved, largest_bytes=whole - 1)
    assert not list((tmp_path / "a" / "out").iterdir())
    made(tmp_path / "b", saved, largest_bytes=whole)


def test_more_classes_than_a_card_may_say_are_refused_at_once(tmp_path: Path) -> None:
    saved = dict(network("mobilenet_v3_small").state_dict())
    saved["classifier.3.weight"] = torch.zeros(100_001, 1024, dtype=torch.bool)
    saved["classifier.3.bias"] = torch.zeros(100_001)
    with pytest.raises(DamagedRecordError, match="from 0 to 100000"):
        made(tmp_path, saved)


def test_a_name_of_a_file_is_shown_without_what_cannot_be(tmp_path: Path) -> None:
    card = made(tmp_path, network().state_dict(), source="a\nb\x07.pth" + "c" * 400)
    assert card.source.startswith("ab.pthccc")
    assert read_card(tmp_path / "out") == card


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_an_error_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_: Any) -> None:
        raise SafetensorError(f"Error while serializing: I/O error: full (os error {number})")

    monkeypatch.setattr(opening, "save_file", full)
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        made(tmp_path, network().state_dict())
    assert caught.value.errno == number


def test_real_errors_of_the_disk_read_like_that(tmp_path: Path) -> None:
    with pytest.raises(SafetensorError, match=rf"os error {errno.ENOENT}\b"):
        save_file({"a": torch.zeros(2)}, tmp_path / "nowhere" / "w.safetensors")


def bundle(path: Path) -> Path:
    card = replace(
        made(path, network().state_dict()),
        preprocessing=OwnPreprocessing(
            *(224, 224, 112, "bicubic", (0.1, 0.2, 0.3), (0.9, 0.8, 0.7), "bgr")
        ),
        assumed=frozenset({"labels"}),
    )
    write_card(path / "out", card)
    pack(path / "out", path / "b.zip")
    return path / "b.zip"


def test_a_bundle_for_another_input_keeps_its_numbers_and_says_that_they_are_assumed(
    tmp_path: Path,
) -> None:
    path = bundle(tmp_path)
    folder = tmp_path / "again"
    folder.mkdir()
    card = make(path, examine(path), Wanted("other", input_shape=(3, 64, 96)), folder, _LIMIT)
    assert card.preprocessing == OwnPreprocessing(
        *(64, 96, 32, "bicubic", (0.1, 0.2, 0.3), (0.9, 0.8, 0.7), "bgr")
    )
    assert card.assumed == {"labels", "preprocessing"}
    grey = tmp_path / "grey"
    grey.mkdir()
    with pytest.raises(ValueError, match="of 3 channels, not 1"):
        make(path, examine(path), Wanted("grey", input_shape=(1, 224, 224)), grey, _LIMIT)
