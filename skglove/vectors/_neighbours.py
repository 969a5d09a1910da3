"""Words that are near others: by the cosine of their vectors, by their spelling."""

from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np

# Of the most frequent words only, so that a typing error is not explained by others.
_N_SPELLED = 100_000
_N_SUGGESTED = 3


class Neighbours:
    """The nearest words by cosine; what that takes is computed once.

    Parameters
    ----------
    words : list of str of length n_words
        The words.

    vectors : ndarray of shape (n_words, dim), dtype=float32
        Their vectors.

    index : dict of str to int
        The row of each word.
    """

    def __init__(self, words: list[str], vectors: np.ndarray, index: dict[str, int]):
        self._words, self._vectors, self._index = words, vectors, index
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
        with np.errstate(divide="ignore"):
            # A vector of length zero points nowhere: it is unlike all others.
            self._scale = np.where(lengths > 0, 1 / lengths, 0).astype(np.float32)

    def most_similar(self, positive, negative, topn: int) -> list[tuple[str, float]]:
        """Return the nearest words; see :meth:`WordVectors.most_similar`."""
        if topn < 0:
            raise ValueError(f"topn must be 0 or more, got {topn}.")
        given = [(each, 1) for each in self._as_list(positive)]
        given += [(each, -1) for each in self._as_list(negative)]
        if not given:
            raise ValueError("Expected at least one word or vector, got none.")
        total, own = np.zeros(self._vectors.shape[1]), []
        for each, sign in given:
            if isinstance(each, str):
                own.append(self._row_of(each))
                total += sign * self._vectors[own[-1]] * float(self._scale[own[-1]])
            else:
                length = np.linalg.norm(each)
                total += sign * each / length if length else 0
        length = np.linalg.norm(total)
        if length:
            total /= length
        cosine = self._vectors @ total.astype(np.float32)
        cosine *= self._scale
        cosine[own] = -np.inf
        topn = min(topn, len(cosine) - len(set(own)))
        if not topn:
            return []
        # Those as near as the last one all take part, so that ties go by row.
        least = -np.partition(-cosine, topn - 1)[topn - 1]
        rows = np.flatnonzero(cosine >= least)
        rows = rows[np.argsort(-cosine[rows], kind="stable")][:topn]
        return [(self._words[i], float(cosine[i])) for i in rows]

    def _as_list(self, given):
        """Return the words and vectors in one, or in several of them."""
        if isinstance(given, str):
            return [given]
        if not isinstance(given, Iterable):
            raise TypeError(
                f"Expected a word, a vector or several of them, got {given!r} of type "
                f"{type(given).__name__}."
            )
        given = list(given)
        if given and all(np.ndim(each) == 0 for each in given):
            if not any(isinstance(each, str) for each in given):
                given = [given]
        return [
            each if isinstance(each, str) else self._check_vector(each)
            for each in given
        ]

    def _check_vector(self, vector):
        vector = np.asarray(vector, dtype=np.float64)
        dim = self._vectors.shape[1]
        if vector.shape != (dim,):
            raise ValueError(
                f"Expected a vector of shape ({dim},), got shape {vector.shape}."
            )
        if not np.isfinite(vector).all():
            raise ValueError("A vector holds NaN or infinity.")
        return vector

    def _row_of(self, word):
        """Return the row of a word or, if it has none, of the word in another case."""
        for spelling in (word, word.lower(), word.capitalize(), word.upper()):
            if spelling in self._index:
                return self._index[spelling]
        spelled = spelled_like(word, self._words[:_N_SPELLED])
        hint = f" Near it are {', '.join(map(repr, spelled))}." if spelled else ""
        raise KeyError(f"The word {word!r} has no vector.{hint}")


def spelled_like(word: str, words: list[str]) -> list[str]:
    """Return words that are spelled like another, the most alike first.

    Parameters
    ----------
    word : str
        The word.

    words : list of str
        What to choose from.

    Returns
    -------
    spelled : list of str
        At most three of them.

    Examples
    --------
    >>> from skglove.vectors._neighbours import spelled_like
    >>> spelled_like("elephnat", ["elegant", "elephant", "plant"])
    ['elephant']
    """
    word = word.lower()
    # difflib compares thousands of words a second. Of those that it would take, nearly
    # all share one of the first two letters and are of about the same length.
    alike = [
        other
        for other in words
        if abs(len(other) - len(word)) <= 2 and {*other[:2]} & {*word[:2]}
    ]
    return get_close_matches(word, alike, n=_N_SUGGESTED, cutoff=0.7)
