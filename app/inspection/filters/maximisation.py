"""The picture that excites a channel most, found by climbing the gradient from noise.

The picture is written as its spectrum, so that all spatial frequencies climb equally fast, in
colours that vary independently of each other. Before each step it is shifted, scaled and turned at
random: what only excites the channel at one exact place does not survive that.

Source: Erhan, Bengio, Courville, Vincent, Visualizing Higher-Layer Features of a Deep Network,
2009 (the climb); Olah, Mordvintsev, Schubert, Feature Visualization, Distill, 2017 (spectrum,
decorrelated colours, robustness); Ohta, Kanade, Sakai, Color Information for Region Segmentation,
1980 (the three axes along which the colours of photographs are independent); Kingma and Ba, Adam,
2014 (the steps).
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch.nn import functional

from app.inspection.graph.layer_graph import LayerGraph
from models.preprocessing.preprocessing import Preprocessing, normalisation_of

DEFAULT_STEPS = 128
DEFAULT_SIDE_PX = 128

_LEARNING_RATE = 0.05
_START_DEVIATION = 0.01
# Keeps the first steps within what the sigmoid tells apart.
_SOFTENING = 4
_DECAY = (0.9, 0.999)
_EPSILON = 1e-8

_JITTER_SHARE = 1 / 16
_LARGEST_TURN_RADIANS = math.radians(10)
_SCALES = (0.9, 1.1)

# A rectifier may let nothing through for one noise, so that no gradient comes back, and for
# another something.
_MOST_STARTS = 8

# Rows: Ohta's I1 (brightness), I2 (red against blue), I3 (green against both), of length 1 each,
# by how much each varies in photographs beside the first.
_COLOUR_AXES = (
    (1.0, (1 / math.sqrt(3), 1 / math.sqrt(3), 1 / math.sqrt(3))),
    (0.35, (1 / math.sqrt(2), 0.0, -1 / math.sqrt(2))),
    (0.15, (-1 / math.sqrt(6), 2 / math.sqrt(6), -1 / math.sqrt(6))),
)

# Called after every step with the number of steps done and a way to see the picture.
Report = Callable[[int, "Callable[[], bytes]"], None]


@dataclass(frozen=True)
class Climb:
    """What to climb and how.

    Attributes:
        layer_id: of the layer.
        channel: whose mean over the map is raised; of a vector the feature itself.
        steps: of the climb.
        seed: of the noise it starts from and of every shift, scale and turn; where nothing moves
            from there, the next one takes its place.
    """

    layer_id: str
    channel: int
    steps: int = DEFAULT_STEPS
    seed: int = 0


@dataclass(frozen=True, eq=False)
class MaximisedPicture:
    """What the climb ended with.

    Attributes:
        pixels: uint8 (height, width, 3) or (height, width).
        png: the same as a file.
        tensor: the same as the network saw it, normalised float32 (channels, height, width).
        start: the channel's value for the noise that it began with, undistorted.
        end: for the picture.
        values: before each step, for the picture as it was shifted and turned.
        seed: of the noise that the climb went from.
        moved: False if no noise that was tried has any gradient, so that nothing could climb.
    """

    pixels: npt.NDArray[np.uint8]
    png: bytes
    tensor: npt.NDArray[np.float32]
    start: float
    end: float
    values: tuple[float, ...]
    seed: int = 0
    moved: bool = True

    @property
    def size_bytes(self) -> int:
        """Bytes of its arrays."""
        return self.pixels.nbytes + len(self.png) + self.tensor.nbytes + 8 * len(self.values)


def maximise(
    graph: LayerGraph, preprocessing: Preprocessing, climb: Climb, report: Report
) -> MaximisedPicture:
    """Climb. The network's parameters are only read; the same seed gives the same picture.

    From a noise without any gradient nothing would ever move; the climb then begins at the next
    seed's, for a few of them.

    Args:
        graph: of the network, for any size of input that it takes.
        preprocessing: of the network; says what black and white are.
        climb: what to raise.
        report: called after each step; what it raises ends the climb.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        for seed in range(climb.seed, climb.seed + _MOST_STARTS):
            climber = _Climber(graph, preprocessing, replace(climb, seed=seed))
            if climber.has_gradient():
                return climber.run(report)
        return _Climber(graph, preprocessing, climb).unmoved()


def _encoded(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


class _Climber:
    """The state of one climb."""

    def __init__(self, graph: LayerGraph, preprocessing: Preprocessing, climb: Climb) -> None:
        self._graph = graph
        self._preprocessing = preprocessing
        self._climb = climb
        self._generator = torch.Generator().manual_seed(climb.seed)
        channels, height, width = graph.input_shape
        self._black, self._white = _range_of(preprocessing, channels)
        frequencies = _frequencies(height, width)
        # The lowest frequency is none at all; it is treated as the next.
        weights = 1 / frequencies.clamp(min=1 / max(height, width))
        self._weights = (weights / _SOFTENING)[None, :, :, None]
        shape = (channels, *frequencies.shape, 2)
        noise = torch.randn(shape, generator=self._generator) * _START_DEVIATION
        self._spectrum = noise.requires_grad_()

    def has_gradient(self) -> bool:
        """True if the channel answers to some change of the noise as it is."""
        (gradient,) = torch.autograd.grad(self._value(self._picture()), self._spectrum)
        return bool(gradient.any())

    def unmoved(self) -> MaximisedPicture:
        """The noise itself, for a channel that answers to no change of it."""
        value = self._undistorted()
        return replace(self._found(value, value, ()), moved=False)

    def run(self, report: Report) -> MaximisedPicture:
        start = self._undistorted()
        first, second = torch.zeros_like(self._spectrum), torch.zeros_like(self._spectrum)
        values = []
        for step in range(1, self._climb.steps + 1):
            value = self._value(self._distorted(self._picture()))
            values.append(float(value.detach()))
            (gradient,) = torch.autograd.grad(value, self._spectrum)
            with torch.no_grad():
                first.lerp_(gradient, 1 - _DECAY[0])
                second.mul_(_DECAY[1]).addcmul_(gradient, gradient, value=1 - _DECAY[1])
                mean = first / (1 - _DECAY[0] ** step)
                deviation = (second / (1 - _DECAY[1] ** step)).sqrt_().add_(_EPSILON)
                self._spectrum.addcdiv_(mean, deviation, value=_LEARNING_RATE)
            report(step, lambda: _encoded(self._pixels()))
        return self._found(start, self._undistorted(), tuple(values))

    def _found(self, start: float, end: float, values: tuple[float, ...]) -> MaximisedPicture:
        with torch.no_grad():
            tensor = self._normalised(self._picture())[0].numpy().astype(np.float32)
        pixels = self._pixels()
        png = _encoded(pixels)
        return MaximisedPicture(pixels, png, tensor, start, end, values, self._climb.seed)

    def _picture(self) -> torch.Tensor:
        """In [0, 1], (1, channels, height, width)."""
        _, height, width = self._graph.input_shape
        weighted = torch.view_as_complex(self._spectrum * self._weights)
        axes = torch.fft.irfft2(weighted, s=(height, width), norm="ortho")
        if len(axes) == len(_COLOUR_AXES):
            axes = torch.einsum("ahw,ac->chw", axes, _colour_axes())
        return torch.sigmoid(axes)[None]

    def _normalised(self, picture: torch.Tensor) -> torch.Tensor:
        return self._black + picture * (self._white - self._black)

    def _distorted(self, picture: torch.Tensor) -> torch.Tensor:
        """Turned, scaled and shifted at random; what comes in from outside is mirrored."""
        turn, scale, down, across = torch.rand(4, generator=self._generator).tolist()
        angle = (2 * turn - 1) * _LARGEST_TURN_RADIANS
        zoom = 1 / (_SCALES[0] + scale * (_SCALES[1] - _SCALES[0]))
        # In units of half a side; the picture is read where the grid points.
        shift_x, shift_y = ((2 * share - 1) * 2 * _JITTER_SHARE for share in (across, down))
        cosine, sine = math.cos(angle) * zoom, math.sin(angle) * zoom
        theta = torch.tensor([[[cosine, -sine, shift_x], [sine, cosine, shift_y]]])
        grid = functional.affine_grid(theta, list(picture.shape), align_corners=False)
        distorted: torch.Tensor = functional.grid_sample(
            picture, grid, mode="bilinear", padding_mode="reflection", align_corners=False
        )
        return distorted

    def _value(self, picture: torch.Tensor) -> torch.Tensor:
        layer_id, channel = self._climb.layer_id, self._climb.channel
        tensor = self._normalised(picture)
        computed = self._graph.compute(tensor, (layer_id,), to_the_end=False)
        value: torch.Tensor = computed.layers[layer_id][:, channel].mean()
        return value

    def _undistorted(self) -> float:
        with torch.no_grad():
            return float(self._value(self._picture()))

    def _pixels(self) -> npt.NDArray[np.uint8]:
        with torch.no_grad():
            return self._preprocessing.display(self._normalised(self._picture()))


def _frequencies(height: int, width: int) -> torch.Tensor:
    """In cycles per pixel, (height, width // 2 + 1), as `torch.fft.irfft2` expects them."""
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    return torch.hypot(rows, columns)


def _colour_axes() -> torch.Tensor:
    return torch.tensor([[weight * share for share in axis] for weight, axis in _COLOUR_AXES])


def _range_of(preprocessing: Preprocessing, channels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What black and white are to the network, (1, channels, 1, 1) each."""
    mean, deviation = (
        values.reshape(1, channels, 1, 1) for values in normalisation_of(preprocessing)
    )
    return -mean / deviation, (1 - mean) / deviation
