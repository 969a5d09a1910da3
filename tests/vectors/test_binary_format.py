"""word2vec's binary format: read as text is, with the same errors and index."""

import gzip
import zipfile

import numpy as np
import pytest

from skglove import WordVectors
from skglove.vectors import _binary_format, _formats, _row_index
from skglove.vectors._source import Source

WORDS = ["</s>", "frog", "中 国".replace(" ", "_"), "frog's", "0.5"] + [
    f"w{i}" for i in range(200)
]
VECTORS = np.random.RandomState(0).normal(size=(205, 7)).astype(np.float32)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SKGLOVE_DATA", str(tmp_path / "home"))
    monkeypatch.setattr(_row_index, "_MIN_SIZE", 0)


def binary(words=WORDS, vectors=VECTORS, end=b"\n", n_words=None):
    """The bytes of a file; the original program ends rows in a line break."""
    n_words = len(words) if n_words is None else n_words
    rows = [
        word.encode() + b" " + row.astype("<f4").tobytes() + end
        for word, row in zip(words, vectors, strict=True)
    ]
    return b"%d %d\n" % (n_words, vectors.shape[1]) + b"".join(rows)


def write(folder, content, compression=None):
    path = folder / "vectors.bin"
    if compression == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("vectors.bin", content)
    else:
        path.write_bytes(gzip.compress(content) if compression else content)
    return path


@pytest.mark.parametrize("compression", [None, "gzip", "zip"])
@pytest.mark.parametrize("block", [1, 100, 1 << 20])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_binary_is_read_as_text_is(tmp_path, monkeypatch, end, block, compression):
    monkeypatch.setattr(_binary_format, "_BLOCK", block)
    path = write(tmp_path, binary(end=end), compression)
    vectors = WordVectors.from_file(path, dim=7)
    vocabulary = ["", "[UNK]", "w199", "frog", "no such word", "</s>", "中_国", "w0"]
    expected = WordVectors(WORDS, VECTORS).matrix_for(vocabulary)
    for _ in range(2):
        np.testing.assert_array_equal(vectors.matrix_for(vocabulary), expected)
    assert len([*tmp_path.glob("*.skglove")]) == 1
    assert vectors.frequent_words(3) == WORDS[:3]
    assert vectors.words == WORDS
    assert vectors.vectors.tobytes() == VECTORS.tobytes()


def test_gensim_writes_what_is_read_and_reads_the_same(tmp_path):
    models = pytest.importorskip("gensim.models")
    keyed = models.KeyedVectors(vector_size=7)
    keyed.add_vectors(WORDS, VECTORS)
    for binary in (True, False):
        path = tmp_path / f"vectors-{binary}"
        keyed.save_word2vec_format(path, binary=binary)
        vectors = WordVectors.from_file(path)
        assert vectors.words == keyed.index_to_key
        np.testing.assert_array_equal(vectors.vectors, keyed.vectors)
        np.testing.assert_array_equal(vectors.matrix_for(WORDS), keyed.vectors)


def test_of_a_word_that_occurs_twice_the_last_row_counts(tmp_path):
    words = ["a", "b", "a", "c"]
    vectors = VECTORS[:4]
    path = write(tmp_path, binary(words, vectors))
    expected = vectors[[2, 1, 3]]
    loaded = WordVectors.from_file(path)
    np.testing.assert_array_equal(loaded.matrix_for(["a", "b", "c"]), expected)
    assert loaded.words == ["a", "b", "c"]
    np.testing.assert_array_equal(loaded.vectors, expected)


@pytest.mark.parametrize(
    ("content", "format_name"),
    [
        (binary(), "word2vec's binary"),
        (binary(["a"], np.zeros((1, 2), np.float32)), "word2vec's binary"),
        (binary(["a"], np.ones((1, 1), np.float32)), "word2vec's binary"),
        (b"2 3\na 1 2 3\nb 4 5 6\n", "text"),
        ("2 3\n中 1 2 3\n国 4 5 6\n".encode(), "text"),
        (b"2 3\na\0b 1 2 3\n\x01 4 5 6\n", "text"),
        (b"2 3\nnew york 1 2 3\n. . . 4 5 6\n", "text"),
        (b"300 2\n" + "wörter 0.5 0.25\n".encode() * 300, "text"),
        (b"a 1 2\n", "text"),
        (b"\xba\x16\x4f\x2f" + bytes(60), "fastText's binary"),
    ],
)
def test_the_format_is_known_by_the_content(tmp_path, content, format_name):
    path = write(tmp_path, content)
    assert _formats.format_of(Source(path)).name == format_name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (binary(n_words=206), "announces 206 words, it holds 205"),
        (binary()[:-10], "announces 205 words, it holds 204"),
        (binary(n_words=0), "is empty"),
        (binary().replace("中".encode(), b"\xff\xff\xff"), "word 3: .* is not UTF-8"),
        (
            binary(["a", "x" * 20_000], VECTORS[:2]),
            "word 2: longer than 10,000 bytes",
        ),
        (
            binary(vectors=np.where(VECTORS > 2, np.nan, VECTORS)),
            "the vector of '.*' holds NaN or infinity",
        ),
        (binary(vectors=np.ones((205, 20_001))), "more than 20,000"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, content, message):
    path = write(tmp_path, content)
    for _ in range(2):
        with pytest.raises(ValueError, match=message) as raised:
            WordVectors.from_file(path).matrix_for(WORDS)
        assert str(path) in str(raised.value)
        with pytest.raises(ValueError, match=message):
            WordVectors.from_file(path).words  # noqa: B018
    assert not [*tmp_path.glob("*.part"), *tmp_path.glob("*.lock")]


def test_another_dimension_than_asked_for_is_refused(tmp_path):
    path = write(tmp_path, binary())
    with pytest.raises(ValueError, match="has vectors of 7 dimensions, not of 300"):
        WordVectors.from_file(path, dim=300)
