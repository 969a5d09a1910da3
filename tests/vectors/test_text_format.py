"""Reading word vectors: every format and compression, and what is refused."""

import gzip
import zipfile

import numpy as np
import pytest

from skglove.vectors import _text_format as vectors_file
from skglove.vectors._source import Source

LINES = [b"frog 0.1 -0.2", b"toad 1e-05 2", b"car -3.5E+2 .5"]
TEXT = b"\n".join(LINES) + b"\n"
WORDS = ["frog", "toad", "car"]
VECTORS = np.array([[0.1, -0.2], [1e-5, 2], [-350, 0.5]], dtype=np.float32)


@pytest.fixture
def write(tmp_path):
    """Return a function that writes bytes to a file and returns its path."""

    def write_bytes(content, name="vectors.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write_bytes


@pytest.fixture
def write_zip(tmp_path):
    """Return a function that writes a zip of members and returns its path."""

    def write_members(members, name="vectors.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return write_members


def assert_reads(path, words=WORDS, vectors=VECTORS, **options):
    assert vectors_dim(path, **options) == vectors.shape[1]
    found, values = read_vectors(path, **options)
    assert found == words
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, vectors)


def read_vectors(path, wanted=None, **options):
    return vectors_file.read(Source(path, **options), wanted)


def read_words(path, n_words, **options):
    return vectors_file.read_words(Source(path, **options), n_words)


def vectors_dim(path, **options):
    return vectors_file.read_dim(Source(path, **options))


def line_of(n_numbers, word="word"):
    return f"{word}{' 0.5' * n_numbers}\n".encode()


# ---------------------------------------------------------------------------
# Formats
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        TEXT.rstrip(),
        TEXT.replace(b"\n", b"\r\n"),
        TEXT.replace(b"\n", b" \n"),
        TEXT.replace(b"\n", b"\n\n"),
        b"\n" + TEXT + b"\n \n",
        b"3 2\n" + TEXT,
        b"3 2\r\n" + TEXT.replace(b"\n", b" \r\n"),
        b"3 2\n\n" + TEXT,
    ],
    ids=[
        "plain",
        "no final newline",
        "CRLF",
        "trailing spaces",
        "blank lines between",
        "blank lines around",
        "word2vec header",
        "word2vec header, CRLF, trailing spaces",
        "word2vec header, blank line",
    ],
)
def test_text_is_read(write, content):
    assert_reads(write(content))


def test_gzip_is_known_by_its_content_not_its_name(write):
    assert_reads(write(gzip.compress(TEXT), "vectors.txt"))
    assert_reads(write(TEXT, "vectors.gz"))


def test_gzip_of_several_members_is_read(write):
    assert_reads(write(gzip.compress(LINES[0] + b"\n") + gzip.compress(TEXT[14:])))


def test_zip_of_one_text_needs_no_choice(write_zip):
    members = {
        "vectors.txt": TEXT,
        "README": b"read me",
        "__MACOSX/._vectors.txt": b"x",
    }
    assert_reads(write_zip(members))
    assert_reads(write_zip(members), dim=2)


def test_zip_of_several_sizes_is_chosen_from_by_dim_or_member(write_zip):
    path = write_zip(
        {"glove.6B.2d.txt": TEXT, "glove.6B.12d.txt": line_of(12), "a.vec": line_of(3)}
    )
    assert_reads(path, dim=2)
    assert_reads(path, member="glove.6B.2d.txt")
    assert vectors_dim(path, dim=12) == 12
    assert vectors_dim(path, member="a.vec") == 3


def test_words_may_hold_spaces(write):
    content = (
        b"the 1 2\n. . . 3 4\nat name@domain.com 5 6\nchapter 7 7 8\n 0 1\n1999 9 10\n"
    )
    assert_reads(
        write(content),
        ["the", ". . .", "at name@domain.com", "chapter 7", "", "1999"],
        np.array(
            [[1, 2], [3, 4], [5, 6], [7, 8], [0, 1], [9, 10]],
            dtype=np.float32,
        ),
    )


def test_files_where_most_words_hold_spaces_are_read(write):
    content = b"new york 0.1 0.2\nlos angeles county 0.3 0.4\nrome 0.5 0.6\n"
    assert_reads(
        write(content),
        ["new york", "los angeles county", "rome"],
        np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], dtype=np.float32),
    )


def test_words_may_be_any_unicode(write):
    words = [
        "中",
        "é",
        "🐸",
        "a\xa0b",
        "\x85",
        "\u2028",
        "\u3000",
        "a\tb",
        "a\x1cb",
        "\0",
    ]
    content = "".join(f"{word} {i} 0.5\n" for i, word in enumerate(words)).encode()
    vectors = np.array([[i, 0.5] for i in range(len(words))], dtype=np.float32)
    assert_reads(write(content), words, vectors)


def test_of_a_word_that_stands_twice_the_last_row_counts(write):
    content = b"a 1 2\nb 3 4\na 5 6\nc 7 8\n"
    expected = np.array([[5, 6], [3, 4], [7, 8]], dtype=np.float32)
    assert_reads(write(content), ["a", "b", "c"], expected)


def test_an_unk_row_is_a_word_like_others(write):
    assert_reads(
        write(TEXT + b"<unk> 7 8\n"),
        [*WORDS, "<unk>"],
        np.vstack([VECTORS, [[7, 8]]]).astype(np.float32),
    )


def test_one_dimension_is_no_header(write):
    assert_reads(write(b"5 3\nfrog 1\n"), ["5", "frog"], np.float32([[3], [1]]))
    assert_reads(
        write(b"2 1\nfrog 3\ntoad 4\n"), ["frog", "toad"], np.float32([[3], [4]])
    )


def test_a_number_may_be_a_word_of_the_first_row(write):
    assert_reads(write(b"2 3 4\n3 4 5\n"), ["2", "3"], np.float32([[3, 4], [4, 5]]))


@pytest.mark.parametrize("n_rows", [1, 2, 3, 1000])
def test_blocks_change_nothing(write, monkeypatch, n_rows):
    monkeypatch.setattr(vectors_file, "_ROWS_AT_ONCE", n_rows)
    content = TEXT + b"frog 5 6\nbus 7 8\n"
    expected = np.vstack([[5, 6], VECTORS[1:], [7, 8]]).astype(np.float32)
    assert_reads(write(content), [*WORDS, "bus"], expected)


# ---------------------------------------------------------------------------
# Only what is wanted
# ---------------------------------------------------------------------------


def test_only_wanted_words_are_read(write):
    words, vectors = read_vectors(write(TEXT), wanted={b"car", b"frog", b"bus"})
    assert words == ["frog", "car"]
    np.testing.assert_array_equal(vectors, VECTORS[[0, 2]])


def test_wanting_nothing_that_is_there_gives_nothing(write):
    words, vectors = read_vectors(write(TEXT), wanted={b"bus"})
    assert words == []
    assert vectors.shape == (0, 2)
    assert vectors.dtype == np.float32


def test_numbers_of_other_words_are_not_parsed(write):
    path = write(TEXT + b"bad 0.1 oops\n")
    words, _ = read_vectors(path, wanted={b"car"})
    assert words == ["car"]
    with pytest.raises(ValueError, match="line 4: expected 2 finite numbers"):
        read_vectors(path)


def test_lengths_of_other_rows_are_checked(write):
    with pytest.raises(
        ValueError, match="line 4: expected a word and 2 numbers, got 1"
    ):
        read_vectors(write(TEXT + b"bad 0.1\n"), wanted={b"car"})


def test_the_first_words_are_read_each_once_and_no_further(write, write_zip):
    content = b"9 2\n" + TEXT + b"\ntoad 1 2\na b 3 oops\nbad\n"
    path = write(content)
    for n_words, words in [(0, []), (2, WORDS[:2]), (4, [*WORDS, "a b"])]:
        assert read_words(path, n_words=n_words) == words
        packed = write_zip({"vectors.2d.txt": content, "vectors.3d.txt": line_of(3)})
        assert read_words(packed, n_words=n_words, dim=2) == words
    with pytest.raises(ValueError, match="line 8: expected a word and 2 numbers"):
        read_words(path, n_words=5)
    assert read_words(write(TEXT), n_words=100) == WORDS


# ---------------------------------------------------------------------------
# What is refused
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line", "shown"),
    [
        (b"It was a dark and stormy night.\nThe rain fell.\n", 1, "It was a dark"),
        (b"Chapter 1\n\nIt was a dark night.\nThe rain fell.\n", 3, "It was a dark"),
        (b"\n<html>\n<head><title>Not found</title>\n", 2, "<html>"),
        (b"\x80\x03\xff\x00\x10 \x00\x0a\xfe\xff", 1, "x80"),
        (b"3000000 2\n</s> \x0f\x12 \xff\x8a\n\xa1\n \x80 \xf0 \x01", 2, "</s>"),
        (b"word\n", 1, "word"),
        (b"frog\t0.1\t0.2\n", 1, "frog"),
        (b"frog 0,1 0,2\n", 1, "frog 0,1"),
    ],
    ids=[
        "prose",
        "prose under a heading",
        "HTML",
        "binary",
        "word2vec binary",
        "words only",
        "tabs",
        "decimal commas",
    ],
)
def test_what_is_no_vectors_is_refused_at_once(write, content, line, shown):
    path = write(content)
    for read in (vectors_dim, read_vectors):
        with pytest.raises(ValueError, match="does not hold word vectors") as raised:
            read(path)
        assert str(path) in str(raised.value)
        assert f"line {line} " in str(raised.value)
        assert shown in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\n", b" \n\r\n\t\n"])
def test_empty_files_are_refused(write, content):
    path = write(content)
    for read in (vectors_dim, read_vectors):
        with pytest.raises(ValueError, match=r"vectors\.txt is empty"):
            read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TEXT + b"bus 0.1\ncat 1 2\n", "line 4: expected a word and 2 numbers, got 1"),
        (TEXT + b"bus 0.1 0.2 0.3\n", "line 4: expected a word and 2 numbers, got 3"),
        (TEXT + b"bus 1 1e-05 2 3\n", "line 4: expected a word and 2 numbers, got 4"),
        (TEXT + b"bus 0.", "line 4: .*The file may be cut off here"),
        (TEXT + b"bus", "line 4: .*The file may be cut off here"),
        (TEXT + b"bus 0.1 \n", "line 4: expected a word and 2 numbers, got 1"),
        (b"\n" + TEXT + b"bus 1", "line 5: expected a word and 2 numbers"),
        (b"3 2\n" + TEXT + b"bus 1", "line 5: expected a word and 2 numbers"),
        (b"3 5\n" + TEXT, "line 2: expected a word and 5 numbers, got 2"),
        (b"3 1\n" + TEXT, "line 2: expected a word and 1 numbers, got 2"),
        (b"4 2\n" + TEXT, "its first line announces 4 words, it holds 3"),
        (b"4 2\n", "its first line announces 4 words, it holds 0"),
        (TEXT + b"b\xff 1 2\n", r"line 4: the word b'b\\xff' is not UTF-8"),
        (TEXT + b"bus nan 1\n", "line 4: expected 2 finite numbers.*b'nan 1'"),
        (TEXT + b"bus 1 inf\n", "line 4: expected 2 finite numbers.*b'1 inf'"),
        (TEXT + b"bus 1e39 1\n", "line 4: expected 2 finite numbers.*b'1e39 1'"),
        (TEXT + b"bus 1 x\n", "line 4: expected 2 finite numbers.*b'1 x'"),
        (TEXT + b"bus 1 2_0\n", "line 4: expected 2 finite numbers.*b'1 2_0'"),
        (TEXT + b"bus 1\t2 3\n", "line 4: expected 2 finite numbers"),
        (TEXT + b"1999   2\n", "line 4: expected a word and 2 numbers, got 1"),
        (TEXT + b"1999   2", "line 4: expected a word and 2 numbers, got 1"),
        (TEXT + b"bus 1 \xa02\n", r"line 4: expected 2 finite numbers"),
        (TEXT + b"bus 1\x1f 2\n", r"line 4: expected 2 finite numbers"),
        (TEXT + b"bus 1 \xff\n", r"line 4: expected 2 finite numbers.*xff"),
    ],
)
def test_a_bad_row_is_refused_by_its_line(write, content, message):
    path = write(content)
    with pytest.raises(ValueError, match=message) as raised:
        read_vectors(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_the_line_is_right_in_every_block(write, monkeypatch, n_rows):
    monkeypatch.setattr(vectors_file, "_ROWS_AT_ONCE", n_rows)
    with pytest.raises(ValueError, match="line 3: expected 2 finite"):
        read_vectors(write(b"\n" + LINES[0] + b"\nbad 1 x\n" + TEXT))


def test_an_error_message_does_not_repeat_a_whole_line(write):
    with pytest.raises(ValueError, match="line 2: ") as raised:
        read_vectors(write(line_of(10_000) + line_of(9_999)))
    assert len(str(raised.value)) < 500


def test_another_dimension_than_asked_for_is_refused(write):
    for read in (vectors_dim, read_vectors):
        with pytest.raises(ValueError, match="has vectors of 2 dimensions, not of 50"):
            read(write(TEXT), dim=50)
        with pytest.raises(ValueError, match="has vectors of 2 dimensions, not of 50"):
            read(write(b"3 2\n" + TEXT), dim=50)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.txt"):
        read_vectors(tmp_path / "nothing.txt")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        read_vectors(tmp_path)


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_cut_off_gzip_is_refused(write, kept):
    rng = np.random.default_rng(0)
    text = b"".join(b"w%d %f %f\n" % (i, *rng.random(2)) for i in range(2_000))
    packed = gzip.compress(text)
    path = write(packed[: int(kept * len(packed))])
    with pytest.raises(ValueError, match="damaged or cut off") as raised:
        read_vectors(path)
    assert str(path) in str(raised.value)


def test_a_damaged_gzip_is_refused(write):
    packed = bytearray(gzip.compress(TEXT))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(ValueError, match="damaged or cut off"):
        read_vectors(write(bytes(packed)))


def test_a_cut_off_zip_is_refused(write_zip):
    path = write_zip({"vectors.txt": TEXT})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match="damaged or cut off"):
        read_vectors(path)


def test_a_damaged_zip_is_refused(write_zip):
    path = write_zip({"vectors.txt": TEXT})
    packed = bytearray(path.read_bytes())
    packed[60] ^= 0xFF
    path.write_bytes(packed)
    with pytest.raises(ValueError, match="damaged or cut off"):
        read_vectors(path)


def test_a_zip_without_what_is_wanted_is_refused(write_zip):
    path = write_zip(
        {"glove.6B.50d.txt": line_of(50), "glove.6B.100d.txt": line_of(100)}
    )
    held = r"hold .*It holds 'glove\.6B\.50d\.txt', 'glove\.6B\.100d\.txt'"
    for options, wanted in [
        ({"dim": 300}, "one text of 300 dimensions"),
        ({}, "one text"),
        ({"member": "glove.txt"}, "'glove.txt'"),
    ]:
        for read in (vectors_dim, read_vectors):
            with pytest.raises(ValueError, match=held) as raised:
                read(path, **options)
            assert wanted in str(raised.value)


def test_a_member_of_another_dimension_is_refused(write_zip):
    path = write_zip({"glove.6B.50d.txt": TEXT, "glove.6B.100d.txt": line_of(100)})
    with pytest.raises(ValueError, match="has vectors of 2 dimensions, not of 50"):
        vectors_dim(path, dim=50)


def test_a_zip_without_texts_is_refused(write_zip):
    with pytest.raises(ValueError, match=r"It holds 'a\.html'"):
        vectors_dim(write_zip({"a.html": b"x"}))
    with pytest.raises(ValueError, match="It holds nothing"):
        vectors_dim(write_zip({}))
