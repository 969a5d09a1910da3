import pickle

import numpy as np
import pytest
from test_spec import make_ids, make_spec

from skglove.networks._spec import SHORTCUTS, TrainedNetwork
from skglove.training._train import train


def fit(spec, **options):
    """Train a small network on texts of every length."""
    ids = make_ids(spec)
    defaults = {
        "model": None,
        "matrix": np.random.RandomState(0).normal(size=(spec.n_tokens, 4)),
        "start": None,
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
    }
    codes = np.arange(len(ids)) % spec.n_outputs
    return train(spec, ids, codes, **{**defaults, **options})


@pytest.mark.parametrize("trainable", [False, True])
def test_training_without_the_padding_is_training_with_it(trainable, monkeypatch):
    monkeypatch.setattr("skglove.networks._packing.training_dtype", lambda dtype: dtype)
    spec = make_spec(trainable=trainable)
    n_texts = spec.sequence_length + 1
    options = {
        "sample_weight": np.linspace(0.5, 1.5, n_texts),
        "validation": (make_ids(spec, seed=1), np.arange(n_texts) % spec.n_outputs),
    }
    model, history = fit(spec, **options)
    monkeypatch.delitem(SHORTCUTS, "conv")
    plain, expected = fit(spec, **options)
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, atol=1e-5)
    for weight, value in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(weight, value, atol=1e-5)


def test_same_seed_gives_the_same_bits():
    first, second = (fit(make_spec())[0].get_weights() for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_callbacks_see_a_model_that_can_be_saved(tmp_path):
    import keras

    path = tmp_path / "last.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(path)
    spec = make_spec()
    model, _ = fit(spec, callbacks=[checkpoint])
    ids = make_ids(spec)
    loaded = keras.models.load_model(path)
    np.testing.assert_allclose(loaded(ids), model(ids), atol=1e-6)


def test_trained_model_goes_on_training_by_itself():
    spec = make_spec()
    model, history = fit(spec, epochs=5)
    ids = make_ids(spec)
    codes = np.arange(len(ids)) % spec.n_outputs
    more = model.fit(ids, codes, epochs=5, verbose=0).history
    assert more["loss"][-1] < history["loss"][0]


def test_pickle_carries_the_optimizer_for_a_warm_start_only():
    spec = make_spec(embedding_dim=4)
    model, _ = fit(spec, optimizer="adam")
    sizes = {
        kept: len(pickle.dumps(TrainedNetwork(spec, model, keep_optimizer=kept)))
        for kept in (False, True)
    }
    in_weights = 4 * model.count_params()
    # Adam keeps two values a weight.
    assert sizes[True] - sizes[False] > 2 * in_weights
    assert sizes[False] < in_weights + 2_000
