"""What annotations share: texts, labels, and a decorator that keeps signatures."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    # scikit-learn has no annotations, and a decorator without them hides what it is on.
    _Method = TypeVar("_Method", bound=Callable[..., Any])

    def fit_context(
        *, prefer_skip_nested_validation: bool
    ) -> Callable[[_Method], _Method]:
        """scikit-learn's `_fit_context`."""
        raise NotImplementedError

else:
    from sklearn.base import _fit_context as fit_context


class SparseMatrix(Protocol):
    """A sparse array or matrix of SciPy."""

    def tocsr(self) -> Any:
        """Return it in compressed sparse rows."""


class KeyedVectors(Protocol):
    """Word vectors of gensim."""

    @property
    def key_to_index(self) -> Mapping[str, int]:
        """The row of each word."""

    @property
    def vectors(self) -> np.ndarray:
        """The rows."""


#: A sequence, array, Series or frame of one column that holds `str`.
Texts: TypeAlias = ArrayLike

#: Labels, an indicator matrix, or a collection of labels for each text.
Labels: TypeAlias = ArrayLike | SparseMatrix | Sequence[Collection[Hashable]]

RandomState: TypeAlias = int | np.random.RandomState | None

__all__ = [
    "KeyedVectors",
    "Labels",
    "RandomState",
    "SparseMatrix",
    "Texts",
    "fit_context",
]
