"""Errors of texts and labels that say where these came from."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def named(name: str, unreadable: tuple[type[ValueError], ...] = ()) -> Iterator[None]:
    """Put a name before the messages of TypeErrors and ValueErrors.

    Of the kinds in `unreadable` the message also says that it cannot be read.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        # Subclasses may take other arguments than a message.
        kind = TypeError if isinstance(error, TypeError) else ValueError
        what = " cannot be read" if isinstance(error, unreadable) else ""
        raise kind(f"{name}{what}: {error}") from error
