"""Text classification with GloVe vectors and Keras, as a scikit-learn estimator."""

from . import datasets
from ._version import __version__
from .classifier import GloveTextClassifier
from .coverage import Coverage
from .glove import Glove
from .plotting import TrainingCurveDisplay
from .published_systems import published_settings
from .word_vectors import WordVectors

__all__ = [
    "Coverage",
    "Glove",
    "GloveTextClassifier",
    "TrainingCurveDisplay",
    "WordVectors",
    "__version__",
    "datasets",
    "published_settings",
]
