"""A server of one's own: `python -m app` as a child that ends with whoever started it."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from convscope.errors import StartError
from convscope.packages import ROOT

HOST = "127.0.0.1"
_PORTS = 2**16
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
_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ServerProcess:
    """A server, its token, and the folder that is its and ends with it.

    It listens and imports what it needs from the start, and serves once `serve` tells it what.

    Attributes:
        port: that it listens at, on 127.0.0.1.
        token: that it asks for.
        folder: temporary; `models` in it is its CONVSCOPE_MODELS_DIR.

    Args:
        ports: to listen at: the first that is free; 0 is any.

    Raises:
        StartError: none of them can be had.
    """

    def __init__(self, ports: Iterable[int] = (0,)) -> None:
        remove_abandoned()
        # The server inherits it. Were it told the number alone, another program could have the
        # port first, and its answers would be taken for this server's.
        with _listener(ports) as listener:
            self.port = int(listener.getsockname()[1])
            self.token = secrets.token_urlsafe(_TOKEN_BYTES)
            self.folder = Path(tempfile.mkdtemp(prefix=f"{_folders()}{os.getpid()}-"))
            try:
                self.models.mkdir()
                self._process = self._start(listener)
            except BaseException:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise

    @property
    def models(self) -> Path:
        """The folder that it reads when it starts to serve."""
        return self.folder / "models"

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

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

    def serve(self, settings: Mapping[str, str] | None = None) -> str:
        """Serve what lies in `models`; returns when its first network is ready.

        Args:
            settings: `CONVSCOPE_*` by name.

        Returns:
            the id of that network.

        Raises:
            StartError: its network cannot be loaded, and why; or it ended before it was ready, with
                its last words. It is closed.
        """
        try:
            self._tell(settings or {})
            return self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    def wait(self) -> int:
        """Until it has ended; returns its exit code."""
        return self._process.wait()

    def close(self) -> None:
        """End it, and take its folder away. Nothing happens at a second call."""
        self._hang_up()
        try:
            self._process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, listener: socket.socket) -> "subprocess.Popen[bytes]":
        environment = {
            **os.environ,
            "CONVSCOPE_MODELS_DIR": str(self.models),
            "CONVSCOPE_TOKEN": self.token,
            "CONVSCOPE_SESSION_ADDRESSES": "true",
            # Before whatever the person's own path has of these names.
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        }
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603  this Python, and our own module
                [
                    *(sys.executable, "-m", "app", "--descriptor", str(listener.fileno())),
                    *("--settings-from-input", "--end-with-input"),
                ],
                pass_fds=(listener.fileno(),),
                # `-m` looks into the working directory first.
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the person's terminal, or a kernel's interruption, is not for it.
                start_new_session=True,
            )

    def _tell(self, settings: Mapping[str, str]) -> None:
        if self._process.stdin is None:
            raise RuntimeError("The server was started with a pipe.")
        # One that has ended already says why in its log.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(dict(settings)).encode() + b"\n")
            self._process.stdin.flush()

    def _hang_up(self) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def _wait_until_ready(self) -> str:
        """The id of its first network, once that is ready.

        Raises:
            StartError: it ended, or will never be ready.
        """
        said = "it ended"
        for _ in range(_LOOKS):
            try:
                with _LOCAL.open(f"{self.address}/readyz", timeout=_ANSWER_S) as answer:
                    return str(json.load(answer)["default_model"])
            except urllib.error.HTTPError as error:
                said = _detail(error)
                if _FAILED in said:
                    break
            except OSError:
                pass  # it takes long, or has ended
            try:
                self._process.wait(timeout=_LOOK_S)
            except subprocess.TimeoutExpired:
                continue
            break
        self._process.kill()
        self._process.wait()
        if _FAILED in said:
            raise StartError(said)
        raise StartError(f"The server did not start: {said}\n{self.log[-_LAST_WORDS:]}")


def remove_abandoned() -> None:
    """Take away the folders of programs that were ended before they could do so themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_folders()}*"):
        pid = folder.name.removeprefix(_folders()).partition("-")[0]
        if pid.isdecimal() and not _is_alive(int(pid)):
            # Of another person's nothing can be taken away.
            shutil.rmtree(folder, ignore_errors=True)


def _folders() -> str:
    # Where containers share a directory, only their names tell whose a process's number is.
    return f"convscope-{re.sub(r'[^A-Za-z0-9]', '_', socket.gethostname())}-"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another person's
    return True


def _listener(ports: Iterable[int]) -> socket.socket:
    """A socket that listens at the first of these ports that is free."""
    trouble = ""
    for port in ports:
        if not 0 <= port < _PORTS:
            raise StartError(f"There is no port {port}: they end at {_PORTS - 1}.")
        try:
            return socket.create_server((HOST, port))
        except OSError as error:
            trouble = f"Port {port} cannot be had: {os.strerror(error.errno or 0)}."
    raise StartError(f"{trouble} Choose another, or 0 for any that is free.")


def _detail(error: urllib.error.HTTPError) -> str:
    with error:
        try:
            return str(json.load(error)["detail"])
        except (ValueError, KeyError, TypeError):
            return f"it answers with {error.code}"
