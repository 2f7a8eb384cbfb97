"""The command `convscope`, as a person types it in a folder of theirs."""

import http.server
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import own_networks
import pytest
import torch
from bundle_reading import read_bundle
from holding import hold
from torch import nn

import convscope
from convscope.building import best_names
from convscope.preparing import put_into
from convscope.wanted import Wanted, kind_of

ROOT = Path(convscope.__file__).parents[1]
_MAIN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from convscope.command import main; main()"
COMMAND = [sys.executable, "-P", "-c", _MAIN]
_CODE = """
import models.blocks
from models.blocks import Net

def build():
    print("chatter")
    return Net()

class Other(Net):
    pass

def fails():
    raise RuntimeError("no such thing")

def seven():
    return 7
"""
_BLOCKS = """
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 2))
"""


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 2))


@pytest.fixture
def project(tmp_path):
    """A folder with an `app.py` and a folder `models` without an `__init__.py`, as many have."""
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "app.py").write_text(_CODE)
    (folder / "models" / "blocks.py").write_text(_BLOCKS)
    torch.manual_seed(5)
    weights = {f"module.{name}": one for name, one in Net().state_dict().items()}
    torch.save({"state_dict": weights, "optimizer": {"lr": 0.1}}, folder / "best.pth")
    (folder / "labels.txt").write_text("cat\ndog\n")
    return folder


def run(*arguments, folder, **options):
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


@pytest.mark.parametrize("spec", ["app:build", "app.py:build", "app:Other"])
def test_a_function_of_ones_own_is_built_in_a_process_of_its_own(spec, project):
    found = run(
        *("export", spec, "-o", "mine.zip", "--weights", "best.pth", "--labels", "labels.txt"),
        *("--input", "3x16x16", "--mean", "0.5", "0.5", "0.5", "--name", "My Cats"),
        folder=project,
    )
    assert found.returncode == 0, found.stderr
    bundle = read_bundle(project / "mine.zip")
    assert bundle.card["name"] == "my-cats"
    assert bundle.card["labels"] == ["cat", "dog"]
    assert bundle.card["preprocessing"]["mean"] == [0.5, 0.5, 0.5]
    assert bundle.card["source"] == "best.pth"
    assert "Left aside of best.pth: optimizer." in " ".join(bundle.card["notes"])
    torch.manual_seed(5)
    assert hold(bundle.graph, Net().eval(), (3, 16, 16)).is_equal


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("app:built",), "app has no built. It has Other, build, fails, seven."),
        (("app:seven",), "app:seven returned int, not a torch.nn.Module"),
        (("app:fails",), "app:fails raised RuntimeError: no such thing"),
        (("nothing:build",), "nothing cannot be imported: ModuleNotFoundError"),
        (("nothing",), "There is no nothing. Name a file of weights"),
        (("app.py",), "Which function of app.py builds the network?"),
        (("labels.txt",), "labels.txt is no file of weights"),
        (("models",), "models is a folder without card.json"),
        (("app:build", "--input", "3x16"), "not channels x height x width"),
        (("app:build", "--input", "4x16x16"), "input_shape has 4 channels"),
        (("app:build", "--weights", "nothing.pth"), "There is no file nothing.pth"),
        (("best.pth", "--weights", "best.pth"), "--weights is for networks that are built by code"),
        (("timm:resnet51",), "timm has no resnet51. Did you mean resnet"),
    ],
)
def test_what_cannot_be_had_is_said_in_a_sentence(arguments, words, project):
    found = run("export", *arguments, "-o", "mine.zip", folder=project)
    assert found.returncode == 1
    assert found.stderr.splitlines()[-1].startswith("convscope: ")
    assert words in found.stderr.splitlines()[-1]
    assert not (project / "mine.zip").exists()
    if arguments[0] == "app:fails":
        assert 'raise RuntimeError("no such thing")' in found.stderr, "where, in their own code"


def test_weights_that_do_not_fit_are_named(project):
    torch.save({"0.weight": torch.zeros(4, 3, 3, 3), "9.weight": torch.zeros(2)}, project / "x.pth")
    found = run(
        *("export", "app:build", "-o", "mine", "--weights", "x.pth", "--input", "3x16x16"),
        folder=project,
    )
    last = found.stderr.splitlines()[-1]
    assert "x.pth does not fit Net: it lacks 0.bias, 3.weight, 3.bias; it has besides" in last
    assert not (project / "mine").exists()


def test_a_weights_file_that_would_run_code_runs_none(project):
    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {project}/ran",)

    torch.save({"state_dict": Attack()}, project / "evil.pth")
    for spec in (("app:build", "--weights", "evil.pth"), ("evil.pth",)):
        found = run("export", *spec, "-o", "mine.zip", "--input", "3x16x16", folder=project)
        assert found.returncode == 1
        assert not (project / "ran").exists()
        assert not (project / "mine.zip").exists()


def test_timm_without_a_network_says_that_its_weights_are_random(project):
    found = run(
        *("export", "timm:test_resnet.r160_in1k", "-o", "mine", "--input", "3x64x64"),
        folder=project,
        env={**os.environ, "CONVSCOPE_DOWNLOADS_ALLOWED": "false"},
    )
    assert found.returncode == 0, found.stderr
    assert "has random weights" in found.stderr
    card = read_bundle(project / "mine").card
    assert card["architecture"] == "test_resnet"
    assert card["preprocessing_assumed"]
    assert any("Its weights are random" in note for note in card["notes"])


def test_what_stands_before_names_is_taken_off_where_that_makes_a_match():
    expected = {"model.conv.weight": 1, "fc.weight": 2}
    assert (
        best_names(expected, {f"module.{name}": one for name, one in expected.items()}) == expected
    )
    assert best_names(expected, expected) == expected
    strange = {"module.a": 1, "module.b": 2}
    assert best_names(expected, strange) == strange


def test_a_path_is_a_path_before_it_is_anything_else(project, monkeypatch):
    monkeypatch.chdir(project)
    Path("timm:resnet18").mkdir()
    Path("timm:resnet18", "config.json").write_text("{}")
    assert kind_of("timm:resnet18") == "folder"
    assert kind_of("timm:resnet34") == "timm"
    assert kind_of("package.module:Class.method") == "code"
    assert kind_of("best.pth") == "file"


def test_help_says_what_a_spec_is(tmp_path):
    found = run("--help", folder=tmp_path)
    assert found.returncode == 0
    for form in ("best.pth", "my_module:build", "timm:resnet50.a1_in1k"):
        assert form in found.stdout


class _SaysYes(http.server.BaseHTTPRequestHandler):
    """Another program's server, which is content with whatever it is asked."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_another_server_at_the_port_is_not_taken_for_ones_own(project):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _SaysYes) as other:
        answering = threading.Thread(target=other.serve_forever)
        answering.start()
        try:
            ended = run(
                *("serve", "app:build", "--input", "3x16x16", "--no-browser"),
                *("--port", str(other.server_port)),
                folder=project,
            )
        finally:
            other.shutdown()
            answering.join()
    assert ended.returncode == 1
    assert f"Port {other.server_port} cannot be had: Address already in use." in ended.stderr
    assert ended.stdout == ""


@pytest.fixture
def models(tmp_path):
    """The folder that a server would read."""
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def test_a_link_is_served_by_its_own_name(project, models):
    (project / "best.pth").rename(project / "epoch12.pth")
    (project / "best.pth").symlink_to("epoch12.pth")
    (project / "best.labels.txt").write_text("cat\ndog\n")
    (project / "epoch12.labels.txt").write_text("of\nanother\n")
    assert put_into(models, Wanted(str(project / "best.pth"), "file")) == "best.pth"
    assert (models / "best.pth").resolve() == project / "epoch12.pth"
    assert (models / "best.labels.txt").read_text() == "cat\ndog\n"
    assert {path.name for path in models.iterdir()} == {"best.pth", "best.labels.txt"}


def test_a_link_to_a_file_without_an_ending_keeps_its_own(project, models):
    (project / "blobs").mkdir()
    (project / "best.pth").rename(project / "blobs" / "0a1b")
    (project / "model.pth").symlink_to("blobs/0a1b")
    assert put_into(models, Wanted(str(project / "model.pth"), "file")) == "model.pth"
    assert (models / "model.pth").resolve() == project / "blobs" / "0a1b"


def test_networks_of_one_name_lie_beside_each_other(project, models):
    for run_of, labels in (("run1", "cat\ndog\n"), ("run2", "cow\nhen\n")):
        (project / run_of).mkdir()
        shutil.copyfile(project / "best.pth", project / run_of / "best.pth")
        (project / run_of / "best.labels.txt").write_text(labels)
    (project / "run1" / "best.v1.pth").symlink_to(project / "best.pth")
    for spec, name in (
        ("run1/best.v1.pth", "best.v1.pth"),
        ("run1/best.pth", "best.pth"),
        ("run2/best.pth", "best-2.pth"),
        ("run1/best.pth", "best-3.pth"),
    ):
        assert put_into(models, Wanted(str(project / spec), "file")) == name
    assert (models / "best-2.pth").resolve() == project / "run2" / "best.pth"
    assert (models / "best-2.labels.txt").read_text() == "cow\nhen\n"
    assert (models / "best-3.labels.txt").read_text() == "cat\ndog\n"


def test_two_builds_of_one_function_are_both_written(project, models, monkeypatch):
    monkeypatch.chdir(project)
    wanted = Wanted("app:build", "code", input_shape=(3, 16, 16))
    assert [put_into(models, wanted) for _ in range(2)] == ["build", "build-2"]
    assert all((models / name / "card.json").is_file() for name in ("build", "build-2"))


@pytest.mark.usefixtures("_children_hear_sigint")
@pytest.mark.parametrize("form", ["code", "checkpoint", "bundle"])
def test_serve_says_where_it_is_and_ends_with_ctrl_c(form, project):
    resnet = own_networks.resnet(num_classes=2).state_dict()
    torch.save({"model": resnet}, project / "cats.pth")
    (project / "cats.labels.txt").write_text("cat\ndog\n")
    said = {
        "code": ("app:build", "--weights", "best.pth", "--input", "3x16x16"),
        "checkpoint": ("cats.pth", "other/cats.pth"),
        # Named otherwise than its card says.
        "bundle": ("renamed.zip", "renamed.zip"),
    }
    (project / "other").mkdir()
    shutil.copyfile(project / "cats.pth", project / "other" / "cats.pth")
    if form == "bundle":
        convscope.export(Net(), project / "renamed.zip", input_shape=(3, 16, 16), name="cats")
    process = subprocess.Popen(
        [*COMMAND, "serve", *said[form], "--port", "0", "--no-browser"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = iter(process.stdout.readline, "")
        said = next((line for line in lines if " is at " in line), None)
        assert said is not None, process.stderr.read()
        url = said.split(" is at ")[1].strip()
        expected = {"code": "net.best", "checkpoint": "resnet18.cats", "bundle": "net.renamed"}
        expected = expected[form]
        assert f"model={expected}" in url
        with convscope.Client(url, model=expected) as client:
            assert len(client.scores("example-chelsea")) == 2
            if form == "checkpoint":
                assert {one.label for one in client.scores("example-chelsea")} == {"cat", "dog"}
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) in {0, 130}
        with (
            pytest.raises(convscope.ServerError, match="does not answer"),
            convscope.Client(url) as client,
        ):
            client.models()
    finally:
        process.kill()
        process.communicate()
