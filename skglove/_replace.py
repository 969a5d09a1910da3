"""Writing files so that nobody finds one that is not whole."""

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def replace_file(path: str | os.PathLike, write: Callable[[BinaryIO], object]) -> None:
    """Write a file, or put it in the place of one that is there, whole or not at all.

    What a process has left that was killed meanwhile, the next one removes that writes
    the same file on the same machine.

    Parameters
    ----------
    path : str or PathLike
        The file.

    write : callable
        Writes what is to be in it to the open file that it gets.
    """
    path = Path(path)
    _remove_leftovers(path)
    part = path.with_name(f"{_prefix(path)}{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            # Else a machine that loses power may have the new name without content.
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _prefix(path):
    # Process numbers say nothing about other machines that use the same folder.
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())
    return f".{path.name}.{host}."


def _remove_leftovers(path):
    """Remove what processes of this machine have left that are no more."""
    prefix = _prefix(path)
    try:
        names = os.listdir(path.parent)
    except OSError:
        return  # writing will say what is wrong
    for name in names:
        process = name.removeprefix(prefix).removesuffix(".part")
        if name != f"{prefix}{process}.part" or not process.isdecimal():
            continue
        if not _is_running(int(process)):
            path.with_name(name).unlink(missing_ok=True)


def _is_running(process):
    if os.name == "nt":  # where `os.kill` would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
