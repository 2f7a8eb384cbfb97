"""Does a map depend on what the network has learned? Unlearn it, and see whether the map changes.

A map that looks the same after the weights have gone shows the picture, not the network.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.attribution.contract import Attribution, Method, Options, Subject
from app.inspection.evaluation.similarity import spearman, structural_similarity
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.progress import Progress

LARGEST_STAGES = 16
_PARTS = 100


@dataclass(frozen=True, eq=False)
class Stage:
    """The map after a further block has lost its weights.

    Attributes:
        name: path of the block, "" for the network as it is.
        attribution: of the network in which this block and all behind it are random.
        spearman: rank correlation with the first map; None if one of them is constant.
        spearman_absolute: the same of their magnitudes.
        ssim: structural similarity with the first map.
    """

    name: str
    attribution: Attribution
    spearman: float | None
    spearman_absolute: float | None
    ssim: float


@dataclass(frozen=True, eq=False)
class Randomisation:
    """The cascade: `stages[0]` is the network as it is, then from the top layer down."""

    stages: tuple[Stage, ...]

    @property
    def maps(self) -> npt.NDArray[np.float32]:
        """(stages, height, width)."""
        return np.stack([stage.attribution.values for stage in self.stages])

    @property
    def size_bytes(self) -> int:
        """Of its maps."""
        return sum(stage.attribution.size_bytes for stage in self.stages)


def blocks_with_parameters(
    graph: LayerGraph, largest: int = LARGEST_STAGES
) -> list[tuple[str, tuple[str, ...]]]:
    """Blocks from the last to the first, with the names of their parameters.

    As fine as at most `largest` blocks allow; a network of more parts at its outermost level is cut
    there.
    """
    names = list(dict.fromkeys(name for layer in graph.layers for name in layer.parameter_names))
    found = _grouped(names, 1)
    for depth in range(2, 1 + max((name.count(".") for name in names), default=0)):
        finer = _grouped(names, depth)
        if len(finer) > largest:
            break
        found = finer
    return found[::-1]


def _grouped(names: Iterable[str], depth: int) -> list[tuple[str, tuple[str, ...]]]:
    groups: dict[str, list[str]] = {}
    for name in names:
        module = name.split(".")[:-1]
        groups.setdefault(".".join(module[:depth]), []).append(name)
    return [(path, tuple(members)) for path, members in groups.items()]


def randomised(
    tensors: Mapping[str, torch.Tensor], names: Iterable[str], generator: torch.Generator
) -> dict[str, torch.Tensor]:
    """New tensors in place of those named: normal, with each one's own mean and deviation.

    The network keeps the scale of its signals, so that its maps are those of a network that works
    and knows nothing, and not of one that is dead.
    """
    drawn: dict[str, torch.Tensor] = {}
    for name in names:
        old = tensors[name].detach()
        noise = torch.randn(old.shape, generator=generator)
        deviation = old.std(correction=0) if old.numel() > 1 else old.abs().sum()
        drawn[name] = old.mean() + deviation * noise
    return drawn


def cascade(
    subject: Subject, method: Method, options: Options, progress: Progress, seed: int = 0
) -> Randomisation:
    """Randomise the network block by block from the top down, and map anew after each.

    The network itself is only read: each stage is a graph of its own that shares all tensors which
    are not random yet.

    Source: Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim, Sanity Checks for Saliency Maps,
    NeurIPS 2018, section 3.1 (cascading randomisation).
    """
    generator = torch.Generator().manual_seed(seed)
    blocks = blocks_with_parameters(subject.graph)
    whole = _PARTS * (len(blocks) + 1)

    def mapped(stage: int, where: Subject) -> Attribution:
        def inner(done: int, total: int, preview: Any = None) -> None:
            del preview  # a map half done is not this work's
            progress(_PARTS * stage + _PARTS * done // max(total, 1), whole)

        inner(0, 1)
        return method.run(where, options, inner)

    first = mapped(0, subject)
    stages = [Stage("", first, *_similarity(first, first))]
    drawn: dict[str, torch.Tensor] = {}
    for place, (name, members) in enumerate(blocks, start=1):
        drawn.update(randomised(subject.graph.tensors, members, generator))
        # What was captured belongs to the network as it was.
        changed = replace(subject, graph=subject.graph.with_tensors(drawn), activations={})
        found = mapped(place, changed)
        stages.append(Stage(name, found, *_similarity(first, found)))
    return Randomisation(tuple(stages))


def _similarity(one: Attribution, other: Attribution) -> tuple[float | None, float | None, float]:
    return (
        spearman(one.values, other.values),
        spearman(np.abs(one.values), np.abs(other.values)),
        structural_similarity(one.values, other.values),
    )
