"""From texts to co-occurrences: in memory, chunk by chunk, or on Dask.

Whatever holds the texts, the steps are the same: count the words of each chunk, merge
these counts to a vocabulary, count the co-occurrences of each chunk, add those up.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import joblib
import numpy as np
from scipy.sparse import csr_array

from .._errors import named
from .._progress import progress
from ..text import (
    CountedWords,
    TokenIds,
    check_any_word,
    check_texts,
    count_words,
    rank_words,
    tokenize_in_chunks,
)
from ._cooccurrences import add_up, as_weights, both_sides, cooccurrences

# Characters of a source's texts that are counted at once. Smaller chunks are joined.
_CHARACTERS_AT_ONCE = 1 << 25


class Vocabulary(NamedTuple):
    """The words that get vectors, by falling count, and their counts."""

    words: list[str]
    counts: np.ndarray


@dataclass(frozen=True)
class Counting:
    """How texts are counted: parameters of :class:`Glove`, by their names there."""

    standardize: Any
    tokenizer: Any
    preprocessor: Any
    min_count: int
    max_tokens: int | None
    window_size: int
    symmetric: bool
    n_jobs: int | None
    verbose: int

    def count(self, X: Any) -> tuple[Vocabulary, csr_array]:
        """Count the words and the co-occurrences of what `Glove.fit` was given.

        Returns
        -------
        vocabulary : Vocabulary
            The words.

        counts : csr_array of shape (n_words, n_words), dtype=float32
            The co-occurrences of each word.
        """
        if hasattr(X, "__dask_graph__"):
            from ._dask import count_partitions

            vocabulary, counts = count_partitions(X, self)
        elif callable(X):
            vocabulary, counts = self._count_source(X)
        else:
            vocabulary, counts = self._count_texts(_not_an_iterator(X))
        counts = as_weights(counts)  # the integers are let go
        return vocabulary, both_sides(counts) if self.symmetric else counts

    def _count_texts(self, texts):
        texts = check_texts(texts)
        with _Scratch() as folder:
            with self._bar("Counting words", "texts", len(texts)) as bar:
                counted = [self.words_of(texts, bar.update)]
            return self._finish(counted, folder)

    def _count_source(self, source):
        with _Scratch() as folder:
            stored = []
            with self._bar("Counting words", "texts") as bar:
                for texts in _joined(_chunks_of(source)):
                    stored.append(folder() / f"texts-{len(stored)}")
                    joblib.dump(self.words_of(texts, bar.update), stored[-1])
            if not stored:
                raise ValueError(
                    "Found no texts (0 samples) while at least one is required: "
                    "all chunks of the source are empty, or there are none. A source "
                    "must make a new iterator at each call."
                )
            return self._finish(_Loaded(stored), folder)

    def _finish(self, counted, folder):
        """Return vocabulary and co-occurrences of chunks whose words are counted."""
        vocabulary = self.select(merge_counts(map(counts_by_word, counted)))
        ranks = ranks_by_word(vocabulary)
        n_tokens = int(vocabulary.counts.sum())
        with self._bar("Counting co-occurrences", "words", n_tokens) as bar:
            return vocabulary, cooccurrences(
                (as_ids(chunk, ranks) for chunk in counted),
                folder,
                n_words=len(vocabulary.words),
                window_size=self.window_size,
                n_jobs=self.n_jobs,
                report=bar.update,
            )

    def words_of(
        self, texts: list[str], report: Callable[[int], object] = lambda n_texts: None
    ) -> CountedWords:
        """Tokenize texts and count their words."""

        def tokenized():
            for chunk in tokenize_in_chunks(
                texts, self.standardize, self.tokenizer, self.preprocessor
            ):
                yield chunk
                report(len(chunk.lengths))

        return count_words(tokenized())

    def select(self, counts: Mapping[str, int]) -> Vocabulary:
        """Rank words, and keep as many as `min_count` and `max_tokens` leave."""
        words = list(counts)
        check_any_word(words)
        counts = np.fromiter(counts.values(), dtype=np.int64, count=len(words))
        order = rank_words(words, counts)
        n_words = np.count_nonzero(counts >= self.min_count)
        if not n_words:
            raise ValueError(
                f"No word occurs min_count={self.min_count} times in the texts: the "
                f"most frequent, {words[order[0]]!r}, occurs {counts[order[0]]} times. "
                "Lower min_count, or give more texts."
            )
        order = order[: min(n_words, self.max_tokens or n_words)]
        return Vocabulary([words[i] for i in order.tolist()], counts[order])

    def _bar(self, description, unit, total=None):
        return progress(description, unit=unit, total=total, shown=self.verbose)


def counts_by_word(counted: CountedWords) -> dict[str, int]:
    """Return how often each word occurs."""
    return dict(zip(counted.words, counted.counts.tolist(), strict=True))


def merge_counts(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add up the counts of words."""
    total: dict[str, int] = {}
    for part in parts:
        for word, count in part.items():
            total[word] = total.get(word, 0) + count
    return total


def ranks_by_word(vocabulary: Vocabulary) -> dict[str, int]:
    """Return the place of each word in the vocabulary."""
    return {word: rank for rank, word in enumerate(vocabulary.words)}


def as_ids(counted: CountedWords, ranks: Mapping[str, int]) -> TokenIds:
    """Return texts as ranks in the vocabulary, without the words outside it."""
    ranks = np.fromiter(
        map(ranks.get, counted.words, repeat(-1)),
        dtype=np.int32,
        count=len(counted.words),
    )
    ids = TokenIds(ranks[counted.ranks.flat], counted.ranks.lengths)
    return ids.where(ids.flat >= 0)


def pairs_of(
    counted: CountedWords, ranks: Mapping[str, int], window_size: int
) -> csr_array:
    """Count the co-occurrences of one chunk, in one thread."""
    return cooccurrences(
        [as_ids(counted, ranks)], n_words=len(ranks), window_size=window_size, n_jobs=1
    )


def add_pairs(parts: list[csr_array]) -> csr_array:
    """Add up the co-occurrences of chunks."""
    return add_up(parts)


def texts_of(chunk: Any, name: str) -> list[str]:
    """Return the texts of a chunk, which may have none; `name` is for errors."""
    if isinstance(chunk, Iterator):
        chunk = list(chunk)
    if not isinstance(chunk, str) and hasattr(chunk, "__len__") and not len(chunk):
        return []
    with named(f"{name} of the texts"):
        return check_texts(chunk)


def _not_an_iterator(X):
    if isinstance(X, Iterator):
        raise TypeError(
            f"Expected texts, or a function that returns chunks of them, got an "
            f"iterator of type {type(X).__name__}. Wrap what makes it in a function: "
            "glove.fit(lambda: ...)."
        )
    return X


def _chunks_of(source):
    """Yield the lists of texts of a source."""
    chunks = source()
    if isinstance(chunks, (str, bytes, Mapping)) or not isinstance(chunks, Iterable):
        raise TypeError(
            "A source of texts must return an iterable of chunks, such as lists of "
            f"str; {source!r} returned an object of type {type(chunks).__name__}."
        )
    for i, chunk in enumerate(chunks):
        yield texts_of(chunk, f"Chunk {i}")


def _joined(chunks):
    """Join small chunks, so that what is done once a chunk is done seldom."""
    texts, characters = [], 0
    for chunk in chunks:
        texts += chunk
        characters += sum(map(len, chunk))
        if characters >= _CHARACTERS_AT_ONCE:
            yield texts
            texts, characters = [], 0
    if texts:
        yield texts


class _Loaded:
    """Chunks that were counted and stored, read when their turn comes."""

    def __init__(self, paths: list[Path]):
        self._paths = paths

    def __iter__(self):
        return map(joblib.load, self._paths)


class _Scratch(ExitStack):
    """A temporary folder, made at the first call and removed on exit."""

    _path: Path | None = None

    def __call__(self) -> Path:
        if self._path is None:
            folder = TemporaryDirectory(prefix="skglove-")
            self._path = Path(self.enter_context(folder))
        return self._path
