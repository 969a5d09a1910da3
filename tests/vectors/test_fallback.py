"""Words without a vector that get the vector of a form that has one."""

import numpy as np
import pytest

from skglove import WordVectors
from skglove.vectors._fallback import back_off, known_forms

DIM = 3


def make_vectors(words):
    """Vectors that differ for every word."""
    return WordVectors(words, np.random.default_rng(0).random((len(words), DIM)) + 1)


def form_of(word, known, vocabulary=()):
    """The row that a word gets, and the word vectors it is from."""
    vectors = make_vectors(known)
    words = ["", "[UNK]", word, *vocabulary]
    matrix, known = vectors.look_up(words)
    backed_off = back_off(words, matrix, known, vectors)
    np.testing.assert_array_equal(backed_off[:2], False)
    assert backed_off[2] == matrix[2].any()
    np.testing.assert_array_equal(known, matrix.any(axis=1))
    return matrix[2], vectors


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("mother-in-law", ["mother", "in", "law"]),
        ("and/or", ["and", "or"]),
        ("x.window_size", ["x", "window", "size"]),
        ("cat,", ["cat"]),
        ("don't", ["do", "n't"]),
        ("it’s", ["it", "'s"]),  # noqa: RUF001
        ("Frog", ["frog"]),
        ("paris", ["Paris"]),
        ("nasa", ["NASA"]),
        ("shouldnt", ["should", "n't"]),
        ("theyve", ["they", "'ve"]),
        ("soooo", ["so"]),
        ("goood", ["good"]),
        ("protégé", ["protege"]),
        ("Églises", ["eglise"]),
        ("hitchcocks", ["hitchcock"]),
        ("moviebr", ["movie"]),
        ("24bit", ["bit"]),
        ("1993apr20", ["apr"]),
    ],
)
def test_a_word_gets_the_mean_of_a_known_form(word, form):
    row, vectors = form_of(word, ["unrelated", *form])
    np.testing.assert_allclose(row, vectors.matrix_for(form).mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("mother-in-law", ["mother", "law"]),  # not of some of the parts
        ("paint", ["pai", "n't"]),
        ("class", ["clas"]),
        ("g9v", ["g", "v", "9"]),
        ("2000", ["20", "200", "2"]),
        ("***", ["*"]),
        ("comming", ["coming"]),  # spelling is not corrected
    ],
)
def test_a_word_without_a_known_form_stays_without(word, known):
    assert not form_of(word, known)[0].any()


def test_of_two_squeezed_forms_the_one_in_the_texts_is_taken():
    known = ["loong", "long", "god", "good"]
    row, vectors = form_of("loooong", known, vocabulary=["long"])
    np.testing.assert_array_equal(row, vectors["long"])
    row, vectors = form_of("goood", known, vocabulary=["god", "good"])
    np.testing.assert_array_equal(row, vectors["good"])


def test_words_that_have_a_vector_keep_it():
    vectors = make_vectors(["cats", "cat", "dog"])
    vocabulary = ["", "[UNK]", "cats", "dogs", "bird"]
    matrix, known = vectors.look_up(vocabulary)
    filled = back_off(vocabulary, matrix, known, vectors)
    assert filled.tolist() == [False, False, False, True, False]
    assert known.tolist() == [False, False, True, True, False]
    np.testing.assert_array_equal(matrix[2], vectors["cats"])
    np.testing.assert_array_equal(matrix[3], vectors["dog"])


def test_vectors_are_asked_once_for_all_forms():
    class Asked(WordVectors):
        n_times = 0

        def look_up(self, vocabulary):
            self.n_times += 1
            return super().look_up(vocabulary)

    vectors = Asked(["cat", "dog"], np.ones((2, DIM)))
    vocabulary = ["", "[UNK]", "cats", "dogs", "cat-dog"]
    matrix, known = np.zeros((5, DIM), dtype=np.float32), np.zeros(5, dtype=bool)
    assert back_off(vocabulary, matrix, known, vectors).sum() == 3
    assert vectors.n_times == 1


def test_forms_are_other_words_each_once(make_odd_texts):
    words = [text for text in make_odd_texts(500, seed=0) if text]
    for word in words:
        forms = list(known_forms(word))
        assert len(set(forms)) == len(forms)
        assert () not in forms and (word,) not in forms


def test_a_vector_of_zeros_is_a_vector():
    vectors = WordVectors(["cats", "cat", "dogs"], [[0, 0], [1, 2], [0, 0]])
    vocabulary = ["", "[UNK]", "cats", "dog's"]
    matrix, known = vectors.look_up(vocabulary)
    assert not back_off(vocabulary, matrix, known, vectors).any()
    assert known.tolist() == [False, False, True, False]
    assert not matrix.any()
