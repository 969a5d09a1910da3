"""What all kinds of attacks share: making tries, and telling what came of them."""

import os
import random
import resource
import shutil
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

RIGHT, ERROR = "right", "error"

_MAX_SECONDS = 5  # of the processor, which other work does not disturb
_MAX_GROWTH = 500  # MB of memory
_MAX_MESSAGE = 1_500


class Wrong(Exception):
    """An outcome that should not be."""


class Report(NamedTuple):
    """What came of some tries."""

    n_right: int
    n_errors: int
    others: list[str]  # whatever else happened
    slowest: float  # seconds of the processor
    growth: float  # MB, the most of any try

    @property
    def n_tries(self) -> int:
        return self.n_right + self.n_errors + len(self.others)


class _Meter:
    """Measures what a try takes."""

    def __init__(self):
        self.start()

    def start(self, max_growth: float = _MAX_GROWTH) -> None:
        """Forget what was taken so far."""
        self._max_growth = max_growth
        _forget_peak()
        self._memory, self._time = _memory(), time.process_time()

    def stop(self) -> tuple[float, float]:
        """Return seconds and MB; raise Wrong if there are too many."""
        seconds = time.process_time() - self._time
        growth = max(_peak_memory() - self._memory, 0)
        if seconds > _MAX_SECONDS:
            raise Wrong(f"took {seconds:.1f} s")
        if growth > self._max_growth:
            raise Wrong(f"took {growth:.0f} MB")
        return seconds, growth


class Kind(NamedTuple):
    """A kind of attack."""

    attack: Callable[[Path], object]

    @property
    def summary(self) -> str:
        return self.attack.__doc__.splitlines()[0]

    def run(self, tries: int, seed: int = 0, start: int = 0) -> Report:
        """Make some tries, of which each depends on the seed and its number.

        An interrupt ends them: the report then is of those made.
        """
        outcomes, others, slowest, most = Counter(), [], 0, 0
        name, environ = self.attack.__name__, dict(os.environ)
        with tempfile.TemporaryDirectory() as folder:
            running = self._begin(folder)
            for i in range(start, start + tries):
                METER.start()
                try:
                    outcome = running.send(random.Random(f"{name} {seed} {i}"))
                    next(running)
                    seconds, growth = METER.stop()
                except KeyboardInterrupt:
                    break
                except Exception:
                    others.append(f"{name} {i}: {traceback.format_exc()}")
                    shutil.rmtree(folder)
                    os.mkdir(folder)
                    running = self._begin(folder)
                    continue
                outcomes[outcome] += 1
                slowest, most = max(slowest, seconds), max(most, growth)
            running.close()
        os.environ.clear()
        os.environ.update(environ)
        return Report(outcomes[RIGHT], outcomes[ERROR], others, slowest, most)

    def _begin(self, folder):
        os.environ["SKGLOVE_DATA"] = str(Path(folder, "home"))
        running = self.attack(Path(folder))
        next(running)
        return running


def clear_error(error: Exception, path: Path) -> str:
    """Check that an error says what is wrong with which file, and is not long."""
    message = str(error)
    if not isinstance(error, (ValueError, OSError)) or str(path) not in message:
        raise error
    if len(message) > _MAX_MESSAGE:
        raise Wrong(f"a message of {len(message)} characters") from error
    return ERROR


def _forget_peak():
    """Have the peak memory start at what is in use, where the system can do it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def _memory():
    """Return the memory in use, in MB, or its peak where that is all that is known."""
    return _of_status("VmRSS") or _peak_memory()


def _peak_memory():
    peak = _of_status("VmHWM")
    return peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _of_status(key):
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(x.split()[1]) / 1024 for x in lines if x.startswith(key)), None)


#: An attack whose making takes memory or time itself starts it again afterwards.
METER = _Meter()
