"""Text classification with GloVe vectors and Keras, as a scikit-learn estimator."""

from typing import TYPE_CHECKING

from ._lazy import lazy_attributes
from ._version import __version__

if TYPE_CHECKING:
    from . import datasets
    from ._text_files import TextFiles
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

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "TextFiles": "_text_files",
        "GloveTextClassifier": "classifier",
        "CoverageDisplay": "display",
        "ExplanationDisplay": "display",
        "TopWordsDisplay": "display",
        "TrainingCurveDisplay": "display",
        "GloveTextEncoder": "features",
        "Glove": "glove",
        "TRUSTED_TYPES": "persistence",
        "load": "persistence",
        "published_settings": "tutorials",
        "Coverage": "vectors",
        "WordVectors": "vectors",
        **{
            name: name
            for name in (
                "classifier",
                "datasets",
                "display",
                "explaining",
                "export",
                "features",
                "glove",
                "networks",
                "persistence",
                "text",
                "training",
                "tutorials",
                "vectors",
            )
        },
    },
)
