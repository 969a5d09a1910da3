"""Texts to ids: the agreement with Keras, the containers, the refusals."""

import array
import pickle
import tracemalloc
from collections import Counter, deque

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skglove.text import TextVectorizer, check_texts, tokenize
from skglove.text import _vectorizer as vectorizer_module

ASCII_WHITESPACE = " \t\n\r\x0b\x0c"
OTHER_WHITESPACE = (
    "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2003\u2028\u2029\u202f\u205f\u3000"
)


def lower_all(texts):
    """A callable `standardize` that lower-cases more than ASCII."""
    import tensorflow as tf

    return tf.strings.lower(texts, encoding="utf-8")


def word_rows(vectorizer, texts):
    """The words in place of the ids."""
    return [
        [vectorizer.vocabulary_[i] for i in row] for row in vectorizer.transform(texts)
    ]


# ---------------------------------------------------------------------------
# Agreement with Keras
# ---------------------------------------------------------------------------


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
    np.testing.assert_array_equal(ids, layer(train))
    np.testing.assert_array_equal(vectorizer.transform(test), layer(test))


def test_ids_of_words_that_end_in_nul_are_those_of_keras():
    import keras

    # Its get_vocabulary drops these NULs, its ids do not.
    train = ["a a\0 a\0 a\0\0", "\0 \0 \0 \0 b", "a \0b"]
    layer = keras.layers.TextVectorization(output_sequence_length=5)
    layer.adapt(train)
    ids = TextVectorizer(None, sequence_length=5).fit_transform(train)
    np.testing.assert_array_equal(ids, layer(train))


@pytest.mark.parametrize("padding", ["post", "pre"])
@pytest.mark.parametrize("truncating", ["post", "pre"])
def test_padding_and_truncating_are_those_of_pad_sequences(padding, truncating):
    import keras

    texts = [" ".join("abcdefgh"[:n]) for n in range(9)]
    whole = TextVectorizer(sequence_length=8).fit_transform(texts)
    sequences = [row[row != 0] for row in whole]
    ids = TextVectorizer(
        sequence_length=4, padding=padding, truncating=truncating
    ).fit_transform(texts)
    expected = keras.utils.pad_sequences(
        sequences, maxlen=4, padding=padding, truncating=truncating
    )
    np.testing.assert_array_equal(ids, expected)
    assert ids.dtype == np.int32


# ---------------------------------------------------------------------------
# What is learned
# ---------------------------------------------------------------------------


def test_ties_are_broken_by_the_words_high_to_low():
    vectorizer = TextVectorizer().fit(["b é a z \uffff 🐸 aa"])
    # In UTF-8, where \uffff comes before what needs four bytes.
    assert vectorizer.vocabulary_[2:] == ["🐸", "\uffff", "é", "z", "b", "aa", "a"]


def test_vocabulary_keeps_the_most_frequent_words():
    vectorizer = TextVectorizer(4).fit(["c b a", "c b", "c"])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "c", "b"]
    assert word_rows(vectorizer, ["a b c"])[0][:4] == ["[UNK]", "b", "c", ""]


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
    assert ids.tolist() == [[1, 2, 1], [3, 2, 0]]
    assert vectorizer.transform(["a [UNK]"]).tolist() == [[2, 1, 0]]
    assert vectorizer.token_counts_.tolist() == [0, 2, 2, 1]


def test_only_ascii_whitespace_splits():
    text = "x".join(ASCII_WHITESPACE) + "y" + "y".join(OTHER_WHITESPACE)
    (words,) = tokenize([text], None)
    *split, last = [word.decode() for word in words]
    assert split == ["x"] * (len(ASCII_WHITESPACE) - 1)
    assert last == "y" + "y".join(OTHER_WHITESPACE)


def test_only_ascii_is_lower_cased_and_stripped():
    (words,) = tokenize(["ÀB! İX ẞ ¿Q? “don't” —"])
    assert b" ".join(words).decode() == "Àb İx ẞ ¿q “dont” —"


def test_an_empty_text_among_others_is_all_padding():
    vectorizer = TextVectorizer(sequence_length=2)
    assert vectorizer.fit_transform(["", "a", " \n"]).tolist() == [
        [0, 0],
        [2, 0],
        [0, 0],
    ]
    assert vectorizer.transform([""]).tolist() == [[0, 0]]


def test_fit_transform_is_fit_and_transform(make_odd_texts):
    texts = make_odd_texts(100, seed=3)
    options = {"max_tokens": 40, "sequence_length": 5, "truncating": "pre"}
    one, other = TextVectorizer(**options), TextVectorizer(**options)
    ids = one.fit_transform(texts)
    assert other.fit(texts) is other
    assert one.vocabulary_ == other.vocabulary_
    np.testing.assert_array_equal(one.token_counts_, other.token_counts_)
    np.testing.assert_array_equal(ids, other.transform(texts))
    np.testing.assert_array_equal(ids, one.transform(texts))


@pytest.mark.parametrize(
    "standardize", ["lower", "lower_and_split_punctuation", lower_all]
)
@pytest.mark.parametrize("n_characters", [1, 20, 10**9])
def test_chunks_change_nothing(monkeypatch, n_characters, standardize, make_odd_texts):
    train, test = [*make_odd_texts(50, seed=4), ""], ["", *make_odd_texts(50, seed=5)]
    vectorizer = TextVectorizer(60, sequence_length=6, standardize=standardize)
    ids, counts = vectorizer.fit_transform(train), vectorizer.token_counts_
    others = vectorizer.transform(test)
    monkeypatch.setattr(vectorizer_module, "_CHUNK_CHARACTERS", n_characters)
    np.testing.assert_array_equal(vectorizer.fit_transform(train), ids)
    np.testing.assert_array_equal(vectorizer.token_counts_, counts)
    np.testing.assert_array_equal(vectorizer.transform(test), others)


def test_a_second_fit_forgets_the_first():
    vectorizer = TextVectorizer(sequence_length=2).fit(["old words"])
    vectorizer.transform(["old"])
    vectorizer.fit(["new"])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "new"]
    assert vectorizer.transform(["old new"]).tolist() == [[1, 2]]


def test_extend_adds_words_behind_those_of_the_texts(make_odd_texts):
    texts = make_odd_texts(100, seed=6)
    vectorizer = TextVectorizer(None, sequence_length=6)
    ids = vectorizer.fit_transform(texts)
    vocabulary, counts = vectorizer.vocabulary_, vectorizer.token_counts_
    assert vectorizer.extend(["frog", "toad", "frog"]) is vectorizer
    assert vectorizer.vocabulary_ == [*vocabulary, "frog", "toad"]
    assert vectorizer.token_counts_.tolist() == [*counts, 0, 0]
    assert vectorizer.token_counts_.dtype == np.int64
    np.testing.assert_array_equal(vectorizer.transform(texts), ids)
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
    assert vectorizer.transform(["c d"])[0, :2].tolist() == [4, 1]
    assert vectorizer.extend(["e"]).vocabulary_ == ["", "[UNK]", "b", "a", "c"]
    assert vectorizer.fit(["z"]).vocabulary_ == ["", "[UNK]", "z"]


def test_extend_asks_for_a_fit_first():
    with pytest.raises(NotFittedError):
        TextVectorizer().extend(["a"])


def test_a_failed_fit_leaves_the_vectorizer_as_it_was():
    vectorizer = TextVectorizer(sequence_length=2).fit(["old words"])
    with pytest.raises(ValueError, match="no words"):
        vectorizer.fit(["", "!"])
    assert vectorizer.transform(["old new"]).tolist() == [[3, 1]]


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
    np.testing.assert_array_equal(pickle.loads(after).transform(texts), ids)
    np.testing.assert_array_equal(vectorizer.transform(texts), ids)


def test_clone_is_not_fitted():
    vectorizer = TextVectorizer(50, padding="pre").fit(["a"])
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
        ("padding", "middle"),
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


# ---------------------------------------------------------------------------
# Containers of texts
# ---------------------------------------------------------------------------

TEXTS = ["the cat", "", "a dog é 🐸"]


def read_only(texts):
    values = np.array(texts)
    values.setflags(write=False)
    return values


def memory_mapped(texts, path):
    np.save(path / "texts.npy", np.array(texts))
    return np.load(path / "texts.npy", mmap_mode="r")


def package(name):
    return pytest.importorskip(name)


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "deque": deque,
    "list of np.str_": lambda texts: [np.str_(text) for text in texts],
    "object array": lambda texts: np.array(texts, dtype=object),
    "U array": np.array,
    "StringDType array": lambda texts: np.array(texts, dtype=np.dtypes.StringDType()),
    "read-only array": read_only,
    "strided array": lambda texts: np.repeat(texts, 2)[::2],
    "column of a U array": lambda texts: np.array(texts)[:, np.newaxis],
    "column of an object array": lambda texts: np.array(texts, object)[:, np.newaxis],
    "list of lists": lambda texts: [[text] for text in texts],
    "list of tuples": lambda texts: [(text,) for text in texts],
    "list of arrays": lambda texts: [np.array([text]) for text in texts],
    "pandas Series": lambda texts: package("pandas").Series(texts, index=[7, 7, 1]),
    "pandas string": lambda texts: package("pandas").Series(texts, dtype="string"),
    "pandas category": lambda texts: package("pandas").Series(texts, dtype="category"),
    "pandas Index": lambda texts: package("pandas").Index(texts),
    "pandas frame": lambda texts: package("pandas").DataFrame({"text": texts}),
    "polars Series": lambda texts: package("polars").Series(texts),
    "polars frame": lambda texts: package("polars").DataFrame({"text": texts}),
    "pyarrow array": lambda texts: package("pyarrow").array(texts),
    "pyarrow chunks": lambda texts: package("pyarrow").chunked_array(
        [texts[:1], texts[1:]]
    ),
    "pyarrow table": lambda texts: package("pyarrow").table({"text": texts}),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_of_texts_is_read(kind):
    if kind == "StringDType array" and not hasattr(np.dtypes, "StringDType"):
        pytest.skip("StringDType is new in NumPy 2")
    texts = check_texts(CONTAINERS[kind](TEXTS))
    assert isinstance(texts, list)
    assert texts == TEXTS


def test_memory_mapped_texts_are_read(tmp_path):
    assert check_texts(memory_mapped(TEXTS, tmp_path)) == TEXTS


def test_the_list_returned_is_not_the_one_given():
    texts = list(TEXTS)
    assert check_texts(texts) is not texts
    assert texts == TEXTS


# ---------------------------------------------------------------------------
# What is refused
# ---------------------------------------------------------------------------

BAD = {
    "lone str": (lambda: "a text", ValueError, "single str: 'a text'.*in a list"),
    "lone np.str_": (lambda: np.str_("a"), ValueError, "single str"),
    "lone bytes": (lambda: b"a text", TypeError, "sequence of texts.*type bytes"),
    "None": (lambda: None, TypeError, "got None of type NoneType"),
    "number": (lambda: 3, TypeError, "got 3 of type int"),
    "generator": (lambda: (t for t in TEXTS), TypeError, "of type generator"),
    "set": (lambda: {"a"}, TypeError, "got {'a'} of type set"),
    "dict": (lambda: {"a": "b"}, TypeError, "of type dict"),
    "0-d array": (lambda: np.array("a"), TypeError, "the scalar array"),
    "sparse matrix": (lambda: csr_matrix((2, 2)), TypeError, "sparse matrix"),
    "empty list": (list, ValueError, "0 samples"),
    "empty array": (lambda: np.array([], dtype=str), ValueError, "0 samples"),
    "empty column": (lambda: np.empty((0, 1), object), ValueError, "0 samples"),
    "no column": (lambda: np.empty((2, 0), object), ValueError, r"shape \(2, 0\)"),
    "None among texts": (
        lambda: ["a", None],
        ValueError,
        r"position 1 is missing \(None\).*empty string",
    ),
    "NaN among texts": (
        lambda: ["a", float("nan")],
        ValueError,
        r"position 1 is missing \(nan\)",
    ),
    "NaN in an object array": (
        lambda: np.array(["a", np.nan], dtype=object),
        ValueError,
        "position 1 is missing",
    ),
    "pandas.NA": (
        lambda: package("pandas").Series(["a", "b", None], dtype="string"),
        ValueError,
        "position 2 is missing",
    ),
    "pandas.NaT": (
        lambda: ["a", package("pandas").NaT],
        ValueError,
        r"position 1 is missing \(NaT\)",
    ),
    "polars null": (
        lambda: package("polars").Series([None, "a"]),
        ValueError,
        "position 0 is missing",
    ),
    "pyarrow null": (
        lambda: package("pyarrow").array(["a", None]),
        ValueError,
        "position 1 is missing",
    ),
    "number among texts": (
        lambda: ["a", 3],
        TypeError,
        "position 1 is not a str but 3 of type int",
    ),
    "numbers": (lambda: [1, 2], TypeError, "position 0 is not a str but 1"),
    "array of numbers": (lambda: np.arange(3), TypeError, "position 0 .* but 0"),
    "array.array": (lambda: array.array("i", [5]), TypeError, "position 0 .* but 5"),
    "bytes among texts": (
        lambda: ["a", "b", b"c"],
        TypeError,
        "position 2 is not a str but b'c' of type bytes. Decode it",
    ),
    "array of bytes": (lambda: np.array([b"a"]), TypeError, "position 0 .*Decode it"),
    "list among texts": (lambda: ["a", ["b"]], TypeError, r"position 1 .*\['b'\]"),
    "text among lists": (lambda: [["a"], "b"], ValueError, "at position 1 'b'"),
    "two columns": (
        lambda: np.array([["a", "b"]] * 3),
        ValueError,
        r"shape \(3, 2\).*Select the column",
    ),
    "three dimensions": (
        lambda: np.full((2, 1, 1), "a"),
        ValueError,
        r"shape \(2, 1, 1\)",
    ),
    "two columns of a pandas frame": (
        lambda: package("pandas").DataFrame({"a": ["x"], "b": ["y"]}),
        ValueError,
        r"shape \(1, 2\)",
    ),
    "two columns of a polars frame": (
        lambda: package("polars").DataFrame({"a": ["x"], "b": ["y"]}),
        ValueError,
        r"shape \(1, 2\)",
    ),
    "two columns of a pyarrow table": (
        lambda: package("pyarrow").table({"a": ["x"], "b": ["y"]}),
        ValueError,
        r"shape \(1, 2\)",
    ),
    "lists of two": (lambda: [["a", "b"]], ValueError, r"position 0 \['a', 'b'\]"),
    "ragged lists": (
        lambda: [["a"], ["b", "c"]],
        ValueError,
        r"position 1 \['b', 'c'\].*join",
    ),
    "lone surrogate": (
        lambda: ["a", "bc\ud800"],
        ValueError,
        r"position 1 has the lone surrogate '\\ud800' at character 2",
    ),
    "NaN in a column": (lambda: [["a"], [None]], ValueError, "position 1 is missing"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_texts_are_refused_by_name(kind):
    build, error, message = BAD[kind]
    with pytest.raises(error, match=f"(?s){message}"):
        check_texts(build())
    with pytest.raises(error, match=f"(?s){message}"):
        TextVectorizer().fit(build())


def test_transform_refuses_bad_texts_too():
    vectorizer = TextVectorizer().fit(["a"])
    with pytest.raises(ValueError, match="position 1 is missing"):
        vectorizer.transform(["a", None])


def test_an_error_message_does_not_repeat_a_whole_text():
    with pytest.raises(ValueError, match="single str") as raised:
        check_texts("word " * 10_000)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("texts", [["", ""], [" \n", "\t"], ["!?", "..."], ["[UNK]"]])
def test_texts_without_any_word_are_refused(texts):
    standardize = None if texts == ["[UNK]"] else "strip_punctuation"
    with pytest.raises(ValueError, match="hold no words"):
        TextVectorizer(standardize=standardize).fit(texts)
