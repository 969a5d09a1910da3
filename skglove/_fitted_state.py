"""Vocabulary and coverage as plain state, and back: all that a loaded model needs."""

import dataclasses

import numpy as np

from ._plain import (
    InvalidStateError,
    check_int,
    check_ints,
    check_keys,
    narrow_ints,
    pack_words,
    unpack_words,
)
from .text import PADDING_TOKEN, UNKNOWN_TOKEN, TextVectorizer
from .vectors._coverage import Coverage

_MISSING = "most_frequent_missing"


def vocabulary_state(vectorizer: TextVectorizer) -> dict:
    """Return a vectorizer's vocabulary and token counts as plain state."""
    return {
        "words": pack_words(vectorizer.vocabulary_),
        "counts": narrow_ints(vectorizer.token_counts_),
    }


def with_vocabulary(vectorizer: TextVectorizer, state: dict) -> TextVectorizer:
    """Give a vectorizer the vocabulary of `vocabulary_state`, or raise an error."""
    check_keys(state, "vocabulary", ("words", "counts"))
    words = unpack_words(state["words"], "vocabulary")
    if words[:2] != [PADDING_TOKEN, UNKNOWN_TOKEN] or len({*words}) < len(words):
        raise InvalidStateError(
            f"The vocabulary must start with '' and {UNKNOWN_TOKEN!r} and have each "
            "word once."
        )
    counts = check_ints(state["counts"], "token counts", len(words))
    vectorizer.vocabulary_, vectorizer.token_counts_ = words, counts
    vectorizer._index = vectorizer._near = None
    return vectorizer


def coverage_state(coverage: Coverage | None) -> dict | None:
    """Return coverage as plain state."""
    if coverage is None:
        return None
    state = dataclasses.asdict(coverage)
    words = [word for word, _ in state[_MISSING]]
    counts = np.array([count for _, count in state[_MISSING]], dtype=np.int64)
    packed = {"words": pack_words(words), "counts": narrow_ints(counts)}
    return {**state, _MISSING: packed}


def coverage_from_state(state: dict | None) -> Coverage | None:
    """Return the coverage of `coverage_state`, or raise an error."""
    if state is None:
        return None
    names = [field.name for field in dataclasses.fields(Coverage)]
    check_keys(state, "coverage", names)
    figures = {
        name: check_int(state[name], f"coverage.{name}", 0)
        for name in names
        if name != _MISSING
    }
    missing = state[_MISSING]
    check_keys(missing, f"coverage.{_MISSING}", ("words", "counts"))
    words = unpack_words(missing["words"], f"coverage.{_MISSING}")
    counts = check_ints(missing["counts"], f"coverage.{_MISSING}.counts", len(words))
    pairs = [*zip(words, counts.tolist(), strict=True)]
    return Coverage(most_frequent_missing=pairs, **figures)
