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
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

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
    with ExitStack() as stack:
        for module in filter(None, map(sys.modules.get, _MODULES)):
            default = getattr(module, _NAME, None)
            if default is None:
                continue

            def draw(default=default):
                if threading.get_ident() != thread:
                    return default()
                return generator.randint(1, int(1e9))

            stack.enter_context(patch.object(module, _NAME, draw))
        yield
