"""Networks of timm by their names, with the weights that are published for them."""

import difflib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from convscope.errors import ExportError
from convscope.wanted import Wanted

if TYPE_CHECKING:
    from torch import nn

_SEED = 0


@dataclass(frozen=True)
class TimmNetwork:
    """A network of timm.

    Attributes:
        labels: of its classes, where they are ImageNet's.
        input_shape: that its weights were trained with.
        is_published: its weights are those that are published, and its preparation theirs.
        notes: to be said of it.
    """

    network: "nn.Module"
    labels: tuple[str, ...] | None
    input_shape: tuple[int, int, int]
    is_published: bool
    notes: tuple[str, ...]


def build_timm(wanted: Wanted) -> TimmNetwork:
    """Build `timm:NAME` or `timm:NAME.TAG`, with published weights where they can be had.

    Raises:
        ExportError: timm has none of this name.
    """
    import timm
    import torch

    name = wanted.spec.removeprefix("timm:")
    design = name.partition(".")[0]
    if not timm.is_model(design):
        close = difflib.get_close_matches(design, timm.list_models(), n=3)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        raise ExportError(f"timm has no {design}.{hint}")
    notes: list[str] = []
    network = None
    if wanted.weights is None:
        network, cause = _published(name)
        if cause:
            notes.append(f"Its weights are random: {cause}.")
            print(f"{name} has random weights: {cause}.", file=sys.stderr)  # noqa: T201
    is_published = network is not None
    if network is None:
        torch.manual_seed(_SEED)
        try:
            network = timm.create_model(name, pretrained=False)
        except (RuntimeError, ValueError) as error:
            raise ExportError(f"timm cannot build {name}: {error}") from error
    said: Any = network.pretrained_cfg
    channels, height, width = said.get("input_size") or (3, 224, 224)
    return TimmNetwork(
        network,
        _labels(network) if is_published else None,
        (channels, height, width),
        is_published,
        tuple(notes),
    )


def _published(name: str) -> "tuple[nn.Module | None, str]":
    """The network with its published weights, or why there are none."""
    import timm

    if os.environ.get("CONVSCOPE_DOWNLOADS_ALLOWED", "true").lower() in {"false", "0", "no"}:
        return None, "CONVSCOPE_DOWNLOADS_ALLOWED is false"
    try:
        network: nn.Module = timm.create_model(name, pretrained=True)
    except Exception as error:  # noqa: BLE001  whatever a hub and a network answer with
        lines = str(error).strip().splitlines() or [""]
        return None, f"{type(error).__name__}: {lines[0].rstrip('.')}"
    return network, ""


def _labels(network: "nn.Module") -> tuple[str, ...] | None:
    from timm.data import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset(network)
    return tuple(ImageNetInfo(subset).label_descriptions()) if subset else None
