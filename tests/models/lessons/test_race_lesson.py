"""The race: what is known of it in closed form, what it costs, and who wins."""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.lessons.race.race import FARTHEST, Runner, heights, race
from models.lessons.race.searchers import NAMES, Rules, searcher
from models.lessons.race.tasks import (
    TILTED_EXAMPLES,
    DigitTask,
    TiltedSurface,
    held_out_digits,
    training_digits,
)
from models.scratch.surface import Surface

LOWEST = np.array([1.0, 0.5])
START = np.array([-2.4, 2.0])
BOWL = np.array([1.0, 4.0])
GRADIENT_USERS = ("full_gradient", "minibatch", "one_at_a_time")


def raced(make_task, rules: Rules, passes: int, names: Iterable[str] = NAMES, most_kept=100_000):
    runners = {
        name: Runner(
            searcher(name, make_task(), rules), passes, most_kept=most_kept, most_traced=24
        )
        for name in names
    }
    count = next(iter(runners.values())).searcher.task.count
    assert list(race(runners.values(), passes, count)) == list(range(1, passes + 1))
    return {name: runner.history for name, runner in runners.items()}


def on_bowl(rules: Rules, passes=60, names=NAMES, curvatures=BOWL, noise=0.3):
    return raced(
        lambda: TiltedSurface(Surface(LOWEST, curvatures), START, noise), rules, passes, names
    )


def on_digits(rules: Rules, passes: int, names=NAMES, examples=1_000, most_kept=100_000):
    pictures, labels = training_digits()
    return raced(
        lambda: DigitTask(pictures[:examples], labels[:examples]), rules, passes, names, most_kept
    )


def distances(history) -> np.ndarray:
    return np.array(history.places) - LOWEST


# What is known in closed form


@pytest.mark.parametrize("rate", [0.01, 0.25, 0.4, 0.499, 0.501, 0.7, 1.3])
def test_full_gradient_on_a_quadratic_follows_the_closed_form(rate):
    found = distances(on_bowl(Rules(rate), 40, ["full_gradient"])["full_gradient"])
    steps = np.arange(len(found))[:, None]
    np.testing.assert_allclose(
        found, (1 - rate * BOWL) ** steps * (START - LOWEST), rtol=1e-9, atol=1e-13
    )


@pytest.mark.parametrize("curvatures", [(1.0, 4.0), (9.0, 0.5), (3.0, 3.0)])
def test_it_diverges_exactly_above_two_over_the_largest_eigenvalue(curvatures):
    """The same distance for ever at it; ever closer just below, ever farther just above."""
    curvatures = np.array(curvatures)
    steepest = curvatures.argmax()

    def growth(rate: float) -> np.ndarray:
        found = on_bowl(Rules(rate), 30, ["full_gradient"], curvatures)["full_gradient"]
        size = np.abs(distances(found)[:, steepest])
        return size[1:] / size[:-1]

    limit = 2 / curvatures.max()
    assert (growth(limit * (1 - 1e-9)) < 1).all()
    np.testing.assert_allclose(growth(limit), 1, rtol=1e-12)
    assert (growth(limit * (1 + 1e-9)) > 1).all()


@pytest.mark.parametrize("momentum", [0.5, 0.9])
@pytest.mark.parametrize("share", [0.2, 0.999, 1.001])
def test_momentum_moves_the_limit_to_two_and_twice_the_momentum_over_it(momentum, share):
    """Against powers of the matrix that takes two distances to the next two (heavy ball)."""
    rate = share * 2 * (1 + momentum) / BOWL.max()
    rules = Rules(rate, momentum)
    found = distances(on_bowl(rules, 100, ["full_gradient"])["full_gradient"])
    for axis, curvature in enumerate(BOWL):
        matrix = np.array([[1 + momentum - rate * curvature, -momentum], [1, 0]])
        before = np.full(2, START[axis] - LOWEST[axis])
        expected = [
            (np.linalg.matrix_power(matrix, step) @ before)[0] for step in range(len(found))
        ]
        np.testing.assert_allclose(found[:, axis], expected, rtol=1e-7, atol=1e-9)
    matrix = np.array([[1 + momentum - rate * BOWL.max(), -momentum], [1, 0]])
    assert (np.abs(np.linalg.eigvals(matrix)).max() > 1) == (share > 1)


def test_who_goes_too_far_stops_and_says_so():
    history = on_bowl(Rules(10.0), 60, ["full_gradient"])["full_gradient"]
    assert history.diverged
    assert np.abs(history.places[-1]).max() > FARTHEST
    assert np.abs(history.places[-2]).max() <= FARTHEST
    # |1 - 10 * 4| = 39 a step, from 1.5 away: the sixth power of 39 is 3.5e9.
    assert history.steps[-1] == 6
    assert np.isfinite(history.losses).all()


# What it costs


def test_all_look_at_as_many_examples():
    for history in on_bowl(Rules(0.1)).values():
        assert history.evaluations[-1] == 60 * TILTED_EXAMPLES
        assert (np.diff(history.evaluations) > 0).all()
        assert (np.diff(history.seconds) >= 0).all()


def test_steps_cost_what_they_look_at():
    costs = {
        name: np.diff(history.evaluations)
        for name, history in on_bowl(Rules(0.1, batch_size=5), 3).items()
    }
    # A search looks at its start as well.
    assert costs["random_search"].tolist() == costs["local_search"].tolist() == [32, 16]
    assert costs["full_gradient"].tolist() == [16] * 3
    assert costs["minibatch"].tolist() == [5, 5, 5, 1] * 3
    assert costs["one_at_a_time"].tolist() == [1] * 48


def test_history_is_thinned_and_ends_where_the_race_ends():
    rules = Rules(0.05, batch_size=10)
    whole = on_digits(rules, 3, ["minibatch"], 200)["minibatch"]
    thin = on_digits(rules, 3, ["minibatch"], 200, most_kept=6)["minibatch"]
    assert whole.steps == list(range(61))
    assert set(range(33)) < set(thin.steps) < set(whole.steps)
    assert thin.steps[-1] == 60
    assert thin.losses[-1] == whole.losses[-1]


def test_same_seed_same_race_and_another_seed_another():
    def ends(seed: int):
        histories = on_bowl(Rules(0.1, seed=seed), 5)
        return {name: history.losses for name, history in histories.items()}

    assert ends(1) == ends(1)
    one, other = ends(1), ends(2)
    assert one["full_gradient"] == other["full_gradient"]
    for name in set(NAMES) - {"full_gradient"}:
        assert one[name] != other[name]


# Right gradients


def test_tilts_of_all_examples_cancel():
    task = TiltedSurface(Surface(LOWEST, BOWL, 0.3), START, 2.0)
    every = task.gradients(np.arange(TILTED_EXAMPLES))["w"]
    np.testing.assert_allclose(every, task.gradients()["w"], atol=1e-14)
    first = task.gradients(np.array([0]))["w"]
    assert np.abs(first - every).max() > 0.1


@pytest.mark.parametrize("size", [2, 4])
def test_no_small_batch_is_as_good_as_all_examples(size):
    task = TiltedSurface(Surface(LOWEST, BOWL), START, 1.0)
    right = task.gradients()["w"]
    for batch in combinations(range(TILTED_EXAMPLES), size):
        assert np.abs(task.gradients(np.array(batch))["w"] - right).max() > 1e-3


def test_gradient_of_a_minibatch_of_digits_is_that_of_autograd():
    pictures, labels = training_digits()
    task = DigitTask(pictures[:100], labels[:100])
    for array in task.parameters.values():
        array[...] = 0.1 * np.random.default_rng(0).standard_normal(array.shape)
    examples = np.array([3, 50, 99, 7])
    found = task.gradients(examples)
    weight, bias = (
        torch.tensor(task.parameters[name], requires_grad=True) for name in ("weight", "bias")
    )
    functional.cross_entropy(
        torch.tensor(pictures[examples]) @ weight.T + bias, torch.tensor(labels[examples])
    ).backward()
    np.testing.assert_allclose(found["weight"], weight.grad, atol=1e-12)
    np.testing.assert_allclose(found["bias"], bias.grad, atol=1e-12)


def test_digits_come_class_after_class_and_none_is_held_out_too():
    pictures, labels = training_digits()
    assert labels[:30].tolist() == [*range(10)] * 3
    assert pictures.shape == (4_000, 784)
    kept = {picture.tobytes() for picture in held_out_digits()[0]}
    assert len(kept) == 1_000
    assert not kept & {picture.tobytes() for picture in pictures}


def test_trace_says_what_each_first_step_did():
    histories = on_bowl(Rules(0.1, batch_size=4), 12)
    for step in histories["minibatch"].trace:
        # The gradient by hand: lambda d, and the mean of the batch's tilts.
        assert len(step["examples"]) == 4
        after = np.array(step["before"]) - 0.1 * np.array(step["gradient"])
        np.testing.assert_allclose(step["after"], after, atol=1e-12)
    for name in ("random_search", "local_search"):
        losses = histories[name].losses
        for step, before, after in zip(histories[name].trace, losses, losses[1:], strict=False):
            kept = step["trial_loss"] < before
            assert step["after"] == (step["trial"] if kept else step["before"])
            assert after == min(before, step["trial_loss"])


def test_heights_are_those_of_the_surface_row_by_row_from_below():
    grid = heights(Surface(LOWEST, BOWL), 3.0, 7)
    # Places -3, -2 .. 3: at w = (2, -1), 1 / 2 * 1 * 1^2 + 4 / 2 * 1.5^2.
    assert grid[2][5] == 0.5 + 4.5
    assert len(grid) == len(grid[0]) == 7


# Who wins


@pytest.mark.parametrize("seed", range(5))
def test_order_on_digits_after_equal_evaluations(seed):
    """The more steps for the same looks the better, and every gradient beats every guess."""
    rules = Rules(0.05, batch_size=32, guess_scale=0.03, change_scale=0.01, seed=seed)
    histories = on_digits(rules, 20, most_kept=1)
    order = sorted(NAMES, key=lambda name: histories[name].losses[-1])
    assert order == ["one_at_a_time", "minibatch", "full_gradient", "local_search", "random_search"]
    # All began as the uniform guess.
    for history in histories.values():
        assert history.losses[0] == pytest.approx(np.log(10), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_a_step_on_32_digits_gets_as_far_as_one_on_all_thousand(seed):
    rules = Rules(0.05, batch_size=32, seed=seed)
    full = on_digits(rules, 20, ["full_gradient"])["full_gradient"]
    few = on_digits(rules, 1, ["minibatch"])["minibatch"]
    assert full.losses[20] == pytest.approx(few.losses[20], rel=0.03)
    assert full.evaluations[20] == 20_000
    assert few.evaluations[20] == 640


@pytest.mark.parametrize("seed", range(20))
def test_on_a_bowl_noise_costs_near_the_lowest_point(seed):
    rules = Rules(0.15, guess_scale=1.5, change_scale=0.3, seed=seed)
    losses = {name: each.losses[-1] for name, each in on_bowl(rules, noise=1.0).items()}
    assert losses["full_gradient"] < losses["minibatch"] < losses["one_at_a_time"]
    assert losses["full_gradient"] < min(losses["local_search"], losses["random_search"])


def test_noise_of_one_example_crosses_local_minima_where_the_full_gradient_stays():
    """Of 20 seeds: how many end in the lowest basin, which reaches half a ripple each way."""

    def arrived(name: str, rate: float = 0.15) -> int:
        count = 0
        for seed in range(20):
            history = raced(
                lambda: TiltedSurface(Surface(LOWEST, np.ones(2), 0.4, 6.0), START, 1.0),
                Rules(rate, seed=seed),
                60,
                [name],
            )[name]
            count += bool((np.abs(distances(history)[-1]) < np.pi / 6).all())
        return count

    assert arrived("full_gradient") == 0
    assert arrived("minibatch") == 0
    assert arrived("one_at_a_time") == 20
    assert arrived("one_at_a_time", rate=0.1) == 0
