"""The Keras model that trains on sparse rows."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from skglove.training._bag import numbered_batches
from skglove.training._row_bag import RowBag, Start

N_TEXTS, N_TOKENS, N_BIGRAMS, DIM = 20, 12, 6, 3


def make_model(n_outputs=3, dropout=0.0):
    rng = np.random.RandomState(0)
    words = rng.poisson(0.7, size=(N_TEXTS, N_TOKENS)).astype(np.float32)
    bigrams = rng.poisson(0.7, size=(N_TEXTS, N_BIGRAMS)).astype(np.float32)
    words[:, :2], words[3], bigrams[3] = 0, 0, 0
    rows = csr_matrix(words), csr_matrix(bigrams)
    matrix = rng.normal(size=(N_TOKENS, DIM)).astype(np.float32)
    known = np.arange(N_TOKENS) % 4 != 3
    matrix[~known] = 0
    start = Start.of(*rows, matrix, known)
    return RowBag(
        *rows,
        start,
        n_outputs=n_outputs,
        free_dim=4,
        bigram_dim=2,
        dropout=dropout,
        seed=0,
    ), rows


def fit(model, codes, epochs=3):
    import keras

    batches = numbered_batches(np.arange(N_TEXTS), codes, None, batch_size=8, seed=0)
    model.compile(
        optimizer=keras.optimizers.Adam(0.05),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=3,
    )
    return model.fit(batches, epochs=epochs, verbose=0).history["loss"]


def test_folded_tables_give_the_same_logits():
    model, rows = make_model()
    fit(model, np.arange(N_TEXTS) % 3)
    logits = model(np.arange(N_TEXTS)).numpy()
    parts, intercept = model.folded()
    expected = np.tile(intercept, (N_TEXTS, 1))
    for name, counts in (("vectors", rows[0]), ("free", rows[0]), ("bigrams", rows[1])):
        weight, table = parts[name]
        u = counts.copy()
        u.data = 1 + np.log(u.data)
        size = np.sqrt(u.power(2) @ weight**2 + 1e-6)
        expected += (u @ table) / size[:, np.newaxis]
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_training_lowers_the_loss():
    model, _ = make_model(dropout=0.1)
    losses = fit(model, np.arange(N_TEXTS) % 3, epochs=8)
    assert losses[-1] < 0.7 * losses[0]


def test_rows_that_no_text_has_stay():
    model, _ = make_model()
    before = model.of_words.numpy()
    fit(model, np.arange(N_TEXTS) % 3)
    after = model.of_words.numpy()
    assert (after[:2] == before[:2]).all()
    assert (after[2:] != before[2:]).any(axis=1).all()


def test_start_measures_the_texts():
    model, (words, _) = make_model()
    start = model.start
    df = (words.toarray() > 0).sum(axis=0)
    expected = np.where(df > 0, np.log((1 + N_TEXTS) / (1 + df)) + 1, 0)
    np.testing.assert_allclose(start.idf, expected, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(start.unit, axis=1), start.known)


def test_start_without_vectors():
    rows = csr_matrix(np.eye(4, dtype=np.float32))
    start = Start.of(rows, rows, None, None)
    assert start.unit.shape == (4, 0) and start.scale == 1
    assert not start.known.any()


@pytest.mark.parametrize("batch_size", [1, 4, 10, 64])
def test_batches_hold_each_text_once_in_another_order_each_epoch(batch_size):
    rows, codes = np.arange(5, 15), np.arange(10)
    batches = numbered_batches(rows, codes, None, batch_size=batch_size, seed=0)
    epochs = [
        [(texts.numpy(), labels.numpy()) for texts, labels in batches] for _ in range(2)
    ]
    assert [len(epoch) for epoch in epochs] == [-(-10 // batch_size)] * 2
    texts = [np.concatenate([texts for texts, _ in epoch]) for epoch in epochs]
    labels = np.concatenate([labels for _, labels in epochs[0]])
    assert sorted(texts[0]) == sorted(texts[1]) == rows.tolist()
    assert texts[0].tolist() != texts[1].tolist()
    assert (labels == texts[0] - 5).all()


def test_batches_of_fewer_texts_repeat_some_and_carry_weights():
    weight = np.array([1.0, 2.0, 3.0])
    batches = numbered_batches(
        np.arange(3), np.array([0, 1, 0]), weight, batch_size=2, n_texts=5, seed=1
    )
    found = [[part.numpy() for part in batch] for batch in batches]
    texts = np.concatenate([batch[0] for batch in found])
    assert len(found) == 3 and sorted(set(texts)) == [0, 1, 2] and len(texts) == 5
    np.testing.assert_array_equal(
        np.concatenate([batch[2] for batch in found]), weight[texts]
    )


def test_without_a_seed_the_order_stays():
    batches = numbered_batches(np.arange(6), np.zeros(6), None, batch_size=4)
    assert [b[0].numpy().tolist() for b in batches] == [[0, 1, 2, 3], [4, 5]]
