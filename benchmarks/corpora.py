"""Corpora of the benchmarks that are made of others."""

import re

import numpy as np

_ENDS = re.compile(r"[.!?]|<br />")
_MIN_WORDS, _MAX_WORDS = 4, 59


def imdb_sentences(n, subset="train", seed=0):
    """Sentences of the IMDB reviews, each with the label of its review.

    Reviews are split at ``.``, ``!``, ``?`` and ``<br />``; sentences of 4 to 59 words
    are kept, 18 on average.

    Parameters
    ----------
    n : int
        How many sentences to draw, without replacement. The training half has about
        309,000.
    subset : {"train", "test", "all"}, default="train"
        The half whose reviews are split.
    seed : int, default=0
        The same sentences in the same order for the same seed.

    Returns
    -------
    texts : list of str of length n
        The sentences.
    labels : ndarray of shape (n,), dtype=int64
        1 for positive reviews, 0 for negative ones.

    Raises
    ------
    ValueError
        If there are fewer than n.
    """
    from skglove.datasets import fetch_imdb

    reviews, ratings = fetch_imdb(subset=subset, return_X_y=True)
    texts, labels = [], []
    for review, rating in zip(reviews, ratings, strict=True):
        for sentence in _ENDS.split(review):
            if _MIN_WORDS <= len(sentence.split()) <= _MAX_WORDS:
                texts.append(sentence.strip())
                labels.append(rating)
    if n > len(texts):
        raise ValueError(f"There are {len(texts):,} sentences, fewer than {n:,}.")
    drawn = np.random.default_rng(seed).permutation(len(texts))[:n]
    return [texts[i] for i in drawn], np.array(labels)[drawn]
