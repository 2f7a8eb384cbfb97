"""The process in which files are looked into."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from checkpoint_files import NUMBERS, saved, tensors, torch_archive, weights

from models.checkpoints import child
from models.checkpoints.child import survey_in_child
from models.checkpoints.survey import survey
from models.errors import CheckpointRefusedError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "weights with a space"
    found.write_bytes(saved({"state_dict": tensors(), "classes": ["ä", "b"], "epoch": 3}))
    return found


def pretend(monkeypatch, program):
    """Have a child that does something else."""
    monkeypatch.setattr(child, "_PROGRAM", (sys.executable, "-S", "-c", program))


def test_child_finds_what_is_found_here(path):
    assert survey_in_child(path) == survey(path)


def test_child_refuses_in_the_same_words(path):
    path.write_bytes(b"")
    with pytest.raises(CheckpointRefusedError, match=r"^The file is empty\.$"):
        survey_in_child(path)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "", "missing"):
        with pytest.raises(CheckpointRefusedError, match="no file"):
            survey_in_child(tmp_path / name)


def test_child_has_neither_torch_nor_numpy():
    program = "import models.checkpoints.looking, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "numpy", "zipfile", "safetensors"} & {
        name.split(".")[0] for name in loaded
    }


def test_child_that_hangs_is_ended(path, monkeypatch):
    pretend(monkeypatch, "import signal; signal.pause()")
    with pytest.raises(CheckpointRefusedError, match=r"takes more than 0\.5 s"):
        survey_in_child(path, time_s=0.5)


def test_child_that_answers_and_stays_is_ended(path, monkeypatch):
    monkeypatch.setattr(child, "_LAST_BREATH_S", 0.1)
    pretend(monkeypatch, "import os, signal; os.close(1); signal.pause()")
    with pytest.raises(CheckpointRefusedError, match="takes more"):
        survey_in_child(path)


def test_child_that_writes_without_end_is_ended(path, monkeypatch):
    monkeypatch.setattr(child, "MOST_ANSWER_BYTES", 2**20)
    pretend(monkeypatch, "import os\nwhile True: os.write(1, bytes(4096))")
    with pytest.raises(CheckpointRefusedError, match="takes more"):
        survey_in_child(path)


def test_child_that_crashes_is_named(path, monkeypatch):
    pretend(monkeypatch, "import os; os.abort()")
    with pytest.raises(CheckpointRefusedError, match="SIGABRT"):
        survey_in_child(path)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "{}",
        '{"refused": 3}',
        '{"refused": "a\\u001b[31m"}',
        '{"format": "other", "tensors": [], "wrapper": "", "left_aside": [], "class_names": []}',
        *(
            f'{{"format": "torch", "tensors": [{tensor}], "wrapper": "", "left_aside": [], '
            '"class_names": []}'
            for tensor in (
                "",
                '["w", "float32", [2], [1], 10000000]',
                '["w", "float32", [2], [1], -8]',
                '["w", "float32", [2], [1], 0.5]',
                '["w", "load", [2], [1], 0]',
                '["w", "float32", [1], [1], 0], ["w", "float32", [1], [1], 0]',
                '["w\\n", "float32", [1], [1], 0]',
            )
        ),
    ],
)
def test_answer_of_a_child_is_not_believed(answer, path, monkeypatch):
    pretend(monkeypatch, f"print({answer!r})")
    with pytest.raises(CheckpointRefusedError):
        survey_in_child(path)


LOCKED = """
import sys, os, resource
from models.checkpoints import looking
def attempt(_):
    {attempt}
looking.survey_descriptor = attempt
looking.main()
"""


@pytest.mark.parametrize(
    "attempt",
    [
        "import wave",
        "open('/etc/hosts')",
        "open('made', 'w')",
        "os.system('touch made')",
        "os.mkdir('made')",
        "eval('1')",
        "import pickle; pickle.loads(b'cos\\nsystem\\n.')",
        "import socket",
        "os.fork()",
        "resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); os.kill(os.getppid(), 0)",
    ],
)
def test_child_can_do_nothing_else(attempt, path, tmp_path):
    with path.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-S", "-c", LOCKED.format(attempt=attempt), str(2**30), "20"],
            stdin=file,
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (70, b"")
    assert list(tmp_path.iterdir()) == [path]


def test_child_is_told_no_secrets(path, monkeypatch):
    monkeypatch.setenv("CONVSCOPE_TOKEN", "secret")
    pretend(monkeypatch, "import os, json; print(json.dumps({'refused': ' '.join(os.environ)}))")
    with pytest.raises(CheckpointRefusedError) as caught:
        survey_in_child(path)
    assert "CONVSCOPE_TOKEN" not in str(caught.value)


def test_memory_has_a_limit(path):
    # 30 MB of one text are 120 MB once they have a character beyond the first plane.
    value = "\N{MICROSCOPE}".encode() + b"a" * (30 * 2**20)
    pickle = weights(b"X\1\0\0\0tX" + len(value).to_bytes(4, "little") + value)
    path.write_bytes(torch_archive(pickle, [NUMBERS]))
    assert list(survey_in_child(path).tensors) == ["w"]
    with pytest.raises(CheckpointRefusedError, match="memory"):
        survey_in_child(path, memory_bytes=2**27)


def test_survey_of_a_large_file_reads_little_of_it(tmp_path):
    path = tmp_path / "weights"
    torch.save({"w": torch.zeros(2**28, dtype=torch.uint8)}, path)
    assert survey_in_child(path, memory_bytes=2**27).tensors["w"].shape == (2**28,)
