"""Keras layers of exported models. Import it before loading one that needs them."""

import keras
import numpy as np


def word_array(words):
    """Return an array of words that Keras takes as they are.

    Of a list it makes one of fixed width: as wide as the longest word a row, and with
    the NULs at a word's end lost.
    """
    return np.array(words, dtype=object)


@keras.saving.register_keras_serializable(package="skglove")
class TwoEndedTextVectorization(keras.layers.TextVectorization):
    """TextVectorization that pads and truncates at either end.

    Parameters
    ----------
    padding : {"post", "pre"}, default="post"
        Which end of a short text is padded.

    truncating : {"post", "pre"}, default="post"
        Which end of a long text is cut off.

    vocabulary : sequence of str, default=None
        The words, as in `keras.layers.TextVectorization`.

    **options
        The others of `keras.layers.TextVectorization`; `output_sequence_length` is
        required.
    """

    def __init__(
        self, padding="post", truncating="post", *, vocabulary=None, **options
    ):
        if isinstance(vocabulary, (list, tuple)):
            vocabulary = word_array(vocabulary)
        super().__init__(vocabulary=vocabulary, **options)
        self.padding = padding
        self.truncating = truncating

    def call(self, inputs):
        """Return the ids of strings of shape (n_samples, 1)."""
        ids = self._lookup_layer(self._preprocess(inputs))
        length = self._output_sequence_length
        ids = ids[:, -length:] if self.truncating == "pre" else ids[:, :length]
        if self.padding == "post":
            return ids.to_tensor(shape=(None, length))
        return ids[:, ::-1].to_tensor(shape=(None, length))[:, ::-1]

    def get_config(self):
        """Return the options the layer was made with."""
        own = {"padding": self.padding, "truncating": self.truncating}
        return {**super().get_config(), **own}
