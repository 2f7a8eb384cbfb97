"""A live network, served by a child that ends with its parent however that ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from asking import get
from own_networks import classifier
from published import EXAMPLES

import convscope
from convscope.places import reached_at
from convscope.serving import ServerProcess, remove_abandoned
from convscope.session import _core_left, _several, serve

SHAPE = (3, 64, 64)
ROOT = Path(convscope.__file__).parents[1]
_PARENT = """
import sys
sys.path.insert(0, {root!r})
import torch, convscope
from torch import nn
network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 14 * 14, 2))
session = convscope.show(network, input_shape=(3, 16, 16), open="no")
print(session._server.pid, session._server.folder, flush=True)
{then}
"""


def test_a_session_shows_the_network_and_closes(tmp_path):
    network = classifier(3)
    picture = np.random.default_rng(0).integers(0, 256, (80, 90, 3)).astype(np.uint8)
    with convscope.show(
        network,
        [EXAMPLES / "chelsea.png", picture],
        labels=["a", "b", "c"],
        input_shape=SHAPE,
        name="My Net",
        open="no",
        height=650,
    ) as session:
        assert session.model == "sequential.my-net"
        assert len(session.images) == 2
        client = session.client
        values = client.activations("input", session.images[1])
        with torch.no_grad():
            expected = network.eval()(torch.from_numpy(values)[None])[0].tolist()
        found = {one.index: one.logit for one in client.scores(session.images[1])}
        assert [found[index] for index in range(3)] == pytest.approx(expected, rel=1e-5)
        drawn = session._repr_html_()
        assert drawn.startswith('<iframe src="http://127.0.0.1:')
        assert f"/?model=sequential.my-net&amp;image={session.images[0]}" in drawn
        assert 'height="650"' in drawn
        page = get(session.url)
        assert page.status_code == 200
        assert "frame-ancestors" not in page.headers["content-security-policy"]
        # The same page by its own address is no frame's, and asks for the token.
        assert get(session._server.address).status_code == 401
        folder, pid = session._server.folder, session._server.pid
        assert session._server.token not in session._server.log
    assert not session.is_open
    assert not folder.exists()
    assert not is_alive(pid)
    assert "closed" in repr(session)
    assert "closed" in session._repr_html_()
    session.close()


def test_what_is_shown_is_this_network_and_none_of_its_name_that_was_kept(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    kept = cache / "models" / "sequential.mine"
    convscope.export(classifier(4), kept, input_shape=SHAPE, name="mine")
    monkeypatch.setenv("CONVSCOPE_CACHE_DIR", str(cache))
    # A person's own settings are for servers of theirs.
    monkeypatch.setenv("CONVSCOPE_DEFAULT_MODEL", "lenet5.mnist5k")
    with convscope.show(classifier(3), input_shape=SHAPE, name="mine", open="no") as session:
        assert session.model == "sequential.mine"
        assert len(session.client.scores("example-chelsea")) == 3
        ids = [one["id"] for one in session.client.models()]
        assert ids.count("sequential.mine") == 1
    assert kept.is_dir()


def test_a_file_that_cannot_be_opened_is_told_with_why():
    server = ServerProcess()
    (server.models / "best.pth").write_bytes(b"GIF89a nothing")
    with pytest.raises(convscope.StartError, match=r"\Abest\.pth could not be loaded: .+\Z"):
        serve(server, "best.pth")
    assert not server.is_running


@pytest.mark.parametrize(
    "then", ["os_exit", "exception", "returns", "kill"], ids=lambda then: f"ends_by_{then}"
)
def test_the_server_ends_with_its_program(then, tmp_path):
    lines = {
        "os_exit": "import os; os._exit(3)",
        "exception": "raise ValueError('at the end')",
        "returns": "",
        "kill": "sys.stdin.read()",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _PARENT.format(root=str(ROOT), then=lines[then])],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline().split()
        assert said, process.stderr.read()
        pid, folder = int(said[0]), Path(said[1])
        end_of_server = os.pidfd_open(pid)
        if then == "kill":
            process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        # Readable once the process has ended.
        poll_until_readable(end_of_server)
        if then in ("os_exit", "kill"):
            # Nobody could take it away; who starts next does.
            assert folder.exists()
            remove_abandoned()
        assert not folder.exists()
    finally:
        process.kill()
        process.communicate()


def poll_until_readable(descriptor):
    import select

    try:
        ready, _, _ = select.select([descriptor], [], [], 60)
        assert ready, "the server goes on"
    finally:
        os.close(descriptor)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_folders_of_programs_that_run_are_let_be():
    server = ServerProcess()
    try:
        remove_abandoned()
        assert server.models.is_dir()
    finally:
        server.close()
    assert not server.folder.exists()


def test_a_network_that_cannot_be_shown_leaves_no_server(monkeypatch):
    started = []
    start = ServerProcess._start
    monkeypatch.setattr(
        ServerProcess,
        "_start",
        lambda self, listener: started.append((self, start(self, listener))) or started[-1][1],
    )
    with pytest.raises(convscope.ExportError, match="4 channels"):
        convscope.show(torch.nn.Conv2d(4, 2, 1), input_shape=(4, 8, 8), open="no")
    ((server, process),) = started
    assert process.poll() is not None
    assert not server.folder.exists()


def test_a_core_is_left_to_the_server_that_starts_and_taken_back():
    before = torch.get_num_threads()
    try:
        for threads, meanwhile in ((3, 2), (1, 1)):
            torch.set_num_threads(threads)
            with _core_left():
                assert torch.get_num_threads() == meanwhile
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_a_server_that_cannot_start_says_why():
    server = ServerProcess()
    with pytest.raises(convscope.StartError, match=r"There is no model 'nothing\.here'"):
        server.serve({"CONVSCOPE_DEFAULT_MODEL": "nothing.here"})
    assert not server.is_running
    assert not server.folder.exists()


def test_a_port_that_is_taken_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(convscope.StartError, match=f"Port {port} cannot be had: Address alr"):
            ServerProcess((port,))
        server = ServerProcess((port, 0))
        server.close()
    assert server.port != port


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_said(port):
    with pytest.raises(convscope.StartError, match=f"There is no port {port}"):
        ServerProcess((port,))


def test_it_listens_before_it_serves_and_no_more_once_it_has_ended():
    server = ServerProcess()
    try:
        with socket.create_connection(("127.0.0.1", server.port)):
            pass
    finally:
        server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, None),
        ({"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}, "/user/ada/proxy/8123/"),
        (
            {"VSCODE_PROXY_URI": "https://x.example/proxy/{{port}}/"},
            "https://x.example/proxy/8123/",
        ),
        ({"CONVSCOPE_PROXY": "/lab/proxy/{port}"}, "/lab/proxy/8123/"),
    ],
)
def test_how_a_browser_reaches_this_machine(environment, address, monkeypatch):
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "VSCODE_PROXY_URI", "CONVSCOPE_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert reached_at(8123) == address


def test_one_picture_or_several():
    one = np.zeros((4, 4, 3))
    assert list(_several(None)) == []
    assert list(_several("a.png")) == ["a.png"]
    assert len(list(_several(one))) == 1
    assert len(list(_several(np.stack([one, one])))) == 2
    assert list(_several([Path("a"), Path("b")])) == [Path("a"), Path("b")]
