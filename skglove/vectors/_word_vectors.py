"""WordVectors: words and their vectors, from wherever they come."""

import os
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ..text import PADDING_TOKEN, UNKNOWN_TOKEN
from ..text._validation import shown
from ._catalogue import VECTOR_SETS, find_vectors, resolve
from ._row_index import look_up
from ._text_format import is_writable, read_vectors, read_words, vectors_dim

_ROWS_AT_ONCE = 1_000
_FAST_SUFFIX = ".npz"


class WordVectors:
    """Words and their vectors.

    Made from a file (`from_file`), from a published set (`from_name`), from a dict
    (`from_dict`), from gensim's KeyedVectors (`from_gensim`), or from words and an
    array. One that was made from a file reads it when it is first needed, and for
    `matrix_for` no more of it than the words asked for; its pickle holds where the
    file is, not what is in it.

    The first `matrix_for` of a file of 1 MB or more also writes a cache, which later
    ones, of other processes too, find their words with: an index of 16 bytes a word
    and, if the file is a zip or gzip, its text unpacked. It lies next to the file
    under a name that ends in `.skglove`, or in the folder `vectors_cache` of the data
    home (`$SKGLOVE_DATA`, else `~/.cache/skglove`) where that cannot be written, or
    nowhere if that cannot be either. It may be deleted at any time, and is made again
    when the file has changed.

    Parameters
    ----------
    words : sequence of str of length n_words
        The words, each once.

    vectors : array-like of shape (n_words, dim)
        The vector of each word. Kept as float32.

    Attributes
    ----------
    words : list of str of length n_words
        The words.

    vectors : ndarray of shape (n_words, dim), dtype=float32
        The vector of each word; read-only.

    dim : int
        Number of dimensions.

    Raises
    ------
    TypeError
        If a word is not a str.
    ValueError
        If there are no words, a word stands twice, the shapes do not go together, or
        a vector is not finite.

    Examples
    --------
    >>> from skglove import WordVectors
    >>> vectors = WordVectors(["frog", "toad", "car"], [[1, 0], [0.9, 0.1], [0, 1]])
    >>> len(vectors), vectors.dim, "frog" in vectors
    (3, 2, True)
    >>> vectors["toad"]
    array([0.9, 0.1], dtype=float32)
    >>> vectors.matrix_for(["", "[UNK]", "car", "bus"])
    array([[0., 0.],
           [0., 0.],
           [0., 1.],
           [0., 0.]], dtype=float32)
    """

    def __init__(self, words, vectors):
        self._file = None
        words = words.tolist() if isinstance(words, np.ndarray) else list(words)
        # The caller's array must not change what this one says, nor the reverse.
        self._set(words, np.array(vectors, dtype=np.float32))

    def _set(self, words, vectors):
        """Check and keep words and vectors."""
        for i, word in enumerate(words):
            if not isinstance(word, str):
                raise TypeError(
                    f"The word at position {i} is not a str but {word!r} of type "
                    f"{type(word).__name__}."
                )
        if not words:
            raise ValueError("Found no words: at least one word vector is required.")
        if vectors.ndim != 2 or len(vectors) != len(words) or not vectors.shape[1]:
            raise ValueError(
                f"Expected vectors of shape ({len(words)}, dim) for {len(words)} "
                f"words, got shape {vectors.shape}."
            )
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            bad = words[int(np.argmin(finite))]
            raise ValueError(f"The vector of {bad!r} holds NaN or infinity.")
        index = {word: i for i, word in enumerate(words)}
        if len(index) < len(words):
            bad = next(word for i, word in enumerate(words) if index[word] != i)
            raise ValueError(f"The word {bad!r} stands more than once.")
        vectors.setflags(write=False)
        self._words, self._vectors, self._index = words, vectors, index
        self.dim = vectors.shape[1]

    @classmethod
    def from_file(cls, path, *, member=None, dim=None):
        """Make word vectors from a file.

        Parameters
        ----------
        path : str or PathLike
            A text file in GloVe's format or in word2vec's text format with its header
            line; plain, packed with gzip, or inside a zip. Or a `.npz` of `save`.

        member : str, default=None
            The member of a zip. None takes the text that has `dim` dimensions in its
            name, or the only text there is.

        dim : int, default=None
            The dimension that the vectors must have. None takes what is there.

        Returns
        -------
        word_vectors : WordVectors
            The word vectors.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file does not hold word vectors, or not of this dimension.
        """
        if Path(path).suffix == _FAST_SUFFIX:
            return cls(*_read_fast(path, dim))
        self = cls.__new__(cls)
        self.dim = vectors_dim(path, member=member, dim=dim)
        self._file = Path(path).absolute(), member
        # So that a cache by hash of the pickle takes a changed file for another.
        stat = os.stat(path)
        self._stamp = stat.st_size, stat.st_mtime_ns
        self._words = self._vectors = self._index = None
        return self

    # The counterpart of `save`, under the name that goes with it.
    load = from_file

    @classmethod
    def from_name(cls, name, *, data_home=None):
        """Make word vectors from a published set, downloaded where it is missing.

        Parameters
        ----------
        name : str
            The set's name, such as `"glove.6B.100d"`.

        data_home : str or PathLike, default=None
            The folder to look in and to download to. None is `$SKGLOVE_DATA`, or
            `~/.cache/skglove`.

        Returns
        -------
        word_vectors : WordVectors
            The word vectors.

        Raises
        ------
        ValueError
            If there is no set of this name, or what was downloaded is not it.
        FileNotFoundError
            If the set is not in the folder and cannot be downloaded.
        """
        path, member = find_vectors(name, data_home)
        return cls.from_file(path, member=member, dim=VECTOR_SETS[name].dim)

    @classmethod
    def from_dict(cls, vectors):
        """Make word vectors from a dict.

        Parameters
        ----------
        vectors : dict of str to array-like of shape (dim,)
            The vector of each word.

        Returns
        -------
        word_vectors : WordVectors
            The word vectors.

        Raises
        ------
        ValueError
            If the vectors are not all of one length.
        """
        words = list(vectors)
        rows = [np.asarray(vectors[word]) for word in words]
        for word, row in zip(words, rows, strict=True):
            if row.ndim != 1 or row.shape != rows[0].shape:
                raise ValueError(
                    f"The vector of {word!r} has shape {row.shape}, that of "
                    f"{words[0]!r} has {rows[0].shape}: all must have one length."
                )
        return cls(words, np.stack(rows) if rows else np.empty((0, 0)))

    @classmethod
    def from_gensim(cls, keyed_vectors):
        """Make word vectors from gensim's KeyedVectors.

        Parameters
        ----------
        keyed_vectors : object with `key_to_index` and `vectors`
            `key_to_index` maps a word to its row in `vectors`.

        Returns
        -------
        word_vectors : WordVectors
            The word vectors.
        """
        words = list(keyed_vectors.key_to_index)
        rows = [keyed_vectors.key_to_index[word] for word in words]
        return cls(words, np.asarray(keyed_vectors.vectors)[rows])

    @property
    def words(self):
        """The words."""
        self._load()
        return self._words

    @property
    def vectors(self):
        """The vector of each word."""
        self._load()
        return self._vectors

    def _load(self):
        """Read the whole file, once."""
        if self._words is None:
            path, member = self._file
            self._set(*read_vectors(path, member=member, dim=self.dim))

    def frequent_words(self, n_words):
        """Return the first words, without reading the rest of a file.

        Published files begin with the words that are most frequent in the texts the
        vectors were trained on, as do the vectors of :class:`Glove`.

        Parameters
        ----------
        n_words : int
            How many words to return.

        Returns
        -------
        words : list of str of length min(n_words, number of words)
            The first words, in order.

        Raises
        ------
        ValueError
            If `n_words` is negative.

        Examples
        --------
        >>> from skglove import WordVectors
        >>> vectors = WordVectors(["the", "of", "frog"], [[1, 0], [0.9, 0], [0, 1]])
        >>> vectors.frequent_words(2)
        ['the', 'of']
        """
        if n_words < 0:
            raise ValueError(f"n_words must be 0 or more, got {n_words}.")
        if self._words is not None:
            return self._words[:n_words]
        path, member = self._file
        return read_words(path, n_words=n_words, member=member, dim=self.dim)

    def matrix_for(self, vocabulary):
        """Return the vectors of a vocabulary.

        Parameters
        ----------
        vocabulary : sequence of str
            The words, as in `TextVectorization.get_vocabulary()`.

        Returns
        -------
        matrix : ndarray of shape (len(vocabulary), dim), dtype=float32
            A row an entry. The rows of `""`, of `"[UNK]"` and of words without a
            vector are zero.
        """
        index, vectors = self._index, self._vectors
        if index is None:
            path, member = self._file
            of_file = {"member": member, "dim": self.dim}
            wanted = {word.encode() for word in vocabulary}
            found = look_up(path, **of_file, wanted=wanted)
            if found is None:
                found = read_vectors(path, **of_file, wanted=wanted)
            words, vectors = found
            index = {word: i for i, word in enumerate(words)}
        matrix = np.zeros((len(vocabulary), self.dim), dtype=np.float32)
        places = np.array([index.get(word, -1) for word in vocabulary], dtype=np.intp)
        for i, word in enumerate(vocabulary):
            if word in (PADDING_TOKEN, UNKNOWN_TOKEN):
                places[i] = -1
        rows = np.flatnonzero(places >= 0)
        matrix[rows] = vectors[places[rows]]
        return matrix

    def most_similar(self, word, topn=10):
        """Return the words whose vectors point the way of a word's.

        Parameters
        ----------
        word : str
            The word.

        topn : int, default=10
            How many words to return.

        Returns
        -------
        similar : list of (str, float)
            The nearest other words and their cosine, the nearest first.

        Raises
        ------
        KeyError
            If the word has no vector.

        Examples
        --------
        >>> from skglove import WordVectors
        >>> vectors = WordVectors(["frog", "toad", "car"], [[1, 0], [0.9, 0], [0, 1]])
        >>> vectors.most_similar("frog", topn=1)
        [('toad', 1.0)]
        """
        vector = self[word]
        length = np.linalg.norm(self.vectors, axis=1) * np.linalg.norm(vector)
        with np.errstate(divide="ignore", invalid="ignore"):
            cosine = np.where(length > 0, self.vectors @ vector / length, 0)
        cosine[self._index[word]] = -np.inf
        nearest = np.argsort(-cosine, kind="stable")[: min(topn, len(self) - 1)]
        return [(self._words[i], float(cosine[i])) for i in nearest]

    def save(self, path):
        """Write the vectors to a file.

        Parameters
        ----------
        path : str or PathLike
            The file to write; one that exists is replaced once the new one is whole.
            A name that ends in `.npz` gets NumPy's format, which is small and quick
            to read; every other one GloVe's text format, which other tools read.
            `load`, which is `from_file`, reads both, and gives the same bits.

        Raises
        ------
        ValueError
            If a word holds a line break or ends in a decimal number after a space,
            which GloVe's text format cannot tell.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from skglove import WordVectors
        >>> vectors = WordVectors(["frog", "car"], [[1, 0.5], [0, 1]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "mine.txt")
        ...     vectors.save(path)
        ...     print(path.read_text(), end="")
        frog 1.0 0.5
        car 0.0 1.0
        """
        path = Path(path)
        write = _write_fast if path.suffix == _FAST_SUFFIX else _write_text
        # Nobody finds a file that is not whole under the name.
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with open(part, "wb") as file:
                write(file, self.words, self.vectors)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        self._load()
        return word in self._index

    def __getitem__(self, word):
        if word not in self:
            raise KeyError(f"The word {word!r} has no vector.")
        return self._vectors[self._index[word]]

    def __repr__(self):
        if self._words is None:
            path, member = self._file
            choice = "" if member is None else f", member={member!r}"
            return f"WordVectors.from_file({str(path)!r}{choice})"
        return f"<WordVectors: {len(self)} words, {self.dim} dimensions>"

    def __deepcopy__(self, memo):
        # Nothing in it changes, and scikit-learn's clone copies every parameter.
        return self

    def __getstate__(self):
        state = self.__dict__.copy()
        state["_index"] = None
        if self._file is not None:
            state["_words"] = state["_vectors"] = None
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        if self._words is not None:
            self._index = {word: i for i, word in enumerate(self._words)}
            self._vectors.setflags(write=False)


def _write_text(file, words, vectors):
    """Write GloVe's text format."""
    for word in words:
        if not is_writable(word):
            raise ValueError(
                f"The word {word!r} holds a line break or ends in a number after a "
                "space, which GloVe's text format cannot tell."
            )
    for start in range(0, len(words), _ROWS_AT_ONCE):
        rows = vectors[start : start + _ROWS_AT_ONCE].astype(str)
        for word, row in zip(words[start : start + _ROWS_AT_ONCE], rows, strict=True):
            file.write(f"{word} {' '.join(row)}\n".encode())


def _write_fast(file, words, vectors):
    """Write NumPy's format: the words end to end, where each ends, the vectors."""
    encoded = [word.encode() for word in words]
    np.savez(
        file,
        words=np.frombuffer(b"".join(encoded), dtype=np.uint8),
        ends=np.cumsum([len(word) for word in encoded]),
        vectors=vectors,
    )


def _read_fast(path, dim):
    """Read the words and vectors of `_write_fast`."""
    try:
        with np.load(path) as arrays:
            words, ends, vectors = (
                arrays[name] for name in ("words", "ends", "vectors")
            )
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ValueError(
            f"{path} does not hold word vectors as WordVectors.save writes them: "
            f"{error}."
        ) from error
    if dim is not None and vectors.shape[1] != dim:
        raise ValueError(
            f"{path} has vectors of {vectors.shape[1]} dimensions, not of {dim}."
        )
    words = words.tobytes()
    starts = [0, *ends[:-1].tolist()]
    return (
        [words[a:b].decode() for a, b in zip(starts, ends.tolist(), strict=True)],
        vectors,
    )


def as_word_vectors(source):
    """Return `source` as WordVectors.

    Parameters
    ----------
    source : WordVectors, str, PathLike, mapping or object like gensim's KeyedVectors
        A str is the name of a published set or the path of a file.

    Returns
    -------
    word_vectors : WordVectors
        The word vectors.

    Raises
    ------
    TypeError
        If `source` is none of these.
    """
    if isinstance(source, WordVectors):
        return source
    if isinstance(source, (str, os.PathLike)):
        if Path(source).suffix == _FAST_SUFFIX:
            return WordVectors.from_file(source)
        path, member = resolve(source)
        published = VECTOR_SETS.get(source)
        return WordVectors.from_file(
            path, member=member, dim=None if published is None else published.dim
        )
    if isinstance(source, Mapping):
        return WordVectors.from_dict(source)
    if hasattr(source, "key_to_index") and hasattr(source, "vectors"):
        return WordVectors.from_gensim(source)
    raise TypeError(
        "Expected the name of a published set, the path of a file, WordVectors, a dict "
        f"of vectors or gensim's KeyedVectors, got {shown(source)} of type "
        f"{type(source).__name__}."
    )
