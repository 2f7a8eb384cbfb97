"""Where in its receptive field a unit really looks: the gradient of its value by every pixel.

The theoretical field says what could matter, this says what does, and how much: mostly the middle,
in the shape of a Gaussian (Luo, Li, Urtasun, Zemel, Understanding the Effective Receptive Field in
Deep Convolutional Neural Networks, NeurIPS 2016).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.graph.input_gradient import input_gradient
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.unit import Unit
from app.inspection.progress import Progress, no_progress
from models.preprocessing.pixel_map import Box, Point

Heat = npt.NDArray[np.float64]
DEFAULT_MASS = 0.95
# Random pictures per forward pass.
_BATCH = 4


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """The heat of a unit and its moments, in pixels of the network's input.

    Attributes:
        heat: (height, width), the sum over the input's channels of |d unit / d pixel|.
        mass: share of the heat that the contour holds.
        contour: True for the smallest set of pixels that holds this share.
        centre: of mass, in continuous edge coordinates; None for a dead unit.
        sigma: standard deviations (down, across) of the heat as a distribution; None likewise.
    """

    heat: Heat
    mass: float
    contour: npt.NDArray[np.bool_]
    centre: Point | None
    sigma: tuple[float, float] | None

    @property
    def is_dead(self) -> bool:
        """True if no pixel changes the unit's value, as behind a ReLU that is off."""
        return self.centre is None

    @property
    def box(self) -> Box | None:
        """The smallest around the contour; None for a dead unit."""
        rows, columns = np.flatnonzero(self.contour.any(1)), np.flatnonzero(self.contour.any(0))
        if not len(rows):
            return None
        return Box(
            top=int(rows[0]),
            left=int(columns[0]),
            bottom=int(rows[-1]) + 1,
            right=int(columns[-1]) + 1,
        )


def gradient_heat(graph: LayerGraph, tensor: torch.Tensor, unit: Unit) -> Heat:
    """|d unit / d pixel| summed over the input's channels and averaged over the batch, (H, W).

    Args:
        graph: of the network; only read.
        tensor: (batch, *graph.input_shape).
        unit: whose value.
    """
    _, gradient = input_gradient(graph, tensor, unit)
    heat: Heat = gradient.abs().sum(1).mean(0).numpy().astype(np.float64)
    return heat


def random_heat(
    graph: LayerGraph, unit: Unit, pictures: int, seed: int = 0, progress: Progress = no_progress
) -> Heat:
    """As `gradient_heat`, averaged over pictures of independent normal noise.

    Raises:
        WorkCancelledError: raised by `step`.

    Source: Luo et al. 2016, section 3.
    """
    generator = torch.Generator().manual_seed(seed)
    total = np.zeros(graph.input_shape[1:])
    done = 0
    while done < pictures:
        separate = graph.layer(unit.layer_id).counts_pictures
        count = min(graph.pictures_at_once(_BATCH) if separate else 1, pictures - done)
        noise = torch.randn(count, *graph.input_shape, generator=generator)
        total += gradient_heat(graph, noise, unit) * count
        done += count
        progress(done, pictures)
    return total / pictures


def effective_field(heat: Heat, mass: float = DEFAULT_MASS) -> EffectiveField:
    """The moments and the contour of a heat.

    Args:
        heat: (height, width), nothing negative.
        mass: between 0 and 1.
    """
    total = float(heat.sum())
    if not total > 0 or not np.isfinite(total):
        return EffectiveField(heat, mass, np.zeros(heat.shape, dtype=np.bool_), None, None)
    share = heat / total
    centre_y, sigma_y = _moments(share.sum(1))
    centre_x, sigma_x = _moments(share.sum(0))
    return EffectiveField(
        heat, mass, _contour(share, mass), Point(y=centre_y, x=centre_x), (sigma_y, sigma_x)
    )


def _moments(share: Heat) -> tuple[float, float]:
    centres = np.arange(len(share)) + 0.5
    mean = float((share * centres).sum())
    return mean, float(np.sqrt((share * (centres - mean) ** 2).sum()))


def _contour(share: Heat, mass: float) -> npt.NDArray[np.bool_]:
    order = np.argsort(share, axis=None)[::-1]
    reached = np.cumsum(share.reshape(-1)[order])
    count = int(np.searchsorted(reached, mass * (1 - 1e-12))) + 1
    inside = np.zeros(share.size, dtype=np.bool_)
    inside[order[:count]] = True
    # Pixels that tell nothing are never needed.
    return inside.reshape(share.shape) & (share > 0)
