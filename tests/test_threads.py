"""No more threads than a process is given; and what its first fit writes."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from helpers import make_texts
from threadpoolctl import threadpool_limits

from skglove import GloveTextClassifier


def seconds_of_other_threads(call):
    """Return the CPU time that a call takes in this thread, and in others."""
    # The threads of a BLAS wait busily for a moment after what they did before.
    time.sleep(0.5)
    of_process, of_thread = time.process_time(), time.thread_time()
    call()
    of_thread = time.thread_time() - of_thread
    return of_thread, time.process_time() - of_process - of_thread


def test_predictions_of_the_default_network_use_the_thread_that_calls():
    texts, labels = make_texts()
    clf = GloveTextClassifier(None, epochs=1, random_state=0).fit(texts, labels)
    many = texts * 6_000
    clf.predict(many[:10_000])
    with threadpool_limits(2):  # a BLAS may use them, it need not
        mine, others = seconds_of_other_threads(lambda: clf.predict_proba(many))
    assert mine > 0.1
    assert others < 0.1 * mine


def test_predictions_of_many_labels_keep_to_the_limit_of_threadpoolctl():
    rng = np.random.RandomState(0)
    texts = [
        " ".join(f"w{word}" for word in rng.randint(500, size=8)) for _ in range(600)
    ]
    labels = [{int(label)} for label in np.arange(600) % 600]
    clf = GloveTextClassifier(None, epochs=1, random_state=0).fit(texts, labels)
    many = texts * 50
    clf.predict_proba(many[:1_000])
    with threadpool_limits(1):
        mine, others = seconds_of_other_threads(lambda: clf.predict_proba(many))
    assert mine > 0.1
    assert others < 0.1 * mine


# The limits may be set again and again until TensorFlow runs, which the last case has.
SCRIPT = """
import os
from skglove import GloveTextClassifier, _keras
from skglove.networks import ParallelConv

_keras.import_keras()
import tensorflow as tf

limits = tf.config.threading
NAMES = "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"


def start(environment, intra=0):
    for name in NAMES:
        os.environ.pop(name, None)
    os.environ.update(environment)
    limits.set_intra_op_parallelism_threads(intra)
    limits.set_inter_op_parallelism_threads(0)
    _keras._import_keras.cache_clear()


def found():
    _keras.import_keras()
    return (limits.get_intra_op_parallelism_threads(),
            limits.get_inter_op_parallelism_threads())


start({"OMP_NUM_THREADS": "2,1", "TF_NUM_INTEROP_THREADS": "3"})
assert found() == (2, 0), found()
start({"OMP_NUM_THREADS": "1"}, intra=3)  # somebody has set it
assert found() == (3, 1), found()
start({"OMP_NUM_THREADS": "many"})
assert found() == (0, 0), found()
start({"OMP_NUM_THREADS": "1"})
texts = ["a frog in the pond", "a toad", "a fast red car", "the road"] * 4
network = ParallelConv(filters=2, kernel_size=1)
clf = GloveTextClassifier(4, network=network, epochs=1, sequence_length=8)
clf.fit(texts, [0, 0, 1, 1] * 4).predict(texts)
assert found() == (1, 1), found()
GloveTextClassifier(None, epochs=1, random_state=0).fit(texts, [0, 0, 1, 1] * 4)
"""


@pytest.fixture(scope="module")
def done():
    """The script, run as most users would: no level of TensorFlow's log is set."""
    environment = {**os.environ}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment
    )


def test_tensorflow_is_given_as_many_threads_as_openmp(done):
    assert done.returncode == 0, done.stderr


def test_fits_write_nothing_to_standard_error(done):
    assert done.stderr == ""
