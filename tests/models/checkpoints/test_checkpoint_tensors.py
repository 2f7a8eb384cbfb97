"""The tensors of real files, against what torch and safetensors read from them, bit for bit."""

import argparse
import collections
import io
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from checkpoint_files import saved, tensors

from models.checkpoints.contents import StoredTensor, Survey
from models.checkpoints.survey import survey
from models.checkpoints.tensors import mapped_tensors
from models.errors import CheckpointRefusedError

LEGACY = {"_use_new_zipfile_serialization": False}
FORMATS = pytest.mark.parametrize(
    ("options", "name"),
    [({}, "torch"), (LEGACY, "torch_legacy"), ({"pickle_protocol": 4}, "torch")],
    ids=["zip", "legacy", "protocol 4"],
)


def put(directory, content):
    path = directory / "weights"
    path.write_bytes(content)
    return path


def assert_same(found, expected):
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        assert (found[name].dtype, found[name].shape) == (tensor.dtype, tensor.shape), name
        assert found[name].stride() == tensor.stride(), name
        # Compared as bytes: NaN is what it is.
        kept = [one.contiguous().reshape(-1).view(torch.uint8) for one in (found[name], tensor)]
        assert torch.equal(*kept), name


@FORMATS
def test_every_kind_of_tensor_is_what_torch_loads(tmp_path, options, name):
    content = tensors()
    if options == LEGACY:
        # torch writes these in the old format and cannot read them again.
        del content["float8"], content["unsigned"]
    path = put(tmp_path, saved(content, **options))
    found = survey(path)
    assert (found.format, found.wrapper, found.left_aside) == (name, "", ())
    # That unpickler reads protocol 2 alone.
    loaded = torch.load(path, weights_only="pickle_protocol" not in options)
    assert_same(mapped_tensors(path, found), loaded)


def test_every_kind_of_tensor_is_what_safetensors_loads(tmp_path):
    path = tmp_path / "weights"
    safetensors.torch.save_file(
        {name: tensor.clone().contiguous() for name, tensor in tensors().items()},
        path,
        {"format": "pt"},
    )
    found = survey(path)
    expected = safetensors.torch.load_file(path)
    assert found.format == "safetensors"
    mapped = mapped_tensors(path, found)
    assert_same({name: mapped[name] for name in expected}, expected)
    assert mapped.keys() == expected.keys()


@FORMATS
def test_tied_weights_share_their_numbers(tmp_path, options, name):
    table = torch.randn(5, 4)
    path = put(tmp_path, saved({"embedding": table, "head": table, "row": table[1]}, **options))
    found = mapped_tensors(path, survey(path))
    assert_same(found, {"embedding": table, "head": table, "row": table[1]})
    assert found["embedding"].data_ptr() == found["head"].data_ptr()


def test_tensors_are_copied_where_they_are_written_to(tmp_path):
    path = put(tmp_path, saved({"w": torch.ones(3)}))
    content = path.read_bytes()
    found = mapped_tensors(path, survey(path))
    found["w"].mul_(2)
    assert found["w"].tolist() == [2, 2, 2]
    assert path.read_bytes() == content
    path.unlink()
    assert found["w"].tolist() == [2, 2, 2]


@FORMATS
def test_network_of_a_training_script(tmp_path, options, name):
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten(), torch.nn.Linear(4, 2)
    )
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.randn(2, 3, 3, 3)).sum().backward()
    optimiser.step()
    parallel = torch.nn.DataParallel(network)
    content = {
        "epoch": 3,
        "args": argparse.Namespace(lr=0.1, where=Path("a")),
        "best": torch.tensor(0.5),
        "loss": np.float64(0.25),
        "when": np.arange(2),
        "state_dict": parallel.state_dict(),
        "optimizer": optimiser.state_dict(),
        "counts": collections.Counter("aab"),
        "class_to_idx": {"cat": 0, "dog": 1},
    }
    path = put(tmp_path, saved(content, **options))
    found = survey(path)
    assert found.wrapper == "state_dict"
    assert found.left_aside == tuple(key for key in content if key != "state_dict")
    assert found.class_names == ("cat", "dog")
    expected = parallel.state_dict()
    assert next(iter(expected)) == "module.0.weight"
    assert_same(mapped_tensors(path, found), expected)


@FORMATS
def test_parameters_are_tensors(tmp_path, options, name):
    parameter = torch.nn.Parameter(torch.randn(3))
    parameter.note = "kept in the pickle, of no use here"
    plain = torch.nn.Parameter(torch.randn(2), requires_grad=False)
    path = put(tmp_path, saved({"a": parameter, "b": plain}, **options))
    assert_same(mapped_tensors(path, survey(path)), {"a": parameter.detach(), "b": plain.detach()})


def test_torchvision_state_dict_is_read_whole(tmp_path):
    from torchvision.models import shufflenet_v2_x0_5

    state = shufflenet_v2_x0_5().state_dict()
    path = put(tmp_path, saved({"model": state}))
    found = survey(path)
    assert (found.wrapper, len(found.tensors)) == ("model", len(state))
    assert_same(mapped_tensors(path, found), state)


def test_numbers_of_a_safetensors_file_may_begin_anywhere(tmp_path):
    header = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    content = len(header).to_bytes(8, "little") + header + np.float32([1, 2]).tobytes()
    assert len(header) % 4
    path = put(tmp_path, content)
    assert mapped_tensors(path, survey(path))["a"].tolist() == [1, 2]


@pytest.mark.parametrize(
    "tensor",
    [
        StoredTensor("float32", (3,), (1,), 0),
        StoredTensor("float32", (2,), (2,), 0),
        StoredTensor("float32", (1,), (1,), 8),
        StoredTensor("float32", (1,), (1,), -4),
        StoredTensor("float32", (2, 1), (1,), 0),
        StoredTensor("float31", (1,), (1,), 0),
        StoredTensor("float32", (2**40,), (0,), 0),
    ],
    ids=str,
)
def test_survey_of_another_file_is_refused(tmp_path, tensor):
    path = put(tmp_path, bytes(8))
    with pytest.raises(CheckpointRefusedError):
        mapped_tensors(path, Survey("safetensors", {"w": tensor}))


def test_stream_position_of_no_reader_moves(tmp_path):
    from models.checkpoints.survey import survey_descriptor

    path = put(tmp_path, saved({"w": torch.ones(2)}))
    with io.FileIO(path) as file:
        file.seek(5)
        survey_descriptor(file.fileno())
        assert file.tell() == 5
