"""Predictions beside a fit, fits side by side, and many fits in a row."""

import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import make_classifier, make_texts, small_conv

from skglove.networks import BagConv, Flatten, ParallelConv

NETWORKS = {
    "bag": "bag",
    "bag_conv": BagConv(filters=8, kernel_size=1),
    "parallel_conv": ParallelConv(filters=8, kernel_size=2),
    "conv": small_conv(),
    "flatten": Flatten(),
}


@pytest.mark.parametrize("name", ["bag", "conv"])
def test_a_prediction_does_not_wait_for_a_fit_nor_depend_on_it(name):
    texts, labels = make_texts(100)
    clf = make_classifier(network=NETWORKS[name], epochs=1).fit(texts, labels)
    expected = clf.predict_proba(texts[:1])
    other = make_classifier(network=NETWORKS[name], epochs=5)
    thread = threading.Thread(target=other.fit, args=(texts, labels))
    waits, during = [], 0
    begin = time.perf_counter()
    thread.start()
    while thread.is_alive():
        during += 1
        start = time.perf_counter()
        found = clf.predict_proba(texts[:1])
        waits.append(time.perf_counter() - start)
        np.testing.assert_array_equal(found, expected)
        time.sleep(0.01)
    seconds = time.perf_counter() - begin
    assert during >= 20
    # The fit takes the processor, too: a single prediction may wait for its turn, but
    # none waits for the fit.
    assert np.median(waits) < 0.1
    assert max(waits) < seconds / 2


def fit(name, seed=0):
    """Fit a network to texts, and return the classifier and its probabilities."""
    texts, labels = make_texts()
    clf = make_classifier(network=NETWORKS[name], epochs=2, random_state=seed)
    return clf, clf.fit(texts, labels).predict_proba(texts)


@contextmanager
def retracing_heard(handler):
    """Have TensorFlow's warnings handled, too."""
    import tensorflow as tf

    logger = tf.get_logger()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def drawing():
    """Draw random numbers in another thread."""
    over = threading.Event()

    def draw():
        while not over.is_set():
            random.random()
            np.random.random()
            time.sleep(0)

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Records(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


@pytest.fixture(scope="module", params=NETWORKS)
def fits(request):
    """Five fits of a network, in threads and not, and what TensorFlow logs of them.

    A network is traced in each, which takes most of these tests' time.
    """
    name, records = request.param, Records()
    with retracing_heard(records):
        # What nothing beside a fit has changed.
        alone = [fit(name, seed)[1] for seed in (0, 1)]
        with ThreadPoolExecutor(2) as pool:
            together = [p for _, p in pool.map(fit, [name, name], [0, 1])]
        with drawing():
            clf, beside_draws = fit(name)
        for n in range(1, 8):
            clf.predict(make_texts()[0][:n])
    return SimpleNamespace(
        alone=alone,
        together=together,
        beside_draws=beside_draws,
        messages=records.messages,
    )


def test_two_fits_in_two_threads_are_the_fits_one_after_the_other(fits):
    assert (fits.alone[0] != fits.alone[1]).any()
    np.testing.assert_array_equal(fits.together, fits.alone)


def test_a_thread_that_draws_random_numbers_does_not_change_a_fit(fits):
    np.testing.assert_array_equal(fits.beside_draws, fits.alone[0])


def test_five_fits_log_no_warning_of_retracing(fits):
    assert not [message for message in fits.messages if "retracing" in message]


def test_what_logs_a_warning_of_retracing_is_heard():
    import tensorflow as tf

    records = Records()
    with retracing_heard(records):
        double = tf.function(lambda x: 2 * x)
        for n in range(8):
            double(tf.zeros(n + 1, dtype=tf.float32) if n else 1)
            double(n)
    assert [message for message in records.messages if "retracing" in message]
