"""An atlas comes to the same bytes however it is made, and whatever happens meanwhile."""

import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from making_atlases import bytes_of, command, environment, run, write_digits
from torch import nn

import convscope
from app.atlas.finishing import NothingReadableError
from app.atlas.local import LookingFailedError, run_locally
from app.atlas.making import Wanted, make_atlas
from app.atlas.networks import open_network
from app.atlas.worker import NetworkChangedError, PartWorker
from app.settings import Settings
from app.stores.atlases.place import AtlasInUseError, OtherAtlasError
from app.stores.atlases.sources import FolderSource
from app.stores.own_models import kept_models
from models.disk.whole_files import write_atomically


class Silent:
    """Progress that nobody sees."""

    def counting(self, files):
        pass

    def counted(self, manifest, looked_at):
        self.looked_at = looked_at

    def looked(self, pictures):
        pass

    def finishing(self):
        pass


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"), 600)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def settings(cache):
    return Settings(cache_dir=cache)


@pytest.fixture(scope="module")
def network(settings):
    return open_network("lenet5", None, settings)


def wanted(network, folder, top=4):
    return Wanted(network, FolderSource(folder), (), top)


def here(settings, order=lambda shards: shards):
    """A runner in this process, in any order."""

    def look(place, shards, told):
        worker = PartWorker(place.job(), place.manifest(), settings)
        for shard in order(list(shards)):
            write_atomically({place.shard(shard): worker.look(shard, (), lambda _: None)})

    return look


@pytest.fixture(scope="module")
def finished(network, pictures, settings, tmp_path_factory):
    """The atlas of the digits, made without any other process."""
    directory = tmp_path_factory.mktemp("finished") / "atlas"
    make_atlas(directory, wanted(network, pictures), here(settings), Silent())
    return bytes_of(directory)


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_write_the_same_bytes(finished, pictures, cache, tmp_path, workers):
    done = run(cache, pictures, tmp_path / "atlas", "--top", "4", "--workers", str(workers))
    assert done.returncode == 0, done.stderr
    assert "lenet5.mnist5k over 600 pictures, 12 layers" in done.stderr
    assert bytes_of(tmp_path / "atlas") == finished
    again = run(cache, pictures, tmp_path / "atlas", "--top", "4")
    assert again.returncode == 0
    assert "600 pictures were looked at before" in again.stderr
    assert bytes_of(tmp_path / "atlas") == finished


def test_the_order_of_parts_is_of_no_account(finished, network, pictures, settings, tmp_path):
    runner = here(settings, lambda shards: shards[::-1])
    make_atlas(tmp_path, wanted(network, pictures), runner, Silent())
    assert bytes_of(tmp_path) == finished


def killed_after(seconds, pictures, cache, directory):
    """Run, and kill it and its processes without a word; returns whether it was still at work."""
    process = subprocess.Popen(
        command(pictures, directory, "--top", "4", "--workers", "2"),
        env=environment(cache),
        cwd=cache,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def check_kills(times, finished, pictures, cache, directory):
    generator = random.Random(1)
    kills = [
        killed_after(generator.uniform(0.5, 8), pictures, cache, directory) for _ in range(times)
    ]
    assert any(kills)
    done = run(cache, pictures, directory, "--top", "4", "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert bytes_of(directory) == finished


def test_a_run_that_is_killed_goes_on_where_it_was(finished, pictures, cache, tmp_path):
    check_kills(2, finished, pictures, cache, tmp_path / "atlas")


@pytest.mark.full
def test_a_run_that_is_killed_ten_times_goes_on_where_it_was(finished, pictures, cache, tmp_path):
    check_kills(10, finished, pictures, cache, tmp_path / "atlas")


def test_what_is_there_is_not_computed_again(finished, network, pictures, settings, tmp_path):
    looked_at = []

    def one_at_a_time(place, shards, told):
        looked_at.append(shards[0])
        here(settings)(place, shards[:1], told)
        raise LookingFailedError("Ended after one part.")

    for _ in range(3):
        with pytest.raises(LookingFailedError):
            make_atlas(tmp_path, wanted(network, pictures), one_at_a_time, Silent())
    progress = Silent()
    make_atlas(tmp_path, wanted(network, pictures), one_at_a_time, progress)
    assert looked_at == [0, 1, 2]
    assert progress.looked_at == 600
    assert bytes_of(tmp_path) == finished


def test_two_runs_do_not_write_in_one_directory(network, pictures, settings, tmp_path):
    def second(place, shards, told):
        make_atlas(tmp_path, wanted(network, pictures), here(settings), Silent())

    with pytest.raises(AtlasInUseError, match="Another run is writing"):
        make_atlas(tmp_path, wanted(network, pictures), second, Silent())


def test_a_directory_keeps_to_its_atlas(network, pictures, settings, tmp_path):
    make_atlas(tmp_path / "a", wanted(network, pictures), here(settings), Silent())
    before = bytes_of(tmp_path / "a")
    random_network = open_network("lenet5.random", None, settings)
    for other, words in (
        (
            wanted(random_network, pictures),
            "an atlas of lenet5.mnist5k, not of lenet5.random",
        ),
        (wanted(network, pictures, top=5), "with other layers, another top"),
        (wanted(network, pictures / "1"), "over other pictures, those of .*digits"),
    ):
        with pytest.raises(OtherAtlasError, match=words):
            make_atlas(tmp_path / "a", other, here(settings), Silent())
    assert bytes_of(tmp_path / "a") == before
    # The same pictures at another place are the same pictures.
    moved = shutil.copytree(pictures, tmp_path / "moved")
    make_atlas(tmp_path / "a", wanted(network, moved), here(settings), Silent())
    after = bytes_of(tmp_path / "a")
    assert [name for name in after if after[name] != before[name]] == ["job.json"]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letters.txt").write_text("Dear Sir")
    with pytest.raises(OtherAtlasError, match=r"letters\.txt and no atlas"):
        make_atlas(tmp_path / "b", wanted(network, pictures), here(settings), Silent())


def test_pictures_that_go_or_change_meanwhile_are_named(network, settings, tmp_path):
    folder = write_digits(tmp_path / "digits", 9)
    (folder / "notes.txt").write_text("These are digits.")

    def spoil(place, shards, told):
        (folder / "0" / "0000.png").unlink()
        (folder / "1" / "0001.png").write_bytes((folder / "1" / "0004.png").read_bytes())
        (folder / "2" / "0002.png").unlink()
        (folder / "2" / "0002.png").symlink_to("/dev/zero")
        here(settings)(place, shards, told)

    facts = make_atlas(tmp_path / "atlas", wanted(network, folder), spoil, Silent())
    assert facts["pictures"] == 6
    reasons = dict(facts["left_out"])
    assert list(reasons) == ["0/0000.png", "1/0001.png", "2/0002.png", "notes.txt"]
    assert "cannot be read any more" in reasons["0/0000.png"]
    assert "has changed" in reasons["1/0001.png"]
    assert "cannot be read any more" in reasons["2/0002.png"]
    assert "not a picture" in reasons["notes.txt"]


def test_a_folder_without_a_picture_is_no_atlas(network, settings, tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "first.txt").write_text("Dear Sir")
    with pytest.raises(NothingReadableError, match=r"Of 1 files in letters not one.*first\.txt: "):
        make_atlas(tmp_path / "atlas", wanted(network, folder), here(settings), Silent())


def test_a_network_that_a_server_keeps_is_found_by_its_name(cache, settings, tmp_path):
    convscope.export(
        nn.Sequential(nn.Conv2d(3, 4, 5, 2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3)),
        cache / "models" / "sequential.mine",
        input_shape=(3, 16, 16),
        labels=["0", "1", "2"],
    )
    (name,) = kept_models(cache / "models")
    mine = open_network(name, None, settings)
    folder = write_digits(tmp_path / "digits", 9)
    facts = make_atlas(tmp_path / "atlas", wanted(mine, folder), here(settings), Silent())
    assert facts["model"] == name
    assert [each["index"] for each in facts["classes"]] == [0, 1, 2]
    assert facts["pictures"] == 9


def test_a_full_disk_is_told_and_nothing_is_lost(finished, pictures, cache, tmp_path):
    # No file may grow to what a part takes.
    limited = ("prlimit", "--fsize=60000")
    failed = run(cache, pictures, tmp_path / "atlas", "--top", "4", before=limited)
    assert failed.returncode == 1
    assert failed.stderr.strip().splitlines()[-1].startswith("convscope: ")
    assert "File too large" in failed.stderr
    done = run(cache, pictures, tmp_path / "atlas", "--top", "4")
    assert done.returncode == 0, done.stderr
    assert bytes_of(tmp_path / "atlas") == finished


KILLER = """
import os, signal, sys
import app.atlas.worker as worker

opened = worker.opened

def fatal(picture, read):
    if picture.path in {paths!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    return opened(picture, read)

worker.opened = fatal
worker.main()
"""


def test_a_picture_that_ends_the_process_is_left_out(
    network, settings, cache, tmp_path, monkeypatch
):
    monkeypatch.setenv("CONVSCOPE_CACHE_DIR", str(cache))
    folder = write_digits(tmp_path / "digits", 12)
    killer = tmp_path / "killer.py"
    killer.write_text(KILLER.format(paths=["1/0004.png", "2/0008.png"]))
    told = []

    def runner(place, shards, tell):
        run_locally(place, shards, 1, told.append, (sys.executable, str(killer)))

    facts = make_atlas(tmp_path / "atlas", wanted(network, folder), runner, Silent())
    reason = "It ends the process that decodes it."
    assert facts["left_out"] == [["1/0004.png", reason], ["2/0008.png", reason]]
    assert facts["pictures"] == 10
    assert sum(told) == 12


def test_a_process_that_cannot_begin_says_why(network, settings, tmp_path):
    folder = write_digits(tmp_path / "digits", 3)

    def runner(place, shards, tell):
        run_locally(place, shards, 2, tell, (sys.executable, "-c", "raise SystemExit('no luck')"))

    with pytest.raises(LookingFailedError, match="no luck"):
        make_atlas(tmp_path / "atlas", wanted(network, folder), runner, Silent())


def test_weights_that_change_meanwhile_are_told(network, settings, tmp_path):
    folder = write_digits(tmp_path / "digits", 3)

    def runner(place, shards, tell):
        job = replace(place.job(), network="0" * 64)
        PartWorker(job, place.manifest(), settings)

    with pytest.raises(NetworkChangedError, match="are not those that this atlas was begun with"):
        make_atlas(tmp_path / "atlas", wanted(network, folder), runner, Silent())
