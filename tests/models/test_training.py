"""The training command, and the networks it has trained: run for real, on real digits."""

import dataclasses
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from models.catalogue.catalogue import catalogue
from models.data.datasets import DATASETS, LabelledPictures, mnist5k
from models.disk.trained import TRAINED_DIRECTORY
from models.disk.whole_files import write_atomically
from models.training import command as training
from models.training.recipes import RECIPES, Jitter
from models.training.record import measure
from models.training.run import Training, one_thread

REPOSITORY = Path(__file__).parents[2]
CONVOLUTIONAL = ["alexnet_32", "zfnet_32", "vgg_32", "googlenet_32", "resnet8_32"]
CONVOLUTIONAL += ["dilated_net", "separable_net"]
SHIPPED = ["softmax", "mlp", "lenet5", *CONVOLUTIONAL]
THRESHOLDS = {"softmax": 0.88, "mlp": 0.95, "lenet5": 0.97} | dict.fromkeys(CONVOLUTIONAL, 0.975)


@pytest.fixture(scope="module")
def digits():
    return mnist5k()


@pytest.fixture(autouse=True)
def private_cache(monkeypatch, tmp_path_factory):
    """Runs keep their state here, not in the cache of whoever runs the tests."""
    monkeypatch.setenv("CONVSCOPE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def quick_data(monkeypatch, digits):
    """Commands run inside this process use the digits that are already read."""
    monkeypatch.setitem(DATASETS, "mnist5k", lambda: digits)


def shipped_path(architecture):
    return TRAINED_DIRECTORY / f"{architecture}.mnist5k.safetensors"


def shipped_record(architecture):
    return json.loads(shipped_path(architecture).with_suffix(".json").read_text())


def command(*arguments):
    return [sys.executable, "-m", "models.training", *map(str, arguments)]


def run_command(*arguments):
    return subprocess.run(
        command(*arguments), cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


# What is done to a picture before the network sees it.


def test_jitter_of_zero_changes_nothing():
    pictures = torch.rand(2, 1, 28, 28)
    assert torch.equal(Jitter().apply(pictures, torch.Generator()), pictures)


@pytest.mark.parametrize(
    "jitter", [Jitter(shift_px=2), Jitter(rotation_degrees=15), Jitter(scale=0.15)]
)
def test_jitter_moves_a_dot_no_further_than_it_says(jitter):
    # A dot 8 px right of the centre: it may move 2 px by shift, 8*sin(15 deg) = 2.1 px by rotation,
    # 8*0.15/0.85 = 1.4 px by scale; interpolation keeps its centre of mass to a fraction of a px.
    pictures = torch.zeros(200, 1, 28, 28)
    pictures[:, :, 13:15, 21:23] = 1.0
    moved = jitter.apply(pictures, torch.Generator().manual_seed(5))[:, 0]
    grid = torch.arange(28) + 0.5
    mass = moved.sum((1, 2))
    y = (moved.sum(2) * grid).sum(1) / mass
    x = (moved.sum(1) * grid).sum(1) / mass
    distance = (x - 22).hypot(y - 14)
    limit = {Jitter(shift_px=2): 2 * 2**0.5}.get(jitter, 2.1)
    assert distance.max() < limit + 0.3
    assert distance.max() > 0.6 * limit * (1.4 / 2.1 if jitter.scale else 1)
    assert distance.std() > 0.1


def test_lenet_input_has_the_levels_and_the_border_of_the_paper(digits):
    pictures = digits.held_out.pictures[:50]
    prepared = RECIPES["lenet5"].prepare(pictures)
    assert prepared.shape == (50, 1, 32, 32)
    # Background -0.1, ink 1.175; 28 x 28 in the middle of 32 x 32.
    assert prepared.min().item() == pytest.approx(-0.1, abs=1e-6)
    assert prepared.max().item() == pytest.approx(1.175, abs=1e-6)
    torch.testing.assert_close(prepared[:, :, 2:-2, 2:-2], pictures * 1.275 - 0.1)
    border = prepared.clone()
    border[:, :, 2:-2, 2:-2] = -0.1
    torch.testing.assert_close(border, torch.full_like(border, -0.1))


@pytest.mark.parametrize("architecture", SHIPPED)
def test_training_prepares_pictures_as_the_catalogue_does(architecture):
    entry = catalogue().resolve(f"{architecture}.mnist5k")
    assert RECIPES[architecture].preprocessing == entry.preprocessing


# The networks that are shipped.


@pytest.mark.parametrize(
    "architecture",
    [
        # At full resolution throughout, or convolving channel by channel: seconds each.
        pytest.param(each, marks=[pytest.mark.full] if each.endswith("_net") else [])
        for each in SHIPPED
    ],
)
def test_shipped_network_is_as_accurate_as_its_record_says(architecture, digits):
    record = shipped_record(architecture)
    recipe = RECIPES[architecture]
    network = recipe.build().eval()
    network.load_state_dict(load_file(shipped_path(architecture)))
    with torch.no_grad():
        answers = network(recipe.prepare(digits.held_out.pictures)).argmax(1)
    truth = digits.held_out.labels
    accuracy = (answers == truth).sum().item() / 1000
    assert accuracy == record["held_out_accuracy"]
    assert accuracy >= THRESHOLDS[architecture]
    confusion = [[0] * 10 for _ in range(10)]
    for true, answer in zip(truth.tolist(), answers.tolist(), strict=True):
        confusion[true][answer] += 1
    assert confusion == record["confusion"]


@pytest.mark.parametrize("architecture", SHIPPED)
def test_shipped_record_belongs_to_its_file_and_to_the_present_recipe(architecture):
    record = shipped_record(architecture)
    contents = shipped_path(architecture).read_bytes()
    assert hashlib.sha256(contents).hexdigest() == record["weights_sha256"]
    assert record["architecture"] == architecture
    assert record["data"]["split_seed"] == 0
    assert (record["data"]["training_pictures"], record["data"]["held_out_pictures"]) == (
        4000,
        1000,
    )
    recipe = RECIPES[architecture]
    assert record["epochs"] == recipe.epochs
    assert record["batch_size"] == recipe.batch_size
    assert record["optimiser"]["learning_rate"] == recipe.learning_rate
    assert record["optimiser"]["momentum"] == recipe.momentum
    assert record["optimiser"]["weight_decay"] == recipe.weight_decay
    assert Jitter(**record["jitter"]) == recipe.jitter
    assert record["torch_version"].split("+")[0] == "2.13.0"


@pytest.mark.full
@pytest.mark.parametrize("architecture", SHIPPED)
def test_training_again_reaches_the_shipped_accuracy(architecture, tmp_path):
    finished = run_command(architecture, "--output", tmp_path)
    assert finished.returncode == 0, finished.stderr
    record = json.loads((tmp_path / f"{architecture}.mnist5k.json").read_text())
    shipped = shipped_record(architecture)
    if record["weights_sha256"] == shipped["weights_sha256"]:
        return
    # Another processor adds in another order, and 5,000 steps amplify the difference of one bit:
    # the same network up to a few doubtful digits.
    assert record["held_out_accuracy"] == pytest.approx(shipped["held_out_accuracy"], abs=0.005)


# The command.


def test_one_epoch_from_the_command_line_shows_its_progress_and_writes_two_files(tmp_path):
    finished = run_command("softmax", "--epochs", 1, "--seed", 7, "--output", tmp_path)
    assert finished.returncode == 0, finished.stderr
    for word in ("epoch 1/1", "loss=", "accuracy="):
        assert word in finished.stderr
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["softmax.mnist5k.json", "softmax.mnist5k.safetensors"]
    record = json.loads((tmp_path / names[0]).read_text())
    assert f"{record['held_out_accuracy']:.1%}" in finished.stdout
    assert (record["epochs"], record["seed"]) == (1, 7)
    # One epoch already beats guessing by far, and cannot be the full training.
    assert 0.7 < record["held_out_accuracy"] < 0.95


@pytest.mark.usefixtures("quick_data")
def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path):
    weights, records = [], []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        output = tmp_path / name
        arguments = ["lenet5", "--epochs", "1", "--seed", str(seed), "--output", str(output)]
        assert training.main(arguments) == 0
        weights.append((output / "lenet5.mnist5k.safetensors").read_bytes())
        record = json.loads((output / "lenet5.mnist5k.json").read_text())
        del record["wall_seconds"]
        records.append(record)
    assert weights[0] == weights[1]
    assert records[0] == records[1]
    assert weights[0] != weights[2]


@pytest.mark.usefixtures("quick_data")
def test_a_loss_that_is_no_number_is_reported_and_writes_nothing(tmp_path, capsys):
    code = training.main(["softmax", "--learning-rate", "1e38", "--output", str(tmp_path)])
    assert code == 1
    assert "diverged in epoch 1" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("quick_data")
def test_weights_that_the_very_last_step_ruined_are_not_written(tmp_path, capsys):
    arguments = ["softmax", "--learning-rate", "1e38", "--epochs", "1", "--batch-size", "4000"]
    assert training.main([*arguments, "--output", str(tmp_path)]) == 1
    assert "diverged" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["alexnet"], "'alexnet'.*lenet5.*mlp.*softmax"),
        (["softmax", "--data", "cifar"], "mnist5k"),
        (["softmax", "--epochs", "0"], "--epochs.*'0'"),
        (["softmax", "--epochs", "2.5"], "--epochs.*'2.5'"),
        (["softmax", "--batch-size", "-1"], "--batch-size"),
        (["softmax", "--learning-rate", "nan"], "--learning-rate.*'nan'"),
        (["softmax", "--learning-rate", "inf"], "--learning-rate.*'inf'"),
        (["softmax", "--learning-rate", "-0.1"], "--learning-rate"),
        (["softmax", "--seed", "99999999999999999999"], "--seed"),
        ([], "architecture"),
    ],
)
def test_wrong_arguments_are_named_and_end_with_code_2(arguments, complaint, capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        training.main([*arguments, "--output", str(tmp_path / "new")])
    assert ended.value.code == 2
    assert re.search(complaint, capsys.readouterr().err)
    assert not (tmp_path / "new").exists()


def test_output_that_cannot_be_a_directory_is_refused_before_training(tmp_path, capsys):
    occupied = tmp_path / "file"
    occupied.write_text("mine")
    assert training.main(["softmax", "--output", str(occupied)]) == 1
    complaint = capsys.readouterr().err
    assert str(occupied) in complaint
    assert "epoch" not in complaint
    assert occupied.read_text() == "mine"


@pytest.mark.usefixtures("_children_hear_sigint")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopping_a_training_leaves_no_file(stop, tmp_path):
    running = subprocess.Popen(
        command("softmax", "--epochs", 100_000, "--output", tmp_path),
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
    )
    with running:
        said = b""
        while b"epoch 1/" not in said:
            part = os.read(running.stderr.fileno(), 4096)
            assert part, said
            said += part
        running.send_signal(stop)
        _, rest = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"Interrupted" in rest
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("interrupted_call", ["fsync", "replace"])
def test_being_interrupted_while_writing_leaves_the_old_files(
    interrupted_call, tmp_path, monkeypatch
):
    weights, record = tmp_path / "w.safetensors", tmp_path / "w.json"
    weights.write_bytes(b"old weights")
    record.write_bytes(b"old record")

    def interrupt(*_arguments):
        raise KeyboardInterrupt

    owner = os if interrupted_call == "fsync" else Path
    monkeypatch.setattr(owner, interrupted_call, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically({record: b"new record", weights: b"new weights"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "w.safetensors": b"old weights",
        "w.json": b"old record",
    }


@pytest.mark.usefixtures("quick_data")
def test_record_is_in_place_before_the_weights_that_need_it(tmp_path, monkeypatch):
    order = []
    real = Path.replace

    def replace(self, target):
        if Path(target).parent == tmp_path:
            order.append(Path(target).name)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    assert training.main(["softmax", "--epochs", "1", "--output", str(tmp_path)]) == 0
    assert order == ["softmax.mnist5k.json", "softmax.mnist5k.safetensors"]


def test_training_leaves_torch_as_it_found_it(digits):
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    recipe = dataclasses.replace(RECIPES["softmax"], epochs=1, batch_size=1000)
    with one_thread():
        run = Training(recipe, digits.training, seed=0)
        while not run.is_finished:
            run.advance()
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_measure_counts_true_classes_in_rows_and_answers_in_columns():
    class AlwaysFour(torch.nn.Module):
        def forward(self, pictures):
            return torch.nn.functional.one_hot(torch.full((len(pictures),), 4), 10) * 100.0

    recipe = dataclasses.replace(RECIPES["softmax"], build=AlwaysFour)
    data = LabelledPictures(torch.zeros(3, 1, 28, 28), torch.tensor([4, 4, 9]))
    loss, confusion = measure(AlwaysFour(), recipe, data)
    assert confusion.nonzero().tolist() == [[4, 4], [9, 4]]
    assert (confusion[4, 4].item(), confusion[9, 4].item()) == (2, 1)
    # Two sure and right, one sure and wrong by 100 nats.
    assert loss == pytest.approx(100 / 3)
