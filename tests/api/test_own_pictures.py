"""Own pictures over HTTP: a zip of class folders comes in, and what is in it cannot do harm."""

import io
import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import asking
import pytest
import torch
from live_server import live_server
from PIL import Image

from app.main import create_app
from app.settings import Settings
from models.data.picture_folder import picture_folder
from models.data.picture_set import own_pictures


class Server:
    """A running server and the directory of its own pictures."""

    def __init__(self, url: str, cache: Path) -> None:
        self.api = f"{url}/api/v1"
        self.data = f"{self.api}/training/data"
        self.kept = cache / "datasets" / "own"

    def send(self, archive: bytes, name: str = "flowers.zip"):
        return asking.post(self.data, files={"file": (name, archive, "application/zip")})

    def read(self, set_id: str) -> list[dict]:
        """What is told of a data set until it is read."""
        with asking.stream("GET", f"{self.data}/{set_id}/events") as answer:
            lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
        return [json.loads(line.removeprefix("data: ")) for line in lines]

    def sent(self, archive: bytes, name: str = "flowers.zip") -> dict:
        answer = self.send(archive, name)
        assert answer.status_code == 201, answer.text
        return self.read(answer.json()["id"])[-1]


@contextmanager
def server_on(cache: Path, **options: object) -> Iterator[Server]:
    settings = Settings(cache_dir=cache, default_model="softmax", **options)
    with live_server(create_app(settings)) as url:
        yield Server(url, cache)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on(tmp_path_factory.mktemp("own") / "cache") as running:
        yield running


def picture(colour: tuple[int, int, int], form: str = "PNG", size: tuple[int, int] = (40, 30)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()


RED = {f"red/{n}.png": picture((200, n, 0)) for n in range(5)}
BLUE = {f"blue/{n}.jpg": picture((n, 0, 200), "JPEG") for n in range(10)}
FLOWERS = {**RED, **BLUE}


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def refused(answer, *words: str, status: int = 422, slug: str = "bad-pictures") -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    for word in words:
        assert word in answer.json()["detail"]


def test_pictures_are_read_as_those_of_a_folder_are(server: Server, tmp_path: Path) -> None:
    for name, content in FLOWERS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    expected = picture_folder(tmp_path)
    document = server.sent(zipped(FLOWERS))
    assert document["state"] == "ready"
    assert document["title"] == "flowers"
    assert document["classes"] == [
        {"name": "blue", "pictures": 10},
        {"name": "red", "pictures": 5},
    ]
    assert (document["files"], document["files_read"], document["pictures"]) == (15, 15, 15)
    kept = own_pictures(server.kept, document["id"])
    assert kept.class_names == expected.class_names
    for part, other in ((kept.training, expected.training), (kept.held_out, expected.held_out)):
        assert torch.equal(part.labels, other.labels)
        assert torch.equal(part.pictures, other.pictures)
    # A fifth of each class: two of ten, one of five.
    assert kept.held_out.labels.tolist() == [0, 0, 1]
    # Nothing is left of what was sent.
    assert [path.suffix for path in server.kept.glob(f"{document['id']}*")] == [".safetensors"]
    offered = {each["name"]: each for each in asking.get(f"{server.api}/training").json()["data"]}
    assert offered[document["name"]]["title"] == "flowers: 15 own pictures, 2 classes"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_folders_around_and_what_systems_add_are_passed_over(server: Server, method: int) -> None:
    files = {f"holiday/flowers/{name}": content for name, content in FLOWERS.items()}
    files |= {
        "holiday/flowers/red/deeper/more.png": picture((9, 9, 9)),
        "__MACOSX/holiday/flowers/red/._1.png": b"resource fork",
        "holiday/flowers/red/.DS_Store": b"hidden",
        "holiday/flowers/.git/config.png": picture((1, 1, 1)),
        "holiday/flowers/red/Thumbs.db": b"windows",
    }
    document = server.sent(zipped(files, method), "C:\\pictures\\My flowers.zip")
    assert document["title"] == "My flowers"
    assert document["classes"] == [
        {"name": "blue", "pictures": 10},
        {"name": "red", "pictures": 6},
    ]
    assert document["skipped_pictures"] == 0


def test_broken_ones_are_named_with_the_reason_and_left_out(server: Server) -> None:
    files = {
        **FLOWERS,
        "red/broken.png": RED["red/1.png"][:60],
        "red/notes.txt": b"not a picture",
        "readme.md": b"beside the classes",
    }
    document = server.sent(zipped(files))
    assert document["state"] == "ready"
    assert document["pictures"] == 15
    reasons = {each["file"]: each["reason"] for each in document["skipped"]}
    assert set(reasons) == {"red/broken.png", "red/notes.txt", "readme.md"}
    assert "damaged" in reasons["red/broken.png"]
    assert "not a picture" in reasons["red/notes.txt"]
    assert "no class folder" in reasons["readme.md"]


def test_names_are_no_paths(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "outside.png"
    files = {
        **FLOWERS,
        "../../escaped.png": picture((1, 1, 1)),
        f"{target}": picture((1, 1, 1)),
        "red/../../up.png": picture((1, 1, 1)),
        "red\\windows.png": picture((1, 1, 1)),
    }
    before = {path for path in server.kept.parent.parent.rglob("*") if path.suffix == ".png"}
    document = server.sent(zipped(files))
    reasons = {each["file"]: each["reason"] for each in document["skipped"]}
    assert {name for name, reason in reasons.items() if "leads out" in reason} == {
        "../../escaped.png",
        "red/../../up.png",
        f"{target}".removeprefix("/"),
    }
    assert {each["name"]: each["pictures"] for each in document["classes"]}["red"] == 6
    assert not target.exists()
    after = {path for path in server.kept.parent.parent.rglob("*") if path.suffix == ".png"}
    assert after == before == set()


def test_links_are_no_pictures(server: Server) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in FLOWERS.items():
            archive.writestr(name, content)
        link = zipfile.ZipInfo("red/passwd.png")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    document = server.sent(file.getvalue())
    assert document["pictures"] == 15
    assert document["skipped"] == [
        {"file": "red/passwd.png", "reason": "It is a link and no picture."}
    ]


def test_bombs_are_not_unpacked(server: Server) -> None:
    """Zeros shrink a thousandfold: one entry is left out, an archive of them is refused."""
    zeros = bytes(20 * 2**20)
    document = server.sent(zipped({**FLOWERS, "red/bomb.bmp": zeros}))
    assert document["pictures"] == 15
    (left,) = document["skipped"]
    assert left["file"] == "red/bomb.bmp"
    # Deflate makes 1,032 bytes of one at most (RFC 1951: 258 bytes of two bits).
    assert 900 < int(left["reason"].split(" times")[0].split()[-1].replace(",", "")) <= 1_032
    larger = server.sent(zipped({**FLOWERS, "red/bomb.bmp": bytes(21 * 2**20)}))
    assert "22,020,096 bytes; at most 20,971,520" in larger["skipped"][0]["reason"]
    packed = zipped({"red/0.bmp": zeros})
    # 103 of 20 MiB are more than 2 GiB, in 2 MB.
    many = _many_of(packed, 103)
    assert len(many) < 3 * 2**20
    refused(server.send(many), "2,160,066,560", "2,147,483,648")


def _many_of(archive: bytes, count: int) -> bytes:
    """An archive of the one entry of another, many times under different names."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        info = opened.infolist()[0]
    start = 30 + len(info.filename)
    packed = archive[start : start + info.compress_size]
    body, directory = b"", b""
    for number in range(count):
        name = f"{'red' if number % 2 else 'blue'}/{number}.bmp".encode()
        fields = (20, 0, 8, 0, 0, info.CRC, info.compress_size, info.file_size, len(name))
        directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *fields, 0, 0, 0, 0, 0, len(body))
        directory += name
        body += struct.pack("<4s5H3I2H", b"PK\3\4", *fields, 0) + name + packed
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end


def test_what_unpacks_to_more_than_it_says_is_broken(server: Server) -> None:
    """The directory says 10 bytes of what has 20 MiB: no more than it says is made of it."""
    archive = bytearray(zipped({**FLOWERS, "red/liar.bmp": bytes(20 * 2**20)}))
    place = archive.rfind(b"red/liar.bmp") - 46
    assert archive[place : place + 4] == b"PK\1\2"
    archive[place + 24 : place + 28] = struct.pack("<I", 10)
    document = server.sent(bytes(archive))
    assert document["pictures"] == 15
    assert document["skipped"][0]["file"] == "red/liar.bmp"
    assert "damaged within" in document["skipped"][0]["reason"]


def test_picture_of_too_many_pixels_is_left_out(server: Server) -> None:
    # 100 megapixels of one colour are few bytes as PNG.
    large = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(large, "PNG")
    document = server.sent(zipped({**FLOWERS, "red/large.png": large.getvalue()}))
    assert document["pictures"] == 15
    assert "100,000,000" in document["skipped"][0]["reason"]


def test_ten_thousand_files_and_no_more(server: Server) -> None:
    files = {f"{'red' if n % 2 else 'blue'}/{n}.png": b"" for n in range(10_001)}
    refused(server.send(zipped(files, zipfile.ZIP_STORED)), "10,001 files", "10,000")


def test_two_entries_of_one_name_are_refused(server: Server) -> None:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in [*FLOWERS.items(), ("red/1.png", b"another")]:
            archive.writestr(name, content)
    refused(server.send(file.getvalue()), "two entries of one name")


def test_entries_that_lie_over_one_another_are_refused(server: Server) -> None:
    archive = bytearray(zipped(FLOWERS))
    second = archive.find(b"PK\1\2", archive.find(b"PK\1\2") + 4)
    # It says that it lies where the first does.
    archive[second + 42 : second + 46] = struct.pack("<I", 0)
    refused(server.send(bytes(archive)), "over one another")


def encrypted() -> bytes:
    archive = bytearray(zipped(FLOWERS))
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = archive.find(signature)
        while at >= 0:
            archive[at + place] |= 1
            at = archive.find(signature, at + 4)
    return bytes(archive)


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (b"", ("empty",)),
        (b"GIF89a and no archive", ("no zip archive", "one folder of pictures for each class")),
        (zipped(FLOWERS)[:-200], ("cut short",)),
        (zipped({}), ("at least two folders", "none")),
        (zipped({"1.png": b"x", "2.png": b"x"}), ("none", "2 files were left out")),
        (zipped(RED), ("only 'red'",)),
        (zipped({**RED, "blue/1.png": b"x"}), ("blue has 1",)),
        (encrypted(), ("encrypted", "without a password")),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused_at_once(
    server: Server, archive: bytes, words: tuple[str, ...]
) -> None:
    before = asking.get(server.data).json()["sets"]
    refused(server.send(archive), *words)
    assert asking.get(server.data).json()["sets"] == before
    assert not [path for path in server.kept.iterdir() if path.suffix != ".safetensors"]


def test_class_of_broken_pictures_alone_fails_and_says_so(server: Server) -> None:
    broken = {f"green/{n}.png": b"GIF89a broken" for n in range(3)}
    document = server.sent(zipped({**FLOWERS, **broken}))
    assert document["state"] == "failed"
    assert "green has 0" in document["detail"]
    assert document["skipped_pictures"] == 3
    offer = asking.get(f"{server.api}/training").json()["data"]
    assert document["name"] not in {each["name"] for each in offer}
    assert asking.delete(f"{server.data}/{document['id']}").status_code == 204


def test_larger_upload_is_refused(tmp_path: Path) -> None:
    with server_on(tmp_path, training_upload_bytes=1000) as server:
        refused(
            server.send(bytes(2**20)),
            "CONVSCOPE_TRAINING_UPLOAD_BYTES",
            status=413,
            slug="pictures-too-large",
        )
    with server_on(tmp_path, training_data_bytes=1) as server:
        server.kept.mkdir(parents=True, exist_ok=True)
        (server.kept / "something").write_bytes(b"some bytes")
        refused(server.send(zipped(FLOWERS)), "Delete one", status=507, slug="storage-full")
    with server_on(tmp_path, training_allowed=False) as server:
        refused(server.send(zipped(FLOWERS)), "does not train", status=403, slug="training-off")


def test_network_learns_them_and_its_run_outlives_them(server: Server) -> None:
    document = server.sent(zipped(FLOWERS))
    choice = {"architecture": "softmax", "data": document["name"], "epochs": 2, "batch_size": 4}
    started = asking.post(f"{server.api}/training/runs", json=choice)
    assert started.status_code == 201, started.text
    run = started.json()["id"]
    with asking.stream("GET", f"{server.api}/training/runs/{run}/events") as answer:
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    ended = json.loads(lines[-1].removeprefix("data: "))
    assert ended["state"] in {"finished", "learned_nothing"}, ended["detail"]
    assert (ended["training_pictures"], ended["held_out_pictures"]) == (12, 3)
    assert asking.delete(f"{server.data}/{document['id']}").status_code == 204
    refused(
        asking.get(f"{server.data}/{document['id']}"),
        document["id"],
        status=404,
        slug="unknown-data",
    )
    again = asking.post(f"{server.api}/training/runs", json=choice)
    assert (again.status_code, again.json()["type"]) == (422, "invalid-parameter")
    model = asking.get(f"{server.api}/models/{ended['model']}").json()
    assert model["labels"] == ["blue", "red"] if "labels" in model else model["classes"] == 2


def test_they_survive_a_restart_and_what_was_not_read_is_read_then(tmp_path: Path) -> None:
    with server_on(tmp_path) as server:
        kept = server.sent(zipped(FLOWERS))
        # As a server leaves it that is killed while it reads, and while it receives.
        (server.kept / "0badcafe.zip").write_bytes(zipped(FLOWERS))
        record = {"title": "half read", "created_at": 1_700_000_000.0}
        (server.kept / "0badcafe.json").write_text(json.dumps(record))
        (server.kept / ".incomplete-999999999-x-y").write_bytes(b"half sent")
        (server.kept / "deadbeef.safetensors").write_bytes(b"half written")
    with server_on(tmp_path) as server:
        finished = server.read("0badcafe")[-1]
        assert finished["state"] == "ready"
        assert (finished["title"], finished["pictures"]) == ("half read", 15)
        listed = asking.get(server.data).json()["sets"]
        assert [each["id"] for each in listed] == [kept["id"], "0badcafe"]
        assert listed[0] == kept
        assert not list(server.kept.glob(".incomplete-*"))
        assert not list(server.kept.glob("*.zip"))


def test_reading_is_stopped_and_nothing_is_left(tmp_path: Path) -> None:
    # Each takes its decoder a while, and all of them the same bytes.
    slow = picture((200, 0, 0), size=(1_500, 1_500))
    files = {f"{'red' if n % 2 else 'blue'}/{n}.png": slow for n in range(2_000)}
    with server_on(tmp_path) as server:
        begun = server.send(zipped(files)).json()
        assert (begun["state"], begun["files"]) == ("reading", 2_000)
        with asking.stream("GET", f"{server.data}/{begun['id']}/events") as answer:
            told = (
                json.loads(line.removeprefix("data: "))
                for line in answer.iter_lines()
                if line.startswith("data: ")
            )
            under_way = next(each for each in told if each["files_read"] > 0)
            assert under_way["state"] == "reading"
            assert asking.delete(f"{server.data}/{begun['id']}").status_code == 204
            last = list(told)[-1]
        assert (last["state"], last["detail"]) == ("failed", "Stopped.")
        assert last["files_read"] < 2_000
        assert asking.get(server.data).json()["sets"] == []
        assert list(server.kept.iterdir()) == []
