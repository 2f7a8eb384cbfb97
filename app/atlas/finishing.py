"""From what was found in the parts to what an atlas is read from: a layer a file."""

import json
from contextlib import ExitStack
from functools import reduce
from typing import Any

import numpy as np
from safetensors.numpy import save

from app.inspection.atlas.channels import LayerChannels, describe_channels
from app.inspection.atlas.files import SummaryFile, open_summary
from app.inspection.atlas.manifest import LeftOut, Manifest
from app.inspection.atlas.summary import Answers, LayerSummary, merge_answers, merge_layers
from app.inspection.graph.layer_graph import LayerGraph
from app.stores.atlases.job import FORMAT, Job
from app.stores.atlases.place import AtlasPlace
from models.disk.whole_files import write_atomically
from models.errors import ConvscopeError

# Of files that are open at once: systems allow a thousand.
_OPEN_AT_ONCE = 128


class NothingReadableError(ConvscopeError):
    """An atlas would be of nothing."""


def finish(
    place: AtlasPlace, job: Job, manifest: Manifest, graph: LayerGraph, name: str
) -> dict[str, Any]:
    """Put the parts together and write the atlas, layer by layer, so that one is in memory.

    Args:
        place: with every part in it.
        job: what it is of.
        manifest: its pictures.
        graph: of the network.
        name: what people call the pictures.

    Returns:
        what `atlas.json` says.

    Raises:
        NothingReadableError: not one picture could be looked at.
        OSError: the disk is full. Nothing is lost: it can be finished later.
        DamagedRecordError: a part is damaged.
    """
    answers, left_out = _answers(place, manifest)
    if not len(answers.pictures):
        raise NothingReadableError(
            f"Of {len(left_out):,} files in {name} not one can be read as a picture. "
            f"{left_out[0].path}: {left_out[0].reason}"
        )
    counts = _class_counts(answers, manifest)
    for number, layer_id in enumerate(job.plan.layers):
        layer = _layer(place, manifest, layer_id)
        places = int(np.prod(graph.layer(layer_id).output_shape[1:]))
        found = describe_channels(layer, places, len(answers.pictures), counts)
        write_atomically({place.layer(number): _layer_bytes(found)})
    write_atomically({place.answers: save(vars(answers))})
    facts = {
        "format": FORMAT,
        "key": job.key,
        "model": job.model,
        "preparation": job.preparation,
        "name": name,
        "pictures": len(answers.pictures),
        "left_out": [[each.path, each.reason] for each in left_out],
        "classes": [
            {"name": each, "index": truth, "pictures": int(count)}
            for each, truth, count in zip(
                manifest.class_names, job.plan.truths, counts, strict=True
            )
        ],
        "top": job.plan.top,
        "layers": [
            {
                "id": layer_id,
                "operation": graph.layer(layer_id).operation,
                "output_shape": list(graph.layer(layer_id).output_shape),
            }
            for layer_id in job.plan.layers
        ],
    }
    write_atomically({place.facts: (json.dumps(facts, ensure_ascii=False) + "\n").encode()})
    place.finish()
    return facts


def _answers(place: AtlasPlace, manifest: Manifest) -> tuple[Answers, tuple[LeftOut, ...]]:
    parts: list[Answers] = []
    left_out = set(manifest.left_out)
    for shard in range(len(manifest.shards)):
        with open_summary(place.shard(shard)) as file:
            parts.append(file.answers())
            left_out.update(file.left_out)
    return reduce(merge_answers, parts), tuple(sorted(left_out, key=lambda each: each.path))


def _class_counts(answers: Answers, manifest: Manifest) -> Any:
    classes = [manifest.classes[index] for index in answers.pictures]
    return np.bincount(
        np.array([each for each in classes if each is not None], np.int64),
        minlength=len(manifest.class_names),
    )


def _layer(place: AtlasPlace, manifest: Manifest, layer_id: str) -> LayerSummary:
    found: LayerSummary | None = None
    for start in range(0, len(manifest.shards), _OPEN_AT_ONCE):
        with ExitStack() as stack:
            for shard in range(start, min(start + _OPEN_AT_ONCE, len(manifest.shards))):
                file: SummaryFile = stack.enter_context(open_summary(place.shard(shard)))
                layer = file.layer(layer_id)
                found = layer if found is None else merge_layers(found, layer)
    assert found is not None
    return found


def _layer_bytes(found: LayerChannels) -> bytes:
    arrays = {name: value for name, value in vars(found).items() if name != "strongest"}
    arrays |= {f"strongest/{name}": value for name, value in vars(found.strongest).items()}
    return save({name: np.ascontiguousarray(value) for name, value in arrays.items()})
