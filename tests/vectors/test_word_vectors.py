"""WordVectors: where they come from and what they answer."""

import copy
import pickle
import re
import zipfile
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
from sklearn.base import clone

from skglove import Coverage, GloveTextClassifier, WordVectors
from skglove.vectors import _formats, _text_format, _whole_file
from skglove.vectors._catalogue import VECTOR_SETS
from skglove.vectors._word_vectors import as_word_vectors

WORDS = ["frog", "toad", "car"]
VECTORS = np.array([[1, 0], [0.9, 0.1], [0, 1]], dtype=np.float32)
TEXT = "frog 1 0\ntoad 0.9 0.1\ncar 0 1\n"


def make_vectors():
    return WordVectors(WORDS, VECTORS)


def assert_same(one, other):
    """Check that two hold the same words and, bit for bit, the same vectors."""
    assert one.words == other.words
    assert one.vectors.tobytes() == other.vectors.tobytes()
    assert one.dim == other.dim


def write_set(folder, name, n_words=3):
    """Write a text with a published set's name and dimension."""
    dim = VECTOR_SETS[name].dim
    lines = [f"word{i}{f' {i}.5' * dim}\n" for i in range(n_words)]
    (folder / f"{name}.txt").write_text("".join(lines))
    return dim


@pytest.fixture
def vectors_path(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SKGLOVE_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def reads(monkeypatch):
    """What `read_vectors` was asked for in each call."""
    wanted = []

    def read_vectors(source, words=None):
        wanted.append(words)
        return original(source, words)

    original = _formats.read_vectors
    monkeypatch.setattr(_formats, "read_vectors", read_vectors)
    return wanted


# ---------------------------------------------------------------------------
# From words and an array
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("make_words", [list, tuple, np.array, iter])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_words_and_array_are_kept_as_float32(make_words, dtype):
    vectors = WordVectors(make_words(WORDS), VECTORS.astype(dtype))
    assert vectors.words == WORDS
    assert {type(word) for word in vectors.words} == {str}
    assert vectors.vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors.vectors, VECTORS.astype(dtype).astype("f4"))
    assert (len(vectors), vectors.dim) == (3, 2)
    assert "frog" in vectors and "bus" not in vectors
    np.testing.assert_array_equal(vectors["toad"], vectors.vectors[1])


@pytest.mark.parametrize(
    ("words", "vectors", "error", "message"),
    [
        (["a", b"b"], VECTORS[:2], TypeError, "position 1 is not a str but b'b'"),
        (["a", None], VECTORS[:2], TypeError, "position 1 is not a str but None"),
        ([], np.empty((0, 2)), ValueError, "no words"),
        (
            ["a", "b"],
            VECTORS,
            ValueError,
            r"\(2, dim\) for 2 words, got shape \(3, 2\)",
        ),
        (["a"], [1, 2], ValueError, r"\(1, dim\) for 1 words, got shape \(2,\)"),
        (["a"], 1, ValueError, r"got shape \(\)"),
        (["a"], [[]], ValueError, r"got shape \(1, 0\)"),
        (["a"], [[[1]]], ValueError, r"got shape \(1, 1, 1\)"),
        (["a", "b", "a"], VECTORS, ValueError, "'a' occurs more than once"),
        (["a", "b"], [[1, 2], [np.nan, 1]], ValueError, "vector of 'b' holds NaN"),
        (
            ["a", "b"],
            [[1, 2], [3, np.inf]],
            ValueError,
            "vector of 'b' holds NaN or inf",
        ),
        (["a"], [["x"]], ValueError, "x"),
    ],
)
def test_bad_words_and_arrays_are_refused(words, vectors, error, message):
    with pytest.raises(error, match=message):
        WordVectors(words, vectors)


def test_the_array_is_its_own_and_read_only():
    array = VECTORS.copy()
    vectors = WordVectors(WORDS, array)
    array[:] = 7
    np.testing.assert_array_equal(vectors.vectors, VECTORS)
    for kept in (vectors.vectors, vectors["frog"]):
        with pytest.raises(ValueError, match="read-only"):
            kept[0] = 7
    vectors.matrix_for(["frog"])[:] = 7
    np.testing.assert_array_equal(vectors["frog"], VECTORS[0])


def test_vectors_from_a_file_are_read_only_too(vectors_path):
    with pytest.raises(ValueError, match="read-only"):
        WordVectors.from_file(vectors_path).vectors[0] = 7


def test_an_unknown_word_is_named():
    with pytest.raises(KeyError, match="The word 'bus' has no vector"):
        make_vectors()["bus"]
    with pytest.raises(KeyError, match="The word 'bus' has no vector"):
        make_vectors().most_similar("bus")


# ---------------------------------------------------------------------------
# From a dict, from gensim
# ---------------------------------------------------------------------------


def test_from_dict():
    vectors = WordVectors.from_dict(
        {"frog": [1, 0], "toad": np.float64([0.9, 0.1]), "car": (0, 1)}
    )
    assert_same(vectors, make_vectors())


@pytest.mark.parametrize(
    ("vectors", "error", "message"),
    [
        ({}, ValueError, "no words"),
        ({"a": [1, 2], "b": [1]}, ValueError, r"'b' has shape \(1,\), that of 'a'"),
        ({"a": 1, "b": 2}, ValueError, r"'a' has shape \(\)"),
        ({"a": [[1, 2]]}, ValueError, r"'a' has shape \(1, 2\)"),
        ({"a": [1, np.nan]}, ValueError, "'a' holds NaN"),
        ({1: [1, 2]}, TypeError, "not a str but 1"),
    ],
)
def test_bad_dicts_are_refused(vectors, error, message):
    with pytest.raises(error, match=message):
        WordVectors.from_dict(vectors)


def test_from_gensim_takes_the_rows_that_key_to_index_says():
    keyed = SimpleNamespace(
        key_to_index={"frog": 2, "toad": 0, "car": 1}, vectors=VECTORS[[1, 2, 0]]
    )
    assert_same(WordVectors.from_gensim(keyed), make_vectors())
    assert_same(as_word_vectors(keyed), make_vectors())


def test_from_real_gensim():
    gensim_models = pytest.importorskip("gensim.models")
    keyed = gensim_models.KeyedVectors(vector_size=2)
    keyed.add_vectors(WORDS, VECTORS)
    assert_same(as_word_vectors(keyed), make_vectors())


# ---------------------------------------------------------------------------
# From a file
# ---------------------------------------------------------------------------


def test_from_file(vectors_path):
    assert_same(WordVectors.from_file(vectors_path), make_vectors())
    assert_same(WordVectors.from_file(str(vectors_path), dim=2), make_vectors())


def test_a_bad_file_is_refused_at_once(tmp_path, vectors_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.txt"):
        WordVectors.from_file(tmp_path / "nothing.txt")
    with pytest.raises(ValueError, match="vectors of 2 dimensions, not of 50"):
        WordVectors.from_file(vectors_path, dim=50)


def test_the_whole_file_is_read_once_and_only_when_needed(vectors_path, reads):
    vectors = WordVectors.from_file(vectors_path)
    assert vectors.dim == 2
    assert repr(vectors) == f"WordVectors.from_file({str(vectors_path)!r})"
    assert reads == []
    assert vectors.words == WORDS
    assert "frog" in vectors
    np.testing.assert_array_equal(vectors.matrix_for(["car"]), VECTORS[2:])
    assert reads == [None]


def test_matrix_for_reads_only_the_words_asked_for(vectors_path, reads):
    vectors = WordVectors.from_file(vectors_path)
    np.testing.assert_array_equal(
        vectors.matrix_for(["car", "bus"]), np.float32([[0, 1], [0, 0]])
    )
    (wanted,) = reads
    assert wanted == {b"car", b"bus"}


def test_a_file_is_found_from_another_working_directory(vectors_path, monkeypatch):
    monkeypatch.chdir(vectors_path.parent)
    vectors = WordVectors.from_file("vectors.txt")
    monkeypatch.chdir("/")
    assert vectors.words == WORDS


# ---------------------------------------------------------------------------
# From a published name, and whatever else names vectors
# ---------------------------------------------------------------------------


def test_from_name_looks_in_the_data_home(home, tmp_path):
    dim = write_set(home, "glove.6B.50d")
    vectors = WordVectors.from_name("glove.6B.50d")
    assert (vectors.dim, vectors.words) == (dim, ["word0", "word1", "word2"])
    (tmp_path / "other").mkdir()
    write_set(tmp_path / "other", "glove.6B.50d", n_words=1)
    other = WordVectors.from_name("glove.6B.50d", data_home=tmp_path / "other")
    assert other.words == ["word0"]


@pytest.mark.parametrize("make", [WordVectors.from_name, as_word_vectors])
def test_a_size_is_taken_out_of_the_official_archive(home, make):
    with zipfile.ZipFile(home / "glove.6B.zip", "w") as archive:
        for name in ("glove.6B.50d", "glove.6B.100d", "glove.6B.200d"):
            write_set(home, name)
            archive.write(home / f"{name}.txt", f"{name}.txt")
            (home / f"{name}.txt").unlink()
    vectors = make("glove.6B.100d")
    assert vectors.dim == 100
    assert "member='glove.6B.100d.txt'" in repr(vectors)
    np.testing.assert_array_equal(vectors.matrix_for(["word1"]), np.full((1, 100), 1.5))
    assert len(vectors) == 3


@pytest.mark.parametrize("make", [WordVectors.from_name, as_word_vectors])
def test_a_published_file_of_another_dimension_is_refused(home, make):
    (home / "glove.6B.50d.txt").write_text(TEXT)
    with pytest.raises(ValueError, match="vectors of 2 dimensions, not of 50"):
        make("glove.6B.50d")


def test_an_unknown_name_is_refused(home):
    with pytest.raises(ValueError, match=r"'glove\.7B\.50d'.*glove\.6B\.50d"):
        WordVectors.from_name("glove.7B.50d")


def test_as_word_vectors_takes_every_kind(vectors_path):
    vectors = make_vectors()
    assert as_word_vectors(vectors) is vectors
    assert_same(as_word_vectors(vectors_path), vectors)
    assert_same(as_word_vectors(str(vectors_path)), vectors)
    assert_same(as_word_vectors(dict(zip(WORDS, VECTORS, strict=True))), vectors)


@pytest.mark.parametrize("source", [3, None, VECTORS, ["frog"], b"glove.6B.50d"])
def test_as_word_vectors_refuses_the_rest(source):
    shown = re.escape(f"of type {type(source).__name__}")
    with pytest.raises(TypeError, match=f"Expected the name .*(?s:.*){shown}"):
        as_word_vectors(source)


def test_the_refusal_does_not_repeat_a_whole_list():
    with pytest.raises(TypeError, match="of type list") as raised:
        as_word_vectors([[0.5] * 50] * 1_000)
    assert len(str(raised.value)) < 300


# ---------------------------------------------------------------------------
# The matrix of a vocabulary
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("from_file", [False, True])
def test_matrix_for_has_a_row_an_entry(tmp_path, from_file):
    words = ["frog", "", "[UNK]", "<unk>", "中 国", "0"]
    array = np.arange(12, dtype=np.float32).reshape(6, 2) + 1
    vectors = WordVectors(words, array)
    if from_file:
        vectors.save(tmp_path / "vectors.txt")
        vectors = WordVectors.from_file(tmp_path / "vectors.txt")
    # Those of padding and of [UNK] are zero even where the vectors know such words.
    vocabulary = ["", "[UNK]", "0", "bus", "中 国", "Frog", "frog"]
    matrix = vectors.matrix_for(vocabulary)
    np.testing.assert_array_equal(
        matrix, [[0, 0], [0, 0], [11, 12], [0, 0], [9, 10], [0, 0], [1, 2]]
    )
    assert matrix.dtype == np.float32
    for order in (
        vocabulary[::-1],
        tuple(vocabulary[::-1]),
        np.array(vocabulary[::-1]),
    ):
        np.testing.assert_array_equal(vectors.matrix_for(order), matrix[::-1])
    np.testing.assert_array_equal(
        vectors.matrix_for(["frog", "frog"]), [[1, 2], [1, 2]]
    )


@pytest.mark.parametrize("from_file", [False, True])
def test_matrix_for_words_that_are_all_unknown_is_zero(vectors_path, from_file):
    vectors = WordVectors.from_file(vectors_path) if from_file else make_vectors()
    for vocabulary in (["", "[UNK]", "bus"], ["", "[UNK]"], []):
        matrix = vectors.matrix_for(vocabulary)
        assert matrix.shape == (len(vocabulary), 2)
        assert matrix.dtype == np.float32
        assert not matrix.any()


# ---------------------------------------------------------------------------
# The first words
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("n_words", [0, 1, 3, 4])
def test_frequent_words_are_the_first(vectors_path, reads, n_words):
    vectors = WordVectors.from_file(vectors_path)
    assert vectors.frequent_words(n_words) == WORDS[:n_words]
    assert reads == []
    assert len(vectors) == 3
    assert vectors.frequent_words(n_words) == WORDS[:n_words]
    assert make_vectors().frequent_words(n_words) == WORDS[:n_words]


@pytest.mark.parametrize("from_file", [False, True])
def test_a_negative_number_of_frequent_words_is_refused(vectors_path, from_file):
    vectors = WordVectors.from_file(vectors_path) if from_file else make_vectors()
    with pytest.raises(ValueError, match="n_words must be 0 or more, got -1"):
        vectors.frequent_words(-1)


# ---------------------------------------------------------------------------
# Neighbours
# ---------------------------------------------------------------------------


def test_most_similar_is_by_cosine_and_leaves_the_word_out():
    vectors = WordVectors(["a", "b", "c", "d"], [[2, 0], [-1, 0], [3, 3], [0, 9]])
    similar = vectors.most_similar("a")
    assert [word for word, _ in similar] == ["c", "d", "b"]
    np.testing.assert_allclose(
        [cosine for _, cosine in similar], [2**-0.5, 0, -1], rtol=1e-6
    )
    assert {type(cosine) for _, cosine in similar} == {float}
    assert vectors.most_similar("a", topn=2) == similar[:2]
    assert vectors.most_similar("a", topn=0) == []


@pytest.mark.filterwarnings("error")
def test_most_similar_takes_zero_vectors_for_unlike_all():
    vectors = WordVectors(["a", "zero", "b"], [[1, 0], [0, 0], [-1, 0]])
    assert vectors.most_similar("a") == [("zero", 0), ("b", -1)]
    assert vectors.most_similar("zero") == [("a", 0), ("b", 0)]


def test_most_similar_adds_words_and_vectors_of_length_one():
    rng = np.random.default_rng(0)
    array = rng.normal(size=(50, 6)).astype(np.float32) * rng.integers(1, 9, (50, 1))
    vectors = WordVectors([f"w{i}" for i in range(50)], array)
    unit = array / np.linalg.norm(array, axis=1, keepdims=True)
    target = unit[3] + unit[7] - unit[9] + [0, 0, 1, 0, 0, 0]
    expected = unit @ (target / np.linalg.norm(target))
    given = [3, 7, 9]
    order = [i for i in np.argsort(-expected) if i not in given]
    similar = vectors.most_similar(
        positive=["w3", "w7", np.array([0, 0, 5, 0, 0, 0])], negative="w9", topn=50
    )
    assert [word for word, _ in similar] == [f"w{i}" for i in order]
    cosines = [cosine for _, cosine in similar]
    np.testing.assert_allclose(cosines, expected[order], atol=1e-6)
    # A vector by itself is no word that would be left out.
    assert vectors.most_similar(array[3], topn=1)[0][0] == "w3"
    assert vectors.most_similar(array[3].tolist(), topn=1)[0][0] == "w3"
    assert vectors.most_similar(negative=-array[3], topn=1)[0][0] == "w3"


def test_most_similar_agrees_with_gensim():
    models = pytest.importorskip("gensim.models")
    array = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    words = [f"w{i}" for i in range(50)]
    keyed = models.KeyedVectors(vector_size=6)
    keyed.add_vectors(words, array)
    vectors = WordVectors(words, array)
    for positive, negative in ((["w1"], []), (["w1", "w2"], ["w3"]), ([], ["w4"])):
        expected = keyed.most_similar(positive, negative, topn=20)
        similar = vectors.most_similar(positive, negative, topn=20)
        assert [word for word, _ in similar] == [word for word, _ in expected]
        np.testing.assert_allclose(
            [cosine for _, cosine in similar], [c for _, c in expected], atol=1e-6
        )


def test_most_similar_finds_a_word_in_another_case():
    vectors = WordVectors(["king", "Paris", "NASA", "car"], np.eye(4))
    for word in ("King", "KING"):
        assert "king" not in dict(vectors.most_similar(word))
        assert vectors.most_similar(word) == vectors.most_similar("king")
    assert vectors.most_similar("paris") == vectors.most_similar("Paris")
    assert vectors.most_similar("nasa") == vectors.most_similar("NASA")


def test_a_word_that_is_unknown_is_told_what_is_spelled_like_it():
    words = ["elephant", "elegant", "king", "car"]
    vectors = WordVectors(words, np.eye(4))
    with pytest.raises(
        KeyError, match=r"'Elephnat' has no vector\. Near it are 'eleph"
    ):
        vectors.most_similar("Elephnat")
    with pytest.raises(KeyError, match=r"'xyzzy' has no vector\.\"$"):
        vectors.most_similar(["king", "xyzzy"])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "at least one word or vector"),
        ({"positive": "frog", "topn": -1}, ValueError, "topn must be 0 or more"),
        ({"positive": [1.0, 2.0, 3.0]}, ValueError, r"shape \(2,\), got shape \(3,\)"),
        ({"positive": [[1.0, np.nan]]}, ValueError, "holds NaN"),
        ({"positive": 3}, TypeError, "got 3 of type int"),
    ],
)
def test_what_most_similar_cannot_take_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        make_vectors().most_similar(**arguments)


def test_a_pickle_holds_nothing_that_most_similar_computed():
    vectors = make_vectors()
    before = pickle.dumps(vectors)
    similar = vectors.most_similar("frog")
    assert pickle.dumps(vectors) == before
    assert pickle.loads(before).most_similar("frog") == similar


# ---------------------------------------------------------------------------
# Saving, pickling, copying
# ---------------------------------------------------------------------------


def test_saved_vectors_are_read_back_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(_text_format, "_ROWS_WRITTEN_AT_ONCE", 7)
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, (1_000, 4), dtype=np.uint32).view(np.float32)
    array = np.where(np.isfinite(bits), bits, -0.0)
    limits = np.finfo(np.float32)
    array[0] = [limits.max, -limits.tiny, limits.smallest_subnormal, 0.1]
    words = [f"word{i}" for i in range(1_000)]
    words[:9] = ["frog", "", ". . .", "中", "\x85", "a\tb", "2", "\r", " x  y"]
    vectors = WordVectors(words, array)
    path = tmp_path / "saved.txt"
    vectors.save(path)
    assert_same(WordVectors.from_file(path), vectors)
    assert [file.name for file in tmp_path.iterdir()] == ["saved.txt"]


@pytest.mark.parametrize(
    "word", ["a\nb", "\n", "version 2.0", "1 1e-05", "a ", "\ufeffa"]
)
def test_save_refuses_words_it_could_not_read_back(tmp_path, word):
    path = tmp_path / "saved.txt"
    path.write_text("before")
    with pytest.raises(ValueError, match=re.escape(repr(word))):
        WordVectors(["frog", word], VECTORS[:2]).save(path)
    assert path.read_text() == "before"


def test_a_failed_save_leaves_what_was_there(tmp_path, monkeypatch):
    def fail(*paths):
        raise OSError("disk full")

    path = tmp_path / "saved.txt"
    path.write_text("before")
    monkeypatch.setattr(_whole_file.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        make_vectors().save(path)
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["saved.txt"]


def test_vectors_can_be_saved_over_the_file_they_are_from(vectors_path):
    WordVectors.from_file(vectors_path).save(vectors_path)
    assert_same(WordVectors.from_file(vectors_path), make_vectors())


def test_save_into_a_missing_folder_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        make_vectors().save(tmp_path / "missing" / "saved.txt")


def test_pickle_of_vectors_in_memory():
    vectors = make_vectors()
    loaded = pickle.loads(pickle.dumps(vectors))
    assert_same(loaded, vectors)
    np.testing.assert_array_equal(loaded.matrix_for(["car"]), VECTORS[2:])
    with pytest.raises(ValueError, match="read-only"):
        loaded.vectors[0] = 7


def test_pickle_of_vectors_from_a_file_holds_none_of_them(vectors_path):
    vectors = WordVectors.from_file(vectors_path)
    before = pickle.dumps(vectors)
    assert vectors.words == WORDS
    after = pickle.dumps(vectors)
    assert after == before
    assert b"toad" not in after
    assert_same(pickle.loads(after), vectors)
    vectors_path.unlink()
    assert vectors.words == WORDS
    with pytest.raises(FileNotFoundError, match=r"vectors\.txt"):
        pickle.loads(after).matrix_for(["frog"])


def test_hash_changes_with_the_file_only(vectors_path):
    vectors = WordVectors.from_file(vectors_path)
    before = joblib.hash(vectors)
    assert len(vectors) == 3
    assert joblib.hash(vectors) == before
    assert joblib.hash(WordVectors.from_file(vectors_path)) == before
    vectors_path.write_text(TEXT + "bus 1 1\n")
    assert joblib.hash(WordVectors.from_file(vectors_path)) != before


def test_copies_are_the_same_object():
    vectors = make_vectors()
    assert copy.deepcopy(vectors) is vectors
    assert clone(vectors, safe=False) is vectors
    assert clone(GloveTextClassifier(vectors)).embeddings is vectors


def test_repr_says_how_much_there_is():
    assert repr(make_vectors()) == "<WordVectors: 3 words, 2 dimensions>"


# ---------------------------------------------------------------------------
# Real vectors
# ---------------------------------------------------------------------------


@pytest.mark.realdata
def test_glove_6b_by_name(require_data):
    require_data("glove.6B.50d")
    vectors = WordVectors.from_name("glove.6B.50d")
    assert vectors.matrix_for(["the"])[0, :2].tolist() == pytest.approx(
        [0.418, 0.24968]
    )
    assert (len(vectors), vectors.dim) == (400_000, 50)
    assert vectors.words[:2] == ["the", ","]
    similar = dict(vectors.most_similar("frog"))
    assert len(similar) == 10
    assert 0.6 < similar["toad"] < 1
    assert vectors.most_similar("King") == vectors.most_similar("king")
    assert vectors.most_similar(["king", "woman"], ["man"], topn=1)[0][0] == "queen"


@pytest.mark.realdata
def test_glove_6b_knows_18_019_words_of_20_newsgroups(require_data):
    from skglove.datasets import fetch_news20
    from skglove.text import TextVectorizer

    require_data("glove.6B.50d")
    require_data("20_newsgroups")
    texts, _ = fetch_news20(
        subset="train", remove=("first_ten_lines",), return_X_y=True
    )
    vectorizer = TextVectorizer(20_000).fit(texts)
    vectors = WordVectors.from_name("glove.6B.50d")
    matrix, known = vectors.look_up(vectorizer.vocabulary_)
    assert matrix.shape == (20_000, 50)
    np.testing.assert_array_equal(known, matrix.any(axis=1))
    coverage = Coverage.of(vectorizer.vocabulary_, vectorizer.token_counts_, known)
    assert coverage.n_words_found == 18_019
    assert coverage.n_words - coverage.n_words_found == 1_979
