"""How much each part counts in the sum."""

import numpy as np
import pytest

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
    shares = find_shares(
        scores, targets, activation=activation, prior=PRIOR, strength=3
    )
    assert (shares >= 0).all()
    assert shares[1] < 0.15 * shares[0]


def test_temperature_brings_confidence_to_accuracy():
    targets, scores = make_scores(4_000)
    wild = [30 * part for part in scores]
    shares = find_shares(
        wild, targets, activation="softmax", prior=PRIOR / 30, strength=3
    )
    total = sum(share * part for share, part in zip(shares, wild, strict=True))
    proba = np.exp(total - total.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    right = proba.argmax(axis=1) == targets.argmax(axis=1)
    assert proba.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.03)


def test_the_prior_decides_where_texts_are_few():
    targets, scores = make_scores(2)
    prior = np.array([0.5, 2.0])
    shares = find_shares(
        scores, targets, activation="softmax", prior=prior, strength=1e6
    )
    assert shares[1] / shares[0] == pytest.approx(4, rel=1e-3)


def test_texts_of_weight_zero_do_not_count():
    targets, scores = make_scores(300)
    wrong = np.roll(targets[:100], 1, axis=1)
    more = [np.concatenate([part, part[:100]]) for part in scores]
    weight = np.append(np.ones(300), np.zeros(100))
    options = {"activation": "softmax", "prior": PRIOR, "strength": 3}
    plain = find_shares(scores, targets, **options, sample_weight=np.ones(300))
    weighted = find_shares(
        more, np.concatenate([targets, wrong]), **options, sample_weight=weight
    )
    np.testing.assert_allclose(weighted, plain, rtol=0.02, atol=1e-3)
