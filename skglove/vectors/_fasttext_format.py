"""Word vectors in fastText's `.bin`, the whole model, read by gensim."""

import struct

import numpy as np

from ._source import (
    Source,
    check_dim,
    max_bytes_of,
    named_errors,
    open_stream,
)

_MAGIC = struct.pack("<i", 793712314)
_VERSION = 12
_NUMBER = np.dtype("<f4")

# What a model opens with, one after the other.
_START = struct.Struct("<ii")  # the magic number, the version
_DIM = struct.Struct("<i")
# Window, epochs, min_count, negatives, word n-grams, loss, model; buckets, least and
# most characters of an n-gram; rate, threshold.
_ARGUMENTS = struct.Struct("<11id")
# Words and labels, words, labels, tokens, entries of a pruned index.
_SIZES = struct.Struct("<iiiqq")
_COUNT = struct.Struct("<qb")  # after each word: how often it occurs, its type
_MATRIX = struct.Struct("<?qq")  # whether it is quantized, rows, columns

_CHUNK = 1 << 20
_MAX_WORD = 10_000  # bytes
_MAX_NGRAM = 20  # characters; fastText's own default is 6


def recognizes(start: bytes) -> bool:
    """Tell whether a file that starts so is a model of fastText's."""
    return start.startswith(_MAGIC) and len(start) >= _START.size + _DIM.size


def read_dim(source: Source) -> int:
    """Return the dimension of the vectors, from the first bytes."""
    with open_stream(source) as stream:
        stream.read(_START.size)
        (dim,) = _DIM.unpack(stream.read(_DIM.size))
        member = stream.member
    if member or (member == "" and source.path.suffix.lower() != ".gz"):
        raise ValueError(
            f"{source.path} holds a model of fastText's, which cannot be read from "
            "an archive. Extract it and pass its path."
        )
    if dim <= 0:
        raise ValueError(f"{source.path} is damaged: it has {dim} dimensions.")
    check_dim(source.path, dim, source.dim)
    return dim


def read(
    source: Source, wanted: set[bytes] | None = None
) -> tuple[list[str], np.ndarray]:
    """Read the words of a model and their vectors.

    The vector of a word is the mean of its own and those of its character n-grams, as
    fastText prints it. Words that the model was not trained on have none here.

    Parameters
    ----------
    source : Source
        The file.

    wanted : set of bytes, default=None
        The words to return, in UTF-8. None returns all.

    Returns
    -------
    words : list of str of length n_words
        The words, the most frequent first.

    vectors : ndarray of shape (n_words, dim), dtype=float32
        The vector of each word.

    Raises
    ------
    ImportError
        If gensim is not installed.
    ValueError
        If the file is not what it should be.
    """
    dim = read_dim(source)
    try:
        from gensim.models.fasttext import load_facebook_vectors
    except ImportError as error:
        raise ImportError(
            f"{source.path} is a model of fastText's, which gensim reads: pip install "
            '"skglove[gensim]". The .vec file that fastText writes beside it needs no '
            "gensim."
        ) from error
    _check(source, dim)
    with named_errors(source.path), np.errstate(all="ignore"):
        model = load_facebook_vectors(str(source.path))
        words = list(model.key_to_index)
        rows = [model.key_to_index[word] for word in words]
        vectors = np.asarray(model.vectors, dtype=np.float32)[rows]
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        word = words[int(np.argmin(finite))]
        raise ValueError(
            f"{source.path}: the vector of {word!r} holds NaN or infinity."
        )
    if wanted is not None:
        kept = [i for i, word in enumerate(words) if word.encode() in wanted]
        words, vectors = [words[i] for i in kept], vectors[kept]
    return words, vectors


def read_words(source: Source, n_words: int) -> list[str]:
    """Read the first words. Raises what `read` does."""
    return read(source)[0][:n_words]


def _check(source, dim):
    """Raise an error unless a file is as long as what it declares.

    gensim believes what it reads: it would read on for ever after a word that does not
    end, and take as much memory as a damaged file says.
    """
    path = source.path
    with open_stream(source) as stream:
        reader = _Reader(path, stream)
        _, version = reader.take(_START)
        if version != _VERSION:
            raise ValueError(
                f"{path} is in version {version} of fastText's format: only version "
                f"{_VERSION} can be read."
            )
        reader.take(_DIM)
        *_, n_buckets, min_n, max_n, _, _ = reader.take(_ARGUMENTS)
        n_entries, n_words, n_labels, _, n_pruned = reader.take(_SIZES)
        if n_labels > 0:
            raise ValueError(
                f"{path} is a classifier of fastText's, which cannot be read: only "
                "vectors trained without labels can."
            )
        if not 0 < n_words == n_entries:
            raise _damaged(path, f"{n_words} words among {n_entries}")
        if n_buckets < 0:
            raise _damaged(path, f"{n_buckets} buckets of n-grams")
        if min_n < 0 or not 0 <= max_n <= _MAX_NGRAM:
            raise _damaged(path, f"n-grams of {min_n} to {max_n} characters")
        reader.skip_words(n_words)
        is_quantized, n_rows, n_columns = reader.take(_MATRIX)
        if is_quantized or n_pruned > 0:
            raise ValueError(
                f"{path} is quantized, which is not supported. Use the model that it "
                "was made from."
            )
        if n_rows != n_words + n_buckets or n_columns != dim:
            raise _damaged(path, f"{n_rows} rows of {n_columns} numbers")
        # The end of a gzip may say less than there is.
        packed_size = path.stat().st_size
        size = (
            packed_size if stream.member is None else max_bytes_of(source, packed_size)
        )
        if n_rows * n_columns * _NUMBER.itemsize > size - reader.n_taken:
            raise _damaged(path, f"{n_rows} rows of {n_columns} numbers")


def _damaged(path, what):
    return ValueError(
        f"{path} is damaged or cut off: it declares {what}. Get the file again."
    )


class _Reader:
    """Takes what a stream holds piece by piece."""

    def __init__(self, path, stream):
        self._path, self._stream = path, stream
        self._block, self._at, self.n_taken = b"", 0, 0

    def take(self, layout):
        """Return the next numbers."""
        if len(self._block) - self._at < layout.size:
            self._read_on()
        if len(self._block) - self._at < layout.size:
            raise ValueError(f"{self._path} is damaged or cut off. Get the file again.")
        numbers = layout.unpack_from(self._block, self._at)
        self._advance(layout.size)
        return numbers

    def skip_words(self, n_words):
        """Go to the end of the words, of which each ends and is followed by a count."""
        for i in range(n_words):
            if len(self._block) - self._at < _MAX_WORD:
                self._read_on()
            length = self._block.find(b"\0", self._at, self._at + _MAX_WORD) - self._at
            if length < 0:
                raise _damaged(self._path, f"{n_words} words, of which {i} are whole")
            self._advance(length + 1)
            n_times, kind = self.take(_COUNT)
            if n_times < 1 or kind:
                raise _damaged(
                    self._path, f"a word of type {kind} seen {n_times} times"
                )

    def _advance(self, n_bytes):
        self._at += n_bytes
        self.n_taken += n_bytes

    def _read_on(self):
        self._block = self._block[self._at :] + self._stream.read(_CHUNK)
        self._at = 0
