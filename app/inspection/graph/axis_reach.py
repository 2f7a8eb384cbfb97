"""Along one axis: which positions of a layer's input each position of its output reads.

Sets of positions are whole numbers whose bit i stands for position i: a union is `|`, what lies
outside the map has no bit, and a thousand positions are compared at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache


def positions(bits: int) -> Iterator[int]:
    """The members of a set, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def runs(bits: int) -> Iterator[tuple[int, int]]:
    """Half-open stretches of neighbours in a set, ascending."""
    start = 0
    while bits:
        gap = (bits & -bits).bit_length() - 1
        start, bits = start + gap, bits >> gap
        length = (~bits & (bits + 1)).bit_length() - 1
        yield start, start + length
        start, bits = start + length, bits >> length


def whole(size: int) -> int:
    """The set of all positions of an axis."""
    return (1 << size) - 1


def span(bits: int) -> tuple[int, int]:
    """Half-open (first, last + 1) of a set that is not empty."""
    return (bits & -bits).bit_length() - 1, bits.bit_length()


def _is_run(bits: int) -> bool:
    """True for consecutive positions."""
    return bits & (bits + (bits & -bits)) == 0


class AxisReach(ABC):
    """One layer along one axis.

    Attributes:
        input_size: number of input positions.
        output_size: number of output positions.
        is_identity: every position reads its own, and there are no others.
    """

    def __init__(self, input_size: int, output_size: int, *, is_identity: bool = False) -> None:
        self.input_size = input_size
        self.output_size = output_size
        self.is_identity = is_identity

    @abstractmethod
    def sources(self, outputs: int) -> int:
        """The set of input positions that a set of output positions reads."""

    @abstractmethod
    def readers(self, inputs: int) -> int:
        """The set of output positions that read any of a set of input positions."""

    @cached_property
    def reads(self) -> tuple[int, ...]:
        """For each output position the set of input positions that it reads, padding left out."""
        return tuple(self.sources(1 << place) for place in range(self.output_size))


class _Table(AxisReach):
    """What each output position reads, one by one."""

    def __init__(self, reads: tuple[int, ...], input_size: int) -> None:
        same = reads == tuple(1 << place for place in range(input_size))
        super().__init__(input_size, len(reads), is_identity=same)
        self.reads = reads
        self._sources: dict[int, int] = {}
        self._readers: dict[int, int] = {}

    def sources(self, outputs: int) -> int:
        if self.is_identity:
            return outputs
        if outputs not in self._sources:
            self._sources[outputs] = self._find_sources(outputs)
        return self._sources[outputs]

    def readers(self, inputs: int) -> int:
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


# The others have no table, for there may be thousands of channels.
class _Everything(AxisReach):
    """Every position reads all."""

    def sources(self, outputs: int) -> int:
        return whole(self.input_size) if outputs else 0

    def readers(self, inputs: int) -> int:
        return whole(self.output_size) if inputs else 0


class _Part(AxisReach):
    """Output position i reads input position start + i: a shift of the whole set."""

    def __init__(self, start: int, input_size: int, output_size: int) -> None:
        same = start == 0 and input_size == output_size
        super().__init__(input_size, output_size, is_identity=same)
        self._start = start

    def sources(self, outputs: int) -> int:
        shifted = outputs << self._start if self._start > 0 else outputs >> -self._start
        return shifted & whole(self.input_size)

    def readers(self, inputs: int) -> int:
        shifted = inputs >> self._start if self._start > 0 else inputs << -self._start
        return shifted & whole(self.output_size)


class _Grouped(AxisReach):
    """Groups of outputs read groups of inputs."""

    def __init__(self, input_size: int, output_size: int, groups: int) -> None:
        super().__init__(input_size, output_size)
        self._read, self._made = input_size // groups, output_size // groups

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


def tabulated(reads: Iterable[Iterable[int]], input_size: int) -> AxisReach:
    """What each output position reads, said one by one; what lies outside the input is left out."""
    return _Table(
        tuple(
            sum(1 << place for place in {place for place in places if 0 <= place < input_size})
            for places in reads
        ),
        input_size,
    )


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
    return _Everything(input_size, output_size, is_identity=input_size == output_size == 1)


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

    return tabulated((places(output) for output in range(output_size)), input_size)


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
    return tabulated(reads, input_size)


@lru_cache(maxsize=4096)
def adaptive_window(input_size: int, output_size: int) -> AxisReach:
    """Adaptive pooling: output i reads from floor(i n / m) up to ceil((i + 1) n / m)."""
    return tabulated(
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
