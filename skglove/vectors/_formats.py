"""The formats of files with word vectors, in one table.

To add one: a module with its functions, and its line in `FORMATS`. gzip and zip are no
formats but what a file of most of them may be compressed with: see
:mod:`skglove.vectors._source`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import (
    _binary_format,
    _fasttext_format,
    _npz_format,
    _row_index,
    _text_format,
)
from ._source import Source, choose_member, list_members, read_start


class Format(NamedTuple):
    """A format of files with word vectors.

    Parameters
    ----------
    name : str
        What it is called.

    suffix : str or None
        The suffix that tells its files; None if their content does.

    recognizes : callable of bytes to bool
        Tells a file by its first bytes, decompressed.

    read_dim : callable of Source to int
        Reads the dimension of the vectors, from as little of the file as will do.

    read : callable of Source, and of a set of words or None, to words and vectors
        Reads all words, or those wanted, in one pass.

    read_words : callable of Source and int to list of str
        Reads the first words.

    rows : type or None
        How :mod:`skglove.vectors._row_index` finds rows in the middle of the file.
        None if it cannot: such files are read whole and kept.
    """

    name: str
    suffix: str | None
    recognizes: Callable[[bytes], bool]
    read_dim: Callable[[Source], int]
    read: Callable[[Source, set[bytes] | None], tuple[list[str], np.ndarray]]
    read_words: Callable[[Source, int], list[str]]
    rows: type | None


def _format(name, module, suffix=None):
    """Make the record of a format from the module of its functions."""
    return Format(
        name=name,
        suffix=suffix,
        recognizes=module.recognizes,
        read_dim=module.read_dim,
        read=module.read,
        read_words=module.read_words,
        rows=getattr(module, "Rows", None),
    )


#: In the order in which they are asked; text takes whatever is nothing else.
FORMATS = (
    _format("npz", _npz_format, suffix=_npz_format.SUFFIX),
    _format("fastText's binary", _fasttext_format),
    _format("word2vec's binary", _binary_format),
    _format("text", _text_format),
)


def format_of(source: Source) -> Format:
    """Return the format of a file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it cannot be decompressed.
    """
    suffix = source.path.suffix.lower()
    for each in FORMATS:
        if each.suffix == suffix:
            return each
    start = read_start(source)
    return next(each for each in FORMATS if each.recognizes(start))


def member_of(path: Path, member: str | None = None) -> str | None:
    """Return the member to read if a file is a zip of one of these formats, else None.

    Parameters
    ----------
    path : Path
        The file.

    member : str, default=None
        The member wanted, with or without its folder.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is a zip without such a member, or damaged.
    """
    if path.suffix.lower() in {each.suffix for each in FORMATS}:
        return None
    names = list_members(path)
    return None if names is None else choose_member(path, names, member=member)


def read_dim(source: Source) -> int:
    """Return the dimension of the vectors in a file."""
    return format_of(source).read_dim(source)


def read_vectors(
    source: Source, wanted: set[bytes] | None = None
) -> tuple[list[str], np.ndarray]:
    """Read the words and vectors of a file, all or those wanted, in one pass."""
    return format_of(source).read(source, wanted)


def read_words(source: Source, n_words: int) -> list[str]:
    """Read the first words of a file."""
    return format_of(source).read_words(source, n_words)


def look_up(source: Source, wanted: set[bytes]) -> tuple[list[str], np.ndarray] | None:
    """Read the vectors of some words, through an index where there can be one.

    None if the format has no rows to be found: the file is to be read whole.
    """
    rows = format_of(source).rows
    if rows is None:
        return None
    found = _row_index.look_up(source, rows(source), wanted)
    return read_vectors(source, wanted) if found is None else found
