"""Normalisations: a number set against others of its kind."""

import numpy as np
import torch

from app.inspection.arithmetic.site import Site, UnexplainedError, numbers_of
from app.inspection.arithmetic.terms import Explanation, Operand, Patch

_AFFINE = "({x} - {mean}) / sqrt({variance} + {eps}) * {gamma} + {beta}"
_WITHOUT_AFFINE = "({x} - {mean}) / sqrt({variance} + {eps})"


def batch_norm(site: Site) -> Explanation:
    """With the mean and the variance that training left behind, one pair a channel.

    Source: Ioffe and Szegedy 2015, algorithm 2.
    """
    channel = site.place[0]
    means, variances = site.operands["running_mean"], site.operands["running_var"]
    fixed = isinstance(means, torch.Tensor) and isinstance(variances, torch.Tensor)
    if not fixed or not site.layer.pointwise:
        raise UnexplainedError("Statistics of this very picture have no explanation here.")
    return _standardised(
        site,
        mean=float(means[channel]),
        variance=float(variances[channel]),
        affine=_affine(site, channel),
        slope_is_whole=True,
    )


def layer_norm(site: Site) -> Explanation:
    """With the mean and the variance of all values that share its place.

    Source: Ba, Kiros and Hinton 2016, equation 3.
    """
    source = _source(site, "input")
    shape = site.operands["normalized_shape"]
    own_rank = len(site.own_shape(source))
    free = [site.shown_axis(source, axis) for axis in range(own_rank - len(shape), own_rank)]
    patch = site.block(source, site.place, free)
    own = site.own_place(source, site.place)
    return _over_values(site, patch, _affine(site, own[own_rank - len(shape) :]))


def group_norm(site: Site) -> Explanation:
    """With the mean and the variance of a group of whole channels (Wu and He 2018)."""
    source = _source(site, "input")
    size = site.shape(source)[0] // int(site.operands["num_groups"])
    start = site.place[0] // size * size
    whole = site.block(source, site.place, range(len(site.place)))
    values = whole.values[start : start + size]
    group = Patch(source, range(start, start + size), whole.rows, whole.columns, values)
    return _over_values(site, group, _affine(site, site.place[0]))


def instance_norm(site: Site) -> Explanation:
    """With the mean and the variance of its own map."""
    if not site.operands["use_input_stats"]:
        return batch_norm(site)
    source = _source(site, "input")
    return _over_values(site, site.block(source, site.place, (1, 2)), _affine(site, site.place[0]))


def local_response_norm(site: Site) -> Explanation:
    """Divided by a power of the energy of its neighbours along the channels.

    Source: Krizhevsky, Sutskever and Hinton 2012, section 3.3.
    """
    source = site.layer.inputs[0]
    settings = site.layer.arguments
    channel, row, column = site.place
    start = max(0, channel - settings["before"])
    stop = min(site.shape(source)[0], channel + settings["after"] + 1)
    values = site.array(source)[start:stop, row : row + 1, column : column + 1]
    patch = Patch(source, range(start, stop), (row,), (column,), values)
    energy = float((values.astype(np.float64) ** 2).sum())
    operand = site.operand(source, site.place)
    x = np.float64(operand.value)
    k, alpha, beta = (float(settings[name]) for name in ("k", "alpha", "beta"))
    base = np.float64(k + alpha * energy)
    slope = base**-beta - 2 * alpha * beta * x**2 * base ** (-beta - 1)
    return site.explain(
        "normalisation",
        x / base**beta,
        "{x} / ({k} + {alpha} * {energy}) ** {beta}",
        x=operand,
        k=k,
        alpha=alpha,
        energy=energy,
        beta=beta,
        note=f"energy is the sum of the squares of channels {start} to {stop - 1} at this place.",
        patch=patch,
        derivatives=((operand, slope),),
    )


def softmax(site: Site) -> Explanation:
    """Its share among all: exponentials over their sum, the largest taken off for safety."""
    patch, operand = _alternatives(site)
    values = patch.values.astype(np.float64)
    largest = float(values.max())
    total = float(np.exp(values - largest).sum())
    share = np.exp(operand.value - largest) / np.float64(total)
    return site.explain(
        "normalisation",
        share,
        "exp({x} - {largest}) / {total}",
        x=operand,
        largest=largest,
        total=total,
        note=f"total is the sum of exp(value - largest) over all {patch.size}.",
        patch=patch,
        derivatives=((operand, share * (1 - share)),),
    )


def log_softmax(site: Site) -> Explanation:
    """The logarithm of its share."""
    patch, operand = _alternatives(site)
    values = patch.values.astype(np.float64)
    largest = float(values.max())
    total = float(np.exp(values - largest).sum())
    explained = operand.value - largest - np.log(total)
    return site.explain(
        "normalisation",
        explained,
        "{x} - {largest} - log({total})",
        x=operand,
        largest=largest,
        total=total,
        note=f"total is the sum of exp(value - largest) over all {patch.size}.",
        patch=patch,
        derivatives=((operand, 1 - np.exp(explained)),),
    )


def _alternatives(site: Site) -> tuple[Patch, Operand]:
    source = _source(site, "self")
    patch = site.block(source, site.place, site.axes(source, site.operands["dim"]))
    return patch, site.operand(source, site.place)


def _source(site: Site, name: str) -> str:
    source = site.operands[name]
    if not isinstance(source, str):
        raise UnexplainedError("This layer reads no other layer.")
    return source


def _affine(site: Site, index: int | tuple[int, ...]) -> tuple[float, float] | None:
    weight, bias = site.operands["weight"], site.operands["bias"]
    if weight is None and bias is None:
        return None
    gamma = 1.0 if weight is None else float(numbers_of(weight, 1, 1.0)[index])
    beta = 0.0 if bias is None else float(numbers_of(bias, 1, 0.0)[index])
    return gamma, beta


def _over_values(site: Site, patch: Patch, affine: tuple[float, float] | None) -> Explanation:
    values = patch.values.astype(np.float64)
    return _standardised(
        site,
        mean=float(values.mean()),
        variance=float(values.var()),
        affine=affine,
        patch=patch,
        note=f"mean and variance are those of the {patch.size} values that it is normalised with.",
    )


def _standardised(
    site: Site,
    *,
    mean: float,
    variance: float,
    affine: tuple[float, float] | None,
    patch: Patch | None = None,
    note: str = "",
    slope_is_whole: bool = False,
) -> Explanation:
    operand = site.operand(_source(site, "input"), site.place)
    eps = float(site.operands["eps"])
    gamma, beta = affine or (1.0, 0.0)
    deviation = np.sqrt(np.float64(variance + eps))
    score = (operand.value - mean) / deviation
    slope = gamma / deviation
    if not slope_is_whole and patch is not None:
        # The value moves the mean and the variance too.
        slope *= 1 - (1 + score**2) / patch.size
    more = {} if affine is None else {"gamma": gamma, "beta": beta}
    return site.explain(
        "normalisation",
        score * gamma + beta,
        _WITHOUT_AFFINE if affine is None else _AFFINE,
        x=operand,
        mean=mean,
        variance=variance,
        eps=eps,
        **more,
        patch=patch,
        note=note,
        derivatives=((operand, slope),),
    )
