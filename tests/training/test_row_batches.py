"""Batches of sparse rows: which texts they hold, and what of them."""

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix

from skglove.networks._stored_rows import StoredRows
from skglove.training import _row_batches
from skglove.training._row_batches import RowBatches


def make_rows(n_texts=10, n_ids=7, seed=0):
    """Counts, of which each text has one of the word of its own number modulo 7."""
    counts = np.random.RandomState(seed).poisson(0.6, size=(n_texts, n_ids))
    counts[3] = 0
    return csr_matrix(counts.astype(np.float32))


def make_batches(n_texts=10):
    words, bigrams = make_rows(n_texts), make_rows(n_texts, 5, seed=1)
    of_parts = [StoredRows.of_matrix(part) for part in (words, bigrams)]
    return RowBatches(*of_parts), words.toarray(), bigrams.toarray()


def dense(entries, n_texts, n_ids):
    """The counts that entries stand for."""
    rows = np.zeros((n_texts, n_ids))
    values = np.exp(entries.values.numpy() - 1)
    rows[entries.texts.numpy(), entries.ids.numpy()] = values
    return rows


def collected(dataset):
    """The columns of all batches: words, bigrams, labels and weights."""
    columns = []
    for rows, *others in dataset:
        n = int(rows.n_texts)
        columns.append(
            [
                dense(rows.words, n, 7),
                dense(rows.bigrams, n, 5),
                *[column.numpy() for column in others],
            ]
        )
    return [np.concatenate(column) for column in zip(*columns, strict=True)]


@pytest.mark.parametrize("batch_size", [1, 4, 10, 64])
@pytest.mark.parametrize("entries_at_once", [1, 30, 1 << 20])
def test_each_text_comes_once_in_another_order_each_epoch(
    batch_size, entries_at_once, monkeypatch
):
    monkeypatch.setattr(_row_batches, "_ENTRIES_AT_ONCE", entries_at_once)
    batches, words, bigrams = make_batches()
    dataset = batches(np.arange(10), np.arange(10), None, batch_size=batch_size, seed=0)
    assert len(dataset) == len([*dataset]) == -(-10 // batch_size)
    first, second = collected(dataset), collected(dataset)
    assert sorted(first[2]) == sorted(second[2]) == [*range(10)]
    assert first[2].tolist() != second[2].tolist()
    for found_words, found_bigrams, texts in (first, second):
        np.testing.assert_allclose(found_words, words[texts], rtol=1e-6)
        np.testing.assert_allclose(found_bigrams, bigrams[texts], rtol=1e-6)


def test_the_order_does_not_hang_on_how_many_are_handed_over_at_once(monkeypatch):
    batches, *_ = make_batches()
    orders = []
    for at_once in (1, 1 << 20):
        monkeypatch.setattr(_row_batches, "_ENTRIES_AT_ONCE", at_once)
        dataset = batches(np.arange(10), np.arange(10), None, batch_size=3, seed=2)
        orders.append(collected(dataset)[2].tolist())
    assert orders[0] == orders[1]


def test_fewer_texts_than_an_epoch_repeat_some_and_carry_weights():
    batches, words, _ = make_batches()
    rows, weight = np.array([4, 5, 6]), np.array([1.0, 2.0, 3.0])
    found = collected(
        batches(rows, np.array([0, 1, 2]), weight, batch_size=2, n_texts=5, seed=1)
    )
    assert sorted({*found[2]}) == [0, 1, 2] and len(found[2]) == 5
    np.testing.assert_array_equal(found[3], weight[found[2]])
    np.testing.assert_allclose(found[0], words[rows[found[2]]], rtol=1e-6)


def test_without_a_seed_the_order_stays():
    batches, *_ = make_batches()
    dataset = batches(np.arange(2, 8), np.arange(6), None, batch_size=4)
    assert collected(dataset)[2].tolist() == [0, 1, 2, 3, 4, 5]


def test_sparse_labels_are_dense_in_the_batches():
    batches, *_ = make_batches()
    labels = np.random.RandomState(0).randint(2, size=(10, 3))
    order = batches(np.arange(10), np.arange(10), None, batch_size=4, seed=0)
    found = batches(np.arange(10), csr_array(labels), None, batch_size=4, seed=0)
    np.testing.assert_array_equal(collected(found)[2], labels[collected(order)[2]])


def test_bigrams_that_the_network_does_not_know_are_left_out():
    words, bigrams = make_rows(), make_rows(n_ids=5, seed=1)
    of_parts = [StoredRows.of_matrix(part) for part in (words, bigrams)]
    batches = RowBatches(*of_parts, used=np.array([1, 4]))
    dataset = batches(np.arange(10), np.arange(10), None, batch_size=4)
    found = collected(dataset)[1]
    expected = bigrams.toarray()[:, [1, 4]]
    np.testing.assert_allclose(found[:, :2], expected, rtol=1e-6)
    assert not found[:, 2:].any()
