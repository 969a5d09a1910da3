"""Fits that train the model of an earlier fit again."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import make_texts, make_vectors

from skglove import GloveTextClassifier
from skglove.networks import Bag
from skglove.training import _kept_models
from skglove.training._kept_models import KeptMachine, KeptMachines


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """No models of other tests; those that the test's fits leave."""
    kept = KeptMachines(_kept_models._MOST_KEPT, _kept_models._MOST_VALUES)
    monkeypatch.setattr(_kept_models, "KEPT", kept)
    return kept


@pytest.fixture
def built(monkeypatch):
    """The machines that are built, one after the other."""
    built = []

    class Counted(KeptMachine):
        def __init__(self, *args):
            super().__init__(*args)
            built.append(self)

    monkeypatch.setattr(_kept_models, "KeptMachine", Counted)
    return built


def make_classifier(**params):
    defaults = {"embeddings": make_vectors(), "epochs": 2, "random_state": 0}
    return GloveTextClassifier(**{**defaults, **params})


def fit(n_per_class=12, seed=0, fit_params=None, **params):
    """Fit to some texts, and return the probabilities of others."""
    data = make_texts(n_per_class, seed=seed)
    classifier = make_classifier(**params).fit(*data, **(fit_params or {}))
    return classifier.predict_proba(make_texts(8, seed=9)[0])


def weights(n_texts):
    return {"sample_weight": np.random.RandomState(0).uniform(0.5, 2, n_texts)}


def validation(n_per_class=3):
    texts, labels = make_texts(n_per_class, seed=4)
    return {"X_val": texts, "y_val": labels}


def fit_two(**params):
    data = make_texts(15, classes=("animal", "food"))
    return make_classifier(**params).fit(*data).predict_proba(data[0])


def fit_labels():
    texts, labels = make_texts(12)
    y = [{label, "animal"} for label in labels]
    return make_classifier().fit(texts, y).predict_proba(texts)


def go_on():
    classifier = make_classifier(warm_start=True).fit(*make_texts(12))
    return classifier.fit(*make_texts(10, seed=3)).predict_proba(make_texts(5)[0])


def fit_chunks():
    texts, labels = make_texts(30)
    classifier = make_classifier()
    for i in range(3):
        classifier.partial_fit(texts[i::3], labels[i::3], classes=sorted(set(labels)))
    return classifier.predict_proba(texts)


KINDS = {
    "three classes": fit,
    "other texts, more steps": lambda: fit(20, seed=1),
    "other seed and rate": lambda: fit(random_state=5, learning_rate=0.03, epochs=4),
    "dropout": lambda: fit(network=Bag(dropout=0.5)),
    "weights": lambda: fit(fit_params=weights(36)),
    "validation": lambda: fit(fit_params=validation()),
    "early stopping": lambda: fit(30, early_stopping=True, epochs=8),
    "from scratch": lambda: fit(embeddings=None),
    "two classes": fit_two,
    "several labels": fit_labels,
    "going on": go_on,
    "chunks": fit_chunks,
}


def test_a_fit_gives_the_same_bits_whatever_was_fitted_before(kept, built):
    expected, machines = {}, []
    for name, run in KINDS.items():
        expected[name] = run()
        machines += kept._machines
        kept.clear()
    assert machines == built
    kept.n_most, kept.most_values = len(machines), np.inf
    for machine in machines:
        kept.add(machine)
    for name in np.random.RandomState(0).permutation([*KINDS]):
        np.testing.assert_array_equal(KINDS[name](), expected[name], name)
    assert built == machines


def test_fits_in_threads_do_not_share_a_model(kept, built):
    seeds = [0, 1] * 3
    expected = [fit(random_state=seed) for seed in seeds[:2]] * 3
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda seed: fit(random_state=seed), seeds))
    np.testing.assert_array_equal(found, expected)
    assert len(built) <= 3


def test_folds_of_about_as_many_texts_share_a_model(built):
    for n_per_class in (10, 11, 12, 13):
        fit(n_per_class, seed=n_per_class)
    assert len(built) == 1


def test_only_so_many_models_are_kept(kept, built):
    kept.n_most = 2
    for batch_size in (4, 8, 12, 8):
        fit(4, batch_size=batch_size)
    assert len(built) == 3
    fit(4, batch_size=4)
    assert len(built) == 4


def test_models_of_only_so_many_values_are_kept(kept, built):
    fit(4, batch_size=4)
    kept.most_values = 2 * built[0].form.n_values
    for batch_size in (8, 12, 4):
        fit(4, batch_size=batch_size)
    assert len(built) == 4


def test_a_model_that_a_callback_saw_is_not_trained_again(built):
    import keras

    class Seeing(keras.callbacks.Callback):
        models = []

        def on_train_end(self, logs=None):
            Seeing.models.append((self.model, self.model.get_weights()))

    for seed in range(2):
        fit(callbacks=[Seeing()], random_state=seed)
    assert not built
    (first, weights), (second, _) = Seeing.models
    assert first is not second
    for weight, before in zip(first.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(weight, before)


def test_a_model_of_another_optimizer_is_not_kept(built):
    fit(optimizer="adam")
    assert not built


def test_a_model_whose_training_failed_is_not_kept(built):
    with pytest.raises(ValueError, match="diverged"):
        fit(learning_rate=1e30)
    expected = fit()
    assert len(built) == 2
    np.testing.assert_array_equal(fit(), expected)


def test_a_model_in_half_precision_is_not_kept(built):
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        fit()
    finally:
        keras.config.set_dtype_policy("float32")
    assert not built


def test_the_default_network_is_the_same_where_keras_computes_in_double_precision():
    import keras

    expected = fit()
    keras.config.set_dtype_policy("float64")
    try:
        np.testing.assert_array_equal(fit(), expected)
        assert np.isfinite(fit(network="parallel_conv")).all()
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("optimizer", ["auto", "adam"])
def test_all_texts_of_a_validation_are_scored(optimizer, monkeypatch, built):
    from skglove.training import _bag

    monkeypatch.setattr(_bag, "_VALIDATED_AT_ONCE", 10)
    data, held = make_texts(12), validation(10)
    held["y_val"] = [*held["y_val"][:15], *["food"] * 15]  # most of these are wrong
    params = {"optimizer": optimizer, "learning_rate": 0.02}
    classifier = make_classifier(epochs=8, batch_size=8, **params).fit(*data, **held)
    assert len(built) == (optimizer == "auto")
    found = classifier.history_["val_accuracy"][-1]
    assert abs(found - classifier.score(held["X_val"], held["y_val"])) < 0.1
    assert found < 0.9
