"""The notebook's network."""

import numpy as np
import pytest
from helpers import make_model, make_rows, make_spec

from skglove.networks import Flatten


@pytest.mark.parametrize("padding", ["post", "pre"])
def test_each_place_has_its_own_weights(padding):
    network = Flatten(dense_units=0, dropout=0, padding=padding)
    spec = make_spec(network, sequence_length=5, n_outputs=1, activation="linear")
    model, rows = make_model(spec), make_rows(spec)
    table, kernel, bias = model.get_weights()
    expected = table[rows].reshape(len(rows), -1) @ kernel + bias
    np.testing.assert_allclose(model(rows), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["Embedding", "Flatten", "Dense", "Dropout", "Dense"]),
        ({"dropout": 0}, ["Embedding", "Flatten", "Dense", "Dense"]),
        ({"dense_units": 0, "dropout": 0}, ["Embedding", "Flatten", "Dense"]),
    ],
)
def test_hidden_layer_and_dropout_are_left_out_where_they_are_zero(params, names):
    layers = make_spec(Flatten(**params)).build().layers
    assert [type(layer).__name__ for layer in layers[1:]] == names


def test_there_is_no_faster_call():
    spec = make_spec(Flatten())
    assert spec.fast_call(make_model(spec)) is None
