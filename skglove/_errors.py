"""Errors of texts and labels that say where these came from."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put a name before the messages of TypeErrors and ValueErrors."""
    try:
        yield
    except (TypeError, ValueError) as error:
        # Subclasses may take other arguments than a message.
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name}: {error}") from error
