"""Text classification with GloVe vectors and Keras, as a scikit-learn estimator."""

from . import datasets
from ._version import __version__
from .classifier import GloveTextClassifier
from .coverage import Coverage
from .word_vectors import WordVectors

__all__ = [
    "Coverage",
    "GloveTextClassifier",
    "WordVectors",
    "__version__",
    "datasets",
]
