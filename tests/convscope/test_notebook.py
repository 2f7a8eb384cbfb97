"""`convscope.show` in a real notebook: what a cell draws, and that nothing is left of it."""

import json
import os
import re
import select
import sys
from pathlib import Path

import nbformat
import pytest
from asking import get
from nbclient import NotebookClient

import convscope

ROOT = Path(convscope.__file__).parents[1]
# Of a cell: the first one imports torch.
_CELL_S = 300
_FIRST = f"""
import sys
sys.path.append({str(ROOT)!r})
import torch, convscope
from torch import nn
torch.manual_seed(0)
network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 14 * 14, 2))
"""
_CELLS = (
    _FIRST,
    "session = convscope.show(network, torch.zeros(3, 20, 20), input_shape=(3, 16, 16))\nsession",
    "[one.index for one in session.client.scores(session.images[0])]",
    "session._server.pid, str(session._server.folder)",
)


@pytest.fixture
def kernel_here(tmp_path, monkeypatch):
    """A kernel that is this Python, and files of Jupyter's in a folder of ours."""
    spec = tmp_path / "share" / "jupyter" / "kernels" / "here"
    spec.mkdir(parents=True)
    spec.joinpath("kernel.json").write_text(
        json.dumps(
            {
                "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": "here",
                "language": "python",
            }
        )
    )
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    return "here"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_draws_the_microscope_and_its_kernel_ends_cleanly(kernel_here, tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in _CELLS])
    client = NotebookClient(
        notebook,
        timeout=_CELL_S,
        kernel_name=kernel_here,
        resources={"metadata": {"path": tmp_path}},
    )
    with client.setup_kernel():
        for place, cell in enumerate(notebook.cells):
            client.execute_cell(cell, place)
        drawn = notebook.cells[1].outputs[-1]["data"]
        frame = re.search(r'<iframe src="([^"]+)"', drawn["text/html"])
        assert frame, drawn
        page = get(frame[1].replace("&amp;", "&"))
        assert page.status_code == 200
        assert 'id="network"' in page.text
        scores = notebook.cells[2].outputs[-1]["data"]["text/plain"]
        assert sorted(scores) == sorted("[0, 1]")
        said = notebook.cells[3].outputs[-1]["data"]["text/plain"]
        pid, folder = re.fullmatch(r"\((\d+), '(.+)'\)", said).groups()
        end_of_server = os.pidfd_open(int(pid))
    # The kernel was told to end, and has.
    try:
        ready, _, _ = select.select([end_of_server], [], [], 60)
        assert ready, "the server goes on without its kernel"
    finally:
        os.close(end_of_server)
    assert not Path(folder).exists()
