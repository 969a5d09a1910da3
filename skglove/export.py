"""A trained network behind a vectorization layer: texts in, probabilities out."""

from .networks import import_keras
from .vectorizer import FIRST_WORD_ID


def end_to_end_model(vectorizer, model):
    """Return a keras.Model that takes texts.

    Parameters
    ----------
    vectorizer : TextVectorizer
        Fitted.

    model : keras.Model
        Takes the vectorizer's ids.

    Returns
    -------
    model : keras.Model
        Takes strings of shape (n_samples, 1), gives what `model` gives.
    """
    keras = import_keras()
    from .keras_layers import TwoEndedTextVectorization, word_array

    words = vectorizer.vocabulary_[FIRST_WORD_ID:]
    options = {
        "standardize": vectorizer.standardize,
        "vocabulary": word_array(words),
        "output_sequence_length": vectorizer.sequence_length,
    }
    # Keras's own layer, which loads without skglove, where it does the same.
    plain = vectorizer.padding == vectorizer.truncating == "post"
    if plain and not any(word.endswith("\0") for word in words):
        layer = keras.layers.TextVectorization(**options)
    else:
        layer = TwoEndedTextVectorization(
            padding=vectorizer.padding, truncating=vectorizer.truncating, **options
        )
    texts = keras.Input((1,), dtype="string")
    return keras.Model(texts, model(layer(texts)))
