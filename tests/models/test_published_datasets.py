"""CIFAR-10 and Fashion-MNIST in miniature, in the very formats their authors publish."""

import gzip
import io
import struct
import tarfile

import numpy as np
import pytest
import torch

from models.data.dataset import DatasetUnavailableError, UnusableDataError
from models.data.datasets import data_directory, load_dataset
from models.data.published_datasets import FASHION_CLASSES, cifar10, fashion_mnist
from models.errors import DownloadFailedError

CIFAR_CLASSES = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
]
BATCHES = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]


def cifar_files(records_each=4):
    generator = np.random.default_rng(0)
    files = {"batches.meta.txt": ("\n".join(CIFAR_CLASSES) + "\n\n").encode()}
    pictures = {}
    for name in BATCHES:
        labels = generator.integers(0, 10, records_each, dtype=np.uint8)
        pixels = generator.integers(0, 256, (records_each, 3, 32, 32), dtype=np.uint8)
        pictures[name] = (pixels, labels)
        files[name] = b"".join(
            bytes([label]) + picture.tobytes()
            for label, picture in zip(labels, pixels, strict=True)
        )
    return files, pictures


def unpacked(directory, files):
    folder = directory / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def packed(directory, files):
    directory.mkdir(parents=True, exist_ok=True)
    with tarfile.open(directory / "cifar-10-binary.tar.gz", "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.mark.parametrize("put", [unpacked, packed])
def test_cifar10_is_read_from_its_folder_and_from_its_archive(put, tmp_path):
    files, pictures = cifar_files()
    put(tmp_path, files)
    data = cifar10(tmp_path)
    assert list(data.class_names) == CIFAR_CLASSES
    assert (len(data.training), len(data.held_out)) == (20, 4)
    assert data.kind == "photograph"
    expected, labels = pictures["data_batch_2.bin"]
    torch.testing.assert_close(
        data.training.pictures[4:8], torch.from_numpy(expected.astype(np.float32) / 255)
    )
    assert data.training.labels[4:8].tolist() == labels.tolist()
    expected, labels = pictures["test_batch.bin"]
    assert data.held_out.labels.tolist() == labels.tolist()
    # Nothing was unpacked onto the disk.
    assert len(list(tmp_path.iterdir())) == 1


def idx(array):
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def fashion_files():
    generator = np.random.default_rng(1)
    files, arrays = {}, {}
    for part, count in (("train", 12), ("t10k", 5)):
        pictures = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = generator.integers(0, 10, count, dtype=np.uint8)
        arrays[part] = (pictures, labels)
        files[f"{part}-images-idx3-ubyte"] = idx(pictures)
        files[f"{part}-labels-idx1-ubyte"] = idx(labels)
    return files, arrays


@pytest.mark.parametrize("is_compressed", [True, False])
def test_fashion_mnist_is_read_compressed_or_not(is_compressed, tmp_path):
    files, arrays = fashion_files()
    for name, data in files.items():
        if is_compressed:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (tmp_path / name).write_bytes(data)
    data = fashion_mnist(tmp_path)
    assert data.class_names == FASHION_CLASSES
    for part, read in (("train", data.training), ("t10k", data.held_out)):
        pictures, labels = arrays[part]
        expected = torch.from_numpy(pictures.astype(np.float32) / 255)[:, None]
        torch.testing.assert_close(read.pictures, expected)
        assert read.labels.tolist() == labels.tolist()


def test_wrong_bytes_are_refused_with_the_file(tmp_path):
    files, _ = cifar_files()
    unpacked(tmp_path / "short", files | {"data_batch_3.bin": b"1" * 3074})
    with pytest.raises(UnusableDataError, match=r"data_batch_3\.bin has 3,074 bytes"):
        cifar10(tmp_path / "short")
    unpacked(tmp_path / "label", files | {"test_batch.bin": b"\x0b" * 3073})
    with pytest.raises(UnusableDataError, match="label 11"):
        cifar10(tmp_path / "label")
    packed(tmp_path / "missing", {"batches.meta.txt": files["batches.meta.txt"]})
    with pytest.raises(UnusableDataError, match="not the published archive"):
        cifar10(tmp_path / "missing")
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(b"no archive")
    with pytest.raises(UnusableDataError, match="not the published archive"):
        cifar10(tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("train-images-idx3-ubyte", b"\0\0\x08\x01" + b"\0" * 40, "no IDX file"),
        ("train-labels-idx1-ubyte", idx(np.zeros(11, dtype=np.uint8)), "11 for 12"),
        ("t10k-labels-idx1-ubyte", idx(np.full(5, 10, dtype=np.uint8)), "do not belong"),
        ("t10k-images-idx3-ubyte", idx(np.zeros((5, 28, 28), dtype=np.uint8))[:-1], "holds 3,919"),
    ],
)
def test_damaged_fashion_files_are_refused(name, data, complaint, tmp_path):
    files, _ = fashion_files()
    for each, content in (files | {name: data}).items():
        (tmp_path / each).write_bytes(content)
    with pytest.raises(UnusableDataError, match=complaint):
        fashion_mnist(tmp_path)


@pytest.mark.parametrize(
    ("name", "file"),
    [("cifar10", "cifar-10-binary.tar.gz"), ("fashion-mnist", "train-images-idx3-ubyte.gz")],
)
def test_download_that_fails_says_what_to_put_where(name, file, private_cache, monkeypatch):
    def refuse(*_arguments, **_settings):
        raise OSError("no network here")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(DownloadFailedError, match="by hand") as error:
        load_dataset(name)
    assert error.value.file_name == file
    assert "no network here" in str(error.value)
    assert str(private_cache / "datasets") in str(error.value)
    assert data_directory() == private_cache / "datasets"


def test_digits_of_scikit_learn_fill_the_frame_that_mnist_fills():
    from sklearn.datasets import load_digits

    source = load_digits()
    data = load_dataset("digits")
    assert data.kind == "digit"
    assert data.held_out.labels.bincount().tolist() == [36] * 10
    assert len(data.training) + len(data.held_out) == len(source.images) == 1797
    position = data.held_out_positions[7].item()
    assert data.held_out.labels[7] == source.target[position]
    picture = data.held_out.pictures[7, 0]
    assert picture.shape == (28, 28)
    border = picture.clone()
    border[4:24, 4:24] = 0
    assert border.max() == 0
    # Enlarged 2.5 times: the mean over the 20x20 stays that of the 8x8, up to its edges.
    mean = source.images[position].mean() / 16
    assert picture[4:24, 4:24].mean() == pytest.approx(mean, rel=0.05)


def test_patches_of_photographs_never_share_a_pixel_with_the_held_out_ones():
    from skimage.data import astronaut

    data = load_dataset("photographs")
    assert len(data.class_names) == 8
    assert data.training.pictures.shape[1:] == (3, 32, 32)
    trained, held_out = (
        {row.numpy().tobytes() for picture in part.pictures for row in picture[:, ::8].unbind(1)}
        for part in (data.training, data.held_out)
    )
    # Rows of 32 pixels in three colours: a shared one would be found, were it not all black.
    shared = {row for row in trained & held_out if any(row)}
    assert len(shared) <= 0.001 * len(held_out)
    first = data.training.pictures[data.training.labels == 0]
    colours = torch.from_numpy(astronaut() / 255).float()
    assert first.mean((0, 2, 3)).sub(colours.mean((0, 1))).abs().max() < 0.1


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(DatasetUnavailableError, match="pip install scikit-image"):
        load_dataset("photographs")
