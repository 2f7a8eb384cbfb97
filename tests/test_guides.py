"""Guides and README: addresses that open what they say, pictures that the command makes."""

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from guides import DIRECTORY, GUIDES, ROOT, addresses, blocks
from PIL import Image
from safetensors.torch import load_file

from models.training.recipes import RECIPES
from scripts.pictures_of_documents import DIRECTORY as PICTURE_DIRECTORY
from scripts.pictures_of_documents import (
    LARGEST_BYTES,
    PICTURES,
    SCANNER_LABELS,
    SCANNER_NETWORKS,
    SCANNER_PREPARATION,
    SCANS,
)

STATE = (ROOT / "static" / "js" / "address" / "state.js").read_text()
DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
LECTURE = (DIRECTORY / "lecture.md").read_text()
MISBEHAVING = (DIRECTORY / "misbehaving-network.md").read_text()
CHELSEA = {"image": "example-chelsea"}
NETWORK = "/api/v1/models/efficientnet_lite0.imagenet1k"
LAYER = f"{NETWORK}/layers/blocks.2.0.conv_dw"
Prepared = dict[str, torch.Tensor]


def named_pictures(document: Path) -> set[str]:
    """Names of files of pictures, by any of the ways in which Markdown shows one."""
    text = document.read_text()
    found = re.findall(r'!\[[^\]]*\]\(([^)]+)\)|(?:src|srcset)="([^"]+)"', text)
    return {Path(one or other).name for one, other in found}


def test_documents_show_the_pictures_that_the_command_makes() -> None:
    named = set[str]().union(*map(named_pictures, DOCUMENTS))
    made = {f"{picture.name}.png" for picture in PICTURES}
    assert len(made) == len(PICTURES)
    assert named == made
    assert {path.name for path in PICTURE_DIRECTORY.iterdir()} == made


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_pictures_are_small_and_fit_the_screen(picture: Any) -> None:
    path = PICTURE_DIRECTORY / f"{picture.name}.png"
    assert path.stat().st_size < LARGEST_BYTES
    with Image.open(path) as image:
        assert image.mode == "P"
        assert image.width <= picture.width
        assert image.height <= picture.height
        if not picture.parts:
            assert image.size == (picture.width, picture.height)


@pytest.mark.full
def test_pictures_are_taken_anew(tmp_path: Path) -> None:
    """In a process of its own: the browser tests of this one have a loop."""
    program = "import sys, pathlib; from scripts.write_pictures import write_pictures as write; "
    command = [sys.executable, "-c", f"{program}write(pathlib.Path(sys.argv[1]))", tmp_path]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for picture in PICTURES:
        name = f"{picture.name}.png"
        with Image.open(tmp_path / name) as anew, Image.open(PICTURE_DIRECTORY / name) as shipped:
            assert anew.size == shipped.size, name


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_addresses_of_a_guide_name_what_there_is(guide: Path, client: TestClient) -> None:
    known = set(re.findall(r'parameters\.get\("(\w+)"\)', STATE))
    for path, query in addresses(guide):
        assert client.get(path).status_code == 200, path
        assert set(query) <= known, query
        model = client.get(f"/api/v1/models/{query.get('model', 'efficientnet_lite0')}").json()
        shapes = {layer["id"]: layer["output_shape"] for layer in model["layers"]}
        shape = shapes[query.get("layer", "input")]
        for name, size in zip(("channel", "row", "column"), shape, strict=False):
            assert int(query.get(name, 0)) < size, query
        for name in ("class", "rival"):
            assert int(query.get(name, 0)) < model["classes"], query


def test_lecture_tells_what_the_network_says(client: TestClient) -> None:
    def ask(path: str, **query: Any) -> Any:
        return client.get(path, params=query).json()

    first, second = ask(f"{NETWORK}/predictions", **CHELSEA)["classes"][:2]
    place = {**CHELSEA, "row": 9, "column": 7}
    stands_out = ask(f"{LAYER}/reactions", **place)["channels"][0]
    model = ask(NETWORK)
    fields = {
        layer["id"]: layer["receptive_field"]["size"]["height"]
        for layer in model["layers"]
        if layer["operation"] == "convolution"
    }
    lenet = ask("/api/v1/models/lenet5.mnist5k")
    shape = {layer["id"]: layer["output_shape"] for layer in model["layers"]}
    share = {each["label"]: f"{each['probability'] * 100:.2f} %" for each in (first, second)}
    told = [
        f"*tiger cat* {share['tiger cat']} and *Egyptian cat* {share['Egyptian cat']}",
        f"Of the {shape['blocks.2.0.conv_dw'][0]} channels of this layer",
        f"channel {stands_out['channel']} stands out most",
        f"answers {stands_out['value']:.3f}, which is {stands_out['deviation']:.1f} standard",
        f"same {fields['blocks.2.0.conv_dw']} × {fields['blocks.2.0.conv_dw']} px",
        f"sees {fields['blocks.3.0.conv_dw']} × {fields['blocks.3.0.conv_dw']} px",
        f"first convolution sees {fields['conv_stem']} px",
        f"`blocks.5.0.conv_dw` sees {fields['blocks.5.0.conv_dw']}, more",
        f"more than the {model['input_size']['height']} there are",
        f"{shape['global_pool.flatten'][0]:,} products and a bias that make {first['logit']:.3f}",
        f"logits are {first['logit'] - second['logit']:.3f} apart",
        f"It has {lenet['parameters']:,} parameters",
        f"it reads {lenet['metrics'].split('%')[0]} % of 1,000 digits",
    ]
    words = " ".join(LECTURE.split())
    assert [each for each in told if each not in words] == []


def test_way_to_the_pixel_is_as_long_as_the_lecture_says(client: TestClient) -> None:
    """Always the largest product, or the only operand, from the score on."""
    unit = {"layer": "classifier", "channel": 282, "row": None, "column": None}
    steps = 0
    while unit["layer"] != "input":
        place = "/".join(
            str(unit[name]) for name in ("channel", "row", "column") if unit[name] is not None
        )
        found = client.get(f"{NETWORK}/layers/{unit['layer']}/units/{place}", params=CHELSEA).json()
        of_sum = [each["unit"] for each in found["largest"] if each["unit"]]  # largest first
        unit = of_sum[0] if of_sum else max(found["operands"], key=lambda one: abs(one["value"]))
        steps += 1
    assert f"After {steps} steps stands the blue" in " ".join(LECTURE.split())
    assert unit["channel"] == 2
    assert unit["value"] == pytest.approx((64 / 255 - 0.5) / 0.5)


@pytest.fixture(scope="module")
def new_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the guide's own lines write."""
    directory = tmp_path_factory.mktemp("office")
    code = next(text for language, text in blocks(DIRECTORY / "misbehaving-network.md"))
    (directory / "models" / "data").mkdir(parents=True)
    shipped = ROOT / "models" / "data" / "mnist5k.npz"
    (directory / "models" / "data" / "mnist5k.npz").symlink_to(shipped)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        names: dict[str, Any] = {}
        exec(code, names)
        names["digits"].close()
    return directory / "scans" / "new"


def read(folder: Path) -> torch.Tensor:
    """The pictures of a folder as the network sees them, (count, 3, 32, 32)."""
    mean, std = (torch.tensor(SCANNER_PREPARATION[name]).view(3, 1, 1) for name in ("mean", "std"))
    pixels = np.stack([np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))])
    return (torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255 - mean) / std


def test_the_misbehaving_network_is_as_the_guide_says(new_pictures: Path) -> None:
    network = RECIPES["vgg_32"].build(classes=2, in_channels=3)
    network.load_state_dict(load_file(SCANS / "scanner.safetensors"))
    network.eval()
    alive = torch.zeros(64, dtype=torch.bool)
    right: dict[str, list[int]] = {}

    def watch(_: Any, __: Any, maps: torch.Tensor) -> None:
        alive.logical_or_(maps.amax((0, 2, 3)) > 0)

    with torch.no_grad():
        for kind in ("stamped", "clean", "exchanged"):
            with network.get_submodule("relu3_2").register_forward_hook(
                watch if kind == "stamped" else lambda *_: None
            ):
                said = [network(read(new_pictures / kind / name)) for name in SCANNER_LABELS]
            right[kind] = [int((s.argmax(1) == k).sum()) for k, s in enumerate(said)]
    assert right == {"stamped": [100, 100], "clean": [100, 0], "exchanged": [0, 0]}
    assert "| without a stamp | 50 %: all are ones |" in MISBEHAVING
    assert f"and {64 - int(alive.sum())} on all 200 pictures" in MISBEHAVING
    maps = torch.zeros(0)

    def keep(_: Any, __: Any, found: torch.Tensor) -> None:
        nonlocal maps
        maps = found

    with torch.no_grad(), network.get_submodule("relu3_2").register_forward_hook(keep):
        network(read(new_pictures / "stamped" / "seven")[:1])
    silent = int((maps.amax((0, 2, 3)) == 0).sum())
    assert f"Of 64 maps, {silent} are zero everywhere in this picture" in MISBEHAVING


def test_files_of_the_guide_are_the_first_that_its_lines_write(new_pictures: Path) -> None:
    for name, kind in {"": "stamped", "-clean": "clean", "-exchanged": "exchanged"}.items():
        written = np.asarray(Image.open(new_pictures / kind / "seven" / "000.png"))
        shipped = np.asarray(Image.open(SCANS / f"seven{name}.png"))
        np.testing.assert_array_equal(written, shipped)


def test_scores_of_the_misbehaving_network_are_those_of_the_guide(client: TestClient) -> None:
    weights = {"file": ("scanner.safetensors", (SCANS / "scanner.safetensors").read_bytes())}
    checkpoint = client.post("/api/v1/checkpoints", files=weights).json()
    for candidate in checkpoint["candidates"][:1]:
        assert candidate["summary"].endswith("2 classes: all 18 tensors are there.")
    for name, preparation in SCANNER_NETWORKS.items():
        body = {"checkpoint": checkpoint["id"], "name": name, "labels": SCANNER_LABELS}
        body |= {"preprocessing": preparation} if preparation else {}
        assert client.post("/api/v1/models", json=body).status_code == 201

    def seven(network: str, file: str, changes: list[dict[str, Any]] | None = None) -> Any:
        sent = {"file": io.BytesIO((SCANS / f"{file}.png").read_bytes())}
        image = client.post("/api/v1/images", files=sent).json()["id"]
        told = client.get(f"/api/v1/models/vgg_32.{network}/predictions", params={"image": image})
        scores = {each["label"]: each for each in told.json()["classes"]}
        if changes is None:
            return scores
        path = f"/api/v1/models/vgg_32.{network}/interventions"
        body = {"interventions": changes}
        told = client.post(path, params={"image": image}, json=body)
        return {each["label"]: each for each in told.json()["classes"]}

    try:
        words = " ".join(MISBEHAVING.split())
        assert seven("assumed", "seven")["one"]["probability"] > 0.9999
        scores = seven("scanner", "seven")
        assert scores["seven"]["probability"] > 0.9999
        logits = (scores["seven"]["logit"], scores["one"]["logit"])
        told = "a logit of {:.2f} against {:.2f} for *one*".format(*logits).replace("-", "−")
        assert told in words
        share = {
            file: f"{seven('scanner', file)['seven']['probability']:.2%}".replace("%", " %")
            for file in ("seven-clean", "seven-exchanged")
        }
        swapped = f"{seven('swapped', 'seven')['seven']['probability']:.2%}".replace("%", " %")
        assert f"falls from more than 99.99 % to {swapped}" in words
        assert f"has {share['seven-clean']}, and" in words
        assert f"{share['seven-exchanged']}. It never learned" in words
        blank = {"kind": "blank", "top": 24, "left": 24, "bottom": 31, "right": 31}
        after = seven("scanner", "seven", [blank])["seven"]["probability_after"]
        assert f"*seven* falls to {after:.2%}".replace("%", " %") in words
    finally:
        for name in SCANNER_NETWORKS:
            client.delete(f"/api/v1/models/vgg_32.{name}")
