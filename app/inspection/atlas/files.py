"""Summaries as files, and back: safetensors, the same bytes for the same summary."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from app.inspection.atlas.manifest import LeftOut
from app.inspection.atlas.strongest import Strongest
from app.inspection.atlas.summary import Answers, LayerSummary, Summary
from app.inspection.atlas.sums import Block, ChannelSums
from models.disk.checked_fields import DamagedRecordError, fields_of

Array = npt.NDArray[Any]

# In the header: what is no array.
_HEADER = "atlas"


def to_bytes(summary: Summary) -> bytes:
    """A safetensors file."""
    arrays: dict[str, Array] = _named("answers", summary.answers)
    blocks: list[Block] = []
    for number, layer in enumerate(summary.layers.values()):
        blocks = list(layer.sums)
        arrays |= _named(f"{number}/strongest", layer.strongest)
        arrays |= {f"{number}/active": layer.active, f"{number}/histogram": layer.histogram}
        for (level, place), sums in layer.sums.items():
            arrays |= _named(f"{number}/sums/{level}/{place}", sums)
    known = {
        "layers": list(summary.layers),
        "blocks": blocks,
        "left_out": [[each.path, each.reason] for each in summary.left_out],
    }
    return save(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        {_HEADER: json.dumps(known)},
    )


def _named(prefix: str, holder: object) -> dict[str, Array]:
    return {f"{prefix}/{name}": value for name, value in vars(holder).items()}


class SummaryFile:
    """An open file of a summary, of which single layers can be read. Made by `open_summary`."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path
        known = fields_of((file.metadata() or {}).get(_HEADER, ""), f"the atlas in {path}")
        self.layers = known.texts("layers")
        self._blocks = [_block(each, path) for each in known.items("blocks")]
        self.left_out = tuple(_left_out(each, path) for each in known.items("left_out"))

    def answers(self) -> Answers:
        """What the network said of each picture."""
        return Answers(**self._read("answers", Answers))

    def layer(self, layer_id: str) -> LayerSummary:
        """What is known of one layer.

        Raises:
            KeyError: there is no such layer.
        """
        if layer_id not in self.layers:
            raise KeyError(layer_id)
        number = self.layers.index(layer_id)
        return LayerSummary(
            strongest=Strongest(**self._read(f"{number}/strongest", Strongest)),
            active=self._file.get_tensor(f"{number}/active"),
            histogram=self._file.get_tensor(f"{number}/histogram"),
            sums={
                (level, place): ChannelSums(
                    **self._read(f"{number}/sums/{level}/{place}", ChannelSums)
                )
                for level, place in self._blocks
            },
        )

    def summary(self) -> Summary:
        """All of it."""
        layers: Mapping[str, LayerSummary] = {each: self.layer(each) for each in self.layers}
        return Summary(self.answers(), self.left_out, layers)

    def _read(self, prefix: str, kind: type[Any]) -> dict[str, Array]:
        return {
            name: self._file.get_tensor(f"{prefix}/{name}") for name in kind.__dataclass_fields__
        }


@contextmanager
def open_summary(path: Path) -> Iterator[SummaryFile]:
    """Open a file that `to_bytes` wrote. Blocks.

    Raises:
        DamagedRecordError: it is none, or cut short.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            yield SummaryFile(file, path)
    except (OSError, SafetensorError) as error:
        raise DamagedRecordError(f"{path} is damaged ({error}).") from error


def _block(value: object, path: Path) -> Block:
    match value:
        case [int(level), int(place)]:
            return level, place
    raise DamagedRecordError(f"{path} names parts that there cannot be.")


def _left_out(value: object, path: Path) -> LeftOut:
    match value:
        case [str(left), str(reason)]:
            return LeftOut(left, reason)
    raise DamagedRecordError(f"{path} does not say what was left out.")
