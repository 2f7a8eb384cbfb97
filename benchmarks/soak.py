"""Thousands of mixed requests, hostile clients among them: what breaks, what is slow, what leaks.

Eight clients ask what pages and programs ask; beside them others stay silent, send half a head,
dribble, do not read, hang up, and send pictures that are made to hold a decoder. Counted are the
answers by status; the time of a cheap prediction (LeNet-5, a picture that it has not seen) is taken
on its own. Only 127.0.0.1 is contacted.

Run: `make soak`, or `python -m benchmarks.soak --requests 10000`.
"""

import argparse
import asyncio
import io
import os
import random
import signal
import statistics
import struct
import sys
import time
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import numpy as np
from PIL import Image

from benchmarks.serving import RunningServer, running_server

CLIENTS = 8
DIGITS, PHOTOGRAPHS = "lenet5.mnist5k", "efficientnet_lite0.imagenet1k"
EXAMPLES = ("chelsea", "coffee", "rocket", "astronaut")
LAYERS = ("conv_stem", "blocks.2.1.add", "blocks.4.0.bn1.act", "bn2.act", "classifier")
P99_AIM_S, END_AIM_S = 1.0, 10.0
_READ_S = 60.0
# Busy is an answer, not a fault.
_FINE = frozenset({200, 201, 204, 304, 400, 403, 404, 408, 413, 415, 421, 422, 503})


def png_of(seed: int, side: int = 48) -> bytes:
    """A picture that nobody has sent before."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def progressive(scans: int) -> bytes:
    """A JPEG whose last scan is there so many times."""
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def tall_png(height: int) -> bytes:
    """One column of very many rows, in a few bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 1, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(2 * height), 9)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@dataclass
class Tally:
    """What came of the requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    cheap_s: list[float] = field(default_factory=list)
    memory: list[tuple[int, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    taken_s: float = 0.0
    end_s: float = 0.0

    @property
    def requests(self) -> int:
        return sum(self.statuses.values()) + sum(self.failures.values())

    def note(self, answer: httpx2.Response) -> None:
        self.statuses[answer.status_code] += 1
        if answer.status_code not in _FINE:
            self.faults.append(f"{answer.status_code} {answer.request.url}: {answer.text[:200]}")


class Asker:
    """One client that asks what a page or a program asks, in a drawn order."""

    def __init__(self, client: httpx2.AsyncClient, tally: Tally, seed: int) -> None:
        self._client = client
        self._tally = tally
        self._random = random.Random(seed)
        self._seed = seed * 1_000_000
        self._image = "example-chelsea"
        self._hostile = (progressive(300), tall_png(20_000_000), b"GIF89a" + bytes(200), b"", b"BM")

    async def ask(self) -> None:
        kind = self._random.choices(
            (
                *(self._cheap, self._upload, self._prediction, self._maps, self._numbers),
                *(self._attribution, self._occlusion, self._page, self._wrong, self._bad_picture),
            ),
            (20, 6, 12, 14, 14, 4, 1, 10, 10, 6),
        )[0]
        try:
            await kind()
        except httpx2.HTTPError as error:
            self._tally.failures[type(error).__name__] += 1

    async def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        answer = await self._client.request(method, path, **options)
        self._tally.note(answer)
        return answer

    def _picture(self) -> str:
        if self._random.random() < 0.5:
            return self._image
        return f"example-{self._random.choice(EXAMPLES)}"

    def _fresh(self) -> bytes:
        self._seed += 1
        return png_of(self._seed)

    async def _cheap(self) -> None:
        files = {"file": ("digit.png", self._fresh())}
        start = time.perf_counter()
        answer = await self._send(
            "POST", "/api/v1/predictions", files=files, data={"model": DIGITS}
        )
        if answer.status_code == 200:
            self._tally.cheap_s.append(time.perf_counter() - start)

    async def _upload(self) -> None:
        answer = await self._send(
            "POST", "/api/v1/images", files={"file": ("a.png", self._fresh())}
        )
        if answer.status_code == 201:
            if self._image.startswith("example") or self._random.random() < 0.5:
                self._image = answer.json()["id"]
            else:
                await self._send("DELETE", f"/api/v1/images/{answer.json()['id']}")

    async def _prediction(self) -> None:
        model = self._random.choice((DIGITS, PHOTOGRAPHS))
        query = {"image": self._picture(), "top": 5}
        await self._send("GET", f"/api/v1/models/{model}/predictions", params=query)

    async def _maps(self) -> None:
        layer = self._random.choice(LAYERS)
        form = self._random.choice(("json", "u8", "npy"))
        path = f"/api/v1/models/{PHOTOGRAPHS}/layers/{layer}/activations"
        await self._send("GET", path, params={"image": self._picture(), "format": form})

    async def _numbers(self) -> None:
        channel, row, column = (self._random.randrange(6) for _ in range(3))
        path = f"/api/v1/models/{DIGITS}/layers/c3/units/{channel}/{row}/{column}"
        await self._send("GET", path, params={"image": self._picture()})
        field_path = f"/api/v1/models/{PHOTOGRAPHS}/layers/conv_stem/receptive-field"
        await self._send("GET", field_path, params={"row": row, "column": column})

    async def _attribution(self) -> None:
        method = self._random.choice(("saliency", "grad_cam", "input_times_gradient"))
        query = {"image": self._picture(), "class": self._random.randrange(10)}
        await self._send("GET", f"/api/v1/models/{DIGITS}/attributions/{method}", params=query)

    async def _occlusion(self) -> None:
        """Long work; every second client does not wait for its end."""
        query = {"image": self._picture(), "class": self._random.randrange(10), "patch": 4}
        timeout = 0.05 if self._random.random() < 0.5 else _READ_S
        with suppress(httpx2.ReadTimeout):
            path = f"/api/v1/models/{DIGITS}/occlusion"
            await self._send("GET", path, params=query, timeout=timeout)

    async def _page(self) -> None:
        page = self._random.choice(("/", "/compare", "/fields", "/train", "/docs", "/healthz"))
        await self._send("GET", page)

    async def _wrong(self) -> None:
        await self._random.choice(
            (
                lambda: self._send("GET", "/api/v1/models/nothing/predictions"),
                lambda: self._send("GET", "/api/v1/images/none"),
                lambda: self._send("GET", "/api/v1/models", params={"a": 1}),
                lambda: self._send("GET", "/api/v1/models", headers={"Host": "evil.example"}),
                lambda: self._send(
                    "POST", "/api/v1/images", headers={"Origin": "http://evil.example"}
                ),
                lambda: self._send("POST", "/api/v1/training/runs", content=b"[" * 5000),
                lambda: self._send(
                    "GET",
                    f"/api/v1/models/{PHOTOGRAPHS}/occlusion",
                    params={"image": "example-coffee", "class": 1, "patch": 1, "stride": 1},
                ),
            )
        )()

    async def _bad_picture(self) -> None:
        data = self._random.choice(self._hostile)
        await self._send("POST", "/api/v1/images", files={"file": ("a", data)})


async def hostile(address: str, seed: int, is_over: asyncio.Event) -> None:
    """One client after another that does not behave, until all is over."""
    place = urlsplit(address)
    drawn = random.Random(seed)
    head = (
        f"POST /api/v1/images HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 100000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()
    large = (
        f"GET /api/v1/models/{PHOTOGRAPHS}/layers/conv_stem/activations?image=example-coffee"
        f"&format=npy HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n"
    ).encode()
    while not is_over.is_set():
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            first = drawn.choice((b"", head[:30], head, large, b"\x16\x03\x01\x02" * 50))
            writer.write(first)
            for _ in range(drawn.randrange(1, 30)):
                if is_over.is_set() or reader.at_eof():
                    break
                with suppress(TimeoutError):
                    await asyncio.wait_for(is_over.wait(), 0.2)
                if first == head:
                    writer.write(b"x")
                    await writer.drain()
            writer.transport.abort()


async def soak(server: RunningServer, requests: int, hostile_clients: int) -> Tally:
    """Ask so many times, then tell the server to end while the hostile clients go on."""
    tally, is_over = Tally(), asyncio.Event()
    others = [
        asyncio.create_task(hostile(server.url, seed, is_over)) for seed in range(hostile_clients)
    ]

    async def client(seed: int) -> None:
        async with httpx2.AsyncClient(base_url=server.url, timeout=_READ_S) as connection:
            asker = Asker(connection, tally, seed)
            while tally.requests < requests:
                await asker.ask()
                if tally.requests >= len(tally.memory) * requests // 20:
                    tally.memory.append((tally.requests, server.resident_bytes()))

    start = time.perf_counter()
    await asyncio.gather(*(client(seed) for seed in range(CLIENTS)))
    tally.taken_s = time.perf_counter() - start
    start = time.perf_counter()
    os.kill(server.process_id, signal.SIGTERM)
    await asyncio.to_thread(wait_for_end, server.process_id)
    tally.end_s = time.perf_counter() - start
    is_over.set()
    await asyncio.gather(*others)
    return tally


def wait_for_end(process_id: int) -> None:
    """Until the process has ended, also where its parent has not yet asked how."""
    while "State:\tZ" not in Path(f"/proc/{process_id}/status").read_text():
        time.sleep(0.05)


def report(tally: Tally) -> bool:
    """Print what came of it; True if every aim was met."""
    taken_s, end_s = tally.taken_s, tally.end_s
    cheap = sorted(tally.cheap_s)
    p50, p99 = statistics.median(cheap), cheap[int(0.99 * (len(cheap) - 1))]
    print(
        f"{tally.requests:,} requests in {taken_s:.0f} s, {tally.requests / taken_s:.0f} a second"
    )
    print("answers:", ", ".join(f"{n:,} x {code}" for code, n in sorted(tally.statuses.items())))
    print("without an answer:", dict(tally.failures) or "none")
    print(f"cheap prediction ({len(cheap):,}): p50 {1000 * p50:.0f} ms, p99 {1000 * p99:.0f} ms")
    print("memory, MB:", ", ".join(f"{done}: {held / 2**20:.0f}" for done, held in tally.memory))
    print(f"ended {end_s:.1f} s after SIGTERM")
    for fault in tally.faults[:20]:
        print("FAULT", fault)
    return not tally.faults and not tally.failures and p99 < P99_AIM_S and end_s < END_AIM_S


def main() -> None:
    """Start a server, soak it, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--hostile", type=int, default=24, help="clients that do not behave")
    arguments = parser.parse_args()
    with running_server() as server:
        tally = asyncio.run(soak(server, arguments.requests, arguments.hostile))
    sys.exit(0 if report(tally) else 1)


if __name__ == "__main__":
    main()
