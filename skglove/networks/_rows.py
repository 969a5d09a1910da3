"""Texts as sparse rows: the distinct words and bigrams of each, and how often."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

from ..text import FIRST_WORD_ID, TokenIds

# Of a number made of two, the bits of the one that varies faster.
_ID_BITS = 32
_TEXT_BITS = 24
_WORD_BITS = 19  # bigrams of rarer words than the first 500,000 are not counted

# How much of many texts is turned into rows at once: the arrays that this takes are
# several times as large as the ids.
_PLACES_AT_ONCE, _TEXTS_AT_ONCE = 1 << 22, 1 << 20
# From so many different bigrams on, those seen least so far are let go.
_MAX_COUNTED = 1 << 24


def largest(values: np.ndarray, n: int) -> np.ndarray:
    """Return the places of the `n` largest values in ascending order."""
    return np.sort(np.argsort(-values, kind="stable")[:n])


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


def text_blocks(ids: TokenIds) -> Iterator[slice]:
    """Cut texts into blocks, and yield which texts are in each."""
    start = 0
    while start < len(ids):
        up_to = ids.ends[start] + _PLACES_AT_ONCE
        stop = int(np.searchsorted(ids.ends, up_to, side="right")) - 1
        stop = min(max(stop, start + 1), start + _TEXTS_AT_ONCE, len(ids))
        yield slice(start, stop)
        start = stop


def frequent_bigrams(
    ids: TokenIds, n_tokens: int, *, min_texts: int, max_bigrams: int
) -> np.ndarray:
    """Find the bigrams of several texts.

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
        `first * n_tokens + second` of the bigrams, ascending.
    """
    pairs, df = np.empty(0, np.int64), np.empty(0, np.int32)
    for block in text_blocks(ids):
        counted = _document_counts_of_pairs(ids[block], n_tokens)
        pairs, df = _merged(pairs, df, *counted) if len(pairs) else counted
        rarest = 1
        while len(pairs) > _MAX_COUNTED:
            kept = df > rarest
            pairs, df = pairs[kept], df[kept]
            rarest += 1
    chosen = df >= min_texts
    if np.count_nonzero(chosen) > max_bigrams:
        chosen[np.argsort(-df, kind="stable")[max_bigrams:]] = False
    first, second = np.divmod(pairs[chosen], 1 << _WORD_BITS)
    return first * n_tokens + second


def _document_counts_of_pairs(ids, n_tokens):
    """Return the pairs of neighbouring words, ascending, and how many texts have each.

    Their numbers are `first << _WORD_BITS | second`.
    """
    places, first, second = _pairs(ids, min(n_tokens, 1 << _WORD_BITS))
    # One sort for all: by bigram, then by text. Repeats within a text fall together.
    packed = (first << (_WORD_BITS + _TEXT_BITS)) | (second << _TEXT_BITS)
    packed |= _text_at_place(ids)[places]
    del places, first, second
    packed.sort()
    packed = packed[np.flatnonzero(np.diff(packed, prepend=-1))]
    packed >>= _TEXT_BITS
    starts = np.flatnonzero(np.diff(packed, prepend=-1))
    return packed[starts], np.diff(starts, append=len(packed)).astype(np.int32)


def _merged(pairs, df, more, more_df):
    """Add up the counts of two ascending lists of pairs."""
    pairs, df = np.concatenate([pairs, more]), np.concatenate([df, more_df])
    # It sees that these are two runs.
    order = np.argsort(pairs, kind="stable")
    pairs, df = pairs[order], df[order]
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    return pairs[starts], np.add.reduceat(df, starts)


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
    place = keys.searchsorted(wanted)
    place[keys.take(place, mode="clip") != wanted] = -1
    return place


def _text_at_place(ids):
    return np.repeat(np.arange(len(ids)), ids.lengths)
