"""The linear parts of a bag: what words, bigrams and n-grams say of the classes."""

import threading
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.svm import LinearSVC

from ..networks._rows import sublinear

# What a bigram weighs beside a word; and in many long texts of two classes, which have
# enough of each to learn from.
_BIGRAM_SHARE = 0.5
_BIGRAM_SHARE_OF_LONG = 1.0
_LONG, _MANY = 60, 2_000  # different words a text, and texts
_BAYES_SMOOTHING = 0.3
_DIVERGENCE_SMOOTHING = 2.0
# Far from converged: the sum with the other parts does not get better by more.
_TOL = 0.3
# So many n-grams, over all texts, are enough to learn their weights from.
_MAX_NGRAMS = 3_000_000
_MIN_NGRAM_TEXTS = 500
_EPSILON = 1e-9

# liblinear's random generator is global: solved in threads, the same seed would not
# give the same bits.
_SOLVING = threading.Lock()


@dataclass(frozen=True, eq=False)
class Characters:
    """Tables of the part of characters.

    With u = 1 + log(count), the score of a text is the sum of `u * table` over the
    root of the summed squares of `u * weight`, plus the intercept. `bucket_table` and
    `bucket_weight` are those of the n-grams that the words' are made of.
    """

    weight: np.ndarray
    table: np.ndarray
    intercept: np.ndarray
    bucket_weight: np.ndarray
    bucket_table: np.ndarray

    def scores(self, u):
        """Return the scores, an array of shape (n_texts, n_outputs)."""
        size = _inverse_norm((u, self.weight))[:, np.newaxis]
        return (u @ self.table) * size + self.intercept


@dataclass(frozen=True, eq=False)
class LinearParts:
    """Tables of the linear parts, before it is known how much each counts.

    With u = 1 + log(count), the scores of a text in the parts of support vectors and
    of naive Bayes are the sums of `u * word_tables[part]` and `u *
    bigram_tables[part]` over the root of the summed squares of `u * weight` and `u *
    bigram_weight`, plus `intercepts[part]`.
    """

    weight: np.ndarray
    bigram_weight: np.ndarray
    word_tables: list
    bigram_tables: list
    intercepts: list
    characters: Characters

    def scores(self, words, bigrams) -> list:
        """Return the scores of each part, arrays of shape (n_texts, n_outputs)."""
        u, v = sublinear(words), sublinear(bigrams)
        size = _inverse_norm((u, self.weight), (v, self.bigram_weight))[:, np.newaxis]
        scores = [
            (u @ of_words + v @ of_bigrams) * size + intercept
            for of_words, of_bigrams, intercept in zip(
                self.word_tables, self.bigram_tables, self.intercepts, strict=True
            )
        ]
        return [*scores, self.characters.scores(u)]


def fit_linear(
    words, bigrams, ngrams, targets, sample_weight=None, *, seed, characters=None
) -> LinearParts:
    """Fit the linear parts.

    Parameters
    ----------
    words, bigrams : csr_matrix of shape (n_texts, n_tokens) and (n_texts, n_bigrams)
        The counts of the training texts.

    ngrams : csr_matrix of shape (n_tokens, n_buckets)
        The hashed character n-grams of the words.

    targets : ndarray of shape (n_texts, n_outputs), dtype=bool
        The classes of each text; one column for two classes.

    sample_weight : ndarray of shape (n_texts,), default=None
        Weights of the texts.

    seed : int
        Seeds the solver, and which texts the n-grams are learned from.

    characters : Characters, default=None
        The part of characters, if it is there already.

    Returns
    -------
    parts : LinearParts
        The tables.
    """
    n_tokens = words.shape[1]
    idf = _smooth_idf(words)
    weight = idf * _divergence(words, targets, sample_weight)
    bigram_weight = _smooth_idf(bigrams) * _divergence(bigrams, targets, sample_weight)
    is_long = words.nnz >= _LONG * words.shape[0]
    if targets.shape[1] == 1 and is_long and words.shape[0] >= _MANY:
        bigram_weight *= _BIGRAM_SHARE_OF_LONG
    else:
        bigram_weight *= _BIGRAM_SHARE
    u, v = sublinear(words), sublinear(bigrams)
    size = _inverse_norm((u, weight), (v, bigram_weight))
    rows = [_scaled(u, size, weight), _scaled(v, size, bigram_weight)]
    # Less for two classes, whose texts all speak of one table.
    C = 0.6 if targets.shape[1] == 1 else 1.0
    table, intercept = support_vectors(
        hstack(rows, format="csr"), targets, sample_weight, C=C, seed=seed
    )
    del rows, v
    of_words = _scaled(u, _inverse_norm((u, idf)), idf)
    bayes = naive_bayes(of_words, targets, sample_weight)
    del of_words
    return LinearParts(
        weight,
        bigram_weight,
        [table[:n_tokens] * weight[:, np.newaxis], bayes * idf[:, np.newaxis]],
        [
            table[n_tokens:] * bigram_weight[:, np.newaxis],
            np.zeros((bigrams.shape[1], targets.shape[1]), dtype=np.float32),
        ],
        [intercept, np.zeros_like(intercept)],
        characters or _fit_characters(u, ngrams, targets, sample_weight, seed),
    )


def _fit_characters(u, ngrams, targets, sample_weight, seed):
    """Fit the part of characters, on as many texts as it takes."""
    order = np.random.RandomState(seed).permutation(u.shape[0])
    is_there = csr_matrix((np.ones_like(u.data), u.indices, u.indptr), shape=u.shape)
    n_ngrams = np.cumsum((is_there @ np.diff(ngrams.indptr))[order])
    # Fewer for many classes: each is solved on its own.
    most = _MAX_NGRAMS * (2 if targets.shape[1] == 1 else 1)
    n_texts = max(_MIN_NGRAM_TEXTS, int(np.searchsorted(n_ngrams, most)))
    chosen = np.sort(order[:n_texts])
    u, targets = u[chosen], targets[chosen]
    if sample_weight is not None:
        sample_weight = sample_weight[chosen]
    rows = (u @ ngrams).tocsr()
    idf = _smooth_idf(rows)
    weighted = _scaled(ngrams, None, idf)
    weight = np.sqrt(np.asarray(weighted.power(2).sum(axis=1)).ravel())
    rows = _scaled(rows, _inverse_norm((u, weight)), idf)
    table, intercept = support_vectors(rows, targets, sample_weight, C=1.0, seed=seed)
    bucket_table = table * idf[:, np.newaxis]
    return Characters(
        weight=weight.astype(np.float32),
        table=np.asarray(ngrams @ bucket_table, dtype=np.float32),
        intercept=intercept,
        bucket_weight=idf,
        bucket_table=bucket_table,
    )


def support_vectors(rows, targets, sample_weight, *, C, seed):
    """Solve the squared hinge loss, one class against the rest.

    Parameters
    ----------
    rows : csr_matrix of shape (n_texts, n_features)
        The texts.

    targets : ndarray of shape (n_texts, n_outputs), dtype=bool
        The classes of each text.

    sample_weight : ndarray of shape (n_texts,) or None
        Weights of the texts.

    C : float
        Inverse of the regularization.

    seed : int
        Seeds the solver.

    Returns
    -------
    table : ndarray of shape (n_features, n_outputs), dtype=float32
        The coefficients.

    intercept : ndarray of shape (n_outputs,), dtype=float32
        The intercepts.
    """
    rows = rows.astype(np.float64)
    rows.sort_indices()
    n_outputs = targets.shape[1]
    table = np.zeros((rows.shape[1], n_outputs), dtype=np.float32)
    intercept = np.full(n_outputs, -1, dtype=np.float32)
    if n_outputs > 1 and (np.count_nonzero(targets, axis=1) == 1).all():
        # All at once: liblinear takes over the rows only once.
        classes = targets.argmax(axis=1)
        found = np.unique(classes)
        if len(found) == 1:
            intercept[found] = 1
        else:
            coefficients, constants = _solve(rows, classes, sample_weight, C, seed)
            if len(found) == 2:  # scikit-learn solves for the second
                coefficients = np.vstack([-coefficients, coefficients])
                constants = np.append(-constants, constants)
            table[:, found], intercept[found] = coefficients.T, constants
        return table, intercept
    for i, target in enumerate(targets.T):
        if target.all():
            intercept[i] = 1
        elif target.any():
            coefficients, constants = _solve(rows, target, sample_weight, C, seed)
            table[:, i], intercept[i] = coefficients[0], constants[0]
    return table, intercept


def _solve(rows, classes, sample_weight, C, seed):
    svm = LinearSVC(C=C, tol=_TOL, dual=True, random_state=seed)
    with _SOLVING:
        svm.fit(rows, classes, sample_weight=sample_weight)
    return svm.coef_, svm.intercept_


def naive_bayes(rows, targets, sample_weight=None) -> np.ndarray:
    """Return the weights of complement naive Bayes, of shape (n_features, n_outputs).

    Of one column they are the difference between the class and its complement.
    """
    sides = targets if targets.shape[1] > 1 else np.hstack([~targets, targets])
    weight = _weighted(sides, sample_weight)
    of_class = np.asarray(rows.T @ weight)
    of_others = of_class.sum(axis=1, keepdims=True) - of_class + _BAYES_SMOOTHING
    table = -np.log(of_others / of_others.sum(axis=0))
    if targets.shape[1] == 1:
        table = table[:, 1:] - table[:, :1]
    else:
        table -= table.mean(axis=1, keepdims=True)
    return table.astype(np.float32)


def _divergence(rows, targets, sample_weight) -> np.ndarray:
    """Return how much a word tells of the classes.

    The root of Kullback and Leibler's divergence of the classes of the texts that
    have it from the classes of all texts; the former with two texts added that are as
    all are.
    """
    sides = targets if targets.shape[1] > 1 else np.hstack([~targets, targets])
    weight = _weighted(sides, sample_weight)
    is_there = csr_matrix(
        (np.ones_like(rows.data), rows.indices, rows.indptr), shape=rows.shape
    )
    of_all = weight.sum(axis=0) / weight.sum()
    of_those = np.asarray(is_there.T @ weight) + _DIVERGENCE_SMOOTHING * of_all
    of_those /= of_those.sum(axis=1, keepdims=True)
    tiny = 1e-12
    logs = np.log(np.maximum(of_those, tiny) / np.maximum(of_all, tiny))
    divergence = np.maximum((of_those * logs).sum(axis=1), 0)
    return np.sqrt(divergence).astype(np.float32)


def _weighted(sides, sample_weight):
    weight = sides.astype(np.float32)
    return weight if sample_weight is None else weight * sample_weight[:, np.newaxis]


def _smooth_idf(rows):
    """Return inverse document frequencies, as scikit-learn's TF-IDF has them."""
    df = np.bincount(rows.indices, minlength=rows.shape[1])
    return (np.log((1 + rows.shape[0]) / (1 + df)) + 1).astype(np.float32)


def _scaled(rows, of_row, of_column):
    """Return rows times a factor of each row and one of each column."""
    data = rows.data * of_column[rows.indices]
    if of_row is not None:
        data *= np.repeat(of_row.astype(np.float32), np.diff(rows.indptr))
    return csr_matrix((data, rows.indices, rows.indptr), shape=rows.shape)


def _inverse_norm(*parts):
    """Return one over the root of the summed squares of (rows, weight)."""
    squares = sum(rows.power(2) @ (weight**2) for rows, weight in parts)
    return 1 / np.sqrt(squares + _EPSILON)
