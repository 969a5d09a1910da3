"""The linear parts of a bag: what words, bigrams and n-grams say of the classes."""

import math
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack

from ..networks._rows import sublinear
from ..networks._stored_rows import StoredRows
from ..text._ngrams import ngram_rows
from ._near_words import Statistics, directions, fit_near_words
from ._support_vectors import support_vectors

# Trigrams are learned where texts of two classes are so long and so many: different
# words a text, and texts.
_LONG, _MANY = 60, 800
# In naive Bayes. Two classes have bigrams there, most of which are rare.
_BAYES_SMOOTHING, _SMOOTHING_OF_TWO = 0.05, 0.3
# So many n-grams, over all texts, are enough to learn their weights from.
_MAX_NGRAMS = 3_000_000
_MIN_NGRAM_TEXTS = 500
# Support vectors of more texts than this, or of so many words and bigrams, would take
# more memory than all else, and tell the classes apart no better than the network does
# by then.
_MAX_TEXTS, _MAX_ENTRIES = 300_000, 30_000_000
# From so many texts on, what words say by their neighbours adds nothing.
_MANY_FOR_NEAR_WORDS = 6_000
# What a word tells of the classes at least, times the root of how many texts have it.
# Of two classes, it seems to tell 0.7 by chance.
_LEAST_DIVERGENCE = 0.25
_MIN_BUCKETS, _MAX_BUCKETS = 1 << 10, 1 << 16
# So that the buckets of many classes fit into memory.
_MAX_BUCKET_VALUES = 1 << 23
_EPSILON = 1e-9


class Weighting(NamedTuple):
    """What words, bigrams and trigrams weigh for the support vectors.

    Attributes
    ----------
    ngram_share : float
        What bigrams and trigrams weigh beside words.

    smoothing : float
        How many texts that are as all are to add to those that have a word.

    by_idf : bool
        Whether rare ones weigh more than frequent ones that tell as much of the
        classes.
    """

    ngram_share: float
    smoothing: float
    by_idf: bool


# A sign that most texts of one class have may be what tells most: "--" before the
# author of a quotation.
_USUAL = Weighting(0.5, 2.0, by_idf=False)
# Many long texts of two classes have enough n-grams to learn from, many of them rare.
_OF_LONG_TEXTS = Weighting(1.0, 3.5, by_idf=True)


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

    def size(self, u):
        """Return what each text is multiplied by."""
        return _inverse_norm((u, self.weight))


@dataclass(frozen=True, eq=False)
class LinearParts:
    """Tables of the linear parts, before it is known how much each counts.

    With u = 1 + log(count), the scores of a text in the parts of support vectors and
    of naive Bayes are the sums of `u * word_tables[part]` and, of the parts that have
    them, `u * bigram_tables[part]` over the root of the summed squares of `u * weight`
    and `u * bigram_weight`, plus `intercepts[part]`. Near words have the norm of
    characters: words that no training text has weigh something there, as they must
    where they have scores.
    """

    weight: np.ndarray
    bigram_weight: np.ndarray
    word_tables: list
    bigram_tables: list
    intercepts: list
    characters: Characters
    near_table: np.ndarray
    near_intercept: np.ndarray

    def scores(self, words, bigrams) -> list:
        """Return the scores of each part, arrays of shape (n_texts, n_outputs)."""
        u, v = sublinear(words), sublinear(bigrams)
        size = _inverse_norm((u, self.weight), (v, self.bigram_weight))[:, np.newaxis]
        sums = [u @ table for table in self.word_tables]
        for of_part, table in zip(sums, self.bigram_tables, strict=False):
            of_part += v @ table
        scores = [
            of_part * size + intercept
            for of_part, intercept in zip(sums, self.intercepts, strict=True)
        ]
        size = self.characters.size(u)[:, np.newaxis]
        near = (u @ self.near_table) * size + self.near_intercept
        of_characters = (u @ self.characters.table) * size + self.characters.intercept
        return [*scores, near, of_characters]


def linear_fitter(
    words, bigrams, targets, sample_weight, vocabulary, seed, *, matrix=None, known=None
):
    """Return a function that fits the linear parts to some of the texts.

    Parameters
    ----------
    words, bigrams : StoredRows of shape (n_texts, n_tokens) and (n_texts, n_bigrams)
        The counts of all texts.

    targets : ndarray of shape (n_texts, n_outputs), dtype=bool
        The classes of each text; one column for two classes.

    sample_weight : ndarray of shape (n_texts,) or None
        Weights of the texts.

    vocabulary : list of str
        The tokens.

    seed : int
        Seeds the solver, and which texts are learned from if they are too many.

    matrix, known : ndarrays, default=None
        Word vectors; see :func:`directions`.

    Returns
    -------
    fit : callable
        Takes the numbers of the texts, an ndarray, and `characters` of
        :func:`fit_linear`, and returns `LinearParts`.
    """

    @cache
    def ngrams():
        """Hash the n-grams at the first fit, in its thread."""
        n_words = np.count_nonzero(words.document_counts())
        encoded = [b"", b"", *map(str.encode, vocabulary[2:])]
        return ngram_rows(encoded, _n_buckets(n_words, targets.shape[1]))

    @cache
    def unit():
        return directions(matrix, known)

    has_trigrams = learns_trigrams(words, targets.shape[1])
    weighting = _OF_LONG_TEXTS if has_trigrams else _USUAL

    def fit(rows, characters=None):
        rows = few_enough(rows, words, bigrams, seed)
        near_words = None
        if len(rows) < _MANY_FOR_NEAR_WORDS and unit() is not None:
            # Parts of the texts are fitted to score the others of them.
            is_all = len(rows) == words.shape[0]
            near_words = {
                "unit": unit(),
                "which": None if is_all else words.document_counts() > 0,
            }
        return fit_linear(
            words.chosen(rows),  # held nowhere else, so that they can be let go
            bigrams.chosen(rows),
            ngrams(),
            targets[rows],
            None if sample_weight is None else sample_weight[rows],
            weighting=weighting,
            seed=seed,
            characters=characters,
            near_words=near_words,
        )

    return fit


def learns_trigrams(words, n_outputs: int) -> bool:
    """Tell whether there are trigrams, and n-grams count as much as words.

    They do in many long texts of two classes. More classes are told apart by words.

    Parameters
    ----------
    words : StoredRows of shape (n_texts, n_tokens)
        The words of the texts.

    n_outputs : int
        Number of logits.
    """
    n_texts = words.shape[0]
    return n_outputs == 1 and n_texts >= _MANY and words.nnz >= _LONG * n_texts


def _n_buckets(n_words, n_outputs):
    """Choose a power of two: some eight a word of the training texts, within bounds."""
    most = min(_MAX_BUCKETS, max(_MIN_BUCKETS, _MAX_BUCKET_VALUES // n_outputs))
    return 1 << int(math.log2(min(most, max(_MIN_BUCKETS, 8 * n_words))))


def few_enough(texts, words, bigrams, seed) -> np.ndarray:
    """Choose the texts that the linear parts learn from: all, unless they are too many.

    Parameters
    ----------
    texts : ndarray of shape (n,)
        The numbers of the texts.

    words, bigrams : StoredRows
        The counts of all texts.

    seed : int
        Determines which are chosen.

    Returns
    -------
    chosen : ndarray of shape (n_chosen,)
        Their numbers, in the order of `texts`.
    """
    a_text = (words.nnz + bigrams.nnz) / max(1, words.shape[0])
    most = min(_MAX_TEXTS, max(1, int(_MAX_ENTRIES / max(1, a_text))))
    if len(texts) <= most:
        return texts
    return texts[np.sort(np.random.RandomState(seed).permutation(len(texts))[:most])]


def fit_linear(
    words,
    bigrams,
    ngrams,
    targets,
    sample_weight=None,
    *,
    weighting=_USUAL,
    seed,
    characters=None,
    near_words=None,
) -> LinearParts:
    """Fit the linear parts.

    Parameters
    ----------
    words, bigrams : StoredRows of shape (n_texts, n_tokens) and (n_texts, n_bigrams)
        The counts of the training texts.

    ngrams : csr_matrix of shape (n_tokens, n_buckets)
        The hashed character n-grams of the words.

    targets : ndarray of shape (n_texts, n_outputs), dtype=bool
        The classes of each text; one column for two classes.

    sample_weight : ndarray of shape (n_texts,), default=None
        Weights of the texts.

    weighting : Weighting, default=(0.5, 2.0, False)
        What words and n-grams weigh.

    seed : int
        Seeds the solver, and which texts the n-grams of characters are learned from.

    characters : Characters, default=None
        The part of characters, if it is there already.

    near_words : dict, default=None
        The options of :func:`fit_near_words`; None for tables of zeros.

    Returns
    -------
    parts : LinearParts
        The tables.
    """
    n_tokens = words.shape[1]
    df, idf = words.document_counts(), _smooth_idf(words)
    share, smoothing, by_idf = weighting
    divergence = _divergence(words, targets, sample_weight, smoothing)
    weight = divergence.copy()
    bigram_weight = share * _divergence(bigrams, targets, sample_weight, smoothing)
    if by_idf:
        weight *= idf
        bigram_weight *= _smooth_idf(bigrams)
    else:
        # The norm is naive Bayes's, too, which has the frequencies in its table.
        typical = np.average(idf, weights=df + _EPSILON)
        weight *= typical
        bigram_weight *= typical
    if characters is None:
        characters = _fit_characters(words, ngrams, targets, sample_weight, seed)
    bayes, *bigram_bayes = naive_bayes(words, bigrams, targets, sample_weight)
    near, near_intercept = np.zeros_like(bayes), np.zeros_like(characters.intercept)
    if near_words is not None:
        u = sublinear(words[:])
        near, near_intercept = fit_near_words(
            u,
            characters.size(u),
            Statistics(df, idf, divergence),
            targets=targets,
            sample_weight=sample_weight,
            seed=seed,
            **near_words,
        )
    # Less for two classes, whose texts all speak of one table.
    C = 0.6 if targets.shape[1] == 1 else 1.0
    rows = _side_by_side(words, bigrams, weight, bigram_weight)
    # The solver takes most memory: the counts are let go before.
    del words, bigrams
    table, intercept = support_vectors(rows, targets, sample_weight, C=C, seed=seed)
    return LinearParts(
        weight,
        bigram_weight,
        [table[:n_tokens] * weight[:, np.newaxis], bayes],
        [table[n_tokens:] * bigram_weight[:, np.newaxis], *bigram_bayes],
        [intercept, np.zeros_like(intercept)],
        characters,
        near,
        near_intercept,
    )


def _fit_characters(words, ngrams, targets, sample_weight, seed):
    """Fit the part of characters, on as many texts as it takes."""
    order = np.random.RandomState(seed).permutation(words.shape[0])
    sizes = np.diff(ngrams.indptr)
    n_ngrams = np.concatenate(
        [_is_there(words[texts]) @ sizes for texts in words.block_slices()]
    )
    n_ngrams = np.cumsum(n_ngrams[order])
    # Fewer for many classes: each is solved on its own.
    most = _MAX_NGRAMS * (2 if targets.shape[1] == 1 else 1)
    n_texts = max(_MIN_NGRAM_TEXTS, int(np.searchsorted(n_ngrams, most)))
    chosen = np.sort(order[:n_texts])
    u, targets = sublinear(words[chosen]), targets[chosen]
    if sample_weight is not None:
        sample_weight = sample_weight[chosen]
    rows = (u @ ngrams).tocsr()
    idf = _smooth_idf(rows)
    weight = np.sqrt(ngrams @ idf**2)
    rows = _scaled(rows, _inverse_norm((u, weight)), idf)
    table, intercept = support_vectors(rows, targets, sample_weight, C=1.0, seed=seed)
    bucket_table = table * idf[:, np.newaxis]
    return Characters(
        weight=weight,
        table=np.asarray(ngrams @ bucket_table, dtype=np.float32),
        intercept=intercept,
        bucket_weight=idf,
        bucket_table=bucket_table,
    )


def naive_bayes(words, bigrams, targets, sample_weight=None) -> list[np.ndarray]:
    """Return the tables of complement naive Bayes of TF-IDF.

    Parameters
    ----------
    words, bigrams : StoredRows of shape (n_texts, n_tokens) and (n_texts, n_bigrams)
        The counts of the training texts.

    targets : ndarray of shape (n_texts, n_outputs), dtype=bool
        The classes of each text; one column for two classes.

    sample_weight : ndarray of shape (n_texts,), default=None
        Weights of the texts.

    Returns
    -------
    tables : list of ndarray of shape (n_features, n_outputs), dtype=float32
        The table of words and, for two classes, that of bigrams: more classes are told
        apart no better by them. Of one column they are the difference between the class
        and its complement.
    """
    weight, sums = _weight_of_sides(targets, sample_weight), 0
    parts = [words, bigrams] if targets.shape[1] == 1 else [words]
    idf = [_smooth_idf(part) for part in parts]
    for texts in words.block_slices():
        u = [sublinear(part[texts]) for part in parts]
        weighted = list(zip(u, idf, strict=True))
        size = _inverse_norm(*weighted)
        rows = [_scaled(counts, size, of_part) for counts, of_part in weighted]
        sums = sums + np.vstack([part.T @ weight[texts] for part in rows])
    table = _bayes_weights(sums, targets.shape[1])
    table *= np.concatenate(idf)[:, np.newaxis]
    return [table] if len(parts) == 1 else np.split(table, [words.shape[1]])


def _bayes_weights(of_class, n_outputs):
    """Return the weights that the sums of the texts of each class mean."""
    of_others = of_class.sum(axis=1, keepdims=True) - of_class
    of_others += _SMOOTHING_OF_TWO if n_outputs == 1 else _BAYES_SMOOTHING
    table = -np.log(of_others / of_others.sum(axis=0))
    if n_outputs == 1:
        table = table[:, 1:] - table[:, :1]
    else:
        table -= table.mean(axis=1, keepdims=True)
    # Smoothed, a word of no text would speak for the classes of few texts.
    table[~of_class.any(axis=1)] = 0
    return table.astype(np.float32)


def _divergence(rows, targets, sample_weight, smoothing) -> np.ndarray:
    """Return how much a word tells of the classes.

    The root of Kullback and Leibler's divergence of the classes of the texts that
    have it from the classes of all texts; the former with `smoothing` texts added that
    are as all are. Never less than what so few texts may hide: else words that are in
    all classes alike would weigh nothing, and a text of them be divided by nothing.
    """
    weight, of_those = _weight_of_sides(targets, sample_weight), 0
    for texts in rows.block_slices():
        of_those = of_those + np.asarray(_is_there(rows[texts]).T @ weight[texts])
    of_all = weight.sum(axis=0) / weight.sum()
    of_those = of_those + smoothing * of_all
    of_those /= of_those.sum(axis=1, keepdims=True)
    tiny = 1e-12
    logs = np.log(np.maximum(of_those, tiny) / np.maximum(of_all, tiny))
    squared = (of_those * logs).sum(axis=1)
    df = rows.document_counts()
    squared = np.maximum(squared, _LEAST_DIVERGENCE**2 / (df + smoothing))
    return np.sqrt(np.where(df > 0, squared, 0)).astype(np.float32)


def _weight_of_sides(targets, sample_weight):
    """Return what each text weighs for each class, two of one column."""
    sides = targets if targets.shape[1] > 1 else np.hstack([~targets, targets])
    weight = sides.astype(np.float32)
    return weight if sample_weight is None else weight * sample_weight[:, np.newaxis]


def _is_there(rows):
    """Return rows with 1 in the place of counts."""
    return csr_matrix(
        (np.ones_like(rows.data), rows.indices, rows.indptr), shape=rows.shape
    )


def _smooth_idf(rows):
    """Return inverse document frequencies, as scikit-learn's TF-IDF has them."""
    if isinstance(rows, StoredRows):
        df = rows.document_counts()
    else:
        df = np.bincount(rows.indices, minlength=rows.shape[1])
    return (np.log((1 + rows.shape[0]) / (1 + df)) + 1).astype(np.float32)


def _side_by_side(words, bigrams, weight, bigram_weight):
    """Return weighted words and bigrams as rows of length one.

    In float64, which the solver asks for: another copy would be the largest.
    """
    starts = (words.starts + bigrams.starts).astype(np.int32)
    data = np.empty(starts[-1], dtype=np.float64)
    indices = np.empty(starts[-1], dtype=np.int32)
    for texts in words.block_slices():
        u, v = sublinear(words[texts]), sublinear(bigrams[texts])
        size = _inverse_norm((u, weight), (v, bigram_weight))
        both = _scaled(u, size, weight), _scaled(v, size, bigram_weight)
        rows = hstack(both, format="csr")
        places = slice(starts[texts.start], starts[texts.stop])
        data[places], indices[places] = rows.data, rows.indices
    shape = words.shape[0], words.shape[1] + bigrams.shape[1]
    return csr_matrix((data, indices, starts), shape=shape)


def _scaled(rows, of_row, of_column):
    """Return rows times a factor of each row and one of each column."""
    data = rows.data * of_column[rows.indices]
    data *= np.repeat(of_row.astype(np.float32), np.diff(rows.indptr))
    return csr_matrix((data, rows.indices, rows.indptr), shape=rows.shape)


def _inverse_norm(*parts):
    """Return one over the root of the summed squares of (rows, weight)."""
    squares = sum(_squared(rows) @ (weight**2) for rows, weight in parts)
    return 1 / np.sqrt(squares + _EPSILON)


def _squared(rows):
    return csr_matrix((rows.data**2, rows.indices, rows.indptr), shape=rows.shape)
