"""How alike two heat maps are."""

import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.floating]

_WINDOW = 7
_K1, _K2 = 0.01, 0.03


def ranks(values: Map) -> npt.NDArray[np.float64]:
    """Of every value among all, from 1 up, equal ones their mean rank; flat."""
    _, inverse, counts = np.unique(values.reshape(-1), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means = last - (counts - 1) / 2
    result: npt.NDArray[np.float64] = means[inverse.reshape(-1)]
    return result


def spearman(one: Map, other: Map) -> float | None:
    """The correlation of their ranks, -1 to 1; None if either is constant.

    Source: Spearman, The Proof and Measurement of Association between Two Things, 1904.
    """
    first, second = ranks(one), ranks(other)
    first, second = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / scale if scale > 0 else None


def structural_similarity(one: Map, other: Map) -> float:
    """Mean SSIM over windows of 7 x 7 inside the map, of maps scaled to a largest magnitude of 1.

    The window is as large as the map allows where that is smaller. Constant maps are compared as
    they are; a map of zeros stays one.

    Source: Wang, Bovik, Sheikh, Simoncelli, Image Quality Assessment, IEEE TIP 2004, equation 13,
    with sample covariances and a data range of 2 where a map has negative values, else 1.
    """
    first, second = _scaled(one), _scaled(other)
    data_range = 2.0 if min(first.min(), second.min()) < 0 else 1.0
    side = min(_WINDOW, *first.shape)
    count = side * side
    mean_1, mean_2 = _window_mean(first, side), _window_mean(second, side)
    unbiased = count / (count - 1) if count > 1 else 1.0
    variance_1 = unbiased * (_window_mean(first * first, side) - mean_1**2)
    variance_2 = unbiased * (_window_mean(second * second, side) - mean_2**2)
    covariance = unbiased * (_window_mean(first * second, side) - mean_1 * mean_2)
    c_1, c_2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    structure = ((2 * mean_1 * mean_2 + c_1) * (2 * covariance + c_2)) / (
        (mean_1**2 + mean_2**2 + c_1) * (variance_1 + variance_2 + c_2)
    )
    return float(structure.mean())


def _scaled(values: Map) -> npt.NDArray[np.float64]:
    largest = float(np.abs(values).max())
    result: npt.NDArray[np.float64] = values.astype(np.float64)
    return result / largest if largest > 0 else result


def _window_mean(values: npt.NDArray[np.float64], side: int) -> npt.NDArray[np.float64]:
    """Of every window that lies inside, from sums over the map up to each place."""
    sums = np.pad(values, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    inner = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    result: npt.NDArray[np.float64] = inner / (side * side)
    return result
