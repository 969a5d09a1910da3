"""Training networks."""

from ._train import train

__all__ = ["train"]
