"""fastText's files: the .vec is text, the .bin is read by gensim."""

import gzip
import struct
import sys
import tracemalloc

import numpy as np
import pytest

from skglove import WordVectors

SENTENCES = [["frogs", "and", "toads", "über"], ["cars", "and", "frogs"]] * 10


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small model of gensim's, and the .bin and .vec that fastText writes of it."""
    fasttext = pytest.importorskip("gensim.models.fasttext")
    model = fasttext.FastText(
        SENTENCES, vector_size=5, min_count=1, seed=0, workers=1, bucket=50
    )
    folder = tmp_path_factory.mktemp("fasttext")
    fasttext.save_facebook_model(model, str(folder / "model.bin"))
    model.wv.save_word2vec_format(folder / "model.vec")
    return folder, model.wv


def test_bin_gives_the_vectors_of_the_words(model):
    folder, keyed = model
    vectors = WordVectors.from_file(folder / "model.bin")
    assert vectors.dim == 5
    words = ["and", "über", "no such word"]
    matrix, known = vectors.look_up(words)
    assert known.tolist() == [True, True, False]
    np.testing.assert_array_equal(matrix[:2], [keyed[word] for word in words[:2]])
    assert sorted(vectors.words) == sorted(keyed.index_to_key)
    assert vectors.frequent_words(2) == vectors.words[:2]


def test_vec_is_word2vec_text(model):
    folder, keyed = model
    vectors = WordVectors.from_file(folder / "model.vec")
    assert vectors.words == keyed.index_to_key
    np.testing.assert_allclose(vectors.vectors, keyed.vectors, rtol=1e-6)


def test_without_gensim_the_error_says_what_to_install(model, monkeypatch):
    folder, _ = model
    monkeypatch.setitem(sys.modules, "gensim.models.fasttext", None)
    with pytest.raises(ImportError, match=r'pip install "skglove\[gensim\]"'):
        WordVectors.from_file(folder / "model.bin").matrix_for(["and"])


@pytest.mark.parametrize("kept", [12, 60, 0.3, 0.5])
def test_a_cut_off_bin_is_refused(model, tmp_path, kept):
    content = (model[0] / "model.bin").read_bytes()
    n_kept = kept if isinstance(kept, int) else int(kept * len(content))
    path = tmp_path / "cut.bin"
    path.write_bytes(content[:n_kept])
    with pytest.raises(ValueError, match=r"cut\.bin is damaged or cut off"):
        WordVectors.from_file(path).words  # noqa: B018


@pytest.fixture
def changed(model, tmp_path):
    """Return a function that writes numbers over a model's and gives the new path."""

    def change(layout, at, *numbers):
        content = bytearray((model[0] / "model.bin").read_bytes())
        struct.pack_into(layout, content, at, *numbers)
        path = tmp_path / "changed.bin"
        path.write_bytes(content)
        return path

    return change


# Where numbers are: fields of four bytes, of which the third is the dimension; after a
# double, how many words, words again, labels.
VERSION, BUCKETS, MAX_N = 4, 40, 48
N_ENTRIES, N_WORDS, N_LABELS, N_PRUNED, WORDS = 64, 68, 72, 84, 92


@pytest.mark.parametrize(
    ("layout", "at", "numbers", "message"),
    [
        ("<i", VERSION, [11], "is in version 11 of fastText's format: only version 12"),
        ("<i", BUCKETS, [-1], "declares -1 buckets"),
        ("<i", BUCKETS, [2**31 - 1], "declares 55 rows of 5 numbers"),
        ("<i", MAX_N, [2**31 - 1], "n-grams of 3 to 2147483647 characters"),
        ("<i", N_WORDS, [3], "declares 3 words among 5"),
        ("<ii", N_ENTRIES, [2**31 - 1] * 2, "declares "),
        ("<i", N_LABELS, [2], "is a classifier of fastText's"),
        ("<q", N_PRUNED, [9], "is quantized"),
    ],
)
def test_what_a_bin_declares_is_not_believed(changed, layout, at, numbers, message):
    path = changed(layout, at, *numbers)
    with pytest.raises(ValueError, match=rf"changed\.bin .*{message}"):
        WordVectors.from_file(path).words  # noqa: B018


def test_more_rows_than_a_file_has_bytes_for_take_no_memory(model, tmp_path):
    content = (model[0] / "model.bin").read_bytes()
    n_words, n_buckets = 5, 10**9
    at = content.index(struct.pack("<qq", n_words + 50, 5))
    content = bytearray(content)
    struct.pack_into("<qq", content, at, n_words + n_buckets, 5)
    struct.pack_into("<i", content, BUCKETS, n_buckets)
    for name, data in (("a.bin", content), ("a.bin.gz", gzip.compress(content))):
        path = tmp_path / name
        path.write_bytes(data)
        tracemalloc.start()
        with pytest.raises(ValueError, match=f"{name} .*1000000005 rows of 5 numbers"):
            WordVectors.from_file(path).words  # noqa: B018
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20_000_000


def test_a_word_without_an_end_is_refused_at_once(model, tmp_path):
    content = (model[0] / "model.bin").read_bytes()
    path = tmp_path / "cut.bin"
    path.write_bytes(content[: WORDS + 2])
    with pytest.raises(ValueError, match="5 words, of which 0 are whole"):
        WordVectors.from_file(path).words  # noqa: B018


def test_a_vector_that_is_not_finite_is_refused(model, tmp_path):
    content = bytearray((model[0] / "model.bin").read_bytes())
    at = content.index(struct.pack("<qq", 5 + 50, 5)) + 16
    struct.pack_into("<f", content, at, np.nan)
    path = tmp_path / "nan.bin"
    path.write_bytes(content)
    # Words that are as frequent come in another order with other versions of gensim.
    word = WordVectors.from_file(model[0] / "model.bin").words[0]
    with pytest.raises(
        ValueError, match=rf"nan\.bin: the vector of '{word}' holds NaN"
    ):
        WordVectors.from_file(path).words  # noqa: B018


def test_another_dimension_than_asked_for_is_refused(model):
    with pytest.raises(ValueError, match="has vectors of 5 dimensions, not of 300"):
        WordVectors.from_file(model[0] / "model.bin", dim=300)
