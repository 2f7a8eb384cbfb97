"""Which names a checkpoint may hold: those of plain data. None of them is ever imported.

What a pickle names is only read here, so that a list is no wall but a word: it tells files of
weights from files that are code, which people are told to write anew.
"""

import sys
from collections.abc import Iterable
from typing import Final

from models.checkpoints.contents import ITEM_BYTES, shown
from models.checkpoints.pickles.values import Name
from models.errors import CheckpointRefusedError

STORAGE_DTYPES: Final = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "UntypedStorage": "uint8",
}
_QUANTISED: Final = ("QInt8Storage", "QInt32Storage", "QUInt8Storage", "QUInt4x2Storage")
_QUANTISED_2: Final = ("QUInt2x4Storage", "TypedStorage")

_NUMPY: Final = ("numpy.core", "numpy._core")
_BUILTINS: Final = (
    *("set", "frozenset", "complex", "bytearray", "list", "dict", "tuple", "int", "float", "str"),
    *("bytes", "bool", "object", "slice", "range"),
)
_TORCH: Final = (
    *("Size", "device", "Tensor", "Generator", "strided", "sparse_coo", "sparse_csr", "layout"),
    *("contiguous_format", "channels_last", "channels_last_3d", "preserve_format", "dtype"),
    *("float", "double", "half", "int", "long", "short", "qint8", "quint8", "qint32"),
    *("per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric"),
    *ITEM_BYTES,
)
_REBUILDING: Final = (
    *("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter"),
    *("_rebuild_parameter_with_state", "_rebuild_sparse_tensor", "_rebuild_qtensor"),
    *("_rebuild_sparse_csr_tensor", "_rebuild_meta_tensor_no_storage", "_rebuild_nested_tensor"),
    *("_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor"),
    *("_rebuild_wrapper_subclass",),
)
_NUMPY_TYPES: Final = (
    *("dtype", "ndarray", "bool_", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16"),
    *("uint32", "uint64", "float16", "float32", "float64", "longlong", "str_", "bytes_"),
)

# By module. Holders of settings are what training loops put beside weights.
_PLAIN: Final[dict[str, tuple[str, ...]]] = {
    "torch": (*_TORCH, *STORAGE_DTYPES, *_QUANTISED, *_QUANTISED_2),
    "torch.cuda": tuple(STORAGE_DTYPES),
    "torch.storage": ("UntypedStorage", "TypedStorage", "_LegacyStorage"),
    "torch._utils": _REBUILDING,
    "torch._tensor": ("_rebuild_from_type_v2",),
    "torch.nn.parameter": ("Parameter", "Buffer"),
    "torch.serialization": ("_get_layout",),
    "torch.torch_version": ("TorchVersion",),
    "collections": ("OrderedDict", "defaultdict", "Counter", "deque"),
    "builtins": _BUILTINS,
    "__builtin__": (*_BUILTINS, "unicode", "long"),
    "_codecs": ("encode",),
    "copyreg": ("_reconstructor",),
    "copy_reg": ("_reconstructor",),
    "argparse": ("Namespace",),
    "types": ("SimpleNamespace",),
    "pathlib": ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "Path"),
    "pathlib._local": ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "Path"),
    "datetime": ("datetime", "date", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "uuid": ("UUID",),
    "typing": ("Any", "Dict", "List", "Union", "Optional"),
    "numpy": _NUMPY_TYPES,
    **{f"{core}.multiarray": ("scalar", "_reconstruct") for core in _NUMPY},
    **{f"{core}.numeric": ("_frombuffer",) for core in _NUMPY},
    "numpy.random._pickle": ("__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"),
    "numpy.random._mt19937": ("MT19937",),
    "numpy.random._pcg64": ("PCG64",),
    "omegaconf.dictconfig": ("DictConfig",),
    "omegaconf.listconfig": ("ListConfig",),
    "omegaconf.base": ("ContainerMetadata", "Metadata"),
    "omegaconf.nodes": (
        *("AnyNode", "IntegerNode", "FloatNode", "BooleanNode", "StringNode", "BytesNode"),
        *("PathNode", "EnumNode"),
    ),
    "pytorch_lightning.utilities.parsing": ("AttributeDict",),
    "lightning_fabric.utilities.data": ("AttributeDict",),
    "lightning.fabric.utilities.data": ("AttributeDict",),
    "easydict": ("EasyDict",),
    "yacs.config": ("CfgNode",),
    "fvcore.common.config": ("CfgNode",),
    "addict.addict": ("Dict",),
    "ml_collections.config_dict.config_dict": ("ConfigDict", "FieldReference"),
    "mmengine.config.config": ("Config", "ConfigDict"),
    "mmengine.logging.history_buffer": ("HistoryBuffer",),
}
# Every name of these is a type of numbers, or a callback that is named as a key.
_PLAIN_MODULES: Final = ("numpy.dtypes",)
_PLAIN_PACKAGES: Final = ("pytorch_lightning.callbacks.", "lightning.pytorch.callbacks.")
# Modules of Python 2, and those that are not told as the standard library's.
_OLD_MODULES: Final = ("__builtin__", "copy_reg", "commands", "cPickle", "urllib2", "popen2", "nt")


def check_names(names: Iterable[Name], extensions: Iterable[int] = ()) -> None:
    """Refuse what is more than plain data.

    Raises:
        CheckpointRefusedError: one of the names is no plain data; it says which.
    """
    foreign = [name for name in names if not _is_plain(name)]
    running = [name for name in foreign if _would_run(name)]
    network = [name for name in foreign if name.module.startswith("torch.nn.")]
    for code in extensions:
        raise CheckpointRefusedError(
            f"The file would run code (extension {code} of copyreg) when it is unpickled; refused, "
            "nothing was run."
        )
    if any(str(name) == "torch.storage._load_from_bytes" for name in foreign):
        raise CheckpointRefusedError(
            "The file was written by pickle and not by torch.save: its tensors are pickles of "
            "their own (torch.storage._load_from_bytes), which are not read. Save it anew: "
            "torch.save(model.state_dict(), 'weights.pth')."
        )
    if running:
        raise CheckpointRefusedError(
            f"The file would run code ({shown(str(running[0]))}) when it is unpickled; refused, "
            "nothing was run."
        )
    if foreign:
        what = shown(str((network or foreign)[0]))
        raise CheckpointRefusedError(
            f"The file holds a whole pickled network, or another object of a class ({what}), which "
            "is code. Save its state dict where that code is: "
            "torch.save(model.state_dict(), 'weights.pth')."
        )


def _is_plain(name: Name) -> bool:
    return (
        name.name in _PLAIN.get(name.module, ())
        or ("." not in name.name and name.module in _PLAIN_MODULES)
        or ("." not in name.name and f"{name.module}.".startswith(_PLAIN_PACKAGES))
    )


def _would_run(name: Name) -> bool:
    """Something that exists wherever it is unpickled; a class of a project does not."""
    root = str(name).split(".", 1)[0]
    if name.module == "__main__":
        return False
    if root == "torch":
        return not name.module.startswith("torch.nn.")
    return root in sys.stdlib_module_names or root in _OLD_MODULES or root == "numpy"
