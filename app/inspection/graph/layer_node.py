"""One layer of a network: what it is, what it reads, and what it costs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.inspection.graph.overwriting import Overwritten
from app.inspection.graph.window import Window


@dataclass(frozen=True)
class LayerNode:
    """One layer: a call that made a tensor a person would look at.

    Attributes:
        id: see `app.inspection.graph.layer_names`.
        operation: in the field's terms, `convolution`; an operation that Convscope does not know
            keeps its ATen name.
        known: False for such an operation.
        module: path of the module whose forward made the call, "" for the network itself.
        module_class: class of that module, `BasicBlock`.
        inputs: ids of the layers it reads, in the order of its arguments; `input` is the network's
            input.
        output_shape: (channels, height, width), or (features,), without the batch axis. Other
            ranks, and maps whose first axis is none of channels (`counts_pictures`), only from
            operations that reshape.
        parameters: number of trained numbers, counted at the first layer that uses them.
        parameter_names: of their tensors in the module, weight before bias.
        macs: multiply-adds (MACs) for one picture, see `app.inspection.tracing.costs`.
        window: what one output position reads of the input maps; None where that is not a sliding
            window (adaptive pooling, flattening, linear layers on vectors, unknown operations).
        groups: of a convolution, or of a channel shuffle.
        channels: half-open range of the input's channels that a slice or a split takes.
        channel_step: of these the slice takes every so manieth.
        axes: along which its operation works, see `app.inspection.graph.layer_axes`; None if it
            names none.
        offsets: of a concatenation, where along its axis each of `inputs` begins; None if that is
            not known.
        pointwise: each number depends on those at the same place of its inputs alone.
        counts_pictures: False if the first axis of its value does not count pictures alone;
            `output_shape` then has it too, as it is for one picture.
        picture_axis: (axis of the network's own value that counts the pictures, how many entries it
            has for each); None if it has no such axis.
        is_number: each picture has one number and no axis besides; `output_shape` is (1,).
        reads_channels_last: its input is kept as (height, width, channels).
        channels_last: so is its own value, which is shown with its channels first all the same.
        number_type: what the network computes it in, as torch calls it: `float32`, `complex64`.
        overwritten: what of its first input it writes over; None if it writes nothing, or if that
            is not known.
        arguments: the settings of its main operation, as ATen's schema names them.
        aten: the operations it runs, `("aten.pad.default", "aten.conv2d.default")`.
    """

    id: str
    operation: str
    known: bool
    module: str
    module_class: str
    inputs: tuple[str, ...]
    output_shape: tuple[int, ...]
    parameters: int = 0
    parameter_names: tuple[str, ...] = ()
    macs: int = 0
    window: Window | None = None
    groups: int = 1
    channels: tuple[int, int] | None = None
    channel_step: int = 1
    axes: tuple[int, ...] | None = None
    offsets: tuple[int, ...] | None = None
    pointwise: bool = False
    counts_pictures: bool = True
    picture_axis: tuple[int, int] | None = (0, 1)
    is_number: bool = False
    reads_channels_last: bool = False
    channels_last: bool = False
    number_type: str = "float32"
    overwritten: Overwritten | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    aten: tuple[str, ...] = ()

    @property
    def aten_name(self) -> str:
        """The bare name of the first operation that it runs, `conv2d`; empty if it runs none."""
        parts = self.aten[0].split(".") if self.aten else []
        return parts[1].rstrip("_") if len(parts) > 1 else ""

    @property
    def is_map(self) -> bool:
        """True if it has channels with rows and columns."""
        return self.counts_pictures and len(self.output_shape) == 3

    @property
    def is_plain(self) -> bool:
        """True for a vector, or for maps, of every picture: the axes are what they seem."""
        return self.counts_pictures and len(self.output_shape) in (1, 3)

    @property
    def is_kept_whole(self) -> bool:
        """True if what a capture keeps of it can stand for it when the network is run again."""
        plain = self.counts_pictures and not self.is_number
        return plain and self.number_type == "float32"

    @property
    def value_bytes(self) -> int:
        """What the layer's float32 values for one picture take in memory."""
        return 4 * math.prod(self.output_shape)
