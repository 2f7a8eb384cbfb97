"""Starts the server: `python -m app --host 127.0.0.1 --port 8000`."""

import argparse

import uvicorn

from app.inspection.memory import keep_freed_memory
from app.main import create_app
from app.services import CLOSE_S
from app.shutdown import end_within, leave

# Streams of running downloads must not hold up a shutdown for longer than this.
_GRACE_S = 3
# For those, for `Services.close`, and a little.
_END_WITHIN_S = _GRACE_S + CLOSE_S + 1


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m app", description="Serve Convscope.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    arguments = parser.parse_args()
    # Before there is any other thread.
    keep_freed_memory()
    end_within(_END_WITHIN_S)
    uvicorn.run(
        create_app(),
        host=arguments.host,
        port=arguments.port,
        timeout_graceful_shutdown=_GRACE_S,
    )
    # Threads that still compute would be waited for.
    leave(0)


if __name__ == "__main__":
    main()
