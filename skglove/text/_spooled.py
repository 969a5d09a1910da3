"""Word ids of more texts than memory: read once, and kept in a temporary file."""

from collections.abc import Iterable

import numpy as np

from .._spool import ArrayParts
from ._vectorizer import TextVectorizer
from ._vocabulary import TokenIds, WordNumbers, rank_words

_IDS_AT_ONCE = 1 << 22


def fit_on_chunks(vectorizer: TextVectorizer, chunks: Iterable[list[str]]) -> TokenIds:
    """Do what `fit_transform` does, for chunks of texts.

    Parameters
    ----------
    vectorizer : TextVectorizer
        Not fitted.

    chunks : iterable of list of str
        The texts, checked. Each chunk is let go before the next is taken.

    Returns
    -------
    ids : TokenIds
        The word ids, in a temporary file that is mapped. Memory holds the words, some
        150 bytes each, and 8 bytes a text.
    """
    numbers = WordNumbers()
    counts = np.zeros(0, dtype=np.int64)
    spool = _Spool(vectorizer)
    for texts in chunks:
        for tokenized in vectorizer._tokenized(texts):
            ids = numbers.of(tokenized)
            more = np.bincount(ids.flat, minlength=len(counts))
            more[: len(counts)] += counts
            counts = more
            spool.add(ids)
    words = numbers.words
    order = rank_words(words, counts)
    ids_by_rank = vectorizer._learn(
        [words[i].decode() for i in order.tolist()], counts[order]
    )
    id_of_number = np.empty(len(order), dtype=np.int32)
    id_of_number[order] = ids_by_rank
    ids = spool.ids()
    for start in range(0, len(ids.flat), _IDS_AT_ONCE):
        part = ids.flat[start : start + _IDS_AT_ONCE]
        part[:] = id_of_number[part]
    return ids


def ids_of_chunks(vectorizer: TextVectorizer, chunks: Iterable[list[str]]) -> TokenIds:
    """Do what `transform` does, for chunks of texts; see :func:`fit_on_chunks`."""
    spool = _Spool(vectorizer)
    for texts in chunks:
        spool.add(vectorizer.ids_of(texts))
    return spool.ids()


class _Spool:
    """The ids of texts on disk, those cut off that a vectorizer cuts off."""

    def __init__(self, vectorizer):
        self._cut = vectorizer.sequence_length, vectorizer.truncating
        self._flat, self._lengths = ArrayParts(np.int32, True), []

    def add(self, ids):
        ids = ids.truncated(*self._cut)
        self._flat.add(ids.flat)
        self._lengths.append(ids.lengths)

    def ids(self):
        lengths = np.concatenate([np.empty(0, np.int64), *self._lengths])
        return TokenIds(self._flat.joined(), lengths)
