"""The documents name files that exist, and figures that hold."""

import re
import tomllib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from models.catalogue.catalogue import catalogue

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text()
    named = re.findall(r"`((?:app|models|static|tests|templates|scripts|docs)/[\w./]*)`", text)
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [path for path in linked if not (document.parent / path).exists()]
    assert not missing


def test_tests_that_a_document_names_exist() -> None:
    written = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs" / "security.md").read_text())
    assert named
    assert [name for name in named if f"def {name}(" not in written] == []


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    explained = (ROOT / "docs" / "dependencies.md").read_text()
    constraints = (ROOT / "constraints.txt").read_text().lower().splitlines()
    for pin in pins:
        name, version = pin.split("==")
        assert name in explained, name
        assert f"{name}=={version}".lower().replace("_", "-") in [
            line.replace("_", "-").split("+")[0] for line in constraints
        ], pin


def test_readme_counts_the_models_right() -> None:
    architectures = {entry.architecture.name for entry in catalogue()}
    line = f"**{len(architectures)} designs, {len(catalogue())} models.**"
    assert line in (ROOT / "README.md").read_text()


def test_readme_tells_how_well_the_digit_networks_read() -> None:
    """All that are convolutional; the softmax classifier and the perceptron are for comparison."""
    networks = [entry for entry in catalogue() if entry.tag == "mnist5k"]
    shares = sorted(
        float(entry.metrics.split("%")[0])
        for entry in networks
        if entry.architecture.name not in {"softmax", "mlp"}
    )
    words = " ".join((ROOT / "README.md").read_text().split())
    assert f"trained on MNIST digits, {shares[0]} to {shares[-1]} % right" in words


def test_readme_counts_maps_and_methods_right(client: TestClient) -> None:
    words = (ROOT / "README.md").read_text()
    methods = client.get("/api/v1/models/efficientnet_lite0/attributions").json()["methods"]
    assert len(methods) == 12
    assert "Twelve attribution methods" in words
    layers = client.get("/api/v1/models/efficientnet_lite0").json()["layers"]
    most = max(layer["output_shape"][0] for layer in layers if len(layer["output_shape"]) == 3)
    assert f"{most:,} of them without a stutter" in words


def test_settings_that_are_documented_exist_with_their_defaults() -> None:
    table = (ROOT / "docs" / "settings.md").read_text()
    named = re.findall(r"^\| `CONVSCOPE_(\w+)` \|.*\| (.+) \|$", table, re.MULTILINE)
    assert len(named) > 10
    fields = Settings.model_fields
    assert [name for name, _ in named if name.lower() not in fields] == []
    for name, told in named:
        default = fields[name.lower()].default
        if re.fullmatch(r"\d+ GiB", told):
            assert default == int(told.split()[0]) * 2**30, name
        elif re.fullmatch(r"\d+", told):
            assert default == int(told), name
        elif told == "none":
            assert not default, name
