"""Whatever a stored graph is changed into, it is read or refused in words."""

import json
import random
import tracemalloc
import zlib

import awkward_networks as awkward
import pytest
from awkward_networks import prepared

from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.stored.files import pack_graph, unpack_graph
from app.inspection.stored.reading import read_graph
from app.inspection.stored.writing import describe_graph
from app.inspection.tracing.tracing import trace
from models.disk.checked_fields import DamagedRecordError, fields_of

SHAPE = (3, 16, 16)
NETWORKS = (awkward.WritesThroughViews, awkward.Windows, awkward.WritesUnderModes, awkward.Dense)
VALUES = (
    *(None, True, False, 0, 1, -1, 2, 2**31, 2**63, -(2**63), 10**400, 0.5, 1e308, "", "input"),
    *("aten.relu_.default", "os.system", "aten.from_file.default", "__import__", "x" * 10_000),
    *("\ud800", [], {}, [[]] * 3, {"node": 0}, {"node": 10**9}, {"node": True}, {"float": "nan"}),
    *({"tuple": [{"node": 1}]}, {"map": {"a": 1}}, {"dtype": "float32"}, {"slice": [1]}),
    *({"call": "aten.relu.default"}, {"on_copy": "aten.relu_.default"}, {"constant": {}}),
    *({"constant": {"dtype": "int64", "shape": [2**32], "data": "AAAA"}}, [2**16] * 2),
)


def places_of(value, way=()):
    """The way to every value inside another."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in inner:
        yield (*way, key)
        if isinstance(entry, dict | list):
            yield from places_of(entry, (*way, key))


def mutate(document, places, generator):
    """Change one place to another value, take it away, or double it."""
    *way, last = generator.choice(places)
    place = document
    for step in way:
        place = place[step]
    match generator.randrange(4):
        case 0:
            del place[last]
        case 1 if isinstance(place, list):
            place.insert(last, place[last])
        case 2:
            other = document
            for step in generator.choice(places):
                other = other[step]
            place[last] = json.loads(json.dumps(other))
        case _:
            place[last] = generator.choice(VALUES)


def nested(depth):
    return "[" * depth + "]" * depth


def check_mutations(count, seed):
    generator = random.Random(seed)
    texts = [json.dumps(describe_graph(trace(prepared(network), SHAPE))) for network in NETWORKS]
    places = [list(places_of(json.loads(text))) for text in texts]
    refusals = []
    for _ in range(count):
        chosen = generator.randrange(len(texts))
        document = json.loads(texts[chosen])
        # More than one change would mostly meet what another has taken away.
        mutate(document, places[chosen], generator)
        try:
            found = read_graph(fields_of(json.dumps(document), "the graph"))
        except DamagedRecordError as error:
            refusals.append(str(error))
        else:
            assert isinstance(found, LayerGraph)
    assert 0 < len(refusals) < count
    assert all(0 < len(words) < 2000 for words in refusals)


def test_a_changed_graph_is_read_or_refused():
    check_mutations(1500, seed=0)


@pytest.mark.full
def test_very_many_changed_graphs_are_read_or_refused():
    check_mutations(100_000, seed=1)


@pytest.mark.parametrize("depth", [100, 10_000, 1_000_000])
def test_lists_in_lists_without_end_are_refused(depth):
    text = f'{{"format": "convscope-graph", "version": 1, "operations": {nested(depth)}}}'
    with pytest.raises(DamagedRecordError):
        read_graph(fields_of(text, "the graph"))


def test_changed_bytes_of_a_file_are_refused_within_memory():
    key = {"design": "awkward"}
    data = pack_graph(trace(prepared(awkward.Windows), SHAPE), key)
    generator = random.Random(2)
    tracemalloc.start()
    try:
        for _ in range(300):
            changed = bytearray(data)
            for _ in range(generator.randint(1, 4)):
                changed[generator.randrange(len(changed))] ^= 1 << generator.randrange(8)
            if zlib.crc32(changed) == zlib.crc32(data):
                continue
            try:
                found = unpack_graph(bytes(changed), key, "file")
            except DamagedRecordError:
                continue
            # The head of a gzip file says when it was made and on what: that may be anything.
            assert found is not None
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()
