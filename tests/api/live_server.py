"""The application behind a real socket, for what a test client in the same process cannot show."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from app.settings import Settings
from app.web.serving import make_server


@contextmanager
def live_server(application: FastAPI, settings: Settings | None = None) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1; yields the address; stops in order."""
    settings = settings or application.state.services.settings
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = make_server(application, settings, "127.0.0.1", port, log_level="warning")
        started = threading.Event()
        startup = server.startup

        async def startup_and_tell(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            started.set()

        server.startup = startup_and_tell
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert started.wait(30), "the server did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive(), "the server did not stop"
