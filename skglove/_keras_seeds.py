"""Seeds of Keras's layers that no other thread can change.

Relies on Keras's functions `make_default_seed`, which draw from Python's global
generator. So do other threads of the process, such as those of a Dask worker: a network
built meanwhile would start with other weights than `random_state` stands for. Where a
version of Keras lacks the functions, the global generator is all there is.
"""

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Where initializers and seed generators look the function up.
_MODULES = "keras.src.random.seed_generator", "keras.src.backend.tensorflow.random"
_NAME = "make_default_seed"


@contextmanager
def seeds_of_this_thread(seed: int) -> Iterator[None]:
    """Give layers that this thread builds the seeds that its own generator has.

    They are those that the global generator would have, were it seeded and drawn from
    by nobody else.

    Parameters
    ----------
    seed : int
        Seeds the generator.
    """
    generator, thread = random.Random(seed), threading.get_ident()
    modules = [sys.modules.get(name) for name in _MODULES]
    defaults = {
        module: getattr(module, _NAME) for module in modules if hasattr(module, _NAME)
    }

    def draw():
        if threading.get_ident() == thread:
            return generator.randint(1, int(1e9))
        return next(iter(defaults.values()))()

    for module in defaults:
        setattr(module, _NAME, draw)
    try:
        yield
    finally:
        for module, default in defaults.items():
            setattr(module, _NAME, default)
