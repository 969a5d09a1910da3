"""`memory`: what is kept is what was prepared, or it is prepared again."""

import shutil
import warnings

import joblib
import numpy as np
import pytest

from skglove import WordVectors
from skglove._preparation import prepare
from skglove.text import TextVectorizer

TEXTS = ["red-hot frogs", "a frog"]
WORDS = ["the", "red", "The", "frog", "ice-cold", "hot", "toad", "newt"]
SOURCE = WordVectors(WORDS, np.arange(1, 17).reshape(8, 2))


def vectorizer():
    return TextVectorizer(8, standardize="lower", sequence_length=3)


def same(prepared, expected):
    """Tell whether both are the same in all they hold."""
    arrays = [
        (prepared.ids.flat, expected.ids.flat),
        (prepared.ids.lengths, expected.ids.lengths),
        (prepared.vectorizer.token_counts_, expected.vectorizer.token_counts_),
        (prepared.matrix, expected.matrix),
        (prepared.known, expected.known),
    ]
    return (
        prepared.vectorizer.vocabulary_ == expected.vectorizer.vocabulary_
        and prepared.coverage == expected.coverage
        and all(
            (a is None and b is None) or (a.dtype == b.dtype and np.array_equal(a, b))
            for a, b in arrays
        )
    )


def only_file(folder):
    (path,) = folder.rglob("*.npz")
    return path


@pytest.mark.parametrize("source", [SOURCE, None], ids=["vectors", "none"])
def test_what_is_kept_is_what_was_prepared(source, tmp_path, monkeypatch):
    expected = prepare(TEXTS, vectorizer(), source)
    assert same(prepare(TEXTS, vectorizer(), source, tmp_path), expected)
    monkeypatch.setattr("skglove._preparation._prepare", None)
    again = prepare(TEXTS, vectorizer(), source, str(tmp_path))
    assert same(again, expected)
    assert again.vectorizer.transform(["frog"]).flat.tolist() == (
        expected.vectorizer.transform(["frog"]).flat.tolist()
    )


def test_clearing_the_memory_clears_it(tmp_path):
    memory = joblib.Memory(tmp_path, verbose=0)
    prepare(TEXTS, vectorizer(), SOURCE, memory)
    assert [*tmp_path.rglob("*.npz")]
    memory.clear(warn=False)
    assert not [*tmp_path.rglob("*.npz")]


def test_a_flipped_bit_is_found_and_said(tmp_path):
    """Bits that a zip does not use may differ; what is read must not."""
    expected = prepare(TEXTS, vectorizer(), SOURCE, tmp_path)
    path = only_file(tmp_path)
    content = path.read_bytes()
    rng = np.random.RandomState(0)
    n_found = 0
    for place in rng.randint(8 * len(content), size=300):
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert same(prepare(TEXTS, vectorizer(), SOURCE, tmp_path), expected)
        messages = [str(warning.message) for warning in caught]
        n_found += len(messages)
        assert all("is made again" in message for message in messages), messages
        assert not any("red-hot" in message for message in messages), messages
        if messages:
            assert path.read_bytes() == content
    assert n_found > 200


@pytest.mark.parametrize("cut", [0, 10, 500])
def test_a_file_that_is_cut_off_is_made_again(cut, tmp_path):
    expected = prepare(TEXTS, vectorizer(), SOURCE, tmp_path)
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.warns(UserWarning, match="is made again"):
        assert same(prepare(TEXTS, vectorizer(), SOURCE, tmp_path), expected)
    assert same(prepare(TEXTS, vectorizer(), SOURCE, tmp_path), expected)


def test_a_kept_file_that_does_not_agree_is_made_again(tmp_path):
    expected = prepare(TEXTS, vectorizer(), SOURCE, tmp_path)
    path = only_file(tmp_path)
    arrays = dict(np.load(path))
    for name, value in (
        ("flat", arrays["flat"] + 100),
        ("lengths", arrays["lengths"] * 2),
        ("matrix", arrays["matrix"][:-1]),
        ("known", arrays["known"].astype(float)),
        ("vocabulary.counts", -1 - arrays["vocabulary.counts"].astype(np.int64)),
        ("vocabulary.words.lengths", arrays["vocabulary.words.lengths"][::-1] + 1),
        ("coverage.n_words", np.array(-1)),
        ("more", np.array(1)),
    ):
        np.savez(path, **{**arrays, name: value})
        with pytest.warns(UserWarning, match="is made again"):
            assert same(prepare(TEXTS, vectorizer(), SOURCE, tmp_path), expected)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"memory='.*file' cannot be written to"):
        prepare(TEXTS, vectorizer(), SOURCE, tmp_path / "file")


def test_a_folder_that_vanishes_costs_a_warning(tmp_path, monkeypatch):
    from skglove import _preparation

    expected = prepare(TEXTS, vectorizer(), SOURCE)
    prepare_texts = _preparation._prepare

    def prepare_and_lose(*args):
        shutil.rmtree(tmp_path / "cache")
        return prepare_texts(*args)

    monkeypatch.setattr(_preparation, "_prepare", prepare_and_lose)
    with pytest.warns(UserWarning, match="could not be kept"):
        prepared = prepare(TEXTS, vectorizer(), SOURCE, tmp_path / "cache")
    assert same(prepared, expected)
