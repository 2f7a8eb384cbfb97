"""Bundles as folders and zips, made whole and read without believing them."""

import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from test_card import CARD

from models.errors import CheckpointRefusedError
from models.own.folder import (
    abandoned_name,
    card_in,
    checked_bundle,
    forget_folder,
    is_bundle_zip,
    new_folder,
    pack,
    remove_abandoned,
    take_place,
    tensors_in,
    unpack,
    write_card,
)

WEIGHTS = b"\x02\x00\x00\x00\x00\x00\x00\x00{}"


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def given_up(directory: Path) -> None:
    with new_folder(directory) as folder:
        write_card(folder, CARD)
        raise RuntimeError


def placed(directory: Path, name: str) -> None:
    with new_folder(directory) as folder:
        write_card(folder, CARD)
        take_place(folder, directory / name)


def test_a_folder_takes_its_place_whole_or_not_at_all(tmp_path: Path) -> None:
    with new_folder(tmp_path / "models") as folder:
        (folder / "weights.safetensors").write_bytes(WEIGHTS)
        write_card(folder, CARD)
        assert [path.name for path in (tmp_path / "models").iterdir()] == [folder.name]
        take_place(folder, tmp_path / "models" / "resnet34.flowers")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["resnet34.flowers"]
    with pytest.raises(RuntimeError):
        given_up(tmp_path / "models")
    with pytest.raises(FileExistsError):
        placed(tmp_path / "models", "resnet34.flowers")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["resnet34.flowers"]
    forget_folder(tmp_path / "models" / "resnet34.flowers")
    assert not list((tmp_path / "models").iterdir())


def test_in_a_container_the_next_server_has_the_number_of_the_last(tmp_path: Path) -> None:
    mine, _, run_and_more = abandoned_name().removeprefix(".incomplete-").partition("-")
    assert mine == str(os.getpid())
    left = tmp_path / f".incomplete-{mine}-{'0' * len(run_and_more)}"
    left.mkdir()
    remove_abandoned(tmp_path)
    assert not left.exists()


def test_what_is_still_being_written_stays(tmp_path: Path) -> None:
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                           check=True, capture_output=True, text=True)  # fmt: skip
    gone = tmp_path / f".incomplete-{child.stdout.strip()}-1"
    gone.mkdir()
    mine = tmp_path / abandoned_name()
    mine.mkdir()
    kept = tmp_path / "resnet34.flowers"
    kept.mkdir()
    remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {mine.name, kept.name}
    remove_abandoned(tmp_path / "nowhere")


@pytest.mark.parametrize("prefix", ["", "flowers/"])
def test_a_zip_is_unpacked_by_its_three_names(tmp_path: Path, prefix: str) -> None:
    files = {"card.json": CARD.to_json(), "weights.safetensors": WEIGHTS}
    path = zipped(
        tmp_path / "b.zip",
        {**{prefix + name: data for name, data in files.items()}, "../evil": b"", "/abs": b""},
    )
    assert is_bundle_zip(path)
    assert tensors_in(path) == 0
    folder = tmp_path / "out"
    folder.mkdir()
    assert unpack(path, folder, 1000) == CARD
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == files
    assert {each.name for each in tmp_path.iterdir()} == {"b.zip", "out"}


def test_packed_and_unpacked_is_the_same(tmp_path: Path) -> None:
    made, back = tmp_path / "made", tmp_path / "back"
    for folder in (made, back):
        folder.mkdir()
    write_card(made, CARD)
    (made / "weights.safetensors").write_bytes(WEIGHTS)
    (made / "graph.json.gz").write_bytes(b"graph")
    pack(made, tmp_path / "b.zip")
    unpack(tmp_path / "b.zip", back, 1000)
    for path in made.iterdir():
        assert (back / path.name).read_bytes() == path.read_bytes()


def test_a_bomb_is_stopped_where_it_would_be_too_much(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "b.zip",
        {"card.json": CARD.to_json(), "weights.safetensors": bytes(50_000_000)},
        zipfile.ZIP_DEFLATED,
    )
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(CheckpointRefusedError, match="1,000,000 bytes"):
        unpack(path, folder, 1_000_000)
    # One that lies of its size is counted while it comes.
    data = bytearray(path.read_bytes())
    for place in range(len(data) - 4):
        if data[place : place + 4] == (50_000_000).to_bytes(4, "little"):
            data[place : place + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(CheckpointRefusedError):
        unpack(path, folder, 1_000_000)
    assert sum(each.stat().st_size for each in folder.iterdir()) < 3_000_000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["card.json", "weights.safetensors"])
def test_what_unpacks_all_at_once_is_refused_before(tmp_path: Path, method: int, name: str) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for each, data in {"card.json": CARD.to_json(), "weights.safetensors": WEIGHTS}.items():
            packed = method if each == name else zipfile.ZIP_STORED
            archive.writestr(each, bytes(64 * 2**20) if each == name else data, packed)
    folder = tmp_path / "out"
    folder.mkdir()
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointRefusedError, match=f"{name} of the bundle is packed in a"):
            {"card.json": card_in, "weights.safetensors": tensors_in}[name](path)
        with pytest.raises(CheckpointRefusedError, match=f"{name} of the bundle is packed in a"):
            unpack(path, folder, 2**30)
        assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
    finally:
        tracemalloc.stop()
    assert {each.name for each in folder.iterdir()} <= {"card.json"}


def test_a_long_directory_is_not_read_for_a_bundle(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("card.json", CARD.to_json())
        for number in range(20_000):
            archive.writestr(str(number), b"")
    tracemalloc.start()
    try:
        assert not is_bundle_zip(path)
        with pytest.raises(CheckpointRefusedError, match="20,001 entries; up to 64"):
            unpack(path, tmp_path, 1000)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "files",
    [
        {"card.json": b"{}", "weights.safetensors": WEIGHTS},
        {"card.json": b"\xff", "weights.safetensors": WEIGHTS},
        {"card.json": b"[" * 100_000, "weights.safetensors": WEIGHTS},
        {"card.json": CARD.to_json()},
        {
            "card.json": CARD.to_json().replace(b'"torchvision"', b'"module"'),
            "weights.safetensors": WEIGHTS,
        },
    ],
)
def test_what_is_no_whole_bundle_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = zipped(tmp_path / "b.zip", files)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(CheckpointRefusedError):
        unpack(path, folder, 10_000)


def test_cut_short_anywhere_it_is_refused(tmp_path: Path) -> None:
    whole = zipped(
        tmp_path / "b.zip", {"card.json": CARD.to_json(), "weights.safetensors": WEIGHTS}
    ).read_bytes()
    path = tmp_path / "cut.zip"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert not is_bundle_zip(path)


def test_encrypted_and_unknown_methods_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "b.zip", {"card.json": CARD.to_json(), "weights.safetensors": WEIGHTS})
    whole = path.read_bytes()
    folder = tmp_path / "out"
    folder.mkdir()
    central = whole.index(b"PK\x01\x02")
    for offset, value in ((8, 1), (10, 97)):
        data = bytearray(whole)
        data[central + offset] = value
        path.write_bytes(data)
        with pytest.raises(CheckpointRefusedError):
            unpack(path, folder, 10_000)


def test_a_pipe_is_no_bundle(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "card.json")
    with pytest.raises(CheckpointRefusedError):
        checked_bundle(tmp_path, "a folder")


def test_other_zips_are_none(tmp_path: Path) -> None:
    many = {f"{number}": b"" for number in range(1000)} | {"card.json": CARD.to_json()}
    assert not is_bundle_zip(zipped(tmp_path / "a.zip", many))
    assert not is_bundle_zip(zipped(tmp_path / "b.zip", {"a/b/card.json": b"{}"}))
    file = io.BytesIO(b"PK\x05\x06" + bytes(18))
    (tmp_path / "c.zip").write_bytes(file.getvalue())
    assert not is_bundle_zip(tmp_path / "c.zip")
