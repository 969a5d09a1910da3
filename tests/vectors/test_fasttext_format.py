"""fastText's files: the .vec is text, the .bin is read by gensim."""

import sys

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


def test_another_dimension_than_asked_for_is_refused(model):
    with pytest.raises(ValueError, match="has vectors of 5 dimensions, not of 300"):
        WordVectors.from_file(model[0] / "model.bin", dim=300)
