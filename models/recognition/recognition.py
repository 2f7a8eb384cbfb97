"""Which design the tensors of a file belong to, by their names and shapes alone.

Nothing here imports torch, and nothing is built: names and shapes are compared with an index.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from models.recognition.index import Index, index
from models.recognition.prefixes import prefixes
from models.recognition.record import LIBRARIES, DesignRecord, Library
from models.recognition.signature import COUNTED, Shape, counter_beside
from models.weights.names import BATCH_COUNTER, undotted

T = TypeVar("T")

# Below this share of names in common a design explains nothing.
_LEAST_SCORE = 0.2
# How many signatures are compared tensor by tensor, of those that have the most in common.
_COMPARED = 24
_USUAL_CHANNELS = 3
# thop and its kin count operations in buffers of the network that they profile.
_PROFILED = ("total_ops", "total_params")


@dataclass(frozen=True)
class Candidate:
    """A design that a file's tensors may belong to.

    Attributes:
        design: its name, see `models.recognition.designs.open_design`.
        classes: 0 where the classifier is not in the file.
        input_channels: of its first layer.
        matched: tensors of the file that the design has, by name and shape.
        missing: names in the design that the file lacks or has in another shape.
        unexpected: names in the file that the design lacks or has in another shape.
        left_aside: names in the file that the design does not need: auxiliary heads, and what lies
            beside a complete network with a prefix.
        prefix: what was taken off the file's names, `module.`; may be empty.
    """

    design: str
    library: Library
    title: str
    classes: int
    input_channels: int
    matched: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    left_aside: tuple[str, ...]
    prefix: str

    @property
    def is_complete(self) -> bool:
        """True if every tensor needed is there and nothing needed is left over."""
        return not self.missing and not self.unexpected

    @property
    def likeness(self) -> float:
        """Share of tensors in common, 0 to 1; those alike in name alone count half."""
        others = {name.removeprefix(self.prefix) for name in self.unexpected}
        alike = sum(name in others for name in self.missing)
        every = self.matched + len(self.missing) + len(self.unexpected) - alike
        return (self.matched + alike / 2) / every if every else 0.0


def recognise(shapes: Mapping[str, Shape], most: int = 5) -> tuple[Candidate, ...]:
    """The designs that have these tensors, or come nearest.

    Args:
        shapes: of the tensors of a state dict, by their names in the file. Counters of batches may
            be missing.
        most: how many near misses to name at most, where no design is complete.

    Returns:
        Every design whose tensors are exactly these, torchvision's first, then ours, then timm's;
        else the nearest ones, best first, and none where nothing is alike.
    """
    known = index()
    named = {undotted(name): name for name in shapes}
    found = [
        candidate
        for prefix in prefixes(_without_counters(named), known.name_numbers)
        for candidate in _behind(prefix, named, shapes, known)
    ]
    complete = [each for each in found if each.is_complete]
    if complete:
        best = max(each.matched for each in complete)
        return tuple(sorted((each for each in complete if each.matched == best), key=_rank))
    near = [each for each in found if each.likeness >= _LEAST_SCORE]
    return tuple(sorted(near, key=lambda each: (-each.likeness, _rank(each)))[:most])


def renamed(tensors: Mapping[str, T], candidate: Candidate) -> dict[str, T]:
    """The tensors of a file that the candidate's design has, under its names.

    Counters of batches that the file lacks are not made up.
    """
    needed = set(index().signature(candidate.design).tensors)
    needed |= {counter_beside(name) for name in needed if name.endswith(COUNTED)}
    inside = {
        undotted(name).removeprefix(candidate.prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(candidate.prefix)
    }
    return {name: tensor for name, tensor in inside.items() if name in needed}


def _rank(candidate: Candidate) -> int:
    return LIBRARIES.index(candidate.library)


def _without_counters(names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if not name.endswith(BATCH_COUNTER))


@dataclass(frozen=True)
class _Inside:
    """The part of a file behind one prefix.

    Attributes:
        names: the file's names by what is left of them without the prefix.
        outside: the file's other names.
        solved: classes and channels by the features that fit a tensor.
        alike: the features that have the name of a tensor.
    """

    prefix: str
    names: dict[str, str]
    outside: tuple[str, ...]
    solved: dict[int, tuple[int, int]]
    alike: frozenset[int]


def _behind(
    prefix: str, named: Mapping[str, str], shapes: Mapping[str, Shape], known: Index
) -> Iterable[Candidate]:
    """The nearest designs for the tensors whose names begin so."""
    names = {
        name[len(prefix) :]: written for name, written in named.items() if name.startswith(prefix)
    }
    outside = tuple(written for name, written in named.items() if not name.startswith(prefix))
    solved: dict[int, tuple[int, int]] = {}
    alike: set[int] = set()
    for name, written in names.items():
        for feature, shape in known.shapes_under(name):
            alike.add(feature)
            numbers = shape.solve(shapes[written])
            if numbers is not None:
                solved[feature] = numbers
    inside = _Inside(prefix, names, outside, solved, frozenset(alike))
    count = sum(1 for _ in _without_counters(names))
    exact = frozenset(solved)
    scores = []
    for number, features in enumerate(known.features):
        both = len(inside.alike.intersection(features))
        every = len(features) + count - both
        if both >= _LEAST_SCORE * every:
            fitting = len(exact.intersection(features))
            scores.append(((both + fitting) / 2 / every, number))
    scores.sort(key=lambda score: (-score[0], score[1]))
    for _, number in scores[:_COMPARED]:
        for record in known.named[number]:
            yield _compared(record, inside, known)


def _compared(record: DesignRecord, inside: _Inside, known: Index) -> Candidate:
    """What the design and the part of the file have in common, tensor by tensor."""
    number = known.signature_number(record.name)
    features, head = known.features[number], known.heads[number]
    fitting = [feature for feature in features if feature in inside.solved]
    classes = _agreed(inside.solved[feature][0] for feature in fitting)
    channels = _agreed(inside.solved[feature][1] for feature in fitting)
    matched = [
        feature
        for feature in fitting
        if inside.solved[feature][0] in (0, classes) and inside.solved[feature][1] in (0, channels)
    ]
    has = {known.name_of(feature) for feature in matched}
    missing = sorted(set(features).difference(matched))
    missing_names = [known.name_of(feature) for feature in missing]
    counters = {counter_beside(name) for name in (*has, *missing_names) if name.endswith(COUNTED)}
    left_aside: list[str] = []
    unexpected: list[str] = []
    for name, written in inside.names.items():
        if name in has or name in counters:
            continue
        aside = name.startswith(record.left_aside) or name.endswith(_PROFILED)
        (left_aside if aside else unexpected).append(written)
    counted = len(inside.names) - len(left_aside) - len(unexpected)
    if head and head == set(missing) and not unexpected and not inside.outside:
        # The whole file, and no classifier in it: the design without one.
        missing_names = []
    elif counters.intersection(inside.names):
        # The file is of those that have counters, so those of what is missing are missing too.
        absent = (name for name in missing_names if name.endswith(COUNTED))
        missing_names += [
            counter_beside(name) for name in absent if counter_beside(name) not in inside.names
        ]
    if missing_names or not classes:
        unexpected.extend(inside.outside)
    else:
        left_aside.extend(inside.outside)
    return Candidate(
        design=record.name,
        library=record.library,
        title=record.title,
        classes=classes,
        input_channels=channels or record.channels or _USUAL_CHANNELS,
        matched=counted,
        missing=tuple(missing_names),
        unexpected=tuple(unexpected),
        left_aside=tuple(left_aside),
        prefix=inside.prefix,
    )


def _agreed(numbers: Iterable[int]) -> int:
    """The number that most tensors say; 0 where none says one."""
    counts = Counter(number for number in numbers if number)
    return counts.most_common(1)[0][0] if counts else 0
