"""Where keys are in a list of many."""

import pickle

import numpy as np
import pytest

from skglove.networks import _key_index
from skglove.networks._key_index import KeyIndex


def expected_places(keys, wanted):
    place = {key: i for i, key in enumerate(keys.tolist())}
    return [place.get(key, -1) for key in wanted.tolist()]


@pytest.mark.parametrize("n_keys", [0, 1, 2, 3, 1_000, 100_000])
def test_keys_are_found_and_others_are_not(n_keys):
    rng = np.random.RandomState(n_keys)
    keys = np.unique(rng.randint(0, 60_000**3, n_keys))
    near = np.concatenate([keys, keys + 1, keys - 1, [0, 1]])
    wanted = rng.permutation(near)
    found = KeyIndex(keys).find(wanted)
    assert found.dtype == np.int64
    assert found.tolist() == expected_places(keys, wanted)


def test_nothing_is_found_for_nothing():
    assert KeyIndex(np.arange(5)).find(np.array([], dtype=np.int64)).tolist() == []


def test_keys_that_collide_in_both_tables_are_found(monkeypatch):
    monkeypatch.setattr(_key_index, "_FACTORS", np.array([1, 1], dtype=np.uint64))
    keys = np.arange(0, 300, 3)  # all of them in the first place
    wanted = np.arange(-2, 305)
    assert KeyIndex(keys).find(wanted).tolist() == expected_places(keys, wanted)


def test_a_pickle_has_the_keys_alone():
    keys = np.arange(0, 10_000, 7)
    data = pickle.dumps(KeyIndex(keys))
    assert len(data) < keys.nbytes + 500
    assert pickle.loads(data).find(keys[::-1]).tolist() == [*range(len(keys))][::-1]
