"""Word vectors in fastText's `.bin`, the whole model, read by gensim."""

import struct

import numpy as np

from ._source import Source, check_dim, named_errors, open_stream

_MAGIC = struct.pack("<i", 793712314)
_HEAD = struct.Struct("<iii")  # the magic number, the version, the dimension


def recognizes(start: bytes) -> bool:
    """Tell whether a file that starts so is a model of fastText's."""
    return start.startswith(_MAGIC) and len(start) >= _HEAD.size


def read_dim(source: Source) -> int:
    """Return the dimension of the vectors, from the first bytes."""
    with open_stream(source) as stream:
        _, _, dim = _HEAD.unpack(stream.read(_HEAD.size))
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
    read_dim(source)
    try:
        from gensim.models.fasttext import load_facebook_vectors
    except ImportError as error:
        raise ImportError(
            f"{source.path} is a model of fastText's, which gensim reads: pip install "
            '"skglove[gensim]". The .vec file that fastText writes beside it needs no '
            "gensim."
        ) from error
    with named_errors(source.path):
        model = load_facebook_vectors(str(source.path))
        words = list(model.key_to_index)
        rows = [model.key_to_index[word] for word in words]
        vectors = np.asarray(model.vectors, dtype=np.float32)[rows]
    if wanted is not None:
        kept = [i for i, word in enumerate(words) if word.encode() in wanted]
        words, vectors = [words[i] for i in kept], vectors[kept]
    return words, vectors


def read_words(source: Source, n_words: int) -> list[str]:
    """Read the first words. Raises what `read` does."""
    return read(source)[0][:n_words]
