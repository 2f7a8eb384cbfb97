"""From what a pickle says of a tensor to its place in the file."""

from typing import Any, Final, NoReturn

from models.checkpoints.contents import ITEM_BYTES, StoredTensor, shown
from models.checkpoints.pickles.values import Call, Name
from models.checkpoints.storages import Storages, storage_id
from models.errors import CheckpointRefusedError

_PARAMETERS: Final = ("_rebuild_parameter", "_rebuild_parameter_with_state")
_STRIDED: Final = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3")
# Subclasses that have the numbers of what they wrap.
_PLAIN_TYPES: Final = ("torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer")
_OTHER_KINDS: Final = {
    "_rebuild_qtensor": "quantised",
    "_rebuild_sparse_tensor": "sparse",
    "_rebuild_sparse_csr_tensor": "sparse",
    "_rebuild_meta_tensor_no_storage": "without numbers (on the device meta)",
    "_rebuild_nested_tensor": "nested",
}


def is_tensor(value: Any) -> bool:
    """True for whatever torch would make a tensor of, of which kind ever."""
    return isinstance(value, Call) and (
        value.function.module == "torch._utils"
        or str(value.function) in {"torch._tensor._rebuild_from_type_v2", *_PLAIN_TYPES[1:]}
    )


def stored_tensor(name: str, value: Call, storages: Storages) -> StoredTensor:
    """Where the numbers of a tensor lie.

    Raises:
        CheckpointRefusedError: it is no dense tensor, or is not all in the file.
    """
    function, arguments = _unwrapped(name, value)
    if function.name not in _STRIDED:
        kind = _OTHER_KINDS.get(function.name, f"of a kind that is not read ({function.name})")
        _refuse(name, kind)
    match arguments:
        case (storage, int() as first, tuple() as shape, tuple() as stride, *rest):
            pass
        case (storage, int() as first, Call() as size, tuple() as stride, *rest) if (
            str(size.function) == "torch.Size" and len(size.arguments) == 1
        ):
            shape = size.arguments[0]
        case _:
            _refuse(name, "described in a way that is not known here")
    if not isinstance(shape, tuple) or not all(map(_is_count, (first, *shape, *stride))):
        _refuse(name, "of a shape that cannot be")
    identity = storage_id(storage)
    if identity.location == "meta":
        _refuse(name, _OTHER_KINDS["_rebuild_meta_tensor_no_storage"])
    dtype = identity.dtype
    if function.name == "_rebuild_tensor_v3":
        dtype = _dtype(name, rest[2] if len(rest) > 2 else None)
        rest = rest[:2] + rest[3:]
    if len(rest) > 2 and rest[2]:
        # "conj" and "neg": the numbers in the file are not those of the tensor.
        _refuse(name, "stored with an operation still to be done (conjugated or negated)")
    found = storages.find(identity)
    item = ITEM_BYTES[dtype]
    offset = found.offset + identity.view * ITEM_BYTES[identity.dtype] + first * item
    tensor = StoredTensor(dtype, shape, stride, offset)
    if len(shape) != len(stride):
        _refuse(name, "of a shape that cannot be")
    if tensor.count and offset + tensor.span_bytes > found.offset + found.size:
        _refuse(name, "larger than its storage in the file, which is damaged")
    # An empty tensor may say that it begins anywhere.
    return tensor if tensor.count else StoredTensor(dtype, shape, stride, found.offset)


def _unwrapped(name: str, value: Call) -> tuple[Name, tuple[Any, ...]]:
    """The call that makes the tensor itself, out of those that make it a parameter."""
    function, arguments = value.function, value.arguments
    for _ in range(4):
        match arguments:
            case (Name() as inner, kind, tuple() as inner_arguments, *_) if (
                function.name == "_rebuild_from_type_v2"
            ):
                if str(kind) not in _PLAIN_TYPES:
                    _refuse(name, f"of a kind that is not read ({shown(str(kind))})")
                function, arguments = inner, inner_arguments
            case (Call() as inner_call, *_) if (
                function.name in _PARAMETERS or str(function) in _PLAIN_TYPES
            ):
                function, arguments = inner_call.function, inner_call.arguments
            case _:
                break
    return function, arguments


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62


def _dtype(name: str, value: Any) -> str:
    if isinstance(value, Name) and value.module == "torch" and value.name in ITEM_BYTES:
        return value.name
    what = shown(str(value)) if isinstance(value, Name) else "none"
    return _refuse(name, f"of a number type that is not read ({what})")


def _refuse(name: str, what: str) -> NoReturn:
    raise CheckpointRefusedError(
        f"The tensor {shown(name)} of the file is {what}; dense tensors of plain numbers are read."
    )
