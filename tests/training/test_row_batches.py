"""Batches of sparse rows: which texts they hold, and what of them."""

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix

from skglove.networks._stored_rows import StoredRows
from skglove.training import _row_batches
from skglove.training._row_batches import RowBatches, ShuffledPasses


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


def shuffled(texts, n_texts=None, seed=0):
    """Passes over some texts."""
    passes = ShuffledPasses(n_texts or len(texts), seed)
    passes.texts = np.asarray(texts)
    return passes


@pytest.mark.parametrize("batch_size", [1, 4, 10, 64])
@pytest.mark.parametrize("entries_at_once", [1, 30, 1 << 20])
def test_each_text_comes_once_in_another_order_each_pass(
    batch_size, entries_at_once, monkeypatch
):
    monkeypatch.setattr(_row_batches, "_ENTRIES_AT_ONCE", entries_at_once)
    batches, words, bigrams = make_batches()
    dataset = batches(shuffled(range(10)), np.arange(10), None, batch_size=batch_size)
    n_batches = -(-10 // batch_size)
    first = collected(dataset.take(n_batches))
    second = collected(dataset.take(2 * n_batches).skip(n_batches))
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
        passes = shuffled(range(10), seed=2)
        dataset = batches(passes, np.arange(10), None, batch_size=3)
        orders.append(collected(dataset.take(8))[2].tolist())
    assert orders[0] == orders[1]


def test_fewer_texts_than_a_pass_has_repeat_some_and_carry_weights():
    batches, words, _ = make_batches()
    weight = np.arange(10.0)
    passes = shuffled([4, 5, 6], n_texts=5, seed=1)
    found = collected(batches(passes, np.arange(10), weight, batch_size=2).take(3))
    assert sorted({*found[2]}) == [4, 5, 6] and len(found[2]) == 5
    np.testing.assert_array_equal(found[3], weight[found[2]])
    np.testing.assert_allclose(found[0], words[found[2]], rtol=1e-6)


def test_an_iteration_goes_on_with_the_texts_that_it_started_with():
    batches, *_ = make_batches()
    passes = shuffled([1, 2])
    dataset = batches(passes, np.arange(10), None, batch_size=2)
    first = iter(dataset)
    found = [sorted(next(first)[1].numpy())]
    passes.texts = np.array([7, 8])
    second = iter(dataset)
    found += [sorted(next(batch)[1].numpy()) for batch in (first, second) * 5]
    assert found == [[1, 2], *[[1, 2], [7, 8]] * 5]


def test_one_pass_has_all_texts_in_their_order():
    batches, *_ = make_batches()
    dataset = batches.one_pass(np.arange(10), batch_size=4)
    assert len(dataset) == len([*dataset]) == 3
    assert collected(dataset)[2].tolist() == [*range(10)]


def test_sparse_labels_are_dense_in_the_batches():
    batches, *_ = make_batches()
    labels = np.random.RandomState(0).randint(2, size=(10, 3))
    found = batches.one_pass(csr_array(labels), batch_size=4)
    np.testing.assert_array_equal(collected(found)[2], labels)


def test_bigrams_that_the_network_does_not_know_are_left_out():
    words, bigrams = make_rows(), make_rows(n_ids=5, seed=1)
    of_parts = [StoredRows.of_matrix(part) for part in (words, bigrams)]
    batches = RowBatches(*of_parts, used=np.array([1, 4]))
    found = collected(batches.one_pass(np.arange(10), batch_size=4))[1]
    expected = bigrams.toarray()[:, [1, 4]]
    np.testing.assert_allclose(found[:, :2], expected, rtol=1e-6)
    assert not found[:, 2:].any()
