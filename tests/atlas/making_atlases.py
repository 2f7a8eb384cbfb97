"""Pictures for atlases, and the program that makes one."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]


def write_digits(folder, count, seed=0):
    """Grey pictures, 28 x 28, in folders 0, 1 and 2."""
    generator = np.random.default_rng(seed)
    for number in range(count):
        levels = generator.integers(0, 256, (7, 7), dtype=np.uint8)
        path = folder / f"{number % 3}" / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(levels).resize((28, 28), Image.Resampling.BICUBIC).save(path)
    return folder


def command(pictures, directory, *more):
    return [
        *(sys.executable, "-m", "app.atlas", "lenet5", str(pictures)),
        *("--output", str(directory), *more),
    ]


def environment(cache):
    return {**os.environ, "CONVSCOPE_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}


def run(cache, pictures, directory, *more, before=()):
    """Make an atlas and wait for it."""
    return subprocess.run(
        [*before, *command(pictures, directory, *more)],
        env=environment(cache),
        cwd=cache,
        capture_output=True,
        text=True,
        check=False,
    )


def bytes_of(directory):
    """Every file of an atlas by its name, besides those that only a run needs."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
