"""What the lesson of the loss answers, and what it refuses."""

import math

import pytest
from fastapi.testclient import TestClient
from scipy import special, stats

PATH = "/api/v1/learn/loss"
NOTES = [0.70, 0.80, 0.60, 0.30, 0.40]


def answered(client: TestClient, **body):
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    named = "codes" if body["kind"] == "codes" else "pictures"
    assert [name for name, part in found.items() if part is not None] == [named]
    return found[named]


def refused(client: TestClient, **body) -> str:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "invalid-parameter"
    return answer.text


def test_confidences_are_multiplied_and_summed(client: TestClient) -> None:
    found = answered(client, kind="confidences", confidences=NOTES)
    assert found["product"] == pytest.approx(0.04032)
    assert found["geometric_mean"] == pytest.approx(stats.gmean(NOTES))
    assert found["mean_logarithm"] == pytest.approx(-0.6421815310438048)
    assert found["loss_nats"] == pytest.approx(-math.log(0.04032) / 5)
    assert found["loss_bits"] == pytest.approx(-math.log2(0.04032) / 5)
    assert [each["gradient"][0] for each in found["pictures"]] == pytest.approx(
        [-0.06, -0.04, -0.08, -0.14, -0.12]
    )
    product = found["long_product"]
    assert product["pictures"] == 1000
    assert product["float32"] == 0
    assert product["float64"] == pytest.approx(0.04032**200)


def test_what_is_infinite_is_null(client: TestClient) -> None:
    found = answered(client, kind="confidences", confidences=[0.5, 0], repeated=3)
    assert (found["product"], found["geometric_mean"]) == (0, 0)
    assert (found["loss_nats"], found["mean_logarithm"]) == (None, None)
    assert found["pictures"][1]["loss_nats"] is None
    assert found["pictures"][0]["loss_nats"] == pytest.approx(math.log(2))
    assert found["long_product"]["logarithm"] is None
    assert found["long_product"]["float64_is_zero_from"] == 2


def test_scores_with_labels_or_with_distributions(client: TestClient) -> None:
    scores = [[2.0, 1.0, 0.1], [0.0, 3.0, -1.0]]
    labelled = answered(client, kind="scores", scores=scores, labels=[0, 2])
    told = answered(client, kind="scores", scores=scores, truth=[[1, 0, 0], [0, 0, 1]])
    assert labelled == told
    assert labelled["long_product"] is None
    logarithms = special.log_softmax(scores, axis=1)
    assert labelled["loss_nats"] == pytest.approx(-(logarithms[0][0] + logarithms[1][2]) / 2)
    first = labelled["pictures"][0]
    probabilities = special.softmax(scores[0])
    assert first["probabilities"] == pytest.approx(list(probabilities))
    assert first["logarithms"] == pytest.approx(list(logarithms[0]))
    assert first["gradient"] == pytest.approx(list((probabilities - [1, 0, 0]) / 2))


@pytest.mark.parametrize(
    ("p", "q"),
    [
        # Within what is taken for one, and unequal: as they stand, the sum is below 0.
        ([0.5, 0.5], [0.5000004, 0.5000004]),
        ([0.4999996, 0.4999996], [0.5, 0.5]),
        ([0.3333333, 0.3333333, 0.3333333], [0.33333333, 0.33333333, 0.33333333]),
        # Apart by a rounding.
        ([0.1, 0.2, 0.7], [0.1, 0.2, 0.7000000000000001]),
        ([0.3, 0.3, 0.4], [0.30000000000000004, 0.3, 0.4]),
    ],
)
def test_divergence_is_never_below_zero(client: TestClient, p, q) -> None:
    for one, other in ((p, q), (q, p)):
        found = answered(client, kind="codes", p=one, q=other)
        assert found["divergence_bits"] >= 0
        assert found["divergence_bits"] == pytest.approx(
            stats.entropy(one, other, base=2), abs=1e-12
        )
        assert found["entropy_bits"] == pytest.approx(stats.entropy(one, base=2), abs=1e-12)


def test_truth_that_was_rounded_is_a_distribution(client: TestClient) -> None:
    """What the gradient is then sums to 0, as for every distribution."""
    (found,) = answered(
        client, kind="scores", scores=[[2.0, 1.0, 0.5]], truth=[[0.3333333, 0.3333333, 0.3333333]]
    )["pictures"]
    assert math.fsum(found["gradient"]) == pytest.approx(0, abs=1e-15)
    logarithms = special.log_softmax([2.0, 1.0, 0.5])
    assert found["loss_nats"] == pytest.approx(-logarithms.mean(), abs=1e-12)


def test_label_of_very_many_digits_is_told_cut_off(client: TestClient) -> None:
    label = 10**4_000
    text = refused(client, kind="scores", scores=[[1.0, 2.0]], labels=[label])
    assert f"labels: {str(label)[:80]} is not 0-1" in text


def test_codes_are_told_event_by_event(client: TestClient) -> None:
    p, q = [0.5, 0.25, 0.25, 0], [0.125, 0.125, 0.25, 0.5]
    found = answered(client, kind="codes", p=p, q=q)
    assert found["entropy_bits"] == pytest.approx(stats.entropy(p, base=2))
    assert found["cross_entropy_bits"] == 0.5 * 3 + 0.25 * 3 + 0.25 * 2
    assert found["divergence_bits"] == pytest.approx(stats.entropy(p, q, base=2))
    assert [each["length_bits"] for each in found["events"]] == [3, 3, 2, 1]
    assert [each["best_length_bits"] for each in found["events"]] == [1, 2, 2, None]
    assert [each["divergence_bits"] for each in found["events"]] == [1, 0.25, 0, 0]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "kind"),
        ({"kind": "guesses"}, "kind"),
        ({"kind": "confidences", "confidences": []}, "confidences"),
        ({"kind": "confidences", "confidences": [0.5] * 101}, "confidences"),
        ({"kind": "confidences", "confidences": [1.5]}, "confidences"),
        ({"kind": "confidences", "confidences": [-0.1]}, "confidences"),
        ({"kind": "confidences", "confidences": [0.5], "repeated": 0}, "repeated"),
        ({"kind": "confidences", "confidences": [0.5], "repeated": 5001}, "repeated"),
        ({"kind": "confidences", "confidences": [0.5], "p": [1]}, "p"),
        ({"kind": "scores", "scores": [[1, 2]]}, "either labels or truth"),
        (
            {"kind": "scores", "scores": [[1, 2]], "labels": [0], "truth": [[1, 0]]},
            "either labels or truth",
        ),
        ({"kind": "scores", "scores": [[1, 2]], "labels": [2]}, "2 is not 0-1"),
        ({"kind": "scores", "scores": [[1, 2]], "labels": [-1]}, "-1 is not 0-1"),
        ({"kind": "scores", "scores": [[1, 2]], "labels": [0, 1]}, "each of the 1"),
        ({"kind": "scores", "scores": [[1, 2], [1]], "labels": [0, 0]}, "one length"),
        ({"kind": "scores", "scores": [[1]], "labels": [0]}, "two classes"),
        ({"kind": "scores", "scores": [[]], "labels": [0]}, "two classes"),
        ({"kind": "scores", "scores": [], "labels": []}, "scores"),
        ({"kind": "scores", "scores": [[1e7, 0]], "labels": [0]}, "scores"),
        ({"kind": "scores", "scores": [[0] * 10_001], "labels": [0]}, "more than 10000"),
        ({"kind": "scores", "scores": [[1, 2]], "truth": [[0.5, 0.4]]}, "sums to 0.9"),
        ({"kind": "scores", "scores": [[1, 2]], "truth": [[1]]}, "1 of 2"),
        ({"kind": "codes", "p": [0.5, 0.5], "q": [1]}, "q"),
        ({"kind": "codes", "p": [0.5, 0.5], "q": [0.5, 0.25, 0.25]}, "2 events and q has 3"),
        ({"kind": "codes", "p": [0.5, 0.6], "q": [0.5, 0.5]}, "p sums to 1.1"),
        ({"kind": "codes", "p": [0.5, 0.5], "q": [0, 0]}, "q sums to 0"),
        ({"kind": "codes", "p": [0.01] * 101, "q": [0.01] * 101}, "p"),
    ],
)
def test_what_is_out_of_bounds_is_refused(client: TestClient, body, said: str) -> None:
    assert said in refused(client, **body)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_finite_number_is_refused(client: TestClient, number: str) -> None:
    for body in (
        f'{{"kind": "confidences", "confidences": [{number}]}}',
        f'{{"kind": "scores", "scores": [[{number}, 1]], "labels": [1]}}',
        f'{{"kind": "codes", "p": [{number}, 1], "q": [0.5, 0.5]}}',
    ):
        answer = client.post(PATH, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422


def test_most_that_may_be_asked_is_answered(client: TestClient) -> None:
    found = answered(client, kind="scores", scores=[[0.0] * 10_000], labels=[9_999])
    assert found["loss_nats"] == pytest.approx(math.log(10_000))
    thin = answered(client, kind="confidences", confidences=[1e-300] * 100, repeated=5000)
    assert thin["loss_nats"] == pytest.approx(300 * math.log(10))
    assert thin["product"] == 0
