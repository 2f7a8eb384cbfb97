"""What the tests of training share."""

import dataclasses

import numpy as np
import pytest
from PIL import Image
from threadpoolctl import threadpool_limits

from models.data.dataset import LabelledPictures
from models.data.datasets import DATASETS, mnist5k


@pytest.fixture(scope="session")
def mnist_digits():
    """4,000 and 1,000 digits, read once."""
    return mnist5k()


@pytest.fixture
def few(mnist_digits):
    """200 digits to train on."""
    training = mnist_digits.training
    return LabelledPictures(training.pictures[::20], training.labels[::20])


@pytest.fixture
def small_data(monkeypatch, mnist_digits, few):
    """The command's mnist5k inside this process: those 200."""
    small = dataclasses.replace(mnist_digits, training=few)
    monkeypatch.setitem(DATASETS, "mnist5k", lambda: small)


@pytest.fixture
def private_cache(monkeypatch, tmp_path_factory):
    """Runs keep their state here, not in the cache of whoever runs the tests."""
    directory = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("CONVSCOPE_CACHE_DIR", str(directory))
    return directory


@pytest.fixture
def one_blas_thread():
    """As in the command: several that wait for each other are slower than one."""
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def two_class_folder(tmp_path_factory):
    """Two classes of twenty pictures, light above and light below: read in a moment."""
    root = tmp_path_factory.mktemp("pictures") / "halves"
    generator = np.random.default_rng(0)
    for name, rows in (("above", slice(0, 16)), ("below", slice(16, 32))):
        (root / name).mkdir(parents=True)
        for number in range(20):
            pixels = generator.integers(0, 120, (32, 32, 3), dtype=np.uint8)
            pixels[rows] += 100
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    return root
