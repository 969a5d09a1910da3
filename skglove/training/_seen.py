"""What a training on the next chunk of texts has of those before."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from ..text import TokenIds
from ._linear import LinearParts

# How many texts, and how many of their words, are kept of those seen so far.
_MAX_TEXTS, _MAX_WORDS = 50_000, 15_000_000


@dataclass(frozen=True, eq=False)
class Seen:
    """What a training on the next chunk has of the texts before.

    Attributes
    ----------
    ids : TokenIds
        A random sample of the texts.

    codes : ndarray of shape (n,) or csr_array of shape (n, n_outputs)
        Their classes.

    weight : ndarray of shape (n,)
        Their weights.

    draws : ndarray of shape (n,)
        A random number of each: those with the smallest are kept.

    n_texts : int
        How many texts there were.

    bigram_keys : ndarray of shape (n_bigrams,)
        The bigrams that the parts know.

    linear : LinearParts or None
        The linear parts.

    n_for_characters : int
        From how many texts the part of characters was learned.

    scores : list of ndarray of shape (n_scored, n_outputs)
        Scores that each part gave texts which it had not learned from.

    targets, score_weight : ndarray of shape (n_scored, n_outputs) and (n_scored,)
        The classes and weights of those texts.

    of_fit : tuple or None
        Shares and temperature that a fit found, where it came first.
    """

    ids: TokenIds
    codes: np.ndarray | csr_array
    weight: np.ndarray
    draws: np.ndarray
    n_texts: int
    bigram_keys: np.ndarray
    linear: LinearParts | None = None
    n_for_characters: int = 0
    scores: list | None = None
    targets: np.ndarray | None = None
    score_weight: np.ndarray | None = None
    of_fit: tuple | None = None


def seen_in_fit(
    ids, codes, sample_weight, rng, *, bigram_keys, linear, shares, temperature
):
    """Return what a fit leaves to go on with."""
    weight = np.ones(len(ids)) if sample_weight is None else sample_weight
    sample = sample_of(ids, codes, weight, rng.random_sample(len(ids)))
    return Seen(
        **sample,
        n_texts=len(ids),
        bigram_keys=bigram_keys,
        linear=linear,
        n_for_characters=len(ids),
        of_fit=(shares, *temperature),
    )


def n_texts_trained_on(continued, n_texts: int) -> int:
    """Return of how many texts an epoch is: the chunk's and as many of those before."""
    if continued is None:
        return n_texts
    return n_texts + min(n_texts, len(continued.training_state["seen"].ids))


def sample_of(ids, codes, weight, draws):
    """Return those texts that are kept, by the names that they have in `Seen`."""
    rows = np.argsort(draws, kind="stable")[:_MAX_TEXTS]
    n_kept = np.searchsorted(np.cumsum(ids.lengths[rows]), _MAX_WORDS, side="right")
    rows = np.sort(rows[: max(1, n_kept)])
    return {
        "ids": ids[rows],
        "codes": codes[rows],
        "weight": weight[rows],
        "draws": draws[rows],
    }
