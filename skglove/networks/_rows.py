"""Texts as sparse rows: the distinct words and bigrams of each, and how often."""

import numpy as np
from scipy.sparse import csr_matrix

from ..text import FIRST_WORD_ID, TokenIds

# Of a number made of two, the bits of the one that varies faster.
_ID_BITS = 32
_TEXT_BITS = 24
_WORD_BITS = 19  # bigrams of rarer words than the first 500,000 are not counted


def counted_rows(texts, ids, n_texts: int, n_ids: int) -> csr_matrix:
    """Count the ids of each text.

    Parameters
    ----------
    texts : ndarray of shape (n_places,), dtype=int64
        The text at each place.

    ids : ndarray of shape (n_places,)
        The id at each place.

    n_texts, n_ids : int
        How many there are.

    Returns
    -------
    rows : csr_matrix of shape (n_texts, n_ids), dtype=float32
        The counts; the ids of a text are in ascending order.
    """
    # Sorting whole numbers is several times as fast as SciPy's sum of duplicates.
    both = (texts << _ID_BITS) | ids
    both.sort()
    first = np.flatnonzero(np.diff(both, prepend=-1))
    counts = np.diff(first, append=len(both)).astype(np.float32)
    both = both[first]
    starts = np.searchsorted(both, np.arange(n_texts + 1) << _ID_BITS)
    ids = both.astype(np.uint32).view(np.int32)
    return csr_matrix((counts, ids, starts.astype(np.int32)), shape=(n_texts, n_ids))


def word_rows(ids: TokenIds, n_tokens: int) -> csr_matrix:
    """Count the known words of each text."""
    known = np.flatnonzero((ids.flat >= FIRST_WORD_ID) & (ids.flat < n_tokens))
    texts = _text_at_place(ids)[known]
    return counted_rows(texts, ids.flat[known], len(ids), n_tokens)


def unknown_word_rows(ids: TokenIds, n_tokens: int) -> csr_matrix:
    """Count the words with ids of their own beyond the vocabulary."""
    unknown = np.flatnonzero(ids.flat >= n_tokens)
    texts = _text_at_place(ids)[unknown]
    return counted_rows(
        texts, ids.flat[unknown] - n_tokens, len(ids), len(ids.unknown or ())
    )


def bigram_places(ids: TokenIds, n_tokens: int):
    """Return where in `ids.flat` pairs of known words start, and their keys.

    The key of a pair is `first * n_tokens + second`.
    """
    places, first, second = _pairs(ids, n_tokens)
    return places, first * n_tokens + second


def _pairs(ids, n_tokens):
    """Return the places of pairs of neighbouring known words, and their ids."""
    flat = ids.flat
    is_known = (flat >= FIRST_WORD_ID) & (flat < n_tokens)
    together = is_known[:-1] & is_known[1:]
    # A text's last word and the next one's first are none.
    ends = ids.ends[1:]
    together[ends[(ends > 0) & (ends < len(flat))] - 1] = False
    places = np.flatnonzero(together)
    return places, flat[places].astype(np.int64), flat[places + 1].astype(np.int64)


def frequent_bigrams(ids: TokenIds, n_tokens: int, *, min_texts: int, max_bigrams: int):
    """Find the bigrams of several texts, and count them in each.

    Parameters
    ----------
    ids : TokenIds
        The texts.

    n_tokens : int
        Size of the vocabulary.

    min_texts : int
        A bigram must occur in as many texts.

    max_bigrams : int
        How many to return at most: those that most texts have.

    Returns
    -------
    keys : ndarray of shape (n_bigrams,), dtype=int64
        The bigrams, ascending.

    rows : csr_matrix of shape (n_texts, n_bigrams), dtype=float32
        How often each text has each.
    """
    places, first, second = _pairs(ids, min(n_tokens, 1 << _WORD_BITS))
    # One sort for all: by bigram, then by text. Repeats within a text fall together.
    packed = (first << (_WORD_BITS + _TEXT_BITS)) | (second << _TEXT_BITS)
    packed |= _text_at_place(ids)[places]
    del places, first, second
    packed.sort()
    starts = np.flatnonzero(np.diff(packed, prepend=-1))
    counts = np.diff(starts, append=len(packed)).astype(np.float32)
    packed = packed[starts]
    pairs = packed >> _TEXT_BITS
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    df = np.diff(starts, append=len(pairs))
    pairs = pairs[starts]
    chosen = df >= min_texts
    if np.count_nonzero(chosen) > max_bigrams:
        chosen[np.argsort(-df, kind="stable")[max_bigrams:]] = False
    kept = np.repeat(chosen, df)
    texts = (packed[kept] & ((1 << _TEXT_BITS) - 1)).astype(np.int32)
    pairs, df = pairs[chosen], df[chosen]
    by_bigram = csr_matrix(
        (counts[kept], texts, np.append(0, np.cumsum(df)).astype(np.int32)),
        shape=(len(df), len(ids)),
    )
    first, second = pairs >> _WORD_BITS, pairs & ((1 << _WORD_BITS) - 1)
    return first * n_tokens + second, by_bigram.T.tocsr()


def bigram_rows(ids: TokenIds, n_tokens: int, keys: np.ndarray) -> csr_matrix:
    """Count known bigrams, whose keys are ascending."""
    places, wanted = bigram_places(ids, n_tokens)
    number = find(keys, wanted)
    known = np.flatnonzero(number >= 0)
    texts = _text_at_place(ids)[places[known]]
    return counted_rows(texts, number[known], len(ids), len(keys))


def sublinear(rows: csr_matrix) -> csr_matrix:
    """Return rows with 1 + log(count) in the place of counts."""
    return csr_matrix(
        (1 + np.log(rows.data), rows.indices, rows.indptr), shape=rows.shape
    )


def find(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the place of each wanted key among ascending ones, -1 where it lacks."""
    if not len(keys):
        return np.full(len(wanted), -1)
    place = np.searchsorted(keys, wanted)
    place[place == len(keys)] = 0
    place[keys[place] != wanted] = -1
    return place


def _text_at_place(ids):
    return np.repeat(np.arange(len(ids)), ids.lengths)
