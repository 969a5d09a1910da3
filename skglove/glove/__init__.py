"""GloVe vectors trained on one's own texts."""

from ._glove import Glove

__all__ = ["Glove"]
