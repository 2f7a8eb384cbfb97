"""How alike filters are: the cosine between them, and an order that puts like beside like."""

import numpy as np
import numpy.typing as npt
import torch

Matrix = npt.NDArray[np.float32]


def cosines(rows: torch.Tensor) -> Matrix:
    """The cosine of the angle between every two filters, (filters, filters); 0 for a zero filter.

    Args:
        rows: (filters, ...).
    """
    flat = rows.reshape(rows.shape[0], -1).numpy()
    lengths = np.sqrt(np.einsum("ij,ij->i", flat, flat, dtype=np.float64))
    unit = flat / np.where(lengths > 0, lengths, 1.0)[:, None].astype(np.float32)
    found: Matrix = (unit @ unit.T).clip(-1, 1)
    return found


def most_similar(similarity: Matrix) -> tuple[npt.NDArray[np.intp], Matrix]:
    """For every filter the other one with the largest cosine, and that cosine.

    The first of several equals; a filter that is alone is its own.
    """
    others = similarity.copy()
    np.fill_diagonal(others, -np.inf if len(others) > 1 else 1.0)
    index = others.argmax(1)
    return index, others[np.arange(len(others)), index]


def cluster_order(similarity: Matrix) -> list[int]:
    """The filters in the order of the leaves of their tree by average linkage of 1 - cosine.

    Of the two branches of a fork the one that holds the lower index stands first, so the same
    filters always come in the same order.

    Source: Sokal and Michener, A Statistical Method for Evaluating Systematic Relationships, 1958
    (average linkage); the tree is found by chains of nearest neighbours, Murtagh, A Survey of
    Recent Advances in Hierarchical Clustering Algorithms, 1983, in time quadratic in the filters.
    """
    count = len(similarity)
    # float64, because an average is updated up to `count` times.
    distance = 1.0 - similarity.astype(np.float64)
    np.fill_diagonal(distance, np.inf)
    sizes = np.ones(count)
    leaves: dict[int, list[int]] = {index: [index] for index in range(count)}
    chain: list[int] = []
    while len(leaves) > 1:
        if not chain:
            chain.append(min(leaves))
        last = chain[-1]
        row = distance[last]
        nearest = int(row.argmin())
        # Of equals the one before in the chain, or two that are nearest to each other never meet.
        if len(chain) > 1 and row[chain[-2]] <= row[nearest]:
            nearest = chain[-2]
        if len(chain) < 2 or nearest != chain[-2]:
            chain.append(nearest)
            continue
        del chain[-2:]
        kept, dropped = sorted((last, nearest))
        total = sizes[kept] + sizes[dropped]
        merged = (sizes[kept] * distance[kept] + sizes[dropped] * distance[dropped]) / total
        merged[[kept, dropped]] = np.inf
        distance[kept] = distance[:, kept] = merged
        distance[dropped] = distance[:, dropped] = np.inf
        sizes[kept] = total
        branches = sorted((leaves[kept], leaves.pop(dropped)), key=min)
        leaves[kept] = branches[0] + branches[1]
    return next(iter(leaves.values()))
