"""Keras layers of the bag networks. Import it before loading a model that has them."""

from functools import partial

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="skglove")
class DistinctIds(keras.layers.Layer):
    """List which ids occur in each text, and how often.

    In training a part of them is left out: all places of a word at once, so that
    others must do without it.

    Parameters
    ----------
    n_ids : int
        Number of ids, padding included.

    dropout : float, default=0.0
        Part that is left out in training.
    """

    def __init__(self, n_ids, dropout=0.0, **options):
        super().__init__(**options)
        self.n_ids = n_ids
        self.dropout = dropout
        self.seed_generator = keras.random.SeedGenerator()
        self.supports_jit = False  # how many there are depends on the texts

    def call(self, ids, training=False):
        """Return text, id and count of each, for ids of shape (n_samples, length)."""
        place = tf.where(ids > 0)
        id_at_place = tf.cast(tf.gather_nd(ids, place), tf.int64)
        key, _, count = tf.unique_with_counts(place[:, 0] * self.n_ids + id_at_place)
        if training and self.dropout:
            chance = keras.random.uniform(tf.shape(key), seed=self.seed_generator)
            kept = chance >= self.dropout
            key, count = tf.boolean_mask(key, kept), tf.boolean_mask(count, kept)
        distinct = tf.cast(key % self.n_ids, tf.int32)
        return key // self.n_ids, distinct, tf.cast(count, tf.float32)

    def compute_output_spec(self, ids, training=False):
        """Return what `call` gives: its length depends on the texts."""
        return tuple(
            keras.KerasTensor((None,), dtype) for dtype in ("int64", "int32", "float32")
        )

    def get_config(self):
        """Return the options the layer was made with."""
        own = {"n_ids": self.n_ids, "dropout": self.dropout}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="skglove")
class WeightedBag(keras.layers.Layer):
    """Add up the vectors of each text, each times a weight that is learned.

    The sum is divided by the root of the summed squared weights, so that its size
    does not grow with the length of a text.

    Parameters
    ----------
    n_ids : int
        Number of ids: each has a weight.

    counted : bool
        Whether a weight counts 1 + log(count) times, or once.

    normalized : bool
        Whether vectors are brought to length one, and the bags centered and scaled by
        the fixed weights `center` and `scale`.
    """

    def __init__(self, n_ids, counted, normalized, **options):
        super().__init__(**options)
        self.n_ids = n_ids
        self.counted = counted
        self.normalized = normalized
        self.supports_jit = False

    def build(
        self, ids_shape, texts_shape, distinct_shape, counts_shape, vectors_shape
    ):
        """Make the weights."""
        # Half precision holds neither the sums of long texts nor what is next to 0.
        add_weight = partial(self.add_weight, autocast=False)
        self.importance = add_weight(
            shape=(self.n_ids, 1), initializer="ones", name="importance"
        )
        if self.normalized:
            add_weight = partial(add_weight, trainable=False)
            dim = vectors_shape[-1]
            self.center = add_weight(shape=(dim,), initializer="zeros", name="center")
            self.scale = add_weight(shape=(), initializer="ones", name="scale")

    def call(self, ids, texts, distinct, counts, vectors):
        """Return bags of shape (n_samples, dim) of what `DistinctIds` found in ids."""
        n_texts = tf.cast(tf.shape(ids)[0], tf.int64)
        # Not convert_to_tensor: gathered from the variable, the gradient is sparse.
        weight = tf.gather(self.importance.value, distinct)
        vectors = tf.cast(vectors, weight.dtype)
        if self.counted:
            weight *= tf.cast(1 + tf.math.log(counts), weight.dtype)[:, None]
        if self.normalized:
            vectors = tf.math.l2_normalize(vectors, axis=-1)
        total = tf.math.unsorted_segment_sum(vectors * weight, texts, n_texts)
        squares = tf.math.unsorted_segment_sum(weight * weight, texts, n_texts)
        bags = total * tf.math.rsqrt(squares + 1e-6)
        if self.normalized:
            bags = (bags - self.center.value) * self.scale.value
        return tf.cast(bags, self.compute_dtype)

    def compute_output_spec(self, ids, texts, distinct, counts, vectors):
        """Return what `call` gives."""
        shape = (ids.shape[0], vectors.shape[-1])
        return keras.KerasTensor(shape, self.compute_dtype)

    def get_config(self):
        """Return the options the layer was made with."""
        own = {
            "n_ids": self.n_ids,
            "counted": self.counted,
            "normalized": self.normalized,
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="skglove")
class KnownBigrams(keras.layers.Layer):
    """Number the pairs of neighbouring words that are known.

    Parameters
    ----------
    n_ids : int
        Number of word ids.

    n_bigrams : int
        Number of known bigrams. The weight `keys` holds `first * n_ids + second` of
        each, in ascending order.
    """

    def __init__(self, n_ids, n_bigrams, **options):
        super().__init__(**options)
        self.n_ids = n_ids
        self.n_bigrams = n_bigrams
        self.supports_jit = False

    def build(self, ids_shape):
        """Make the weights."""
        self.keys = self.add_weight(
            shape=(self.n_bigrams,),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            name="keys",
        )

    def call(self, ids):
        """Return ids from 1 on, 0 where unknown, of shape (n_samples, length - 1)."""
        ids = tf.cast(ids, tf.int64)
        keys = tf.convert_to_tensor(self.keys)
        wanted = ids[:, :-1] * self.n_ids + ids[:, 1:]
        flat = tf.reshape(wanted, [-1])
        at = tf.minimum(tf.searchsorted(keys, flat), self.n_bigrams - 1)
        found = tf.where(tf.gather(keys, at) == flat, at + 1, 0)
        return tf.reshape(found, tf.shape(wanted))

    def compute_output_spec(self, ids):
        """Return what `call` gives."""
        length = ids.shape[1]
        return keras.KerasTensor(
            (ids.shape[0], None if length is None else length - 1), "int32"
        )

    def get_config(self):
        """Return the options the layer was made with."""
        own = {"n_ids": self.n_ids, "n_bigrams": self.n_bigrams}
        return {**super().get_config(), **own}
