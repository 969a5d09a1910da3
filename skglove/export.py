"""A trained network behind a vectorization layer: texts in, probabilities out."""

from .networks._spec import import_keras
from .text._vectorizer import FIRST_WORD_ID, SPLIT_PUNCTUATION


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
        Takes strings of shape (n_samples, 1), gives what `model` gives. Once saved it
        loads without skglove, unless the vectorizer pads or truncates at the front,
        splits punctuation or knows a word that ends in NUL: then it does after
        `import skglove.keras_layers`.
    """
    keras = import_keras()
    from .keras_layers import (
        TwoEndedTextVectorization,
        lower_and_split_punctuation,
        word_array,
    )

    words = vectorizer.vocabulary_[FIRST_WORD_ID:]
    standardize = vectorizer.standardize
    if standardize == SPLIT_PUNCTUATION:
        standardize = lower_and_split_punctuation
    options = {
        "standardize": standardize,
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
