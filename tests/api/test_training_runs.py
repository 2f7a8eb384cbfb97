"""Training over HTTP: begun, watched, told what to do, and what becomes of it when things go wrong.

The server is a real one behind a socket, its training a real process. Nothing here sleeps: what is
waited for is the next event of the stream, or a process that ends.
"""

import io
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import asking
import numpy as np
import pytest
import torch
from live_server import live_server
from PIL import Image
from safetensors.numpy import load_file
from scipy.stats import binom

from app.main import create_app
from app.settings import Settings
from models.catalogue.catalogue import catalogue
from models.data.packaged_digits import small_digits
from models.errors import UnknownModelError
from models.training.command import fit_to_network
from models.training.recipes import RECIPES

# 1,437 pictures: a dozen steps an epoch.
QUICK = {"architecture": "softmax", "data": "digits", "batch_size": 128, "epochs": 2}
# Whose every step looks at all pictures.
WHOLE_SET = ("gradient-descent", "random-local-search", "random-search")
# Longer than any test waits.
ENDLESS = {**QUICK, "epochs": 1000}
# Draws first weights that read about a tenth of the digits.
SEED_AT_CHANCE = 0


class Server:
    """A running server, and its services to look behind it."""

    def __init__(self, url: str, application) -> None:
        self.api = f"{url}/api/v1"
        self.runs = f"{self.api}/training/runs"
        self.training = application.state.services.training

    def start(self, choice: dict[str, object]) -> str:
        answer = asking.post(self.runs, json=choice)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def tell(self, run: str, command: str) -> None:
        assert asking.post(f"{self.runs}/{run}/{command}").status_code == 202

    def watch(self, run: str) -> Iterator[tuple[str, dict]]:
        with asking.stream("GET", f"{self.runs}/{run}/events", timeout=60) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            name = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield name, json.loads(line.removeprefix("data: "))

    def until(self, run: str, condition) -> dict:
        for _, document in self.watch(run):
            if condition(document):
                return document
        raise AssertionError("the stream ended before that")

    def last(self, run: str) -> dict:
        name, document = list(self.watch(run))[-1]
        assert name == "ended"
        return document

    def stopped(self, run: str) -> dict:
        assert asking.delete(f"{self.runs}/{run}").status_code == 202
        return self.last(run)


@contextmanager
def server_with(tmp_path: Path, **options: object) -> Iterator[Server]:
    # A small network to warm up with: these servers are many.
    settings = Settings(cache_dir=tmp_path / "cache", default_model="softmax", **options)
    application = create_app(settings)
    with live_server(application) as url:
        yield Server(url, application)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with server_with(tmp_path_factory.mktemp("training")) as running:
        yield running


@dataclass(frozen=True)
class Watched:
    """What a run told to its end, which run the server had then, and the one begun at once."""

    told: list[tuple[str, dict]]
    current_then: str | None
    next_run: str


@pytest.fixture(scope="module")
def watched(server: Server) -> Watched:
    told = list(server.watch(server.start(QUICK)))
    current = asking.get(f"{server.api}/training").json()["current_run"]
    next_run = server.start(QUICK)
    server.stopped(next_run)
    return Watched(told, current, next_run)


@pytest.fixture(scope="module")
def finished(watched: Watched) -> dict:
    """A run that went to its end, with every point it reported."""
    name, document = watched.told[-1]
    assert name == "ended"
    return document


def is_problem(answer, status: int, slug: str) -> dict:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    return answer.json()


def ends(pid: int) -> bool:
    """Wait until a process is gone; False if it takes too long."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 30)[0])
    finally:
        os.close(handle)


def test_offer_names_what_can_be_trained(server: Server) -> None:
    offer = asking.get(f"{server.api}/training").json()
    designs = {design["name"]: design for design in offer["architectures"]}
    # 784 weights and a bias for each digit; LeCun et al. 1998, table of LeNet-5 with full C3.
    assert designs["softmax"]["parameters"] == 7850
    assert designs["lenet5"]["parameters"] == 61706
    assert designs["lenet5"]["defaults"]["learning_rate"] > 0
    assert {data["name"] for data in offer["data"]} >= {"mnist5k", "digits", "cifar10"}
    assert all(data["available"] or data["detail"] for data in offer["data"])
    assert not any(data["name"].startswith("folder:") for data in offer["data"])
    optimisers = {each["name"]: each for each in offer["optimisers"]}
    assert set(optimisers) == {"sgd", "momentum", "nesterov", *WHOLE_SET}
    assert {name for name, each in optimisers.items() if each["sees_whole_set"]} == set(WHOLE_SET)
    # An arrow from the new weight to what it is made of.
    assert all(re.match("[wWv] ← ", each["rule"]) for each in optimisers.values())
    assert "L(W + f) < L(W)" in optimisers["random-local-search"]["rule"]
    assert optimisers["random-search"]["settings"] == ["scale"]
    assert optimisers["gradient-descent"]["defaults"]["schedule"] == "constant"
    assert {each["name"] for each in offer["engines"]} == {"torch", "numpy"}
    assert designs["lenet5"]["engines"] == ["torch", "numpy"]
    # It has response normalisation and dropout, which `models/scratch/` has not.
    assert designs["alexnet_32"]["engines"] == ["torch"]
    data = {each["name"]: each for each in offer["data"]}
    assert data["mnist5k"]["available"]
    assert data["mnist5k"]["is_here"]
    # The cache of this server is empty.
    assert data["cifar10"]["available"]
    assert not data["cifar10"]["is_here"]
    assert offer["limits"]["steps"] > 0


def test_run_reports_every_step_and_learns(server: Server, finished: dict) -> None:
    assert finished["state"] == "finished"
    # 1,797 digits without 36 of each ten held out.
    assert finished["training_pictures"] == 1437
    assert finished["held_out_pictures"] == 360
    assert finished["steps_total"] == 2 * 12
    assert finished["step"] == 24
    everything = server.last(finished["id"])
    points = everything["points"]
    assert points[0]["step"] == 1
    assert points[-1]["step"] == 24
    # Ten classes and weights near zero: the loss of a guess, ln 10.
    assert points[0]["loss"] == pytest.approx(np.log(10), abs=0.25)
    assert points[-1]["loss"] < points[0]["loss"] / 2
    assert finished["held_out_accuracy"] > 0.8
    assert f"{finished['held_out_accuracy']:.1%}" in finished["detail"]
    kept = [each["step"] for each in everything["checkpoints"]]
    assert kept == [0, 1, 2, 3, 5, 8, 11, 17, 24]


def test_pause_step_and_resume_while_others_join_late_or_are_refused(server: Server) -> None:
    run = server.start(ENDLESS)
    server.until(run, lambda document: document["step"] >= 3)
    server.tell(run, "pause")
    paused = server.until(run, lambda document: document["state"] == "paused")

    stream = server.watch(run)
    name, first = next(stream)
    assert name == "progress"
    assert first["points"][0]["step"] == 1
    assert first["points"][-1]["step"] == first["step"] == paused["step"] >= 3
    numbers = [point["number"] for point in first["points"]]
    assert numbers == sorted(set(numbers))

    answer = asking.post(server.runs, json=QUICK)
    problem = is_problem(answer, 503, "busy")
    assert problem["run"] == run
    assert run in problem["detail"]
    assert int(answer.headers["retry-after"]) > 0
    assert asking.get(f"{server.api}/training").json()["current_run"] == run

    for command, steps in (("step", 1), ("step?steps=5", 6)):
        server.tell(run, command)
        after = next(
            document
            for _, document in stream
            if document["step"] >= paused["step"] + steps and document["state"] == "paused"
        )
        assert after["step"] == paused["step"] + steps
    stream.close()
    server.tell(run, "resume")
    server.until(run, lambda document: document["step"] > paused["step"] + 6)

    ended = server.stopped(run)
    assert ended["state"] == "stopped"
    is_problem(asking.post(f"{server.runs}/{run}/pause"), 409, "run-ended")
    # Stopping what is over changes nothing.
    assert server.stopped(run)["detail"] == ended["detail"]
    assert asking.get(f"{server.api}/training").json()["current_run"] is None


def test_finish_keeps_the_network_as_it_is(server: Server) -> None:
    run = server.start({**ENDLESS, "engine": "numpy"})
    server.tell(run, "step?steps=7")
    server.until(run, lambda document: document["state"] == "paused" and document["step"] >= 7)
    server.tell(run, "finish")
    ended = server.last(run)
    assert ended["state"] == "finished"
    assert ended["model"] == f"softmax.run-{run}@{ended['step']}"
    assert ended["step"] < ended["steps_total"]
    prediction = asking.get(
        f"{server.api}/models/{ended['model']}/predictions?image=example-coffee"
    )
    assert prediction.status_code == 200


def test_checkpoints_open_like_any_model(server: Server, finished: dict) -> None:
    listed = asking.get(f"{server.runs}/{finished['id']}/checkpoints").json()["checkpoints"]
    assert [each["step"] for each in listed] == [each["step"] for each in finished["checkpoints"]]
    newest = asking.get(f"{server.api}/models/softmax.run-{finished['id']}").json()
    assert newest["id"] == finished["model"] == listed[-1]["model"]
    assert newest["origin"] == "trained_here"
    assert newest["metrics"] == f"{finished['held_out_accuracy']:.1%} of 360 held-out pictures"
    assert newest["layers"][0]["id"] == "input"
    everywhere = [each["id"] for each in asking.get(f"{server.api}/models").json()["models"]]
    assert finished["model"] in everywhere
    assert finished["model"] not in {entry.id for entry in catalogue()}

    scores = {}
    for checkpoint in (listed[0], listed[-1]):
        answer = asking.get(
            f"{server.api}/models/{checkpoint['model']}/predictions",
            params={"image": "example-coffee", "top": 10},
        )
        assert answer.json()["model"] == checkpoint["model"]
        by_class = sorted(answer.json()["classes"], key=lambda each: each["index"])
        scores[checkpoint["step"]] = [each["logit"] for each in by_class]
        maps = asking.get(
            f"{server.api}/models/{checkpoint['model']}/layers/{newest['output']}/activations",
            params={"image": "example-coffee", "format": "npy"},
        )
        expected = scores[checkpoint["step"]]
        np.testing.assert_allclose(
            np.load(io.BytesIO(maps.content)), expected, rtol=0, atol=1e-5 * np.abs(expected).max()
        )
    assert not np.allclose(scores[0], scores[24], atol=0.1)


def test_templates_are_the_weights_of_the_checkpoint(server: Server, finished: dict) -> None:
    files = server.training.directory / finished["id"] / "checkpoints"
    for step in (0, 24):
        url = f"{server.runs}/{finished['id']}/checkpoints/{step}/templates"
        answer = asking.get(url)
        templates = np.load(io.BytesIO(answer.content))
        weights = load_file(files / f"step-{step:08d}.safetensors")
        weight = next(value for value in weights.values() if value.ndim == 2)
        np.testing.assert_array_equal(templates, weight.reshape(10, 1, 28, 28))
        etag = answer.headers["etag"]
        assert asking.get(url, headers={"If-None-Match": etag}).status_code == 304
    problem = is_problem(
        asking.get(f"{server.runs}/{finished['id']}/checkpoints/4/templates"),
        422,
        "invalid-parameter",
    )
    assert "0, 1, 2, 3, 5" in problem["detail"]


def weights_drawn(server: Server, run: str, step: int) -> np.ndarray:
    answer = asking.get(f"{server.runs}/{run}/checkpoints/{step}/templates")
    assert answer.status_code == 200, answer.text
    return np.load(io.BytesIO(answer.content))


def test_weights_that_are_drawn_are_the_current_ones_at_every_pause_and_step(
    server: Server,
) -> None:
    """Beside them the state that the run goes on from, which is saved where it stops."""
    run = server.start({**ENDLESS, "engine": "numpy"})
    server.tell(run, "step?steps=10")
    at = server.until(run, lambda document: document["state"] == "paused")
    files = server.training.directory / run / "checkpoints"
    seen = []
    for step in (10, 12, 13):
        # No step of the geometric series: 8, 11 and 17 are.
        if step != 10:
            server.tell(run, f"step?steps={step - at['step']}")
            at = server.until(
                run, lambda document, step=step: document["checkpoints"][-1]["step"] == step
            )
        assert at["checkpoints"][-1]["step"] == at["step"] == step
        seen.append(weights_drawn(server, run, step))
        kept = load_file(files / f"step-{step:08d}.safetensors")
        weight = next(value for value in kept.values() if value.ndim == 2)
        np.testing.assert_array_equal(seen[-1], weight.reshape(10, 1, 28, 28))
    # Each step learned something, and what was kept of the pause before has made room.
    assert all(np.abs(one - other).max() > 0 for one, other in pairwise(seen))
    assert [each["step"] for each in at["checkpoints"]] == [0, 1, 2, 3, 5, 8, 11, 13]
    assert not (files / "step-00000012.safetensors").exists()
    server.stopped(run)
    state = load_file(files / "state.safetensors")
    weight = next(
        value
        for name, value in state.items()
        if name.startswith("engine/weights/") and value.ndim == 2
    )
    np.testing.assert_array_equal(seen[-1], weight.reshape(10, 1, 28, 28))


def test_held_out_pictures_are_measured_every_epoch(server: Server, finished: dict) -> None:
    ended = server.last(finished["id"])
    assert [(each["epoch"], each["step"]) for each in ended["epochs"]] == [(0, 0), (1, 12), (2, 24)]
    # 36 of each of ten digits: a tenth, and the entropy of ten equal shares.
    assert ended["chance"] == {
        "accuracy": pytest.approx(0.1),
        "loss": pytest.approx(np.log(10)),
        "is_balanced": True,
    }
    data = small_digits()
    network = RECIPES["softmax"].build()
    recipe = RECIPES["softmax"].for_data(fit_to_network(data, RECIPES["softmax"]))
    files = server.training.directory / finished["id"] / "checkpoints"
    # The other of the three stands at no step that is kept.
    for each in (ended["epochs"][0], ended["epochs"][2]):
        weights = load_file(files / f"step-{each['step']:08d}.safetensors")
        network.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
        with torch.no_grad():
            scores = network(recipe.prepare(data.held_out.pictures))
        loss = torch.nn.functional.cross_entropy(scores, data.held_out.labels).item()
        right = (scores.argmax(1) == data.held_out.labels).sum().item()
        assert each["loss"] == pytest.approx(loss, rel=1e-5)
        assert each["accuracy"] == pytest.approx(right / 360)
        # Chance reads 46 of 360 or more rightly in 1 of 20 (scipy's binomial says so, too).
        assert each["is_at_chance"] == (binom.sf(right - 1, 360, 0.1) > 0.05)
    assert ended["last_epoch"] == ended["epochs"][-1]
    assert ended["last_epoch"]["accuracy"] == ended["held_out_accuracy"]
    record = json.loads(
        (server.training.directory / finished["id"] / "output" / "softmax.digits.json").read_text()
    )
    assert [each["accuracy"] for each in record["held_out_by_epoch"]] == [
        each["accuracy"] for each in ended["epochs"]
    ]


def test_samples_are_pictures_that_it_did_not_learn_from(server: Server, finished: dict) -> None:
    listed = asking.get(f"{server.runs}/{finished['id']}/samples").json()["samples"]
    # Six of each of the ten.
    assert [each["label"] for each in listed] == list("0123456789") * 6
    held_out = small_digits().held_out
    for number in (0, 13, 59):
        answer = asking.get(f"{server.runs}/{finished['id']}/samples/{number}")
        assert answer.headers["content-type"] == "image/png"
        levels = np.array(Image.open(io.BytesIO(answer.content)))
        of_digit = held_out.pictures[held_out.labels == number % 10]
        expected = (of_digit[number // 10, 0] * 255).round().numpy().astype(np.uint8)
        np.testing.assert_array_equal(levels, expected)
    is_problem(asking.get(f"{server.runs}/{finished['id']}/samples/60"), 422, "invalid-parameter")


def test_downloads_open_elsewhere_with_the_same_scores(server: Server, finished: dict) -> None:
    there = f"{server.runs}/{finished['id']}/checkpoints/24"
    weights = asking.get(f"{there}/weights")
    assert f'filename="{finished["model"]}.safetensors"' in weights.headers["content-disposition"]
    kept = server.training.directory / finished["id"] / "checkpoints/step-00000024.safetensors"
    assert weights.content == kept.read_bytes()
    bundle = asking.get(f"{there}/bundle")
    assert bundle.headers["content-type"] == "application/octet-stream"
    sent = asking.post(
        f"{server.api}/checkpoints", files={"file": ("run.zip", bundle.content)}
    ).json()
    opened = asking.post(
        f"{server.api}/models", json={"checkpoint": sent["id"], "name": "elsewhere"}
    )
    assert opened.status_code == 201, opened.text
    answers = [
        asking.get(
            f"{server.api}/models/{model}/predictions",
            params={"image": "example-coffee", "top": 10},
        ).json()["classes"]
        for model in (finished["model"], opened.json()["id"])
    ]
    assert answers[0] == answers[1]
    is_problem(
        asking.get(f"{server.runs}/{finished['id']}/checkpoints/4/bundle"), 422, "invalid-parameter"
    )


def test_runs_are_named_and_deleted(tmp_path: Path) -> None:
    with server_with(tmp_path) as server:
        run = server.last(server.start({**QUICK, "epochs": 1}))["id"]
        url = f"{server.runs}/{run}"
        assert asking.get(url).json()["name"] == ""
        named = asking.patch(url, json={"name": "  my\n first \u202e run "})
        assert (named.status_code, named.json()["name"]) == (200, "my first run")
        is_problem(asking.patch(url, json={"name": "x" * 81}), 422, "invalid-parameter")
        going_on = server.start(ENDLESS)
        is_problem(asking.delete(f"{server.runs}/{going_on}/files"), 409, "run-goes-on")
        server.stopped(going_on)
        assert asking.delete(f"{server.runs}/{going_on}/files").status_code == 204
        is_problem(asking.get(f"{server.runs}/{going_on}"), 404, "unknown-run")
        assert [each.name for each in server.training.directory.iterdir()] == [run]
    with server_with(tmp_path) as server:
        (kept,) = asking.get(server.runs).json()["runs"]
        assert (kept["id"], kept["name"]) == (run, "my first run")
        assert kept["last_epoch"]["epoch"] == 1
        assert asking.patch(f"{server.runs}/{run}", json={"name": ""}).json()["name"] == ""


def test_killed_child_is_told_and_the_server_goes_on(server: Server) -> None:
    run = server.start(ENDLESS)
    server.until(run, lambda document: document["step"] >= 2)
    os.kill(server.training.process.pid, signal.SIGKILL)
    ended = server.last(run)
    assert ended["state"] == "crashed"
    assert "SIGKILL" in ended["detail"]
    opened = asking.get(f"{server.api}/models/{ended['model']}/predictions?image=example-coffee")
    assert opened.status_code == 200


def test_run_at_chance_is_not_finished_like_the_others(server: Server) -> None:
    """A rate near 0 leaves the network as it was drawn."""
    ended = server.last(server.start({**QUICK, "learning_rate": 1e-12, "seed": SEED_AT_CHANCE}))
    assert (ended["state"], ended["is_going_on"]) == ("learned_nothing", False)
    # Of 360 pictures 36 are of each digit; chance reads 46 or more rightly in 1 of 20.
    assert ended["held_out_accuracy"] < 46 / 360
    assert "Naming one class for every picture" in ended["detail"]


def test_state_and_going_on_never_contradict_each_other(watched: Watched) -> None:
    for name, document in watched.told:
        is_over = document["state"] not in {"starting", "running", "paused", "measuring"}
        assert document["is_going_on"] != is_over
        assert (name == "ended") == is_over
    # Whoever is told that it is over may begin another at once.
    assert watched.current_then is None
    assert watched.next_run != watched.told[-1][1]["id"]


def test_diverging_run_says_what_to_do(server: Server) -> None:
    ended = server.last(server.start({**QUICK, "learning_rate": 1e38}))
    assert ended["state"] == "diverged"
    assert "learning rate below 1e+38" in ended["detail"]


@pytest.mark.parametrize("optimiser", WHOLE_SET)
def test_run_over_the_whole_set_is_paused_stepped_and_finished(
    server: Server, optimiser: str
) -> None:
    run = server.start({"architecture": "softmax", "data": "digits", "optimiser": optimiser})
    server.until(run, lambda document: document["step"] >= 3)
    server.tell(run, "pause")
    paused = server.until(run, lambda document: document["state"] == "paused")
    choice = paused["choice"]
    is_search = optimiser != "gradient-descent"
    assert choice["batch_size"] is None
    assert (choice["scale"] is None, choice["learning_rate"] is None) == (not is_search, is_search)
    # An epoch is a step.
    assert paused["steps_total"] == choice["epochs"] == 200
    server.tell(run, "step")
    server.until(run, lambda document: document["step"] == paused["step"] + 1)
    server.tell(run, "finish")
    ended = server.last(run)
    assert ended["state"] in {"finished", "learned_nothing"}
    if ended["state"] == "learned_nothing":
        assert "Try another scale" in ended["detail"]
    points = ended["points"]
    assert [point["loss"] for point in points] == sorted(
        (point["loss"] for point in points), reverse=True
    )
    for point in points:
        assert point["epoch"] == point["step"]
        # Of all pictures that there are, so the last count is the only one.
        assert point["accuracy"] == point["batch_accuracy"]
        assert round(point["accuracy"] * 1437, 6).is_integer()
        assert point["learning_rate"] == (None if is_search else 0.1)
    assert [each["step"] for each in ended["checkpoints"]][:4] == [0, 1, 2, 3]
    detail = asking.get(f"{server.api}/models/{ended['model']}").json()
    assert detail["parameters"] == 7850


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"architecture": "resnet999"}, "resnet999"),
        ({"data": "imagenet"}, "imagenet"),
        ({"data": "folder:/etc"}, "CONVSCOPE_TRAINING_DATA_DIR"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": "NaN"}, "learning_rate"),
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 100_000}, "batch_size"),
        ({"engine": "abacus"}, "engine"),
        ({"optimiser": "adam"}, "optimiser"),
        # QUICK has a size of batches.
        ({"optimiser": "random-search"}, "batch_size: random-search (W ← V iff L(V) < L(W)"),
        ({"optimiser": "gradient-descent"}, "its settings are learning_rate, schedule"),
        ({"scale": 0.1}, "scale: nesterov (v ← m v + g"),
        ({"schedule": "linear"}, "schedule"),
        ({"scale": -1}, "scale"),
        ({"architecture": "alexnet_32", "engine": "numpy"}, "torch can"),
        ({"output": "/tmp"}, "output"),
    ],
)
def test_wrong_choices_are_named(server: Server, change: dict, named: str) -> None:
    problem = is_problem(
        asking.post(server.runs, json={**QUICK, **change}), 422, "invalid-parameter"
    )
    assert named in problem["detail"]
    assert asking.get(f"{server.api}/training").json()["current_run"] is None


def test_unknown_runs_and_steps_are_problems(server: Server, finished: dict) -> None:
    for suffix in ("", "/events", "/checkpoints", "/checkpoints/0/templates"):
        is_problem(asking.get(f"{server.runs}/deadbeef{suffix}"), 404, "unknown-run")
    for command in ("pause", "resume", "step", "finish"):
        is_problem(asking.post(f"{server.runs}/deadbeef/{command}"), 404, "unknown-run")
    is_problem(asking.delete(f"{server.runs}/deadbeef"), 404, "unknown-run")
    for model in (
        "softmax.run-deadbeef",
        f"softmax.run-{finished['id']}@4",
        f"lenet5.run-{finished['id']}@24",
    ):
        is_problem(asking.get(f"{server.api}/models/{model}"), 404, "unknown-model")


@pytest.mark.full
def test_limits_on_steps_and_time(tmp_path: Path) -> None:
    with server_with(tmp_path / "steps", training_max_steps=20) as server:
        ended = server.last(server.start(QUICK))
        assert ended["state"] == "failed"
        assert "24 steps" in ended["detail"]
        assert "20" in ended["detail"]
    with server_with(tmp_path / "time", training_time_limit_s=0.1) as server:
        ended = server.last(server.start(ENDLESS))
        # It ended in order, whatever it had learned by then.
        assert ended["state"] in {"finished", "learned_nothing"}
        assert ended["step"] < ended["steps_total"]
        assert "0.1 s" in ended["detail"]


@pytest.mark.full
def test_limits_on_bytes_and_memory(tmp_path: Path) -> None:
    with server_with(tmp_path / "bytes", training_store_bytes=100_000) as server:
        ended = server.last(server.start(QUICK))
        assert ended["state"] == "failed"
        assert "100,000" in ended["detail"]
    with server_with(tmp_path / "memory", training_memory_bytes=50 * 2**20) as server:
        ended = server.last(server.start(QUICK))
        assert ended["state"] in {"crashed", "failed"}
        assert ended["detail"]
        assert asking.get(f"{server.api}/training").status_code == 200


@pytest.mark.full
def test_oldest_run_makes_room(tmp_path: Path) -> None:
    with server_with(tmp_path, training_kept_runs=1) as server:
        first, second = (server.last(server.start({**QUICK, "epochs": 1}))["id"] for _ in range(2))
        assert [run["id"] for run in asking.get(server.runs).json()["runs"]] == [second]
        assert [each.name for each in server.training.directory.iterdir()] == [second]
        is_problem(asking.get(f"{server.api}/models/softmax.run-{first}"), 404, "unknown-model")


def test_server_that_may_not_train_says_so(tmp_path: Path) -> None:
    with server_with(tmp_path, training_allowed=False) as server:
        is_problem(asking.post(server.runs, json=QUICK), 403, "training-off")
        assert asking.get(f"{server.api}/training").json()["allowed"] is False
    (tmp_path / "file").write_text("where a directory should be")
    with server_with(tmp_path, training_dir=tmp_path / "file") as server:
        problem = is_problem(asking.post(server.runs, json=QUICK), 403, "training-off")
        assert "CONVSCOPE_TRAINING_DIR" in problem["detail"]
        assert asking.get(f"{server.api}/training").json()["current_run"] is None


def test_folders_are_offered_by_name_alone(tmp_path: Path) -> None:
    for name in ("kites", "boats"):
        for label in ("red", "blue"):
            (tmp_path / "data" / name / label).mkdir(parents=True)
    # A name that no answer can hold, and a link that cannot be followed, stand in nobody's way.
    (tmp_path / "data" / os.fsdecode(b"caf\xe9")).mkdir()
    (tmp_path / "data" / "link").symlink_to("a" * 300)
    with server_with(tmp_path, training_data_dir=tmp_path / "data") as server:
        offered = [each["name"] for each in asking.get(f"{server.api}/training").json()["data"]]
        assert [name for name in offered if ":" in name] == ["folder:boats", "folder:kites"]
        for wrong in (f"folder:{tmp_path}", "folder:..", "folder:kites/red", "folder:"):
            answer = asking.post(server.runs, json={**QUICK, "data": wrong})
            is_problem(answer, 422, "invalid-parameter")
        ended = server.last(server.start({**QUICK, "data": "folder:kites"}))
        assert ended["state"] == "failed"
        assert "blue" in ended["detail"]


def test_shutdown_ends_the_child_and_the_next_server_opens_what_it_left(tmp_path: Path) -> None:
    with server_with(tmp_path) as server:
        run = server.start(ENDLESS)
        server.until(run, lambda document: document["step"] >= 3)
        pid = server.training.process.pid
    assert ends(pid)
    with pytest.raises(UnknownModelError):
        catalogue().resolve(f"softmax.run-{run}")
    with server_with(tmp_path) as server:
        ended = server.last(run)
        assert ended["state"] == "interrupted"
        assert ended["points"][0]["step"] == 1
        assert asking.get(f"{server.api}/models/softmax.run-{run}@3").status_code == 200


def test_child_dies_with_a_server_that_is_killed(tmp_path: Path) -> None:
    """The server is another process here, for this one is not to be killed."""
    program = f"""
import asyncio
from pathlib import Path
from app.settings import Settings
from app.training.choices import TrainingChoice
from app.training.runs import TrainingRuns

async def main():
    runs = TrainingRuns(Settings(cache_dir=Path({str(tmp_path)!r})))
    await runs.open()
    run = await runs.start(
        TrainingChoice("softmax", "digits", "torch", "sgd", 0.05, "cosine", 128, None, 1000, 0)
    )
    async for run, news, _ in runs.watch(run.id):
        if news:
            print(runs.process.pid, flush=True)
            await asyncio.Event().wait()

asyncio.run(main())
"""
    server = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        child = int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    assert ends(child)
