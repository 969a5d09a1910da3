"""WordVectors: words and their vectors, from wherever they come."""

import os
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from .._typing import KeyedVectors
from ..text import PADDING_TOKEN, UNKNOWN_TOKEN
from ..text._validation import shown
from . import _formats, _npz_format, _text_format
from ._catalogue import VECTOR_SETS, find_vectors, resolve
from ._neighbours import Neighbours
from ._source import Source
from ._whole_file import replacing


class WordVectors:
    """Words and their vectors.

    Made from a file (`from_file`), from a published set (`from_name`), from a dict
    (`from_dict`), from gensim's KeyedVectors (`from_gensim`), or from words and an
    array. One that was made from a file reads it when it is first needed, and for
    `matrix_for` no more of it than the words asked for; its pickle holds where the
    file is, not what is in it.

    The first `matrix_for` of a file of 1 MB or more also writes a cache, which later
    ones, of other processes too, find their words with: an index of 16 bytes a word
    or, if the file is a zip or gzip, of 24 bytes a word and its content decompressed.
    It lies next to the file under a name that ends in `.skglove`, or in the folder
    `vectors_cache` of the data home (`$SKGLOVE_DATA`, else `~/.cache/skglove`) where
    that cannot be written, or nowhere if that cannot be either. It may be deleted at
    any time. It is rebuilt when the file has changed, and when it is damaged or was
    made with another data home: it is signed with a key that lies in `vectors_cache`,
    and where no key can be kept there is no cache.

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
        If there are no words, a word occurs twice, the shapes do not go together, or
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

    dim: int
    _stamp: tuple[int, int, int]

    def __init__(self, words: Sequence[str] | np.ndarray, vectors: ArrayLike) -> None:
        self._source: Source | None = None
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
            raise ValueError(f"The word {bad!r} occurs more than once.")
        vectors.setflags(write=False)
        self._words, self._vectors, self._index = words, vectors, index
        self._neighbours = None
        self.dim = vectors.shape[1]

    @classmethod
    def from_file(
        cls,
        path: str | PathLike[str],
        *,
        member: str | None = None,
        dim: int | None = None,
        max_bytes: int | None = None,
    ) -> Self:
        """Make word vectors from a file.

        Parameters
        ----------
        path : str or PathLike
            A file in one of these formats:

            - text in GloVe's format, or in word2vec's with its header line, which
              fastText's `.vec` is too;
            - word2vec's binary format;
            - a `.npz` of `save`;
            - fastText's `.bin`, for which gensim must be installed
              (`pip install "skglove[gensim]"`).

            The first two may also be compressed with gzip or lie in a zip.

        member : str, default=None
            The member of a zip. None takes the text that has `dim` dimensions in its
            name, or the only one there is.

        dim : int, default=None
            The dimension that the vectors must have. None takes what is there, up to
            20,000.

        max_bytes : int, default=None
            The most bytes that a compressed file may hold once decompressed. None
            takes 20 times its size, and at least 20 MB.

        Returns
        -------
        word_vectors : WordVectors
            The word vectors.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ImportError
            If the file needs gensim, which is not installed.
        ValueError
            If the file does not hold word vectors, or not of this dimension, or is
            larger than `max_bytes`.
        """
        self = cls.__new__(cls)
        source = Source(Path(path).absolute(), member, dim, max_bytes)
        self.dim = _formats.read_dim(source)
        self._source = source._replace(dim=self.dim)
        # So that a cache by hash of the pickle takes a changed file for another.
        stat = os.stat(path)
        self._stamp = stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
        self._words = self._vectors = self._index = self._neighbours = None
        return self

    # The counterpart of `save`, under the name that goes with it.
    load = from_file

    @classmethod
    def from_name(
        cls, name: str, *, data_home: str | PathLike[str] | None = None
    ) -> Self:
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
    def from_dict(cls, vectors: Mapping[str, ArrayLike]) -> Self:
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
    def from_gensim(cls, keyed_vectors: KeyedVectors) -> Self:
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
    def words(self) -> list[str]:
        """The words."""
        self._load()
        return self._words

    @property
    def vectors(self) -> np.ndarray:
        """The vector of each word."""
        self._load()
        return self._vectors

    def _load(self):
        """Read the whole file, once."""
        if self._words is None:
            words, vectors = _formats.read_vectors(self._source)
            try:
                self._set(words, vectors)
            except ValueError as error:
                raise ValueError(f"{self._source.path}: {error}") from None

    def frequent_words(self, n_words: int) -> list[str]:
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
        if self._words is not None or self._source is None:
            return self.words[:n_words]
        return _formats.read_words(self._source, n_words)

    def matrix_for(self, vocabulary: Sequence[str]) -> np.ndarray:
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

        See Also
        --------
        look_up : Also tells which words have a vector.
        """
        return self.look_up(vocabulary)[0]

    def look_up(self, vocabulary: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of a vocabulary, and which words have one.

        Parameters
        ----------
        vocabulary : sequence of str
            The words, as in `TextVectorization.get_vocabulary()`.

        Returns
        -------
        matrix : ndarray of shape (len(vocabulary), dim), dtype=float32
            A row an entry, zero where there is no vector.

        known : ndarray of shape (len(vocabulary),), dtype=bool
            The rows of words that have a vector. Those of `""` and of `"[UNK]"`,
            which stand for padding and for all other words, never have one.

        Examples
        --------
        >>> from skglove import WordVectors
        >>> vectors = WordVectors(["frog", "car"], [[1, 2], [0, 0]])
        >>> matrix, known = vectors.look_up(["", "[UNK]", "car", "bus", "frog"])
        >>> known
        array([False, False,  True, False,  True])
        """
        index, vectors = self._index, self._vectors
        if index is None and self._source is not None:
            wanted = {word.encode() for word in vocabulary}
            found = _formats.look_up(self._source, wanted)
            if found is None:
                self._load()
                index, vectors = self._index, self._vectors
            else:
                words, vectors = found
                index = {word: i for i, word in enumerate(words)}
        matrix = np.zeros((len(vocabulary), self.dim), dtype=np.float32)
        places = np.array([index.get(word, -1) for word in vocabulary], dtype=np.intp)
        for i, word in enumerate(vocabulary):
            if word in (PADDING_TOKEN, UNKNOWN_TOKEN):
                places[i] = -1
        known = places >= 0
        matrix[known] = vectors[places[known]]
        return matrix, known

    def most_similar(
        self,
        positive: str | ArrayLike | Sequence[str | ArrayLike] = (),
        negative: str | ArrayLike | Sequence[str | ArrayLike] = (),
        topn: int = 10,
    ) -> list[tuple[str, float]]:
        """Return the words whose vectors point the way of others.

        With several words, or negative ones, this is 3CosAdd (Mikolov, Yih and Zweig,
        "Linguistic Regularities in Continuous Space Word Representations", NAACL
        2013): the vectors are brought to length one and added, the negative ones
        subtracted.

        Parameters
        ----------
        positive : str, array-like of shape (dim,), or sequence of these, default=()
            A word or a vector, or several. A word that has no vector is looked for
            in lower case, capitalized and in upper case.

        negative : str, array-like of shape (dim,), or sequence of these, default=()
            The same, to point away from.

        topn : int, default=10
            How many words to return.

        Returns
        -------
        similar : list of (str, float)
            The nearest words other than those given, and their cosine, the nearest
            first.

        Raises
        ------
        KeyError
            If a word has no vector. The error names words that are spelled like it.
        ValueError
            If there is neither a word nor a vector, a vector does not have `dim`
            dimensions or is not finite, or `topn` is negative.

        Examples
        --------
        >>> from skglove import WordVectors
        >>> vectors = WordVectors(
        ...     ["king", "queen", "man", "woman"], [[1, 1], [1, -1], [0, 1], [0, -1]]
        ... )
        >>> vectors.most_similar("King", topn=1)
        [('man', 0.70...)]
        >>> vectors.most_similar(["king", "woman"], negative=["man"], topn=1)
        [('queen', 0.95...)]
        """
        self._load()
        if self._neighbours is None:
            self._neighbours = Neighbours(self._words, self._vectors, self._index)
        return self._neighbours.most_similar(positive, negative, topn)

    def save(self, path: str | PathLike[str]) -> None:
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
            If a word holds a line break, ends in a space or in a decimal number after
            a space, or starts with a byte order mark, which GloVe's text format
            cannot tell.

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
        is_npz = path.suffix.lower() == _npz_format.SUFFIX
        write = _npz_format.write if is_npz else _text_format.write
        words, vectors = self.words, self.vectors
        with replacing(path) as file:
            write(file, words, vectors)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        self._load()
        return word in self._index

    def __getitem__(self, word: str) -> np.ndarray:
        if word not in self:
            raise KeyError(f"The word {word!r} has no vector.")
        return self._vectors[self._index[word]]

    def __repr__(self):
        if self._words is None:
            path, member, *_ = self._source
            choice = "" if member is None else f", member={member!r}"
            return f"WordVectors.from_file({str(path)!r}{choice})"
        return f"<WordVectors: {len(self)} words, {self.dim} dimensions>"

    def __deepcopy__(self, memo):
        # Nothing in it changes, and scikit-learn's clone copies every parameter.
        return self

    def __getstate__(self):
        state = self.__dict__.copy()
        state["_index"] = state["_neighbours"] = None
        if self._source is not None:
            state["_words"] = state["_vectors"] = None
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        if self._words is not None:
            self._index = {word: i for i, word in enumerate(self._words)}
            self._vectors.setflags(write=False)


def as_word_vectors(
    source: WordVectors
    | str
    | PathLike[str]
    | Mapping[str, ArrayLike]
    | KeyedVectors
    | object,
) -> WordVectors:
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
