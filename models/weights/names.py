"""Names that files have for tensors, apart from any network. Needs no torch."""

import re

# torch counts batches while it trains; inference never reads the count.
BATCH_COUNTER = "num_batches_tracked"

# torchvision's densenet files are older than the rule that a module's name holds no dot.
_DOTTED_NAME = re.compile(r"(.*\bdenselayer\d+\.(?:norm|conv))\.([12]\.\w+)")


def undotted(name: str) -> str:
    """The name as it is now of a tensor that an old densenet file names."""
    match = _DOTTED_NAME.fullmatch(name)
    return match[1] + match[2] if match else name
