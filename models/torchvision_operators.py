"""Lets torchvision import beside a torch build that its compiled operators do not match.

torchvision registers shape rules for its detection operators when it is imported. Where its
compiled extension could not load (a torchvision linked against CUDA beside a CPU build of torch)
those operators do not exist and the import fails with "operator torchvision::nms does not exist".
Convscope calls no detection operator, so declaring the missing schemas is enough.

Import this module before torchvision, or anything that imports it (timm does). Where the real
operators exist it changes nothing.
"""

import importlib.util
from pathlib import Path

import torch

_SCHEMAS = {
    name: f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    for name in ("nms", "qnms")
}


def _extension_loads() -> bool:
    """True if torchvision's compiled operators can be loaded into this process."""
    specification = importlib.util.find_spec("torchvision")
    if specification is None or specification.origin is None:
        return False
    for library in sorted(Path(specification.origin).parent.glob("_C*")):
        try:
            torch.ops.load_library(str(library))
        except OSError:
            continue
        return True
    return False


def declare_missing_operators() -> torch.library.Library | None:
    """Declare the schemas torchvision needs, if its extension cannot; else return None."""
    if _extension_loads() and all(hasattr(torch.ops.torchvision, name) for name in _SCHEMAS):
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)
    return library


# The declaration lives as long as this object does.
_declaration = declare_missing_operators()
