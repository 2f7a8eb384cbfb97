"""The folder of CONVSCOPE_MODELS_DIR: what lies there is opened when the server starts."""

import asyncio
import contextlib
import json
import logging
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from test_own_models import (
    LABELS,
    as_training_scripts_save,
    logits,
    opened,
    opened_client,
    prepared,
    problem,
    saved,
    squeezenet,
)

from app.settings import Settings
from models.errors import CheckpointRefusedError
from models.recognition.designs import open_design
from models.weights.construction import build_random
from models.weights.loading import frozen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mine"
    made.mkdir()
    return made


@pytest.fixture
def placed_settings(tmp_path: Path, settings: Settings, folder: Path) -> Settings:
    return settings.model_copy(update={"cache_dir": tmp_path / "cache", "models_dir": folder})


def with_default(settings: Settings, model_id: str) -> Settings:
    """The server waits for its default network, so that the folder has been read."""
    return settings.model_copy(update={"default_model": model_id})


def own_of(client) -> dict[str, dict]:
    models = client.get("/api/v1/models").json()["models"]
    return {each["id"]: each for each in models if each["origin"] == "custom"}


def test_a_checkpoint_with_labels_and_a_card_beside_it(
    placed_settings: Settings, folder: Path
) -> None:
    module = squeezenet()
    (folder / "My Flowers.pth").write_bytes(as_training_scripts_save(module))
    (folder / "My Flowers.labels.txt").write_text("\n".join(LABELS))
    card = {"preprocessing": {"resize": 256}, "title": "The flowers"}
    (folder / "My Flowers.card.json").write_text(json.dumps(card))
    name = "squeezenet1_1.my-flowers"
    with opened_client(with_default(placed_settings, name)) as client:
        assert client.get("/api/v1/models").json()["default_model"] == name
        model = own_of(client)[name]
        assert (model["title"], model["assumed"]) == ("The flowers", [])
        with torch.inference_mode():
            expected = module(prepared())[0].numpy()
        found = logits(client, name, 7)
        np.testing.assert_allclose(
            [found[index] for index in range(7)], expected, rtol=1e-5, atol=1e-6
        )
        address = f"/api/v1/models/{name}"
        assert "CONVSCOPE_MODELS_DIR" in problem(client.delete(address), 409, "not-yours")
    assert {path.name for path in folder.iterdir()} == {
        *("My Flowers.pth", "My Flowers.labels.txt", "My Flowers.card.json")
    }


def test_a_folder_of_timm_brings_labels_and_preparation(
    placed_settings: Settings, folder: Path
) -> None:
    module = frozen(build_random(open_design("timm_resnet18").build(3, 3), seed=2))
    place = folder / "pets"
    place.mkdir()
    save_file(module.state_dict(), place / "model.safetensors")
    config = {
        "architecture": "resnet18",
        "num_classes": 3,
        "label_names": ["cat", "dog", "hamster"],
        "pretrained_cfg": {
            "input_size": [3, 224, 224],
            "crop_pct": 0.875,
            "interpolation": "bilinear",
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
        },
    }
    (place / "config.json").write_text(json.dumps(config))
    with opened_client(with_default(placed_settings, "timm_resnet18.pets")) as client:
        model = own_of(client)["timm_resnet18.pets"]
        assert (model["assumed"], model["classes"]) == ([], 3)
        query = {"image": "example-chelsea", "top": 3}
        answer = client.get("/api/v1/models/timm_resnet18.pets/predictions", params=query).json()
        assert {each["label"] for each in answer["classes"]} == {"cat", "dog", "hamster"}
        with torch.inference_mode():
            expected = module(prepared())[0].numpy()
        found = logits(client, "timm_resnet18.pets", 3)
        np.testing.assert_allclose(
            [found[index] for index in range(3)], expected, rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("zipped", [False, True])
def test_what_was_opened_elsewhere_opens_here(
    placed_settings: Settings, folder: Path, tmp_path: Path, zipped: bool
) -> None:
    elsewhere = placed_settings.model_copy(
        update={"cache_dir": tmp_path / "other", "models_dir": None}
    )
    with opened_client(elsewhere) as client:
        model = opened(client, as_training_scripts_save(squeezenet()), labels=LABELS)
        expected = logits(client, model["id"], 7)
    made = tmp_path / "other" / "models" / model["id"]
    if zipped:
        with zipfile.ZipFile(folder / "flowers.zip", "w") as archive:
            for path in made.iterdir():
                archive.write(path, f"flowers/{path.name}")
    else:
        made.rename(folder / "flowers")
    with opened_client(with_default(placed_settings, model["id"])) as client:
        assert own_of(client)[model["id"]]["parameters"] == model["parameters"]
        assert logits(client, model["id"], 7) == expected


def test_what_cannot_be_opened_is_told_and_the_rest_opens(
    placed_settings: Settings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "a.pth").write_bytes(b"GIF89a nothing")
    (folder / "b.safetensors").write_bytes(b"")
    (folder / "c.zip").write_bytes(b"PK\x03\x04")
    (folder / "d").mkdir()
    (folder / "d" / "config.json").write_text("{}")
    (folder / "e.pth").write_bytes(saved({"lr": 0.1}))
    (folder / "notes.txt").write_text("not a network")
    (folder / "z.pth").write_bytes(as_training_scripts_save(squeezenet()))
    with (
        caplog.at_level(logging.WARNING),
        opened_client(with_default(placed_settings, "squeezenet1_1.z")) as client,
    ):
        assert set(own_of(client)) == {"squeezenet1_1.z"}
    told = "\n".join(each.message for each in caplog.records)
    for name in ("a.pth", "b.safetensors", "c.zip", "e.pth"):
        assert f"{folder / name} is left out" in told
    assert f"{folder / 'd'} is left out" in told


def test_it_is_made_once(placed_settings: Settings, folder: Path) -> None:
    (folder / "net.pth").write_bytes(as_training_scripts_save(squeezenet()))
    made = placed_settings.cache_dir / "placed-models"
    for _ in range(2):
        with opened_client(with_default(placed_settings, "squeezenet1_1.net")) as client:
            assert logits(client, "squeezenet1_1.net", 7)
        places = {path.name: (path / "card.json").stat().st_mtime_ns for path in made.iterdir()}
        assert len(places) == 1
    first = next(iter(places))
    # Other content under the same name is another network.
    (folder / "net.pth").write_bytes(as_training_scripts_save(squeezenet(classes=3)))
    with opened_client(with_default(placed_settings, "squeezenet1_1.net")) as client:
        assert len(logits(client, "squeezenet1_1.net", 3)) == 3
    assert {path.name for path in made.iterdir()} > {first}


def test_a_default_that_is_nowhere_ends_the_start(placed_settings: Settings) -> None:
    with (
        pytest.raises(Exception, match=r"no model 'resnet18\.nowhere'"),
        opened_client(with_default(placed_settings, "resnet18.nowhere")),
    ):
        pass


@pytest.mark.parametrize("as_bundle", [False, True])
def test_more_can_be_said_of_it_and_its_folder_stays_as_it_is(
    placed_settings: Settings, folder: Path, tmp_path: Path, as_bundle: bool
) -> None:
    if as_bundle:
        elsewhere = placed_settings.model_copy(
            update={"cache_dir": tmp_path / "other", "models_dir": None}
        )
        with opened_client(elsewhere) as client:
            name = opened(client, as_training_scripts_save(squeezenet()), name="mine")["id"]
        (tmp_path / "other" / "models" / name).rename(folder / "mine")
    else:
        name = "squeezenet1_1.mine"
        (folder / "mine.pth").write_bytes(as_training_scripts_save(squeezenet()))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    address = f"/api/v1/models/{name}"
    with opened_client(with_default(placed_settings, name)) as client:
        assert own_of(client)[name]["assumed"] == ["labels", "preprocessing"]
        answer = client.patch(address, json={"labels": LABELS, "preprocessing": {}})
        assert (answer.status_code, answer.json()["assumed"]) == (200, [])
        assert client.get(address).json()["labels"] == LABELS
    with opened_client(with_default(placed_settings, name)) as client:
        assert own_of(client)[name]["assumed"] == []
        assert client.get(address).json()["labels"] == LABELS
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def with_default_file(settings: Settings, name: str) -> Settings:
    return settings.model_copy(update={"default_file": name})


def readiness(client) -> dict:
    """What `/readyz` says once the default network is in memory, or never will be."""
    with contextlib.suppress(CheckpointRefusedError):
        client.portal.call(asyncio.wait_for, client.app.state.services.warm_up, 60)
    return client.get("/readyz").json()


def test_the_default_file_is_the_default_and_comes_before_what_was_kept(
    placed_settings: Settings, folder: Path
) -> None:
    kept_settings = placed_settings.model_copy(update={"models_dir": None})
    with opened_client(kept_settings) as client:
        name = opened(client, as_training_scripts_save(squeezenet()), name="net")["id"]
    (folder / "net.pth").write_bytes(as_training_scripts_save(squeezenet(classes=3)))
    (folder / "a.pth").write_bytes(b"GIF89a nothing")
    with opened_client(with_default_file(placed_settings, "net.pth")) as client:
        assert readiness(client)["default_model"] == name
        models = client.get("/api/v1/models").json()["models"]
        assert [each["classes"] for each in models if each["id"] == name] == [3]
        assert client.get(f"/api/v1/models/{name}").json()["classes"] == 3
        address = f"/api/v1/models/{name}"
        assert client.patch(address, json={"labels": LABELS[:3]}).status_code == 200
        assert client.get(address).json()["labels"] == LABELS[:3]
        problem(client.delete(address), 409, "not-yours")
    with opened_client(kept_settings) as client:
        assert own_of(client)[name]["classes"] == 7, "the one that was kept is as it was"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken.pth", "broken.pth could not be loaded: "),
        ("nothing.pth", "nothing.pth could not be loaded: There is no such file or folder."),
        ("notes.txt", "notes.txt could not be loaded: It is no checkpoint"),
    ],
)
def test_why_the_default_file_cannot_be_opened_is_told(
    name: str, words: str, placed_settings: Settings, folder: Path
) -> None:
    (folder / "broken.pth").write_bytes(b"GIF89a nothing")
    (folder / "notes.txt").write_text("not a network")
    with opened_client(with_default_file(placed_settings, name)) as client:
        answer = readiness(client)
        assert (answer["type"], answer["detail"][: len(words)]) == ("not-ready", words)


def test_two_networks_of_one_name_are_both_there(placed_settings: Settings, folder: Path) -> None:
    for number, classes in enumerate((3, 7, 5)):
        place = folder / f"{number}.pth"
        place.write_bytes(as_training_scripts_save(squeezenet(classes=classes)))
        # One that the catalogue has already.
        (folder / f"{number}.card.json").write_text(json.dumps({"name": "random"}))
    with opened_client(with_default_file(placed_settings, "1.pth")) as client:
        assert readiness(client)["default_model"] == "squeezenet1_1.random-2"
    with opened_client(with_default(placed_settings, "squeezenet1_1.random-4")) as client:
        found = {name: model["classes"] for name, model in own_of(client).items()}
        assert found == {f"squeezenet1_1.random-{n}": size for n, size in ((2, 3), (3, 7), (4, 5))}
        address = "/api/v1/models/squeezenet1_1.random-3"
        changed = client.patch(address, json={"labels": LABELS})
        assert changed.status_code == 200, changed.text
        assert client.get(address).json()["labels"] == LABELS
        assert own_of(client)["squeezenet1_1.random-2"]["classes"] == 3


def test_a_default_file_is_a_name_in_the_folder(folder: Path) -> None:
    with pytest.raises(ValueError, match="models_dir, which is not set"):
        Settings(default_file="net.pth")
    with pytest.raises(ValueError, match="not a path"):
        Settings(models_dir=folder, default_file="../net.pth")
    assert Settings(models_dir=folder, default_file="net.pth").default_file == "net.pth"
