"""Words and their vectors: where they come from, and how much of a text they know."""

from typing import TYPE_CHECKING

from .._lazy import lazy_attributes

if TYPE_CHECKING:
    from ._catalogue import VECTOR_SETS
    from ._coverage import Coverage
    from ._word_vectors import WordVectors, as_word_vectors

__all__ = ["VECTOR_SETS", "Coverage", "WordVectors", "as_word_vectors"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "VECTOR_SETS": "_catalogue",
        "Coverage": "_coverage",
        "WordVectors": "_word_vectors",
        "as_word_vectors": "_word_vectors",
    },
)
