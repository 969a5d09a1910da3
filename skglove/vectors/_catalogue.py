"""The catalogue of published word vectors: one line a set in one table.

A file put by hand into the data home under its published name is found before
anything is downloaded. Only files are found here: reading word vectors is the
business of :mod:`skglove.vectors._word_vectors`.
"""

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .. import _download
from .._download import Published, listed, obtain, remove_leftovers
from ._formats import member_of

__all__ = [
    "VECTOR_SETS",
    "VectorSet",
    "VectorsFile",
    "find_vectors",
    "first_at_hand",
    "resolve",
]


@dataclass(frozen=True)
class VectorSet(Published):
    """One size of a published set of word vectors.

    Parameters
    ----------
    name : str
        Its name in the catalogue, which ends in the length of its vectors.
    dim : int
        Length of the vectors.
    member : str or None
        The set's file in any zip that holds it. None where that name is not
        certain: the zip must then have one ``.txt`` member only.
    file_names : tuple of str
        All names, `file_name` among them, under which the set may lie in the
        data home, in the order in which they are looked for.
    """

    name: str
    dim: int
    member: str | None
    file_names: tuple[str, ...]


class VectorsFile(NamedTuple):
    """Where word vectors are to be read from.

    Parameters
    ----------
    path : pathlib.Path
        An existing file: plain text, gzip or zip.
    member : str or None
        The name of the member to read if `path` is a zip, else None.
    """

    path: Path
    member: str | None


_STANFORD = "https://nlp.stanford.edu/data/"
_GENSIM_DATA = "https://github.com/RaRe-Technologies/gensim-data/releases/download/"


def _dim(name):
    return int(name.rpartition(".")[2].removesuffix("d"))


def _from_gensim_data(name, md5, size):
    """One size of glove.6B, from gensim-data: Stanford's archive has all four."""
    text, dim = f"{name}.txt", _dim(name)
    file = f"glove-wiki-gigaword-{dim}"
    return VectorSet(
        url=f"{_GENSIM_DATA}{file}/{file}.gz",
        digest=f"md5:{md5}",
        file_name=f"{file}.gz",
        size=size,
        name=name,
        dim=dim,
        member=text,
        file_names=(text, f"{text}.gz", f"{name}.zip", "glove.6B.zip", f"{file}.gz"),
    )


def _from_2014(name, archive, sha256, size, *others):
    """A set out of one of Stanford's archives of 2014, which have known digests."""
    text = f"{name}.txt"
    files = dict.fromkeys((text, f"{text}.gz", f"{name}.zip", archive, *others))
    return VectorSet(
        url=_STANFORD + archive,
        digest=f"sha256:{sha256}",
        file_name=archive,
        size=size,
        name=name,
        dim=_dim(name),
        member=text,
        file_names=tuple(files),
    )


def _from_2024(name, text, size=None):
    """A set of 2024, one archive a size. `text` is the unpacked file's name."""
    return VectorSet(
        url=f"{_STANFORD}wordvecs/{name}.zip",
        digest=None,  # none was published
        file_name=f"{name}.zip",
        size=size,
        name=name,
        dim=_dim(name),
        member=None,
        file_names=(f"{name}.txt", f"{name}.txt.gz", text, f"{name}.zip"),
    )


def _twitter(name):
    other = f"glove-twitter-{_dim(name)}.gz"  # gensim-data's
    return _from_2014(name, "glove.twitter.27B.zip", _TWITTER, 1_520_408_563, other)


def _wikigiga(name, settings, size=None):
    text = f"wiki_giga_2024_{_dim(name)}_MFT20_vectors_{settings}_combined.txt"
    return _from_2024(name, text, size)


_42B = "03d5d7fa28e58762ace4b85fb71fe86a345ef0b5ff39f5390c14869da0fc1970"
_840B = "c06db255e65095393609f19a4cfca20bf3a71e20cc53e892aafa490347e3849f"
_TWITTER = "792af52f795d1a32c9842a3240f5f3fe5e941a8ff6df5eb0f9d668092ebc019c"

_SETS = (
    _from_gensim_data("glove.6B.50d", "c289bc5d7f2f02c6dc9f2f9b67641813", 69_182_535),
    _from_gensim_data("glove.6B.100d", "40ec481866001177b8cd4cb0df92924f", 134_300_434),
    _from_gensim_data("glove.6B.200d", "59652db361b7a87ee73834a6c391dfc1", 264_336_934),
    _from_gensim_data("glove.6B.300d", "29e9329ac2241937d55b852e8284e89b", 394_362_229),
    _from_2014("glove.42B.300d", "glove.42B.300d.zip", _42B, 1_877_800_501),
    _from_2014("glove.840B.300d", "glove.840B.300d.zip", _840B, 2_176_768_927),
    _twitter("glove.twitter.27B.25d"),
    _twitter("glove.twitter.27B.50d"),
    _twitter("glove.twitter.27B.100d"),
    _twitter("glove.twitter.27B.200d"),
    _wikigiga("glove.2024.wikigiga.50d", "seed_123_alpha_0.75_eta_0.075", 301_036_094),
    _wikigiga("glove.2024.wikigiga.100d", "seed_2024_alpha_0.75_eta_0.05.050"),
    _wikigiga("glove.2024.wikigiga.200d", "seed_2024_alpha_0.75_eta_0.05"),
    _wikigiga("glove.2024.wikigiga.300d", "seed_2024_alpha_0.75_eta_0.05"),
    _from_2024("glove.2024.dolma.300d", "dolma_300_2024_1.2M.100_combined.txt"),
)

#: Catalogue name -> :class:`VectorSet`.
#: Source: https://nlp.stanford.edu/projects/glove/ (Pennington, Socher, Manning:
#: "GloVe: Global Vectors for Word Representation", EMNLP 2014) and
#: https://github.com/piskvorky/gensim-data.
VECTOR_SETS = {vectors.name: vectors for vectors in _SETS}

_VECTORS_WAYS_OUT = (
    "Put one of these files into that folder, or pass the path of a file of word "
    "vectors, or do without published ones: embeddings=Glove() trains vectors on "
    "your own texts, embeddings=None learns them with the classifier."
)


def find_vectors(name, data_home=None, download=True):
    """Find published word vectors in the data home, or download them.

    Files put there by hand are found under their published names: for
    ``"glove.6B.100d"`` these are ``glove.6B.100d.txt``, ``glove.6B.100d.txt.gz``,
    ``glove.6B.100d.zip``, ``glove.6B.zip`` (Stanford's archive of four sizes) and
    ``glove-wiki-gigaword-100.gz`` (gensim-data's file, the one downloaded). A zip
    that lacks the set is passed over. Digests are checked on download only.

    Parameters
    ----------
    name : str
        A name of the catalogue, a key of `VECTOR_SETS`.
    data_home : str or os.PathLike, default=None
        See :func:`skglove._download.data_home`.
    download : bool, default=True
        Whether to download what is not there. Progress is shown on standard
        error.

    Returns
    -------
    vectors_file : VectorsFile
        The path, and the member to read if it is a zip.

    Raises
    ------
    ValueError
        If `name` is not in the catalogue, or what was downloaded does not have
        the published digest; nothing is kept then.
    FileNotFoundError
        If the vectors are not there and could not be, or were not to be,
        downloaded.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skglove.vectors._catalogue import find_vectors
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "glove.6B.50d.txt").write_text("frog 0.1 0.2")
    ...     found = find_vectors("glove.6B.50d", data_home=folder)
    >>> found.path.name, found.member
    ('glove.6B.50d.txt', None)
    """
    vectors = _vector_set(name)
    home = _download.data_home(data_home)
    remove_leftovers(home)
    passed_over = []
    for file_name in vectors.file_names:
        path = home / file_name
        if not path.is_file():
            continue
        try:
            return _vectors_file(path, vectors.member)
        except ValueError as error:
            passed_over.append(str(error))
    path = obtain(
        vectors,
        home,
        download,
        missing=f"the word vectors {name!r}",
        looked_for=vectors.file_names,
        passed_over=passed_over,
        ways_out=_VECTORS_WAYS_OUT,
    )
    return _vectors_file(path, vectors.member)


def first_at_hand(*names, data_home=None):
    """Return the first of some sets that is in the data home.

    Parameters
    ----------
    *names : str
        Names of the catalogue, the one wanted most first.
    data_home : str or os.PathLike, default=None
        See :func:`skglove._download.data_home`.

    Returns
    -------
    name : str or None
        The name, or None if none of them is there.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skglove.vectors._catalogue import first_at_hand
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "glove.6B.50d.txt").write_text("frog 0.1 0.2")
    ...     first_at_hand("glove.6B.100d", "glove.6B.50d", data_home=folder)
    'glove.6B.50d'
    """
    for name in names:
        try:
            find_vectors(name, data_home, download=False)
        except FileNotFoundError:
            continue
        return name
    return None


def resolve(source, data_home=None):
    """Find the file that a path or a name of the catalogue refers to.

    Parameters
    ----------
    source : str or os.PathLike
        The path of an existing file of word vectors, which goes first, or a
        name of the catalogue, which :func:`find_vectors` finds or downloads.
        A zip given by its path must have one member of word vectors only.
    data_home : str or os.PathLike, default=None
        See :func:`skglove._download.data_home`.

    Returns
    -------
    vectors_file : VectorsFile
        The path, and the member to read if it is a zip.

    Raises
    ------
    TypeError
        If `source` is neither a str nor a path.
    ValueError
        If `source` is no file and not in the catalogue, if it is a zip without
        one ``.txt`` member only, or if a download has not the published digest.
    FileNotFoundError
        If `source` is the path of no file, or published vectors are neither in
        the data home nor to be had.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skglove.vectors._catalogue import resolve
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.txt")
    ...     _ = path.write_text("frog 0.1 0.2")
    ...     resolve(path) == (path, None)
    True
    """
    if not isinstance(source, str | os.PathLike) or isinstance(
        os.fspath(source), bytes
    ):
        raise TypeError(
            f"source must be a path or a name of the catalogue, got {source!r} "
            f"of type {type(source).__name__}."
        )
    path = os.path.expanduser(source)
    # os.path.isfile is False for every str that cannot be a path, where
    # Path.is_file raises for one that is too long.
    if os.path.isfile(path):
        return _vectors_file(Path(path), None)
    return find_vectors(source, data_home)


def _vector_set(name):
    """The entry of the catalogue, or an error fit for a misspelt name or path."""
    if isinstance(name, str) and name in VECTOR_SETS:
        return VECTOR_SETS[name]
    catalogue = f"The catalogue has {listed(VECTOR_SETS)}."
    if _looks_like_path(name):
        path = os.fspath(name)
        if os.path.isdir(os.path.expanduser(path)):
            raise FileNotFoundError(
                f"{path!r} is a folder, not a file of word vectors. {catalogue}"
            )
        raise FileNotFoundError(f"There is no file {path!r}{_meant(path)} {catalogue}")
    raise ValueError(f"Unknown word vectors {name!r}{_meant(name)} {catalogue}")


def _meant(name):
    """A question for who will have meant another name, in other letters perhaps."""
    if not isinstance(name, str):
        return "."
    known = {
        _stem(name): vectors.name
        for vectors in VECTOR_SETS.values()
        for name in (vectors.file_name, vectors.name)
    }
    close = difflib.get_close_matches(_stem(name), known, n=1, cutoff=0.8)
    return f"; did you mean {known[close[0]]!r}?" if close else "."


def _stem(name):
    """The name without folders and without the suffix of a compression."""
    last = re.split(r"[/\\]", name.lower())[-1]
    return re.sub(r"(\.(txt|gz|zip|vec|bin|npz))+$", "", last)


def _looks_like_path(name):
    """Whether a user who wrote `name` will have meant a path."""
    if isinstance(name, os.PathLike):
        return True
    return isinstance(name, str) and (
        "/" in name
        or "\\" in name
        or name.startswith("~")
        or name.lower().endswith((".txt", ".gz", ".zip", ".vec", ".bin", ".npz"))
        or os.path.isdir(name)
    )


def _vectors_file(path, wanted):
    """The file with its member if it is a zip; ValueError if that lacks `wanted`."""
    return VectorsFile(path, member_of(path, wanted))
