"""Word vectors in NumPy's `.npz`, which is small and quick to read.

It holds the words end to end in UTF-8 (`words`), where each ends (`ends`) and the
vectors (`vectors`). A file is believed only as far as it can be checked: what an array
declares must be what its member holds before any memory is set aside for it.
"""

import math
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from ._source import (
    Source,
    check_dim,
    check_readable,
    max_bytes_of,
    named_errors,
    too_large,
)

SUFFIX = ".npz"
_NOT_OURS = "does not hold word vectors as WordVectors.save writes them"
_MAX_HEADER = 1_000
_READ_HEADER = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def write(file: BinaryIO, words: list[str], vectors: np.ndarray) -> None:
    """Write word vectors to an open file."""
    encoded = [word.encode() for word in words]
    np.savez(
        file,
        words=np.frombuffer(b"".join(encoded), dtype=np.uint8),
        ends=np.cumsum([len(word) for word in encoded]),
        vectors=vectors,
    )


def recognizes(start: bytes) -> bool:
    """Say no: by its content it is a zip, its name tells what it holds."""
    return False


def read_dim(source: Source) -> int:
    """Return the dimension of the vectors, from the header of their array."""
    with _open(source) as archive:
        with _open_array(archive, "vectors", "f", 2, source) as (_, _, shape, _):
            dim = shape[1]
        for name in ("words", "ends"):
            archive.getinfo(f"{name}.npy")
    check_dim(source.path, dim, source.dim)
    return dim


def read(
    source: Source, wanted: set[bytes] | None = None
) -> tuple[list[str], np.ndarray]:
    """Read words and vectors.

    Parameters
    ----------
    source : Source
        The file.

    wanted : set of bytes, default=None
        The words to read, in UTF-8. None reads all.

    Returns
    -------
    words : list of str of length n_words
        The words.

    vectors : ndarray of shape (n_words, dim), dtype=float32
        The vector of each word.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not what it should be.
    """
    with _open(source) as archive:
        letters = _read_array(archive, "words", "u", 1, source)
        ends = _read_array(archive, "ends", "iu", 1, source)
        vectors = _read_array(archive, "vectors", "f", 2, source)
        words = _cut(letters, ends)
        if len(words) != len(vectors):
            raise ValueError(f"{len(words)} words, but {len(vectors)} vectors")
        words = [word.decode() for word in words]
    check_dim(source.path, vectors.shape[1], source.dim)
    with np.errstate(over="ignore"):  # what is too large for float32 is infinite
        vectors = vectors.astype(np.float32, copy=False)
    if wanted is not None:
        kept = [i for i, word in enumerate(words) if word.encode() in wanted]
        words, vectors = [words[i] for i in kept], vectors[kept]
    return words, vectors


def read_words(source: Source, n_words: int) -> list[str]:
    """Read the first words. Raises what `read` does."""
    return read(source)[0][:n_words]


@contextmanager
def _open(source) -> Iterator[zipfile.ZipFile]:
    """Open the archive; whatever is wrong within is an error that names the file."""
    with open(source.path, "rb") as file, named_errors(source.path, _NOT_OURS):
        with zipfile.ZipFile(file) as archive:
            yield archive


@contextmanager
def _open_array(archive, name, kinds, n_axes, source):
    """Open an array; yield its file, type, shape and order once they are checked."""
    info = archive.getinfo(f"{name}.npy")
    check_readable(source.path, info)
    max_bytes = max_bytes_of(source, source.path.stat().st_size)
    if info.file_size > max_bytes:
        raise too_large(source.path, max_bytes)
    with archive.open(info) as file:
        read_header = _READ_HEADER[np.lib.format.read_magic(file)]
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy's guesses at a damaged header
            shape, is_fortran, dtype = read_header(file, max_header_size=_MAX_HEADER)
        if dtype.kind not in kinds or dtype.itemsize > 8 or len(shape) != n_axes:
            raise ValueError(f"{name!r} is an array of {dtype} of shape {shape}")
        n_bytes = math.prod(shape) * dtype.itemsize
        if min(shape) < 0 or file.tell() + n_bytes != info.file_size:
            raise ValueError(f"{name!r} is cut off")
        yield file, dtype, shape, "F" if is_fortran else "C"


def _read_array(archive, name, kinds, n_axes, source):
    """Read an array."""
    with _open_array(archive, name, kinds, n_axes, source) as opened:
        file, dtype, shape, order = opened
        # To the end, where the checksum is compared.
        return np.frombuffer(file.read(), dtype=dtype).reshape(shape, order=order)


def _cut(letters, ends):
    """Cut words that lie end to end."""
    if letters.dtype.itemsize > 1:
        raise ValueError(f"'words' is an array of {letters.dtype}")
    ends = ends.tolist()
    if [0, *ends] != sorted([0, *ends]) or (ends[-1] if ends else 0) != len(letters):
        raise ValueError("'ends' are not where words end")
    letters = letters.tobytes()
    return [letters[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
