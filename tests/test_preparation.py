"""Texts to ids and matrix: known forms, words of the vectors, the cache."""

import numpy as np
import pytest

from skglove import Glove, WordVectors
from skglove._preparation import prepare
from skglove.text import TextVectorizer

TEXTS = ["red-hot frogs", "a frog"]
WORDS = ["the", "red", "The", "frog", "ice-cold", "hot", "toad", "newt"]
SOURCE = WordVectors(WORDS, np.arange(1, 17).reshape(8, 2))


def vectorizer(max_tokens=8, **options):
    options = {"standardize": "lower", "sequence_length": 3, **options}
    return TextVectorizer(max_tokens, **options)


def test_back_off_fills_rows_and_is_counted():
    plain = prepare(TEXTS, vectorizer(), SOURCE)
    backed = prepare(TEXTS, vectorizer(), SOURCE, back_off=True)
    assert plain.coverage.n_words_found == 1
    assert plain.coverage.n_words_backed_off == 0
    assert backed.coverage.n_words_found == 3
    assert backed.coverage.n_words_backed_off == 2
    rows = dict(zip(backed.vectorizer.vocabulary_, backed.matrix, strict=True))
    np.testing.assert_array_equal(rows["frogs"], SOURCE["frog"])
    np.testing.assert_array_equal(rows["red-hot"], (SOURCE["red"] + SOURCE["hot"]) / 2)
    np.testing.assert_array_equal(plain.ids.flat, backed.ids.flat)


def test_unseen_words_take_the_places_left():
    plain = prepare(TEXTS, vectorizer(8), SOURCE)
    filled = prepare(TEXTS, vectorizer(8), SOURCE, unseen_words=True)
    n_words = len(plain.vectorizer.vocabulary_)
    assert n_words == 6
    vocabulary = filled.vectorizer.vocabulary_
    assert vocabulary[:n_words] == plain.vectorizer.vocabulary_
    assert vocabulary[n_words:] == ["the", "red"]
    np.testing.assert_array_equal(filled.ids.flat, plain.ids.flat)
    np.testing.assert_array_equal(filled.matrix, SOURCE.matrix_for(vocabulary))
    assert filled.coverage == plain.coverage
    assert filled.vectorizer.transform(["the red newt"]).flat.tolist() == [6, 7, 1]


def test_unseen_words_are_those_that_a_text_can_hold():
    split = vectorizer(50, standardize="lower_and_strip_punctuation")
    filled = prepare(TEXTS, split, SOURCE, unseen_words=True)
    assert filled.vectorizer.vocabulary_[-5:] == ["the", "red", "hot", "toad", "newt"]


def test_unseen_words_are_looked_for_further_down():
    source = WordVectors([*(f"Word{i}" for i in range(50)), "toad"], np.ones((51, 1)))
    filled = prepare(TEXTS, vectorizer(7), source, unseen_words=True)
    assert filled.vectorizer.vocabulary_[-1] == "toad"


@pytest.mark.parametrize("max_tokens", [None, 4])
def test_without_places_left_nothing_is_added(max_tokens):
    plain = prepare(TEXTS, vectorizer(max_tokens), SOURCE)
    filled = prepare(TEXTS, vectorizer(max_tokens), SOURCE, unseen_words=True)
    assert filled.vectorizer.vocabulary_ == plain.vectorizer.vocabulary_


def test_a_glove_of_the_texts_has_nothing_to_add():
    texts = ["red frog in hot water"] * 3
    glove = Glove(2, min_count=1, window_size=2, max_iter=1, random_state=0)
    prepared = prepare(texts, vectorizer(50), glove, back_off=True, unseen_words=True)
    assert len(prepared.vectorizer.vocabulary_) == 7
    assert prepared.coverage.n_words_backed_off == 0


def test_the_cache_tells_the_options_apart(tmp_path):
    for _ in range(2):
        for options in ({}, {"back_off": True}, {"unseen_words": True}):
            cached = prepare(TEXTS, vectorizer(), SOURCE, tmp_path, **options)
            expected = prepare(TEXTS, vectorizer(), SOURCE, **options)
            assert cached.coverage == expected.coverage
            assert cached.vectorizer.vocabulary_ == expected.vectorizer.vocabulary_
            np.testing.assert_array_equal(cached.matrix, expected.matrix)
