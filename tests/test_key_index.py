"""Where keys are in a list of many."""

import pickle

import numpy as np
import pytest

from skglove import _key_index
from skglove._key_index import KeyIndex


def expected_places(keys, wanted):
    place = {key: i for i, key in enumerate(keys.tolist())}
    return [place.get(key, -1) for key in wanted.tolist()]


@pytest.mark.parametrize("n_keys", [0, 1, 2, 3, 1_000, 100_000])
def test_keys_are_found_and_others_are_not(n_keys):
    rng = np.random.RandomState(n_keys)
    keys = rng.permutation(np.unique(rng.randint(0, 60_000**3, n_keys)))
    near = np.concatenate([keys, keys + 1, keys - 1, [0, 1]])
    wanted = rng.permutation(near)
    found = KeyIndex(keys).find(wanted)
    assert found.dtype == np.int64
    assert found.tolist() == expected_places(keys, wanted)


def test_nothing_is_found_for_nothing():
    assert KeyIndex(np.arange(5)).find(np.array([], dtype=np.int64)).tolist() == []


@pytest.mark.parametrize("sizes", [(0, 1, 1, 5), (1_000, 1, 40, 30_000, 1_000)])
def test_keys_added_later_are_found_behind_the_others(sizes):
    keys = np.random.RandomState(1).permutation(np.arange(0, 70_000, 2))[: sum(sizes)]
    index, *more = np.split(keys, np.cumsum(sizes)[:-1])
    index = KeyIndex(index)
    for part in more:
        index.add(part)
    wanted = np.arange(-1, 70_000)
    assert len(index) == len(keys)
    assert index.find(wanted).tolist() == expected_places(keys, wanted)


def test_keys_that_collide_in_both_tables_are_found(monkeypatch):
    monkeypatch.setattr(_key_index, "_FACTORS", np.array([1, 1], dtype=np.uint64))
    keys = np.arange(0, 300, 3)  # all of them in the first place
    wanted = np.arange(-2, 305)
    index = KeyIndex(keys[::-3])
    index.add(np.setdiff1d(keys, keys[::-3]))
    assert index.find(wanted).tolist() == expected_places(index.keys, wanted)


def test_a_pickle_has_the_keys_alone():
    keys = np.arange(0, 10_000, 7)
    data = pickle.dumps(KeyIndex(keys))
    assert len(data) < keys.nbytes + 500
    assert pickle.loads(data).find(keys[::-1]).tolist() == [*range(len(keys))][::-1]
