"""The command that puts foreign networks through the microscope sees what is wrong."""

import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "foreign"]:
        del sys.modules[name]


def examined(build, shape=(3, 16, 16)):
    from foreign.checks import examine
    from foreign.specimens import Specimen

    return examine(Specimen("oddities", "this one", lambda: (build(), (shape,))))


def small():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())


@pytest.mark.parametrize(
    "name",
    [
        *("CBAM", "returns a dict", "half", "unfold and fold"),
        *("calls for nothing", "one module, three names", "attention in groups"),
    ],
)
def test_oddities_are_all_right(name):
    from foreign.oddities import ODDITIES

    make, shape = ODDITIES[name]
    found = examined(make, shape)
    assert (found.outcome, found.faults) == ("traced", [])
    assert found.units[0] > 0
    assert found.bounds[1] > 0


def test_refusals_are_told_in_their_words():
    from foreign.oddities import ODDITIES

    found = examined(ODDITIES["two inputs"][0])
    assert (found.outcome, found.faults) == ("refused", [])
    assert "takes 2 inputs" in found.words


def test_what_does_not_run_by_itself_is_told_apart():
    assert examined(lambda: nn.Linear(3, 4)).outcome == "not run"
    assert "division" in examined(lambda: 1 / 0).words


def test_wrong_outputs_and_maps_are_faults(monkeypatch):
    from foreign import checks

    real = checks.capture

    def doubled(graph, tensor, layer_ids=None):
        found = real(graph, tensor, layer_ids)
        return type(found)({key: value * 2 for key, value in found.items()}, found.logits * 2)

    monkeypatch.setattr(checks, "capture", doubled)
    faults = examined(small).faults
    assert any(fault.startswith("output: differs") for fault in faults)
    assert any(fault.startswith("map of 1: differs") for fault in faults)


def test_calls_in_another_order_are_faults(monkeypatch):
    from foreign import checks
    from foreign.oddities import ODDITIES

    real = checks.capture

    def swapped(graph, tensor, layer_ids=None):
        found = real(graph, tensor, layer_ids)
        values = dict(found) | {
            "activation": found["activation_1"],
            "activation_1": found["activation"],
        }
        return type(found)(values, found.logits)

    monkeypatch.setattr(checks, "capture", swapped)
    faults = examined(ODDITIES["calls for nothing"][0]).faults
    assert any(fault.startswith("map of activation_1: differs") for fault in faults)


def test_fields_that_are_too_small_are_faults(monkeypatch):
    from app.inspection.fields import reach
    from app.inspection.fields.layer_reach import LayerReach
    from app.inspection.graph.axis_reach import part

    real = reach.layer_reach

    def narrow(layer, place, sources):
        found = real(layer, place, sources)
        if layer.operation != "convolution":
            return found
        rows = part(0, found.rows.input_size, found.rows.output_size)
        return LayerReach(found.channels, rows, found.columns)

    monkeypatch.setattr(reach, "layer_reach", narrow)
    assert any("a pixel outside has a gradient" in fault for fault in examined(small).faults)


def test_wrong_explanations_are_faults(monkeypatch):
    from foreign import checks

    from app.inspection.arithmetic import unit

    def plus_one(site):
        return site.explain("copy", site.unit.value + 1, "{x}", x=site.unit)

    monkeypatch.setitem(unit._EXPLAINERS, "relu", plus_one)
    monkeypatch.setattr(unit, "agrees", lambda *_: True)
    assert any(fault.startswith("explanation of 2 (relu)") for fault in examined(small).faults)
    assert checks.TOLERANCE == 1e-5


def test_exceptions_are_faults(monkeypatch):
    from app.inspection.arithmetic import unit

    def broken(site):
        raise KeyError(site.layer.id)

    monkeypatch.setitem(unit._EXPLAINERS, "relu", broken)
    found = examined(small)
    assert any("KeyError: '2'" in fault for fault in found.faults)


def test_a_network_that_changes_is_noticed(monkeypatch):
    from foreign import checks

    real = checks.trace

    def writing(module, shape):
        module[1].running_mean += 1
        return real(module, shape)

    monkeypatch.setattr(checks, "trace", writing)
    assert "the network was changed" in examined(small).faults


def test_the_page_counts_and_names_what_is_wrong():
    from foreign.checks import Findings
    from foreign.page import page

    class Odd(nn.Module):
        def forward(self, x):
            return functional.relu(torch.cumprod(x, 2)).flatten(1)

    right = examined(Odd)
    assert right.unknown == {"cumprod": 1}
    wrong = Findings("oddities", "another", "failed", faults=["lost: not done within 600 s"])
    text = page([right.as_dict(), wrong.as_dict()], Counter(oddities=3))
    assert "| oddities | 2 of 3 | 2 | 1 | 0 | 1 | 1 | 1 of 3 |" in text
    assert "- oddities/another: lost: not done within 600 s" in text
    assert "| `cumprod` | 1 | 1 |" in text
    assert "| this one | 3 x 16 x 16 | 3 layers; output bit for bit;" in text
