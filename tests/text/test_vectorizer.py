"""Texts to ids: the agreement with Keras, and what is learned."""

import pickle
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skglove.text import TextVectorizer, tokenize


def lower_all(texts):
    """A callable `standardize` that lower-cases more than ASCII."""
    import tensorflow as tf

    return tf.strings.lower(texts, encoding="utf-8")


def assert_same(ids, expected):
    np.testing.assert_array_equal(ids.flat, expected.flat)
    np.testing.assert_array_equal(ids.lengths, expected.lengths)


def word_rows(vectorizer, texts):
    """The words in place of the ids."""
    return [
        [vectorizer.vocabulary_[i] for i in row]
        for row in vectorizer.transform(texts).padded()
    ]


@pytest.mark.parametrize("max_tokens", [None, 3, 40])
@pytest.mark.parametrize(
    "standardize",
    ["lower_and_strip_punctuation", "lower", "strip_punctuation", None, lower_all],
)
def test_vocabulary_and_ids_are_those_of_keras(standardize, max_tokens, make_odd_texts):
    import keras

    train, test = make_odd_texts(200, seed=0), make_odd_texts(100, seed=1)
    layer = keras.layers.TextVectorization(
        max_tokens, standardize=standardize, output_sequence_length=6
    )
    layer.adapt(train)
    vectorizer = TextVectorizer(max_tokens, sequence_length=6, standardize=standardize)
    ids = vectorizer.fit_transform(train)
    assert vectorizer.vocabulary_ == layer.get_vocabulary()
    np.testing.assert_array_equal(ids.padded(6), layer(train))
    np.testing.assert_array_equal(vectorizer.transform(test).padded(6), layer(test))


def test_ids_of_words_that_end_in_nul_are_those_of_keras():
    import keras

    # Its get_vocabulary drops these NULs, its ids do not.
    train = ["a a\0 a\0 a\0\0", "\0 \0 \0 \0 b", "a \0b"]
    layer = keras.layers.TextVectorization(output_sequence_length=5)
    layer.adapt(train)
    ids = TextVectorizer(None, sequence_length=5).fit_transform(train)
    np.testing.assert_array_equal(ids.padded(5), layer(train))


@pytest.mark.parametrize("padding", ["post", "pre"])
@pytest.mark.parametrize("truncating", ["post", "pre"])
def test_padding_and_truncating_are_those_of_pad_sequences(padding, truncating):
    import keras

    texts = [" ".join("abcdefgh"[:n]) for n in range(9)]
    whole = TextVectorizer(sequence_length=8).fit_transform(texts)
    ids = TextVectorizer(sequence_length=4, truncating=truncating).fit_transform(texts)
    expected = keras.utils.pad_sequences(
        np.split(whole.flat, whole.ends[1:-1]),
        maxlen=4,
        padding=padding,
        truncating=truncating,
    )
    rows = ids.padded(4, padding)
    np.testing.assert_array_equal(rows, expected)
    assert rows.dtype == np.int32


def test_ties_are_broken_by_the_words_high_to_low():
    vectorizer = TextVectorizer().fit(["b é a z \uffff 🐸 aa"])
    # In UTF-8, where \uffff comes before what needs four bytes.
    assert vectorizer.vocabulary_[2:] == ["🐸", "\uffff", "é", "z", "b", "aa", "a"]


def test_vocabulary_keeps_the_most_frequent_words():
    vectorizer = TextVectorizer(4).fit(["c b a", "c b", "c"])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "c", "b"]
    assert word_rows(vectorizer, ["a b c"])[0][:4] == ["[UNK]", "b", "c"]


def test_token_counts_are_those_of_the_training_texts(make_odd_texts):
    texts = make_odd_texts(200, seed=2)
    counts = Counter(word.decode() for words in tokenize(texts) for word in words)
    vectorizer = TextVectorizer(30).fit(texts)
    known = vectorizer.vocabulary_[2:]
    assert len(known) == 28
    assert vectorizer.token_counts_[2:].tolist() == [counts[word] for word in known]
    assert vectorizer.token_counts_[0] == 0
    assert vectorizer.token_counts_.sum() == sum(counts.values())
    assert vectorizer.token_counts_.dtype == np.int64


def test_unk_in_a_text_is_the_unknown_word():
    vectorizer = TextVectorizer(sequence_length=3, standardize=None)
    ids = vectorizer.fit_transform(["[UNK] a [UNK]", "[unk] a"])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "a", "[unk]"]
    assert ids.padded().tolist() == [[1, 2, 1], [3, 2, 0]]
    assert vectorizer.transform(["a [UNK]"]).flat.tolist() == [2, 1]
    assert vectorizer.token_counts_.tolist() == [0, 2, 2, 1]


def test_an_empty_text_among_others_has_no_ids():
    vectorizer = TextVectorizer(sequence_length=2)
    ids = vectorizer.fit_transform(["", "a", " \n"])
    assert (ids.flat.tolist(), ids.lengths.tolist()) == ([2], [0, 1, 0])
    assert len(vectorizer.transform([""]).flat) == 0


def test_fit_transform_is_fit_and_transform(make_odd_texts):
    texts = make_odd_texts(100, seed=3)
    options = {"max_tokens": 40, "sequence_length": 5, "truncating": "pre"}
    one, other = TextVectorizer(**options), TextVectorizer(**options)
    ids = one.fit_transform(texts)
    assert other.fit(texts) is other
    assert one.vocabulary_ == other.vocabulary_
    np.testing.assert_array_equal(one.token_counts_, other.token_counts_)
    assert_same(ids, other.transform(texts))
    assert_same(ids, one.transform(texts))


@pytest.mark.parametrize(
    "standardize", ["lower", "lower_and_split_punctuation", lower_all]
)
@pytest.mark.parametrize("n_characters", [1, 20, 10**9])
def test_chunks_change_nothing(monkeypatch, n_characters, standardize, make_odd_texts):
    train, test = [*make_odd_texts(50, seed=4), ""], ["", *make_odd_texts(50, seed=5)]
    vectorizer = TextVectorizer(60, sequence_length=6, standardize=standardize)
    ids, counts = vectorizer.fit_transform(train), vectorizer.token_counts_
    others = vectorizer.transform(test)
    monkeypatch.setattr("skglove.text._tokenize._CHUNK_CHARACTERS", n_characters)
    assert_same(vectorizer.fit_transform(train), ids)
    np.testing.assert_array_equal(vectorizer.token_counts_, counts)
    assert_same(vectorizer.transform(test), others)


def test_a_second_fit_forgets_the_first():
    vectorizer = TextVectorizer(sequence_length=2).fit(["old words"])
    vectorizer.transform(["old"])
    vectorizer.fit(["new"])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "new"]
    assert vectorizer.transform(["old new"]).flat.tolist() == [1, 2]


def test_extend_adds_words_behind_those_of_the_texts(make_odd_texts):
    texts = make_odd_texts(100, seed=6)
    vectorizer = TextVectorizer(None, sequence_length=6)
    ids = vectorizer.fit_transform(texts)
    vocabulary, counts = vectorizer.vocabulary_, vectorizer.token_counts_
    assert vectorizer.extend(["frog", "toad", "frog"]) is vectorizer
    assert vectorizer.vocabulary_ == [*vocabulary, "frog", "toad"]
    assert vectorizer.token_counts_.tolist() == [*counts, 0, 0]
    assert vectorizer.token_counts_.dtype == np.int64
    assert_same(vectorizer.transform(texts), ids)
    assert word_rows(vectorizer, ["Toad?"])[0][0] == "toad"


@pytest.mark.parametrize(
    ("standardize", "added"),
    [
        ("lower_and_strip_punctuation", ["plain", "é", "É"]),
        ("lower_and_split_punctuation", ["plain", "n't", "'s", "--", "...", "é", "É"]),
        ("lower", ["plain", "n't", "'s", "e-mail", "--", "...", "é", "É"]),
        (None, ["plain", "n't", "'s", "e-mail", "--", "...", "Upper", "é", "É"]),
        (lower_all, ["plain", "n't", "'s", "e-mail", "--", "...", "é"]),
    ],
)
def test_extend_passes_over_words_that_no_text_can_hold(standardize, added):
    words = "plain n't 's e-mail -- ... Upper é É".split()
    vectorizer = TextVectorizer(standardize=standardize).fit(["a"])
    vectorizer.extend(["", "[UNK]", "a", "two words", "\ud800", "end\n", *words])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "a", *added]


def test_extend_goes_as_far_as_max_tokens():
    vectorizer = TextVectorizer(5).fit(["a b"])
    vectorizer.transform(["c"])  # which makes the index
    vectorizer.extend(["B", "c", "d"])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "b", "a", "c"]
    assert vectorizer.transform(["c d"]).flat.tolist() == [4, 1]
    assert vectorizer.extend(["e"]).vocabulary_ == ["", "[UNK]", "b", "a", "c"]
    assert vectorizer.fit(["z"]).vocabulary_ == ["", "[UNK]", "z"]


def test_extend_asks_for_a_fit_first():
    with pytest.raises(NotFittedError):
        TextVectorizer().extend(["a"])


def test_a_failed_fit_leaves_the_vectorizer_as_it_was():
    vectorizer = TextVectorizer(sequence_length=2).fit(["old words"])
    with pytest.raises(ValueError, match="no words"):
        vectorizer.fit(["", "!"])
    assert vectorizer.transform(["old new"]).flat.tolist() == [3, 1]


def test_memory_grows_with_the_ids_not_with_texts_times_the_longest():
    texts = ["a few words"] * 2_000 + ["word " * 40_000]
    vectorizer = TextVectorizer(sequence_length=10)
    # A fixed-width array of these texts would take 4 * 2,001 * 200,000 bytes: 1.6 GB.
    tracemalloc.start()
    try:
        vectorizer.fit_transform(texts)
        vectorizer.transform(texts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50e6


def test_pickle_works_and_leaves_the_index_out():
    texts = [f"word{i}" for i in range(2_000)]
    vectorizer = TextVectorizer(sequence_length=2).fit(texts)
    before = pickle.dumps(vectorizer)
    ids = vectorizer.transform(texts)  # which makes the index
    after = pickle.dumps(vectorizer)
    assert len(after) == len(before)
    assert_same(pickle.loads(after).transform(texts), ids)
    assert_same(vectorizer.transform(texts), ids)


def test_clone_is_not_fitted():
    vectorizer = TextVectorizer(50, truncating="pre").fit(["a"])
    cloned = clone(vectorizer)
    assert cloned.get_params() == vectorizer.get_params()
    with pytest.raises(NotFittedError):
        cloned.transform(["a"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_tokens", 2),
        ("max_tokens", "all"),
        ("sequence_length", 0),
        ("tokenizer", "split"),
        ("preprocessor", 3),
        ("truncating", None),
        ("standardize", "upper"),
    ],
)
def test_fit_refuses_bad_parameters(name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter.*{value!r}"):
        TextVectorizer(**{name: value}).fit(["a"])


@pytest.mark.parametrize(
    ("standardize", "message"),
    [
        (
            lambda texts: texts[:1],
            r"shape \(2, 1\) it returned string of shape \(1, 1\)",
        ),
        (lambda texts: [1, 2], r"it returned int32 of shape \(2,\)"),
    ],
)
def test_a_standardize_that_returns_something_else_is_refused(standardize, message):
    with pytest.raises(ValueError, match=message):
        TextVectorizer(standardize=standardize).fit(["a", "b"])


def test_transform_refuses_bad_texts_too():
    vectorizer = TextVectorizer().fit(["a"])
    with pytest.raises(ValueError, match="position 1 is missing"):
        vectorizer.transform(["a", None])


@pytest.mark.parametrize("texts", [["", ""], [" \n", "\t"], ["!?", "..."], ["[UNK]"]])
def test_texts_without_any_word_are_refused(texts):
    standardize = None if texts == ["[UNK]"] else "strip_punctuation"
    with pytest.raises(ValueError, match="hold no words"):
        TextVectorizer(standardize=standardize).fit(texts)


def test_words_outside_the_vocabulary_may_have_ids_of_their_own():
    vectorizer = TextVectorizer(sequence_length=3).fit(["a frog"])
    ids = vectorizer.transform(["newt a", "toad newt frog newt"], number_unknown=True)
    assert ids.padded().tolist() == [[4, 3, 0], [5, 4, 2]]
    assert ids.unknown == [b"newt", b"toad"]
    assert vectorizer.transform(["newt"]).unknown is None


def test_tokenizer_and_preprocessor_make_the_words():
    vectorizer = TextVectorizer(
        tokenizer=lambda text: text.split("-"), preprocessor=str.swapcase
    )
    ids = vectorizer.fit_transform(["a-B", "B"])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "b", "A"]
    assert ids.padded().tolist() == [[3, 2], [2, 0]]
