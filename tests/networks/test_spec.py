import numpy as np
import pytest

from skglove.networks._spec import NetworkSpec, TrainedNetwork


def make_spec(**params):
    defaults = {
        "network": "conv",
        "n_tokens": 30,
        "embedding_dim": 4,
        "trainable": True,
        "sequence_length": 40,
        "n_outputs": 3,
        "activation": "softmax",
        "loss": "sparse_categorical_crossentropy",
        "filters": 6,
        "kernel_size": 3,
        "pool_size": 2,
        "dense_units": 5,
        "dropout": 0.5,
    }
    return NetworkSpec(**{**defaults, **params})


def make_ids(spec, padding="post", seed=0):
    """A text of every length, in no order."""
    rng = np.random.RandomState(seed)
    ids = np.zeros((spec.sequence_length + 1, spec.sequence_length), dtype=np.int32)
    for row, length in zip(ids, rng.permutation(len(ids)), strict=True):
        words = rng.randint(1, spec.n_tokens, length)
        row[slice(length) if padding == "post" else slice(len(row) - length, None)] = (
            words
        )
    return ids


def make_model(spec, seed=0):
    """A network whose padding has a vector of its own and whose biases are not zero."""
    import keras

    keras.utils.set_random_seed(seed)
    model = spec.build(np.random.RandomState(seed).normal(size=(spec.n_tokens, 4)))
    for weight in model.weights:
        if weight.name == "bias":
            weight.assign(np.random.RandomState(seed).normal(size=weight.shape))
    return model


SIZES = [(3, 2, 40), (5, 5, 149), (5, 5, 200), (1, 1, 10), (1, 4, 17), (6, 2, 41)]


@pytest.mark.parametrize("padding", ["post", "pre"])
@pytest.mark.parametrize(("kernel_size", "pool_size", "sequence_length"), SIZES)
def test_conv_shortcut_computes_what_the_model_does(
    kernel_size, pool_size, sequence_length, padding
):
    spec = make_spec(
        kernel_size=kernel_size, pool_size=pool_size, sequence_length=sequence_length
    )
    model, ids = make_model(spec), make_ids(spec, padding)
    expected = model(ids, training=False).numpy()
    np.testing.assert_allclose(spec.shortcut(model)(ids), expected, atol=1e-6)
    # Each by itself: what a text is computed with makes no difference.
    one = np.concatenate([spec.shortcut(model)(row[np.newaxis]) for row in ids])
    np.testing.assert_allclose(one, expected, atol=1e-6)


def gradients(model, call, ids, **options):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(call(ids, **options) ** 2)
    values = tape.gradient(loss, [w.value for w in model.trainable_weights])
    return [tf.convert_to_tensor(value).numpy() for value in values]


def test_conv_shortcut_has_the_gradients_of_the_model():
    spec = make_spec(dropout=0)
    model, ids = make_model(spec), make_ids(spec)
    expected = gradients(model, model, ids)
    found = gradients(model, spec.shortcut(model), ids)
    for gradient, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(gradient, value, atol=1e-4 * np.abs(value).max())


def test_conv_shortcut_multiplies_in_less_precision_in_training_only(monkeypatch):
    training_dtype = "skglove.networks._packing.training_dtype"
    monkeypatch.setattr(training_dtype, lambda _: "bfloat16")
    spec = make_spec(dropout=0)
    model, ids = make_model(spec), make_ids(spec)
    shortcut = spec.shortcut(model)
    expected = model(ids, training=False).numpy()
    predicted = shortcut(ids, training=False).numpy()
    trained = shortcut(ids, training=True).numpy()
    np.testing.assert_allclose(predicted, expected, atol=1e-6)
    assert np.abs(trained - expected).max() > 1e-5
    np.testing.assert_allclose(trained, expected, atol=0.02)
    assert trained.dtype == np.float32
    for gradient, value in zip(
        gradients(model, shortcut, ids, training=True),
        gradients(model, model, ids),
        strict=True,
    ):
        # The same direction; where two words are almost alike, another may win.
        assert gradient.dtype == np.float32
        assert np.vdot(gradient, value) > 0.95 * np.linalg.norm(
            gradient
        ) * np.linalg.norm(value)


@pytest.mark.parametrize("network", ["conv", "bag"])
def test_a_training_step_is_traced_once(network):
    import keras

    spec = make_spec(network=network)
    model = spec.compile(make_model(spec), keras.optimizers.RMSprop())
    ids, call, traced = make_ids(spec), model.call, []

    def counted(*args, training=None, **options):
        traced.append(training)
        return call(*args, training=training, **options)

    model.call = counted
    labels = np.arange(len(ids)) % spec.n_outputs
    model.fit(ids, labels, batch_size=10, epochs=2, verbose=0)
    assert traced == [True]


def test_conv_shortcut_drops_out_in_training_only():
    spec = make_spec()
    model, ids = make_model(spec), make_ids(spec)
    with spec.shortened(model):
        still = [model(ids, training=False).numpy() for _ in range(2)]
        moving = [model(ids, training=True).numpy() for _ in range(2)]
    assert (still[0] == still[1]).all()
    assert (moving[0] != moving[1]).any()


def test_shortcut_leaves_the_rows_of_padding_to_other_networks():
    def own(embedding, **_):
        raise NotImplementedError

    assert make_spec(network="flatten").shortcut(None) is None
    assert make_spec(network=own).shortcut(None) is None


def test_shortcut_is_for_cpus(monkeypatch):
    import tensorflow as tf

    class Device:
        device_type = "GPU"

    spec = make_spec()
    model = make_model(spec)
    assert spec.shortcut(model) is not None
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda *_: [Device])
    assert spec.shortcut(model) is None


def test_model_has_its_own_call_back_after_an_error():
    spec = make_spec()
    model = make_model(spec)
    own = model.call
    with pytest.raises(KeyboardInterrupt), spec.shortened(model):
        assert model.call != own
        raise KeyboardInterrupt
    assert model.call == own


@pytest.mark.parametrize("shortened_from", [1, 1_000])
def test_prediction_goes_by_batches(shortened_from, monkeypatch):
    spec = make_spec()
    network = TrainedNetwork(spec, make_model(spec), keep_optimizer=False)
    ids = make_ids(spec)
    expected = network.model(ids, training=False).numpy()
    monkeypatch.setattr("skglove.networks._spec._PREDICTED_AT_ONCE", 7)
    monkeypatch.setattr("skglove.networks._spec._SHORTENED_FROM", shortened_from)
    np.testing.assert_allclose(network.predict_proba(ids), expected, atol=1e-6)


def test_a_network_without_shortcut_is_traced_once_for_few_texts_and_many(monkeypatch):
    monkeypatch.setattr("skglove.networks._spec._SHORTENED_FROM", 10)
    spec = make_spec(network="flatten")
    network = TrainedNetwork(spec, make_model(spec), keep_optimizer=False)
    call, traced = network.model.call, []

    def counted(*args, **options):
        traced.append(True)
        return call(*args, **options)

    network.model.call = counted
    ids = make_ids(spec)
    few, many = network.predict_proba(ids[:3]), network.predict_proba(ids)
    np.testing.assert_allclose(few, many[:3], atol=1e-6)
    assert traced == [True]
