"""The end of the tutorials' networks."""

from .._keras import import_keras


def dense_head(ids, x, n_outputs, activation, dense_units, dropout):
    """Close a network: hidden layer and dropout where wanted, then the classes."""
    keras = import_keras()
    if dense_units:
        x = keras.layers.Dense(dense_units, activation="relu")(x)
    if dropout:
        x = keras.layers.Dropout(dropout)(x)
    return keras.Model(ids, keras.layers.Dense(n_outputs, activation=activation)(x))


def dense_head_shapes(n_inputs, dense_units, n_outputs):
    """Return the shapes of its weights."""
    shapes = []
    if dense_units:
        shapes += [(n_inputs, dense_units), (dense_units,)]
        n_inputs = dense_units
    return [*shapes, (n_inputs, n_outputs), (n_outputs,)]
