"""Writing a file so that nobody ever finds half of it under its name."""

import contextlib
import errno
import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_WAIT = 0.1  # seconds


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write that takes another's place once it is whole.

    Parameters
    ----------
    path : Path
        The file to write. It stays as it is if writing fails.

    Yields
    ------
    file : file object
        What to write to, in bytes.
    """
    if not path.parent.is_dir():  # filelock would make it
        raise FileNotFoundError(errno.ENOENT, "No such folder", str(path.parent))
    lock = path.with_name(f".{path.name}.lock")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with _trying_to_lock(lock) as is_alone:
        if is_alone:  # what other processes have left was left by killed ones
            for left_over in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
                with contextlib.suppress(OSError):
                    left_over.unlink()
        try:
            with open(part, "wb") as file:
                yield file
            os.replace(part, path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink()


@contextlib.contextmanager
def _trying_to_lock(path):
    """Hold a lock if it can be had; yield whether it is held."""
    from filelock import FileLock, Timeout

    try:
        lock = FileLock(path)
        lock.acquire(timeout=_WAIT)
    except (OSError, NotImplementedError, Timeout):
        yield False
        return
    try:
        yield True
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        lock.release()
