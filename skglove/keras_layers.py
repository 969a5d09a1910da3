"""Keras layers of exported models. Import it before loading one that needs them."""

import keras
import numpy as np

# Registered with Keras by being imported.
from .networks import _bag_layers  # noqa: F401
from .text import _split_punctuation as rules
from .training import _lazy_adam  # noqa: F401


def word_array(words):
    """Return an array of words that Keras takes as they are.

    Of a list it makes one of fixed width: as wide as the longest word a row, and with
    the NULs at a word's end lost.
    """
    return np.array(words, dtype=object)


@keras.saving.register_keras_serializable(package="skglove")
def lower_and_split_punctuation(texts):
    """Do to strings what `TextVectorizer` does under this name.

    Parameters
    ----------
    texts : string tensor
        The texts.

    Returns
    -------
    texts : string tensor of the same shape
        In lower case, spaces around what GloVe takes for words.

    Examples
    --------
    >>> from skglove.keras_layers import lower_and_split_punctuation
    >>> lower_and_split_punctuation(["It isn't."]).numpy()[0].split()
    [b'it', b'is', b"n't", b'.']
    """
    import tensorflow as tf

    texts = tf.strings.lower(texts)
    for pattern, replacement in (
        *rules.QUOTES_DASHES_DOTS.items(),
        (rules.LINE_BREAK, " "),
        (rules.DOTS, " ... "),
        (rules.RULE, " -- "),
        (rules.WORD, r" \1 "),
    ):
        texts = tf.strings.regex_replace(texts, pattern, replacement)
    return texts


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
