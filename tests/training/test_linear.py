"""The linear parts of the default network."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from skglove.networks import _stored_rows
from skglove.networks._stored_rows import StoredRows
from skglove.text._ngrams import ngram_rows
from skglove.training import _linear, _support_vectors
from skglove.training._linear import (
    few_enough,
    fit_linear,
    naive_bayes,
)
from skglove.training._support_vectors import support_vectors


def make_rows(n_texts=120, n_features=40, n_classes=3, seed=0):
    """Counts, and classes that some of the features tell."""
    rng = np.random.RandomState(seed)
    classes = rng.randint(n_classes, size=n_texts)
    counts = rng.poisson(0.3, size=(n_texts, n_features))
    counts[np.arange(n_texts), classes] += 2
    return csr_matrix(counts.astype(np.float32)), classes


def fit_parts(words, bigrams, *others, **options):
    stored = [StoredRows.of_matrix(part) for part in (words, bigrams)]
    return fit_linear(*stored, *others, seed=0, **options)


def one_hot(classes, n_classes):
    return np.eye(n_classes, dtype=bool)[classes]


def test_support_vectors_are_those_of_scikit_learn(monkeypatch):
    monkeypatch.setattr(_support_vectors, "_TOL", 1e-6)
    rows, classes = make_rows()
    rows = TfidfTransformer().fit_transform(rows)
    table, intercept = support_vectors(rows, one_hot(classes, 3), None, C=1.0, seed=0)
    svm = LinearSVC(C=1.0, tol=1e-6, max_iter=10_000).fit(rows, classes)
    np.testing.assert_allclose(table.T, svm.coef_, atol=1e-3)
    np.testing.assert_allclose(intercept, svm.intercept_, atol=1e-3)


@pytest.mark.parametrize("there", [[0], [0, 2], [0, 1, 2]])
def test_classes_that_are_not_there_do_not_matter(there):
    rows, classes = make_rows()
    kept = np.isin(classes, there)
    targets = one_hot(classes[kept], 4)
    table, intercept = support_vectors(rows[kept], targets, None, C=1.0, seed=0)
    assert table.shape == (40, 4)
    scores = rows[kept] @ table + intercept
    assert (scores.argmax(axis=1) == classes[kept]).mean() > 0.9
    absent = [k for k in range(4) if k not in there]
    assert not table[:, absent].any() and (intercept[absent] == -1).all()


def test_labels_are_solved_each_for_itself():
    rows, classes = make_rows()
    targets = np.column_stack([classes == 0, classes <= 1, classes < 9, classes > 9])
    table, intercept = support_vectors(rows, targets, None, C=1.0, seed=0)
    found = rows @ table + intercept > 0
    assert (found == targets).mean() > 0.95
    assert intercept[2:].tolist() == [1, -1]


def test_a_text_that_weighs_twice_is_as_good_as_two(monkeypatch):
    monkeypatch.setattr(_support_vectors, "_TOL", 1e-6)
    rows, classes = make_rows()
    targets = one_hot(classes, 3)
    twice = np.append(np.arange(120), np.arange(30))
    weight = np.ones(120)
    weight[:30] = 2

    def bayes_weights(rows, targets, weight):
        sides = _linear._weight_of_sides(targets, weight)
        return _linear._bayes_weights(rows.T @ sides, 3)

    for find in (
        lambda r, t, w: support_vectors(r, t, w, C=1.0, seed=0)[0],
        bayes_weights,
    ):
        weighted = find(rows, targets, weight)
        doubled = find(rows[twice], targets[twice], np.ones(150))
        np.testing.assert_allclose(weighted, doubled, atol=1e-3)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_naive_bayes_is_that_of_scikit_learn(n_classes):
    words, classes = make_rows(n_classes=n_classes)
    bigrams, _ = make_rows(n_features=15, n_classes=n_classes, seed=1)
    targets = one_hot(classes, n_classes)
    # Bigrams are for two classes, of which there is one column.
    counts, targets = (
        (words, targets)
        if n_classes > 2
        else (hstack([words, bigrams], format="csr"), targets[:, 1:])
    )
    tfidf = TfidfTransformer(sublinear_tf=True).fit(counts)
    rows = tfidf.transform(counts)
    model = ComplementNB(alpha=0.05 if n_classes > 2 else 0.3).fit(rows, classes)
    expected = model.feature_log_prob_.T
    expected = (
        expected - expected.mean(axis=1, keepdims=True)
        if n_classes > 2
        else expected[:, 1:] - expected[:, :1]
    )
    stored = [StoredRows.of_matrix(part) for part in (words, bigrams)]
    found = np.vstack(naive_bayes(*stored, targets))
    np.testing.assert_allclose(found / tfidf.idf_[:, None], expected, atol=1e-4)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_each_part_learns(n_classes):
    words, classes = make_rows(n_classes=n_classes)
    bigrams, _ = make_rows(n_features=15, n_classes=n_classes)
    ngrams = ngram_rows([f"{'abcdef'[i % 6]}{i}".encode() for i in range(40)], 256)
    targets = one_hot(classes, n_classes)
    targets = targets if n_classes > 2 else targets[:, 1:]
    unit = np.eye(40, dtype=np.float32)
    parts = fit_parts(words, bigrams, ngrams, targets, near_words={"unit": unit})
    scores = parts.scores(words, bigrams)
    assert len(scores) == 4
    for score in scores:
        assert score.shape == targets.shape
        found = score.argmax(axis=1) if n_classes > 2 else score[:, 0] > 0
        assert (found == classes).mean() > 0.85


def test_characters_are_taken_over():
    words, classes = make_rows()
    bigrams = csr_matrix((120, 0), dtype=np.float32)
    ngrams = ngram_rows([f"word{i}".encode() for i in range(40)], 256)
    targets = one_hot(classes, 3)
    parts = fit_parts(words, bigrams, ngrams, targets)
    again = fit_parts(
        words[:60],
        bigrams[:60],
        ngrams,
        targets[:60],
        characters=parts.characters,
    )
    assert again.characters is parts.characters


def test_blocks_of_texts_change_nothing(monkeypatch):
    words, classes = make_rows()
    bigrams, _ = make_rows(n_features=15, seed=1)
    ngrams = ngram_rows([f"word{i}".encode() for i in range(40)], 256)
    args = words, bigrams, ngrams, one_hot(classes, 3)
    at_once = fit_parts(*args)
    monkeypatch.setattr(_stored_rows, "_ENTRIES_AT_ONCE", 50)
    in_blocks = fit_parts(*args)
    for score, expected in zip(
        in_blocks.scores(words, bigrams), at_once.scores(words, bigrams), strict=True
    ):
        np.testing.assert_allclose(score, expected, atol=1e-4)


def test_of_too_many_texts_some_are_learned_from(monkeypatch):
    words = StoredRows.of_matrix(make_rows()[0])
    texts = np.arange(20, 120)

    def chosen(seed=0):
        return few_enough(texts, words, words, seed)

    assert chosen() is texts
    monkeypatch.setattr(_linear, "_MAX_TEXTS", 30)
    assert len({*chosen()}) == 30 and {*chosen()} <= {*texts}
    assert (np.diff(chosen()) > 0).all()
    assert chosen().tolist() != chosen(seed=1).tolist()
    monkeypatch.setattr(_linear, "_MAX_ENTRIES", 21 * words.nnz // 120)
    assert len(chosen()) == 10


def test_words_that_tell_nothing_weigh_next_to_nothing():
    words, classes = make_rows(200)
    words = words.tolil()
    words[:, 39] = 1
    words = words.tocsr()
    words = StoredRows.of_matrix(words)
    weight = _linear._divergence(words, one_hot(classes, 3), None, 2.0)
    assert weight[39] == pytest.approx(0.25 / np.sqrt(202), rel=1e-5)
    assert weight[:3].min() > 3 * weight[39]


def test_many_long_texts_of_two_classes_have_trigrams(monkeypatch):
    words = StoredRows.of_matrix(make_rows()[0])
    assert not _linear.learns_trigrams(words, 1)
    monkeypatch.setattr(_linear, "_LONG", 5)
    assert not _linear.learns_trigrams(words, 1)
    monkeypatch.setattr(_linear, "_MANY", 100)
    assert _linear.learns_trigrams(words, 1)
    assert not _linear.learns_trigrams(words, 3)


@pytest.mark.parametrize(("n_classes", "share"), [(2, 0.5), (2, 1.0), (3, 0.5)])
def test_ngrams_weigh_by_number_of_classes_and_length(monkeypatch, n_classes, share):
    if share == 1:
        monkeypatch.setattr(_linear, "learns_trigrams", lambda *_: True)
    words, classes = make_rows(n_classes=n_classes)
    bigrams, _ = make_rows(n_features=15)
    parts = [StoredRows.of_matrix(part) for part in (words, bigrams)]
    targets = one_hot(classes, n_classes)[:, 0 if n_classes > 2 else 1 :]
    vocabulary = [f"word{i}" for i in range(40)]
    fit = _linear.linear_fitter(*parts, targets, None, vocabulary, seed=0)
    found = fit(np.arange(120)).bigram_weight
    ngrams = ngram_rows([f"word{i}".encode() for i in range(40)], 256)
    smoothing, by_idf = (3.5, True) if share == 1 else (2.0, False)
    weighting = _linear.Weighting(1.0, smoothing, by_idf)
    alike = fit_linear(*parts, ngrams, targets, weighting=weighting, seed=0)
    np.testing.assert_allclose(found, share * alike.bigram_weight, rtol=1e-6)


def test_the_share_of_ngrams_is_what_they_weigh_beside_words(monkeypatch):
    monkeypatch.setattr(_linear, "_LEAST_DIVERGENCE", 0)
    words, classes = make_rows()
    bigrams, _ = make_rows(n_features=15)
    ngrams = ngram_rows([f"word{i}".encode() for i in range(40)], 256)
    parts = words, bigrams, ngrams, one_hot(classes, 3)
    half, whole, smooth = (
        fit_parts(*parts, weighting=_linear.Weighting(*weighting))
        for weighting in ((0.5, 2, True), (1.0, 2, True), (1.0, 20, True))
    )
    np.testing.assert_allclose(whole.bigram_weight, 2 * half.bigram_weight)
    np.testing.assert_array_equal(whole.weight, half.weight)
    # Added texts that are as all are: what a text's word tells is less sure.
    there = whole.weight > 0
    assert (smooth.weight[there] < whole.weight[there]).all()


def test_words_have_a_least_weight(monkeypatch):
    words, classes = make_rows()
    words = words.multiply(np.arange(40) != 7).tocsr()  # one that no text has
    words.eliminate_zeros()
    bigrams = csr_matrix((120, 0), dtype=np.float32)
    ngrams = ngram_rows([f"word{i}".encode() for i in range(40)], 256)
    parts = words, bigrams, ngrams, one_hot(classes, 3)
    raised = fit_parts(*parts).weight
    monkeypatch.setattr(_linear, "_LEAST_DIVERGENCE", 0)
    lower = fit_parts(*parts).weight
    is_raised = raised != lower
    assert is_raised.any() and not is_raised.all()
    df = words.getnnz(axis=0)
    idf = np.log(121 / (1 + df)) + 1
    least = (df > 0) * np.average(idf, weights=df) * 0.25 / np.sqrt(df + 2)
    np.testing.assert_allclose(raised, np.maximum(lower, least), rtol=1e-5)
    assert raised[7] == 0


@pytest.mark.parametrize("by_idf", [False, True])
def test_a_frequent_word_weighs_as_much_as_a_rare_one_that_tells_as_much(by_idf):
    # Of two classes, each word in texts of one of them only.
    words = np.zeros((100, 3), dtype=np.float32)
    words[:50, 0] = words[50:, 1] = words[:6, 2] = 1
    words = csr_matrix(words)
    bigrams = csr_matrix((100, 0), dtype=np.float32)
    targets = np.arange(100)[:, np.newaxis] >= 50
    ngrams = ngram_rows([b"frequent", b"others", b"rare"], 256)
    weighting = _linear.Weighting(0.5, 1e-3, by_idf)
    weight = fit_parts(words, bigrams, ngrams, targets, weighting=weighting).weight
    idf = np.log(101 / (1 + np.array([50, 50, 6]))) + 1
    expected = idf if by_idf else np.average(idf, weights=[50, 50, 6])
    np.testing.assert_allclose(weight, expected * np.sqrt(np.log(2)), rtol=0.01)


@pytest.mark.parametrize("n_texts", [40, 6_400])
def test_words_of_all_classes_alike_do_not_decide(n_texts):
    # Naive Bayes scores them by the lengths of their few texts: next to nothing, and it
    # must stay so when it is divided by the norm of a text of such words only.
    rng = np.random.default_rng(0)
    classes = np.arange(n_texts) % 2
    words = np.zeros((n_texts, 70), dtype=np.float32)
    words[np.arange(n_texts), 5 * classes + rng.integers(5, size=n_texts)] = 1
    words[np.arange(n_texts), rng.integers(10, 69, size=n_texts)] = 1
    words[:2, 69] = 1
    words[0, 68] = 1
    words = csr_matrix(words)
    bigrams = csr_matrix((n_texts, 0), dtype=np.float32)
    ngrams = ngram_rows([f"word{i}".encode() for i in range(70)], 256)
    parts = fit_parts(words, bigrams, ngrams, classes[:, np.newaxis] == 1)
    of_one_word = csr_matrix(np.eye(70, dtype=np.float32)[[0, 69]])
    _, bayes, *_ = parts.scores(of_one_word, csr_matrix((2, 0), dtype=np.float32))
    assert abs(bayes[1, 0]) < 0.5 * abs(bayes[0, 0])


def test_words_of_no_text_speak_for_no_class():
    # Far more texts of one class than of the others, and a word that none has.
    words = csr_matrix(np.eye(4, dtype=np.float32)[[0, 0, 0, 0, 1, 2]])
    parts = [StoredRows.of_matrix(part) for part in (words, words[:, :0])]
    (table,) = naive_bayes(*parts, one_hot(np.array([0, 0, 0, 0, 1, 2]), 3))
    assert (table[3] == 0).all()
    assert (table[:3].argmax(axis=1) == [0, 1, 2]).all()


@pytest.mark.parametrize(("n_many", "has_them"), [(121, True), (120, False)])
def test_only_few_texts_learn_from_near_words(monkeypatch, n_many, has_them):
    monkeypatch.setattr(_linear, "_MANY_FOR_NEAR_WORDS", n_many)
    words, classes = make_rows()
    bigrams = csr_matrix((120, 0), dtype=np.float32)
    parts = [StoredRows.of_matrix(part) for part in (words, bigrams)]
    vocabulary = [f"word{i}" for i in range(40)]
    vectors = {"matrix": np.eye(40, 8, dtype=np.float32), "known": np.ones(40, bool)}
    fit = _linear.linear_fitter(
        *parts, one_hot(classes, 3), None, vocabulary, seed=0, **vectors
    )
    assert fit(np.arange(120)).near_table.any() == has_them
