"""The networks of a folder of a person's, and what is kept of them."""

from pathlib import Path

import pytest
import torch

from models.own.folder import CARD, WEIGHTS
from models.own.placing import Placed, placed_in, said_more
from models.recognition.designs import open_design


def the_one(directory: Path, made: Path) -> Placed:
    (found,) = placed_in(directory, made, 2**30)
    assert found.refusal == ""
    return found


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "networks"
    folder.mkdir()
    torch.manual_seed(3)
    torch.save(open_design("squeezenet1_1").build(3, 3)().state_dict(), folder / "berries.pth")
    return folder


def test_what_was_made_of_a_file_is_kept(directory: Path, tmp_path: Path) -> None:
    first = the_one(directory, tmp_path / "made")
    written = (first.network / WEIGHTS).stat().st_mtime_ns
    assert the_one(directory, tmp_path / "made").network == first.network
    assert (first.network / WEIGHTS).stat().st_mtime_ns == written


def test_what_is_damaged_of_it_is_made_anew_whole(directory: Path, tmp_path: Path) -> None:
    first = the_one(directory, tmp_path / "made")
    weights = (first.network / WEIGHTS).read_bytes()
    (first.network / CARD).write_bytes(b"{")
    (first.network / WEIGHTS).write_bytes(b"other weights")
    again = the_one(directory, tmp_path / "made")
    assert again.network == first.network
    assert (again.network / WEIGHTS).read_bytes() == weights
    assert len(list((tmp_path / "made").iterdir())) == 1


def test_a_bundle_is_there_although_what_was_said_of_it_is_damaged(
    directory: Path, tmp_path: Path
) -> None:
    network = the_one(directory, tmp_path / "made").network
    bundles = tmp_path / "bundles"
    bundles.mkdir()
    network.rename(bundles / "berries")
    placed = the_one(bundles, tmp_path / "made")
    said = said_more(placed, {"labels": ["rasp", "straw", "black"]})
    assert the_one(bundles, tmp_path / "made").entry == said.entry
    (said.said / CARD).write_bytes(b"{")
    assert the_one(bundles, tmp_path / "made").entry == placed.entry
