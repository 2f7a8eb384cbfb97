"""What is found in a file, and what people are told of one that cannot be opened."""

import io
import json
import tarfile

import numpy as np
import pytest
import torch
from checkpoint_files import (
    NUMBERS,
    TENSOR,
    safetensors,
    saved,
    torch_archive,
    weights,
    zipped,
)
from PIL import Image

from models.checkpoints.survey import survey
from models.errors import CheckpointRefusedError

W = {"w": torch.ones(2)}
# Half of a pair of surrogates, as a pickle may have it and UTF-8 has not.
HALF = b"\x80\x02}(X\x03\0\0\0\xed\xa0\x80" + TENSOR + b"u."


@pytest.fixture
def look(tmp_path):
    def look(content):
        path = tmp_path / "file"
        path.write_bytes(content if isinstance(content, bytes) else saved(content))
        return survey(path)

    return look


@pytest.mark.parametrize(
    ("content", "wrapper", "left_aside"),
    [
        (W, "", ()),
        ({"model": W}, "model", ()),
        ({"net": W, "acc": 90.5, "epoch": 3}, "net", ("acc", "epoch")),
        (
            {"state_dict_ema": {"e": torch.ones(1)}, "state_dict": W},
            "state_dict",
            ("state_dict_ema",),
        ),
        (
            {"ema": {"module": W, "updates": 3}, "model": None},
            "ema.module",
            ("model", "ema.updates"),
        ),
        (
            {"model": {"state_dict": W, "step": 1}, "lr": 0},
            "model.state_dict",
            ("lr", "model.step"),
        ),
        ({"state_dict": W, "best": torch.tensor(3.0)}, "state_dict", ("best",)),
        ({"backbone": W, "note": "x"}, "backbone", ("note",)),
        ({**W, "w._extra_state": {"a": 1}, "n": 3}, "", ("w._extra_state", "n")),
        ({"model": W, 0: "a", (1, 2): "b", "bad\n": 1}, "model", ("0", "an object", "bad\\n")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_state_dict_is_found(look, content, wrapper, left_aside):
    found = look(content)
    assert (list(found.tensors), found.wrapper, found.left_aside) == (["w"], wrapper, left_aside)
    assert found.tensors["w"].shape == (2,)


@pytest.mark.parametrize(
    "named",
    [
        {"classes": ["cat", "dog"]},
        {"class_names": ("cat", "dog")},
        {"names": {0: "cat", 1: "dog"}},
        {"labels": {"1": "dog", "0": "cat"}},
        {"class_to_idx": {"dog": 1, "cat": 0}},
        {"meta": {"CLASSES": ("cat", "dog")}},
        {"classes": 2, "class_names": ["cat", "dog"]},
    ],
    ids=str,
)
def test_class_names_are_found(look, named):
    assert look({"state_dict": W, **named}).class_names == ("cat", "dog")


@pytest.mark.parametrize(
    "named",
    [{"classes": 2}, {"names": {1: "a", 2: "b"}}, {"labels": ["a", 3]}, {"classes": ["a\n"]}],
    ids=str,
)
def test_what_names_no_classes_is_left(look, named):
    found = look({"state_dict": W, **named})
    assert found.class_names == ()
    assert found.left_aside == tuple(named)


def picture(kind):
    stream = io.BytesIO()
    Image.new("RGB", (2, 2)).save(stream, kind)
    return stream.getvalue()


def numpy_file(save, **arrays):
    stream = io.BytesIO()
    save(stream, *arrays.values()) if save is np.save else save(stream, **arrays)
    return stream.getvalue()


def tar():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("sys_info"))
    return stream.getvalue()


def script():
    stream = io.BytesIO()
    with pytest.warns(DeprecationWarning, match=r"torch\.jit"):
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), stream)
    return stream.getvalue()


INDEX = json.dumps({"metadata": {"total_size": 3}, "weight_map": {"w": "a-00001-of-00002.bin"}})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (picture("PNG"), "picture .PNG"),
        (picture("JPEG"), "picture .JPEG"),
        (picture("WEBP"), "RIFF"),
        (picture("BMP"), "picture .BMP"),
        (script(), "TorchScript.*convscope export.*state_dict"),
        (b"\x08\x07\x12\x07pytorch\x1a\x052.1.0:", "ONNX.*state dict"),
        (b"\x08\x01\x12\xf0\x02\x0a\x10saved_model", "TensorFlow"),
        (b"\x1c\0\0\0TFL3\0\0", "TensorFlow"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "Keras"),
        (zipped({"config.json": "{}", "model.weights.h5": "x"}), "Keras"),
        (b"GGUF\3\0\0\0", "language model"),
        (numpy_file(np.savez, a=np.ones(2)), "numpy archive"),
        (numpy_file(np.save, a=np.ones(2)), "numpy array"),
        (INDEX.encode(), "several parts"),
        (b'{"model_type": "resnet"}', "JSON"),
        (b"<!DOCTYPE html><title>404", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
        (tar(), "tar archive"),
        (b"\x1f\x8b\x08\0\0", "unpack it"),
        (zipped({"README": "hello"}), "data.pkl is missing"),
        (zipped({"MAR-INF/MANIFEST.json": "{}", "best.pth": "x"}), "TorchServe"),
        (b"epoch,loss\n1,2\n", "none that is known"),
        (b"import torch\n", "none that is known"),
        (b"\x80", "none that is known"),
        (torch.optim.Adam([torch.nn.Parameter(torch.ones(1))]).state_dict(), "optimiser"),
        ({"optimizer": {"state": {}, "param_groups": []}, "epoch": 3}, "optimiser"),
        ({"epoch": 3, "loss": 0.5}, "no tensors under names; its keys are epoch, loss"),
        ({}, "no tensors"),
        ([torch.ones(2)], "holds a list"),
        (torch.ones(2), "one tensor, which has no name"),
        ({"generator": W, "discriminator": {"a": torch.ones(1)}}, "networks .generator, discrim"),
        ({"w": torch.eye(2).to_sparse()}, "tensor w .* is sparse"),
        ({"w": torch.ones(2, device="meta")}, "tensor w .* is without numbers"),
        ({"w": torch.ones(2, dtype=torch.complex64).conj()}, "conjugated"),
        ({"w\n": torch.ones(2)}, r"called w\\n"),
        ({"w" * 600: torch.ones(2)}, "called w+…"),
        ({"w": torch.ones(1).expand(10**9)}, "repeat the same values"),
        (torch_archive(weights(), [NUMBERS], **{"a/byteorder2": b""})[:-40], "cut short"),
        (
            zipped({"a/data.pkl": weights(), "a/data/0": NUMBERS, "a/byteorder": b"big"}),
            "big-endian",
        ),
        (torch_archive(weights()), "lacks the numbers data/0"),
        (torch_archive(weights(), [NUMBERS[:4]]), "fewer numbers in data/0"),
        (torch_archive(b"\x80\x02}"), "has no end|cut short"),
        (zipped({"a/data.pkl": weights(), "b/data.pkl": weights()}), "several checkpoints"),
        (torch_archive(HALF, [NUMBERS]), r"called \\ud800"),
        (b"\x80\x02}q\0.", "pickle that torch.save did not write"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_opened_is_told(look, content, words):
    with pytest.raises(CheckpointRefusedError, match=words) as caught:
        look(content)
    assert str(caught.value).isprintable()


# Torch says once a process that it will not do this for ever.
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning")
def test_quantised_tensor_is_told(look):
    tensor = torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)
    with pytest.raises(CheckpointRefusedError, match="quantised"):
        look({"w": tensor})


def test_whole_network_is_told(look):
    for options in ({}, {"_use_new_zipfile_serialization": False}):
        with pytest.raises(CheckpointRefusedError, match=r"torch.nn.modules.*torch.save\(model"):
            look(saved({"model": torch.nn.Linear(2, 2), "state_dict": W}, **options))


def test_big_endian_legacy_file_is_told(look):
    content = saved(W, _use_new_zipfile_serialization=False)
    marked = content.replace(b"little_endianq\x02\x88", b"little_endianq\x02\x89")
    assert marked != content
    with pytest.raises(CheckpointRefusedError, match="big-endian"):
        look(marked)


FINE = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (safetensors(FINE, bytes(7)), "ends within its tensors"),
        (safetensors(FINE, bytes(9)), "for a shorter file"),
        ((10**12).to_bytes(8, "little") + b'{"w"', "1,000,000,000,000 bytes"),
        ((2**62).to_bytes(8, "little") + b'{"w"', "4,611,686,018,427,387,904 bytes"),
        (safetensors(FINE)[:40], "ends within its header"),
        (safetensors(FINE.replace("F32", "F4")), "number type that is not read .F4"),
        (safetensors(FINE.replace("[2]", "[3]"), bytes(8)), "more or fewer bytes"),
        (safetensors(FINE.replace("[2]", "[-2]"), bytes(8)), "cannot be"),
        (safetensors(FINE.replace("[2]", "[2.0]"), bytes(8)), "cannot be"),
        (safetensors(FINE.replace("[2]", "[true,2]"), bytes(8)), "cannot be"),
        (safetensors(FINE.replace("[0,8]", "[8,16]"), bytes(16)), "gaps"),
        (safetensors(FINE.replace("[0,8]", "[0,8,9]"), bytes(8)), "not known"),
        (safetensors(FINE[:-1] + "," + FINE[1:], bytes(8)), "a name twice|no JSON"),
        (safetensors(FINE[:-1] + "," + FINE[1:].replace("w", "v"), bytes(8)), "over one another"),
        (safetensors("{" + '"a":[' * 90_000), "no JSON"),
        (safetensors('{"a":' * 90_000), "no JSON"),
        (safetensors('{"__metadata__":{"a":3}}'), "metadata"),
        (safetensors("{}"), "no tensors"),
        (safetensors('{"a":NaN}'), "no JSON"),
        (safetensors(FINE.replace("[2]", "[" + "1," * 40 + "2]"), bytes(8)), "cannot be"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_header_of_safetensors_is_checked(look, content, words):
    with pytest.raises(CheckpointRefusedError, match=words):
        look(content)
