"""Predictions beside a fit, fits side by side, and many fits in a row."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from helpers import make_classifier, make_texts, small_conv
from sklearn.model_selection import cross_validate

from skglove.networks import BagConv, Flatten, ParallelConv

NETWORKS = {
    "bag": "bag",
    "bag_conv": BagConv(filters=8, kernel_size=1),
    "parallel_conv": ParallelConv(filters=8, kernel_size=2),
    "conv": small_conv(),
    "flatten": Flatten(),
}


@pytest.mark.parametrize("name", ["bag", "conv"])
def test_a_prediction_does_not_wait_for_a_fit(name):
    texts, labels = make_texts(100)
    clf = make_classifier(network=NETWORKS[name], epochs=1).fit(texts, labels)
    clf.predict_proba(texts[:1])
    other = make_classifier(network=NETWORKS[name], epochs=5)
    thread = threading.Thread(target=other.fit, args=(texts, labels))
    waits, during = [], 0
    begin = time.perf_counter()
    thread.start()
    while thread.is_alive():
        during += 1
        start = time.perf_counter()
        clf.predict_proba(texts[:1])
        waits.append(time.perf_counter() - start)
        time.sleep(0.01)
    seconds = time.perf_counter() - begin
    assert during >= 20
    # The fit takes the processor, too: a single prediction may wait for its turn, but
    # none waits for the fit.
    assert np.median(waits) < 0.1
    assert max(waits) < seconds / 2


def fit(name, seed=0):
    """Fit a network to texts, and return their probabilities."""
    data = make_texts()
    clf = make_classifier(network=NETWORKS[name], epochs=3, random_state=seed)
    return clf.fit(*data).predict_proba(data[0])


# What nothing beside a fit has changed.
fit_alone = cache(fit)


@pytest.mark.parametrize("name", NETWORKS)
def test_two_fits_in_two_threads_are_the_fits_one_after_the_other(name):
    expected = [fit_alone(name, seed) for seed in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(fit, [name, name], [0, 1]))
    assert (expected[0] != expected[1]).any()
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_thread_that_draws_random_numbers_does_not_change_a_fit(name):
    expected, over = fit_alone(name, 0), threading.Event()

    def draw():
        while not over.is_set():
            random.random()
            np.random.random()
            time.sleep(0)

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        found = fit(name)
    finally:
        over.set()
        thread.join()
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_five_fits_log_no_warning_of_retracing(name, caplog):
    import tensorflow as tf

    logger = tf.get_logger()
    logger.addHandler(caplog.handler)
    try:
        clf = make_classifier(network=NETWORKS[name], epochs=1)
        texts, labels = make_texts()
        found = cross_validate(clf, texts, labels, cv=5, return_estimator=True)
        for n in range(1, 8):
            found["estimator"][-1].predict(texts[:n])
    finally:
        logger.removeHandler(caplog.handler)
    assert "retracing" not in caplog.text


def test_what_logs_a_warning_of_retracing_is_heard(caplog):
    import tensorflow as tf

    logger = tf.get_logger()
    logger.addHandler(caplog.handler)
    try:
        double = tf.function(lambda x: 2 * x)
        for n in range(8):
            double(tf.zeros(n + 1, dtype=tf.float32) if n else 1)
            double(n)
    finally:
        logger.removeHandler(caplog.handler)
    assert "retracing" in caplog.text
