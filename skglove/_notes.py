"""What TensorFlow writes about the machine when it is loaded, left out."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"

# TensorFlow writes these whatever the level is: its logging is not set up by then.
_NOTES = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\) is called"
    rb"|I\d{4} "  # of the level "information"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: I "
    rb"|To enable the following instructions: "  # the second line of a note
)
_NO_GPU = re.compile(rb"(E\d{4}|\d{4}-\d\d-\d\d) .*failed call to cuInit: .*\(303\)")
_NVIDIA_DRIVER = "/proc/driver/nvidia/version"


@contextmanager
def without_notes() -> Iterator[None]:
    """Leave out TensorFlow's notes on the machine while it is loaded.

    What is written to standard error meanwhile, by any thread, is written at the end,
    but for lines of the level "information" and, on a machine without NVIDIA's driver,
    the error that there is no GPU. If loading fails, everything is.

    Nothing is left out if the environment variable `TF_CPP_MIN_LOG_LEVEL` is set.
    Otherwise it is set to 1, which leaves out information later on, also in the
    processes that this one starts.
    """
    if _LEVEL in os.environ:
        yield
        return
    os.environ[_LEVEL] = "1"
    try:
        standard_error = os.dup(2)
    except OSError:  # there is none
        yield
        return
    is_loaded = False
    with tempfile.TemporaryFile() as written:
        _flush()
        os.dup2(written.fileno(), 2)
        try:
            yield
            is_loaded = True
        finally:
            _flush()
            os.dup2(standard_error, 2)
            os.close(standard_error)
            written.seek(0)
            for line in written:
                if not (is_loaded and _is_note(line)):
                    os.write(2, line)


def _is_note(line):
    if _NOTES.match(line):
        return True
    return bool(_NO_GPU.match(line)) and not os.path.exists(_NVIDIA_DRIVER)


def _flush():
    with suppress(AttributeError, OSError, ValueError):  # None, or closed
        sys.stderr.flush()
