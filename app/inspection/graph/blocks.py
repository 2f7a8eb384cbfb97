"""Layers grouped as the network's modules are nested, so that a page can fold them."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Block:
    """A module and what was computed inside it.

    Attributes:
        path: of the module, "" for the network itself.
        title: the module's class, `BasicBlock`.
        children: ids of layers, and blocks, in the order in which they first ran.
    """

    path: str
    title: str
    children: tuple["str | Block", ...]

    def layer_ids(self) -> tuple[str, ...]:
        """All layers inside, those of inner blocks too, in the block's order."""
        inside: list[str] = []
        for child in self.children:
            inside.extend(child.layer_ids() if isinstance(child, Block) else [child])
        return tuple(inside)


@dataclass
class _Growing:
    layers_and_blocks: list["str | _Growing"] = field(default_factory=list)
    blocks: dict[str, "_Growing"] = field(default_factory=dict)


def group(placed_layers: Iterable[tuple[str, str]], titles: dict[str, str]) -> Block:
    """Make the tree.

    Args:
        placed_layers: (id of the layer, path of the module that it stands in).
        titles: class of each module by path.
    """
    root = _Growing()
    for layer_id, path in placed_layers:
        place = root
        for part in path.split(".") if path else ():
            if part not in place.blocks:
                place.blocks[part] = _Growing()
                place.layers_and_blocks.append(place.blocks[part])
            place = place.blocks[part]
        place.layers_and_blocks.append(layer_id)
    return _finished(root, "", titles)


def _finished(growing: _Growing, path: str, titles: dict[str, str]) -> Block:
    paths = {
        id(block): f"{path}.{part}" if path else part for part, block in growing.blocks.items()
    }
    children = tuple(
        child if isinstance(child, str) else _finished(child, paths[id(child)], titles)
        for child in growing.layers_and_blocks
    )
    return Block(path, titles[path], children)
