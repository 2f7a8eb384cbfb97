"""A server with small networks, for the tests that ask one."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from live_server import live_server

from app.main import create_app
from app.settings import Settings

TOKEN = "a-token-of-twenty-four-x"


def application(cache, **settings) -> FastAPI:
    return create_app(
        Settings(
            cache_dir=cache,
            default_model="lenet5.mnist5k",
            weights_mirror="http://127.0.0.1:9/",
            **settings,
        )
    )


@contextmanager
def served(cache, **settings) -> Iterator[str]:
    with live_server(application(cache, **settings)) as url:
        yield url
