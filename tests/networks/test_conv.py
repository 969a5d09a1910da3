"""The Keras example's network, and the same without what padding costs."""

import numpy as np
import pytest
from helpers import conv, gradients, make_ids, make_model, make_rows, make_spec

SIZES = [(3, 2, 40), (5, 5, 149), (5, 5, 200), (1, 1, 10), (1, 4, 17), (6, 2, 41)]


@pytest.mark.parametrize("padding", ["post", "pre"])
@pytest.mark.parametrize(("kernel_size", "pool_size", "sequence_length"), SIZES)
def test_fast_call_computes_what_the_model_does(
    kernel_size, pool_size, sequence_length, padding
):
    network = conv(kernel_size=kernel_size, pool_size=pool_size, padding=padding)
    spec = make_spec(network, sequence_length=sequence_length)
    model, rows = make_model(spec), make_rows(spec)
    call = spec.fast_call(model)
    expected = model(rows, training=False).numpy()
    np.testing.assert_allclose(call(rows), expected, atol=1e-6)
    # Each by itself: what a text is computed with makes no difference.
    some = slice(None, None, len(rows) // 8)
    one = np.concatenate([call(row[np.newaxis]) for row in rows[some]])
    np.testing.assert_allclose(one, expected[some], atol=1e-6)


def test_fast_call_has_the_gradients_of_the_model():
    spec = make_spec(conv(dropout=0))
    model, rows = make_model(spec), make_rows(spec)
    expected = gradients(model, model, rows)
    found = gradients(model, spec.fast_call(model), rows)
    for gradient, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(gradient, value, atol=1e-4 * np.abs(value).max())


def test_fast_call_multiplies_in_less_precision_in_training_only(monkeypatch):
    training_dtype = "skglove.networks._packing.training_dtype"
    monkeypatch.setattr(training_dtype, lambda _: "bfloat16")
    spec = make_spec(conv(dropout=0))
    model, rows = make_model(spec), make_rows(spec)
    call = spec.fast_call(model)
    expected = model(rows, training=False).numpy()
    predicted = call(rows, training=False).numpy()
    trained = call(rows, training=True).numpy()
    np.testing.assert_allclose(predicted, expected, atol=1e-6)
    assert np.abs(trained - expected).max() > 1e-5
    np.testing.assert_allclose(trained, expected, atol=0.02)
    assert trained.dtype == np.float32
    for gradient, value in zip(
        gradients(model, call, rows, training=True),
        gradients(model, model, rows),
        strict=True,
    ):
        # The same direction; where two words are almost alike, another may win.
        assert gradient.dtype == np.float32
        assert np.vdot(gradient, value) > 0.95 * np.linalg.norm(
            gradient
        ) * np.linalg.norm(value)


def test_fast_call_drops_out_in_training_only():
    spec = make_spec()
    model, rows = make_model(spec), make_rows(spec)
    with spec.fast(model):
        still = [model(rows, training=False).numpy() for _ in range(2)]
        moving = [model(rows, training=True).numpy() for _ in range(2)]
    assert (still[0] == still[1]).all()
    assert (moving[0] != moving[1]).any()


def test_hidden_layer_and_dropout_are_left_out_where_they_are_zero():
    names = [
        type(layer).__name__
        for layer in make_spec(conv(dense_units=0, dropout=0)).build().layers
    ]
    assert names[-2:] == ["GlobalMaxPooling1D", "Dense"]


def test_long_texts_are_cut_to_the_length_of_the_rows():
    spec = make_spec(sequence_length=12, network=conv(kernel_size=1))
    assert spec.row_length == 12
    assert spec.build().input_shape == (None, 12)
    ids = make_ids(spec)
    assert ids.padded(spec.row_length).shape == (13, 12)
