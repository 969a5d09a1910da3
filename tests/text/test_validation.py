"""What texts may be given as, and what is refused."""

import array
from collections import deque

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from skglove.text import check_texts

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
    "lists in a Series": (
        lambda: package("pandas").Series([["a"], ["b"]]),
        TypeError,
        r"position 0 .*\['a'\]",
    ),
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


def test_an_error_message_does_not_repeat_a_whole_text():
    with pytest.raises(ValueError, match="single str") as raised:
        check_texts("word " * 10_000)
    assert len(str(raised.value)) < 300
