"""Words that count for the words that their vectors are near."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from skglove import GloveTextClassifier
from skglove.training import _near_words
from skglove.training._near_words import Statistics, directions, fit_near_words

N_CLASSES, N_OF_CLASS = 3, 10
N_WORDS = N_CLASSES * N_OF_CLASS


def make_vectors(rng):
    """Words of one class have vectors that are near each other."""
    matrix = rng.normal(size=(N_WORDS, 16)).astype(np.float32)
    matrix += 3 * np.repeat(rng.normal(size=(N_CLASSES, 16)), N_OF_CLASS, axis=0)
    return matrix, np.ones(N_WORDS, dtype=bool)


def make_texts(rng, n_texts=90, words_of_class=6):
    """Texts of the first words of their class."""
    classes = np.arange(n_texts) % N_CLASSES
    counts = np.zeros((n_texts, N_WORDS), dtype=np.float32)
    for i, k in enumerate(classes):
        counts[i, k * N_OF_CLASS + rng.randint(words_of_class, size=4)] = 1
    return csr_matrix(counts), np.eye(N_CLASSES, dtype=bool)[classes]


def fit(u, targets, unit, **options):
    df = np.bincount(u.indices, minlength=N_WORDS)
    idf = (np.log((1 + u.shape[0]) / (1 + df)) + 1).astype(np.float32)
    statistics = Statistics(df, idf, (df > 0).astype(np.float32))
    size = np.ones(u.shape[0], dtype=np.float32)
    return fit_near_words(u, size, statistics, unit, targets, seed=0, **options)


@pytest.fixture
def rng():
    return np.random.RandomState(0)


def test_words_of_no_text_speak_for_the_class_of_their_neighbours(rng):
    unit = directions(*make_vectors(rng))
    table, _ = fit(*make_texts(rng), unit)
    of_word = np.repeat(np.arange(N_CLASSES), N_OF_CLASS)
    assert (table.argmax(axis=1) == of_word).all()


def test_words_without_a_vector_say_nothing(rng):
    matrix, known = make_vectors(rng)
    known[[0, 9]] = False  # one that texts have, and one that they do not
    table, _ = fit(*make_texts(rng), directions(matrix, known))
    assert (table.any(axis=1) == known).all()


def test_scores_are_those_of_the_table(rng):
    u, targets = make_texts(rng)
    table, intercept = fit(u, targets, directions(*make_vectors(rng)))
    assert table.dtype == np.float32 and table.shape == (N_WORDS, N_CLASSES)
    assert ((u @ table + intercept > 0) == targets).all()


def test_only_the_words_asked_for_have_rows(rng):
    u, targets = make_texts(rng)
    unit = directions(*make_vectors(rng))
    which = np.bincount(u.indices, minlength=N_WORDS) > 0
    table, intercept = fit(u, targets, unit)
    some, same_intercept = fit(u, targets, unit, which=which)
    # Of other sizes, BLAS may sum the cosines in another order.
    np.testing.assert_allclose(some[which], table[which], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(same_intercept, intercept, rtol=1e-4, atol=1e-6)
    assert not some[~which].any()


def test_landmarks_are_the_words_that_tell_most(rng, monkeypatch):
    monkeypatch.setattr(_near_words, "_MAX_LANDMARKS", 2)
    unit = directions(*make_vectors(rng))
    weight = np.zeros(N_WORDS)
    weight[[3, 4, 5]] = 1, 5, 2
    assert _near_words._landmarks(weight, unit).tolist() == [4, 5]
    unit[4] = 0
    assert _near_words._landmarks(weight, unit).tolist() == [5, 3]


def test_words_that_tell_nothing_are_no_landmarks(rng):
    u, targets = make_texts(rng)
    table, intercept = fit(u[:0], targets[:0], directions(*make_vectors(rng)))
    assert not table.any() and not intercept.any()


def test_directions_are_from_the_mean(rng):
    matrix, known = make_vectors(rng)
    known[7] = False
    unit = directions(matrix + 100, known)
    np.testing.assert_allclose(unit, directions(matrix, known), atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(unit[known], axis=1), 1, atol=1e-5)
    assert not unit[7].any()
    assert directions(None, None) is None
    assert directions(matrix, np.zeros(N_WORDS, dtype=bool)) is None


@pytest.mark.parametrize("text", ["and the", "toad newt", "toad and newt", "lorry bus"])
def test_words_that_say_little_make_no_large_scores(text):
    """They are in both classes alike, or in no training text."""
    topics = {"animal": ["frog", "toad", "newt"], "vehicle": ["car", "lorry", "bus"]}
    near = {word: k for k, words in enumerate(topics.values()) for word in words}
    vectors = {word: [1 - k, k, i / 10] for i, (word, k) in enumerate(near.items())}
    vectors |= {"and": [0.5, 0.5, 1], "the": [0.5, 0.5, 0.9]}
    texts = ["the frog and the frog", "the car and a red car on the road"] * 20
    clf = GloveTextClassifier(vectors, random_state=0).fit(texts, [0, 1] * 20)
    (score,) = clf.decision_function([text])
    assert abs(score) < 50
    if text != "and the":
        assert (score > 0) == ("bus" in text)
