"""Stored graphs as bytes: JSON, compressed, never more of it than a network could have."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.stored.reading import read_graph
from app.inspection.stored.writing import describe_graph
from models.disk.checked_fields import DamagedRecordError, fields_of

# Compressed and not: ResNet-152 takes 10 kB and 110 kB.
LARGEST_PACKED_BYTES = 64 * 2**20
_LARGEST_BYTES = 128 * 2**20
# Of zlib: with gzip's header and checksum.
_GZIP = 31


def pack_graph(graph: LayerGraph, key: Mapping[str, Any]) -> bytes:
    """The graph as a gzip file; the same bytes for the same graph.

    Args:
        graph: to be written down.
        key: what it depends on, ready for JSON.

    Raises:
        ValueError: see `describe_graph`.
    """
    document = {"key": key, **describe_graph(graph)}
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    compressing = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    return compressing.compress(text.encode()) + compressing.flush()


def unpack_graph(data: bytes, key: Mapping[str, Any], where: str) -> LayerGraph | None:
    """The graph in a gzip file, None if it was written for another key.

    Args:
        data: of the file.
        key: what it must depend on.
        where: it lies, for the message of an error.

    Raises:
        DamagedRecordError: it is no such file, or is larger than any network is.
    """
    unpacking = zlib.decompressobj(_GZIP)
    try:
        text = unpacking.decompress(data, _LARGEST_BYTES)
    except zlib.error as error:
        raise DamagedRecordError(f"{where} is no gzip file ({error}).") from error
    if not unpacking.eof:
        cause = "is cut short" if not unpacking.unconsumed_tail else "holds too much"
        raise DamagedRecordError(f"{where} {cause}.")
    document = fields_of(text, where)
    if document.inner("key").values != key:
        return None
    return read_graph(document)
