"""Importing Keras on first use, the guard against forks, and the lock for builds."""

import itertools
import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import numpy as np

from ._keras_seeds import seeds_of_this_thread
from ._notes import without_notes

# Building a model draws on Python's and NumPy's global random generators, which are
# seeded for that time: in one process only one thread at a time builds.
BUILDING = threading.RLock()

# So many fits leave what they have compiled before it is cleared away.
_CLEARED_AT_ONCE = 8
_calls = itertools.count(1)

# TensorFlow does not survive a fork once it has run: its threads are gone.
_in_broken_fork = False


def import_keras():
    """Import Keras on first use, as TensorFlow takes seconds to load.

    Raises
    ------
    ImportError
        If TensorFlow or Keras is not installed.
    RuntimeError
        If Keras runs on another backend than TensorFlow, or this process was forked
        from one where TensorFlow had run.
    """
    if _in_broken_fork:
        raise RuntimeError(
            "This process was forked from one that had used TensorFlow already, which "
            "would hang here. Use joblib's default backend 'loky' or 'threading' "
            "instead of 'multiprocessing', or start the work before anything is "
            "fitted or predicted."
        )
    return _import_keras()


@cache
def _import_keras():
    try:
        with without_notes():
            import keras
            import tensorflow

            # Looks for GPUs, which is when TensorFlow says that there is none.
            tensorflow.config.list_physical_devices()
    except ImportError as error:
        raise ImportError(
            "skglove trains with Keras on TensorFlow, which could not be imported "
            f"({error}). Install them with: pip install keras tensorflow"
        ) from error

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            "skglove needs Keras's TensorFlow backend, Keras runs on "
            f"{keras.backend.backend()!r}. Set KERAS_BACKEND=tensorflow before the "
            "first import of keras."
        )
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_mark_broken_fork)
    _limit_threads()
    return keras


def _limit_threads():
    """Have TensorFlow use no more threads than `OMP_NUM_THREADS` gives a process.

    That is how joblib, Dask, Ray and Spark share the cores of a machine among their
    workers. TensorFlow takes all of them by itself.
    """
    n_threads = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if not n_threads.isdecimal() or int(n_threads) < 1:
        return
    import tensorflow as tf

    limits = tf.config.threading
    for kind in ("INTRA", "INTER"):
        if f"TF_NUM_{kind}OP_THREADS" in os.environ:
            continue
        name = f"{kind.lower()}_op_parallelism_threads"
        if not getattr(limits, f"get_{name}")():  # else somebody has set it
            with suppress(RuntimeError):  # it is too late
                getattr(limits, f"set_{name}")(int(n_threads))


def _mark_broken_fork():
    global _in_broken_fork
    _in_broken_fork = True


def clear_kernels() -> None:
    """Have TensorFlow let go of what it has compiled for functions that are gone.

    It keeps that of every function that was traced, 2 MB a fit, until this is called.
    What is still in use is compiled again, in a tenth of a second for a model that is
    kept, so that only every eighth call does it. There is no public function for it but
    `keras.utils.clear_session`, which also forgets the names of a user's layers.
    """
    if next(_calls) % _CLEARED_AT_ONCE:
        return
    with suppress(ImportError, AttributeError):
        from tensorflow.python.eager import context

        context.context().clear_kernel_cache()


@contextmanager
def building(seed: int | None = None) -> Iterator[None]:
    """Hold the lock for builds, with the global generators seeded where asked for.

    Keras draws the seeds of initializers and dropout layers from Python's global
    generator when a layer is built. Nothing else of a fit is drawn from global
    generators, so that a fit holds the lock for as long as it builds.
    """
    with BUILDING:
        if seed is None:
            yield
            return
        of_python, of_numpy = random.getstate(), np.random.get_state()
        random.seed(seed)
        np.random.seed(seed)
        try:
            with seeds_of_this_thread(seed):
                yield
        finally:
            random.setstate(of_python)
            np.random.set_state(of_numpy)
