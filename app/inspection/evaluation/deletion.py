"""Deletion and insertion: does the score follow the pixels that a map calls important?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from app.inspection.attribution.baselines import baseline
from app.inspection.attribution.contract import Subject
from app.inspection.attribution.gradient import batches
from app.inspection.graph.unit import Contrast, unit_values
from app.inspection.progress import Progress

Curve = npt.NDArray[np.float64]
DEFAULT_POINTS = 24
# Along the longer side, of the random order.
_SQUARES = 14


@dataclass(frozen=True, eq=False)
class DeletionCurves:
    """What the target is while pixels are taken away, or given back, the most important first.

    Attributes:
        fractions: share of the pixels that are done, (points,), from 0 to 1.
        deletion, insertion: in the order of the map, (points,).
        random_deletion, random_insertion: square by square at random, to compare with.
        is_probability: of the class, with a rival of the class if it is one of the two, or else
            the unit's own value.
        ties: share of pixels whose place is not the map's but the order of rows, since others have
            the same value.
    """

    fractions: Curve
    deletion: Curve
    insertion: Curve
    random_deletion: Curve
    random_insertion: Curve
    is_probability: bool
    ties: float

    def area(self, curve: Curve) -> float:
        """Under a curve, by trapezoids: the mean of what the target was on the way."""
        return float(np.trapezoid(curve, self.fractions))

    @property
    def size_bytes(self) -> int:
        """Of its arrays."""
        return 5 * self.fractions.nbytes


def deletion_curves(
    subject: Subject,
    values: npt.NDArray[np.float32],
    progress: Progress,
    points: int = DEFAULT_POINTS,
) -> DeletionCurves:
    """Take pixels away by order of a map, and give them back to a blurred picture.

    Deleted pixels become the mean colour; insertion begins at the blurred picture. A map that knows
    the network has a small area under the first curve and a large one under the second.

    Args:
        subject: whose target is followed: of a class its probability, with a rival that among the
            two, else the unit's value.
        values: the map, (height, width).
        progress: told how many of the pictures are done.
        points: steps of each curve.

    Source: Petsiuk, Das, Saenko, RISE, BMVC 2018, section 4.2 and algorithm 1.
    """
    order = np.argsort(-values, axis=None, kind="stable")
    shuffled = _squares_at_random(values.shape)
    fractions = np.linspace(0, 1, points + 1)
    picture, mean = subject.tensor, baseline(subject, "mean")
    blurred = baseline(subject, "blurred")
    ways = [
        (order, picture, mean),
        (order, blurred, picture),
        (shuffled, picture, mean),
        (shuffled, blurred, picture),
    ]
    curves: list[Curve] = []
    for done, (way, before, after) in enumerate(ways):
        report = _Share(progress, done * len(fractions), len(ways) * len(fractions))
        curves.append(_curve(subject, way, (before, after), fractions, report))
    _, counts = np.unique(values, return_counts=True)
    ties = float(counts[counts > 1].sum() / values.size)
    deletion, insertion, random_deletion, random_insertion = curves
    return DeletionCurves(
        fractions,
        deletion,
        insertion,
        random_deletion,
        random_insertion,
        is_probability=_is_class(subject),
        ties=ties,
    )


def _squares_at_random(shape: tuple[int, ...]) -> npt.NDArray[np.intp]:
    """Pixels, flat, in squares of a random order.

    Single pixels at random would strew noise over the whole picture, which harms a network more
    than losing what it looks at; maps come in patches, and so does what they are compared with.
    """
    height, width = shape
    side = max(1, max(shape) // _SQUARES)
    rows, columns = np.arange(height) // side, np.arange(width) // side
    squares = rows[:, None] * (columns[-1] + 1) + columns
    places = np.random.default_rng(0).permutation(int(squares.max()) + 1)
    return np.argsort(places[squares], axis=None, kind="stable")


@dataclass(frozen=True)
class _Share:
    """Reports a part of the work as part of the whole."""

    progress: Progress
    before: int
    total: int

    def __call__(self, done: int) -> None:
        self.progress(self.before + done, self.total)


def _is_class(subject: Subject) -> bool:
    return subject.target.layer_id == subject.graph.output


def _curve(
    subject: Subject,
    order: npt.NDArray[np.intp],
    pictures: tuple[torch.Tensor, torch.Tensor],
    fractions: Sequence[float] | Curve,
    report: _Share,
) -> Curve:
    graph, target = subject.graph, subject.target
    before, after = pictures
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    places = torch.from_numpy(place).reshape(before.shape[2:])
    found: list[float] = []
    with torch.inference_mode():
        for rows in batches(graph, len(fractions)):
            report(rows.start)
            counts = torch.tensor([round(fractions[row] * order.size) for row in rows])
            changed = (places < counts[:, None, None])[:, None]
            mixed = torch.where(changed, after, before)
            layer = graph.compute(mixed, (target.layer_id,), to_the_end=False).layers[
                target.layer_id
            ]
            if isinstance(target, Contrast):
                # The softmax of the two alone: the difference of probabilities among all also
                # falls where a third class takes from both.
                found += unit_values(layer, target).sigmoid().tolist()
                continue
            # The probability, as in the paper: a logit alone may fall while the class stays first.
            scores = layer.softmax(1) if _is_class(subject) else layer
            found += unit_values(scores, target).tolist()
    return np.array(found, dtype=np.float64)
