"""What training scripts put before the names of a network's tensors.

`module.` is DataParallel's, `_orig_mod.` that of a compiled network; `model.`, `net.`, `backbone.`,
`encoder.`, `student.`, `teacher.` and whatever else are attributes of a module around the network.
None is listed here: a prefix is a leading path behind which names lie that some design has.
"""

from collections import Counter
from collections.abc import Collection, Iterable

# `module.model.backbone.` are three; nobody wraps deeper, and a file may hold a million dots.
_DEEPEST = 6
# Wrappers hold up to two networks (student and teacher); the others are pieces of a network.
_MOST = 4
_LEAST_SHARE = 0.3


def prefixes(names: Iterable[str], known: Collection[str]) -> list[str]:
    """The leading paths, dot included, that may be taken off the names; the likeliest first.

    Args:
        names: of the tensors in a file.
        known: every name that some design has for a tensor.
    """
    counts: Counter[str] = Counter()
    for name in names:
        start = 0
        for _ in range(_DEEPEST + 1):
            if name[start:] in known:
                counts[name[:start]] += 1
            start = name.find(".", start) + 1
            if not start:
                break
    # Of two that explain as many names the shorter one takes less away.
    ranked = sorted(counts, key=lambda prefix: (-counts[prefix], len(prefix), prefix))[:_MOST]
    return [each for each in ranked if counts[each] >= _LEAST_SHARE * counts[ranked[0]]]
