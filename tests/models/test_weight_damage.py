import dataclasses
import hashlib
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file
from tiny_network import (
    NAME,
    assert_holds,
    changed_tensors,
    entry_of,
    make_locations,
    packaged,
    published,
    put,
    saved,
    tiny_tensors,
    trained_entry,
)

from models.catalogue.entry import TrainedWeights
from models.errors import WeightsDamagedError
from models.weights.loading import load
from models.weights.sources import check_file, status


@pytest.fixture
def locations(tmp_path):
    return make_locations(tmp_path)


def test_users_file_with_another_hash_is_refused_until_it_is_replaced(locations):
    right, wrong = saved(tiny_tensors()), saved(tiny_tensors(seed=8))
    path = put(locations.user_directory, wrong)
    entry = entry_of(published(right))
    with pytest.raises(WeightsDamagedError) as caught:
        load(entry, locations)
    for part in (str(path), hashlib.sha256(wrong).hexdigest(), entry.weights.sha256_prefix):
        assert part in str(caught.value)
    assert path.read_bytes() == wrong
    found = status(entry, locations)
    assert (found.state, found.detail) == ("damaged", str(caught.value))

    path.unlink()
    put(locations.user_directory, right)
    assert status(entry, locations).state == "ready"
    assert_holds(load(entry, locations), tiny_tensors())


def test_damaged_cached_file_makes_way_for_a_new_download(locations):
    content = saved(tiny_tensors())
    path = put(locations.cache_directory, content[:-1] + b"?")
    entry = entry_of(published(content))
    with pytest.raises(WeightsDamagedError, match="have it downloaded again"):
        load(entry, locations)
    assert not path.exists()
    assert status(entry, locations).state == "downloadable"


def test_status_tells_of_damage_before_anybody_opens_the_network(locations):
    right = saved(tiny_tensors())
    entry = entry_of(published(right))
    path = put(locations.cache_directory, right[:-1] + b"?")
    assert status(entry, locations).state == "ready"  # nobody has read it
    check_file(entry, locations)
    found = status(entry, locations)
    # Nothing is lost in the cache: a download takes its place.
    assert found.state == "downloadable"
    for part in (str(path), hashlib.sha256(path.read_bytes()).hexdigest(), "replaces it"):
        assert part in found.detail
    offline = dataclasses.replace(locations, downloads_allowed=False)
    found = status(entry, offline)
    assert found.state == "damaged"
    assert entry.weights.url in found.detail
    # The same bytes in a person's own directory are theirs to replace.
    path.unlink()
    mine = put(locations.user_directory, right[:-1] + b"?")
    check_file(entry, locations)
    assert status(entry, locations).state == "damaged"
    assert mine.exists()
    mine.write_bytes(right)
    os.utime(mine, ns=(1, 1))  # written again, whatever the clock's resolution
    check_file(entry, locations)
    assert status(entry, locations).state == "ready"


def test_result_of_a_training_is_held_to_the_hash_in_its_record(locations, tmp_path):
    path = tmp_path / "tiny.safetensors"
    save_file(tiny_tensors(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    weights = TrainedWeights(path, source="a test", sha256=digest)
    assert_holds(load(entry_of(weights), locations), tiny_tensors())
    save_file(tiny_tensors(seed=8), path)
    check_file(entry_of(weights), locations)
    found = status(entry_of(weights), locations)
    assert found.state == "damaged"
    assert "train it again" in found.detail
    with pytest.raises(WeightsDamagedError, match=digest):
        load(entry_of(weights), locations)


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_pickle_that_runs_code_is_refused_unrun(locations, tmp_path):
    target = tmp_path / "touched"
    content = saved({"conv.weight": Bomb(target)})
    put(locations.user_directory, content)
    with pytest.raises(WeightsDamagedError, match=NAME) as caught:
        load(entry_of(published(content)), locations)
    assert not target.exists()
    assert "weights_only" not in str(caught.value)

    torch.load(locations.user_directory / NAME, weights_only=False)
    assert target.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read as weights"),
        (b"not weights at all\n" * 20, "cannot be read as weights"),
        (b"PK\x03\x04" + bytes(500), "cannot be read as weights"),
        (saved(tiny_tensors())[:-700], "cannot be read as weights"),
        (
            saved(tiny_tensors(), _use_new_zipfile_serialization=False)[:-40],
            "cannot be read as weights",
        ),
        (saved([torch.ones(2)]), "holds a list"),
        (saved({}), "holds a dict"),
        (saved({"state_dict": tiny_tensors()}), "holds a dict under 'state_dict'"),
        (saved({1: torch.ones(2)}), "under 1"),
        (saved(changed_tensors(fc__bias=None)), 'Missing key(s) in state_dict: "fc.bias"'),
        (saved(changed_tensors(extra=torch.ones(2))), 'Unexpected key(s) in state_dict: "extra"'),
        (saved(changed_tensors(fc__bias=torch.ones(4))), "size mismatch for fc.bias"),
        (saved(changed_tensors(fc__bias=torch.ones(3).half())), "holds fc.bias as torch.float16"),
    ],
    ids=[
        "empty",
        "text",
        "zip of nothing",
        "cut zip",
        "cut old file",
        "list",
        "empty dictionary",
        "wrapped",
        "numbered",
        "missing",
        "extra",
        "shape",
        "half",
    ],
)
@pytest.mark.parametrize("place", ["mine", "cache"])
def test_file_of_something_else_is_named_with_its_fault(locations, tmp_path, content, words, place):
    path = put(tmp_path / place, content)
    with pytest.raises(WeightsDamagedError) as caught:
        load(entry_of(published(content)), locations)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)


def test_cut_trained_file_is_damaged(locations, tmp_path):
    path = tmp_path / "tiny.mnist5k.safetensors"
    path.write_bytes(save(tiny_tensors())[:-1])
    with pytest.raises(WeightsDamagedError, match=r"not a safetensors file.*models\.training"):
        load(trained_entry(path), locations)


@pytest.mark.parametrize(
    "changes",
    [
        {"fc__weight": torch.zeros(3, 3)},
        {"fc__weight": torch.zeros(3, 2, dtype=torch.float16)},
        {"fc__weight": None},
        {"fc__extra": torch.zeros(1)},
        None,
    ],
    ids=["shape", "dtype", "missing", "left over", "no safetensors"],
)
def test_checkpoint_that_cannot_be_opened_is_known_once_it_is_checked(locations, tmp_path, changes):
    """It has no hash: its tensors say whether it can be opened."""
    path = tmp_path / "step-00000024.safetensors"
    path.write_bytes(b"{" * 99 if changes is None else save(changed_tensors(**changes)))
    entry = trained_entry(path)
    check_file(entry, locations)
    found = status(entry, locations)
    with pytest.raises(WeightsDamagedError) as caught:
        load(entry, locations)
    assert (found.state, found.detail) == ("damaged", str(caught.value))
    assert "version of a run" in found.detail
    assert "source tree" not in found.detail
    # Another file in its place is another matter.
    path.unlink()
    path.write_bytes(save(tiny_tensors()))
    check_file(entry, locations)
    assert status(entry, locations).state == "ready"
    assert_holds(load(entry, locations), tiny_tensors())


def test_altered_packaged_file_is_damaged(locations, tmp_path):
    content = saved(tiny_tensors())
    path = put(tmp_path, content[:-1] + b"?")
    with pytest.raises(WeightsDamagedError, match="Install the Python package some-package again"):
        load(packaged(lambda: path, content), locations)
