"""Words and their vectors."""

from ._coverage import Coverage
from ._word_vectors import WordVectors, as_word_vectors

__all__ = ["Coverage", "WordVectors", "as_word_vectors"]
