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
    options = {
        "standardize": vectorizer.standardize,
        "vocabulary": vectorizer.vocabulary_[FIRST_WORD_ID:],
        "output_sequence_length": vectorizer.sequence_length,
    }
    if vectorizer.padding == vectorizer.truncating == "post":
        layer = keras.layers.TextVectorization(**options)
    else:
        from .keras_layers import TwoEndedTextVectorization

        layer = TwoEndedTextVectorization(
            padding=vectorizer.padding, truncating=vectorizer.truncating, **options
        )
    texts = keras.Input((1,), dtype="string")
    return keras.Model(texts, model(layer(texts)))
