"""Reading word vectors from text: GloVe's format and word2vec's, plain or packed."""

import gzip
import re
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

import numpy as np

from ._decimals import parse_decimals

_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_HEAD_LINES = 100
_ROWS_AT_ONCE = 500
# What is taken for a number too many, not for the end of a word that holds spaces.
_DECIMAL = re.compile(rb"-?\d*(\.\d+(e[-+]?\d+)?|\de[-+]\d+)")


def vectors_dim(path, *, member=None, dim=None):
    """Return the dimension of the vectors in a file, from its first lines.

    Takes and raises what `read_vectors` does.
    """
    with open_lines(path, member, dim) as lines:
        return read_head(path, lines, dim)[0]


def read_vectors(path, *, member=None, dim=None, wanted=None):
    """Read word vectors from a file in one streaming pass.

    Parameters
    ----------
    path : str or PathLike
        A text file in GloVe's format (a word and its numbers a line, between spaces;
        the word may itself hold spaces) or in word2vec's, which opens with a line
        `count dim`; plain, packed with gzip, or a member of a zip.

    member : str, default=None
        The member of a zip. None takes the one that has `dim` dimensions in its name,
        or the only text there is.

    dim : int, default=None
        The dimension that the vectors must have. None takes that of the first lines.

    wanted : set of bytes, default=None
        The words to read, in UTF-8. None reads all. Of the rows of other words only
        the length and the UTF-8 are checked, not the numbers.

    Returns
    -------
    words : list of str of length n_words
        The words found, in the file's order. Of a word that stands in the file more
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
    rows = {}
    numbers, parsed = [], []
    with open_lines(path, member, dim) as lines:
        dim, n_rows, first, lines = read_head(path, lines, dim)
        n_read = 0
        for line_number, line in enumerate(lines, start=first):
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
    if n_rows is not None and n_read < n_rows:
        raise ValueError(
            f"{path} is cut off: its first line announces {n_rows} words, it holds "
            f"{n_read}. Get the file again."
        )
    parsed.append(_parse_rows(path, numbers, dim))
    vectors = np.concatenate(parsed)
    if len(rows) < len(vectors):
        vectors = vectors[list(rows.values())]
    return [word.decode() for word in rows], vectors


def read_words(path, *, n_words, member=None, dim=None):
    """Read the first words of a file, each once, and no more of it than they take.

    Takes and raises what `read_vectors` does; the numbers are not parsed.
    """
    words = {}
    with open_lines(path, member, dim) as lines:
        dim, _, first, lines = read_head(path, lines, dim)
        for line_number, line in enumerate(lines, start=first):
            if len(words) >= n_words:
                break
            line = line.rstrip()
            if line:
                words[split_row(path, line_number, line, dim)[0]] = None
    return [word.decode() for word in words]


def packing_of(path, member, dim):
    """Return what a text is packed in: None, "" for gzip, or the member of a zip."""
    with open_lines(path, member, dim) as lines:
        if isinstance(lines, zipfile.ZipExtFile):
            return lines.name
        return "" if isinstance(lines, gzip.GzipFile) else None


def split_row(path, line_number, line, dim):
    """Split a line from the right, as words may hold spaces."""
    n_spaces = line.count(b" ")
    if n_spaces == dim:
        word, _, row = line.partition(b" ")
    elif n_spaces > dim:
        word = line.rsplit(b" ", dim)[0]
        row = line[len(word) + 1 :]
        if _ends_in_number(word):
            raise ValueError(
                f"{path}, line {line_number}: expected a word and {dim} numbers, got "
                f"{n_spaces}: {_shown(line)}."
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
                f"{path}, line {line_number}: the word {word!r} is not UTF-8. Convert "
                "the file to UTF-8."
            ) from None
    return word, row


def _ends_in_number(word):
    return b" " in word and _DECIMAL.fullmatch(word.rpartition(b" ")[2])


def is_writable(word):
    """Tell whether a row of this word can be read again."""
    return "\n" not in word and not _ends_in_number(word.encode())


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
        try:
            numbers = np.loadtxt(
                [rows[i].decode("latin-1") for i in others],
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


def read_head(path, lines, dim):
    """Find out the format from the first lines.

    Returns the dimension, the announced number of rows or None, the number of the
    first line with a vector, and the lines from there on.
    """
    head = list(islice(lines, _HEAD_LINES))
    if not any(line.strip() for line in head):
        raise ValueError(f"{path} is empty: expected word vectors.")
    first, n_rows, announced = 1, None, None
    if _is_word2vec_header(head):
        n_rows, announced = map(int, head.pop(0).split())
        first = 2
    counts = [_count_numbers(line) for line in head if line.strip()]
    found = Counter(counts).most_common(1)[0][0] if counts else announced
    if not found:
        line_number, line = next(
            (line_number, line)
            for line_number, line in enumerate(head, start=first)
            if line.strip() and not _count_numbers(line)
        )
        raise ValueError(
            f"{path} does not hold word vectors: line {line_number} should be a word "
            f"and its numbers, got {_shown(line)}."
        )
    found = announced or found
    if dim is not None and found != dim:
        raise ValueError(f"{path} has vectors of {found} dimensions, not of {dim}.")
    return found, n_rows, first, chain(head, lines)


def _is_word2vec_header(head):
    """Tell whether the first line is `count dim` and not a word and its number."""
    opening = head[0].split()
    if len(opening) != 2 or not all(field.isdigit() for field in opening):
        return False
    if not int(opening[1]):
        return False
    following = next(filter(bytes.strip, head[1:]), None)
    return opening[1] == b"1" or following is None or len(following.split()) > 2


def _count_numbers(line):
    """Count the numbers that a line ends in; its first field is a word."""
    n_numbers = 0
    for field in reversed(line.rstrip().split(b" ")[1:]):
        try:
            float(field)
        except ValueError:
            break
        n_numbers += 1
    return n_numbers


@contextmanager
def open_lines(path, member, dim):
    """Open the text, whatever it is packed in, and say what is wrong with it."""
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder: expected a file of word vectors.")
    with open(path, "rb") as file:
        magic = file.read(4)
        file.seek(0)
        try:
            if magic.startswith(_GZIP_MAGIC):
                with gzip.open(file) as lines:
                    yield lines
            elif magic == _ZIP_MAGIC:
                with zipfile.ZipFile(file) as archive:
                    name = _find_member(path, archive, member, dim)
                    with archive.open(name) as lines:
                        yield lines
            else:
                yield file
        except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(
                f"{path} is damaged or cut off ({error}). Get the file again."
            ) from error


def _find_member(path, archive, member, dim):
    """Return the name of the wanted text inside a zip."""
    # A Mac adds a "._" member of its own to each file that it packs.
    texts = [
        name
        for name in archive.namelist()
        if name.endswith(".txt") and not name.startswith("__MACOSX/")
    ]
    if member is not None:
        found = [name for name in archive.namelist() if name == member]
        wanted = repr(member)
    elif dim is not None and len(texts) > 1:
        found = [name for name in texts if f".{dim}d." in name]
        wanted = f"a text of {dim} dimensions"
    else:
        found, wanted = texts, "one text"
    if len(found) != 1:
        raise ValueError(
            f"{path} does not hold {wanted}. It holds {', '.join(archive.namelist())}. "
            "Choose one of them with `member`."
        )
    return found[0]


def _shown(line):
    """Return the start of a line for an error message."""
    return repr(line[:60]) + ("..." if len(line) > 60 else "")
