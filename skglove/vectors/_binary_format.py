"""Word vectors in word2vec's binary format.

A line `count dim`, then for each word: the word, a space, its numbers as little-endian
float32. The original program also writes a line break after each row, others do not.
"""

from contextlib import closing
from functools import partial

import numpy as np

from ._source import (
    Source,
    Stream,
    check_dim,
    is_count,
    open_stream,
    read_ahead,
)

_NUMBER = np.dtype("<f4")
_BLOCK = 1 << 20
_MAX_HEADER = 64
_MAX_WORD = 10_000  # bytes
_MAY_BE_TEXT = frozenset(b"\t\r\n")
_OF_NUMBERS = frozenset(b"0123456789+-.eE \t\r")


def recognizes(start: bytes) -> bool:
    """Tell whether a file that starts so is in word2vec's binary format."""
    try:
        _, dim, n_header = _parse_header(start)
    except ValueError:
        return False
    _, _, rest = start[n_header:].partition(b" ")
    row = rest.partition(b"\n")[0]
    if _OF_NUMBERS.issuperset(row) and len(row.split()) == dim:
        return False
    return not _is_text(rest[: dim * _NUMBER.itemsize])


def _is_text(data):
    """Tell whether bytes are text, perhaps cut off within a character."""
    if any(byte < 32 and byte not in _MAY_BE_TEXT for byte in set(data)):
        return False
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _parse_header(start):
    """Return what the first line announces, and its length."""
    line, line_break, _ = start[:_MAX_HEADER].partition(b"\n")
    fields = line.split()
    if not line_break or len(fields) != 2 or not all(map(is_count, fields)):
        raise ValueError("no header")
    n_words, dim = map(int, fields)
    if not dim:
        raise ValueError("no dimensions")
    return n_words, dim, len(line) + 1


def read_dim(source: Source) -> int:
    """Return the dimension of the vectors, from the first line."""
    with open_stream(source) as stream:
        return _read_header(source, stream)[1]


def _read_header(source, stream):
    """Return what the first line announces, its length, and the bytes read for it."""
    start = stream.read(_MAX_HEADER)
    try:
        n_words, dim, n_header = _parse_header(start)
    except ValueError:
        raise ValueError(
            f"{source.path} does not open with a line of the number of words and of "
            "dimensions, as word2vec's binary format does."
        ) from None
    check_dim(source.path, dim, source.dim)
    return n_words, dim, n_header, start


def read(
    source: Source, wanted: set[bytes] | None = None
) -> tuple[list[str], np.ndarray]:
    """Read word vectors in one streaming pass.

    Parameters
    ----------
    source : Source
        The file.

    wanted : set of bytes, default=None
        The words to read, in UTF-8. None reads all.

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
        If the file is not what it should be.
    """
    rows, parsed, n_rows = {}, [], 0
    for words, vectors in _read_rows(source):
        if wanted is not None:
            kept = [i for i, word in enumerate(words) if word in wanted]
            words, vectors = [words[i] for i in kept], vectors[kept]
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            word = words[int(np.argmin(finite))].decode()
            raise ValueError(
                f"{source.path}: the vector of {word!r} holds NaN or infinity."
            )
        for word in words:
            rows[word] = n_rows
            n_rows += 1
        parsed.append(vectors)
    vectors = np.concatenate(parsed)
    if len(rows) < len(vectors):
        vectors = vectors[list(rows.values())]
    return [word.decode() for word in rows], vectors


def read_words(source: Source, n_words: int) -> list[str]:
    """Read the first words, each once. Raises what `read` does."""
    found = {}
    if n_words:
        with closing(_read_rows(source)) as blocks:
            for words, _ in blocks:
                found.update(dict.fromkeys(words))
                if len(found) >= n_words:
                    break
    return [word.decode() for word in found][:n_words]


def _read_rows(source):
    """Yield the words and vectors of some rows at a time."""
    with open_stream(source) as stream:
        for block, starts, lengths, ends in _find_rows(source, stream):
            words = [
                block[start : start + length]
                for start, length in zip(starts, lengths, strict=True)
            ]
            # Between a word and the end of its row lie a space and the numbers.
            numbers = b"".join(
                block[start + length + 1 : end]
                for start, length, end in zip(starts, lengths, ends, strict=True)
            )
            vectors = np.frombuffer(numbers, dtype=_NUMBER)
            yield words, vectors.reshape(len(words), -1).astype(np.float32)


def _find_rows(source, stream):
    """Yield the bytes in blocks, and where in each the rows start and end.

    The words are checked, the numbers are not.
    """
    path = source.path
    n_announced, dim, n_header, block = _read_header(source, stream)
    n_bytes = dim * _NUMBER.itemsize
    n_rows, position = 0, n_header
    with closing(read_ahead(partial(stream.read, _BLOCK))) as chunks:
        while n_rows < n_announced:
            starts, lengths, ends = [], [], []
            while n_rows < n_announced:
                while block[position : position + 1] == b"\n":
                    position += 1
                word_end = block.find(b" ", position, position + _MAX_WORD)
                end = word_end + 1 + n_bytes
                if word_end < 0 or end > len(block):
                    break
                n_rows += 1
                try:
                    block[position:word_end].decode()
                except UnicodeDecodeError:
                    raise ValueError(
                        f"{path}, word {n_rows}: {block[position:word_end][:60]!r} is "
                        "not UTF-8. The file may be damaged."
                    ) from None
                starts.append(position)
                lengths.append(word_end - position)
                ends.append(end)
                position = end
            if starts:
                yield block[:position], starts, lengths, ends
            if n_rows == n_announced:
                break
            if len(block) - position > _MAX_WORD + n_bytes:
                raise ValueError(
                    f"{path}, word {n_rows + 1}: longer than {_MAX_WORD:,} bytes. The "
                    "file may be damaged."
                )
            chunk = next(chunks, b"")
            if not chunk:
                break
            # Bytes before the first row, the header, belong to the block all the same.
            block = (block[position:] if starts else block) + chunk
            position = 0 if starts else position
    if n_rows < n_announced:
        raise ValueError(
            f"{path} is cut off: its first line announces {n_announced} words, it "
            f"holds {n_rows}. Get the file again."
        )
    if not n_rows:
        raise ValueError(f"{path} is empty: expected word vectors.")


class Rows:
    """The rows of a file, as :mod:`skglove.vectors._row_index` finds them again.

    Parameters
    ----------
    source : Source
        The file; its `dim` must be set.
    """

    def __init__(self, source: Source):
        self._source = source
        self._n_bytes = (source.dim or 0) * _NUMBER.itemsize

    def blocks(self, stream: Stream):
        """Yield the bytes in blocks, and where in each block the rows lie.

        Yields
        ------
        block : bytes
            Whole rows. The blocks end to end are what the file holds.

        starts, lengths, ends : ndarray of shape (n_rows,), dtype=intp
            Where a row starts, how long its word is, where the row ends.
        """
        for block, *places in _find_rows(self._source, stream):
            yield block, *(np.array(each, dtype=np.intp) for each in places)

    def read(self, file, word: bytes) -> bytes:
        """Read the row of a word."""
        return file.read(len(word) + 1 + self._n_bytes)

    def cut(self, data: bytes, starts: list[int], words: list[bytes]) -> list[bytes]:
        """Return the rows that start at some places, all of them whole."""
        return [
            data[start : start + len(word) + 1 + self._n_bytes]
            for start, word in zip(starts, words, strict=True)
        ]

    def split(self, rows: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        """Return the words of rows and what their numbers are parsed from."""
        n_bytes = self._n_bytes
        if any(len(row) <= n_bytes for row in rows):
            raise ValueError("a row is cut off")
        words = [row[: -n_bytes - 1] for row in rows]
        return words, [row[-n_bytes:] for row in rows]

    def parse(self, numbers):
        """Return the vectors of some rows, or None if they are damaged."""
        vectors = np.frombuffer(b"".join(numbers), dtype=_NUMBER)
        vectors = vectors.reshape(len(numbers), self._source.dim).astype(np.float32)
        return vectors if np.isfinite(vectors).all() else None
