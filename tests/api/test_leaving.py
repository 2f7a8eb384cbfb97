"""A client that leaves ends what is computed for it, and nothing that somebody else waits for."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from layer_oracle import LENET
from live_server import live_server
from test_slow_clients import wait_until

import app.inspection.activations.capture
import app.inspection.fields.effective_field
import app.inspection.tracing.structure
import app.stores.graph_files
from app.main import create_app
from app.services import Services
from app.settings import Settings

MODELS = "/api/v1/models"
WAIT_S = 20


@dataclass
class Server:
    url: str
    services: Services

    @contextmanager
    def asked(self, path: str) -> Iterator[http.client.HTTPConnection]:
        """A question under way; leaving the block hangs up."""
        parts = urlsplit(self.url)
        with closing(http.client.HTTPConnection(parts.netloc, timeout=WAIT_S)) as connection:
            connection.request("GET", path)
            yield connection

    def ask(self, path: str) -> Any:
        with self.asked(path) as connection:
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            return json.loads(body)

    def ask_stream(self, path: str) -> list[tuple[str, Any]]:
        """All events, to the last."""
        with self.asked(path) as connection:
            blocks = connection.getresponse().read().decode().strip().split("\n\n")
        lines = [block.split("\n") for block in blocks if not block.startswith(":")]
        return [
            (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
            for name, data in lines
        ]


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    """With one worker, so that whatever comes next comes after what was given up."""
    one = settings.model_copy(update={"cache_dir": tmp_path, "compute_workers": 1})
    application = create_app(one)
    with live_server(application) as url:
        found = Server(url, application.state.services)
        # What it computes as it starts is over.
        found.ask(f"{MODELS}/{LENET}/predictions?image=example-digit-3")
        yield found


class Gate:
    """Stands before each call of a function, until it is opened."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._open = threading.Event()
        self.reached = threading.Event()
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        self.reached.set()
        assert self._open.wait(WAIT_S)
        return self._function(*args, **kwargs)

    def wait(self) -> None:
        assert self.reached.wait(WAIT_S)

    def open(self) -> None:
        self._open.set()


def gate_before_operations(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """It stands before each operation of a pass that captures what layers answer."""
    evaluation = app.inspection.activations.capture._Evaluation
    gate = Gate(evaluation.__call__)
    monkeypatch.setattr(evaluation, "__call__", lambda *args: gate(*args))  # noqa: PLW0108  a method
    return gate


def test_pass_through_a_network_ends_at_its_next_operation(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = gate_before_operations(monkeypatch)
    in_flight = server.services.activations._observations._in_flight
    with server.asked(f"{MODELS}/{LENET}/layers/c3/activations?image=example-digit-7"):
        gate.wait()
        assert len(in_flight) == 1
    wait_until(lambda: not in_flight)
    wait_until(lambda: server.services.predictions._in_flight == {})
    gate.open()
    # What the one worker answers next comes after it, and passes no operation.
    server.ask(f"{MODELS}/{LENET}/layers/c3/receptive-field?row=1&column=2")
    assert gate.calls == 1
    # Nothing of it was kept, and it is computed anew for who asks again.
    found = server.ask(f"{MODELS}/{LENET}/layers/c3/activations?image=example-digit-7")
    assert found["shape"] == [16, 10, 10]


def test_pass_goes_on_while_one_of_two_still_waits(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = gate_before_operations(monkeypatch)
    in_flight = server.services.activations._observations._in_flight
    path = f"{MODELS}/{LENET}/layers/c3/activations?image=example-digit-7"
    with server.asked(path) as staying:
        gate.wait()
        (shared,) = in_flight.values()
        with server.asked(path):
            wait_until(lambda: shared.waiters == 2)
        wait_until(lambda: shared.waiters == 1)
        gate.open()
        answer = staying.getresponse()
        assert json.loads(answer.read())["shape"] == [16, 10, 10]


def test_average_over_noise_ends_with_its_stream(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(app.inspection.fields.effective_field.gradient_heat)
    monkeypatch.setattr(app.inspection.fields.effective_field, "gradient_heat", gate)
    path = f"{MODELS}/{LENET}/layers/c3/effective-receptive-field/events"
    with server.asked(f"{path}?channel=4&row=5&column=5&pictures=64"):
        gate.wait()
    wait_until(lambda: server.services.work._running == {})
    gate.open()
    # There is one thread for long work: this is done when the other has left it.
    server.ask_stream(f"{path}?channel=4&row=5&column=5&pictures=1")
    assert gate.calls == 2


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Networks whose graphs do not ship, stopped before the first of their modules."""
    monkeypatch.setattr(app.stores.graph_files, "read_shipped", lambda *_: None)
    gate = Gate(app.inspection.tracing.structure.trace)
    monkeypatch.setattr(app.inspection.tracing.structure, "trace", gate)
    yield gate
    gate.open()


def test_tracing_goes_on_for_who_stays_and_ends_with_the_last(server: Server, traced: Gate) -> None:
    path = f"{MODELS}/resnet18.random/events"
    running = server.services.graphs._tracing._running
    with server.asked(path):
        traced.wait()
        (work,) = running.values()
        with server.asked(path):
            wait_until(lambda: work.waiters == 2)
        wait_until(lambda: work.waiters == 1)
        assert not work.cancelled.is_set()
    wait_until(lambda: running == {})
    assert work.cancelled.is_set()
    traced.open()
    # Asked again, it is traced anew, to its end.
    events = server.ask_stream(path)
    assert events[-1][0] == "done"
    assert len(events[-1][1]["layers"]) == len(server.ask(f"{MODELS}/resnet18.random")["layers"])
    assert traced.calls == 2
