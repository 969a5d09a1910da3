"""Training: what the model learns from, and what is seen of it."""

import numpy as np
import pytest
from helpers import make_ids, make_rows, make_spec

from skglove.networks import Conv, Flatten, ParallelConv
from skglove.training import train


def fit(spec, **options):
    """Train a small network on texts of every length; return it and its history."""
    ids = make_ids(spec)
    defaults = {
        "continued": None,
        "vocabulary": [f"w{i}" for i in range(spec.n_tokens)],
        "matrix": np.random.RandomState(0).normal(size=(spec.n_tokens, 4)),
        "known": np.ones(spec.n_tokens, dtype=bool),
        "decay": False,
        "sample_weight": None,
        "validation": None,
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "batch_size": 16,
        "epochs": 3,
        "patience": None,
        "callbacks": None,
        "seed": 0,
        "verbose": 0,
        "keep_training_state": False,
    }
    codes = np.arange(len(ids)) % spec.n_outputs
    return train(spec, ids, codes, **{**defaults, **options})


def fit_model(spec, **options):
    """The same, with the model in place of the trained network."""
    trained, history = fit(spec, **options)
    return trained.model, history


def test_training_without_the_padding_is_training_with_it(monkeypatch):
    monkeypatch.setattr("skglove.networks._packing.training_dtype", lambda dtype: dtype)
    spec = make_spec()  # whose vectors are trained, too
    n_texts = spec.sequence_length + 1
    options = {
        "sample_weight": np.linspace(0.5, 1.5, n_texts),
        "validation": (make_ids(spec, seed=1), np.arange(n_texts) % spec.n_outputs),
    }
    model, history = fit_model(spec, **options)
    monkeypatch.setattr(Conv, "fast_call", lambda self, model: None)
    plain, expected = fit_model(spec, **options)
    assert set(expected) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, atol=1e-5)
    for weight, value in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(weight, value, atol=1e-5)


def test_a_step_is_kerass_on_padded_rows():
    import keras

    spec = make_spec(ParallelConv(filters=4, dropout=0))
    batch = {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 100}
    model, history = fit_model(spec, epochs=1, **batch)
    keras.utils.set_random_seed(0)
    matrix = np.random.RandomState(0).normal(size=(spec.n_tokens, 4))
    plain = spec.compile(spec.build(matrix), keras.optimizers.SGD(0.1))
    start, _ = fit_model(spec, epochs=1, **{**batch, "learning_rate": 1e-12})
    plain.set_weights(start.get_weights())
    rows = make_rows(spec)
    expected = plain.fit(
        rows, np.arange(len(rows)) % 3, batch_size=100, epochs=1, verbose=0
    ).history
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)
    for weight, value in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(weight, value, atol=1e-6)


def test_same_seed_gives_the_same_bits():
    first, second = (fit_model(make_spec())[0].get_weights() for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_another_seed_gives_another_order_and_other_weights():
    spec = make_spec(Flatten())
    first, second = (fit_model(spec, seed=seed)[0].get_weights() for seed in (0, 1))
    assert any((a != b).any() for a, b in zip(first, second, strict=True))


def test_optimizer_and_callbacks_of_the_caller_are_left_alone():
    import keras

    optimizer, callback = keras.optimizers.Adam(0.01), keras.callbacks.History()
    fit(make_spec(Flatten()), optimizer=optimizer, callbacks=[callback])
    assert not optimizer.built
    assert not hasattr(callback, "history") or not callback.history


def test_callbacks_see_a_model_that_can_be_saved(tmp_path):
    import keras

    path = tmp_path / "last.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(path)
    spec = make_spec()
    model, _ = fit_model(spec, callbacks=[checkpoint])
    rows = make_rows(spec)
    loaded = keras.models.load_model(path)
    np.testing.assert_allclose(loaded(rows), model(rows), atol=1e-6)


def test_trained_model_goes_on_training_by_itself():
    spec = make_spec()
    model, history = fit_model(spec, epochs=5)
    rows = make_rows(spec)
    codes = np.arange(len(rows)) % spec.n_outputs
    more = model.fit(rows, codes, epochs=5, verbose=0).history
    assert more["loss"][-1] < history["loss"][0]


def test_a_model_that_fails_to_train_on_is_as_it_was():
    import keras

    class Fail(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    spec = make_spec(Flatten(trainable=True))
    trained, _ = fit(spec, optimizer="adam")
    model = trained.model
    variables = [*model.variables, *model.optimizer.variables]
    before = [variable.numpy() for variable in variables]
    with pytest.raises(KeyboardInterrupt):
        fit(spec, continued=trained, learning_rate=0.5, callbacks=[Fail()])
    for variable, value in zip(variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
