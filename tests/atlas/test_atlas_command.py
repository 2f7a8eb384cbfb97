"""`convscope atlas`, as a person types it in a folder of theirs."""

import subprocess
import sys

import pytest
from making_atlases import ROOT, environment, write_digits

_MAIN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from convscope.command import main; main()"


@pytest.fixture
def folder(tmp_path):
    """With digits, and with a program of one's own that is called as ours is."""
    write_digits(tmp_path / "digits", 6)
    (tmp_path / "app.py").write_text("raise SystemExit('This is not ours.')")
    return tmp_path


def convscope(folder, *arguments):
    known = environment(folder / "cache")
    del known["PYTHONPATH"]
    return subprocess.run(
        [sys.executable, "-P", "-c", _MAIN, *arguments],
        cwd=folder,
        env=known,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_becomes_an_atlas_where_servers_look(folder):
    done = convscope(folder, "atlas", "lenet5", "digits", "--top", "3", "--layers", "c3", "s2")
    assert done.returncode == 0, done.stderr
    place = folder / "cache" / "atlases" / "lenet5.mnist5k-digits"
    assert f"lenet5.mnist5k over 6 pictures, 2 layers: {place}" in done.stderr
    assert sorted(path.name for path in place.iterdir() if path.name != ".lock") == [
        *("answers.safetensors", "atlas.json", "job.json", "layers", "manifest.json"),
    ]
    assert "Looking" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lenet", "digits"), "lenet5"),
        (("lenet5", "nowhere"), "There is no nowhere. Name a folder of pictures"),
        (("lenet5", "digits", "--layers", "c9"), "c9"),
        (("lenet5", "digits", "--top", "0"), "0 is not from 1 to 100"),
        (("efficientnet_lite0", "digits", "--preparation", "centred"), "efficientnet_lite0"),
        (("lenet5", "empty"), "There are no files in empty."),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(folder, arguments, words):
    (folder / "empty").mkdir()
    done = convscope(folder, "atlas", *arguments)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_what_can_be_said(folder):
    done = convscope(folder, "atlas", "--help")
    assert done.returncode == 0
    assert "PICTURES" in done.stdout
    assert "--workers" in done.stdout
    assert "atlas" in convscope(folder, "--help").stdout
