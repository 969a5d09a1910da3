"""Glove on Dask: the same vectors, from the workers of a client or without one."""

from time import monotonic, sleep

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skglove import Glove

dask = pytest.importorskip("dask", reason="needs skglove[dask]")
distributed = pytest.importorskip("distributed", reason="needs skglove[dask]")

TEXTS = [
    f"{animal} and {other} sat by the {place}"
    for animal in ("frog", "toad", "newt")
    for other in ("swan", "fish", "frog")
    for place in ("pond", "reeds", "big pond", "old reeds")
]


@pytest.fixture
def glove():
    return Glove(4, min_count=2, window_size=4, max_iter=2, random_state=0)


def assert_same(glove, other):
    assert glove.vocabulary_ == other.vocabulary_
    assert glove.loss_curve_ == other.loss_curve_
    np.testing.assert_array_equal(
        glove.word_vectors_.vectors, other.word_vectors_.vectors
    )


def as_bag(npartitions=20):
    from dask import bag

    return bag.from_sequence(TEXTS, npartitions=npartitions)


def as_series():
    from dask import dataframe

    return dataframe.from_pandas(pd.Series(TEXTS), npartitions=3)


def as_array():
    from dask import array

    return array.from_array(np.array(TEXTS, dtype=object), chunks=10)


COLLECTIONS = {
    "bag": as_bag,
    "bag of one partition": lambda: as_bag(1),
    "mapped bag": lambda: as_bag().map(str.upper),
    "series": as_series,
    "frame": lambda: as_series().to_frame(),
    "array": as_array,
}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_workers_count_as_one_process_does(client, glove, name):
    assert_same(glove.fit(COLLECTIONS[name]()), clone(glove).fit(TEXTS))


def test_empty_partitions_count_nothing(client, glove):
    bag = as_bag(36).filter(lambda text: "toad" in text)
    sizes = bag.map_partitions(lambda texts: [len(list(texts))]).compute()
    assert 0 in sizes
    whole = clone(glove).fit([text for text in TEXTS if "toad" in text])
    assert_same(glove.fit(bag), whole)


def test_nothing_stays_on_the_workers(client, glove):
    glove.fit(as_bag())
    give_up = monotonic() + 10
    while any(client.has_what().values()):  # until word of what was let go arrives
        assert monotonic() < give_up, client.has_what()
        sleep(0.05)


def test_without_a_client_dask_counts_here(glove):
    with dask.config.set(scheduler="synchronous"):
        assert_same(glove.set_params(verbose=1).fit(as_bag()), clone(glove).fit(TEXTS))


def test_progress_over_partitions(client, glove, capsys):
    glove.set_params(verbose=1).fit(as_bag(4))
    shown = capsys.readouterr().err
    assert "Counting words: 100%" in shown
    assert "4.00/4.00 [" in shown
    assert "Counting co-occurrences: 100%" in shown


def test_an_error_on_a_worker_names_the_partition(client, glove):
    from dask import bag

    with pytest.raises(TypeError, match=r"Partition 1 .* position 0 is not a str"):
        glove.fit(bag.from_sequence(["a frog", 3], npartitions=2))


def test_too_rare_words_are_named_as_in_one_process(client, glove):
    with pytest.raises(ValueError, match=r"min_count=99 .*, 'the', occurs 36 times"):
        glove.set_params(min_count=99).fit(as_bag())


def test_a_delayed_object_is_refused(glove):
    with pytest.raises(TypeError, match=r"Dask bag.*dask\.bag\.from_delayed"):
        glove.fit(dask.delayed(TEXTS))
