"""Data sets that their authors publish as archives: read from a directory, or fetched into it.

Both come split by their authors, and both are read as plain numbers; CIFAR-10 also exists as
Python pickles, which could run code and are not read.
"""

import gzip
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from models.data.dataset import (
    Dataset,
    LabelledPictures,
    Loading,
    LoadingProgress,
    UnusableDataError,
    nobody,
)
from models.data.fetching import fetch

Bytes = npt.NDArray[np.uint8]

CIFAR_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
_CIFAR_FOLDER = "cifar-10-batches-bin"
_CIFAR_TRAINING = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_CIFAR_RECORD_BYTES = 1 + 3 * 32 * 32

FASHION_URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
FASHION_MD5 = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
FASHION_CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


def cifar10(directory: Path, progress: LoadingProgress = nobody) -> Dataset:
    """Read 60,000 small colour photographs of ten classes, 10,000 of them held out.

    Looks for `cifar-10-batches-bin/` or `cifar-10-binary.tar.gz` in `directory` and fetches the
    second if neither is there.

    Raises:
        DownloadFailedError: it could not be fetched.
        UnusableDataError: a file is not what its name says.

    Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009), the
        binary version: one byte of label, then 1,024 bytes each of red, green and blue.
    """
    needed = (*_CIFAR_TRAINING, "test_batch.bin", "batches.meta.txt")
    unpacked = directory / _CIFAR_FOLDER
    if all((unpacked / name).is_file() for name in needed):
        files = {name: (unpacked / name).read_bytes() for name in needed}
    else:
        archive = directory / "cifar-10-binary.tar.gz"
        base = CIFAR_URL.rsplit("/", 1)[0] + "/"
        _fetch_missing(directory, {archive.name: CIFAR_MD5}, base, progress)
        files = _members(archive, needed, progress)
    names = tuple(files["batches.meta.txt"].decode().split())
    parts = [_cifar_records(name, files[name], len(names)) for name in _CIFAR_TRAINING]
    training = LabelledPictures(
        torch.cat([part.pictures for part in parts]), torch.cat([part.labels for part in parts])
    )
    held_out = _cifar_records("test_batch.bin", files["test_batch.bin"], len(names))
    return _published("cifar10", "CIFAR-10, its authors' split", names, training, held_out)


def fashion_mnist(directory: Path, progress: LoadingProgress = nobody) -> Dataset:
    """Read 70,000 small grey pictures of clothes of ten kinds, 10,000 of them held out.

    Looks for the four published files in `directory`, compressed or not, and fetches what is
    missing.

    Raises:
        DownloadFailedError: a file could not be fetched.
        UnusableDataError: a file is not what its name says.

    Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST" (2017, arXiv 1708.07747).
    """
    missing = {
        name: md5
        for name, md5 in FASHION_MD5.items()
        if not (directory / name.removesuffix(".gz")).is_file()
    }
    _fetch_missing(directory, missing, FASHION_URL, progress)
    parts = []
    for part in ("train", "t10k"):
        pictures = _idx(directory / f"{part}-images-idx3-ubyte.gz", dimensions=3)
        labels = _idx(directory / f"{part}-labels-idx1-ubyte.gz", dimensions=1)
        if len(pictures) != len(labels) or labels.max(initial=0) >= len(FASHION_CLASSES):
            raise UnusableDataError(
                f"The labels of the {part} part of Fashion-MNIST in {directory} do not belong to "
                f"its pictures: {len(labels)} for {len(pictures)}."
            )
        parts.append(_labelled(pictures[:, None], labels))
    return _published("fashion_mnist", "Fashion-MNIST, its authors' split", FASHION_CLASSES, *parts)


def _published(
    name: str,
    source: str,
    class_names: tuple[str, ...],
    training: LabelledPictures,
    held_out: LabelledPictures,
) -> Dataset:
    return Dataset(
        name=name,
        source=source,
        class_names=class_names,
        training=training,
        held_out=held_out,
        held_out_positions=torch.arange(len(held_out)) + len(training),
        split_seed=None,
        kind="photograph",
    )


def _labelled(pictures: Bytes, labels: Bytes) -> LabelledPictures:
    return LabelledPictures(
        torch.from_numpy(pictures.astype(np.float32) / 255),
        torch.from_numpy(labels.astype(np.int64)),
    )


def _fetch_missing(
    directory: Path, md5_of: Mapping[str, str], base_url: str, progress: LoadingProgress
) -> None:
    for name, md5 in md5_of.items():
        if not (directory / name).is_file():
            fetch(base_url + name, directory / name, md5, progress)


def _members(archive: Path, names: tuple[str, ...], progress: LoadingProgress) -> dict[str, bytes]:
    """Files of a tar archive, read in memory: nothing is unpacked onto the disk."""
    files = {}
    try:
        with tarfile.open(archive) as opened:
            for number, name in enumerate(names):
                progress(Loading("reading", archive.name, number, len(names), "files"))
                member = opened.extractfile(f"{_CIFAR_FOLDER}/{name}")
                if member is None:
                    raise UnusableDataError(f"{archive} holds no file {name}.")
                files[name] = member.read()
    except (tarfile.TarError, KeyError, EOFError, zlib.error, OSError) as error:
        raise UnusableDataError(f"{archive} is not the published archive ({error}).") from error
    return files


def _cifar_records(name: str, data: bytes, classes: int) -> LabelledPictures:
    if not data or len(data) % _CIFAR_RECORD_BYTES:
        raise UnusableDataError(
            f"{name} has {len(data):,} bytes, which is no whole number of records of "
            f"{_CIFAR_RECORD_BYTES:,}."
        )
    records = np.frombuffer(data, dtype=np.uint8).reshape(-1, _CIFAR_RECORD_BYTES)
    labels = records[:, 0]
    if labels.max() >= classes:
        raise UnusableDataError(f"{name} has the label {labels.max()}; there are {classes}.")
    return _labelled(records[:, 1:].reshape(-1, 3, 32, 32), labels)


def _idx(path: Path, dimensions: int) -> Bytes:
    """An array of bytes in MNIST's format: two zeros, 8, dimensions, then sizes, then bytes."""
    plain = path.with_suffix("")
    try:
        data = plain.read_bytes() if plain.is_file() else gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableDataError(f"{path} cannot be read ({error}).") from error
    header = 4 + 4 * dimensions
    if data[:4] != bytes((0, 0, 8, dimensions)) or len(data) < header:
        raise UnusableDataError(f"{path} is no IDX file of bytes in {dimensions} dimensions.")
    shape = tuple(np.frombuffer(data, dtype=">u4", offset=4, count=dimensions).tolist())
    values = np.frombuffer(data, dtype=np.uint8, offset=header)
    if values.size != np.prod(shape) or values.size == 0:
        raise UnusableDataError(f"{path} says {shape} and holds {values.size:,} bytes.")
    return values.reshape(shape)
