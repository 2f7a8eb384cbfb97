"""What a file is, told by its first bytes and never by its name."""

from collections.abc import Callable
from typing import Final

from models.checkpoints.bounded_file import BoundedFile
from models.checkpoints.contents import Survey
from models.checkpoints.safetensors_header import survey_safetensors
from models.checkpoints.torch_legacy import is_pickle, survey_pickles
from models.checkpoints.torch_zip import survey_zip
from models.errors import CheckpointRefusedError

_READ: Final = "Weights are read from .safetensors files and from what torch.save writes."
_BRING: Final = (
    "Networks of PyTorch are read: bring its weights into one, and save its state dict: "
    "torch.save(model.state_dict(), 'weights.pth')."
)
_UNPACK: Final = "is a packed archive; unpack it and take the weights in it."

# What begins like this is no checkpoint; the rest of the sentence says what it is.
_FOREIGN: Final = (
    (b"\x89PNG", f"is a picture (PNG). {_READ}"),
    (b"\xff\xd8\xff", f"is a picture (JPEG). {_READ}"),
    (b"GIF8", f"is a picture (GIF). {_READ}"),
    (b"BM", f"is a picture (BMP). {_READ}"),
    (b"II*\0", f"is a picture (TIFF). {_READ}"),
    (b"MM\0*", f"is a picture (TIFF). {_READ}"),
    (b"RIFF", f"is a picture or a sound (RIFF). {_READ}"),
    (b"\x89HDF\r\n\x1a\n", f"is a Keras model or another HDF5 file. {_BRING}"),
    (b"GGUF", "is a language model (GGUF). Convolutional networks of PyTorch are read."),
    (b"ggml", "is a language model (GGML). Convolutional networks of PyTorch are read."),
    (b"\x93NUMPY", f"is one numpy array (.npy), which has no names. {_BRING}"),
    (b"\x1f\x8b", _UNPACK),
    (b"BZh", _UNPACK),
    (b"\xfd7zXZ\0", _UNPACK),
    (b"7z\xbc\xaf", _UNPACK),
    (b"Rar!", _UNPACK),
    (b"\x28\xb5\x2f\xfd", _UNPACK),
    (b"%PDF", f"is a PDF document. {_READ}"),
    (b"\x7fELF", f"is a program. {_READ}"),
    (b"MZ", f"is a program. {_READ}"),
    (
        b"version https://git-lfs",
        "is a pointer of Git LFS and not the weights; fetch them with `git lfs pull`.",
    ),
)
_ONNX: Final = (
    "is a model in ONNX (or another protobuf), which is not read. Save the state dict of the "
    "network that it was exported from: torch.save(model.state_dict(), 'weights.pth')."
)
_TENSORFLOW: Final = f"is a TensorFlow model. {_BRING}"
# Fields of ModelProto (onnx.proto) that can follow the version of the format.
_ONNX_FIELDS: Final = (0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x42)
_TAR_AT: Final = 257
_HEAD_BYTES: Final = 4096


def reader_of(file: BoundedFile) -> Callable[[BoundedFile], Survey]:
    """What reads this file.

    Raises:
        CheckpointRefusedError: nothing does.
    """
    head = file.read_at(0, min(file.size, _HEAD_BYTES), "its first bytes")
    if not head:
        raise CheckpointRefusedError("The file is empty.")
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return survey_zip
    # Eight bytes of a length have a zero, which a text has not; a pickle has its opcodes there.
    if head[8:9] == b"{" and b"\0" in head[:8] and (head[0] != 0x80 or head[5:8] == bytes(3)):
        return survey_safetensors
    if head[0] == 0x80 and head[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return survey_pickles
    foreign = _foreign(head)
    if foreign is not None:
        raise CheckpointRefusedError(f"The file {foreign}")
    # Pickles of the first protocols begin with any opcode.
    if is_pickle(file):
        return survey_pickles
    raise CheckpointRefusedError(f"The file is none that is known here. {_READ}")


def _foreign(head: bytes) -> str | None:
    for signature, what in _FOREIGN:
        if head.startswith(signature):
            return what
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return (
            "is a tar archive: unpack it, or, if torch wrote it before its version 0.2, load and "
            "save it with a newer one."
        )
    if _is_tensorflow(head):
        return _TENSORFLOW
    if len(head) > 2 and head[0] == 0x08 and head[1] < 32 and head[2] in _ONNX_FIELDS:
        return _ONNX
    return _foreign_text(head)


def _is_tensorflow(head: bytes) -> bool:
    """TensorFlow Lite, a SavedModel, a frozen graph."""
    if head[:3] == b"\x08\x01\x12":
        return b"onnx" not in head and b"pytorch" not in head
    return head[4:8] == b"TFL3" or (head[0] == 0x0A and b"Placeholder" in head)


def _foreign_text(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype", b"<html")):
        return (
            "is a web page: what answered the download was no file of weights. Open its address in "
            "a browser and look what it says."
        )
    if text.startswith(b"<?xml"):
        return f"is an XML text. {_READ}"
    if text.startswith((b"{\n", b'{"', b"{ ", b"{\r", b"[\n", b'["', b"[ ")):
        if b'"weight_map"' in text:
            return (
                "is the index of a checkpoint in several parts (*.index.json), and holds no "
                "weights. Join the parts into one file."
            )
        return f"is a text in JSON, such as the settings of a network. {_READ}"
    return None
