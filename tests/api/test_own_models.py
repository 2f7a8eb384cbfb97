"""Networks of one's own over HTTP: sent, recognised, opened, told more of, forgotten, kept."""

import errno
import io
import json
import os
import re
import resource
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image
from published import EXAMPLES
from safetensors.torch import save as saved_as_safetensors
from torch import nn
from torch.nn import functional

import convscope
from app.main import create_app
from app.settings import Settings
from models.recognition.designs import open_design
from models.weights.construction import build_random
from models.weights.loading import frozen

LABELS = ["daisy", "rose", "tulip", "iris", "lily", "poppy", "aster"]


@pytest.fixture
def own_settings(tmp_path: Path, settings: Settings) -> Settings:
    return settings.model_copy(update={"cache_dir": tmp_path / "cache"})


def opened_client(settings: Settings, listening_on: str = "127.0.0.1") -> TestClient:
    return TestClient(
        create_app(settings, listening_on),
        base_url="http://127.0.0.1",
        client=("127.0.0.1", 50000),
        raise_server_exceptions=False,
    )


@pytest.fixture
def client(own_settings: Settings) -> Iterator[TestClient]:
    with opened_client(own_settings) as test_client:
        yield test_client


def squeezenet(classes: int = 7, channels: int = 3) -> nn.Module:
    return frozen(build_random(open_design("squeezenet1_1").build(classes, channels), seed=5))


def saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def as_training_scripts_save(module: nn.Module) -> bytes:
    tensors = {f"module.{name}": tensor for name, tensor in module.state_dict().items()}
    return saved({"state_dict": tensors, "optimizer": {"state": {}, "lr": 0.1}, "epoch": 3})


def send(client: TestClient, data: bytes, name: str = "best.pth") -> dict:
    answer = client.post("/api/v1/checkpoints", files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def opened(client: TestClient, data: bytes, name: str = "flowers", **said: object) -> dict:
    checkpoint = send(client, data)["id"]
    answer = client.post("/api/v1/models", json={"checkpoint": checkpoint, "name": name, **said})
    assert answer.status_code == 201, answer.text
    return answer.json()


def problem(answer, status: int, slug: str) -> str:
    assert (answer.status_code, answer.json().get("type")) == (status, slug), answer.text
    return answer.json()["detail"]


def prepared(size: int = 224, resize: int = 256) -> torch.Tensor:
    """The example as torchvision's evaluation preset prepares it, written out."""
    picture = Image.open(EXAMPLES / "chelsea.png").convert("RGB")
    width, height = picture.size
    scale = resize / min(width, height)
    resized = picture.resize(
        (max(resize, int(width * scale)), max(resize, int(height * scale))),
        Image.Resampling.BILINEAR,
    )
    left, top = round((resized.width - size) / 2), round((resized.height - size) / 2)
    pixels = np.asarray(resized.crop((left, top, left + size, top + size)), np.float32) / 255
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    std = np.array([0.229, 0.224, 0.225], np.float32)
    return torch.from_numpy(((pixels - mean) / std).transpose(2, 0, 1)[None])


def logits(client: TestClient, model_id: str, top: int) -> dict[int, float]:
    answer = client.get(
        f"/api/v1/models/{model_id}/predictions", params={"image": "example-chelsea", "top": top}
    )
    assert answer.status_code == 200, answer.text
    return {each["index"]: each["logit"] for each in answer.json()["classes"]}


def test_what_was_sent_is_recognised_and_opens_with_its_own_numbers(client: TestClient) -> None:
    module = squeezenet()
    sent = send(client, as_training_scripts_save(module))
    best = sent["candidates"][0]
    assert (sent["format"], sent["tensors"], sent["left_aside"]) == (
        "torch",
        52,
        ["optimizer", "epoch"],
    )
    assert (best["architecture"], best["library"], best["classes"]) == (
        "squeezenet1_1",
        "torchvision",
        7,
    )
    assert (best["matched"], best["missing"], best["is_complete"]) == (52, [], True)

    body = {"checkpoint": sent["id"], "name": "my-flowers", "labels": LABELS}
    answer = client.post("/api/v1/models", json=body)
    assert answer.status_code == 201, answer.text
    model = answer.json()
    assert (model["id"], model["origin"]) == ("squeezenet1_1.my-flowers", "custom")
    assert model["assumed"] == ["preprocessing"]
    assert answer.headers["location"] == "/api/v1/models/squeezenet1_1.my-flowers"

    with torch.inference_mode():
        expected = module(prepared())[0]
    found = logits(client, model["id"], 7)
    np.testing.assert_allclose(
        [found[index] for index in range(7)], expected.numpy(), rtol=1e-5, atol=1e-6
    )
    answer = client.get(
        f"/api/v1/models/{model['id']}/predictions", params={"image": "example-chelsea", "top": 1}
    ).json()
    assert answer["classes"][0]["label"] == LABELS[int(expected.argmax())]


def test_its_layers_are_those_of_the_module(client: TestClient) -> None:
    module = squeezenet()
    model = opened(client, as_training_scripts_save(module))
    kept: dict[str, torch.Tensor] = {}
    module.features[3].squeeze.register_forward_hook(
        lambda _, __, value: kept.update(value=value.clone())
    )
    with torch.inference_mode():
        module(prepared())
    answer = client.get(
        f"/api/v1/models/{model['id']}/layers/features.3.squeeze/activations",
        params={"image": "example-chelsea", "format": "npy"},
    )
    assert answer.status_code == 200, answer.text
    found = np.load(io.BytesIO(answer.content))
    np.testing.assert_allclose(found, kept["value"][0].numpy(), rtol=1e-5, atol=1e-5)


def test_networks_and_uploads_are_there_tomorrow(own_settings: Settings) -> None:
    data = as_training_scripts_save(squeezenet())
    with opened_client(own_settings) as client:
        model = opened(client, data, labels=LABELS)
        before = logits(client, model["id"], 7)
        sent = send(client, data)
    with opened_client(own_settings) as client:
        listed = client.get("/api/v1/models").json()["models"]
        assert model in listed
        assert logits(client, model["id"], 7) == before
        assert client.get(f"/api/v1/checkpoints/{sent['id']}").json() == sent
        assert client.get("/api/v1/checkpoints").json() == {"checkpoints": [sent]}


def test_labels_and_preparation_are_changed_and_answers_with_them(client: TestClient) -> None:
    model = opened(client, as_training_scripts_save(squeezenet()))
    address = f"/api/v1/models/{model['id']}"
    assert model["assumed"] == ["labels", "preprocessing"]
    query = {"image": "example-chelsea", "top": 7}
    before = client.get(f"{address}/predictions", params=query)
    assert {each["label"] for each in before.json()["classes"]} == {f"class {n}" for n in range(7)}

    changed = client.patch(address, json={"labels": LABELS, "preprocessing": {}})
    assert (changed.status_code, changed.json()["assumed"]) == (200, [])
    tag = {"If-None-Match": before.headers["etag"]}
    after = client.get(f"{address}/predictions", params=query, headers=tag)
    assert after.status_code == 200
    assert {each["label"] for each in after.json()["classes"]} == set(LABELS)
    for one, other in zip(before.json()["classes"], after.json()["classes"], strict=True):
        assert one["logit"] == other["logit"]

    client.patch(address, json={"preprocessing": {"resize": None, "channel_order": "bgr"}})
    assert logits(client, model["id"], 7) != logits_of(after)
    described = client.get(address).json()["preprocessing"]
    assert (described["resize"], described["channel_order"]) == (None, "bgr")


def logits_of(answer) -> dict[int, float]:
    return {each["index"]: each["logit"] for each in answer.json()["classes"]}


def test_colours_in_the_other_order_are_the_same_pixels_turned(client: TestClient) -> None:
    """What a BGR network sees is what an RGB one sees with its axes turned; shown it is upright."""
    rgb = opened(client, as_training_scripts_save(squeezenet()), name="rgb")
    bgr = opened(
        client,
        as_training_scripts_save(squeezenet()),
        name="bgr",
        preprocessing={
            "channel_order": "bgr",
            "mean": [0.406, 0.456, 0.485],
            "std": [0.225, 0.224, 0.229],
        },
    )
    inputs, shown = {}, {}
    for model in (rgb, bgr):
        query = {"image": "example-chelsea"}
        address = f"/api/v1/models/{model['id']}/input"
        answer = client.get(address, params={**query, "format": "npy"})
        inputs[model["tag"]] = np.load(io.BytesIO(answer.content))
        answer = client.get(address, params={**query, "format": "png"})
        shown[model["tag"]] = np.asarray(Image.open(io.BytesIO(answer.content)))
    np.testing.assert_array_equal(inputs["bgr"], inputs["rgb"][:, ::-1])
    np.testing.assert_array_equal(shown["bgr"], shown["rgb"])


def test_forgetting_is_for_good(own_settings: Settings) -> None:
    with opened_client(own_settings) as client:
        model = opened(client, as_training_scripts_save(squeezenet()))
        address = f"/api/v1/models/{model['id']}"
        assert logits(client, model["id"], 7)
        assert client.delete(address).status_code == 204
        problem(client.get(f"{address}/predictions?image=example-chelsea"), 404, "unknown-model")
        problem(client.delete(address), 404, "unknown-model")
        # Another of this name answers with its own numbers.
        again = opened(client, as_training_scripts_save(squeezenet(classes=5)))
        assert len(logits(client, again["id"], 5)) == 5
        assert client.delete(address).status_code == 204
    assert not list((own_settings.cache_dir / "models").iterdir())


class Leaky(nn.Module):
    """Two of these have the same tensors, and compute something else."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.slope = slope
        self.conv, self.fc = nn.Conv2d(3, 8, 3, 2), nn.Linear(8, 5)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.fc(functional.leaky_relu(self.conv(pixels), self.slope).mean((2, 3)))


def test_another_bundle_of_a_forgotten_name_computes_its_own_numbers(
    client: TestClient, tmp_path: Path
) -> None:
    picture = Image.open(EXAMPLES / "chelsea.png").convert("RGB")
    pixels = np.asarray(picture.resize((32, 32), Image.Resampling.BILINEAR), np.float32) / 255
    prepared_as_it_is = torch.from_numpy(pixels.transpose(2, 0, 1)[None])
    for slope in (0.0, 0.5):
        module = Leaky(slope).eval()
        bundle = convscope.export(
            module,
            tmp_path / f"{slope}.zip",
            input_shape=(3, 32, 32),
            preprocessing={"resize": None, "mean": [0, 0, 0], "std": [1, 1, 1]},
        )
        model = opened(client, bundle.read_bytes(), name="mine")
        with torch.inference_mode():
            expected = module(prepared_as_it_is)[0].numpy()
        found = logits(client, model["id"], 5)
        np.testing.assert_allclose(
            [found[index] for index in range(5)], expected, rtol=1e-5, atol=1e-6
        )
        assert client.delete(f"/api/v1/models/{model['id']}").status_code == 204


@pytest.mark.parametrize("model_id", ["lenet5.mnist5k", "resnet18.random"])
def test_what_ships_can_be_neither_changed_nor_forgotten(client: TestClient, model_id: str) -> None:
    address = f"/api/v1/models/{model_id}"
    problem(client.delete(address), 409, "not-yours")
    problem(client.patch(address, json={"labels": None}), 409, "not-yours")


@pytest.mark.parametrize(
    ("said", "slug", "words"),
    [
        ({"name": "Über"}, "invalid-parameter", "small letters"),
        ({"name": "../x"}, "invalid-parameter", "small letters"),
        ({"labels": ["one", "two"]}, "invalid-parameter", "2 labels"),
        ({"labels": [*LABELS[:6], "a\x00b"]}, "invalid-parameter", "Label 6"),
        ({"preprocessing": {"mean": [0.5]}}, "invalid-parameter", "3 channels"),
        ({"preprocessing": {"std": [0.5, 0, 0.5]}}, "invalid-parameter", "positive"),
        ({"preprocessing": {"interpolation": "area"}}, "invalid-parameter", "bicubic"),
        ({"input_shape": [1, 224, 224]}, "invalid-parameter", "channels"),
        ({"input_shape": [3, 0, 224]}, "invalid-parameter", "px"),
        ({"architecture": "vgg16"}, "bad-checkpoint", "squeezenet1_1"),
        ({"checkpoint": "0" * 32}, "unknown-checkpoint", "upload it again"),
        ({"checkpoint": "../../etc/passwd"}, "unknown-checkpoint", "upload it again"),
        ({"colour": 1}, "invalid-parameter", ""),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    client: TestClient, own_settings: Settings, said: dict, slug: str, words: str
) -> None:
    sent = send(client, as_training_scripts_save(squeezenet()))
    body = {"checkpoint": sent["id"], "name": "flowers", **said}
    answer = client.post("/api/v1/models", json=body)
    assert answer.status_code in {404, 422}
    assert words in problem(answer, answer.status_code, slug)
    assert not [*(own_settings.cache_dir / "models").glob("*")]


def test_a_name_is_taken_once(client: TestClient) -> None:
    opened(client, as_training_scripts_save(squeezenet()), name="flowers")
    sent = send(client, as_training_scripts_save(squeezenet()))
    for name in ("flowers", "random"):
        answer = client.post("/api/v1/models", json={"checkpoint": sent["id"], "name": name})
        assert "already" in problem(answer, 409, "name-taken")


def test_near_misses_name_what_differs(client: TestClient) -> None:
    tensors = squeezenet().state_dict()
    tensors["classifier.1.0.weight"] = tensors.pop("classifier.1.weight")
    sent = send(client, saved(tensors))
    best = sent["candidates"][0]
    assert (best["architecture"], best["is_complete"]) == ("squeezenet1_1", False)
    assert (best["missing"], best["unexpected"]) == (
        ["classifier.1.weight"],
        ["classifier.1.0.weight"],
    )
    answer = client.post("/api/v1/models", json={"checkpoint": sent["id"], "name": "flowers"})
    assert "classifier.1.0.weight" in problem(answer, 422, "bad-checkpoint")


def test_tensors_of_nothing_known_are_refused_and_not_kept(
    client: TestClient, own_settings: Settings
) -> None:
    tensors = {f"layers.{n}.attention.wq.weight": torch.zeros(8, 8) for n in range(20)}
    answer = client.post(
        "/api/v1/checkpoints", files={"file": ("m.safetensors", saved_as_safetensors(tensors))}
    )
    assert "convscope export" in problem(answer, 422, "bad-checkpoint")
    assert not list((own_settings.cache_dir / "checkpoints").iterdir())


class Hostile:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return Path.touch, (self.canary,)


def test_code_in_a_pickle_is_not_run(
    client: TestClient, own_settings: Settings, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    tensors = squeezenet().state_dict()
    for content in (
        Hostile(canary),
        {"state_dict": tensors, "hook": Hostile(canary)},
        {**tensors, "extra": [Hostile(canary)]},
    ):
        answer = client.post("/api/v1/checkpoints", files={"file": ("best.pth", saved(content))})
        problem(answer, 422, "bad-checkpoint")
    assert not canary.exists()
    assert not list((own_settings.cache_dir / "checkpoints").iterdir())


def test_other_inputs_than_the_usual_one(client: TestClient) -> None:
    module = squeezenet(channels=1)
    model = opened(
        client,
        as_training_scripts_save(module),
        name="grey",
        input_shape=[1, 96, 128],
        preprocessing={"resize": None, "mean": [0.5], "std": [0.25]},
    )
    picture = Image.open(EXAMPLES / "chelsea.png").convert("RGB")
    stretched = picture.resize((128, 96), Image.Resampling.BILINEAR).convert("L")
    pixels = (np.asarray(stretched, np.float32) / 255 - 0.5) / 0.25
    with torch.inference_mode():
        expected = module(torch.from_numpy(pixels[None, None]))[0].numpy()
    found = logits(client, model["id"], 7)
    np.testing.assert_allclose([found[index] for index in range(7)], expected, rtol=1e-5, atol=1e-6)


def test_half_precision_is_computed_as_float32_and_said(client: TestClient) -> None:
    module = squeezenet().half()
    model = opened(client, saved(module.state_dict()))
    assert "float16" in model["notes"]
    with torch.inference_mode():
        expected = module.float()(prepared())[0].numpy()
    found = logits(client, model["id"], 7)
    np.testing.assert_allclose([found[index] for index in range(7)], expected, rtol=1e-5, atol=1e-6)


def test_without_its_classifier_a_network_opens_without_scores(client: TestClient) -> None:
    design = open_design("timm_resnet18")
    module = frozen(build_random(design.build(0, 3), seed=3))
    model = opened(
        client,
        saved(module.state_dict()),
        architecture="timm_resnet18",
        preprocessing={"resize": 256, "interpolation": "bilinear"},
    )
    assert model["classes"] == 0
    address = f"/api/v1/models/{model['id']}"
    for path in (
        "predictions?image=example-chelsea",
        "attributions/grad_cam?image=example-chelsea",
        "decomposition?image=example-chelsea",
        "sweeps?image=example-chelsea&swept=rotation_degrees&start=0&stop=1&values=2",
        "occlusion?image=example-chelsea&class=0",
    ):
        assert "no class scores" in problem(client.get(f"{address}/{path}"), 422, "no-scores")
    output = client.get(address).json()["output"]
    answer = client.get(
        f"{address}/layers/{output}/activations",
        params={"image": "example-chelsea", "format": "npy"},
    )
    found = np.load(io.BytesIO(answer.content)).reshape(-1)
    with torch.inference_mode():
        expected = module(prepared())[0].numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("listening_on", ["0.0.0.0", "example.org"])
def test_who_is_reached_by_others_takes_no_networks_unless_told(
    own_settings: Settings, listening_on: str
) -> None:
    data = as_training_scripts_save(squeezenet())
    public = own_settings.model_copy(update={"public": True, "allowed_hosts": ("*",)})
    with opened_client(public, listening_on) as client:
        assert client.get("/api/v1/models").json()["model_uploads"] is False
        answer = client.post("/api/v1/checkpoints", files={"file": ("best.pth", data)})
        assert "CONVSCOPE_MODEL_UPLOADS" in problem(answer, 403, "model-uploads-off")
        body = {"checkpoint": "0" * 32, "name": "x"}
        problem(client.post("/api/v1/models", json=body), 403, "model-uploads-off")
        problem(client.delete("/api/v1/models/lenet5.mnist5k"), 403, "model-uploads-off")
    with opened_client(public.model_copy(update={"model_uploads": True}), listening_on) as client:
        assert client.get("/api/v1/models").json()["model_uploads"] is True
        assert opened(client, data)["id"] == "squeezenet1_1.flowers"


def test_larger_than_may_be_sent_is_refused_while_it_comes(own_settings: Settings) -> None:
    data = as_training_scripts_save(squeezenet())
    small = own_settings.model_copy(update={"max_checkpoint_bytes": 100_000})
    with opened_client(small) as client:
        answer = client.post("/api/v1/checkpoints", files={"file": ("best.pth", data)})
        assert "100,000 bytes" in problem(answer, 413, "checkpoint-too-large")
    assert not list((own_settings.cache_dir / "checkpoints").iterdir())


def test_the_oldest_uploads_make_room(own_settings: Settings) -> None:
    first, second = (saved(squeezenet(classes).state_dict()) for classes in (3, 4))
    small = own_settings.model_copy(update={"checkpoint_store_bytes": len(first) + 1000})
    with opened_client(small) as client:
        old, new = send(client, first), send(client, second)
        problem(client.get(f"/api/v1/checkpoints/{old['id']}"), 404, "unknown-checkpoint")
        assert client.get(f"/api/v1/checkpoints/{new['id']}").json() == new


@pytest.mark.parametrize("further_bytes", [-1_000_000_000, 1_000])
def test_networks_have_a_room_of_their_own(own_settings: Settings, further_bytes: int) -> None:
    # Also for what a file of half the precision becomes: it is computed with in float32.
    data = as_training_scripts_save(squeezenet().half())
    room = max(10_000, len(data) + further_bytes)
    with opened_client(own_settings.model_copy(update={"own_models_bytes": room})) as client:
        sent = send(client, data)
        answer = client.post("/api/v1/models", json={"checkpoint": sent["id"], "name": "x"})
        assert "CONVSCOPE_OWN_MODELS_BYTES" in problem(answer, 507, "storage-full")
    assert not list((own_settings.cache_dir / "models").glob("*"))


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """What the system refuses in the middle of a file, as a full disk does, whoever writes it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_is_told_and_leaves_nothing(
    client: TestClient, own_settings: Settings
) -> None:
    sent = send(client, as_training_scripts_save(squeezenet()))
    with files_of_at_most(100_000):
        answer = client.post("/api/v1/models", json={"checkpoint": sent["id"], "name": "x"})
    assert os.strerror(errno.EFBIG) in problem(answer, 507, "storage-full")
    assert not list((own_settings.cache_dir / "models").glob("*"))


@pytest.mark.parametrize("length", [1_000, 3_000_000])
def test_a_disk_that_is_full_before_an_upload_is_there_is_told_and_leaves_nothing(
    client: TestClient, own_settings: Settings, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """Also what fits into the buffer of the file, which is written when the file is closed."""
    directory = own_settings.cache_dir / "checkpoints"
    directory.mkdir(parents=True)
    full = directory / ".incomplete-on-a-full-disk"
    full.symlink_to("/dev/full")
    monkeypatch.setattr("app.stores.incoming.abandoned_name", lambda: full.name)
    answer = client.post("/api/v1/checkpoints", files={"file": ("best.pth", b"x" * length)})
    assert "No space left" in problem(answer, 507, "storage-full")
    assert not list(directory.iterdir())


def test_an_upload_that_is_damaged_on_the_disk_is_left_out_of_the_list(
    own_settings: Settings,
) -> None:
    with opened_client(own_settings) as client:
        damaged, whole = (send(client, saved(squeezenet(n).state_dict())) for n in (3, 4))
    path = own_settings.cache_dir / "checkpoints" / damaged["id"]
    path.write_bytes(b"nothing that can be opened")
    with opened_client(own_settings) as client:
        problem(client.get(f"/api/v1/checkpoints/{damaged['id']}"), 422, "bad-checkpoint")
        assert client.get("/api/v1/checkpoints").json() == {"checkpoints": [whole]}


def test_what_a_killed_server_left_unfinished_is_removed(own_settings: Settings) -> None:
    gone = partial("{}.incomplete-{}-{}".format, "")
    for directory in ("models", "checkpoints"):
        place = own_settings.cache_dir / directory
        place.mkdir(parents=True)
        # No process has this number: Linux counts to 4,194,304 at most.
        (place / gone(4_194_305, "a")).mkdir()
        (place / gone(4_194_305, "a") / "weights.safetensors").write_bytes(b"half")
        (place / gone("", "b")).write_bytes(b"half")
    with opened_client(own_settings) as client:
        assert not re.search("custom", json.dumps(client.get("/api/v1/models").json()["models"]))
    for directory in ("models", "checkpoints"):
        assert not list((own_settings.cache_dir / directory).iterdir())


def test_a_damaged_network_is_left_out_and_the_others_open(own_settings: Settings) -> None:
    with opened_client(own_settings) as client:
        opened(client, as_training_scripts_save(squeezenet()), name="whole")
        opened(client, as_training_scripts_save(squeezenet()), name="cut")
    card = own_settings.cache_dir / "models" / "squeezenet1_1.cut" / "card.json"
    card.write_bytes(card.read_bytes()[:100])
    with opened_client(own_settings) as client:
        listed = {each["id"] for each in client.get("/api/v1/models").json()["models"]}
    assert "squeezenet1_1.whole" in listed
    assert "squeezenet1_1.cut" not in listed


def test_weights_that_changed_on_the_disk_are_told(own_settings: Settings) -> None:
    with opened_client(own_settings) as client:
        model = opened(client, as_training_scripts_save(squeezenet()))
    weights = own_settings.cache_dir / "models" / model["id"] / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with opened_client(own_settings) as client:
        answer = client.get(f"/api/v1/models/{model['id']}/predictions?image=example-chelsea")
        assert "open its checkpoint" in problem(answer, 503, "weights-damaged")


def test_zips_that_are_no_bundles_are_told(client: TestClient) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    answer = client.post("/api/v1/checkpoints", files={"file": ("x.zip", file.getvalue())})
    problem(answer, 422, "bad-checkpoint")


def test_kernels_over_colours_in_another_order_are_not_shown_as_pictures(
    client: TestClient,
) -> None:
    kinds = {}
    for order in ("rgb", "bgr"):
        model = opened(
            client,
            as_training_scripts_save(squeezenet()),
            name=order,
            preprocessing={"channel_order": order},
        )
        answer = client.get(f"/api/v1/models/{model['id']}/layers/features.0/filters")
        kinds[order] = answer.json()["kind"]
    assert kinds == {"rgb": "rgb", "bgr": "kernels"}
