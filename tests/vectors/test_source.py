"""Files of word vectors: archives, bounds, and errors that name the file."""

import gzip
import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from skglove import WordVectors
from skglove.vectors import _row_index, _source, _text_format
from skglove.vectors._source import choose_member

TEXT = b"".join(b"w%d 0.%d -0.5\n" % (i, i) for i in range(300))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("SKGLOVE_DATA", str(home))
    monkeypatch.setattr(_row_index, "_MIN_SIZE", 0)
    return home


def write_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def change_headers(path, local, central, value):
    """Overwrite a field in both headers of a zip's only member."""
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, local, value)
    struct.pack_into("<H", content, start + central, value)
    path.write_bytes(content)


def read_every_way(path, **options):
    """Read a file in each way there is; check that all say the same error."""
    messages = set()
    for read in (
        lambda: WordVectors.from_file(path, **options).matrix_for(["w1"]),
        lambda: WordVectors.from_file(path, **options).words,
        lambda: WordVectors.from_file(path, **options).frequent_words(1_000),
    ):
        with pytest.raises(ValueError, match=re.escape(str(path))) as raised:
            read()
        messages.add(str(raised.value))
    (message,) = messages
    assert message.startswith(str(path))
    assert not [*path.parent.glob("*.part"), *path.parent.glob("*.lock")]
    return message


# ---------------------------------------------------------------------------
# Members
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "options", "chosen"),
    [
        (["a.txt", "README"], {}, "a.txt"),
        (["wiki.vec", "wiki.bin"], {}, "wiki.vec"),
        (["GoogleNews.bin", "README"], {}, "GoogleNews.bin"),
        (["__MACOSX/._a.txt", "a.txt"], {}, "a.txt"),
        (["a.50d.txt", "a.100d.txt"], {"dim": 50}, "a.50d.txt"),
        (["glove/a.txt", "b.txt"], {"member": "a.txt"}, "glove/a.txt"),
        (["glove/a.txt", "a.txt"], {"member": "a.txt"}, "a.txt"),
        (["a.html"], {"member": "a.html"}, "a.html"),
    ],
)
def test_the_member_is_chosen(names, options, chosen):
    assert choose_member(Path("a.zip"), names, **options) == chosen


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["a.txt", "b.txt"], {}, r"one text.*It holds 'a\.txt', 'b\.txt'\."),
        (["a.50d.txt", "a.9d.txt"], {"dim": 5}, "one text of 5 dimensions"),
        (["x/a.txt", "y/a.txt"], {"member": "a.txt"}, r"'a\.txt'"),
        ([], {}, "It holds nothing"),
        ([f"{i}.txt" for i in range(99)], {}, r"'9\.txt' and 89 more\."),
    ],
)
def test_a_choice_that_is_not_clear_is_refused(names, options, message):
    with pytest.raises(ValueError, match=rf"^a\.zip does not hold .*{message}"):
        choose_member(Path("a.zip"), names, **options)


# ---------------------------------------------------------------------------
# Archives that cannot be read
# ---------------------------------------------------------------------------


def test_an_encrypted_zip_says_so(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.txt": TEXT})
    change_headers(path, 6, 8, 1)
    assert "is encrypted, which is not supported" in read_every_way(path)


def test_an_unknown_compression_says_so(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.txt": TEXT})
    change_headers(path, 8, 10, 9)  # Deflate64
    assert "compression method 9, which is not supported" in read_every_way(path)


@pytest.mark.parametrize(
    ("compression", "number"), [(zipfile.ZIP_BZIP2, 12), (zipfile.ZIP_LZMA, 14)]
)
def test_a_compression_without_bounds_is_refused(tmp_path, compression, number):
    path = write_zip(tmp_path / "a.zip", {"a.txt": TEXT}, compression)
    assert f"compression method {number}, which is not" in read_every_way(path)


def test_a_member_whose_name_is_not_the_same_twice_is_damage(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.txt": TEXT})
    path.write_bytes(path.read_bytes().replace(b"a.txt", b"b.txt", 1))
    assert "is damaged or cut off" in read_every_way(path)


def test_a_member_whose_name_cannot_be_decoded_is_damage(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"ü.txt": TEXT})
    path.write_bytes(path.read_bytes().replace("ü".encode(), b"\xff\xfe"))
    assert "is damaged or cut off" in read_every_way(path)


# ---------------------------------------------------------------------------
# Bounds
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("compression", ["gzip", "zip"])
def test_what_decompresses_to_too_much_is_refused(tmp_path, monkeypatch, compression):
    monkeypatch.setattr(_source, "_MIN_MAX_BYTES", 1_000)
    text = b"w1 0.5 0.5\n" * 100_000
    path = tmp_path / f"a.{compression}"
    if compression == "zip":
        write_zip(path, {"a.txt": text})
    else:
        path.write_bytes(gzip.compress(text))
    limit = 20 * path.stat().st_size
    assert f"more than {limit:,} bytes once decompressed" in read_every_way(path)
    vectors = WordVectors.from_file(path, max_bytes=len(text))
    assert vectors.matrix_for(["w1"]).tolist() == [[0.5, 0.5]]
    assert vectors.words == ["w1"]
    with pytest.raises(ValueError, match=f"more than {len(text) - 1:,} bytes"):
        WordVectors.from_file(path, max_bytes=len(text) - 1).words  # noqa: B018


@pytest.mark.parametrize("size", [b"\0\0\0\0", b"\xff\xff\xff\xff"])
def test_a_gzip_whose_size_is_damaged_is_not_taken_for_large(tmp_path, size):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(TEXT)[:-4] + size)
    assert "is damaged or cut off" in read_every_way(path)


def test_a_gzip_of_which_all_is_read_before_its_size_is_known_is_read(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(_source, "_MIN_MAX_BYTES", 10_000)
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(TEXT) + b"\0" * 50 + gzip.compress(b"x 1 2\n"))
    assert len(WordVectors.from_file(path)) == 301


@pytest.mark.parametrize("compressed", [False, True])
def test_a_line_that_is_too_long_is_refused(tmp_path, monkeypatch, compressed):
    monkeypatch.setattr(_text_format, "_MAX_LINE", 1_000)
    monkeypatch.setattr(_text_format, "_BLOCK", 100)
    monkeypatch.setattr(_text_format, "_BYTES_PER_NUMBER", 1)
    text = TEXT + b"x" * 2_000 + b" 1 2\n"
    path = tmp_path / "a.txt"
    path.write_bytes(gzip.compress(text) if compressed else text)
    assert "line 301: longer than 1,000 bytes" in read_every_way(path)
    long = tmp_path / "b.txt"
    long.write_bytes(b"frog" + b" 0.5" * 3_000 + b"\n")
    with pytest.raises(ValueError, match="line 1: longer than 1,000 bytes"):
        WordVectors.from_file(long)
    monkeypatch.setattr(_text_format, "_BYTES_PER_NUMBER", 8)
    assert WordVectors.from_file(long, dim=3_000).words == ["frog"]


@pytest.mark.parametrize("text", [b"1 31000000\n", b"frog" + b" 0" * 20_001])
def test_a_dimension_beyond_all_use_is_refused(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_bytes(text)
    assert "more than 20,000. If that is right, pass dim=" in read_every_way(path)


def test_a_large_dimension_that_is_asked_for_is_read(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"frog" + b" 0.5" * 20_001)
    vectors = WordVectors.from_file(path, dim=20_001)
    np.testing.assert_array_equal(vectors.vectors, np.full((1, 20_001), 0.5))


# ---------------------------------------------------------------------------
# Odd texts
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path, compress):
    bom = "\ufeff".encode()
    for text in (bom + TEXT, bom + b"300 2\n" + TEXT):
        path = tmp_path / "a.txt"
        path.write_bytes(compress(text))
        vectors = WordVectors.from_file(path)
        expected = [[0, -0.5], [np.float32(0.299), -0.5]]
        np.testing.assert_array_equal(vectors.matrix_for(["w0", "w299"]), expected)
        assert vectors.frequent_words(1) == ["w0"]
        assert vectors.words[0] == "w0"


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_several_spaces_separate_like_one(tmp_path, compress):
    text = (
        b"frog  0.1 0.2\ntoad 0.3  0.4\n. .   0.5   0.6  \r\na\t 1 2\nb a\t 3 4\n"
        b"b  c 5  6\n  7 8\n"
    )
    path = tmp_path / "a.txt"
    path.write_bytes(compress(text))
    vectors = WordVectors.from_file(path)
    words = ["frog", "toad", ". .", "a\t", "b a\t", "b  c"]
    expected = np.float32([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [1, 2], [3, 4], [5, 6]])
    np.testing.assert_array_equal(vectors.matrix_for(words), expected)
    assert vectors.words == [*words, ""]
    np.testing.assert_array_equal(vectors.vectors[:-1], expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"9" * 5_000 + b" 2\n" + TEXT, "line 1: expected a word and 2 numbers, got 1"),
        (b"9 " + b"2" * 5_000 + b"\n" + TEXT, "line 1: expected a word and 2 numbers"),
        (b"0 2\n", "is empty: expected word vectors"),
        (b"5 2\n", "announces 5 words, it holds 0"),
        (b"", "is empty"),
        ("\ufeff".encode(), "is empty"),
    ],
)
def test_odd_headers_are_refused(tmp_path, text, message):
    path = tmp_path / "a.txt"
    path.write_bytes(text)
    assert message in read_every_way(path)
