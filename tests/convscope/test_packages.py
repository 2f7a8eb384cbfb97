"""What importing the package brings along, and whose `app` and `models` a process then has."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import convscope

ROOT = Path(convscope.__file__).parents[1]
OWN = {"app", "models", "torch"}
LIGHT = ("convscope", "convscope.command", "convscope.session", "convscope.preparing")


def run(code, folder, *options):
    """In a process whose first place to look for modules is this folder, then ours."""
    start = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(ROOT)!r}]; "
    return subprocess.run(
        [sys.executable, "-P", *options, "-c", start + code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("module", LIGHT)
def test_nothing_heavy_is_imported_before_it_is_needed(module, tmp_path):
    code = f"import {module}; print(sorted({OWN!r} & set(sys.modules)))"
    found = run(code, tmp_path, "-W", "error")
    assert found.stdout == "[]\n", found.stderr


def test_server_and_networks_are_imported_within_functions_alone():
    for path in sorted((ROOT / "convscope").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [name for name in names if name.partition(".")[0] in {"app", "models"}], path


_EXPORT = """
import torch, convscope
from {theirs} import Net
convscope.export(Net(), "bundle", input_shape=(3, 16, 16))
convscope.export(Net(), "again", input_shape=(3, 16, 16))
import app, models
inner = [name for name in sys.modules if name.startswith("app.")]
print(app.WHOSE, models.__path__[0], inner)
"""
_NET = """
from torch import nn
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 14 * 14, 2))
    def forward(self, x):
        from models.late import scale
        return super().forward(x) * scale
"""


@pytest.mark.parametrize("is_package", [True, False])
def test_a_persons_own_app_and_models_stay_theirs(tmp_path, is_package):
    (tmp_path / "app.py").write_text("WHOSE = 'theirs'\n")
    theirs = tmp_path / "models"
    theirs.mkdir()
    if is_package:
        (theirs / "__init__.py").write_text("")
    (theirs / "net.py").write_text(_NET)
    (theirs / "late.py").write_text("scale = 2.0\n")
    away = (
        ""
        if is_package
        # A folder that is no package is found only where ours are kept away.
        else "from convscope.packages import keep_own_packages_away; keep_own_packages_away(); "
    )
    found = run(f"exec({away!r}); exec({_EXPORT.format(theirs='models.net')!r})", tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout == f"theirs {theirs} []\n"
    assert (tmp_path / "bundle" / "graph.json.gz").is_file()


def test_ours_are_used_where_the_program_imports_them_itself(tmp_path):
    code = (
        "import app.errors, models.errors; before = dict(sys.modules); "
        "from convscope.tools import tools; tools(); "
        "ours = sys.modules['models.disk.checked_fields'].DamagedRecordError; "
        "print(all(sys.modules[name] is one for name, one in before.items()), "
        "tools().DamagedRecordError is ours)"
    )
    found = run(code, tmp_path)
    assert found.stdout == "True True\n", found.stderr
