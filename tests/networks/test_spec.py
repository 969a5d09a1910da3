"""What networks have in common: parameters, names, what a specification builds."""

import inspect

import keras
import numpy as np
import pytest
from helpers import conv, make_model, make_rows, make_spec
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from skglove.networks import (
    NETWORKS,
    Bag,
    BagConv,
    Conv,
    Flatten,
    Network,
    ParallelConv,
    as_network,
)
from skglove.networks._spec import CallableNetwork

SMALL = [
    BagConv(filters=4, kernel_size=3),
    ParallelConv(filters=4, kernel_size=3),
    conv(),
    Flatten(dense_units=4),
]


def own_network(embedding, *, sequence_length, n_outputs, activation):
    ids = keras.Input((sequence_length,), dtype="int32")
    x = keras.layers.GlobalAveragePooling1D()(embedding(ids))
    return keras.Model(ids, keras.layers.Dense(n_outputs, activation)(x))


@pytest.mark.parametrize(
    "name", ["bag", "bag_conv", "parallel_conv", "conv", "flatten"]
)
def test_a_name_is_the_network_with_its_defaults(name):
    network = as_network(name)
    assert type(network) is NETWORKS[name] and network.name == name
    assert network.get_params() == type(network)().get_params()


def test_a_network_is_itself_and_a_function_is_wrapped():
    network = Conv(filters=7)
    assert as_network(network) is network
    wrapped = as_network(own_network)
    assert isinstance(wrapped, CallableNetwork) and wrapped.function is own_network


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        ("lstm", ValueError, r"one of \['bag', .*'flatten'\], got 'lstm'"),
        (3, TypeError, "an instance of one of .*'Conv'.*got 3"),
        (None, TypeError, "got None"),
        (Conv, TypeError, "got <class 'skglove.networks._conv.Conv'>"),
    ],
)
def test_what_is_no_network_is_refused(network, error, message):
    with pytest.raises(error, match=message):
        as_network(network)


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (Bag(dropout=1.0), "dropout"),
        (BagConv(filters=0), "filters"),
        (ParallelConv(kernel_size=0), "kernel_size"),
        (ParallelConv(dropout=-0.1), "dropout"),
        (Conv(filters=2.5), "filters"),
        (Conv(pool_size=0), "pool_size"),
        (Conv(padding="left"), "padding"),
        (Conv(truncating=None), "truncating"),
        (Flatten(dense_units=-1), "dense_units"),
        (Flatten(trainable=2), "trainable"),
    ],
)
def test_parameter_out_of_range_is_named_with_its_network(network, name):
    kind = type(network).__name__
    with pytest.raises(
        InvalidParameterError, match=f"The '{name}' parameter of {kind} must be"
    ):
        as_network(network)


@pytest.mark.parametrize("kind", NETWORKS.values(), ids=list(NETWORKS))
def test_every_parameter_is_checked_and_documented(kind):
    parameters = set(inspect.signature(kind).parameters)
    assert set(kind._parameter_constraints) == parameters
    for name in parameters:
        # Cleaned, as Python 3.13 strips the indentation itself.
        assert f"\n{name} : " in inspect.getdoc(kind)


@pytest.mark.parametrize(
    "network", [Bag(dropout=0.5), *SMALL], ids=lambda network: network.name
)
def test_a_network_is_cloned_and_shown_as_any_estimator(network):
    cloned = clone(network)
    assert cloned is not network
    assert cloned.get_params() == network.get_params()
    assert eval(repr(network)).get_params() == network.get_params()
    assert cloned.set_params(dropout=0.25).dropout == 0.25


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("from_scratch", [False, True])
def test_vectors_are_trained_where_asked_for_or_from_scratch(trainable, from_scratch):
    spec = make_spec(Flatten(trainable=trainable), from_scratch=from_scratch)
    embedding = spec.build().get_layer("embedding")
    assert embedding.trainable == (trainable or from_scratch)


@pytest.mark.parametrize(
    "network",
    [network for network in SMALL if not network.fixed_length],
    ids=lambda network: network.name,
)
def test_a_text_gives_the_same_whatever_its_padding(network):
    spec = make_spec(network)
    model, rows = make_model(spec), make_rows(spec)
    expected = model(rows, training=False).numpy()
    for row, value in zip(rows, expected, strict=True):
        words = row[row > 0]
        one = model(np.append(words, [0])[np.newaxis], training=False)
        np.testing.assert_allclose(one, value[np.newaxis], atol=1e-6)


@pytest.mark.parametrize(
    "network", [*SMALL, CallableNetwork(own_network)], ids=lambda network: network.name
)
def test_a_training_step_is_traced_once(network):
    spec = make_spec(network, sequence_length=20)
    model = spec.compile(make_model(spec), keras.optimizers.RMSprop())
    rows, call, traced = make_rows(spec), model.call, []

    def counted(*args, training=None, **options):
        traced.append(training)
        return call(*args, training=training, **options)

    model.call = counted
    labels = np.arange(len(rows)) % spec.n_outputs
    model.fit(rows, labels, batch_size=10, epochs=2, verbose=0)
    assert traced == [True]


def test_fast_call_is_for_cpus(monkeypatch):
    import tensorflow as tf

    class Device:
        device_type = "GPU"

    spec = make_spec()
    model = make_model(spec)
    assert spec.fast_call(model) is not None
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda *_: [Device])
    assert spec.fast_call(model) is None


def test_networks_without_a_fast_call_keep_their_own():
    spec = make_spec(Flatten())
    model = make_model(spec)
    with spec.fast(model):
        assert "call" not in vars(model)


def test_model_has_its_own_call_back_after_an_error():
    spec = make_spec()
    model = make_model(spec)
    own = model.call
    with pytest.raises(KeyboardInterrupt), spec.fast(model):
        assert model.call != own
        raise KeyboardInterrupt
    assert model.call == own


def test_a_network_of_its_own_needs_a_name_and_a_build():
    class Mean(Network):
        name = "mean"
        fixed_length = True
        _parameter_constraints: dict = {}

        def build(self, embedding, **ends):
            return own_network(embedding, **ends)

    spec = make_spec(as_network(Mean()), sequence_length=6)
    assert spec.row_length == 6
    assert make_model(spec)(make_rows(spec)).shape == (7, 3)
    assert Mean().training_defaults(200, 2).optimizer == "rmsprop"
