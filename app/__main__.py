"""Starts the server: `python -m app --host 127.0.0.1 --port 8000`."""

import argparse

import uvicorn

from app.inspection.memory import keep_freed_memory
from app.main import create_app

# Streams of running downloads must not hold up a shutdown for longer than this.
_GRACE_S = 3


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m app", description="Serve Convscope.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    arguments = parser.parse_args()
    # Before there is any other thread.
    keep_freed_memory()
    uvicorn.run(
        create_app(),
        host=arguments.host,
        port=arguments.port,
        timeout_graceful_shutdown=_GRACE_S,
    )


if __name__ == "__main__":
    main()
