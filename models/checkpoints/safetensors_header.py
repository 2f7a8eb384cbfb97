"""The header of a safetensors file, checked before anything of it is believed.

After https://github.com/huggingface/safetensors: eight bytes that count the header, the header in
JSON, then the tensors one after the other, without gaps and without overlaps.
"""

import json
import math
import struct
from typing import Any, Final, NoReturn

from models.checkpoints.bounded_file import BoundedFile, cut_short
from models.checkpoints.contents import (
    ITEM_BYTES,
    MOST_TENSORS,
    StoredTensor,
    Survey,
    checked_tensors,
    shown,
)
from models.errors import CheckpointRefusedError

MOST_HEADER_BYTES: Final = 32 * 2**20
_LENGTH: Final = struct.Struct("<Q")
# Of a tensor: one object and two lists.
_MOST_OPENED: Final = 3 * MOST_TENSORS + 100

_DTYPES: Final = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2": "float8_e5m2",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F8_E8M0": "float8_e8m0fnu",
    "I16": "int16",
    "U16": "uint16",
    "F16": "float16",
    "BF16": "bfloat16",
    "I32": "int32",
    "U32": "uint32",
    "F32": "float32",
    "F64": "float64",
    "I64": "int64",
    "U64": "uint64",
    "C64": "complex64",
}
_PART: Final = "its header"


def survey_safetensors(file: BoundedFile) -> Survey:
    """Look into a safetensors file.

    Raises:
        CheckpointRefusedError: its header cannot be, or does not fit the file.
    """
    (length,) = _LENGTH.unpack(file.read_at(0, _LENGTH.size, _PART))
    if length > MOST_HEADER_BYTES:
        raise CheckpointRefusedError(
            f"The file looks like safetensors and says that its header has {length:,} bytes; "
            f"{MOST_HEADER_BYTES:,} are read. It is damaged or made to do harm."
        )
    begin = _LENGTH.size + length
    header = file.read_at(_LENGTH.size, length, _PART)
    if header.count(b"{") + header.count(b"[") > _MOST_OPENED:
        raise CheckpointRefusedError(
            f"The header of the file has more than {MOST_TENSORS:,} tensors; fewer are read."
        )
    try:
        content = json.loads(header.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        _damaged("is no JSON", error)
    if not isinstance(content, dict):
        _damaged("is no JSON object")
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        _damaged("has metadata that are no texts")
    places: list[tuple[int, int]] = []
    tensors: dict[str, StoredTensor] = {}
    for name, value in content.items():
        tensor, place = _tensor(name, value, begin)
        tensors[name] = tensor
        places.append(place)
    _check_gapless(places, file.size - begin)
    return Survey("safetensors", checked_tensors(tensors, file.size))


def _tensor(name: str, value: Any, begin: int) -> tuple[StoredTensor, tuple[int, int]]:
    match value:
        case {"dtype": str() as kind, "shape": list() as shape, "data_offsets": [start, end]} if (
            len(value) == 3
        ):
            pass
        case _:
            _damaged(f"describes {shown(name)} in a way that is not known")
    if kind not in _DTYPES:
        raise CheckpointRefusedError(
            f"The tensor {shown(name)} of the file has a number type that is not read "
            f"({shown(kind, 20)}). Save it as float32."
        )
    if len(shape) > 16 or not all(map(_is_count, (*shape, start, end))):
        _damaged(f"describes {shown(name)} with numbers that cannot be")
    dtype = _DTYPES[kind]
    if end - start != math.prod(shape) * ITEM_BYTES[dtype]:
        _damaged(f"gives {shown(name)} more or fewer bytes than its shape has")
    stride = tuple(
        math.prod(max(size, 1) for size in shape[axis + 1 :]) for axis in range(len(shape))
    )
    return StoredTensor(dtype, tuple(shape), stride, begin + start), (start, end)


def _check_gapless(places: list[tuple[int, int]], data_bytes: int) -> None:
    at = 0
    for start, end in sorted(places):
        if start != at:
            _damaged("leaves gaps between tensors, or lays them over one another")
        at = end
    if at > data_bytes:
        cut_short("its tensors")
    if at < data_bytes:
        _damaged("is for a shorter file")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _damaged(what: str, error: Exception | None = None) -> NoReturn:
    raise CheckpointRefusedError(
        f"The file looks like safetensors, but its header {what}; copy or download it again."
    ) from error
