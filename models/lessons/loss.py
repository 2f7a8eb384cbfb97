"""What a guess costs: confidences as a product and as a sum of logarithms, and codes in bits."""

from dataclasses import dataclass

import numpy as np

from models.scratch.cross_entropy import SoftmaxCrossEntropy, mean_confidence
from models.scratch.information import code_lengths, expected, wasted
from models.scratch.layer import Array, IntegerArray
from models.scratch.softmax import log_softmax


@dataclass(frozen=True, eq=False)
class PicturesLoss:
    """What some pictures cost, and how that came about.

    Attributes:
        probabilities: softmax of the scores, (n, c).
        logarithms: their natural logarithms, (n, c); minus infinity for a probability of 0.
        log_sums: log sum_j e^(t_j) of each picture, (n,): a score less this is its logarithm.
        losses: what each picture cost in nats, (n,): -sum_i y_i log p_i.
        product: of e^-losses, which are the confidences in the truth where that is one class.
        geometric_mean: the n-th root of that product, taken through logarithms.
        loss: the mean of `losses`; infinite where one is.
        gradient: dloss/dscores = (p - y) / n, (n, c).
    """

    probabilities: Array
    logarithms: Array
    log_sums: Array
    losses: Array
    product: float
    geometric_mean: float
    loss: float
    gradient: Array


def pictures_loss(scores: Array, truth: IntegerArray | Array) -> PicturesLoss:
    """The loss of scores, taken apart.

    Args:
        scores: float64, (n, c); minus infinity for a class that is ruled out.
        truth: class numbers (n,), or distributions (n, c) whose rows sum to one.
    """
    criterion = SoftmaxCrossEntropy()
    loss = criterion.forward(scores, truth)
    logarithms = log_softmax(scores)
    confidences = np.exp(-criterion.losses)
    return PicturesLoss(
        probabilities=np.exp(logarithms),
        logarithms=logarithms,
        # At the largest, where both are finite.
        log_sums=scores.max(axis=1) - logarithms.max(axis=1),
        losses=criterion.losses,
        product=float(confidences.prod()),
        geometric_mean=mean_confidence(confidences),
        loss=loss,
        gradient=criterion.backward(),
    )


def confidences_loss(confidences: Array) -> PicturesLoss:
    """The loss of confidences in the right class, (n,), each in [0, 1].

    Each picture is one of two classes: the right one, and all others together. The gradient at the
    right one's score is (p - 1) / n, however many others there are.
    """
    with np.errstate(divide="ignore"):
        scores = np.log(np.stack([confidences, 1 - confidences], axis=1))
    return pictures_loss(scores, np.zeros(len(confidences), dtype=np.int64))


@dataclass(frozen=True)
class LongProduct:
    """A product of many confidences as a machine has it.

    Attributes:
        float32: the product, multiplied one by one in single precision.
        float64: in double precision.
        logarithm: the sum of the natural logarithms, which no precision loses.
        float32_is_zero_from: the first number of factors whose product is 0; None within reach.
        float64_is_zero_from: the same in double precision.
    """

    float32: float
    float64: float
    logarithm: float
    float32_is_zero_from: int | None
    float64_is_zero_from: int | None


def long_product(confidences: Array, pictures: int, reach: int) -> LongProduct:
    """The product over as many pictures as asked, whose confidences repeat.

    Args:
        confidences: (n,), each in [0, 1]; taken from the first on, again and again.
        pictures: how many factors, 1 to `reach`.
        reach: up to how many factors to look for a product of 0.
    """
    factors = np.resize(confidences, reach)
    # What is lost on the way is what is to be seen.
    with np.errstate(under="ignore", divide="ignore"):
        single: Array = np.cumprod(factors, dtype=np.float32)
        double: Array = np.cumprod(factors, dtype=np.float64)
        logarithm = float(np.log(factors[:pictures]).sum())
    return LongProduct(
        float32=float(single[pictures - 1]),
        float64=float(double[pictures - 1]),
        logarithm=logarithm,
        float32_is_zero_from=_first_zero(single),
        float64_is_zero_from=_first_zero(double),
    )


def _first_zero(products: Array) -> int | None:
    return int((products == 0).argmax()) + 1 if products[-1] == 0 else None


@dataclass(frozen=True, eq=False)
class CodeCosts:
    """What happens with p, said in a code made for q: bits, event by event; (n,) each.

    Attributes:
        best_lengths: -log2 p, infinite for what never happens.
        lengths: -log2 q, infinite for what the code never expects.
        entropies: p times the best lengths; they sum to H(p).
        cross_entropies: p times the lengths; they sum to H(p, q).
        divergences: the differences; they sum to D(p || q).
    """

    best_lengths: Array
    lengths: Array
    entropies: Array
    cross_entropies: Array
    divergences: Array


def code_costs(p: Array, q: Array) -> CodeCosts:
    """H(p), H(p, q) and D(p || q) of two distributions (n,), taken apart."""
    best_lengths, lengths = code_lengths(p), code_lengths(q)
    return CodeCosts(
        best_lengths=best_lengths,
        lengths=lengths,
        entropies=expected(p, best_lengths),
        cross_entropies=expected(p, lengths),
        divergences=wasted(p, q),
    )
