"""What each word and n-gram of a text adds to its logits."""

from dataclasses import dataclass

import numpy as np

from ..text import TokenIds


@dataclass(frozen=True, eq=False)
class Contributions:
    """What the words, bigrams and trigrams of texts add to the logits.

    The logits of a text are its intercept and the sum of what these add:
    :meth:`logits`.

    Attributes
    ----------
    words : ndarray of shape (n_places, n_outputs), dtype=float32
        What the word at each place of `TokenIds.flat` adds. What a word adds to a text
        is shared equally among the places it has there.

    ngrams : ndarray of shape (n_ngrams, n_outputs), dtype=float32
        What each two or three neighbouring words add that are known as a bigram or
        trigram, shared likewise.

    ngram_places : ndarray of shape (n_ngrams,), dtype=int64
        The place in `TokenIds.flat` of the first word of each, ascending.

    ngram_lengths : ndarray of shape (n_ngrams,), dtype=int64
        How many words each has: 2 or 3.

    intercept : ndarray of shape (n_texts, n_outputs), dtype=float32
        What a text without words would have.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove.networks import Contributions
    >>> from skglove.text import TokenIds
    >>> ids = TokenIds(np.array([5, 2, 7], dtype=np.int32), np.array([2, 1]))
    >>> contributions = Contributions(
    ...     words=np.array([[1.0], [0.5], [-2.0]], dtype=np.float32),
    ...     ngrams=np.array([[0.25]], dtype=np.float32),
    ...     ngram_places=np.array([0]),
    ...     ngram_lengths=np.array([2]),
    ...     intercept=np.array([[0.5], [0.5]], dtype=np.float32),
    ... )
    >>> contributions.logits(ids).tolist()
    [[2.25], [-1.5]]
    """

    words: np.ndarray
    ngrams: np.ndarray
    ngram_places: np.ndarray
    ngram_lengths: np.ndarray
    intercept: np.ndarray

    def logits(self, ids: TokenIds) -> np.ndarray:
        """Return intercepts and contributions added up, by text.

        Parameters
        ----------
        ids : TokenIds
            The texts that these are the contributions of.

        Returns
        -------
        logits : ndarray of shape (n_texts, n_outputs), dtype=float32
            The sums.
        """
        texts = np.repeat(np.arange(len(ids)), ids.lengths)
        logits = self.intercept.astype(np.float64)  # of a thousand words
        np.add.at(logits, texts, self.words)
        np.add.at(logits, texts[self.ngram_places], self.ngrams)
        return logits.astype(np.float32)
