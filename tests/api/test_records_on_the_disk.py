"""What lies on the disk may be old, foreign or broken: it is left out, named, and harms nobody.

One real run is trained; then every field of its records and every file of its directory is changed
in every way that a disk, another version or a person may have changed it.
"""

import asyncio
import copy
import itertools
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from fastapi.testclient import TestClient
from safetensors import safe_open
from safetensors.torch import save_file

from app.api.training.schemas import describe_run
from app.main import create_app
from app.settings import Settings
from app.training.choices import TrainingChoice
from app.training.command_line import CommandLineRuns
from app.training.events import Outcome, Started
from app.training.kept import load_runs
from app.training.run import TrainingRun
from app.training.runs import TrainingRuns
from models.catalogue import digit_entries, trained_entries
from models.disk import checked_fields
from models.disk.checked_fields import fields_of
from models.training import command as training
from models.training.checkpoints import kept_steps
from models.training.reports import EVENTS_NAME
from models.weights.locations import WeightsLocations
from models.weights.sources import status

CHOICE = TrainingChoice(
    "softmax", "digits", "numpy", "nesterov", 0.05, "cosine", 128, None, epochs=2, seed=0
)
# 1,437 pictures in batches of 128, twice.
STEPS = 24
NaN = float("nan")
# What JSON can hold and a careless reader trips over.
WRONG = [
    *(None, True, -1, 2**63 - 1, 1e300, 10**400, NaN, float("inf")),
    *("", "unheard-of", "a" * 300, "\ud800", [], [[]], {}, {"a": 1}),
]
MISSING = object()
# One pixel.
PICTURE = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\0\0,\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0;"


@pytest.fixture(autouse=True)
def _nothing_told(monkeypatch):
    """Warnings come once a process; each test starts a new one."""
    monkeypatch.setattr(checked_fields, "_told", set())


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The directory of a run that a server trained, with the record that it keeps."""
    directory = tmp_path_factory.mktemp("runs") / "0123abcd"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVSCOPE_CACHE_DIR", str(directory.parent))
        arguments = CHOICE.arguments(Settings(), directory)
        assert training.main(arguments) == 0
    run = TrainingRun("0123abcd", CHOICE, directory, created_at=1_700_000_000.0)
    events = directory / "checkpoints" / EVENTS_NAME
    for line in events.read_text().splitlines():
        run.take(fields_of(line, "a line"))
    events.rename(directory.parent / EVENTS_NAME)
    run.end(*run.verdict())
    run.save()
    return directory


def put(finished: Path, place: Path) -> Path:
    """The run's files in another directory, hard linked."""
    shutil.copytree(finished, place, copy_function=os.link)
    return place


def replaced(path: Path, content: str) -> None:
    """Never through a hard link."""
    path.unlink()
    path.write_text(content)


def places_in(document: object, here: tuple = ()) -> Iterator[tuple]:
    """Every place in a JSON document, of lists the first item."""
    if here:
        yield here
    items = document.items() if isinstance(document, dict) else []
    if isinstance(document, list) and document:
        items = [(0, document[0])]
    for name, value in items:
        yield from places_in(value, (*here, name))


def changed(document: dict, place: tuple, value: object) -> dict:
    document = copy.deepcopy(document)
    holder = document
    for name in place[:-1]:
        holder = holder[name]
    if value is MISSING:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return document


def mutations(document: dict) -> Iterator[dict]:
    for place, value in itertools.product(places_in(document), [MISSING, *WRONG]):
        yield changed(document, place, value)


def check_listed(runs: list[TrainingRun], cache: Path) -> None:
    """Whatever was taken can be shown and opened, and asked whether its weights are here."""
    locations = WeightsLocations(cache)
    for run in runs:
        described = describe_run(run).model_dump_json()
        assert json.loads(described)["id"] == run.id
        for step in run.versions:
            assert run.entry(step).architecture.name == run.choice.architecture
            assert status(run.entry(step), locations).state in {"ready", "unavailable"}


async def followed(directory: Path) -> list[TrainingRun]:
    """The runs of the command line that a server finds."""
    found = CommandLineRuns(directory, directory / "former")
    await found.open()
    await found.close()
    return list(found.runs.values())


def test_untouched_record_is_read_back_whole(finished: Path) -> None:
    (run,) = load_runs(finished.parent)
    assert run.choice == CHOICE
    assert (run.state, run.is_going_on, run.step) == ("finished", False, STEPS)
    assert sorted(run.versions) == kept_steps(STEPS)
    assert run.entry().metrics == f"{run.outcome.held_out_accuracy:.1%} of 360 held-out pictures"
    assert run.outcome.weights.is_file()


def test_record_from_before_there_was_a_choice_of_schedules_is_read(
    finished: Path, tmp_path: Path
) -> None:
    record = json.loads((finished / "run.json").read_text())
    for name in ("schedule", "scale"):
        del record["choice"][name]
    (tmp_path / "0123abcd").mkdir()
    (tmp_path / "0123abcd" / "run.json").write_text(json.dumps(record))
    (run,) = load_runs(tmp_path)
    assert run.choice == CHOICE


def test_every_field_of_a_record_may_be_anything(finished: Path, tmp_path: Path, caplog) -> None:
    record = json.loads((finished / "run.json").read_text())
    count = 0
    for count, mutated in enumerate(mutations(record), 1):
        directory = tmp_path / f"{count:08x}"
        directory.mkdir()
        (directory / "run.json").write_text(json.dumps(mutated))
    assert count > 400
    with caplog.at_level(logging.WARNING):
        runs = load_runs(tmp_path)
    check_listed(runs, tmp_path)
    # What is not taken is named, once; asking again tells nothing new.
    told = [entry.getMessage() for entry in caplog.records]
    assert len(told) == len(set(told)) == count - len(runs)
    taken = {run.id for run in runs}
    for directory in tmp_path.iterdir():
        assert (directory.name in taken) != any(str(directory) in words for words in told)
    caplog.clear()
    load_runs(tmp_path)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("choice", "architecture"), "resnet999"),
        (("choice", "architecture"), ["softmax"]),
        (("choice", "engine"), "abacus"),
        (("choice", "epochs"), 2.5),
        (("created_at",), 1e300),
        (("created_at",), NaN),
        (("created_at",), "yesterday"),
        (("state",), "levitating"),
        (("points", 0, "loss"), float("inf")),
        (("points", 0, "step"), True),
        (("points", 0, "accuracy"), 1.5),
        (("started", "class_names"), ["only"]),
        (("started", "class_names"), [1, 2]),
        (("started", "input", "size"), 64),
        (("started", "input", "std"), 0),
        (("started", "steps_total"), 10**9),
        (("started", "training_pictures"), 2**63 - 1),
        (("started", "held_out_pictures"), 2**63 - 1),
        (("started", "skipped_pictures"), 10**8 + 1),
        (("outcome", "held_out_accuracy"), None),
        (("outcome", "weights"), 7),
        (("outcome", "weights"), "/somewhere/softmax.digits.pth"),
        (("choice",), MISSING),
    ],
)
def test_records_that_cannot_be_true_are_left_out(
    finished: Path, tmp_path: Path, caplog, place, value
) -> None:
    record = json.loads((finished / "run.json").read_text())
    replaced(
        put(finished, tmp_path / "76543210") / "run.json",
        json.dumps(changed(record, place, value)),
    )
    assert load_runs(tmp_path) == []
    (warning,) = caplog.records
    assert "76543210" in warning.getMessage()
    named = next(part for part in reversed(place) if isinstance(part, str))
    # NaN and infinity make it no JSON at all; a size is told with the one that is right.
    words = (named, "no number of JSON", "28 x 28 px")
    assert any(each in warning.getMessage() for each in words)


def leave_nothing(path: Path) -> None:
    path.unlink()


def leave_empty(path: Path) -> None:
    replaced(path, "")


def leave_half(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


def leave_garbage(path: Path) -> None:
    replaced(path, "\0\N{SNOWMAN}{[" * 99)


def leave_deep(path: Path) -> None:
    replaced(path, "[" * 100_000)


def leave_huge(path: Path) -> None:
    path.unlink()
    with path.open("wb") as file:
        file.truncate(10**11)


def leave_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def leave_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def leave_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def leave_overlong(path: Path) -> None:
    """To look behind it is an error that Python does not take for a missing file."""
    path.unlink()
    path.symlink_to("a" * 300)


def leave_dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


DAMAGES: list[Callable[[Path], None]] = [
    *(leave_nothing, leave_empty, leave_half, leave_garbage, leave_deep, leave_huge),
    *(leave_directory, leave_pipe, leave_loop, leave_overlong, leave_dangling),
]
FILES = [
    *("run.json", "checkpoints/run.lock", "checkpoints/state.safetensors"),
    *("checkpoints/step-00000005.safetensors", "checkpoints/step-00000024.safetensors"),
    *("output/softmax.digits.json", "output/softmax.digits.safetensors"),
]


def test_every_file_of_a_run_may_be_broken_and_the_server_starts(
    finished: Path, tmp_path: Path, caplog
) -> None:
    """All at once beside an intact run: a cut checkpoint, an unknown design, a time of 1e300 ..."""
    runs = tmp_path / "training-runs"
    put(finished, runs / "0123abcd")
    broken = {}
    for number, (name, damage) in enumerate(itertools.product(FILES, DAMAGES)):
        directory = put(finished, runs / f"b{number:07x}")
        damage(directory / name)
        broken[directory.name] = name, damage
    record = json.loads((finished / "run.json").read_text())
    for number, mutated in enumerate(mutations(record)):
        directory = runs / f"a{number:07x}"
        directory.mkdir()
        (directory / "run.json").write_text(json.dumps(mutated))
    (runs / "c0000000").symlink_to(runs)
    (runs / "c0000001").write_text("no directory")
    (runs / "c0000002").symlink_to("a" * 300)

    settings = Settings(cache_dir=tmp_path, default_model="softmax")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        listed = client.get("/api/v1/training/runs")
        assert listed.status_code == 200
        found = {run["id"]: run for run in listed.json()["runs"]}
        models = client.get("/api/v1/models")
        assert models.status_code == 200
        ids = {model["id"] for model in models.json()["models"]}
        assert f"softmax.run-0123abcd@{STEPS}" in ids
        assert client.get("/api/v1/training").status_code == 200
        for path in (
            "models/softmax.run-deadbeef",
            "models/nothing",
            "models/softmax.run-0123abcd@9",
        ):
            answer = client.get(f"/api/v1/{path}")
            assert (answer.status_code, answer.json()["type"]) == (404, "unknown-model")
        answer = client.get("/api/v1/training/runs/deadbeef")
        assert (answer.status_code, answer.json()["type"]) == (404, "unknown-run")
        assert client.get("/api/v1/models/softmax.run-0123abcd").status_code == 200

    intact = [each["step"] for each in found["0123abcd"]["checkpoints"]]
    assert intact == kept_steps(STEPS)
    told = "\n".join(entry.getMessage() for entry in caplog.records)
    for run_id, (name, damage) in broken.items():
        if name == "run.json":
            assert run_id not in found
            # A directory without a record is no run at all; nobody misses one.
            assert (f"{run_id}/run.json" in told) != (damage is leave_nothing)
            continue
        # Of all else no more is lost than what is broken.
        kept = [each["step"] for each in found[run_id]["checkpoints"]]
        number = int(name[17:25]) if "step-" in name else None
        expected = [step for step in kept_steps(STEPS) if step != number]
        if number == STEPS:
            expected.append(STEPS)  # the result is the same network
        assert kept == expected, (name, damage)
        if number is not None and damage is not leave_nothing:
            assert f"{run_id}/{name}" in told


def test_every_field_of_every_event_may_be_anything(finished: Path, tmp_path: Path) -> None:
    """Of a run of the command line, as far as its file can be read."""
    lines = [json.loads(line) for line in (finished.parent / EVENTS_NAME).read_text().splitlines()]
    names = [event["event"] for event in lines]
    shown = [lines[names.index(name)] for name in ("started", "epoch", "progress", "ended")]
    logs = [
        [*shown[:number], mutated, *shown[number + 1 :]]
        for number, event in enumerate(shown)
        for mutated in mutations(event)
    ]
    for number, log in enumerate(logs):
        directory = tmp_path / "runs" / f"{number:08x}" / "checkpoints"
        directory.mkdir(parents=True)
        text = "".join(f"{json.dumps(event)}\n" for event in log)
        (directory / EVENTS_NAME).write_text(text)
    for number, damage in enumerate(DAMAGES):
        directory = tmp_path / "runs" / f"d{number:07x}" / "checkpoints"
        directory.mkdir(parents=True)
        shutil.copy(finished.parent / EVENTS_NAME, directory)
        damage(directory / EVENTS_NAME)

    runs = asyncio.run(followed(tmp_path / "runs"))
    assert len(logs) / 4 < len(runs) <= len(logs) + len(DAMAGES)
    check_listed(runs, tmp_path)
    assert not any(run.is_going_on for run in runs)


def test_checkpoint_of_another_network_is_told_before_it_is_opened(
    finished: Path, tmp_path: Path
) -> None:
    run = put(finished, tmp_path / "training-runs" / "0123abcd")
    path = run / "checkpoints" / f"step-{STEPS:08d}.safetensors"
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: torch.zeros(3, 3) for name in file.keys()}  # noqa: SIM118  not a mapping
    path.unlink()
    save_file(tensors, path, metadata)
    settings = Settings(cache_dir=tmp_path, default_model="softmax")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        models = "/api/v1/models/softmax.run-0123abcd"
        for step, expected in ((STEPS, "damaged"), (11, "ready")):
            weights = client.get(f"{models}@{step}/weights").json()
            assert weights["status"] == expected
        assert "another one of that run" in client.get(f"{models}/weights").json()["detail"]
        picture = client.post("/api/v1/images", files={"file": PICTURE}).json()["id"]
        answer = client.get(f"{models}/predictions?image={picture}")
        assert (answer.status_code, answer.json()["type"]) == (503, "weights-damaged")
        assert client.get(f"{models}/weights").json()["status"] == "damaged"


@pytest.mark.parametrize("damage", [leave_pipe, leave_overlong, leave_nothing])
def test_followed_checkpoint_that_is_no_file_holds_nobody(
    finished: Path, tmp_path: Path, damage
) -> None:
    """A run of the command line names its checkpoints; nobody has looked at them yet."""
    checkpoints = put(finished, tmp_path / "training-runs" / "0123abcd") / "checkpoints"
    (checkpoints.parent / "run.json").unlink()
    shutil.copy(finished.parent / EVENTS_NAME, checkpoints)
    damage(checkpoints / f"step-{STEPS:08d}.safetensors")
    settings = Settings(cache_dir=tmp_path, default_model="softmax")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        place = "/api/v1/training/runs/0123abcd/checkpoints"
        assert client.get(f"{place}/11/templates").status_code == 200
        answer = client.get(f"{place}/{STEPS}/templates")
        assert (answer.status_code, answer.json()["type"]) == (503, "weights-damaged")
        weights = client.get(f"/api/v1/models/softmax.run-0123abcd@{STEPS}/weights").json()
        assert weights["status"] == "unavailable"
        assert client.get("/api/v1/models").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        *("..", "/", "a\0b", "a" * 300, "state.safetensors", "step-00000002.safetensors"),
        *("step-1.safetensors", "step-00000001.pth"),
    ],
)
def test_checkpoint_of_an_event_has_the_name_of_its_step(
    finished: Path, tmp_path: Path, caplog, name: str
) -> None:
    """Another file would be listed as a version, and fail only where somebody opens it."""
    lines = [json.loads(line) for line in (finished.parent / EVENTS_NAME).read_text().splitlines()]
    directory = tmp_path / "0123abcd" / "checkpoints"
    directory.mkdir(parents=True)
    log = [lines[0], {**lines[1], "checkpoint": name}]
    (directory / EVENTS_NAME).write_text("".join(f"{json.dumps(event)}\n" for event in log))

    (run,) = asyncio.run(followed(tmp_path))
    assert list(run.versions) == [0]
    assert "checkpoint" in caplog.text


def test_run_of_a_former_server_is_read(finished: Path, tmp_path: Path) -> None:
    """Its record says more of the start, has no count of classes, and an empty outcome at first."""
    record = json.loads((finished / "run.json").read_text())
    events = (finished.parent / EVENTS_NAME).read_text().splitlines()
    record["started"] = {**json.loads(events[0]), "event": None}
    record["outcome"] = {"event": "ended", **record["outcome"]}
    del record["outcome"]["held_out_largest_class"]
    replaced(put(finished, tmp_path / "01234567") / "run.json", json.dumps(record))
    record |= {"outcome": {}, "state": "running", "detail": None}
    replaced(put(finished, tmp_path / "89abcdef") / "run.json", json.dumps(record))
    states = {run.id: run.state for run in load_runs(tmp_path)}
    assert states == {"01234567": "finished", "89abcdef": "interrupted"}


@pytest.mark.parametrize("damage", DAMAGES)
def test_networks_whose_record_is_broken_are_left_out(
    damage, tmp_path, monkeypatch, caplog
) -> None:
    shutil.copytree(digit_entries.TRAINED_DIRECTORY, tmp_path / "trained")
    monkeypatch.setattr(digit_entries, "TRAINED_DIRECTORY", tmp_path / "trained")
    colour = tmp_path / "trained" / trained_entries.COLOUR_RECORD.name
    monkeypatch.setattr(trained_entries, "COLOUR_RECORD", colour)
    before = {entry.id for entry in (*digit_entries.entries(), *trained_entries.entries())}
    broken = [tmp_path / "trained" / "lenet5.mnist5k.json", colour]
    for path in broken:
        damage(path)
    after = {entry.id for entry in (*digit_entries.entries(), *trained_entries.entries())}
    lost = {"lenet5.mnist5k", "alexnet_32_colour.photographs", "alexnet_32_colour.random"}
    assert before - after == lost
    told = "\n".join(entry.getMessage() for entry in caplog.records)
    if damage not in {leave_nothing, leave_dangling, leave_loop}:
        assert all(str(path) in told for path in broken)


def test_every_field_of_a_shipped_record_may_be_anything(tmp_path, caplog) -> None:
    record = json.loads(trained_entries.COLOUR_RECORD.read_text())
    path = tmp_path / "a.json"
    opened = 0
    for mutated in mutations(record):
        path.write_text(json.dumps(mutated))
        try:
            entry = trained_entries.entry_from_record(path, name="a", tag="b", origin="custom")
        except checked_fields.DamagedRecordError:
            continue
        opened += 1
        assert len(entry.labels) == entry.architecture.classes
        assert entry.preprocessing.input_shape == entry.architecture.input_shape
    assert opened > 0


def test_full_disk_is_told_with_the_run(tmp_path: Path, monkeypatch) -> None:
    """The record of a server's run: the file is named, and the server is ready for the next."""
    runs = TrainingRuns(Settings(cache_dir=tmp_path))
    run = TrainingRun("01234567", CHOICE, tmp_path / "01234567")
    run.directory.mkdir()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    trouble = asyncio.run(runs._saved(run, ("finished", "")))
    assert str(run.directory / "run.json") in trouble
    assert "No space left on device" in trouble
    assert list(run.directory.iterdir()) == []


@pytest.mark.parametrize(
    ("accuracy", "state"),
    [(0.10, "learned_nothing"), (36 / 360, "learned_nothing"), (0.2, "finished")],
)
def test_run_at_chance_has_learned_nothing(finished: Path, accuracy: float, state: str) -> None:
    (run,) = load_runs(finished.parent)
    run.outcome = Outcome("finished", "", Path("w"), accuracy, 2.3, largest_class=36)
    assert isinstance(run.started, Started)
    found, words = run.verdict()
    assert found == state
    assert f"{accuracy:.1%} of 360" in words


def test_former_run_at_chance_is_told_in_the_words_of_today(finished: Path, tmp_path: Path) -> None:
    """Servers before this one called it finished, and left no word of doubt."""
    record = json.loads((finished / "run.json").read_text())
    record["outcome"] |= {"held_out_accuracy": 0.1, "held_out_largest_class": 36}
    record["detail"] = "10.0% of 360 held-out pictures are read rightly."
    replaced(put(finished, tmp_path / "01234567") / "run.json", json.dumps(record))
    (run,) = load_runs(tmp_path)
    assert run.state == "learned_nothing"
    assert run.detail.startswith(
        "10.0% of 360 held-out pictures are read rightly. Naming one class"
    )


def test_run_that_a_limit_ended_keeps_the_word_of_it(finished: Path, tmp_path: Path) -> None:
    record = json.loads((finished / "run.json").read_text())
    record["detail"] = "Ended after 60 s, the longest that this server lets a run take. And so on."
    replaced(put(finished, tmp_path / "01234567") / "run.json", json.dumps(record))
    (run,) = load_runs(tmp_path)
    assert (run.state, run.detail) == ("finished", record["detail"])
