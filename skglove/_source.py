"""Texts and labels from a function that returns chunks of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse, isspmatrix, vstack

from ._errors import named
from ._progress import progress
from ._targets import Targets
from .text import TokenIds, check_texts
from .text._validation import shown


def read(
    source: Callable[[], Iterable],
    ids_of: Callable[[Iterable[list[str]]], TokenIds],
    verbose: int = 0,
) -> tuple[TokenIds, Targets]:
    """Read a source once.

    Parameters
    ----------
    source : callable
        Takes nothing, and returns an iterable of chunks: tuples of texts and labels.

    ids_of : callable
        Takes the chunks of texts, one after another, and returns their ids.

    verbose : int, default=0
        Whether to show how many were read.

    Returns
    -------
    ids : TokenIds
        What `ids_of` returned.

    targets : Targets
        The labels.

    Raises
    ------
    TypeError
        If the source does not return chunks, or texts or labels are of a wrong type.
    ValueError
        If there are no texts, or one of them or its label is missing.
    """
    labels = _Labels()

    def chunks():
        with progress("Reading", unit="texts", shown=bool(verbose)) as bar:
            for name, texts, y in _checked_chunks(source):
                with named(name):
                    labels.add(y, texts)
                yield texts
                bar.update(len(texts))
        labels.check_any()

    ids = ids_of(chunks())
    return ids, labels.targets()


def texts_again(source, n_texts):
    """Return a function of the texts alone, for what reads them another time.

    It raises a ValueError if there are not as many as the first time.
    """

    def chunks():
        n_read = 0
        for _, texts, _ in _checked_chunks(source):
            n_read += len(texts)
            yield texts
        if n_read != n_texts:
            raise ValueError(
                f"The source had {n_texts:,} texts when it was read first and "
                f"{n_read:,} when it was read again, for the word vectors. It must "
                "return the same texts at each call."
            )

    return chunks


class _Labels:
    """The labels of all chunks, in few bytes a text."""

    def __init__(self):
        self._numbers, self._parts, self._dtypes = {}, [], set()
        self._kind = self._names = None
        self._form = "array"

    def add(self, y, texts):
        names, labels = Targets.checked(y, of_sets=self._kind == "sets")
        if isinstance(labels, list):
            kind, n_labels = "sets", len(labels)
        else:
            kind = "labels" if labels.ndim == 1 else "an indicator matrix"
            n_labels = labels.shape[0]
        if n_labels != len(texts):
            raise ValueError(f"There are {len(texts)} texts and {n_labels} labels.")
        if self._kind not in (None, kind) or (self._parts and names != self._names):
            raise ValueError(
                "The labels of all chunks must have the form of the first, which has "
                f"{self._kind}"
                + (f" of the columns {self._names}." if self._names else ".")
            )
        self._kind, self._names = kind, names
        if kind == "labels":
            self._dtypes.add(labels.dtype)
            numbers = self._numbers
            codes = [numbers.setdefault(x, len(numbers)) for x in labels.tolist()]
            self._parts.append(np.array(codes, dtype=np.int32))
        elif kind == "sets":
            self._parts.append(labels)
        else:
            if self._parts and labels.shape[1] != self._parts[0].shape[1]:
                raise ValueError(
                    f"The labels have {labels.shape[1]} columns, those of the first "
                    f"chunk {self._parts[0].shape[1]}."
                )
            if issparse(labels):
                self._form = "csr_matrix" if isspmatrix(labels) else "csr_array"
            self._parts.append(csr_array(labels, dtype=np.int8))

    def check_any(self):
        if not self._parts:
            raise ValueError(
                "Found no texts (0 samples) while at least one is required: all "
                "chunks of the source are empty, or there are none. A source must "
                "make a new iterator at each call."
            )

    def targets(self):
        """Return the targets of all chunks."""
        if self._kind == "sets":
            return Targets([labels for part in self._parts for labels in part])
        if self._kind != "labels":
            codes = csr_array(vstack(self._parts))
            return Targets.of_indicators(codes, self._names, self._form)
        classes = [*self._numbers]
        if all(dtype.kind in "biuf" for dtype in self._dtypes):
            classes = np.array(classes, dtype=np.result_type(*self._dtypes))
        targets = Targets(classes)
        targets.codes = targets.codes[np.concatenate(self._parts)]
        return targets


def _checked_chunks(source) -> Iterator[tuple[str, list[str], Any]]:
    """Yield the chunks that have texts: a name for errors, texts, labels."""
    chunks = source()
    if isinstance(chunks, (str, bytes, Mapping)) or not isinstance(chunks, Iterable):
        raise TypeError(
            "A source must return an iterable of chunks, tuples of texts and labels; "
            f"{shown(source)} returned an object of type {type(chunks).__name__}."
        )
    for i, chunk in enumerate(chunks):
        name = f"Chunk {i} of the source"
        if not isinstance(chunk, tuple) or len(chunk) != 2:
            raise TypeError(
                f"{name} must be a tuple of texts and labels, got {shown(chunk)} of "
                f"type {type(chunk).__name__}."
            )
        texts, y = chunk
        if hasattr(texts, "__len__") and not isinstance(texts, str) and not len(texts):
            continue
        with named(name):
            texts = check_texts(texts)
        yield name, texts, y
