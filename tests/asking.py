"""httpx2's calls with a limit that a busy machine keeps too: its own is 5 s."""

from functools import partial

import httpx2

TIMEOUT_S = 60

get = partial(httpx2.get, timeout=TIMEOUT_S)
post = partial(httpx2.post, timeout=TIMEOUT_S)
patch = partial(httpx2.patch, timeout=TIMEOUT_S)
delete = partial(httpx2.delete, timeout=TIMEOUT_S)
stream = partial(httpx2.stream, timeout=TIMEOUT_S)
