"""Coverage: how much of the training texts the word vectors know."""

from dataclasses import dataclass

import numpy as np

from .vectorizer import FIRST_WORD_ID

_MISSING_WORDS = 20


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary, and of the texts it is from, word vectors know.

    Attributes
    ----------
    n_words : int
        Words of the vocabulary, without padding and `[UNK]`.

    n_words_found : int
        Those that have a vector.

    n_tokens : int
        Words of the training texts, each as often as it stands there, in the
        vocabulary or not.

    n_tokens_found : int
        Those that have a vector.

    most_frequent_missing : list of (str, int)
        Words of the vocabulary that have no vector and how often they stand in the
        training texts, the most frequent first; at most 20.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove import Coverage, WordVectors
    >>> vocabulary = ["", "[UNK]", "frog", "xyzzy"]
    >>> token_counts = np.array([0, 1, 5, 2])
    >>> matrix = WordVectors(["frog"], [[1, 0]]).matrix_for(vocabulary)
    >>> print(Coverage.of(vocabulary, token_counts, matrix))
    words:  1 of 2 found (50.0%), 1 not
    tokens: 5 of 8 found (62.5%)
    most frequent not found: xyzzy (2)
    """

    n_words: int
    n_words_found: int
    n_tokens: int
    n_tokens_found: int
    most_frequent_missing: list

    @classmethod
    def of(cls, vocabulary, token_counts, matrix):
        """Compare a vocabulary with the matrix that was made for it.

        Parameters
        ----------
        vocabulary : list of str of length n_tokens
            Padding and `[UNK]` first.

        token_counts : ndarray of shape (n_tokens,)
            How often each entry stands in the training texts.

        matrix : ndarray of shape (n_tokens, dim)
            Zero rows for what has no vector.

        Returns
        -------
        coverage : Coverage
            The figures.
        """
        found = matrix.any(axis=1)
        missing = np.flatnonzero(~found[FIRST_WORD_ID:])[:_MISSING_WORDS]
        return cls(
            n_words=len(vocabulary) - FIRST_WORD_ID,
            n_words_found=int(found.sum()),
            n_tokens=int(token_counts.sum()),
            n_tokens_found=int(token_counts[found].sum()),
            most_frequent_missing=[
                (vocabulary[i], int(token_counts[i])) for i in missing + FIRST_WORD_ID
            ],
        )

    def __str__(self):
        words = self.n_words_found / self.n_words
        tokens = self.n_tokens_found / self.n_tokens
        lines = [
            f"words:  {self.n_words_found:,} of {self.n_words:,} found ({words:.1%}), "
            f"{self.n_words - self.n_words_found:,} not",
            f"tokens: {self.n_tokens_found:,} of {self.n_tokens:,} found "
            f"({tokens:.1%})",
        ]
        if self.most_frequent_missing:
            missing = ", ".join(
                f"{word} ({count:,})" for word, count in self.most_frequent_missing[:10]
            )
            lines.append(f"most frequent not found: {missing}")
        return "\n".join(lines)
