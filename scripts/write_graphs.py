#!/usr/bin/env python3
"""Writes models/graphs/: the layer graph of every design of the catalogue, traced and stored.

Those that are current stay as they are. `--all` traces every one anew, for when the way of tracing
has changed.
"""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from app.inspection.stored.files import pack_graph
from app.inspection.tracing.structure import trace_structure
from app.stores.graph_files import read_shipped, shipped_key, shipped_path
from app.stores.graphs import design
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry
from models.disk.graphs import GRAPH_DIRECTORY
from models.disk.whole_files import write_atomically


def designs() -> dict[Path, ModelEntry]:
    """An entry of every design and input of the catalogue, by where its graph lies."""
    return {shipped_path(*design(entry)): entry for entry in catalogue()}


def main() -> int:
    """Write what is missing, take away what is of no design any more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="trace also what is current")
    every = parser.parse_args().all
    GRAPH_DIRECTORY.mkdir(exist_ok=True)
    wanted = designs()
    for path in set(GRAPH_DIRECTORY.iterdir()) - set(wanted):
        path.unlink()
    stale = {
        path: entry
        for path, entry in wanted.items()
        if every or read_shipped(*design(entry)) is None
    }
    for path, entry in tqdm(stale.items(), unit="design"):
        graph = trace_structure(entry)
        write_atomically({path: pack_graph(graph, shipped_key(*design(entry)))})
    return 0


if __name__ == "__main__":
    sys.exit(main())
