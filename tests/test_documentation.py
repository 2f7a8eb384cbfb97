"""The documents name files that exist, and figures that hold."""

import re
import tomllib
from pathlib import Path

import pytest

from models.catalogue.catalogue import catalogue

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
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
