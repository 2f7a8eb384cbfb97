"""Starts the server: `python -m app --host 127.0.0.1 --port 8000`."""

import argparse
import gc
import json
import logging
import os
import socket
from contextlib import suppress

from app.compute.memory import keep_freed_memory
from app.main import create_app
from app.services import CLOSE_S
from app.settings import Settings
from app.web.serving import GRACE_S, OpenServerError, make_server, reach_of
from app.web.shutdown import end_with_input, end_within, first_line_of_input, leave

# For the grace, for `Services.close`, and a little.
_END_WITHIN_S = GRACE_S + CLOSE_S + 1
# uvicorn's own exit code for it.
_FAILED_START = 3


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m app", description="Serve Convscope.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    parser.add_argument(
        "--descriptor",
        type=int,
        help="of a socket, inherited, that listens already; instead of host and port",
    )
    parser.add_argument(
        "--end-with-input",
        action="store_true",
        help="end when standard input is closed: with the program that started this one",
    )
    parser.add_argument(
        "--settings-from-input",
        action="store_true",
        help="wait for a line of standard input, a JSON object of further CONVSCOPE_ settings",
    )
    arguments = parser.parse_args()
    if arguments.settings_from_input:
        # Until then everything is imported, which takes longest.
        os.environ.update(json.loads(first_line_of_input()))
    settings = Settings()
    host, port, sockets = arguments.host, arguments.port, None
    if arguments.descriptor is not None:
        listener = socket.socket(fileno=arguments.descriptor)
        listener.set_inheritable(False)
        (host, port, *_), sockets = listener.getsockname(), [listener]
    try:
        reach = reach_of(settings, host)
    except OpenServerError as error:
        parser.exit(1, f"{error}\n")
    # Before there is any other thread.
    keep_freed_memory()
    application = create_app(settings, host)
    # What is there now stays: a collection that walked through all of torch would take 0.1 s.
    gc.freeze()
    server = make_server(application, settings, host, port)
    logging.getLogger("uvicorn.error").info(reach)
    end_within(_END_WITHIN_S)
    if arguments.end_with_input:
        end_with_input()
    with suppress(KeyboardInterrupt):
        server.run(sockets)
    # Threads that still compute would be waited for.
    leave(0 if server.started else _FAILED_START)


if __name__ == "__main__":
    main()
