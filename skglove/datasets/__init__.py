"""Text collections in the shape of scikit-learn's dataset loaders."""

from ._docstrings import load_docstrings
from ._imdb import fetch_imdb
from ._news20 import fetch_news20

__all__ = ["fetch_imdb", "fetch_news20", "load_docstrings"]
