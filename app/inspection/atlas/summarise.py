"""One part of a manifest through the network, and what that comes to.

The same part gives the same bytes in any process on the same kind of machine, if it has one thread.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.activations.prediction import softmax
from app.inspection.atlas.layer_pass import LayerPass
from app.inspection.atlas.manifest import AtlasPicture, LeftOut, Manifest
from app.inspection.atlas.strongest import MOST_PLACES
from app.inspection.atlas.summary import Answers, Summary
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from models.errors import BadImageError, ImageTooLargeError
from models.pictures import Picture, decode_picture
from models.preprocessing.pixel_map import PixelMap
from models.preprocessing.preprocessing import Preprocessing

# Their values stay in the processor's cache until they were looked at.
_BATCH = 8

ReadPicture = Callable[[AtlasPicture], bytes]
OpenPicture = Callable[[AtlasPicture], Picture]


@dataclass(frozen=True)
class Plan:
    """What is looked for.

    Attributes:
        layers: by id, in execution order.
        top: how many units of each channel are kept.
        truths: for each class of the manifest, the network's class of that name; None if it has
            none.
    """

    layers: tuple[str, ...]
    top: int
    truths: tuple[int | None, ...]


class PictureGoneError(Exception):
    """A picture is not what it was when the manifest was written; says how."""


@dataclass(frozen=True)
class _Input:
    """A picture as the network sees it."""

    index: int
    tensor: torch.Tensor
    pixel_map: PixelMap


@dataclass(frozen=True)
class _Said:
    """What the network says of a picture: a row of `Answers`."""

    index: int
    predicted: int
    probability: float
    own: float
    pixel_map: PixelMap


def layers_with_channels(graph: LayerGraph) -> tuple[str, ...]:
    """Ids of the layers that an atlas can be of: maps, and vectors, in float32."""
    return tuple(layer.id for layer in graph.layers if layer.inputs and _has_channels(layer))


def _has_channels(layer: LayerNode) -> bool:
    places = int(np.prod(layer.output_shape[1:]))
    return layer.is_plain and layer.is_kept_whole and 0 < places <= MOST_PLACES


def summarise(
    network: tuple[LayerGraph, Preprocessing],
    manifest: Manifest,
    shard: int,
    plan: Plan,
    open_picture: OpenPicture,
) -> Summary:
    """Look at every picture of a part once.

    A picture that is gone, has changed or cannot be decoded is left out, with its reason.

    Args:
        network: bound to its weights, and how its pictures are prepared.
        manifest: of all pictures.
        shard: which part of it.
        plan: what is looked for.
        open_picture: decodes the file of a picture, see `opened`.
    """
    graph, preprocessing = network
    own = {manifest.classes[index] for index in manifest.shards[shard]}
    present = np.array(sorted(each for each in own if each is not None), np.int32)
    passes = {
        layer_id: LayerPass(graph.layer(layer_id).output_shape[0], plan.top, present)
        for layer_id in plan.layers
    }
    left_out: list[LeftOut] = []
    said: list[_Said] = []
    inputs = _inputs(manifest, shard, preprocessing, open_picture, left_out)
    with torch.inference_mode():
        for batch in _batches(inputs, _BATCH if graph.any_batch else 1):
            classes = [manifest.classes[each.index] for each in batch]
            places = np.array(
                [-1 if each is None else np.searchsorted(present, each) for each in classes]
            )
            tensors = torch.cat([each.tensor for each in batch])
            see = partial(_add, passes, len(said), places)
            output = graph.visit(tensors, plan.layers, see)
            truths = [None if each is None else plan.truths[each] for each in classes]
            said += map(_said, batch, output, truths)
    answers = _answers(said)
    return Summary(
        answers=answers,
        left_out=tuple(sorted(left_out, key=lambda each: each.path)),
        layers={
            layer_id: each.found(answers.pictures, (0, shard)) for layer_id, each in passes.items()
        },
    )


def _add(
    passes: Mapping[str, LayerPass],
    first: int,
    classes: npt.NDArray[np.int64],
    layer_id: str,
    value: torch.Tensor,
) -> None:
    passes[layer_id].add(value, first, classes)


def _inputs(
    manifest: Manifest,
    shard: int,
    preprocessing: Preprocessing,
    open_picture: OpenPicture,
    left_out: list[LeftOut],
) -> Iterator[_Input]:
    for index in manifest.shards[shard]:
        picture = manifest.pictures[index]
        try:
            decoded = open_picture(picture)
        except (BadImageError, ImageTooLargeError, PictureGoneError) as error:
            left_out.append(LeftOut(picture.path, str(error)))
            continue
        prepared = preprocessing.prepare(decoded.image, decoded.orientation)
        yield _Input(index, prepared.tensor, prepared.pixel_map)


def opened(picture: AtlasPicture, read: ReadPicture) -> Picture:
    """A picture of the manifest, decoded.

    Args:
        picture: which one.
        read: the bytes of its file; raises OSError where there are none.

    Raises:
        PictureGoneError: see `checked`.
        BadImageError, ImageTooLargeError: it cannot be decoded.
    """
    return decode_picture(checked(picture, read))


def checked(picture: AtlasPicture, read: ReadPicture) -> bytes:
    """The bytes of a picture's file.

    Args:
        picture: which one.
        read: as for `opened`.

    Raises:
        PictureGoneError: they are not there, or not those of the manifest.
    """
    try:
        data = read(picture)
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise PictureGoneError(f"It cannot be read any more: {said}.") from error
    if hashlib.sha256(data).hexdigest() != picture.sha256:
        raise PictureGoneError("It has changed since the pictures were counted.")
    return data


def _batches(inputs: Iterable[_Input], size: int) -> Iterator[list[_Input]]:
    waiting = iter(inputs)
    while batch := list(islice(waiting, size)):
        yield batch


def _said(seen: _Input, output: torch.Tensor, truth: int | None) -> _Said:
    logits = output.numpy()
    if logits.ndim != 1 or not logits.size:
        return _Said(seen.index, -1, np.nan, np.nan, seen.pixel_map)
    shares = softmax(logits)
    best = int(logits.argmax())
    own = np.nan if truth is None else shares[truth]
    return _Said(seen.index, best, shares[best], own, seen.pixel_map)


def _answers(said: list[_Said]) -> Answers:
    boxes = [each.pixel_map.image_box for each in said]
    sizes = [each.pixel_map.image_size for each in said]
    return Answers(
        pictures=np.array([each.index for each in said], np.int32),
        predicted=np.array([each.predicted for each in said], np.int32),
        probability=np.array([each.probability for each in said], np.float32),
        own=np.array([each.own for each in said], np.float32),
        boxes=np.array(
            [[box.top, box.left, box.bottom, box.right] for box in boxes], np.float64
        ).reshape(-1, 4),
        sizes=np.array([[size.height, size.width] for size in sizes], np.int32).reshape(-1, 2),
    )
