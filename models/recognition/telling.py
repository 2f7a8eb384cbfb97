"""A candidate in words for people. Needs no torch."""

from collections.abc import Sequence

from models.recognition.recognition import Candidate
from models.recognition.record import Library

_WHOSE: dict[Library, str] = {
    "torchvision": " of torchvision",
    "convscope": " of Convscope",
    "timm": " of timm",
}
# Names that are told before the rest is only counted.
_TOLD = 4


def difference(candidate: Candidate) -> str:
    """One sentence: which design, how many of its tensors are there, and what differs.

    `ResNet-34 of torchvision: 216 of 218 tensors; fc.weight and fc.bias are missing, fc.1.weight
    and fc.1.bias are left over.`
    """
    total = candidate.matched + len(candidate.missing)
    name = candidate.title + _WHOSE[candidate.library]
    if candidate.is_complete:
        head = f"{candidate.classes} classes" if candidate.classes else "without its classifier"
        if candidate.classes == 1:
            head = "1 class"
        return f"{name}, {head}: all {total} tensors are there{_aside(candidate)}."
    others = {each.removeprefix(candidate.prefix) for each in candidate.unexpected}
    misshapen = [each for each in candidate.missing if each in others]
    missing = [each for each in candidate.missing if each not in others]
    left_over = [
        each
        for each in candidate.unexpected
        if each.removeprefix(candidate.prefix) not in set(misshapen)
    ]
    parts = []
    if missing:
        parts.append(f"{_listed(missing)} {_is(missing)} missing")
    if misshapen:
        verb = "has another shape" if len(misshapen) == 1 else "have other shapes"
        parts.append(f"{_listed(misshapen)} {verb}")
    if left_over:
        parts.append(f"{_listed(left_over)} {_is(left_over)} left over")
    return f"{name}: {candidate.matched} of {total} tensors; {_joined(parts)}."


def _aside(candidate: Candidate) -> str:
    if not candidate.left_aside:
        return ""
    return f"; {_listed(candidate.left_aside)} {_is(candidate.left_aside)} not needed"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _TOLD:
        return _joined(names)
    return f"{', '.join(names[: _TOLD - 1])} and {len(names) - _TOLD + 1} more"


def _joined(parts: Sequence[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
