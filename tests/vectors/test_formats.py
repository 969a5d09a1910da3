"""The table of formats: what tells a file's format, and what adding one takes."""

import gzip
from types import SimpleNamespace

import numpy as np
import pytest

from skglove import WordVectors
from skglove.vectors import _formats
from skglove.vectors._formats import FORMATS, format_of, member_of
from skglove.vectors._source import Source, open_stream


def _read(source, wanted=None):
    with open_stream(source) as stream:
        _, *words = stream.read(1_000).decode().split(",")
    return words, np.eye(len(words), 3, dtype=np.float32)


#: A format that somebody might add: its words, each with a vector of its own.
_ADDED = SimpleNamespace(
    recognizes=lambda start: start.startswith(b"frogs,"),
    read_dim=lambda source: 3,
    read=_read,
    read_words=lambda source, n_words: _read(source)[0][:n_words],
)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_format_is_added_by_one_line(tmp_path, monkeypatch, compress):
    path = tmp_path / "vectors"
    path.write_bytes(compress(b"frogs,green,red"))
    with pytest.raises(ValueError, match="does not hold word vectors"):
        WordVectors.from_file(path)
    added = _formats._format("frogs", _ADDED)
    monkeypatch.setattr(_formats, "FORMATS", (added, *FORMATS))
    vectors = WordVectors.from_file(path)
    assert vectors.frequent_words(1) == ["green"]
    matrix, known = vectors.look_up(["red", "blue"])
    assert matrix.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert known.tolist() == [True, False]
    assert vectors.words == ["green", "red"]


def test_names_are_distinct_and_text_comes_last():
    assert len({each.name for each in FORMATS}) == len(FORMATS)
    assert [each.recognizes(b"\x93\0\xff") for each in FORMATS[:-1]] == [False] * (
        len(FORMATS) - 1
    )
    assert FORMATS[-1].recognizes(b"\x93\0\xff")


def test_npz_is_told_by_its_name_in_any_case(tmp_path):
    for name in ("a.npz", "A.NPZ"):
        WordVectors(["frog"], [[1, 2]]).save(tmp_path / name)
        assert format_of(Source(tmp_path / name)).name == "npz"
        assert member_of(tmp_path / name) is None
        assert WordVectors.load(tmp_path / name).words == ["frog"]


def test_what_is_no_zip_has_no_member(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"frog 1 2\n")
    assert member_of(tmp_path / "a.txt") is None
    with pytest.raises(FileNotFoundError):
        member_of(tmp_path / "missing.txt")
    with pytest.raises(FileNotFoundError):
        format_of(Source(tmp_path / "missing.txt"))
