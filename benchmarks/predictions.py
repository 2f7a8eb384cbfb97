"""What the server adds to a prediction: its time and throughput against the bare computation.

The limit is decode + preprocess + forward pass in this process, without a server. Everything is a
ratio to a limit measured in the same run, because machines differ and drift.

Run: `make bench` (python -m benchmarks.predictions). Only 127.0.0.1 is ever contacted.
"""

import argparse
import http.client
import io
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from app.inspection.activations.loading import LoadedModel, load_model
from app.inspection.activations.prediction import predict
from benchmarks.serving import EXAMPLES, MULTIPART, multipart, running_server, seconds_of
from models.catalogue.catalogue import DEFAULT_MODEL, catalogue
from models.pictures import decode_picture
from models.weights.locations import WeightsLocations


@dataclass(frozen=True)
class Load:
    """What a number of clients at once met."""

    clients: int
    per_second: float
    p50_ms: float
    p99_ms: float
    busy: int
    errors: int


def large_jpeg() -> bytes:
    """A photograph of 12 megapixels (4000x3000), enlarged from an example, with sensor noise."""
    with Image.open(EXAMPLES / "astronaut.png") as example:
        enlarged = np.asarray(example.convert("RGB").resize((4000, 3000)), dtype=np.int16)
    noise = np.random.default_rng(0).integers(-6, 7, enlarged.shape, dtype=np.int16)
    file = io.BytesIO()
    noisy = np.clip(enlarged + noise, 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(file, "JPEG", quality=85)
    return file.getvalue()


class Client:
    """One connection that is kept open, as a browser or a script would."""

    def __init__(self, port: int, body: bytes) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._body = body

    def ask(self) -> int:
        """Post the picture once; the status."""
        headers = {"Content-Type": MULTIPART}
        self._connection.request("POST", "/api/v1/predictions", self._body, headers)
        response = self._connection.getresponse()
        response.read()
        return response.status


def bare(model: LoadedModel, data: bytes) -> Callable[[], object]:
    """Decode, preprocess and run the network, as the server does, without it."""

    def compute() -> object:
        picture = decode_picture(data)
        return predict(model, picture.image, picture.orientation)

    return compute


def alone(compute: Callable[[], object], client: Client, rounds: int) -> tuple[float, float]:
    """Median seconds (bare, through the server), measured in turn."""
    pairs = [(seconds_of(compute), seconds_of(client.ask)) for _ in range(rounds)]
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
    )


def bare_throughput(compute: Callable[[], object], workers: int, jobs: int) -> float:
    """Predictions a second of this process with one thread a core."""
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as executor:
        return jobs / seconds_of(lambda: list(executor.map(lambda _: compute(), range(jobs))))


def under_load(port: int, body: bytes, clients: int, jobs: int) -> Load:
    """So many clients at once, each asking again as soon as it is answered."""

    def session(_: int) -> list[tuple[float, int]]:
        client = Client(port, body)
        answers = []
        for _ in range(max(1, jobs // clients)):
            start = time.perf_counter()
            status = client.ask()
            answers.append((time.perf_counter() - start, status))
        return answers

    with ThreadPoolExecutor(clients) as executor:
        start = time.perf_counter()
        answers = [answer for each in executor.map(session, range(clients)) for answer in each]
        elapsed = time.perf_counter() - start
    times_ms = np.array([seconds * 1000 for seconds, status in answers if status == 200])
    busy = sum(status == 503 for _, status in answers)
    return Load(
        clients=clients,
        per_second=len(times_ms) / elapsed,
        p50_ms=float(np.percentile(times_ms, 50)),
        p99_ms=float(np.percentile(times_ms, 99)),
        busy=busy,
        errors=len(answers) - len(times_ms) - busy,
    )


def report(title: str, data: bytes, model: LoadedModel, port: int, jobs: int) -> None:
    """Measure one picture and print its figures as Markdown."""
    compute, body = bare(model, data), multipart(data)
    client = Client(port, body)
    alone(compute, client, 3)  # Warm both sides.
    limit_s, served_s = alone(compute, client, jobs // 4)
    print(f"\n### {title} ({len(data):,} bytes)\n")
    print(
        f"One at a time: {limit_s * 1000:.1f} ms bare, {served_s * 1000:.1f} ms through the "
        f"server, ratio **{served_s / limit_s:.3f}** (aim 1.15).\n"
    )
    print("| clients | of the limit (aim 0.95) | a second | p50 ms | p99 ms | busy | errors |")
    print("|---|---|---|---|---|---|---|")
    workers = os.cpu_count() or 1
    for clients in (1, 4, 16):
        # The limit around the load, so that a drift of the machine meets both.
        before = bare_throughput(compute, min(clients, workers), jobs)
        load = under_load(port, body, clients, jobs)
        after = bare_throughput(compute, min(clients, workers), jobs)
        share = load.per_second / ((before + after) / 2)
        print(
            f"| {load.clients} | {share:.3f} | {load.per_second:.1f} | {load.p50_ms:.0f} | "
            f"{load.p99_ms:.0f} | {load.busy} | {load.errors} |"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=160, help="predictions a measurement")
    jobs = parser.parse_args().jobs
    torch.set_num_threads(1)
    model = load_model(
        catalogue().resolve(DEFAULT_MODEL), WeightsLocations(cache_directory=Path("unused"))
    )
    print(f"{os.cpu_count()} cores, torch {torch.__version__}, {DEFAULT_MODEL}, {jobs} predictions")
    with running_server() as server:
        port = server.port
        report("512x512 PNG", (EXAMPLES / "astronaut.png").read_bytes(), model, port, jobs)
        report("12-megapixel JPEG", large_jpeg(), model, port, max(32, jobs // 4))


if __name__ == "__main__":
    main()
