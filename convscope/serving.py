"""A server of one's own: `python -m app` as a child that ends with whoever started it."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from convscope.errors import StartError
from convscope.packages import ROOT

HOST = "127.0.0.1"
_TOKEN_BYTES = 24
# Between two looks whether it is there. It takes seconds, and may take a minute on a busy machine.
_LOOK_S = 0.05
_LOOKS = 6000
_ANSWER_S = 5.0
# It ends within eight seconds of being told to.
_END_S = 20.0
_LAST_WORDS = 3000
# What it says of a first network that will never be ready.
_FAILED = "could not be loaded"
# Another program may take a port between the moment that it is found free and the server's start.
_PORTS_TRIED = 3
_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ServerProcess:
    """A running server, its token, and the folder that is its and ends with it.

    Attributes:
        port: that it listens at, on 127.0.0.1.
        token: that it asks for.
        folder: temporary; `models` in it is its CONVSCOPE_MODELS_DIR.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, token: str, folder: Path):
        self._process = process
        self.port = port
        self.token = token
        self.folder = folder

    @property
    def address(self) -> str:
        """Without the token: for programs that bring it in a head."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Of the server's process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Until it has ended; returns its exit code."""
        return self._process.wait()

    def close(self) -> None:
        """End it, and take its folder away. Nothing happens at a second call."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def models_folder() -> Path:
    """A new temporary folder with a folder `models` for what is to be served, readable to us."""
    folder = Path(tempfile.mkdtemp(prefix="convscope-"))
    (folder / "models").mkdir()
    return folder


def start_server(
    folder: Path, port: int = 0, settings: Mapping[str, str] | None = None
) -> ServerProcess:
    """Serve what lies in `folder/models`; returns when the first network is ready.

    Args:
        folder: of `models_folder`; taken away when the server is closed, or does not start.
        port: to listen at; 0 for any that is free.
        settings: environment variables `CONVSCOPE_*` besides.

    Raises:
        StartError: it ended before it was ready; with its last words.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    try:
        for attempt in range(_PORTS_TRIED):
            chosen = port or _free_port()
            process = _start(folder, chosen, token, settings or {})
            try:
                _wait_until_ready(process, chosen, folder)
            except StartError as error:
                if port or "address already in use" not in str(error).lower():
                    raise
                if attempt == _PORTS_TRIED - 1:
                    raise
                continue
            except BaseException:
                process.kill()
                process.wait()
                raise
            return ServerProcess(process, chosen, token, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    raise AssertionError("Either a server is returned, or its error is raised.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _start(
    folder: Path, port: int, token: str, settings: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "CONVSCOPE_MODELS_DIR": str(folder / "models"),
        "CONVSCOPE_TOKEN": token,
        "CONVSCOPE_SESSION_ADDRESSES": "true",
        **settings,
        # Before whatever the person's own path has of these names.
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
    }
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "app"),
                *("--host", HOST, "--port", str(port), "--end-with-input"),
            ],
            # `-m` looks into the working directory first.
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the person's terminal, or a kernel's interruption, is not for it.
            start_new_session=True,
        )


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    said = ""
    for _ in range(_LOOKS):
        try:
            with _LOCAL.open(f"http://{HOST}:{port}/readyz", timeout=_ANSWER_S):
                return
        except urllib.error.HTTPError as error:
            said = _detail(error)
            if _FAILED in said:
                break
        except OSError:
            pass  # it does not listen yet
        try:
            process.wait(timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            continue
        break
    process.kill()
    process.wait()
    words = (folder / "log").read_text(encoding="utf-8", errors="replace").strip()
    raise StartError(f"The server did not start: {said}\n{words[-_LAST_WORDS:]}")


def _detail(error: urllib.error.HTTPError) -> str:
    with error:
        try:
            return str(json.load(error)["detail"])
        except (ValueError, KeyError, TypeError):
            return f"it answers with {error.code}"
