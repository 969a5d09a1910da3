"""Texts to words."""

import pytest

from skglove.text import tokenize
from skglove.text._tokenize import chunks

ASCII_WHITESPACE = " \t\n\r\x0b\x0c"
OTHER_WHITESPACE = (
    "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2003\u2028\u2029\u202f\u205f\u3000"
)


def test_only_ascii_whitespace_splits():
    text = "x".join(ASCII_WHITESPACE) + "y" + "y".join(OTHER_WHITESPACE)
    (words,) = tokenize([text], None)
    *split, last = [word.decode() for word in words]
    assert split == ["x"] * (len(ASCII_WHITESPACE) - 1)
    assert last == "y" + "y".join(OTHER_WHITESPACE)


def test_only_ascii_is_lower_cased_and_stripped():
    (words,) = tokenize(["ÀB! İX ẞ ¿Q? “don't” —"])
    assert b" ".join(words).decode() == "Àb İx ẞ ¿q “dont” —"


def words_of(text, **options):
    (words,) = tokenize([text], **options)
    return [word.decode() for word in words]


def test_a_tokenizer_takes_the_standardized_text():
    def in_pairs(text):
        return [text[i : i + 2] for i in range(0, len(text), 2)]

    assert words_of("ABC.é", tokenizer=in_pairs) == ["ab", "cé"]
    assert words_of("A b", standardize=None, tokenizer=list) == ["A", " ", "b"]


def test_empty_words_of_a_tokenizer_are_none():
    assert words_of("a  b", tokenizer=lambda text: text.split(" ")) == ["a", "b"]


def test_a_preprocessor_takes_the_place_of_standardize():
    def upper(text):
        return text.upper()

    assert words_of("a, é", preprocessor=upper) == ["A,", "É"]


def test_a_lone_surrogate_that_a_function_makes_becomes_a_question_mark():
    assert words_of("a", preprocessor=lambda _: "b\ud800") == ["b?"]
    assert words_of("a", tokenizer=lambda _: ["b\ud800"]) == ["b?"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tokenizer": lambda text: "a b"}, "list of str.*returned 'a b' of type str"),
        ({"tokenizer": lambda text: None}, "returned None of type NoneType"),
        ({"tokenizer": lambda text: ["a", 3]}, "has 3 of type int in it"),
        ({"tokenizer": str.encode}, "of type bytes"),
        ({"preprocessor": lambda text: None}, "returned None of type NoneType"),
        ({"preprocessor": str.split}, r"returned \['a', 'b'\] of type list"),
    ],
)
def test_functions_that_return_something_else_are_refused(options, message):
    with pytest.raises(TypeError, match=message):
        words_of("a b", **options)


def test_a_function_of_one_str_is_told_from_one_of_string_tensors():
    with pytest.raises(TypeError, match=r"str\.lower, goes to `preprocessor`"):
        words_of("a b", standardize=str.lower)


@pytest.mark.parametrize("n_characters", [1, 4, 100])
def test_chunks_hold_all_texts_in_order(n_characters, monkeypatch):
    monkeypatch.setattr("skglove.text._tokenize._CHUNK_CHARACTERS", n_characters)
    texts = ["", "ab", "c", "defgh", "", "i"]
    found = list(chunks(texts))
    assert [text for chunk in found for text in chunk] == texts
    for chunk in found[:-1]:
        # One text less would not fill it.
        assert len("".join(chunk[:-1])) < n_characters <= len("".join(chunk))
