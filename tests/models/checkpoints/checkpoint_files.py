"""Files for the tests of checkpoints: some that torch writes, some that nobody should."""

import io
import struct
import sys
import threading
import zipfile
from collections import defaultdict
from contextlib import contextmanager

import torch


def tensors():
    """A state dict with what networks have in theirs, and views of all kinds."""
    generator = torch.Generator().manual_seed(5)
    base = torch.randn(6, 8, generator=generator)
    return {
        "conv.weight": torch.randn(4, 3, 3, 3, generator=generator),
        "conv.bias": torch.randn(4, generator=generator),
        "half": torch.randn(5, 2, generator=generator).half(),
        "bfloat": torch.randn(3, generator=generator).bfloat16(),
        "double": torch.randn(3, generator=generator, dtype=torch.float64),
        "bytes": torch.arange(7, dtype=torch.uint8),
        "small": torch.arange(-3, 4, dtype=torch.int8),
        "short": torch.arange(5, dtype=torch.int16),
        "int": torch.arange(3, dtype=torch.int32),
        "bn.num_batches_tracked": torch.tensor(7),
        "mask": torch.tensor([True, False, True]),
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0, 3),
        "float8": torch.randn(6, generator=generator).to(torch.float8_e4m3fn),
        "unsigned": torch.tensor([1, 65535], dtype=torch.uint16),
        "transposed": base.t(),
        "part": base[2:4, 1:7:2],
        "channels_last": torch.randn(2, 3, 4, 4, generator=generator).to(
            memory_format=torch.channels_last
        ),
    }


def zipped(entries, method=zipfile.ZIP_STORED):
    """An archive of entries, by name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def torch_archive(pickle, numbers=(), **more):
    """What torch.save would write, of a pickle that one likes; `numbers` are its storages."""
    storages = {f"a/data/{key}": content for key, content in enumerate(numbers)}
    return zipped({"a/data.pkl": pickle, "a/byteorder": b"little", **storages, **more})


def saved(content, **options):
    """The bytes that torch.save writes."""
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def safetensors(header, data=b""):
    """A file with such a header, bytes or text."""
    header = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(header)) + header + data


def text(value):
    """Opcodes that push a text."""
    value = value.encode()
    return b"X" + struct.pack("<I", len(value)) + value


# What pushes a tensor of two numbers in storage 0.
TENSOR = (
    b"ctorch._utils\n_rebuild_tensor_v2\n(("
    + text("storage")
    + b"ctorch\nFloatStorage\n"
    + text("0")
    + text("cpu")
    + b"K\x02tQK\x00K\x02\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR"
)
NUMBERS = struct.pack("<2f", 1.5, -2.0)


def weights(extra=b""):
    """A pickle {"w": tensor}, with `extra` set before it."""
    return b"\x80\x02}(" + extra + text("w") + TENSOR + b"u."


# Of each thread its own: what other tests have left running in this process is none of a file's.
_watched = defaultdict(list)


def _watch(event, _):
    lists = _watched.get(threading.get_ident())
    if lists and not event.startswith(("open", "object.", "builtins.id")):
        lists[-1].append(event)


sys.addaudithook(_watch)


@contextmanager
def watched():
    """Lists what the interpreter is asked meanwhile that could run something: see sys.audit."""
    mine = _watched[threading.get_ident()]
    mine.append([])
    try:
        yield mine[-1]
    finally:
        mine.pop()
