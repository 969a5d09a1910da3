"""Texts in chunks: the same vectors, and what is wrong with a source."""

import re
import tempfile

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skglove import Glove

TEXTS = [
    f"{animal} and {other} sat by the {place}"
    for animal in ("frog", "toad", "newt")
    for other in ("swan", "fish", "frog")
    for place in ("pond", "reeds", "big pond", "old reeds")
]


@pytest.fixture
def glove():
    return Glove(4, min_count=2, window_size=4, max_iter=2, random_state=0)


@pytest.fixture
def scratch(monkeypatch, tmp_path):
    """The folder in which temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def in_chunks(size, container=list):
    return lambda: (
        container(TEXTS[start : start + size]) for start in range(0, len(TEXTS), size)
    )


def assert_same(glove, other):
    assert glove.vocabulary_ == other.vocabulary_
    assert glove.n_cooccurrences_ == other.n_cooccurrences_
    assert glove.loss_curve_ == other.loss_curve_
    np.testing.assert_array_equal(
        glove.word_vectors_.vectors, other.word_vectors_.vectors
    )


@pytest.mark.parametrize("size", [1, 5, 100])
@pytest.mark.parametrize("characters", [1, 200, 1 << 25])
@pytest.mark.parametrize("in_memory", [3, 1 << 24])
def test_chunks_give_the_vectors_of_one_list(
    monkeypatch, glove, scratch, size, characters, in_memory
):
    whole = clone(glove).fit(TEXTS)
    monkeypatch.setattr("skglove.glove._corpus._CHARACTERS_AT_ONCE", characters)
    monkeypatch.setattr("skglove.glove._cooccurrences._NONZEROS_IN_MEMORY", in_memory)
    monkeypatch.setattr("skglove.glove._cooccurrences._COMMON_WORDS", 2)
    assert_same(glove.fit(in_chunks(size)), whole)
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("container", [tuple, np.array, pd.Series, iter])
def test_a_chunk_is_whatever_holds_texts(glove, container):
    assert_same(glove.fit(in_chunks(7, container)), clone(glove).fit(TEXTS))


def test_frames_of_one_column_as_pandas_reads_them(glove, tmp_path):
    path = tmp_path / "texts.csv"
    pd.DataFrame({"text": TEXTS, "label": 0}).to_csv(path, index=False)

    def frames():
        return pd.read_csv(path, usecols=["text"], chunksize=7)

    assert_same(glove.fit(frames), clone(glove).fit(TEXTS))


def test_empty_chunks_are_passed_over(glove):
    whole = clone(glove).fit(TEXTS)
    assert_same(glove.fit(lambda: [[], TEXTS[:3], pd.Series([]), TEXTS[3:], []]), whole)


def test_a_chunk_without_words_counts_nothing(glove):
    assert_same(glove.fit(lambda: [["", "?"], TEXTS]), clone(glove).fit(TEXTS))


def test_a_source_is_read_once(glove):
    calls = []

    def source():
        calls.append(None)
        return [TEXTS]

    glove.fit(source)
    assert len(calls) == 1


def test_a_word_that_is_rare_in_each_chunk_is_counted_over_all(glove):
    glove.set_params(min_count=3)
    glove.fit(lambda: [["the frog", "the pond"], ["frog pond"], ["frog the pond"]])
    assert glove.vocabulary_ == ["the", "pond", "frog"]


def test_no_temporary_folder_for_a_list(monkeypatch, glove, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    glove.fit(TEXTS)
    with pytest.raises(FileNotFoundError):
        glove.fit(in_chunks(7))


@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt])
def test_a_source_that_fails_leaves_neither_files_nor_a_fit(glove, scratch, error):
    held = []

    def source():
        yield TEXTS[:20]
        held.extend(scratch.iterdir())
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skglove.glove._corpus._CHARACTERS_AT_ONCE", 1)
        with pytest.raises(type(error) if isinstance(error, Exception) else error):
            glove.fit(source)
    assert len(held) == 1
    assert not list(scratch.iterdir())
    assert not hasattr(glove, "word_vectors_")


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (lambda: None, TypeError, "iterable of chunks.*NoneType"),
        (lambda: "a frog", TypeError, "iterable of chunks.*str"),
        (lambda: {"text": TEXTS}, TypeError, "iterable of chunks.*dict"),
        (lambda: [], ValueError, "no texts.*there are none"),
        (lambda: [[], []], ValueError, "no texts.*empty"),
        (lambda: TEXTS, ValueError, "Chunk 0 of the texts.*single str"),
        (lambda: [TEXTS, ["a", 3]], TypeError, "Chunk 1 .* position 1 is not a str"),
        (lambda: [TEXTS, [None]], ValueError, "Chunk 1 .* position 0 is missing"),
        (lambda: [["", "?"], ["!"]], ValueError, "hold no words"),
        (lambda: [["a b"]], ValueError, "min_count=2 times"),
        (iter([TEXTS]), TypeError, r"iterator.*glove.fit\(lambda"),
    ],
)
def test_what_is_no_source_gets_one_clear_error(glove, source, error, message):
    with pytest.raises(error, match=message):
        glove.fit(source)


def test_progress_over_chunks_has_a_rate(glove, capsys):
    glove.set_params(verbose=1).fit(in_chunks(5))
    shown = capsys.readouterr().err
    assert re.search(r"Counting words: 36\.0 texts .*texts/s", shown)
    assert re.search(r"Counting co-occurrences: 100%", shown)
