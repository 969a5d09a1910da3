"""The words and n-grams that speak most for each class, over many texts."""

from dataclasses import dataclass, fields

import numpy as np

from .._plain import InvalidStateError, check_array, check_keys
from ..text import FIRST_WORD_ID, TokenIds
from ._bag_tables import BIGRAM_PARTS, EPSILON, WORD_PARTS, BagTables
from ._contributions import Contributions
from ._rows import sublinear, trigram_keys, words_of_ngrams

#: How many a class are kept at most.
MAX_TERMS = 100

NO_WORD = -1


@dataclass(frozen=True, eq=False)
class TopTerms:
    """The words, bigrams and trigrams that speak most for each class.

    A word that adds c to the score of a class in the texts that have it, on the
    average, and that the part p of the texts has, spreads the score by
    `c * sqrt(p * (1 - p))`: what all texts have tells them apart as little as what
    hardly one has. They are those with the largest such spread and a
    positive c.

    Attributes
    ----------
    first, second, third : ndarray of shape (n_classes, n_terms), dtype=int32
        The ids of the words of each, the largest spread first: -1 is for no word. A
        class that has no more terms has none.

    contributions : ndarray of shape (n_classes, n_terms), dtype=float32
        What each adds to the class's score, on the average of the texts that have it.

    n_texts : ndarray of shape (n_classes, n_terms), dtype=int32
        How many texts have it.
    """

    first: np.ndarray
    second: np.ndarray
    third: np.ndarray
    contributions: np.ndarray
    n_texts: np.ndarray

    @classmethod
    def of_training(cls, tables: BagTables, words, bigrams) -> "TopTerms":
        """Find those of a bag, over the sparse rows that it was trained on.

        Parameters
        ----------
        tables : BagTables
            The bag.

        words, bigrams : StoredRows of shape (n_texts, n_tokens) and \
                (n_texts, n_bigrams)
            The counts.

        Returns
        -------
        terms : TopTerms
            The terms.
        """
        n_tokens, n_texts = tables.n_tokens, words.shape[0]
        of_words = np.zeros((n_tokens, len(WORD_PARTS)))
        of_bigrams = np.zeros((bigrams.shape[1], len(BIGRAM_PARTS)))
        for texts in words.block_slices():
            u, v = sublinear(words[texts]), sublinear(bigrams[texts])
            squares = u.power(2) @ tables.word_squares
            bigram_squares = v.power(2) @ tables.bigram_squares
            squares[:, 0] += bigram_squares[:, 0]
            sizes = 1 / np.sqrt(squares + EPSILON)
            of_words += u.T @ sizes
            sizes[:, 1] = 1 / np.sqrt(bigram_squares[:, 1] + EPSILON)
            of_bigrams += v.T @ sizes[:, : len(BIGRAM_PARTS)]
        none = np.full(n_tokens, NO_WORD)
        ngrams = words_of_ngrams(tables.bigram_keys, n_tokens)
        return cls._largest(
            [
                np.concatenate([alone, of_ngrams])
                for alone, of_ngrams in zip(
                    (np.arange(n_tokens), none, none), ngrams, strict=True
                )
            ],
            np.concatenate(
                [
                    _summed(of_words, tables.words),
                    _summed(of_bigrams, tables.bigrams),
                ]
            ),
            np.concatenate([words.document_counts(), bigrams.document_counts()]),
            n_texts,
        )

    @classmethod
    def of(
        cls, ids: TokenIds, contributions: Contributions, n_tokens: int
    ) -> "TopTerms":
        """Find those of any network, over the texts of these contributions.

        Parameters
        ----------
        ids : TokenIds
            The texts.

        contributions : Contributions
            What their words and n-grams add.

        n_tokens : int
            Size of the vocabulary; words outside it are passed over.

        Returns
        -------
        terms : TopTerms
            The terms.
        """
        texts = np.repeat(np.arange(len(ids)), ids.lengths)
        places = contributions.ngram_places
        flat = ids.flat.astype(np.int64)
        is_known = (flat >= FIRST_WORD_ID) & (flat < n_tokens)
        # The key of a word alone is below those of all bigrams, as ids start at 2.
        pairs = flat[places] * n_tokens + flat[places + 1]
        long = np.flatnonzero(contributions.ngram_lengths == 3)
        pairs[long] = trigram_keys(pairs[long], flat[places[long] + 2], n_tokens)
        keys = np.concatenate([flat[is_known], pairs])
        added = np.concatenate([contributions.words[is_known], contributions.ngrams])
        keys, term = np.unique(keys, return_inverse=True)
        sums = np.zeros((len(keys), added.shape[1]))
        np.add.at(sums, term, added)
        texts = np.concatenate([texts[is_known], texts[places]])
        pairs = np.unique(term * len(ids) + texts)
        n_with = np.bincount(pairs // len(ids), minlength=len(keys))
        first, second, third = words_of_ngrams(keys, n_tokens)
        is_word = keys < n_tokens
        return cls._largest(
            [
                np.where(is_word, keys, first),
                np.where(is_word, NO_WORD, second),
                third,
            ],
            sums,
            n_with,
            len(ids),
        )

    @classmethod
    def _largest(cls, words, sums, n_with, n_texts):
        """Take the terms with the largest spread for each class.

        `words` holds the first, second and third word of each.
        """
        part = n_with / n_texts
        means = sums / np.maximum(n_with, 1)[:, np.newaxis]
        if means.shape[1] == 1:  # of two classes the logit is that of the second
            means = np.hstack([-means, means])
        n_kept = min(MAX_TERMS, len(means))
        shape = means.shape[1], n_kept
        terms = cls(
            *(np.full(shape, NO_WORD, np.int32) for _ in words),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.int32),
        )
        for row, mean in enumerate(means.T):
            spread = mean * np.sqrt(part * (1 - part))
            best = np.argsort(-spread, kind="stable")[:n_kept]
            best = best[spread[best] > 0]
            of_row = slice(len(best))
            for found, of_all in zip(terms.words, words, strict=True):
                found[row, of_row] = of_all[best]
            terms.contributions[row, of_row] = mean[best]
            terms.n_texts[row, of_row] = n_with[best]
        return terms

    @property
    def words(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The ids of the first, second and third word of each."""
        return self.first, self.second, self.third

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_state(cls, state: dict, n_tokens: int, n_classes: int) -> "TopTerms":
        """Return the terms whose `state` this is; nothing in it is believed."""
        names = {field.name for field in fields(cls)} - {"third"}
        check_keys(state, "top_terms", sorted(names), ["third"])
        first = check_array(
            state["first"], "top_terms.first", np.int32, (n_classes, None)
        )
        # Files of before there were trigrams have no third words.
        state = {"third": np.full_like(first, NO_WORD), **state}
        arrays = {
            name: check_array(state[name], f"top_terms.{name}", dtype, first.shape)
            for name, dtype in (
                ("second", np.int32),
                ("third", np.int32),
                ("contributions", np.float32),
                ("n_texts", np.int32),
            )
        }
        terms = cls(first=first, **arrays)
        for name, ids in zip(("first", "second", "third"), terms.words, strict=True):
            if ids.size and (ids.min() < NO_WORD or ids.max() >= n_tokens):
                raise InvalidStateError(
                    f"top_terms.{name} holds ids that are not in the vocabulary."
                )
        return terms


def _summed(weights, table):
    """Return what each id adds to the logits of all texts.

    `weights` has a column a part, what the texts divide it by summed up; `table` has
    the columns of all parts side by side.
    """
    n_parts = weights.shape[1]
    parts = table.reshape(len(table), n_parts, table.shape[1] // n_parts)
    return np.einsum("ip,ipk->ik", weights, parts)
