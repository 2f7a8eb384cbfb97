"""People's own pictures: a folder of class folders, with what is wrong in it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.data.dataset import UnusableDataError
from models.data.datasets import load_dataset
from models.data.picture_folder import picture_folder
from models.training import command as training

COLOURS = {"green": (0, 200, 0), "red": (200, 0, 0)}


def save(path, colour, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "My Pictures!"
    for name, colour in COLOURS.items():
        for number in range(10):
            save(root / name / f"{number}.png", colour)
    return root


def test_classes_are_the_folders_in_the_order_of_their_names(folder):
    data = picture_folder(folder)
    assert data.class_names == ("green", "red")
    assert data.name == "folder_my_pictures"
    assert data.kind == "photograph"
    assert data.skipped == ()
    assert data.training.pictures.shape == (16, 3, 32, 32)
    assert data.training.labels.bincount().tolist() == [8, 8]
    # A fifth of each class is held out.
    assert data.held_out.labels.bincount().tolist() == [2, 2]
    for part in (data.training, data.held_out):
        for picture, label in zip(part.pictures, part.labels, strict=True):
            colour = torch.tensor(list(COLOURS.values())[label]) / 255
            torch.testing.assert_close(picture, colour[:, None, None].expand(3, 32, 32))


def test_split_is_the_same_every_time(folder):
    first, second = picture_folder(folder), picture_folder(folder)
    assert torch.equal(first.held_out_positions, second.held_out_positions)
    assert first.fingerprint() == second.fingerprint()


def test_picture_is_turned_upright_and_cut_to_its_middle(tmp_path):
    # 64 wide and 32 high: the middle half stays. Its left and right quarters are black.
    pixels = np.zeros((32, 64, 3), dtype=np.uint8)
    pixels[:16, 16:48] = 255
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(2):
            picture = Image.fromarray(pixels)
            exif = picture.getexif()
            exif[274] = 3  # upside down
            picture.save(tmp_path / name / f"{number}.png", exif=exif)
    data = picture_folder(tmp_path)
    for picture in data.training.pictures:
        assert picture[:, :16].max() == 0
        assert picture[:, 16:].min() == 1


def test_link_that_cannot_be_followed_costs_nothing_else(folder):
    """Python's questions about it raise an error, for it is not merely missing."""
    (folder / "red" / "link.png").symlink_to("a" * 300)
    (folder / "blue").symlink_to("a" * 300)
    data = picture_folder(folder)
    assert data.class_names == ("green", "red")
    assert len(data.training) + len(data.held_out) == 20
    assert [skip.file for skip in data.skipped] == ["red/link.png"]


def test_class_whose_name_is_no_text_is_named(folder):
    """No answer of the server could hold it."""
    save(folder / os.fsdecode(b"blu\xe9") / "0.png", (0, 0, 200))
    with pytest.raises(UnusableDataError, match=r"UTF-8; .*'blu\\udce9'"):
        picture_folder(folder)


def test_what_is_no_picture_is_skipped_named_and_counted(folder):
    (folder / "red" / "broken.png").write_bytes((folder / "red" / "1.png").read_bytes()[:60])
    (folder / "red" / "notes.txt").write_text("not a picture")
    (folder / "green" / ".DS_Store").write_bytes(b"hidden")
    (folder / ".cache").mkdir()
    (folder / "readme.md").write_text("beside the classes")
    save(folder / "green" / "deeper" / "10.jpg", COLOURS["green"])
    data = picture_folder(folder)
    assert [skip.file for skip in data.skipped] == ["red/broken.png", "red/notes.txt"]
    assert "damaged" in data.skipped[0].reason
    assert len(data.training) + len(data.held_out) == 21


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda _root: None, "cannot be read"),
        (lambda root: root.mkdir(), "at least two folders.*there is none"),
        (lambda root: root.write_text("a file"), "cannot be read"),
        (lambda root: save(root / "cat" / "1.png", (1, 2, 3)), "only 'cat'"),
        (lambda root: [(root / name).mkdir(parents=True) for name in "ab"], "a has 0, b has 0"),
        (
            lambda root: (
                [save(root / "cat" / f"{n}.png", (1, 2, 3)) for n in range(3)]
                + [save(root / "dog" / "1.png", (3, 2, 1))]
            ),
            "dog has 1",
        ),
    ],
)
def test_folder_that_nothing_can_be_learned_from_is_refused(make, complaint, tmp_path):
    root = tmp_path / "data"
    make(root)
    with pytest.raises(UnusableDataError, match=complaint):
        load_dataset(f"folder:{root}")


def test_class_of_broken_pictures_alone_says_so(folder):
    for path in (folder / "red").iterdir():
        path.write_bytes(b"GIF89a broken")
    with pytest.raises(UnusableDataError, match=r"red has 0.*10 could not be read, red/0.png"):
        picture_folder(folder)


def test_more_files_than_fit_into_memory_are_refused_before_reading(folder, monkeypatch):
    monkeypatch.setattr("models.data.picture_folder.MAXIMUM_PICTURES", 19)
    with pytest.raises(UnusableDataError, match="20 files; at most 19"):
        picture_folder(folder)


@pytest.mark.parametrize("engine", ["torch", "numpy"])
@pytest.mark.usefixtures("private_cache", "one_blas_thread")
def test_network_learns_the_pictures_of_a_folder_and_records_what_it_skipped(
    engine, folder, tmp_path, capsys
):
    (folder / "red" / "notes.txt").write_text("not a picture")
    arguments = ["lenet5", "--data", f"folder:{folder}", "--epochs", "8", "--batch-size", "4"]
    assert training.main([*arguments, "--engine", engine, "--output", str(tmp_path)]) == 0
    assert "Skipped red/notes.txt" in capsys.readouterr().err
    record = json.loads((tmp_path / "lenet5.folder_my_pictures.json").read_text())
    assert record["held_out_accuracy"] == 1
    assert record["class_names"] == ["green", "red"]
    assert record["data"]["skipped_pictures"] == 1
    assert record["data"]["skipped"][0]["file"] == "red/notes.txt"
    assert record["input"]["kind"] == "photograph"
    assert len(record["input"]["mean"]) == 3
    assert Path(tmp_path / "lenet5.folder_my_pictures.safetensors").exists()
