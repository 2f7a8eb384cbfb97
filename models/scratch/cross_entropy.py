"""The loss: how surprised the network is by the right answers.

The quality of a classifier on N pictures is the geometric mean of the confidences that it gives to
the right classes, (p_1 p_2 ... p_N)^(1/N). Its negative logarithm turns the product into a sum,

    L = -1/N sum_n log p_n,

which is the mean cross-entropy between the labels as one-hot distributions and the predictions.
"""

import numpy as np

from models.scratch.information import expected
from models.scratch.layer import Array, IntegerArray, Layer
from models.scratch.softmax import log_softmax


def mean_confidence(confidences: Array) -> float:
    """Geometric mean of confidences in [0, 1]: e^(mean log p), which is e^-L; 0 where one is."""
    with np.errstate(divide="ignore"):
        return float(np.exp(np.log(confidences).mean()))


def one_hot(labels: IntegerArray, classes: int, dtype: np.dtype[np.floating]) -> Array:
    """Labels (n,) as distributions (n, classes) that are certain."""
    rows: Array = np.zeros((len(labels), classes), dtype=dtype)
    rows[np.arange(len(labels)), labels] = 1
    return rows


class CrossEntropy(Layer):
    """L = -1/n sum_n sum_i y_ni log p_ni of probabilities p, in nats: (n, c) to one number, ().

    Behind a softmax, `SoftmaxCrossEntropy` says the same in fewer steps, without log 0.

    Args:
        targets: y, distributions of the shape of p.
        axis: along which the classes stand.
    """

    def __init__(self, targets: Array, axis: int = -1) -> None:
        super().__init__()
        self.targets = targets
        self.axis = axis

    def forward(self, x: Array) -> Array:
        self._p = x
        # Where y is 0 nothing is asked, so that log 0 is not either.
        asked = self.targets > 0
        logarithms = np.log(x, out=np.zeros_like(x), where=asked)
        self._examples = x.size / x.shape[self.axis]
        loss: Array = -(self.targets * logarithms).sum() / self._examples
        return loss

    def backward(self, output_gradient: Array) -> Array:
        """dL/dp = -y / (n p)."""
        quotients = np.divide(
            self.targets, self._p, out=np.zeros_like(self._p), where=self.targets > 0
        )
        gradient: Array = -output_gradient * quotients / self._examples
        return gradient


class SoftmaxCrossEntropy:
    """L = -1/n sum_n sum_i y_ni log p_ni with p = softmax(t), in nats.

    Softmax and logarithm are taken together: log p from finite scores never is log 0.

    Attributes:
        losses: what each example cost, (n,); L is their mean.
    """

    def forward(self, scores: Array, labels: IntegerArray | Array) -> float:
        """Mean loss of scores t (n, c).

        Args:
            scores: the logits, (n, c).
            labels: class numbers (n,), or distributions y (n, c) whose rows sum to one.
        """
        logarithms = log_softmax(scores)
        self._p: Array = np.exp(logarithms)
        if np.issubdtype(labels.dtype, np.integer):
            labels = one_hot(np.asarray(labels, dtype=np.int64), scores.shape[1], scores.dtype)
        self._y = labels
        shares = expected(self._y, logarithms)
        self.losses: Array = -shares.sum(axis=-1)
        return float(-shares.sum() / len(scores))

    def backward(self) -> Array:
        """dL/dt = (p - y) / n: what the network said, less what it should have said."""
        gradient: Array = (self._p - self._y) / len(self._p)
        return gradient.astype(self._p.dtype, copy=False)
