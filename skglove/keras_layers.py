"""Keras layers of exported models. Import it before loading one that needs them."""

import json
from pathlib import Path

import keras
import numpy as np

# Registered with Keras by being imported.
from .networks import _bag_layers, _bag_model  # noqa: F401
from .text import _ngrams
from .text import _split_punctuation as rules
from .text._spelling import INVERSE, MAX_LETTERS, MIN_LETTERS, POWERS, NearWords
from .training import _lazy_adam, _learning_rate  # noqa: F401

_WORDS_FILE = "words.json"


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
        ("|".join(rules.RULES.values()), " -- "),
        (rules.WORD, r" \1 "),
    ):
        texts = tf.strings.regex_replace(texts, pattern, replacement)
    return texts


class _WordsAsAsset(keras.layers.TextVectorization):
    """Keeps its vocabulary in a file of its own in saved models.

    Not in their configuration, which Keras prints whole in its errors. Keras's own
    layer does so too, but reads its file back by lines: of a word with U+2028 in it it
    makes two.
    """

    def __init__(self, *, vocabulary=None, **options):
        if isinstance(vocabulary, (list, tuple)):
            vocabulary = word_array(vocabulary)
        super().__init__(vocabulary=vocabulary, **options)
        self._in_config = vocabulary is not None
        self._words = None
        if vocabulary is None:
            # With words it leaves files alone.
            self._lookup_layer.input_vocabulary = ()

    def get_config(self):
        """Return the options the layer was made with."""
        config = super().get_config()
        return config if self._in_config else {**config, "vocabulary": None}

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Take the words, as Keras's own layer does."""
        super().set_vocabulary(vocabulary, idf_weights)
        # Those that `get_vocabulary` returns have lost the NULs at their ends.
        self._words = word_array(vocabulary)

    def save_assets(self, dir_path):
        """Write the words."""
        if not self._in_config:
            words = self._words
            if words is None:
                words = self.get_vocabulary(include_special_tokens=False)
            with open(Path(dir_path, _WORDS_FILE), "w", encoding="utf-8") as file:
                json.dump([str(word) for word in words], file)

    def load_assets(self, dir_path):
        """Read the words."""
        if not self._in_config:
            with open(Path(dir_path, _WORDS_FILE), encoding="utf-8") as file:
                self.set_vocabulary(word_array(json.load(file)))


@keras.saving.register_keras_serializable(package="skglove")
class TwoEndedTextVectorization(_WordsAsAsset):
    """TextVectorization that pads and truncates at either end.

    Parameters
    ----------
    padding : {"post", "pre"}, default="post"
        Which end of a short text is padded.

    truncating : {"post", "pre"}, default="post"
        Which end of a long text is cut off.

    **options
        Those of `keras.layers.TextVectorization`; `output_sequence_length` is
        required.
    """

    def __init__(self, padding="post", truncating="post", **options):
        super().__init__(**options)
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


@keras.saving.register_keras_serializable(package="skglove")
class OpenTextVectorization(_WordsAsAsset):
    """TextVectorization that keeps the character n-grams of unknown words.

    Behind the ids of a text's words come `n_tokens + bucket` for each hashed n-gram
    of those outside the vocabulary, as :class:`BagScores` takes them.

    Parameters
    ----------
    n_buckets : int
        Number of buckets, a power of two, or 0 for no n-grams.

    max_length : int or None, default=None
        Largest number of words of a text; the rest is cut off.

    correct_spelling : bool, default=False
        Whether words outside the vocabulary that are one letter away from a frequent
        one have its id; see :class:`skglove.networks.Bag`.

    **options
        Those of `keras.layers.TextVectorization`.
    """

    def __init__(self, n_buckets, max_length=None, correct_spelling=False, **options):
        super().__init__(**options)
        self.n_buckets = n_buckets
        self.max_length = max_length
        self.correct_spelling = correct_spelling

    def call(self, inputs):
        """Return the ids of strings of shape (n_samples, 1)."""
        import tensorflow as tf

        words = self._preprocess(inputs)[:, : self.max_length]
        ids = tf.cast(self._lookup_layer(words), tf.int32)
        if self.correct_spelling:
            ids = ids.with_values(self._corrected(ids.values, words.values))
        if not self.n_buckets:
            return ids.to_tensor()
        unknown = tf.ragged.boolean_mask(words, ids == 1)
        buckets = ngram_buckets(unknown.values, self.n_buckets)
        # Of each text the n-grams of all its unknown words.
        n_tokens = tf.cast(self.vocabulary_size(), tf.int32)
        buckets = tf.RaggedTensor.from_nested_row_splits(
            tf.cast(buckets.values, tf.int32) + n_tokens,
            (unknown.row_splits, buckets.row_splits),
        ).merge_dims(1, 2)
        return tf.concat([ids, buckets], axis=1).to_tensor()

    def _corrected(self, ids, words):
        """Return ids, those of unknown words near a frequent one replaced."""
        import tensorflow as tf

        near = NearWords(["", "", *self._words])
        if not len(near.keys):
            return ids
        places = tf.where(ids == 1)
        words = tf.gather_nd(words, places)
        is_asked = tf.strings.regex_full_match(words, "[^0-9]*")
        lengths = tf.strings.length(words, "UTF8_CHAR")
        is_asked &= (lengths >= MIN_LETTERS) & (lengths <= MAX_LETTERS)
        places = tf.boolean_mask(places, is_asked)
        keys = _keys_of_words(tf.boolean_mask(words, is_asked))
        found = tf.searchsorted(near.keys, keys.values)
        found = tf.minimum(found, len(near.keys) - 1)
        is_known = tf.gather(near.keys, found) == keys.values
        found = tf.where(is_known, tf.gather(near.ids, found), tf.int32.max)
        found = tf.reduce_min(keys.with_values(found), axis=1)
        found = tf.where(found == tf.int32.max, 1, found)
        return tf.tensor_scatter_nd_update(ids, places, found)

    def get_config(self):
        """Return the options the layer was made with."""
        own = {
            "n_buckets": self.n_buckets,
            "max_length": self.max_length,
            "correct_spelling": self.correct_spelling,
        }
        return {**super().get_config(), **own}


def _keys_of_words(words):
    """Do what `keys_of_words` does, as a ragged tensor of a row for each word."""
    import tensorflow as tf

    letters = tf.strings.unicode_decode(words, "UTF-8")
    lengths, starts = letters.row_lengths(), letters.row_starts()
    place = tf.range(tf.size(letters.values, tf.int64)) - tf.repeat(starts, lengths)
    values = tf.cast(letters.values, tf.int64) + 1
    values *= tf.gather(POWERS.view(np.int64), place)
    before = tf.cumsum(values, exclusive=True)
    before -= tf.repeat(tf.gather(before, starts), lengths)
    whole = tf.reduce_sum(letters.with_values(values), axis=1)
    rest = tf.repeat(whole, lengths) - before - values
    without = letters.with_values(before + rest * INVERSE.view(np.int64))
    return tf.concat([whole[:, tf.newaxis], without], axis=1)


def ngram_buckets(words, n_buckets):
    """Hash the character n-grams of words, as :func:`skglove.text._ngrams.ngram_rows`.

    Parameters
    ----------
    words : string tensor of shape (n_words,)
        The words.

    n_buckets : int
        Number of buckets, a power of two.

    Returns
    -------
    buckets : ragged int64 tensor of shape (n_words, None)
        The bucket of each n-gram.
    """
    import tensorflow as tf

    def constant(number):
        return tf.constant(number, tf.uint64)

    padded = tf.strings.join([" ", words, f" {_ngrams.END}"])
    letters = tf.strings.unicode_decode(padded, "UTF-8")
    word, flat = letters.value_rowids(), tf.cast(letters.values, tf.uint64)
    hashed, inside = tf.zeros_like(flat), tf.ones_like(flat, tf.bool)
    owners, buckets = [], []
    for n, factor in enumerate(_ngrams.FACTORS, start=1):
        hashed += flat * constant(factor)
        inside &= flat != 0
        flat = tf.concat([flat[1:], [constant(0)]], axis=0)
        if n >= _ngrams.MIN_N:
            found = tf.boolean_mask(hashed, inside)
            found = tf.bitwise.right_shift(found, constant(_ngrams.SHIFT))
            found = tf.bitwise.bitwise_and(found, constant(n_buckets - 1))
            owners.append(tf.boolean_mask(word, inside))
            buckets.append(tf.cast(found, tf.int64))
    owners, buckets = tf.concat(owners, axis=0), tf.concat(buckets, axis=0)
    order = tf.argsort(owners, stable=True)
    return tf.RaggedTensor.from_value_rowids(
        tf.gather(buckets, order), tf.gather(owners, order), nrows=letters.nrows()
    )
