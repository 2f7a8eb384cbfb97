"""A stored graph says and computes what the traced one does; what is none is refused in words."""

import copy
import json
import zlib

import awkward_networks as awkward
import pytest
import torch
from awkward_networks import prepared
from drawn_networks import STEP, drawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_foreign_operations import Applied

from app.inspection.activations.capture import capture
from app.inspection.arithmetic.unit import explain
from app.inspection.fields.receptive_field import field_table
from app.inspection.graph.known_operations import OPERATIONS
from app.inspection.stored.files import pack_graph, unpack_graph
from app.inspection.stored.reading import read_graph
from app.inspection.stored.targets import _ATEN
from app.inspection.stored.writing import describe_graph
from app.inspection.tracing.structure import trace_structure
from app.inspection.tracing.tracing import trace
from app.stores.graph_files import read_shipped
from app.stores.graphs import design
from models.catalogue.catalogue import catalogue
from models.disk.checked_fields import DamagedRecordError, Fields, fields_of
from models.disk.graphs import GRAPH_DIRECTORY
from models.weights.construction import build_random
from models.weights.loading import frozen

SHAPE = (3, 16, 16)
KEY = {"design": "awkward"}


def read_back(graph, module):
    text = json.dumps(describe_graph(graph), allow_nan=False)
    return read_graph(fields_of(text, "the graph")).bound_to(module)


def assert_same(graph, stored, tensor):
    assert stored.layers == graph.layers
    assert stored.root == graph.root
    assert (stored.output, stored.any_batch) == (graph.output, graph.any_batch)
    assert stored.tensors.keys() == graph.tensors.keys()
    assert list(stored.state) == list(graph.state)
    for name, form in graph.state.items():
        found = stored.state[name]
        assert (found.shape, found.dtype) == (form.shape, form.dtype), name
    before, after = capture(graph, tensor), capture(stored, tensor)
    assert torch.equal(before.logits, after.logits)
    for layer_id in graph.layer_ids:
        assert torch.equal(before[layer_id], after[layer_id]), layer_id
        assert graph.consumers(layer_id) == stored.consumers(layer_id)
        assert (graph.call(layer_id) is None) == (stored.call(layer_id) is None), layer_id
        assert graph.reads_weight_as_it_is(layer_id) == stored.reads_weight_as_it_is(layer_id)


def test_operations_that_may_be_called_exist_and_are_all_that_are_explained():
    assert [name for name in sorted(_ATEN) if not hasattr(torch.ops.aten, name)] == []
    # The second of two results is called as the first is. These two are no calls: one is a class of
    # its own, one is found in a pattern of others.
    called = {name.removesuffix("_1") for name in OPERATIONS}
    assert called - _ATEN == {"write_view", "local_response_norm"}


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.mT,
        lambda x: x.conj().adjoint().moveaxis(1, 2).ravel(),
        lambda x: torch.column_stack([x, x.negative()]).subtract(1).float_power(2).float(),
        lambda x: torch.linalg.norm(x, dim=1) + torch.trace(x[0, 0]),
        lambda x: torch.nn.functional.pad(x, (1, 1, 1, 1), "circular").sgn(),
        lambda x: torch.fft.fftn(x, dim=(2, 3)).angle(),
    ],
)
def test_stored_graph_of_rare_operations_computes_the_same(function):
    module = Applied(function).eval()
    tensor = torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(2))
    graph = trace(module, SHAPE)
    found = read_back(graph, module)
    assert torch.equal(capture(found, tensor).logits, capture(graph, tensor).logits)


@pytest.mark.parametrize("network", awkward.COMPUTABLE, ids=lambda network: network.__name__)
def test_stored_graph_computes_the_same(network):
    module = prepared(network)
    graph = trace(module, SHAPE)
    tensor = torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(1))
    assert_same(graph, read_back(graph, module), tensor)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, min_size=1, max_size=5), st.tuples(st.integers(5, 9), st.integers(5, 9)))
def test_stored_graph_of_a_drawn_network_computes_the_same(steps, size):
    module = drawn(steps, size)
    if module is None:
        return
    graph = trace(module, (2, *size))
    tensor = torch.randn(1, 2, *size, generator=torch.Generator().manual_seed(len(steps)))
    assert_same(graph, read_back(graph, module), tensor)


FAST = {"lenet5", "googlenet_32", "separable_net", "resnet18", "squeezenet1_1"}
DESIGNS = {design(entry): entry for entry in catalogue()}


def test_graph_of_every_design_ships_and_is_current():
    assert [key for key in DESIGNS if read_shipped(*key) is None] == [], "run make graphs"
    assert sum(path.stat().st_size for path in GRAPH_DIRECTORY.iterdir()) < 4_000_000


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(
            key,
            marks=[] if key[0] in FAST else pytest.mark.full,
            id=f"{key[0]}-{key[1][-1]}",
        )
        for key in sorted(DESIGNS)
    ],
)
def test_graph_that_ships_is_what_would_be_traced(key):
    """Layers, fields, explanations and captures of the design with random weights."""
    entry = DESIGNS[key]
    shipped = read_shipped(*key)
    assert shipped is not None
    traced = trace_structure(entry)
    assert json.dumps(describe_graph(shipped)) == json.dumps(describe_graph(traced))
    module = frozen(build_random(entry.architecture.build, 0))
    shape = entry.preprocessing.input_shape
    tensor = torch.randn(1, *shape, generator=torch.Generator().manual_seed(1))
    graph, stored = traced.bound_to(module), shipped.bound_to(module)
    with torch.inference_mode():
        assert_same(graph, stored, tensor)
    assert field_table(stored) == field_table(graph)
    activations = capture(graph, tensor)
    for layer in graph.layers[1 :: max(1, len(graph.layers) // 20)]:
        place = tuple(size // 2 for size in layer.output_shape)
        found = [explain(each, activations, layer.id, place) for each in (graph, stored)]
        assert repr(found[0]) == repr(found[1]), layer.id


@pytest.fixture(scope="module")
def document():
    module = prepared(awkward.WritesThroughViews)
    return describe_graph(trace(module, SHAPE))


def changed(document, path, value):
    found = copy.deepcopy(document)
    *way, last = path
    place = found
    for step in way:
        place = place[step]
    place[last] = value
    return found


WRONG = {
    ("format",): ("onnx", "format"),
    ("version",): (2, "version 2"),
    ("output",): ("nothing", "output"),
    ("result",): (10_000, "result"),
    ("dependent",): ([-1], "dependent"),
    ("input_shape",): ([3, 16], "input_shape"),
    ("state",): ([], "state"),
    ("state", "weight"): ({"dtype": "float33", "shape": []}, "float33"),
    ("state", "bias"): ({"dtype": "float32", "shape": [-1]}, "shape"),
    ("layers", 0, "output_shape"): ([3, 16, 17], "first must be the input"),
    ("layers", 1, "id"): ("input", "two layers"),
    ("layers", 1, "inputs"): (["later"], "later"),
    ("layers", 1, "output_shape"): ([2**20] * 3, "fits memory"),
    ("layers", 1, "window"): ({"kernel": [0, 1]}, "kernel"),
    ("layers", 1, "number_type"): ("float33", "float33"),
    ("blocks", "children"): ([], "stands in none"),
    ("operations", 0): ({"input": True}, "are the input"),
    ("operations", -1, "call"): ("aten.from_file.default", "from_file"),
    ("operations", -1, "args"): ([{"node": 10_000}], "no operation 10000"),
}


@pytest.mark.parametrize("path", WRONG, ids=lambda path: ".".join(map(str, path)))
def test_what_is_wrong_is_named(document, path):
    value, words = WRONG[path]
    with pytest.raises(DamagedRecordError, match=words):
        read_graph(Fields(changed(document, path, value), "the graph"))


@pytest.mark.parametrize(
    "target",
    [
        *("aten.relu_.default", "aten.empty.memory_format", "aten.rand.default"),
        *("aten.from_file.default", "aten.relu.nothing", "aten.__class__", "aten..", "aten"),
        *("os.system", "torch.os.system", "builtins.eval", "aten.relu.default.__init__"),
        *("prim.device.default", "eval", "getattr", "aten.copy_.default", "aten.set_.default"),
        *({"on_copy": "os.system"}, {"write_view": {"on_copy": "eval"}, "item": None}),
        *({"on_copy": {"on_copy": {"on_copy": {"on_copy": {"on_copy": "aten.relu_.default"}}}}},),
        *(None, 3, [], {}, {"call": "aten.relu.default"}),
    ],
    ids=str,
)
def test_only_listed_operations_can_be_called(document, target):
    wrong = changed(document, ("operations", -1, "call"), target)
    with pytest.raises(DamagedRecordError):
        read_graph(Fields(wrong, "the graph"))


def test_graph_file_is_for_its_key_alone():
    graph = trace(prepared(awkward.Dense), SHAPE)
    data = pack_graph(graph, KEY)
    assert data == pack_graph(graph, KEY)
    assert unpack_graph(data, KEY, "file").layers == graph.layers
    assert unpack_graph(data, {"design": "another"}, "file") is None


def test_file_that_is_cut_swollen_or_something_else_is_refused(monkeypatch):
    data = pack_graph(trace(prepared(awkward.Dense), SHAPE), KEY)
    for wrong in (data[:-1], data[:40], b"", b"\x1f\x8b", b"PK\x03\x04", data[:-8] + bytes(8)):
        with pytest.raises(DamagedRecordError):
            unpack_graph(wrong, KEY, "file")
    monkeypatch.setattr("app.inspection.stored.files._LARGEST_BYTES", 1000)
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    with pytest.raises(DamagedRecordError, match="too much"):
        unpack_graph(bomb.compress(bytes(10_000_000)) + bomb.flush(), KEY, "file")
