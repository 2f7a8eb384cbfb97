#!/usr/bin/env python3
"""Writes models/recognition/index.json.gz: names and shapes of every design's tensors.

Run: `make index`. A test holds the file current. Takes minutes, and keeps what it has measured in
`build/recognition/` until it is through, so that a run that was stopped goes on where it was.
"""

import hashlib
import importlib.metadata
import json
import shutil
import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from models.disk.whole_files import write_atomically
from models.recognition.enumerating import every_design
from models.recognition.factories import factory
from models.recognition.index import INDEX_PATH, packed
from models.recognition.measuring import measure
from models.recognition.record import DesignRecord
from models.recognition.signature import OpenShape, Signature

KEPT = Path("build") / "recognition"
LIBRARIES = ("timm", "torch", "torchvision")


def versions() -> dict[str, str]:
    """Of the libraries that the designs are from, without what a wheel was built for."""
    return {name: importlib.metadata.version(name).partition("+")[0] for name in LIBRARIES}


def measured(record: DesignRecord) -> Signature | str:
    """The design's signature, or why it has none."""
    try:
        return measure(partial(factory, record), record.channels)
    except (RuntimeError, TypeError, ValueError, AttributeError, AssertionError) as error:
        return f"{type(error).__name__}: {error}"


def kept_or_measured(record: DesignRecord) -> Signature | str:
    """The same, out of the file of a run that was stopped."""
    key = hashlib.sha256(f"{record} {versions()}".encode()).hexdigest()[:16]
    path = KEPT / f"{record.name}-{key}.json"
    if path.exists():
        stored = json.loads(path.read_text())
    else:
        found = measured(record)
        stored = found if isinstance(found, str) else _document(found)
        write_atomically({path: json.dumps(stored).encode()})
    return stored if isinstance(stored, str) else _signature(stored)


def _document(signature: Signature) -> dict[str, object]:
    return {
        "tensors": {name: str(shape) for name, shape in signature.tensors.items()},
        "head": None if signature.head is None else sorted(signature.head),
    }


def _signature(stored: dict[str, object]) -> Signature:
    tensors = {name: OpenShape.parse(text) for name, text in stored["tensors"].items()}
    head = stored["head"]
    return Signature(tensors, None if head is None else frozenset(head))


def main() -> int:
    """Measure every design and write the file; says which cannot be measured, and why."""
    KEPT.mkdir(parents=True, exist_ok=True)
    found = []
    for record in tqdm(list(every_design()), unit="design"):
        signature = kept_or_measured(record)
        if isinstance(signature, str):
            tqdm.write(f"{record.name} is left out: {signature}")
        else:
            found.append((record, signature))
    write_atomically({INDEX_PATH: packed(found, versions())})
    shutil.rmtree(KEPT)
    print(f"{len(found)} designs, {INDEX_PATH.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
