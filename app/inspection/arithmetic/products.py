"""Products of two layers: matrices of captured values, and attention."""

from dataclasses import replace

import numpy as np
import torch

from app.inspection.arithmetic.site import Site, UnexplainedError
from app.inspection.arithmetic.terms import Explanation, Float32, Float64, Patch

_COMPUTED = "Both factors are computed from the picture; the second stands for the weights."


def matrix_product(site: Site) -> Explanation:
    """Sum over a row of the first factor and a column of the second."""
    names = ("self", "mat2") if "mat2" in site.operands else ("self", "other")
    if "batch1" in site.operands:
        raise UnexplainedError("A product that is added to something has no explanation.")
    first, second = (site.operands[name] for name in names)
    shape, place = site.full_shape(site.layer.id), site.full_place(site.layer.id, site.place)
    if len(place) < 2:
        raise UnexplainedError("Which of its axes are rows and columns is not known.")
    row, column = place[:-1], (*place[:-2], place[-1])
    if isinstance(first, str):
        patch = _line(site, first, row, len(shape) - 1)
        weights = _column(site, second, column, len(shape) - 2)
    elif isinstance(second, str):
        # A product of constants with a layer: the column is read, the row weighs.
        patch = _line(site, second, column, len(shape) - 2)
        weights = _column(site, first, row, len(shape) - 1)
    else:
        raise UnexplainedError("This layer reads no other layer.")
    if weights.size != patch.size:
        raise UnexplainedError("Which numbers meet in this product is not known.")
    weighed = replace(patch, weights=weights.reshape(patch.values.shape))
    note = _COMPUTED if isinstance(first, str) and isinstance(second, str) else ""
    total = weighed.total
    return site.explain("weighted_sum", total, "{sum}", sum=total, patch=weighed, note=note)


def attention(site: Site) -> Explanation:
    """Values weighed by how well their keys answer a query (Vaswani et al. 2017, equation 1)."""
    query, key, value = (site.operands[name] for name in ("query", "key", "value"))
    settings = site.operands
    if settings.get("attn_mask") is not None or settings.get("is_causal"):
        raise UnexplainedError("Attention with a mask has no explanation.")
    if not all(isinstance(one, str) for one in (query, key, value)):
        raise UnexplainedError("What this attention reads is not known.")
    shape, place = site.full_shape(site.layer.id), site.full_place(site.layer.id, site.place)
    rank = len(shape)
    asked = _numbers(site, query, place[:-1], rank - 1).astype(np.float64)
    in_groups = bool(settings.get("enable_gqa"))
    heads = {one: _heads(site, one, place[:-2], in_groups=in_groups) for one in (key, value)}
    keys = _numbers(site, key, heads[key], rank - 2, rank - 1).astype(np.float64)
    scale = settings.get("scale")
    scores = keys @ asked * (1 / np.sqrt(np.float64(len(asked))) if scale is None else float(scale))
    shares: Float64 = np.exp(scores - scores.max(initial=-np.inf))
    shares /= shares.sum()
    patch = _line(site, value, (*heads[value], place[-1]), rank - 2)
    weighed = replace(patch, weights=shares.reshape(patch.values.shape).astype(np.float32))
    total = float((patch.values.astype(np.float64) * shares.reshape(patch.values.shape)).sum())
    note = "The weights are the softmax of the products of its query with every key."
    return site.explain("weighted_sum", total, "{sum}", sum=total, patch=weighed, note=note)


def _heads(
    site: Site, layer_id: str, asking: tuple[int, ...], *, in_groups: bool
) -> tuple[int, ...]:
    """Which of a layer's heads a head of the queries reads."""
    if not in_groups:
        return asking
    # So many queries' heads read one of these (Ainslie et al. 2023, figure 2).
    group = site.full_shape(site.layer.id)[-3] // site.full_shape(layer_id)[-3]
    return (*asking[:-1], asking[-1] // group)


def _line(site: Site, layer_id: str, rest: tuple[int, ...], axis: int) -> Patch:
    """The units of a layer along one axis, those of all others given."""
    shape = site.full_shape(layer_id)
    if len(shape) != len(rest) + 1:
        raise UnexplainedError("How its factors are laid over each other is not known.")
    full = [*rest[:axis], 0, *rest[axis:]]
    full = [0 if size == 1 else index for index, size in zip(full, shape, strict=True)]
    if not site.graph.layer(layer_id).counts_pictures:
        raise UnexplainedError(f"{layer_id} is neither a vector nor maps.")
    own = tuple(full[1:])
    return site.block(
        layer_id, site.shown_place(layer_id, own), [site.shown_axis(layer_id, axis - 1)]
    )


def _column(site: Site, factor: object, rest: tuple[int, ...], axis: int) -> Float32:
    if isinstance(factor, str):
        return _line(site, factor, rest, axis).values.reshape(-1)
    if not isinstance(factor, torch.Tensor):
        raise UnexplainedError("One of its factors is not known.")
    # A factor of fewer axes is the same for all places along those that it has not.
    shape = tuple(factor.shape)
    lead = len(rest) + 1 - len(shape)
    if len(shape) < 2 or lead < 0:
        raise UnexplainedError("How its factors are laid over each other is not known.")
    index: list[int | slice] = [*rest[:axis], slice(None), *rest[axis:]]
    chosen = tuple(
        0 if size == 1 and isinstance(one, int) else one
        for one, size in zip(index[lead:], shape, strict=True)
    )
    found: Float32 = factor.detach().to(torch.float32)[chosen].numpy().reshape(-1)
    return found


def _numbers(site: Site, layer_id: str, rest: tuple[int, ...], *axes: int) -> Float32:
    """The numbers of a layer along its last axes; one that it has only once goes for all places."""
    shape = site.full_shape(layer_id)
    if site.is_last(layer_id) or len(shape) != len(rest) + len(axes):
        raise UnexplainedError("What this attention reads is not known.")
    if not site.graph.layer(layer_id).counts_pictures:
        raise UnexplainedError(f"{layer_id} is neither a vector nor maps.")
    chosen = (0 if size == 1 else one for one, size in zip(rest, shape, strict=False))
    found: Float32 = site.array(layer_id)[tuple(chosen)[1:]]
    return found
