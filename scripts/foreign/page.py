"""The findings as a page."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

Found = dict[str, Any]

_HEAD = """# Networks that nobody here wrote

Written by `make foreign` (`scripts/foreign_networks.py`): one network a family of timm's
convolutional and hybrid ones, of the package `pytorchcv`, of torchvision, and oddities that are
written out in `scripts/foreign/oddities/`. Weights are random, statistics of batch normalisation
are drawn, pictures are the smallest that a design takes.

A network is **all right** if its output is its own forward's to 1e-5 of the largest value; what
its layers show is what cloned forward hooks see of its modules; no pixel outside of a unit's field
has a gradient (of units of up to eleven layers spread over the network); every explanation of
three units of every layer comes out to 1e-5 of the layer's largest value, or the unit is called
unexplained; the graph, written down and read back, computes the same; the network is left as it
was; and nothing raised an exception. **Refused** means in words: no picture of it is shown. Where
not all networks of a zoo were examined, what stands here is of those that were.
"""


def page(found: list[Found], there: Counter[str]) -> str:
    """Markdown of all findings.

    Args:
        found: in the order in which they are shown.
        there: how many networks each zoo has.
    """
    zoos = list(dict.fromkeys(one["zoo"] for one in found))
    parts = [_HEAD, _counts(found, zoos, there), _faults(found), _operations(found)]
    parts += [_refused(found), *(_networks(zoo, found) for zoo in zoos)]
    return "\n".join(part for part in parts if part)


def is_right(one: Found) -> bool:
    """True where a network was traced and nothing was found to be wrong."""
    return bool(one["outcome"] == "traced" and not one["faults"])


def _counts(found: list[Found], zoos: list[str], there: Counter[str]) -> str:
    rows = []
    for zoo in zoos:
        ours = [one for one in found if one["zoo"] == zoo]
        run = [one for one in ours if one["outcome"] != "not run"]
        traced = [one for one in ours if one["outcome"] == "traced"]
        units = [sum(one["units"][place] for one in traced) for place in (0, 1)]
        fields = [sum(one["bounds"][place] for one in traced) for place in (0, 1)]
        unknown = sum(sum(one["unknown"].values()) for one in traced)
        rows.append(
            (
                zoo,
                f"{len(ours)} of {there[zoo]}",
                len(run),
                len(traced),
                sum(one["outcome"] == "refused" for one in ours),
                sum(one["bit_for_bit"] for one in traced),
                sum(map(is_right, ours)),
                f"{unknown:,} of {sum(one['layers'] for one in traced):,}",
                f"{units[0]:,} of {units[1]:,}",
                f"{fields[0]:,} of {fields[1]:,}",
            )
        )
    heads = (
        *("zoo", "examined", "forward ran", "traced", "refused", "output bit for bit"),
        *("all right", "unknown layers", "units explained", "fields a bound"),
    )
    return _table(heads, rows)


def _faults(found: list[Found]) -> str:
    lines = [
        f"- {one['zoo']}/{one['name']}: {_escaped(fault)}"
        for one in found
        for fault in one["faults"]
    ]
    if not lines:
        return "Nothing was found to be wrong.\n"
    return "## What is wrong\n\n" + "\n".join(lines) + "\n"


def _operations(found: list[Found]) -> str:
    unknown, unexplained = (_use(found, name) for name in ("unknown", "unexplained"))
    text = "## Operations that are not known\n\n"
    if unknown:
        text += "They are layers under their ATen names, of which nothing is claimed.\n\n"
        text += _table(("operation", "networks", "layers"), unknown)
    else:
        text += "None.\n"
    text += "\n## Known, but not explained everywhere\n\n"
    text += (
        "Layers of which no looked-at unit has an explanation; most are tokens: neither vectors "
        "nor maps.\n\n"
    )
    return text + _table(("operation", "networks", "layers"), unexplained)


def _use(found: Iterable[Found], kind: str) -> list[tuple[str, int, int]]:
    networks: Counter[str] = Counter()
    layers: Counter[str] = Counter()
    for one in found:
        networks.update(one[kind].keys())
        layers.update(one[kind])
    order = sorted(networks, key=lambda name: (-networks[name], -layers[name], name))
    return [(f"`{name}`", networks[name], layers[name]) for name in order]


def _refused(found: list[Found]) -> str:
    rows = [
        (f"{one['zoo']}/{one['name']}", _escaped(one["words"]))
        for one in found
        if one["outcome"] == "refused"
    ]
    return "## Refused, and what is said\n\n" + _table(("network", "words"), rows)


def _networks(zoo: str, found: list[Found]) -> str:
    rows = []
    for one in found:
        if one["zoo"] == zoo:
            size = " x ".join(map(str, one["shape"]))
            rows.append((one["name"], size, _shown(one), _unknown(one)))
    return f"## {zoo}\n\n" + _table(("network", "picture", "what it shows", "not known"), rows)


def _shown(one: Found) -> str:
    match one["outcome"]:
        case "not run":
            return f"its own forward does not run: {_escaped(one['words'])}"
        case "refused":
            return "refused in words"
        case "failed":
            return "failed"
    explained, units = one["units"]
    bounds, fields = one["bounds"]
    parts = [
        f"{one['layers']} layers",
        "output bit for bit" if one["bit_for_bit"] else "output but for rounding",
        f"{explained} of {units} units explained",
        f"{bounds} of {fields} fields a bound",
    ]
    if one["says"]:
        first = one["says"].split(", ")[0]
        parts.append(f"of its results `{_escaped(first)}` is shown")
    if one["faults"]:
        parts.append(f"**{len(one['faults'])} wrong**")
    return "; ".join(parts)


def _unknown(one: Found) -> str:
    return ", ".join(f"`{name}`" for name in sorted(one["unknown"]))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
