"""Texts as sparse rows: the distinct words and bigrams of each, and how often."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

from .._key_index import KeyIndex
from ..text import FIRST_WORD_ID, TokenIds
from ..text._ngrams import ngram_rows

# Of a number made of two, the bits of the one that varies faster.
_ID_BITS = 32
_TEXT_BITS = 24
_WORD_BITS = 19  # n-grams of rarer words than the first 500,000 are not counted
# The keys of trigrams, which have three ids in them, are whole numbers of 63 bits.
MAX_TRIGRAM_TOKENS = 1 << 20

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


def unknown_ngram_rows(ids: TokenIds, n_tokens: int, n_buckets: int) -> csr_matrix:
    """Return the character n-grams of each text's words beyond the vocabulary.

    Each is 1 each time that a word with it occurs; see :func:`ngram_rows`.
    """
    (places,) = (ids.flat >= n_tokens).nonzero()
    rows = ngram_rows(ids.unknown or [], n_buckets)[ids.flat[places] - n_tokens]
    starts = rows.indptr[places.searchsorted(ids.ends)]
    return csr_matrix((rows.data, rows.indices, starts), shape=(len(ids), n_buckets))


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
    n_counted = min(n_tokens, 1 << _WORD_BITS)
    first, second = _frequent_pairs(
        ids, lambda block: _pairs(block, n_counted), min_texts, max_bigrams
    )
    return first * n_tokens + second


def frequent_trigrams(
    ids: TokenIds, n_tokens: int, keys: np.ndarray, *, min_texts: int, max_trigrams: int
) -> np.ndarray:
    """Find the trigrams of several texts, among those made of two known bigrams.

    Parameters
    ----------
    ids : TokenIds
        The texts.

    n_tokens : int
        Size of the vocabulary. There are no trigrams of more than a million.

    keys : ndarray of shape (n_bigrams,), dtype=int64
        The known bigrams.

    min_texts : int
        A trigram must occur in as many texts.

    max_trigrams : int
        How many to return at most: those that most texts have.

    Returns
    -------
    keys : ndarray of shape (n_trigrams,), dtype=int64
        What :func:`trigram_keys` makes of them, ascending: larger than those of all
        bigrams.
    """
    if n_tokens > MAX_TRIGRAM_TOKENS:
        return np.empty(0, np.int64)
    index = KeyIndex(keys)

    def pairs_of(block):
        """Return bigram and third word of the trigrams."""
        runs, numbers, third = _runs(block, *_known_bigrams(block, n_tokens, index))
        counted = (numbers < MAX_TRIGRAM_TOKENS) & (third < 1 << _WORD_BITS)
        return runs[counted], numbers[counted], third[counted]

    numbers, third = _frequent_pairs(ids, pairs_of, min_texts, max_trigrams)
    return trigram_keys(keys[numbers], third, n_tokens)


def trigram_keys(bigram_keys, third, n_tokens: int):
    """Return the keys of trigrams, given their first bigrams and their last words."""
    return n_tokens**2 + bigram_keys * n_tokens + third


def n_bigrams_of(keys: np.ndarray, n_tokens: int) -> int:
    """Return how many of ascending keys are bigrams; those behind are trigrams."""
    return int(np.searchsorted(keys, n_tokens**2))


def has_trigrams(keys: np.ndarray, n_tokens: int) -> bool:
    """Tell whether there are trigrams among ascending keys."""
    return len(keys) > 0 and bool(keys[-1] >= n_tokens**2)


def words_of_ngrams(keys: np.ndarray, n_tokens: int):
    """Return first, second and third word of n-grams, -1 for the third of bigrams."""
    n_bigrams = n_bigrams_of(keys, n_tokens)
    first_two, third = np.divmod(keys[n_bigrams:] - n_tokens**2, n_tokens)
    first, second = np.divmod(np.concatenate([keys[:n_bigrams], first_two]), n_tokens)
    return first, second, np.concatenate([np.full(n_bigrams, -1), third])


def _frequent_pairs(ids, pairs_of, min_texts, most):
    """Return the pairs of numbers that most texts have, as two arrays.

    `pairs_of` takes some of the texts and returns where the pairs are, and both
    numbers of each.
    """
    pairs, df = np.empty(0, np.int64), np.empty(0, np.int32)
    for block in text_blocks(ids):
        counted = _document_counts_of_pairs(ids[block], pairs_of)
        pairs, df = _merged(pairs, df, *counted) if len(pairs) else counted
        rarest = 1
        while len(pairs) > _MAX_COUNTED:
            kept = df > rarest
            pairs, df = pairs[kept], df[kept]
            rarest += 1
    chosen = df >= min_texts
    if np.count_nonzero(chosen) > most:
        chosen[np.argsort(-df, kind="stable")[most:]] = False
    return np.divmod(pairs[chosen], 1 << _WORD_BITS)


def _document_counts_of_pairs(ids, pairs_of):
    """Return the different pairs, ascending, and how many texts have each.

    Their numbers are `first << _WORD_BITS | second`.
    """
    places, first, second = pairs_of(ids)
    # One sort for all: by pair, then by text. Repeats within a text fall together.
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


def ngram_places(ids: TokenIds, n_tokens: int, index: KeyIndex):
    """Find the known n-grams of texts.

    Parameters
    ----------
    ids : TokenIds
        The texts.

    n_tokens : int
        Size of the vocabulary.

    index : KeyIndex
        The known bigrams and, behind them, trigrams made of two of these.

    Returns
    -------
    places : ndarray of shape (n_places,)
        Where in `ids.flat` one starts: first the bigrams, then the trigrams.

    numbers : ndarray of shape (n_places,)
        Their places in `index.keys`.
    """
    places, numbers = _known_bigrams(ids, n_tokens, index)
    if not has_trigrams(index.keys, n_tokens):
        return places, numbers
    runs, bigrams, third = _runs(ids, places, numbers)
    trigrams = index.find(trigram_keys(index.keys[bigrams], third, n_tokens))
    known = trigrams >= 0
    return (
        np.concatenate([places, runs[known]]),
        np.concatenate([numbers, trigrams[known]]),
    )


def _known_bigrams(ids, n_tokens, index):
    """Return where known bigrams start, and their places in `index.keys`."""
    places, wanted = bigram_places(ids, n_tokens)
    numbers = index.find(wanted)
    known = numbers >= 0
    return places[known], numbers[known]


def _runs(ids, places, numbers):
    """Return where one bigram follows on another, the first, and the last word."""
    runs = np.flatnonzero(places[1:] == places[:-1] + 1)
    third = ids.flat[places[runs] + 2].astype(np.int64)
    return places[runs], numbers[runs], third


def bigram_rows(ids: TokenIds, n_tokens: int, index: KeyIndex) -> csr_matrix:
    """Count known bigrams and trigrams."""
    places, numbers = ngram_places(ids, n_tokens, index)
    texts = _text_at_place(ids)[places]
    return counted_rows(texts, numbers, len(ids), len(index))


def sublinear(rows: csr_matrix) -> csr_matrix:
    """Return rows with 1 + log(count) in the place of counts."""
    return csr_matrix(
        (1 + np.log(rows.data), rows.indices, rows.indptr), shape=rows.shape
    )


def _text_at_place(ids):
    return np.repeat(np.arange(len(ids)), ids.lengths)
