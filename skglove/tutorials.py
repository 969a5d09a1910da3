"""The settings of the tutorials that skglove reproduces."""

from typing import TYPE_CHECKING, Any

from sklearn.base import clone

from .networks import Conv, Flatten

if TYPE_CHECKING:
    import tensorflow as tf

_PUNCTUATION = r"[!-&(-/:-@\[-`{-~\t\n]"


def tokenizer_standardize(texts: "tf.Tensor") -> "tf.Tensor":
    """Lower-case, and put a space in place of punctuation, but for apostrophes.

    As Keras's former Tokenizer did, on ASCII letters. TextVectorization's way takes
    punctuation out: "comp.graphics" becomes "compgraphics", which GloVe does not know,
    where here it becomes two words that it knows.

    Parameters
    ----------
    texts : tf.Tensor of str
        The texts.

    Returns
    -------
    texts : tf.Tensor of str
        The same shape, to be split at whitespace.

    Examples
    --------
    >>> from skglove.tutorials import tokenizer_standardize
    >>> tokenizer_standardize(["Isn't it in comp.graphics?"]).numpy().tolist()
    [b"isn't it in comp graphics "]
    """
    import tensorflow as tf

    return tf.strings.regex_replace(tf.strings.lower(texts), _PUNCTUATION, " ")


_COMMON = {
    "back_off": False,
    "unseen_words": False,
    "optimizer": "rmsprop",
    "learning_rate": None,
    "early_stopping": False,
}

_NOTEBOOK = {
    **_COMMON,
    "max_tokens": 10_000,
    "standardize": tokenizer_standardize,
    "batch_size": 32,
    "epochs": 10,
}

_AT_THE_FRONT: dict[str, Any] = {"padding": "pre", "truncating": "pre"}

_SETTINGS: dict[str, dict[str, Any]] = {
    "keras_2020": {
        **_COMMON,
        "max_tokens": 20_000,
        "sequence_length": 200,
        "standardize": "lower_and_strip_punctuation",
        "network": Conv(dropout=0.5),
        "batch_size": 128,
        "epochs": 20,
    },
    "keras_blog_2016": {
        **_COMMON,
        "max_tokens": 20_000,
        "sequence_length": 1_000,
        "standardize": tokenizer_standardize,
        "network": Conv(dropout=0, **_AT_THE_FRONT),
        "batch_size": 128,
        "epochs": 2,
    },
    "notebook_glove": {
        **_NOTEBOOK,
        "sequence_length": 100,
        "network": Flatten(dense_units=32, dropout=0, **_AT_THE_FRONT),
    },
    "notebook_scratch": {
        **_NOTEBOOK,
        "embeddings": 8,
        "sequence_length": 20,
        "network": Flatten(dense_units=0, dropout=0, **_AT_THE_FRONT),
    },
}


def published_settings(name: str) -> dict[str, Any]:
    """Return the settings of a published system, for `GloveTextClassifier`.

    The word vectors are not among them but for "notebook_scratch": they are the
    classifier's first argument. The tutorials take "glove.6B.100d", or None to learn
    100 dimensions from scratch.

    Parameters
    ----------
    name : {"keras_2020", "keras_blog_2016", "notebook_glove", "notebook_scratch"}
        Which system.

        - "keras_2020": the Keras code example, in its Keras 2 and its Keras 3 form:
          the first 200 words, three convolutions, dropout, 20 epochs [1]_. The Keras 3
          form did train the vectors, as the summary that it prints shows: for that,
          set `network__trainable=True`.
        - "keras_blog_2016": the Keras blog's post: the last 1,000 words, the same
          convolutions, no dropout, 2 epochs [2]_.
        - "notebook_glove": the notebook on few reviews: the last 100 words side by
          side into a hidden layer of 32 units [3]_. With None as word vectors it is
          the one that the notebook compares it to.
        - "notebook_scratch": the notebook's first network: the last 20 words, vectors
          of 8 dimensions side by side into the output.

    Returns
    -------
    settings : dict of str to object
        Parameters of :class:`GloveTextClassifier`; a dict of its own with each call.

    Raises
    ------
    ValueError
        If there is no system of this name.

    See Also
    --------
    GloveTextClassifier : What takes them.

    Notes
    -----
    The post and the notebook find their words with Keras's former Tokenizer. Its
    treatment of punctuation is that of :func:`tokenizer_standardize`, which these
    settings hold. What is left of the difference: it drops words that are not in the
    vocabulary where here `[UNK]` takes their place, and it has no `[UNK]`, so that of
    as many ids one more is a word's.

    References
    ----------
    .. [1] F. Chollet, "Using pre-trained word embeddings", Keras code examples, 2020.

    .. [2] F. Chollet, "Using pre-trained word embeddings in a Keras model", The Keras
       Blog, 2016.

    .. [3] F. Chollet, "Deep Learning with Python", Manning, 2017, section 6.1, and its
       notebook "Using word embeddings".

    Examples
    --------
    >>> from skglove import GloveTextClassifier
    >>> from skglove.tutorials import published_settings
    >>> clf = GloveTextClassifier("glove.6B.50d", **published_settings("keras_2020"))
    >>> clf.network, clf.sequence_length, clf.epochs
    (Conv(dropout=0.5), 200, 20)
    >>> scratch = GloveTextClassifier(**published_settings("notebook_scratch"))
    >>> scratch.embeddings, scratch.sequence_length, scratch.network.dense_units
    (8, 20, 0)
    """
    if name not in _SETTINGS:
        raise ValueError(
            f"There are no settings of the name {name!r}. Those there are: "
            f"{', '.join(_SETTINGS)}."
        )
    settings = dict(_SETTINGS[name])
    return {**settings, "network": clone(settings["network"])}
