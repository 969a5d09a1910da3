"""Text classification with GloVe vectors and Keras, as a scikit-learn estimator."""

from . import datasets
from ._text_files import TextFiles
from ._version import __version__
from .classifier import GloveTextClassifier
from .display import (
    CoverageDisplay,
    ExplanationDisplay,
    TopWordsDisplay,
    TrainingCurveDisplay,
)
from .features import GloveTextEncoder
from .glove import Glove
from .persistence import TRUSTED_TYPES, load
from .tutorials import published_settings
from .vectors import Coverage, WordVectors

__all__ = [
    "TRUSTED_TYPES",
    "Coverage",
    "CoverageDisplay",
    "ExplanationDisplay",
    "Glove",
    "GloveTextClassifier",
    "GloveTextEncoder",
    "TextFiles",
    "TopWordsDisplay",
    "TrainingCurveDisplay",
    "WordVectors",
    "__version__",
    "datasets",
    "load",
    "published_settings",
]
