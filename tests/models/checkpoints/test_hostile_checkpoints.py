"""Files made to do harm: nothing of them is run, nothing is left, and they are told for it."""

import collections
import copyreg
import io
import json
import pickle
import pickletools
import random
import struct
import zipfile

import pytest
import torch
from checkpoint_files import (
    NUMBERS,
    TENSOR,
    safetensors,
    saved,
    tensors,
    text,
    torch_archive,
    watched,
    weights,
    zipped,
)

from models.checkpoints.child import survey_in_child
from models.checkpoints.survey import survey
from models.checkpoints.tensors import mapped_tensors
from models.errors import CheckpointRefusedError

EXTENSION = 0x7ACE
# Each leaves one value on the stack, and makes the directory CANARY when it is unpickled.
CODE = {
    "REDUCE": b"cposix\nmkdir\n%s\x85R",
    "OBJ": b"(cposix\nmkdir\n%so",
    "INST": b"(%siposix\nmkdir\n",
    "STACK_GLOBAL": b"\x8c\x05posix\x8c\x05mkdir\x93%s\x85R",
    "EXT": b"\x83\xce\x7a%s\x85R",
    "EXT4": b"\x84\xce\x7a\0\0%s\x85R",
    "NEWOBJ": b"cshutil\n_Canary\n%s\x85\x81",
    "NEWOBJ_EX": b"cshutil\n_Canary\n%s\x85}\x92",
    "BUILD": b"cargparse\nNamespace\n)R}" + text("__setstate__") + b"cposix\nmkdir\nsb%sb",
    "builtins": b"cbuiltins\neval\n%s\x85R",
    "memo": b"cposix\nmkdir\nq\x070h\x07%s\x85R",
    "dotted": b"\x80\x04ctorch\nos.mkdir\n%s\x85R",
}
PLACES = {
    "alone": b"%s.",
    "item": weights(text("optimizer") + b"%s"),
    "key": b"\x80\x02}(" + b"%s" + b"N" + text("w") + TENSOR + b"u.",
    "state_dict": b"\x80\x02}" + text("state_dict") + weights(text("x") + b"%s")[2:-1] + b"s.",
    "thrown away": b"\x80\x02%s0" + weights()[2:],
    "optimiser": weights(
        text("optimizer") + b"}(" + text("state") + b"}K\0%ss" + text("param_groups") + b"]u"
    ),
    "tensor": weights().replace(b"ccollections\nOrderedDict\n)R", b"%s"),
    "then damaged": b"\x80\x02}%s\xff",
    "then cut": b"\x80\x02}%s",
}


class _Canary:
    """A class whose instances cannot be made unseen; only the control below puts it in place."""

    def __new__(cls, path, **_):
        import os

        os.mkdir(path)  # noqa: PTH102
        return super().__new__(cls)


def payload(kind, canary):
    argument = f"__import__('os').mkdir({str(canary)!r})" if kind == "builtins" else str(canary)
    return CODE[kind].replace(b"%s", text(argument))


@pytest.fixture
def canary(tmp_path):
    """A directory that none of the files may make."""
    (tmp_path / "place").mkdir()
    path = tmp_path / "place" / "canary"
    yield path
    assert not path.exists()


def refused(path, words="would run code"):
    """Refused, in these words; the interpreter is asked for nothing that could run anything."""
    before = sorted(path.parent.rglob("*"))
    with watched() as events, pytest.raises(CheckpointRefusedError, match=words) as caught:
        survey(path)
    assert events == []
    assert sorted(path.parent.rglob("*")) == before
    return str(caught.value)


@pytest.mark.parametrize("kind", CODE)
def test_control_these_pickles_do_run(kind, tmp_path, monkeypatch):
    import shutil

    canary = tmp_path / "canary"
    monkeypatch.setattr(shutil, "_Canary", _Canary, raising=False)
    copyreg.add_extension("posix", "mkdir", EXTENSION)
    try:
        pickle.loads(PLACES["alone"].replace(b"%s", payload(kind, canary)))
    finally:
        copyreg.remove_extension("posix", "mkdir", EXTENSION)
    assert canary.exists()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", CODE)
def test_code_in_an_archive_is_refused(kind, place, canary, tmp_path):
    content = PLACES[place].replace(b"%s", payload(kind, canary))
    path = tmp_path / "weights"
    path.write_bytes(torch_archive(content, [NUMBERS]))
    assert "nothing was run" in refused(path)


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("kind", CODE)
def test_code_in_each_pickle_of_an_old_file_is_refused(kind, at, canary, tmp_path):
    content = saved({"w": torch.ones(2)}, _use_new_zipfile_serialization=False)
    stream = io.BytesIO(content)
    parts = []
    for _ in range(5):
        begin = stream.tell()
        collections.deque(pickletools.genops(stream), maxlen=0)
        parts.append((begin, stream.tell()))
    begin, end = parts[at]
    hidden = b"\x80\x02" + payload(kind, canary) + b"0" + content[begin + 2 : end]
    path = tmp_path / "weights"
    path.write_bytes(content[:begin] + hidden + content[end:])
    refused(path)


@pytest.mark.parametrize("kind", CODE)
def test_code_in_a_plain_pickle_is_refused(kind, canary, tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(b"\x80\x02" + payload(kind, canary) + b".")
    refused(path)


def test_code_in_a_pickle_without_a_mark_is_refused(canary, tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(payload("INST", canary) + b".")
    refused(path)


def test_pickle_in_a_pickle_is_refused(canary, tmp_path):
    inner = b"\x80\x02" + payload("REDUCE", canary) + b"."
    path = tmp_path / "weights"
    path.write_bytes(
        torch_archive(
            weights(
                text("x")
                + b"ctorch.storage\n_load_from_bytes\nB"
                + struct.pack("<I", len(inner))
                + inner
                + b"\x85R"
            ),
            [NUMBERS],
        )
    )
    refused(path, "_load_from_bytes")


@pytest.fixture(scope="module")
def exported():
    stream = io.BytesIO()
    torch.export.save(torch.export.export(torch.nn.ReLU(), (torch.ones(1),)), stream)
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_exported_programs_are_refused_whatever_they_would_run(exported, canary, tmp_path):
    """Samples that are a pickle, an expression that sympy evaluates, an operator of any name."""
    [model] = [name for name in exported if name.endswith("models/model.json")]
    [sample] = [name for name in exported if "sample_inputs" in name]
    code = f"__import__('os').mkdir({str(canary)!r})"
    program = json.loads(exported[model])
    program["graph_module"]["graph"]["nodes"][0]["target"] = "torch.os.mkdir"
    expression = exported[model].replace(
        b'"range_constraints"', b'"expr_str": %b, "range_constraints"'
    )
    hostile = (
        {sample: b"\x80\x02" + payload("REDUCE", canary) + b"."},
        {model: expression.replace(b"%b", json.dumps(code).encode())},
        {model: json.dumps(program).encode()},
    )
    path = tmp_path / "weights"
    for changed in hostile:
        assert any(exported[name] != content for name, content in changed.items())
        path.write_bytes(zipped({**exported, **changed}))
        assert "nothing was run" in refused(path, "torch.export")


def test_names_are_no_paths(tmp_path):
    """Of an archive, of a storage and of a tensor; all three are read, and nothing is written."""
    pickle_ = weights().replace(text("w"), text("../../w")).replace(text("0"), text("../0"))
    path = tmp_path / "inner" / "weights"
    path.parent.mkdir()
    path.write_bytes(
        zipped({"../data.pkl": pickle_, "../data/../0": NUMBERS, "../../../evil": b"evil"})
    )
    before = sorted(tmp_path.rglob("*"))
    found = survey_in_child(path)
    assert list(found.tensors) == ["../../w"]
    assert mapped_tensors(path, found)["../../w"].tolist() == [1.5, -2.0]
    path.write_bytes(
        safetensors('{"/etc/x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', NUMBERS)
    )
    assert list(survey_in_child(path).tensors) == ["/etc/x"]
    assert sorted(tmp_path.rglob("*")) == before


def many(count):
    """A pickle of so many tensors of one storage."""
    items = b"".join(text(f"{number:07}") + b"h\x01" for number in range(count))
    return b"\x80\x02" + TENSOR + b"q\x010}(" + items + b"u."


def overlapping():
    """Two entries of one place, as in the zip bombs of D. Fifield (2019)."""
    content = bytearray(zipped({"a/data.pkl": weights(), "a/data/0": NUMBERS}))
    begin = content.rindex(b"PK\1\2")
    content[begin + 42 : begin + 46] = bytes(4)
    return bytes(content)


def doubled():
    """Two entries of one name: who takes the first reads something else than who takes the last."""
    content = zipped({"a/data.pkl": weights(), "b/data.pkl": weights(text("x") + b"N")})
    return content.replace(b"b/data", b"a/data")


def million_in_header():
    one = '"{}":{{"dtype":"F32","shape":[],"data_offsets":[0,4]}}'
    return safetensors("{" + ",".join(map(one.format, range(300_000))) + "}")


def one_storage_again_and_again():
    """2,000 names of 2,048 numbers that lie in the file once."""
    two, many_numbers = b"K\x02tQK\x00K\x02\x85", b"M\x00\x08tQK\x00M\x00\x08\x85"
    assert two in many(1)
    return torch_archive(many(2_000).replace(two, many_numbers), [bytes(8192)])


def in_itself():
    keys = ("state_dict", "model", "net", "ema", "module")
    items = b"".join(text(key) + b"h\0" for key in keys)
    return torch_archive(b"\x80\x02}q\0(" + items + b"uh\0.")


def long_value(opcode, length):
    return torch_archive(b"\x80\x04" + opcode + struct.pack("<Q", length) + b"x.")


def large_tensor():
    small = b"K\x00K\x02\x85K\x01\x85"
    large = b"K\x00\x8a\x08" + b"\x7f" * 8 + b"\x85K\x01\x85"
    assert small in weights()
    return torch_archive(weights().replace(small, large), [NUMBERS])


BOMBS = {
    "compressed": (
        lambda: zipped({"a/data.pkl": bytes(10**7), "a/data/0": b""}, zipfile.ZIP_DEFLATED),
        "compressed",
    ),
    "overlapping": (overlapping, "over one another"),
    "doubled": (doubled, "two entries of one name"),
    "a million entries": (
        lambda: zipped({})[:8] + struct.pack("<2H2IH", 65535, 65535, 0, 0, 0),
        "another length|not where|ends too soon",
    ),
    "a million tensors": (lambda: torch_archive(many(10**6), [NUMBERS]), "more than 50,000"),
    "a million tensors in a header": (million_in_header, "more than 50,000"),
    "one storage a thousand times": (one_storage_again_and_again, "repeat the same values"),
    "steps without end": (lambda: torch_archive(b"\x80\x02" + b"]" * (2**25)), "steps"),
    "exponential": (
        lambda: torch_archive(b"\x80\x02}(N" + b"\x85" + b"2\x86" * 10**5 + text("a") + b"u."),
        "no tensors",
    ),
    "exponential key": (
        lambda: torch_archive(b"\x80\x02}(" + b")" + b"2\x86" * 10**5 + b"Nu."),
        "no tensors",
    ),
    "in itself": (in_itself, "no tensors"),
    "memo": (lambda: torch_archive(b"\x80\x02}r\0\0\0\x80j\xff\xff\xff\x7f."), "has not said"),
    "long text": (lambda: long_value(b"\x8d", 2**40), "damaged"),
    "long bytes": (lambda: long_value(b"\x8e", 2**62), "damaged"),
    "long number": (lambda: torch_archive(b"I" + b"9" * 10**6 + b"\n."), "damaged"),
    "large tensor": (large_tensor, "shape that cannot be"),
    "negative offset": (
        lambda: torch_archive(weights().replace(b"tQK\x00", b"tQJ\xff\xff\xff\xff"), [NUMBERS]),
        "shape that cannot be",
    ),
    "header of 10^12 bytes": (lambda: (10**12).to_bytes(8, "little") + b"{", "1,000,000,000,000"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_within_the_limits(name, tmp_path):
    make, words = BOMBS[name]
    path = tmp_path / "weights"
    path.write_bytes(make())
    with pytest.raises(CheckpointRefusedError, match=words):
        survey_in_child(path, time_s=120, memory_bytes=2**29)
    assert list(tmp_path.iterdir()) == [path]


def shortened(content):
    """Where the file may end: everywhere near its ends, and at places between."""
    places = {*range(min(300, len(content))), *range(max(len(content) - 300, 0), len(content))}
    places.update(range(0, len(content), max(len(content) // 200, 1)))
    return sorted(places)


FILES = {
    "zip": lambda: saved({"state_dict": tensors(), "epoch": 3}),
    "legacy": lambda: saved(
        {"state_dict": tensors(), "epoch": 3}, _use_new_zipfile_serialization=False
    ),
    "safetensors": lambda: safetensors(
        '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
        '"v":{"dtype":"I64","shape":[9],"data_offsets":[8,80]}}',
        bytes(80),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_file_that_is_cut_short_is_refused_wherever_it_is(name, tmp_path):
    content = FILES[name]()
    path = tmp_path / "weights"
    path.write_bytes(content)
    whole = survey(path)
    for end in shortened(content):
        path.write_bytes(content[:end])
        with pytest.raises(CheckpointRefusedError):
            survey(path)
    assert whole.tensors


@pytest.mark.parametrize("name", FILES)
def test_file_with_changed_bytes_is_read_or_refused(name, tmp_path):
    content = FILES[name]()
    path = tmp_path / "weights"
    chance = random.Random(3)
    read = 0
    for _ in range(800):
        changed = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 5))):
            changed[chance.randrange(len(changed))] = chance.choice(b"\0\1\x7f\x80\xff(R")
        path.write_bytes(changed)
        with watched() as events:
            try:
                found = survey(path)
            except CheckpointRefusedError:
                found = None
        assert events == []
        if found is not None:
            read += 1
            mapped_tensors(path, found)
    assert 0 < read < 800
