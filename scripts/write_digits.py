#!/usr/bin/env python3
"""Writes the ten digits that ship as example pictures, into static/examples/digits/.

Run: `make digits`. Each is the first of its class among the 1,000 held-out digits of
models/data/mnist5k.npz, from which no network of this program has learned. A test holds the files
current.
"""

from pathlib import Path

from app.stores.held_out_digits import DIGITS, digit_png

DIRECTORY = Path(__file__).parents[1] / "static" / "examples" / "digits"
NUMBER = 0


def main() -> None:
    """Write all ten, 28 x 28 px, grey, light on dark."""
    DIRECTORY.mkdir(exist_ok=True)
    for digit in range(DIGITS):
        (DIRECTORY / f"digit-{digit}.png").write_bytes(digit_png(digit, NUMBER))


if __name__ == "__main__":
    main()
