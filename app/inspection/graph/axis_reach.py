"""Along one axis: which positions of a layer's input each position of its output reads.

Sets of positions are whole numbers whose bit i stands for position i: a union is `|`, what lies
outside the map has no bit, and a thousand positions are compared at once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache


def positions(bits: int) -> Iterator[int]:
    """The members of a set, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def whole(size: int) -> int:
    """The set of all positions of an axis."""
    return (1 << size) - 1


def span(bits: int) -> tuple[int, int]:
    """Half-open (first, last + 1) of a set that is not empty."""
    return (bits & -bits).bit_length() - 1, bits.bit_length()


def _is_run(bits: int) -> bool:
    """True for consecutive positions."""
    return bits & (bits + (bits & -bits)) == 0


class AxisReach:
    """One layer along one axis.

    Attributes:
        reads: for each output position the set of input positions that it reads. Positions
            that do not exist (padding) are left out.
        input_size: number of input positions.
    """

    def __init__(self, reads: Iterable[Iterable[int]], input_size: int) -> None:
        self.input_size = input_size
        self.reads = tuple(
            sum(1 << place for place in {place for place in places if 0 <= place < input_size})
            for places in reads
        )
        self.is_identity = self.reads == tuple(1 << place for place in range(input_size))
        self._sources: dict[int, int] = {}
        self._readers: dict[int, int] = {}

    @property
    def output_size(self) -> int:
        """Number of output positions."""
        return len(self.reads)

    def sources(self, outputs: int) -> int:
        """The set of input positions that a set of output positions reads."""
        if self.is_identity:
            return outputs
        if outputs not in self._sources:
            self._sources[outputs] = self._find_sources(outputs)
        return self._sources[outputs]

    def readers(self, inputs: int) -> int:
        """The set of output positions that read any of a set of input positions."""
        if self.is_identity:
            return inputs
        if inputs not in self._readers:
            self._readers[inputs] = sum(
                1 << place for place, bits in enumerate(self.reads) if bits & inputs
            )
        return self._readers[inputs]

    @cached_property
    def _is_solid(self) -> bool:
        """True if outputs in a row read inputs in a row."""
        return all(bits and _is_run(bits) for bits in self.reads) and all(
            span(after)[0] <= span(before)[1] and span(after)[1] >= span(before)[1]
            for before, after in zip(self.reads, self.reads[1:], strict=False)
        )

    def _find_sources(self, outputs: int) -> int:
        if outputs and self._is_solid and _is_run(outputs):
            # No gaps between neighbours: the ends decide.
            first, end = span(outputs)
            return whole(span(self.reads[end - 1])[1]) & ~whole(span(self.reads[first])[0])
        found = 0
        for place in positions(outputs):
            found |= self.reads[place]
        return found


class _Everything(AxisReach):
    """Every position reads all; kept without a table, for there may be thousands of channels."""

    def __init__(self, input_size: int, output_size: int) -> None:
        self.input_size = input_size
        self.is_identity = input_size == output_size == 1
        self._output_size = output_size

    @property
    def output_size(self) -> int:
        return self._output_size

    def sources(self, outputs: int) -> int:
        return whole(self.input_size) if outputs else 0

    def readers(self, inputs: int) -> int:
        return whole(self._output_size) if inputs else 0


class _Part(AxisReach):
    """Output position i reads input position start + i: a shift of the whole set."""

    def __init__(self, start: int, input_size: int, output_size: int) -> None:
        self.input_size = input_size
        self.is_identity = start == 0 and input_size == output_size
        self._output_size = output_size
        self._start = start

    @cached_property
    def reads(self) -> tuple[int, ...]:  # type: ignore[override]  # made when first asked for
        return tuple(self.sources(1 << place) for place in range(self._output_size))

    @property
    def output_size(self) -> int:
        return self._output_size

    def sources(self, outputs: int) -> int:
        shifted = outputs << self._start if self._start > 0 else outputs >> -self._start
        return shifted & whole(self.input_size)

    def readers(self, inputs: int) -> int:
        shifted = inputs >> self._start if self._start > 0 else inputs << -self._start
        return shifted & whole(self.output_size)


class _Grouped(AxisReach):
    """Groups of outputs read groups of inputs; without a table, for there may be thousands."""

    def __init__(self, input_size: int, output_size: int, groups: int) -> None:
        self.input_size = input_size
        self.is_identity = False
        self._output_size = output_size
        self._read, self._made = input_size // groups, output_size // groups

    @property
    def output_size(self) -> int:
        return self._output_size

    def sources(self, outputs: int) -> int:
        return _spread(outputs, self._made, self._read)

    def readers(self, inputs: int) -> int:
        return _spread(inputs, self._read, self._made)


def _spread(bits: int, before: int, after: int) -> int:
    """All members of the groups of size `after` whose groups of size `before` have any."""
    found = group = 0
    while bits:
        if bits & whole(before):
            found |= whole(after) << group * after
        bits >>= before
        group += 1
    return found


def grouped(input_size: int, output_size: int, groups: int) -> AxisReach:
    """Channels of a convolution in groups; both sizes are multiples of their number."""
    return _Grouped(input_size, output_size, groups)


@lru_cache(maxsize=4096)
def identity(size: int) -> AxisReach:
    """Every position reads its own."""
    return _Part(0, size, size)


@lru_cache(maxsize=4096)
def everything(input_size: int, output_size: int) -> AxisReach:
    """Every position reads all."""
    return _Everything(input_size, output_size)


@lru_cache(maxsize=4096)
def part(start: int, input_size: int, output_size: int) -> AxisReach:
    """Output position i reads input position start + i, if there is one."""
    return _Part(start, input_size, output_size)


@dataclass(frozen=True)
class AxisWindow:
    """A sliding window along one axis, see `app.inspection.graph.window.Window`.

    Attributes:
        padding: before the first position.
    """

    kernel: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    padding_mode: str = "constant"


@lru_cache(maxsize=4096)
def window(shape: AxisWindow, input_size: int, output_size: int) -> AxisReach:
    """What slides over the input.

    What stands in the padding is zero for `constant`; for the other modes it is the value of a
    position inside, which then counts as read.
    """
    origin = _ORIGINS[shape.padding_mode]

    def places(output: int) -> Iterator[int]:
        start = output * shape.stride - shape.padding
        for tap in range(shape.kernel):
            yield origin(start + shape.dilation * tap, input_size)

    return AxisReach((places(output) for output in range(output_size)), input_size)


@lru_cache(maxsize=4096)
def transposed_window(shape: AxisWindow, input_size: int, output_size: int) -> AxisReach:
    """A transposed convolution: input i adds to the outputs i * stride - padding + dilation * k.

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, part 4.
    """
    reads: list[list[int]] = [[] for _ in range(output_size)]
    for place in range(input_size):
        for tap in range(shape.kernel):
            output = place * shape.stride - shape.padding + shape.dilation * tap
            if 0 <= output < output_size:
                reads[output].append(place)
    return AxisReach(reads, input_size)


@lru_cache(maxsize=4096)
def adaptive_window(input_size: int, output_size: int) -> AxisReach:
    """Adaptive pooling: output i reads from floor(i n / m) up to ceil((i + 1) n / m)."""
    return AxisReach(
        (
            range(place * input_size // output_size, -((place + 1) * input_size // -output_size))
            for place in range(output_size)
        ),
        input_size,
    )


def _reflected(place: int, size: int) -> int:
    if size == 1:
        return 0
    period = 2 * (size - 1)
    place %= period
    return min(place, period - place)


_ORIGINS: dict[str, Callable[[int, int], int]] = {
    "constant": lambda place, _: place,
    "reflect": _reflected,
    "replicate": lambda place, size: min(max(place, 0), size - 1),
    "circular": lambda place, size: place % size,
}
