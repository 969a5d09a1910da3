"""A trained network behind a vectorization layer: texts in, probabilities out."""

from ._keras import import_keras
from .networks import Bag
from .text import FIRST_WORD_ID, SPLIT_PUNCTUATION


def end_to_end_model(vectorizer, trained):
    """Return a keras.Model that takes texts.

    Parameters
    ----------
    vectorizer : TextVectorizer
        Fitted.

    trained : TrainedNetwork or TrainedBag
        The trained network, whose model takes the vectorizer's ids.

    Returns
    -------
    model : keras.Model
        Takes strings of shape (n_samples, 1), gives what that model gives. Once saved
        it loads without skglove, unless the network pads or truncates at the front or
        the vectorizer splits punctuation or knows a word that ends in NUL or has a
        line separator of Unicode in it: then it does after `import
        skglove.keras_layers`.
    """
    for name in ("tokenizer", "preprocessor"):
        if getattr(vectorizer, name) is not None:
            raise ValueError(
                f"to_keras() does not support {name}={getattr(vectorizer, name)!r}: a "
                "Keras model cannot call a Python function on its texts. Use "
                "`standardize` with one of its names or a function of string tensors."
            )
    keras = import_keras()
    from .keras_layers import (
        OpenTextVectorization,
        TwoEndedTextVectorization,
        lower_and_split_punctuation,
        word_array,
    )

    words = vectorizer.vocabulary_[FIRST_WORD_ID:]
    standardize = vectorizer.standardize
    if standardize == SPLIT_PUNCTUATION:
        standardize = lower_and_split_punctuation
    options = {"standardize": standardize}
    length, network = vectorizer.sequence_length, trained.spec.network
    ends = {"padding": network.padding, "truncating": network.truncating}
    if isinstance(network, Bag):
        layer = OpenTextVectorization(
            trained.n_buckets, length, network.correct_spelling, **options
        )
    elif set(ends.values()) == {"post"} and _survive_lines(words):
        # Keras's own layer, which loads without skglove, does the same here.
        layer = keras.layers.TextVectorization(output_sequence_length=length, **options)
    else:
        layer = TwoEndedTextVectorization(
            output_sequence_length=length, **ends, **options
        )
    # Not as an option, which would put the words into the configuration.
    layer.set_vocabulary(word_array(words))
    texts = keras.Input((1,), dtype="string")
    return keras.Model(texts, trained.model(layer(texts)))


def _survive_lines(words):
    """Tell whether Keras reads words back as it has written them, a line a word."""
    text = "\n".join(words)
    return text.splitlines() == words and not any(w.endswith("\0") for w in words)
