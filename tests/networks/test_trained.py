"""What is left of a fit: predictions in batches, and pickles."""

import pickle

import keras
import numpy as np
import pytest
from helpers import conv, make_ids, make_model, make_rows, make_spec

from skglove.networks import (
    BagConv,
    Flatten,
    ParallelConv,
    TrainedNetwork,
    as_network,
)
from skglove.networks._last_activation import before_last_activation
from skglove.text import TokenIds

NETWORKS = [conv(), Flatten(padding="pre"), ParallelConv(filters=4), BagConv(filters=4)]


def trained(spec, keep_optimizer=False):
    model = spec.compile(make_model(spec), keras.optimizers.Adam())
    return TrainedNetwork(spec, model, keep_optimizer=keep_optimizer)


@pytest.mark.parametrize("fast_from", [1, 1_000])
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_prediction_goes_by_batches(network, fast_from, monkeypatch):
    monkeypatch.setattr("skglove.networks._trained._TEXTS_AT_ONCE", 7)
    monkeypatch.setattr("skglove.networks._trained._FAST_FROM", fast_from)
    spec = make_spec(network)
    found = trained(spec)
    ids = make_ids(spec)
    expected = found.model(make_rows(spec, ids), training=False).numpy()
    outputs = found.predict_proba(ids)
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, expected, atol=1e-6)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_a_text_does_not_depend_on_those_beside_it(network):
    spec = make_spec(network)
    found, ids = trained(spec), make_ids(spec)
    together = found.predict_proba(ids)
    for i in (0, 7, 20):
        one = found.predict_proba(ids[i : i + 1])
        np.testing.assert_allclose(one, together[i : i + 1], atol=1e-6)


def test_no_texts_have_no_probabilities():
    spec = make_spec(Flatten())
    none = TokenIds(np.empty(0, np.int32), np.empty(0, np.int64))
    assert trained(spec).predict_proba(none).shape == (0, 3)


def test_a_network_without_fast_call_gives_the_same_for_few_texts_and_many(monkeypatch):
    monkeypatch.setattr("skglove.networks._trained._FAST_FROM", 10)
    spec = make_spec(Flatten())
    found, ids = trained(spec), make_ids(spec)
    few, many = found.predict_proba(ids[:3]), found.predict_proba(ids)
    np.testing.assert_allclose(few, many[:3], atol=1e-6)


@pytest.mark.parametrize("network", [conv(), ParallelConv(filters=4)])
def test_calls_are_traced_once(network, monkeypatch):
    spec = make_spec(network)
    found, ids = trained(spec), make_ids(spec)
    call, traced = found.model.call, []

    def counted(*args, **options):
        traced.append(True)
        return call(*args, **options)

    found.model.call = counted
    for part in (ids[:1], ids[:3], ids):
        found.predict_proba(part)
    assert traced == [True]


def test_a_pickle_of_a_pickle_predicts_the_same_bits():
    spec = make_spec(Flatten(dense_units=0))
    found, ids = trained(spec), make_ids(spec)
    copied = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(found))))
    np.testing.assert_array_equal(copied.predict_proba(ids), found.predict_proba(ids))


def test_pickle_carries_the_optimizer_for_a_warm_start_only():
    spec = make_spec(Flatten(trainable=True))
    sizes = {kept: len(pickle.dumps(trained(spec, kept))) for kept in (False, True)}
    in_weights = 4 * trained(spec).model.count_params()
    # Adam keeps two values a weight.
    assert sizes[True] - sizes[False] > 2 * in_weights
    assert sizes[False] < in_weights + 2_000


def test_a_network_that_goes_on_has_its_optimizer_back():
    spec = make_spec(Flatten(trainable=True))
    found = trained(spec, keep_optimizer=True)
    rows = make_rows(spec)
    labels = np.arange(len(rows)) % 3
    found.model.fit(rows, labels, epochs=1, verbose=0)
    copied = pickle.loads(pickle.dumps(found))
    assert copied.n_steps == found.n_steps == 2
    optimizer = type(found.model.optimizer)()
    optimizer.build(copied.model.trainable_variables)
    copied.progress.give_to(optimizer)
    for own, other in zip(
        found.model.optimizer.variables, optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(own, other)


# Logits -------------------------------------------------------------------------------


def steep(spec):
    """A network whose probabilities are rounded to 0 and 1."""
    found = trained(spec)
    head = found.model.layers[-1]
    if not hasattr(head, "kernel"):  # an activation, after what was added up
        head = next(x for x in found.model.layers if x.name.startswith("dense"))
    head.kernel.assign(1e3 * keras.random.normal(head.kernel.shape, seed=0))
    return found


@pytest.mark.parametrize("fast_from", [1, 1_000])
@pytest.mark.parametrize("n_outputs, activation", [(1, "sigmoid"), (3, "softmax")])
@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_logits_are_not_rounded_with_their_probabilities(
    network, n_outputs, activation, fast_from, monkeypatch
):
    monkeypatch.setattr("skglove.networks._trained._FAST_FROM", fast_from)
    spec = make_spec(network, n_outputs=n_outputs, activation=activation)
    found = steep(spec)
    ids = make_ids(spec)
    logits, proba = found.logits(ids), found.predict_proba(ids)
    assert logits.shape == proba.shape
    assert logits.dtype == np.float32
    assert np.abs(logits).max() > 150  # float32 has no probability of exp(-150)
    activate = keras.activations.get(spec.activation)
    np.testing.assert_allclose(activate(logits), proba, atol=1e-5)
    assert len(np.unique(logits)) > len(np.unique(proba))


def ending_in_two_layers(embedding, *, sequence_length, n_outputs, activation):
    ids = keras.Input((sequence_length,), dtype="int32")
    x = keras.layers.Flatten()(embedding(ids))
    x = keras.layers.Dense(n_outputs, activation=activation)(x)
    return keras.Model(ids, keras.layers.Reshape((n_outputs,))(x))


def lstm(embedding, *, sequence_length, n_outputs, activation):
    ids = keras.Input((sequence_length,), dtype="int32")
    x = keras.layers.LSTM(4)(embedding(ids))
    return keras.Model(ids, keras.layers.Dense(n_outputs, activation=activation)(x))


@pytest.mark.parametrize("build", [lstm, ending_in_two_layers])
def test_callables_have_logits_whatever_they_end_in(build):
    spec = make_spec(as_network(build))
    found, ids = trained(spec), make_ids(spec)
    logits = found.logits(ids)
    softmax = keras.activations.softmax
    np.testing.assert_allclose(softmax(logits), found.predict_proba(ids), atol=1e-6)
    head = before_last_activation(found.model, spec.activation)
    assert (head is None) == (build is ending_in_two_layers)
