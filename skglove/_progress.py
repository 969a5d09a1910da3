"""Progress of long work: a bar in a terminal, a line now and then in a log file."""

import sys
from typing import TextIO

from tqdm import tqdm

# Seconds from one line to the next where standard error is not a terminal.
_SECONDS_A_LINE = 10


class _Lines:
    """A stream on which each state of a bar is a line of its own."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        line = text.strip()  # of "\r", and of the spaces that cover a longer state
        return self._stream.write(line + "\n") if line else 0


def progress(
    description: str, *, unit: str, total: int | None = None, shown: bool = True
) -> tqdm:
    """Return a bar on standard error with rate and remaining time.

    Parameters
    ----------
    description : str
        What is being done.

    unit : str
        What is counted, in the plural.

    total : int or None, default=None
        How many there are. With None there is no remaining time.

    shown : bool, default=True
        Whether anything is shown: an estimator's `verbose`.

    Returns
    -------
    bar : tqdm.tqdm
        A context manager; its `update(n)` says that `n` more are done.

    Examples
    --------
    >>> from skglove._progress import progress
    >>> with progress("Reading", unit="texts", total=3, shown=False) as bar:
    ...     bar.update(3)
    """
    stream = sys.stderr
    options = {}
    if not stream.isatty():
        stream = _Lines(stream)
        options = {"mininterval": _SECONDS_A_LINE, "maxinterval": 2 * _SECONDS_A_LINE}
    return tqdm(
        desc=description,
        unit=f" {unit}",
        unit_scale=True,
        total=total,
        disable=not shown,
        file=stream,
        **options,
    )
