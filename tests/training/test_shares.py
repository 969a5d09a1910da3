"""How much each part counts in the sum."""

import numpy as np
import pytest

from skglove.networks._calibration import tempered
from skglove.training._shares import find_shares

PRIOR = np.array([1.0, 1.0])


def make_scores(n_texts=400, n_outputs=3, seed=0):
    """Targets, scores that tell them, and scores that tell nothing."""
    rng = np.random.RandomState(seed)
    if n_outputs == 1:
        targets = rng.random_sample((n_texts, 1)) < 0.5
    else:
        targets = np.eye(n_outputs, dtype=bool)[rng.randint(n_outputs, size=n_texts)]
    good = 2.0 * targets - (n_outputs == 1) + rng.normal(size=targets.shape)
    return targets, [good, rng.normal(size=targets.shape)]


@pytest.mark.parametrize(("n_outputs", "activation"), [(1, "sigmoid"), (3, "softmax")])
def test_a_part_that_tells_nothing_counts_next_to_nothing(n_outputs, activation):
    targets, scores = make_scores(n_outputs=n_outputs)
    shares, _, _ = find_shares(
        scores, targets, activation=activation, prior=PRIOR, strength=3
    )
    assert (shares >= 0).all()
    assert shares[1] < 0.15 * shares[0]


def test_temperature_brings_confidence_to_accuracy():
    targets, scores = make_scores(4_000)
    wild = [30 * part for part in scores]
    shares, power, typical = find_shares(
        wild, targets, activation="softmax", prior=PRIOR / 30, strength=3
    )
    total = sum(share * part for share, part in zip(shares, wild, strict=True))
    total = tempered(total, power, typical)
    proba = np.exp(total - total.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    right = proba.argmax(axis=1) == targets.argmax(axis=1)
    assert proba.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.03)


@pytest.mark.parametrize(("n_outputs", "activation"), [(1, "sigmoid"), (3, "softmax")])
def test_a_few_texts_that_are_all_right_make_nothing_certain(n_outputs, activation):
    classes = np.arange(30) % max(2, n_outputs)
    targets = classes[:, np.newaxis] == (1 if n_outputs == 1 else np.arange(n_outputs))
    scores = [4.0 * targets - 2]
    shares, power, typical = find_shares(
        scores, targets, activation=activation, prior=np.ones(1), strength=1
    )
    total = tempered(shares[0] * scores[0], power, typical)[targets[:, -1]][0]
    odds = total[-1] - (total[0] if n_outputs > 1 else 0)
    # As if one text of 31 were of all classes.
    wrong = 1 / 31 / max(2, n_outputs)
    right = 1 - wrong * (max(2, n_outputs) - 1)
    assert odds == pytest.approx(np.log(right / wrong), abs=0.2)


def test_the_prior_decides_where_texts_are_few():
    targets, scores = make_scores(2)
    prior = np.array([0.5, 2.0])
    shares, _, _ = find_shares(
        scores, targets, activation="softmax", prior=prior, strength=1e6
    )
    assert shares[1] / shares[0] == pytest.approx(4, rel=1e-3)


def test_texts_of_weight_zero_do_not_count():
    targets, scores = make_scores(300)
    wrong = np.roll(targets[:100], 1, axis=1)
    more = [np.concatenate([part, part[:100]]) for part in scores]
    weight = np.append(np.ones(300), np.zeros(100))
    options = {"activation": "softmax", "prior": PRIOR, "strength": 3}
    plain, _, _ = find_shares(scores, targets, **options, sample_weight=np.ones(300))
    weighted, _, _ = find_shares(
        more, np.concatenate([targets, wrong]), **options, sample_weight=weight
    )
    np.testing.assert_allclose(weighted, plain, rtol=0.02, atol=1e-3)


def test_texts_get_temperatures_of_their_own_where_it_makes_them_better_calibrated():
    rng = np.random.RandomState(0)
    # Of clear texts the label is wrong more often than the scores say, of others the
    # opposite.
    spread = np.where(np.arange(3_000) % 2, 1.0, 8.0)
    first = rng.randint(10, size=3_000)
    scores = np.zeros((3_000, 10))
    scores[np.arange(3_000), first] = spread
    is_right = rng.random_sample(3_000) < np.where(spread > 1, 0.9, 0.7)
    labels = np.where(is_right, first, (first + 1) % 10)
    targets = np.eye(10, dtype=bool)[labels]
    options = {"activation": "softmax", "prior": np.ones(1), "strength": 3}
    shares, power, typical = find_shares([scores], targets, **options)
    assert power > 0
    total = tempered(shares[0] * scores, power, typical)
    proba = np.exp(total) / np.exp(total).sum(axis=1, keepdims=True)
    for part in (spread == 1, spread == 8):
        confidence = proba[part].max(axis=1).mean()
        assert confidence == pytest.approx(is_right[part].mean(), abs=0.06)


def test_two_classes_have_one_temperature():
    targets, scores = make_scores(n_outputs=1)
    options = {"activation": "sigmoid", "prior": PRIOR, "strength": 3}
    assert find_shares(scores, targets, **options)[1] == 0
