"""Words and their vectors: where they come from, and how much of a text they know."""

from ._catalogue import VECTOR_SETS
from ._coverage import Coverage
from ._word_vectors import WordVectors, as_word_vectors

__all__ = ["VECTOR_SETS", "Coverage", "WordVectors", "as_word_vectors"]
