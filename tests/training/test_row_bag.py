"""The Keras model that trains on sparse rows."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from skglove.networks._stored_rows import StoredRows
from skglove.training._row_bag import RowBag, Start
from skglove.training._row_batches import RowBatches, ShuffledPasses

N_TEXTS, N_TOKENS, N_BIGRAMS, DIM = 20, 12, 6, 3


def make_model(n_outputs=3, dropout=0.0):
    rng = np.random.RandomState(0)
    words = rng.poisson(0.7, size=(N_TEXTS, N_TOKENS)).astype(np.float32)
    bigrams = rng.poisson(0.7, size=(N_TEXTS, N_BIGRAMS)).astype(np.float32)
    words[:, :2], words[3], bigrams[3] = 0, 0, 0
    rows = [StoredRows.of_matrix(csr_matrix(part)) for part in (words, bigrams)]
    matrix = rng.normal(size=(N_TOKENS, DIM)).astype(np.float32)
    known = np.arange(N_TOKENS) % 4 != 3
    matrix[~known] = 0
    start = Start.of(rows[0], rows[1].document_counts(), matrix, known)
    return RowBag(
        start,
        n_outputs=n_outputs,
        free_dim=4,
        bigram_dim=2,
        dropout=dropout,
        seed=0,
    ), rows


def fit(model, rows, codes, epochs=3):
    import keras

    passes = ShuffledPasses(N_TEXTS, seed=0)
    passes.texts = np.arange(N_TEXTS)
    batches = RowBatches(*rows)(passes, codes, None, batch_size=8)
    model.compile(
        optimizer=keras.optimizers.Adam(0.05),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=3,
    )
    return model.fit(
        batches, steps_per_epoch=-(-N_TEXTS // 8), epochs=epochs, verbose=0
    ).history["loss"]


def logits_of(model, rows):
    batches = RowBatches(*rows).one_pass(np.arange(N_TEXTS), batch_size=N_TEXTS)
    return np.concatenate([model(batch).numpy() for batch, _ in batches])


def test_folded_tables_give_the_same_logits():
    model, rows = make_model()
    fit(model, rows, np.arange(N_TEXTS) % 3)
    logits = logits_of(model, rows)
    parts, intercept = model.folded()
    expected = np.tile(intercept, (N_TEXTS, 1))
    for name, counts in (("vectors", rows[0]), ("free", rows[0]), ("bigrams", rows[1])):
        weight, table = parts[name]
        u = counts[:]
        u.data = 1 + np.log(u.data)
        size = np.sqrt(u.power(2) @ weight**2 + 1e-6)
        expected += (u @ table) / size[:, np.newaxis]
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_training_lowers_the_loss():
    model, rows = make_model(dropout=0.1)
    losses = fit(model, rows, np.arange(N_TEXTS) % 3, epochs=8)
    assert losses[-1] < 0.7 * losses[0]


def test_rows_that_no_text_has_stay():
    model, rows = make_model()
    before = model.of_words.numpy()
    fit(model, rows, np.arange(N_TEXTS) % 3)
    after = model.of_words.numpy()
    assert (after[:2] == before[:2]).all()
    assert (after[2:] != before[2:]).any(axis=1).all()


def test_start_measures_the_texts():
    model, (words, _) = make_model()
    start = model.start
    df = (words[:].toarray() > 0).sum(axis=0)
    expected = np.where(df > 0, np.log((1 + N_TEXTS) / (1 + df)) + 1, 0)
    np.testing.assert_allclose(start.idf, expected, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(start.unit, axis=1), start.known)


def test_start_without_vectors():
    rows = StoredRows.of_matrix(csr_matrix(np.eye(4)))
    start = Start.of(rows, rows.document_counts(), None, None)
    assert start.unit.shape == (4, 0) and start.scale == 1
    assert not start.known.any()


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_gradients_are_those_of_a_tape(n_outputs):
    import keras
    import tensorflow as tf

    model, rows = make_model(n_outputs)
    codes = np.arange(N_TEXTS) % max(2, n_outputs)
    losses = keras.losses
    kind = (
        losses.SparseCategoricalCrossentropy
        if n_outputs > 1
        else losses.BinaryCrossentropy
    )
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=kind(from_logits=True))
    (batch,) = RowBatches(*rows).one_pass(codes, batch_size=N_TEXTS)
    variables = model.trainable_variables
    # Away from where the kernel of the word vectors is zero.
    for i, variable in enumerate(variables):
        noise = np.random.RandomState(i).normal(size=variable.shape)
        variable.assign_add(noise.astype(np.float32))
    with tf.GradientTape() as tape:
        loss = model.compute_loss(None, batch[1], model(batch[0]))
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    before = [variable.numpy() for variable in variables]
    model.train_step(batch)
    for variable, value, gradient in zip(variables, before, gradients, strict=True):
        expected = tf.convert_to_tensor(gradient).numpy()
        assert np.abs(expected).max() > 0.01
        np.testing.assert_allclose(value - variable.numpy(), expected, atol=1e-6)
