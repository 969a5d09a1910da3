"""What a network computes before its last activation: the logits."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._keras import import_keras

if TYPE_CHECKING:
    import keras


def before_last_activation(
    model: "keras.Model", activation: str
) -> tuple["keras.Model", Callable[[Any], Any]] | None:
    """Return the model without its last layer, and what makes logits of its outputs.

    Parameters
    ----------
    model : keras.Model
        A network.

    activation : str
        The activation that it should end in.

    Returns
    -------
    features : keras.Model
        The model up to its last layer, sharing its weights.

    to_logits : callable
        What the last layer does but for its activation.

    None : if the model does not end in a dense layer or an activation layer with that
        activation.
    """
    keras = import_keras()
    try:
        last = model.layers[-1]
        # The layer may be used twice, or the model be a class of the user's.
        features, ends = keras.Model(model.input, last.input), last.output
    except (AttributeError, IndexError, TypeError, ValueError):
        return None
    outputs = model.outputs
    if len(outputs) != 1 or outputs[0] is not ends:
        return None
    if getattr(last, "activation", None) is not keras.activations.get(activation):
        return None
    if type(last) is keras.layers.Activation:
        return features, lambda inputs: keras.ops.cast(inputs, "float32")
    if type(last) is keras.layers.Dense:
        return features, lambda inputs: _dense(last, inputs)
    return None


def _dense(layer, inputs):
    """Compute a dense layer without its activation, in float32 at least."""
    ops = import_keras().ops
    logits = ops.matmul(ops.cast(inputs, layer.kernel.dtype), layer.kernel)
    return logits if layer.bias is None else logits + layer.bias
