"""Word vectors as text: GloVe's format and word2vec's, which fastText's `.vec` is.

A line is a word and its numbers, between spaces; the word may itself hold spaces. In
word2vec's text format a line `count dim` comes first.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

import numpy as np

from ._decimals import parse_decimals
from ._source import (
    MAX_DIM,
    Source,
    Stream,
    check_dim,
    is_count,
    open_stream,
    read_ahead,
)

_BOM = "\ufeff".encode()
_HEAD_LINES = 100
_ROWS_AT_ONCE = 500
_ROWS_WRITTEN_AT_ONCE = 1_000
_BLOCK = 1 << 19  # bytes handled at once, for the processor to keep at hand
_FIRST_BLOCK = 1 << 15  # most of which are enough to tell the format
# 20,000 numbers with 17 digits, sign, point and exponent fit.
_MAX_LINE = 1 << 20
_BYTES_PER_NUMBER = 64
# What is taken for a number too many, not for the end of a word that holds spaces.
_DECIMAL = re.compile(rb"-?\d*(\.\d+(e[-+]?\d+)?|\de[-+]\d+)")
# NumPy takes these for spaces, in Latin-1.
_OTHER_SPACE = re.compile(r"[^\S ]")


class _Head(NamedTuple):
    """What the first lines of a text say."""

    dim: int
    n_announced: int | None
    lines: Iterator[tuple[int, bytes]]  # those with rows, numbered


def recognizes(start: bytes) -> bool:
    """Tell whether a file that starts so is text: whatever is nothing else."""
    return True


def read_dim(source: Source) -> int:
    """Return the dimension of the vectors, from the first lines."""
    with open_stream(source) as stream:
        return _read_head(source, stream).dim


def read(
    source: Source, wanted: set[bytes] | None = None
) -> tuple[list[str], np.ndarray]:
    """Read word vectors in one streaming pass.

    Parameters
    ----------
    source : Source
        The file.

    wanted : set of bytes, default=None
        The words to read, in UTF-8. None reads all. Of the rows of other words only
        the length and the UTF-8 are checked, not the numbers.

    Returns
    -------
    words : list of str of length n_words
        The words found, in the file's order. Of a word that occurs in the file more
        than once the last row counts.

    vectors : ndarray of shape (n_words, dim), dtype=float32
        The vector of each word.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file or one of its rows is not what it should be. The message names the
        file and the line.
    """
    path = source.path
    rows: dict[bytes, int] = {}
    numbers: list[tuple[int, bytes]] = []
    parsed: list[np.ndarray] = []
    with open_stream(source) as stream:
        dim, n_announced, lines = _read_head(source, stream)
        n_read = 0
        for line_number, line in lines:
            line = line.rstrip()
            if not line:
                continue
            n_read += 1
            word, row = split_row(path, line_number, line, dim)
            if wanted is None or word in wanted:
                rows[word] = len(parsed) * _ROWS_AT_ONCE + len(numbers)
                numbers.append((line_number, row))
                if len(numbers) == _ROWS_AT_ONCE:
                    parsed.append(_parse_rows(path, numbers, dim))
                    numbers = []
    _check_count(path, n_read, n_announced)
    parsed.append(_parse_rows(path, numbers, dim))
    vectors = np.concatenate(parsed)
    if len(rows) < len(vectors):
        vectors = vectors[list(rows.values())]
    return [word.decode() for word in rows], vectors


def read_words(source: Source, n_words: int) -> list[str]:
    """Read the first words, each once, and little more of the file than they take.

    Raises what `read` does; the numbers are not parsed.
    """
    words: dict[bytes, None] = {}
    n_read = 0
    with open_stream(source) as stream:
        dim, n_announced, lines = _read_head(source, stream)
        for line_number, line in lines:
            if len(words) >= n_words:
                break
            line = line.rstrip()
            if line:
                words[split_row(source.path, line_number, line, dim)[0]] = None
                n_read += 1
        else:
            _check_count(source.path, n_read, n_announced)
    return [word.decode() for word in words]


def write(file: BinaryIO, words: list[str], vectors: np.ndarray) -> None:
    """Write word vectors in GloVe's format to an open file.

    Raises
    ------
    ValueError
        If a word could not be read again.
    """
    for word in words:
        if not _is_writable(word):
            raise ValueError(
                f"The word {word!r} holds a line break, ends in a space or in a number "
                "after a space, or starts with a byte order mark, which GloVe's text "
                "format cannot tell. Save to a .npz file."
            )
    for start in range(0, len(words), _ROWS_WRITTEN_AT_ONCE):
        some = slice(start, start + _ROWS_WRITTEN_AT_ONCE)
        for word, row in zip(words[some], vectors[some].astype(str), strict=True):
            file.write(f"{word} {' '.join(row)}\n".encode())


def _is_writable(word):
    return not (
        "\n" in word
        or word.endswith(" ")
        or word.startswith("\ufeff")
        or _ends_in_number(word.encode())
    )


# ---------------------------------------------------------------------------
# Lines
# ---------------------------------------------------------------------------


def _read_lines(source, stream):
    """Yield the lines and their numbers, none longer than a line of vectors may be."""
    max_line = _max_line(source.dim)
    block = stream.read(_FIRST_BLOCK).removeprefix(_BOM)
    line_number, left = 1, b""
    while block:
        lines = (left + block).split(b"\n")
        if len(left + block) > max_line:
            for i, line in enumerate(lines, line_number):
                if len(line) > max_line:
                    raise _too_long(source, i, max_line)
        left = lines.pop()
        yield from enumerate(lines, line_number)
        line_number += len(lines)
        block = stream.read(_BLOCK)
    if left:
        yield line_number, left


def _too_long(source, line_number, max_line):
    return ValueError(
        f"{source.path}, line {line_number}: longer than {max_line:,} bytes, which no "
        "word vector of its dimension should be. If it is one of a very large "
        "dimension, pass `dim` to WordVectors.from_file."
    )


def _max_line(dim):
    return max(_MAX_LINE, _BYTES_PER_NUMBER * (dim or 0))


def split_row(path, line_number, line, dim):
    """Split a line from the right, as words may hold spaces."""
    n_spaces = line.count(b" ")
    if n_spaces == dim:
        word, _, row = line.partition(b" ")
    elif n_spaces > dim:
        word, *fields = line.rsplit(b" ", dim)
        if b"" in fields:  # several spaces between numbers
            fields, before = [], line.split(b" ")
            # The first field is the word, however few numbers there are.
            while len(before) > 1 and len(fields) < dim:
                fields += filter(None, [before.pop()])
            word, fields = b" ".join(before), fields[::-1]
        word, row = word.rstrip(b" "), b" ".join(fields)
        if len(fields) < dim or _ends_in_number(word):
            raise ValueError(
                f"{path}, line {line_number}: expected a word and {dim} numbers, got "
                f"{len(line.split()) - 1}: {_shown(line)}."
            )
    else:
        raise ValueError(
            f"{path}, line {line_number}: expected a word and {dim} numbers, got "
            f"{n_spaces}: {_shown(line)}. The file may be cut off here, or hold "
            "something else than word vectors."
        )
    if not word.isascii():
        try:
            word.decode()
        except UnicodeDecodeError:
            raise ValueError(
                f"{path}, line {line_number}: the word {_shown(word)} is not UTF-8. "
                "Convert the file to UTF-8."
            ) from None
    return word, row


def _ends_in_number(word):
    return b" " in word and _DECIMAL.fullmatch(word.rpartition(b" ")[2])


def _parse_rows(path, numbers, dim):
    """Turn the text of rows into a float32 array."""
    if not numbers:
        return np.empty((0, dim), dtype=np.float32)
    parsed = parse_numbers([row for _, row in numbers], dim)
    if parsed is None:
        line_number, row = next(
            (line_number, row)
            for line_number, row in numbers
            if parse_numbers([row], dim) is None
        )
        raise ValueError(
            f"{path}, line {line_number}: expected {dim} finite numbers in float32's "
            f"range, got {_shown(row)}."
        )
    return parsed


def parse_numbers(rows, dim):
    """Return the numbers of some rows, or None if not all are what they should be."""
    numbers, is_parsed = parse_decimals(b"".join(row + b"\n" for row in rows))
    parsed = numbers.reshape(len(rows), dim).astype(np.float32)
    others = (~is_parsed.reshape(parsed.shape).all(axis=1)).nonzero()[0]
    if len(others):
        lines = [rows[i].decode("latin-1") for i in others]
        if any(map(_OTHER_SPACE.search, lines)):
            return None
        try:
            numbers = np.loadtxt(
                lines,
                dtype=np.float32,
                comments=None,
                ndmin=2,
            )
        except ValueError:
            return None
        if numbers.shape != (len(others), dim) or not np.isfinite(numbers).all():
            return None
        parsed[others] = numbers
    return parsed


def _shown(line):
    """Return the start of a line for an error message."""
    return repr(line[:60]) + ("..." if len(line) > 60 else "")


# ---------------------------------------------------------------------------
# The first lines
# ---------------------------------------------------------------------------


def _read_head(source, stream):
    """Find out the dimension from the first lines, and whether there is a header."""
    path, dim = source.path, source.dim
    lines = _read_lines(source, stream)
    head = list(islice(lines, _HEAD_LINES))
    if not any(line.strip() for _, line in head):
        raise ValueError(f"{path} is empty: expected word vectors.")
    n_announced, announced = None, None
    if _is_word2vec_header(head):
        n_announced, announced = map(int, head.pop(0)[1].split())
    counts = [_count_numbers(line) for _, line in head if line.strip()]
    found = Counter(counts).most_common(1)[0][0] if counts else announced
    if not found:
        line_number, line = next(
            (line_number, line)
            for line_number, line in head
            if line.strip() and not _count_numbers(line)
        )
        raise ValueError(
            f"{path} does not hold word vectors: line {line_number} should be a word "
            f"and its numbers, got {_shown(line)}."
        )
    found = announced or found
    check_dim(path, found, dim)
    return _Head(found, n_announced, chain(head, lines))


def _is_word2vec_header(head):
    """Tell whether the first line is `count dim` and not a word and its number."""
    opening = head[0][1].split()
    if len(opening) != 2 or not all(map(is_count, opening)) or not int(opening[1]):
        return False
    following = next((line for _, line in head[1:] if line.strip()), None)
    return opening[1] == b"1" or following is None or len(following.split()) > 2


def _count_numbers(line):
    """Count the numbers that a line ends in; its first field is a word."""
    n_numbers = 0
    for field in reversed(line.rstrip().split(b" ")[1:]):
        if not field:  # two spaces
            continue
        try:
            float(field)
        except ValueError:
            break
        n_numbers += 1
        if n_numbers > MAX_DIM:
            return len(line.split()) - 1
    return n_numbers


def _check_count(path, n_read, n_announced):
    """Refuse a file that holds fewer rows than its header says, or none."""
    if n_announced is not None and n_read < n_announced:
        raise ValueError(
            f"{path} is cut off: its first line announces {n_announced} words, it "
            f"holds {n_read}. Get the file again."
        )
    if not n_read:
        raise ValueError(f"{path} is empty: expected word vectors.")


# ---------------------------------------------------------------------------
# What an index needs
# ---------------------------------------------------------------------------


class Rows:
    """The rows of a text, as :mod:`skglove.vectors._row_index` finds them again.

    Parameters
    ----------
    source : Source
        The file; its `dim` must be set.
    """

    def __init__(self, source: Source):
        self._source, self._dim = source, source.dim

    def blocks(self, stream: Stream):
        """Yield the bytes in blocks, and where in each block the rows lie.

        Yields
        ------
        block : bytes
            Whole lines. The blocks end to end are the text, with a line break at its
            end.

        starts, lengths, ends : ndarray of shape (n_rows,), dtype=intp
            Where a row starts, how long its word is, where the row ends.
        """
        # The lines that tell the dimension are read twice, by another stream.
        with open_stream(self._source) as first:
            n_announced = _read_head(self._source, first).n_announced
        n_rows, is_first = 0, True
        with closing(read_ahead(partial(self._read_block, stream))) as blocks:
            for block in blocks:
                n_skipped = 0
                if is_first and n_announced is not None:
                    n_skipped = block.index(b"\n") + 1
                elif is_first and block.startswith(_BOM):
                    n_skipped = len(_BOM)
                is_first = False
                starts, lengths, ends = self._find(block[n_skipped:])
                n_rows += len(starts)
                if (ends - starts).max(initial=0) > _max_line(self._dim):
                    raise ValueError("a line is too long")
                yield block, starts + n_skipped, lengths, ends + n_skipped
        _check_count(self._source.path, n_rows, n_announced)

    def _read_block(self, stream):
        """Read whole lines, the last with a line break if the file lacks it."""
        block = stream.read(_BLOCK)
        if not block or block.endswith(b"\n"):
            return block
        block += stream.readline(_max_line(self._dim) + 1)
        return block if block.endswith(b"\n") else block + b"\n"

    def _find(self, block):
        """Find the rows of a block of lines, all at once where they are plain."""
        dim, data = self._dim, np.frombuffer(block, dtype=np.uint8)
        is_line_end = data == ord("\n")
        ends = np.flatnonzero(is_line_end | (data == ord(" ")))
        line_ends = ends[dim :: dim + 1]
        is_plain = (
            len(line_ends) * (dim + 1) == len(ends)
            and len(line_ends) == np.count_nonzero(is_line_end)
            and is_line_end[line_ends].all()
            # No white space at the end of a line that were to be taken off.
            and (data[line_ends - 1] > ord(" ")).all()
        )
        if not is_plain:
            return self._find_line_by_line(block)
        starts = np.concatenate([[0], line_ends[:-1] + 1])[: len(line_ends)]
        word_ends = ends[:: dim + 1]
        if not block.isascii():
            others = np.searchsorted(line_ends, np.flatnonzero(data > 127))
            for i in np.unique(others).tolist():
                block[starts[i] : word_ends[i]].decode()
        return starts, word_ends - starts, line_ends

    def _find_line_by_line(self, block):
        """The same where words hold spaces, or lines are empty or end in spaces."""
        starts, lengths, ends = [], [], []
        start = 0
        for line in block.split(b"\n"):
            stripped = line.rstrip()
            if stripped:
                word, _ = split_row(self._source.path, None, stripped, self._dim)
                starts.append(start)
                lengths.append(len(word))
                ends.append(start + len(line))
            start += len(line) + 1
        return tuple(np.array(each, dtype=np.intp) for each in (starts, lengths, ends))

    def read(self, file, word: bytes) -> bytes:
        """Read on to the end of the row of a word."""
        return file.readline(_max_line(self._dim) + 1)

    def cut(self, data: bytes, starts: list[int], words: list[bytes]) -> list[bytes]:
        """Return the rows that start at some places, all of them whole."""
        find, last = data.find, len(data)
        ends = [find(b"\n", start) for start in starts]
        return [
            data[start : last if end < 0 else end]
            for start, end in zip(starts, ends, strict=True)
        ]

    def split(self, rows: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        """Return the words of rows and what their numbers are parsed from."""
        words, numbers = [], []
        for row in rows:
            word, _, row_numbers = row.partition(b" ")
            if row_numbers.count(b" ") + 1 != self._dim or row_numbers[-1:] <= b" ":
                word, row_numbers = split_row(
                    self._source.path, None, row.rstrip(), self._dim
                )
            words.append(word)
            numbers.append(row_numbers)
        return words, numbers

    def parse(self, numbers):
        """Return the vectors of some rows, or None if they are damaged."""
        return parse_numbers(numbers, self._dim)
