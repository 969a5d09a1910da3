"""Coverage: how much of the training texts the word vectors know."""

from dataclasses import dataclass

import numpy as np

from ..text import FIRST_WORD_ID

_MISSING_WORDS = 20


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary, and of the texts it is from, word vectors know.

    Attributes
    ----------
    n_words : int
        Words of the vocabulary that stand in the training texts, without padding and
        `[UNK]`.

    n_words_found : int
        Those that have a vector, of their own or of a known form.

    n_tokens : int
        Words of the training texts, each as often as it stands there, in the
        vocabulary or not.

    n_tokens_found : int
        Those that have a vector.

    most_frequent_missing : list of (str, int)
        Words of the vocabulary that have no vector and how often they stand in the
        training texts, the most frequent first; at most 20.

    n_words_backed_off : int
        Words that have the vector of a known form, as "red-hot" the mean of those of
        "red" and "hot". They are among `n_words_found`.

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
    n_words_backed_off: int = 0

    @classmethod
    def of(cls, vocabulary, token_counts, matrix, backed_off=None):
        """Compare a vocabulary with the matrix that was made for it.

        Parameters
        ----------
        vocabulary : list of str of length n_tokens
            Padding and `[UNK]` first.

        token_counts : ndarray of shape (n_tokens,)
            How often each entry stands in the training texts. Words that do not stand
            there are not counted.

        matrix : ndarray of shape (n_tokens, dim)
            Zero rows for what has no vector.

        backed_off : ndarray of shape (n_tokens,), dtype=bool, default=None
            The rows of words that have the vector of a known form. None is no row.

        Returns
        -------
        coverage : Coverage
            The figures.
        """
        in_texts = token_counts > 0
        in_texts[:FIRST_WORD_ID] = False
        found = matrix.any(axis=1) & in_texts
        missing = np.flatnonzero(~found & in_texts)[:_MISSING_WORDS]
        return cls(
            n_words=int(in_texts.sum()),
            n_words_found=int(found.sum()),
            n_tokens=int(token_counts.sum()),
            n_tokens_found=int(token_counts[found].sum()),
            most_frequent_missing=[
                (vocabulary[i], int(token_counts[i])) for i in missing
            ],
            n_words_backed_off=(
                0 if backed_off is None else int((found & backed_off).sum())
            ),
        )

    def __str__(self):
        words = self.n_words_found / self.n_words
        tokens = self.n_tokens_found / self.n_tokens
        backed_off = (
            f"; {self.n_words_backed_off:,} by a known form"
            if self.n_words_backed_off
            else ""
        )
        lines = [
            f"words:  {self.n_words_found:,} of {self.n_words:,} found ({words:.1%}), "
            f"{self.n_words - self.n_words_found:,} not{backed_off}",
            f"tokens: {self.n_tokens_found:,} of {self.n_tokens:,} found "
            f"({tokens:.1%})",
        ]
        if self.most_frequent_missing:
            missing = ", ".join(
                f"{word} ({count:,})" for word, count in self.most_frequent_missing[:10]
            )
            lines.append(f"most frequent not found: {missing}")
        return "\n".join(lines)
