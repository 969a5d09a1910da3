"""Text collections in the shape of scikit-learn's dataset loaders."""

from ._banking77 import fetch_banking77
from ._docstrings import load_docstrings
from ._imdb import fetch_imdb
from ._news20 import fetch_news20

__all__ = ["fetch_banking77", "fetch_imdb", "fetch_news20", "load_docstrings"]
