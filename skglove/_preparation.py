"""What a network learns from: ids, vocabulary and the matrix of word vectors."""

import os
import warnings
from pathlib import Path
from pickle import PicklingError
from typing import NamedTuple

import joblib
import numpy as np
from filelock import FileLock
from sklearn.utils.validation import check_memory

from ._fitted_state import (
    coverage_from_state,
    coverage_state,
    vocabulary_state,
    with_vocabulary,
)
from ._plain import InvalidStateError, check_array, check_keys
from ._replace import replace_file
from ._version import __version__
from .glove import Glove
from .text import TextVectorizer, TokenIds
from .vectors import Coverage
from .vectors._fallback import back_off as fill_by_known_forms

# Rarer words of the vectors hardly ever occur: they would cost more than they tell.
_MAX_WITH_UNSEEN = 30_000


class Prepared(NamedTuple):
    """Training texts as numbers.

    Attributes
    ----------
    vectorizer : TextVectorizer
        Fitted to the training texts, and extended by words that the vectors know
        where that was asked for.

    ids : TokenIds
        The word ids of the training texts.

    matrix : ndarray of shape (len(vectorizer.vocabulary_), dim) or None
        The word vectors; None where there are none yet.

    known : ndarray of shape (len(vectorizer.vocabulary_),), dtype=bool, or None
        The words that have a vector.

    coverage : Coverage or None
        How much of the texts they know.
    """

    vectorizer: TextVectorizer
    ids: TokenIds
    matrix: np.ndarray | None
    known: np.ndarray | None
    coverage: Coverage | None


def prepare(
    texts,
    vectorizer,
    source,
    memory=None,
    *,
    back_off=False,
    unseen_words=False,
    fill=False,
):
    """Turn training texts into ids and a matrix of word vectors.

    Parameters
    ----------
    texts : list of str
        The training texts.

    vectorizer : TextVectorizer
        Not fitted.

    source : WordVectors, Glove or None
        Where the vectors come from. A Glove, not fitted, is fitted to the texts.

    memory : str, PathLike, joblib.Memory or None, default=None
        Where results are kept for the next call with the same arguments: as plain
        arrays with checksums, made again where they are damaged. Of several processes
        that want the same one, one makes it and the others wait.

    back_off : bool, default=False
        Whether a word that the vectors do not know gets the vector of a known form,
        as "red-hot" the mean of those of "red" and "hot". See
        :func:`~skglove.vectors._fallback.known_forms`.

    unseen_words : bool, default=False
        Whether places that `max_tokens` leaves in the vocabulary go to the most
        frequent words of the vectors that the training texts lack, so that other
        texts can use them, up to 30,000 words in all. With `max_tokens=None` there
        are none.

    fill : bool, default=False
        Whether these words may be more than 30,000, for training texts to come.

    Returns
    -------
    prepared : Prepared
        The training texts as numbers.
    """
    if isinstance(memory, (str, os.PathLike)):
        location = os.fspath(memory)
    else:
        location = getattr(check_memory(memory), "location", None)
    if location is None:
        return _prepare(texts, vectorizer, source, back_off, unseen_words, fill)
    # Where `joblib.Memory.clear` clears.
    folder = Path(location, "joblib", "skglove")
    path = folder / f"{_hash(texts, vectorizer, source, back_off, unseen_words)}.npz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"))
        lock.acquire()
    except OSError as error:
        message = f"memory={location!r} cannot be written to ({error.strerror})"
        raise OSError(error.errno, message, os.fspath(folder)) from None
    try:
        prepared = _kept(path, vectorizer)
        if prepared is None:
            prepared = _prepare(texts, vectorizer, source, back_off, unseen_words)
            _keep(path, prepared)
        return prepared
    finally:
        lock.release()


def _hash(texts, vectorizer, source, *options):
    """Return what tells these arguments from others."""
    try:
        return joblib.hash((__version__, texts, vectorizer, source, options))
    except PicklingError as error:
        # joblib's message holds all of the texts.
        raise TypeError(
            "memory needs parameters that other processes can import, which "
            f"standardize={vectorizer.standardize!r} or embeddings={source!r} is not: "
            "define it in a module, or use memory=None."
        ) from error.__cause__


def _keep(path, prepared):
    """Write what was prepared as plain arrays, whose checksums the zip format has."""
    arrays = {
        "flat": prepared.ids.flat,
        "lengths": prepared.ids.lengths,
        **_flattened("vocabulary", vocabulary_state(prepared.vectorizer)),
    }
    if prepared.matrix is not None:
        arrays |= {"matrix": prepared.matrix, "known": prepared.known}
        arrays |= _flattened("coverage", coverage_state(prepared.coverage))
    try:
        replace_file(path, lambda file: np.savez(file, **arrays))
    except OSError as error:
        warnings.warn(
            f"The prepared texts could not be kept in {path} ({error.strerror}): the "
            "next fit prepares them again.",
            stacklevel=2,
        )


def _kept(path, vectorizer):
    """Return what `_keep` has written, or None. Nothing damaged is returned."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            state = _nested(dict(arrays))
        return _checked(state, vectorizer)
    except FileNotFoundError:
        return None
    except Exception as error:  # damaged files raise anything
        # What other libraries say may quote the texts.
        what = (
            str(error) if isinstance(error, InvalidStateError) else "not a whole .npz"
        )
        warnings.warn(f"{path} is damaged ({what}) and is made again.", stacklevel=3)
        return None


def _flattened(name, state):
    """Return nested dicts as one, of arrays."""
    if not isinstance(state, dict):
        as_array = np.frombuffer(state, np.uint8) if type(state) is bytes else state
        return {name: np.asarray(as_array)}
    return {
        key: value
        for entry, inner in state.items()
        for key, value in _flattened(f"{name}.{entry}", inner).items()
    }


def _nested(arrays):
    """Undo `_flattened`."""
    state = {}
    for name, value in arrays.items():
        *path, last = name.split(".")
        inner = state
        for entry in path:
            inner = inner.setdefault(entry, {})
        if last == "text":
            value = value.tobytes()
        elif not value.ndim:
            value = value.item()
        inner[last] = value
    return state


def _checked(state, vectorizer):
    """Return a state as Prepared if it is whole."""
    check_keys(
        state, "It", ("flat", "lengths", "vocabulary"), ("matrix", "known", "coverage")
    )
    vectorizer = with_vocabulary(vectorizer, state["vocabulary"])
    n_words = len(vectorizer.vocabulary_)
    flat = check_array(state["flat"], "flat", np.int32, (None,))
    lengths = check_array(state["lengths"], "lengths", np.int64, (None,))
    if (lengths < 0).any() or lengths.sum() != len(flat):
        raise InvalidStateError("The lengths of the texts do not add up.")
    if len(flat) and not 0 <= flat.min() <= flat.max() < n_words:
        raise InvalidStateError("There are ids that the vocabulary does not have.")
    ids = TokenIds(flat, lengths)
    if "matrix" not in state:
        return Prepared(vectorizer, ids, None, None, None)
    check_keys(
        state, "It", ("flat", "lengths", "vocabulary", "matrix", "known", "coverage")
    )
    matrix = check_array(state["matrix"], "matrix", np.float32, (n_words, None))
    known = check_array(state["known"], "known", np.bool_, (n_words,))
    coverage = coverage_from_state(state["coverage"])
    return Prepared(vectorizer, ids, matrix, known, coverage)


def _prepare(texts, vectorizer, source, back_off, unseen_words, fill=False):
    """Do the work of `prepare`."""
    ids = vectorizer.fit_transform(texts)
    return with_vectors(ids, texts, vectorizer, source, back_off, unseen_words, fill)


def with_vectors(
    ids, texts, vectorizer, source, back_off, unseen_words, fill=False
) -> Prepared:
    """Add the word vectors to the ids that a fitted vectorizer gave.

    Takes what :func:`prepare` does; `texts` may also be a function that returns chunks
    of them.
    """
    if source is None:
        return Prepared(vectorizer, ids, None, None, None)
    if isinstance(source, Glove):
        source = source.fit(texts).word_vectors_
    if unseen_words and vectorizer.max_tokens is not None:
        up_to = vectorizer.max_tokens
        _add_unseen_words(vectorizer, source, up_to if fill else _MAX_WITH_UNSEEN)
    vocabulary = vectorizer.vocabulary_
    matrix, known = source.look_up(vocabulary)
    backed_off = None
    if back_off:
        backed_off = fill_by_known_forms(vocabulary, matrix, known, source)
    coverage = Coverage.of(vocabulary, vectorizer.token_counts_, known, backed_off)
    return Prepared(vectorizer, ids, matrix, known, coverage)


def _add_unseen_words(vectorizer, source, up_to):
    """Add words of the vectors while there is room, as far as there are any."""
    up_to = min(vectorizer.max_tokens, up_to)
    n_words = up_to
    while len(vectorizer.vocabulary_) < up_to:
        words = source.frequent_words(n_words)
        vectorizer.extend(words, up_to=up_to)
        if len(words) < n_words:
            break
        n_words *= 2  # many were in the vocabulary, or cannot be in a text
