"""The Keras model of a bag network's tables. Import it before loading one."""

from dataclasses import fields

import keras
import tensorflow as tf

from ._bag_factors import BagFactors
from ._bag_tables import EPSILON, WORD_PARTS, BagTables
from ._calibration import MIN_SPREAD
from ._rows import MAX_TRIGRAM_TOKENS, trigram_keys


@keras.saving.register_keras_serializable(package="skglove")
class BagScores(keras.layers.Layer):
    """Compute the logits of :class:`BagTables` from rows of ids.

    A row holds the ids of a text's words, in order, and anywhere behind them
    `n_tokens + bucket` for each character n-gram of its words outside the vocabulary.

    Parameters
    ----------
    n_tokens, n_bigrams, n_buckets, n_outputs : int
        Sizes of the tables.
    """

    def __init__(self, n_tokens, n_bigrams, n_buckets, n_outputs, **options):
        super().__init__(**options)
        self.n_tokens = n_tokens
        self.n_bigrams = n_bigrams
        self.n_buckets = n_buckets
        self.n_outputs = n_outputs
        self.supports_jit = False  # how many ids there are depends on the texts

    def build(self, ids_shape):
        """Make the weights, which `assign` fills."""
        n, k = self.n_tokens, self.n_outputs
        shapes = {
            "words": (n, len(WORD_PARTS) * k),
            "word_squares": (n, len(WORD_PARTS)),
            "bigrams": (self.n_bigrams, 2 * k),
            "bigram_squares": (self.n_bigrams, 2),
            "bigram_keys": (self.n_bigrams,),
            "buckets": (self.n_buckets, k + 1),
            "intercept": (k,),
        }
        for name, shape in shapes.items():
            dtype = "int64" if name == "bigram_keys" else "float32"
            weight = self.add_weight(
                shape=shape,
                dtype=dtype,
                initializer="zeros",
                trainable=False,
                autocast=False,
                name=name,
            )
            setattr(self, name, weight)

    def assign(self, tables: BagTables):
        """Fill the weights."""
        for field in fields(tables):
            if field.name not in ("power", "typical"):
                getattr(self, field.name).assign(getattr(tables, field.name))

    def call(self, ids):
        """Return logits of shape (n_samples, n_outputs)."""
        ids = tf.cast(ids, tf.int64)
        n_texts = tf.shape(ids, tf.int64)[0]
        is_word = (ids > 1) & (ids < self.n_tokens)
        sums, squares = self._add_up(ids, is_word, "words", "word_squares", n_texts)
        k = self.n_outputs
        parts = tf.split(sums, len(WORD_PARTS), axis=1)
        squares = tf.split(squares, len(WORD_PARTS), axis=1)
        if self.n_buckets:
            place = tf.where(ids >= self.n_tokens)
            numbers = tf.gather_nd(ids, place) - self.n_tokens
            rows = tf.gather(self.buckets.value, numbers)
            more = tf.math.unsorted_segment_sum(rows, place[:, 0], n_texts)
            parts[1] += more[:, :k]
            squares[1] += more[:, k:]
        total = tf.convert_to_tensor(self.intercept.value)
        if self.n_bigrams:
            numbers, is_known = self._bigrams(ids, is_word)
            more, more_squares = self._add_up(
                numbers, is_known, "bigrams", "bigram_squares", n_texts
            )
            parts[0] += more[:, :k]
            squares[0] += more_squares[:, :1]
            total += more[:, k:] * tf.math.rsqrt(more_squares[:, 1:] + EPSILON)
        for part, square in zip(parts, squares, strict=True):
            total += part * tf.math.rsqrt(square + EPSILON)
        return tf.cast(total, self.compute_dtype)

    def _bigrams(self, ids, is_word):
        """Number bigrams and trigrams, and tell which are known."""
        pairs = ids[:, :-1] * self.n_tokens + ids[:, 1:]
        together = is_word[:, :-1] & is_word[:, 1:]
        number, is_known = self._find(pairs, together)
        if self.n_tokens > MAX_TRIGRAM_TOKENS:
            return number, is_known
        triples = trigram_keys(pairs[:, :-1], ids[:, 2:], self.n_tokens)
        more, are_known = self._find(triples, together[:, :-1] & together[:, 1:])
        return tf.concat([number, more], 1), tf.concat([is_known, are_known], 1)

    def _find(self, wanted, is_possible):
        """Number the n-grams of these keys, and tell which are known."""
        keys, flat = self.bigram_keys.value, tf.reshape(wanted, [-1])
        at = tf.minimum(
            tf.searchsorted(keys, flat, out_type=tf.int64), self.n_bigrams - 1
        )
        is_known = tf.reshape(tf.gather(keys, at) == flat, tf.shape(wanted))
        return tf.reshape(at, tf.shape(wanted)), is_known & is_possible

    def _add_up(self, ids, chosen, table, squares, n_texts):
        """Return the sums of a table and of squared weights over each text's ids."""
        place = tf.where(chosen)
        n_ids = getattr(self, table).shape[0]
        key = place[:, 0] * n_ids + tf.gather_nd(ids, place)
        key, _, count = tf.unique_with_counts(key)
        text, distinct = key // n_ids, key % n_ids
        u = 1 + tf.math.log(tf.cast(count, tf.float32))[:, tf.newaxis]
        rows = tf.gather(getattr(self, table).value, distinct)
        weights = tf.gather(getattr(self, squares).value, distinct)
        return (
            tf.math.unsorted_segment_sum(u * rows, text, n_texts),
            tf.math.unsorted_segment_sum(u * u * weights, text, n_texts),
        )

    def compute_output_spec(self, ids):
        """Return what `call` gives."""
        return keras.KerasTensor((ids.shape[0], self.n_outputs), self.compute_dtype)

    def get_config(self):
        """Return the options the layer was made with."""
        own = {
            name: getattr(self, name)
            for name in ("n_tokens", "n_bigrams", "n_buckets", "n_outputs")
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="skglove")
class Tempered(keras.layers.Layer):
    """Divide the logits of each text by a temperature that grows with their spread.

    Parameters
    ----------
    power, typical : float
        See :func:`skglove.networks._calibration.tempered`.
    """

    def __init__(self, power, typical, **options):
        super().__init__(**options)
        self.power, self.typical = power, typical

    def call(self, logits):
        """Return logits of the same shape."""
        ops = keras.ops
        spread = ops.max(logits, axis=1, keepdims=True)
        spread -= ops.mean(logits, axis=1, keepdims=True)
        return logits * (self.typical / ops.maximum(spread, MIN_SPREAD)) ** self.power

    def compute_output_shape(self, shape):
        """Return the shape of what `call` gives."""
        return shape

    def get_config(self):
        """Return the options the layer was made with."""
        own = {"power": self.power, "typical": self.typical}
        return {**super().get_config(), **own}


def model_of(tables: BagTables | BagFactors, activation: str):
    """Return a keras.Model from ids to probabilities."""
    factors = None
    if isinstance(tables, BagFactors):
        factors, tables = tables, tables.tables()
    ids = keras.layers.Input((None,), dtype="int32")
    layer = BagScores(
        n_tokens=tables.n_tokens,
        n_bigrams=len(tables.bigrams),
        n_buckets=len(tables.buckets),
        n_outputs=tables.n_outputs,
        dtype="float32",
        name="bag_scores",
    )
    scores = layer(ids)
    layer.assign(tables)
    if tables.power:
        options = {"dtype": "float32", "name": "tempered"}
        scores = Tempered(tables.power, tables.typical, **options)(scores)
    if factors is not None:
        head = keras.layers.Dense(factors.n_outputs, dtype="float32", name="classes")
        scores = head(scores)
        head.set_weights([factors.kernel, factors.intercept])
    outputs = keras.layers.Activation(activation, dtype="float32")(scores)
    return keras.Model(ids, outputs)
