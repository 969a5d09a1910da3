"""Ids to padded tensors: what is in a batch, and how long its rows are."""

import numpy as np
import pytest
from helpers import make_ids, make_spec

from skglove.networks import Flatten, ParallelConv
from skglove.networks._batches import padded_batches, training_batches
from skglove.text import TokenIds

FIXED = make_spec(Flatten(padding="pre"), sequence_length=9)
FREE = make_spec(ParallelConv(), sequence_length=9)


def words_of(rows):
    """The ids of each row without its padding."""
    return [row[row > 0].tolist() for row in np.asarray(rows)]


@pytest.mark.parametrize("batch_size", [1, 4, 100])
@pytest.mark.parametrize("spec", [FIXED, FREE], ids=["fixed", "free"])
def test_every_text_is_in_one_batch(spec, batch_size):
    ids = make_ids(spec)
    found = {}
    for rows, batch in padded_batches(ids, batch_size, spec):
        assert len(rows) == len(batch) <= batch_size
        assert batch.dtype == np.int32
        found |= dict(zip(rows.tolist(), words_of(batch), strict=True))
    assert [found[i] for i in range(len(ids))] == words_of(ids.padded())


def test_rows_are_as_long_as_the_longest_text_of_the_batch():
    ids = make_ids(FREE)
    widths = [batch.shape[1] for _, batch in padded_batches(ids, 2, FREE)]
    assert widths == [1, 3, 5, 7, 9]


def test_rows_of_a_fixed_length_are_padded_at_the_networks_end():
    ids = make_ids(FIXED)
    for rows, batch in padded_batches(ids, 4, FIXED):
        np.testing.assert_array_equal(batch, ids[rows].padded(9, "pre"))


def test_long_texts_share_a_batch_with_fewer_others(monkeypatch):
    monkeypatch.setattr("skglove.networks._batches._PLACES_AT_ONCE", 20)
    ids = TokenIds(np.ones(70, np.int32), np.array([50, 4, 4, 4, 4, 4]))
    shapes = [batch.shape for _, batch in padded_batches(ids, 5, FREE)]
    # The batch of the five short ones has 20 places; the long one goes by itself.
    assert shapes == [(5, 4), (1, 50)]


def epoch_of(batches):
    """The columns of an epoch: ids of each text, then those beside them."""
    parts = list(zip(*batches, strict=True))
    ids = [words for rows in parts[0] for words in words_of(rows)]
    return [ids, *(np.concatenate(part).tolist() for part in parts[1:])]


def test_training_batches_hold_all_in_order():
    ids, codes = make_ids(FREE), np.arange(10)
    batches = training_batches(ids, codes, None, spec=FREE, batch_size=4)
    assert len(batches) == 3
    for _ in range(2):
        assert epoch_of(batches) == [words_of(ids.padded()), codes.tolist()]


def test_shuffled_batches_hold_all_in_another_order_each_time():
    ids, codes, weights = make_ids(FREE), np.arange(10), np.linspace(0, 1, 10)
    batches = training_batches(ids, codes, weights, spec=FREE, batch_size=4, seed=0)
    rows = words_of(ids.padded())
    orders = []
    for _ in range(2):
        found, order, found_weights = epoch_of(batches)
        assert sorted(order) == codes.tolist()
        assert found == [rows[i] for i in order]
        assert found_weights == weights[order].tolist()
        orders.append(order)
    assert orders[0] != orders[1]
    assert codes.tolist() not in orders


def test_seed_determines_the_orders():
    def orders(seed):
        batches = training_batches(
            make_ids(FREE), np.arange(10), None, spec=FREE, batch_size=4, seed=seed
        )
        return [epoch_of(batches)[1] for _ in range(2)]

    assert orders(0) == orders(0) != orders(1)


def test_training_rows_are_as_long_as_the_network_asks_for():
    ids = make_ids(FREE)
    longest = [
        {rows.shape[1] for rows, _ in batches}
        for batches in (
            training_batches(ids, np.arange(10), None, spec=spec, batch_size=2)
            for spec in (FIXED, FREE)
        )
    ]
    assert longest[0] == {9}
    assert len(longest[1]) > 1 and max(longest[1]) == 9


def test_no_thread_keeps_the_end_of_an_epoch_waiting():
    batches = training_batches(
        make_ids(FREE), np.arange(10), None, spec=FREE, batch_size=2
    )
    assert batches.options().autotune.enabled is False
