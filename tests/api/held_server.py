"""`python -m app` of which everything that computes can be held up: POST /hold?what=..."""

import asyncio
import os
import threading
import time

import app.__main__
import app.services
from app.main import create_app

# The same limits, sooner.
app.services.CLOSE_S = 0.5
app.__main__._END_WITHIN_S = float(os.environ["END_WITHIN_S"])


def held_application(*arguments: object):
    application = create_app(*arguments)
    services = application.state.services

    async def hold(what: str) -> int:
        if what == "loop":
            asyncio.get_running_loop().call_later(0.1, time.sleep, 10**6)
        for _ in range(os.cpu_count()):
            services.pool._turns._executor.submit(threading.Event().wait)
        services.work._turns._executor.submit(threading.Event().wait)
        return os.getpid()

    application.add_api_route("/hold", hold, methods=["POST"])
    return application


app.__main__.create_app = held_application
app.__main__.main()
