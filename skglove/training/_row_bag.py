"""The Keras model that trains a bag network: its inputs are sparse rows.

The rows of distinct words and bigrams are made once. A step reads and updates only the
table rows that its texts use.
"""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ..networks._bag_tables import EPSILON
from ._lazy_adam import UniqueSlices

_MEASURED = 5_000


class Start(NamedTuple):
    """What a bag network starts with.

    Attributes
    ----------
    unit : ndarray of shape (n_tokens, dim), dtype=float32
        Word vectors of length one, zero for words that have none.

    known : ndarray of shape (n_tokens,), dtype=float32
        1 for words that have a vector, 0 for others.

    center : ndarray of shape (dim,), dtype=float32
        The mean bag of word vectors.

    scale : float
        One over the root mean square of the bags' differences from the mean.

    idf, bigram_idf : ndarray of shape (n_tokens,) and (n_bigrams,), dtype=float32
        Smoothed inverse document frequencies; 0 for words that no text has.
    """

    unit: np.ndarray
    known: np.ndarray
    center: np.ndarray
    scale: float
    idf: np.ndarray
    bigram_idf: np.ndarray

    @classmethod
    def of(cls, words, bigram_df, matrix, known):
        """Measure training texts.

        Parameters
        ----------
        words : StoredRows of shape (n_texts, n_tokens)
            The counts.

        bigram_df : ndarray of shape (n_bigrams,)
            How many texts have each bigram.

        matrix : ndarray of shape (n_tokens, dim) or None
            The word vectors.

        known : ndarray of shape (n_tokens,), dtype=bool, or None
            The words that have one.
        """
        if matrix is None:
            matrix = np.zeros((words.shape[1], 0), dtype=np.float32)
            known = np.zeros(len(matrix), dtype=bool)
        length = np.linalg.norm(matrix, axis=1, keepdims=True)
        unit = (matrix / np.where(length > 0, length, 1)).astype(np.float32)
        known = (known & (length[:, 0] > 0)).astype(np.float32)
        part = words[:_MEASURED]
        part.data = 1 + np.log(part.data)
        size = np.sqrt(part.power(2) @ known + EPSILON)
        bags = (part @ unit) / size[:, np.newaxis]
        center = bags.mean(axis=0)
        spread = float(np.sqrt(((bags - center) ** 2).mean())) if bags.size else 0.0
        return cls(
            unit=unit,
            known=known,
            center=center.astype(np.float32),
            scale=1 / spread if spread > 0 else 1.0,
            idf=inverse_frequencies(words.document_counts(), words.shape[0]),
            bigram_idf=inverse_frequencies(bigram_df, words.shape[0]),
        )


def inverse_frequencies(df, n_texts):
    """Return smoothed inverse document frequencies, 0 of what no text has."""
    idf = np.log((1 + n_texts) / (1 + df)) + 1
    return np.where(df > 0, idf, 0).astype(np.float32)


class _Part(NamedTuple):
    """The table rows that a batch uses of words or of bigrams.

    Attributes
    ----------
    ids : tensor of shape (n_used,)
        The rows.

    counts : SparseTensor of shape (n_texts, n_used)
        What the texts have of them.

    squares : SparseTensor of shape (n_texts, n_used)
        Their squares.

    fixed : list of tensor of shape (n_used, dim)
        Vectors that are not trained, if there are any.

    importance : tensor of shape (n_used, n_bags)
        The first columns of the rows: weights in the bag of the fixed vectors, if there
        are any, and in that of the free ones.

    free : tensor of shape (n_used, free_dim)
        The other columns: the free vectors.
    """

    ids: tf.Tensor
    counts: tf.SparseTensor
    squares: tf.SparseTensor
    fixed: list
    importance: tf.Tensor
    free: tf.Tensor

    def sums(self):
        """Return, of each text, the weighted sums and the summed squares."""
        bags = tf.concat(self._times_importance([*self.fixed, self.free]), axis=1)
        return _product(self.counts, bags), _product(self.squares, self.importance**2)

    def gradient(self, of_sums, of_squares):
        """Return the gradient of the table rows, given those of :meth:`sums`.

        A tape would take the gradient of the counts, too. On a few texts, the
        operations for that take longer to trace than to compute.
        """
        of_bags = _product(self.counts, of_sums, adjoint_a=True)
        of_squares = _product(self.squares, of_squares, adjoint_a=True)
        vectors = [*self.fixed, self.free]
        of_bags = tf.split(of_bags, [part.shape[1] for part in vectors], axis=1)
        of_importance = [
            tf.reduce_sum(of_part * part, axis=1, keepdims=True)
            for of_part, part in zip(of_bags, vectors, strict=True)
        ]
        (*_, of_free) = self._times_importance(of_bags)
        of_importance = tf.concat(of_importance, axis=1)
        of_importance += 2 * self.importance * of_squares
        return tf.concat([of_importance, of_free], axis=1)

    def _times_importance(self, parts):
        weights = tf.split(self.importance, len(parts), axis=1)
        return [part * weight for part, weight in zip(parts, weights, strict=True)]


class RowBag(keras.Model):
    """Bags of word vectors, of free vectors and of bigrams, into the classes.

    Parameters
    ----------
    start : Start
        What it starts with.

    n_outputs : int
        Number of logits.

    free_dim, bigram_dim : int
        Dimensions of the vectors that it learns by itself, of words and bigrams.

    dropout : float
        Part of a text's distinct words and bigrams left out in training.

    seed : int
        Seeds the weights and what is left out.

    n_rows : tuple of 2 int, default=None
        How many words and bigrams there is room for. None has room for those of
        `start`.

    Attributes
    ----------
    validation : tf.data.Dataset
        The batches of a validation.
    """

    def __init__(
        self, start, *, n_outputs, free_dim, bigram_dim, dropout, seed, n_rows=None
    ):
        # Whatever Keras's policy is: the batches and the word vectors are float32.
        super().__init__(dtype="float32")
        self.dropout = dropout
        dim = start.unit.shape[1]
        n_tokens, n_bigrams = n_rows or (len(start.unit), len(start.bigram_idf))
        # What differs between fits is in variables: a traced step holds for all.
        self.unit = _fixed(None, dim)
        self.center, self.scale = _fixed(dim), _fixed()
        self.generator = tf.random.Generator.from_seed(seed)
        self._ends = np.cumsum([dim, free_dim, bigram_dim])
        # What takes the bags to the classes is one weight, the intercept its last row:
        # each weight is dozens of operations a step, which on few texts take longer
        # to trace and to start than to compute.
        self.kernel = self._weight("kernel", self._ends[-1] + 1, n_outputs)
        # What a step reads and moves of a word lies in one row: its weights in both
        # bags, which come first, and its free vector.
        self.of_words = self._weight("words", n_tokens, 2 + free_dim)
        self.of_bigrams = self._weight("bigrams", n_bigrams, 1 + bigram_dim)
        self.begin(start, seed)

    def _weight(self, name, *shape):
        return self.add_weight(
            shape=shape, initializer="zeros", autocast=False, name=name
        )

    def begin(self, start, seed):
        """Start, or start again, as a new model of the same sizes would."""
        self.start = start
        self.unit.assign(start.unit)
        self.center.assign(start.center)
        self.scale.assign(start.scale)
        self.generator.reset_from_seed(seed)
        rng = np.random.default_rng(seed)
        dim, free_dim, bigram_dim = np.diff(self._ends, prepend=0)
        n_outputs = self.kernel.shape[1]
        kernels = [
            np.zeros((dim, n_outputs)),
            _glorot(rng, free_dim, n_outputs),
            _glorot(rng, bigram_dim, n_outputs),
            np.zeros((1, n_outputs)),
        ]
        self.kernel.assign(np.vstack(kernels).astype(np.float32))
        importance = np.stack([start.known, start.idf], axis=1)
        free = _uniform(rng, len(importance), free_dim)
        _assign_rows(self.of_words, np.hstack([importance, free]))
        importance = start.bigram_idf[:, np.newaxis]
        vectors = _uniform(rng, len(importance), bigram_dim)
        _assign_rows(self.of_bigrams, np.hstack([importance, vectors]))

    def forget(self):
        """Let go of what it started with."""
        self.start = None
        self.unit.assign(self.unit[:0])

    @property
    def row_weights(self):
        """The weights that have rows of words and of bigrams."""
        return self.of_words, self.of_bigrams

    def assign_words(self, rows):
        """Set the rows of the words."""
        _assign_rows(self.of_words, rows)

    def tables(self):
        """Return the rows of the words and of the bigrams, without those of neither."""
        words, bigrams = (weight.numpy() for weight in self.row_weights)
        return words[: len(self.start.idf)], bigrams[: len(self.start.bigram_idf)]

    def call(self, rows, training=False):
        """Return the logits of texts, given by their `BatchRows`."""
        sums = [part.sums() for part in self._parts(rows, training)]
        return self._logits(sums, self.kernel.value)

    def train_step(self, data):
        """Train on a batch: `BatchRows`, labels, weights."""
        rows, codes, weight = keras.utils.unpack_x_y_sample_weight(data)
        parts = self._parts(rows, training=True)
        watched = [part.sums() for part in parts], self.kernel.value
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(watched)
            logits = self._logits(*watched)
            loss = self.compute_loss(None, codes, logits, weight)
        of_sums, of_kernel = tape.gradient(loss, watched)
        gradients = [
            UniqueSlices(part.gradient(*of_part), part.ids, tf.shape(table.value))
            for part, of_part, table in zip(
                parts, of_sums, self.row_weights, strict=True
            )
        ]
        self.optimizer.apply([*gradients, of_kernel], [*self.row_weights, self.kernel])
        return self._measured(loss, rows, codes, logits, weight)

    def test_step(self, data):
        """Measure a batch."""
        rows, codes, weight = keras.utils.unpack_x_y_sample_weight(data)
        logits = self.call(rows)
        loss = self.compute_loss(None, codes, logits, weight, training=False)
        return self._measured(loss, rows, codes, logits, weight)

    def _measured(self, loss, rows, codes, logits, weight):
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=rows.n_texts)
            else:
                metric.update_state(codes, logits, sample_weight=weight)
        return self._results()

    def _parts(self, rows, training):
        """Return what texts use of words and of bigrams."""
        words = self._part(
            rows.n_texts, rows.words, self.of_words, training, [self.unit]
        )
        bigrams = self._part(rows.n_texts, rows.bigrams, self.of_bigrams, training, [])
        return words, bigrams

    def _part(self, n_texts, entries, table, training, fixed):
        used, place = tf.unique(entries.ids)
        values = entries.values
        if training and self.dropout:
            chance = self.generator.uniform(tf.shape(values))
            values = tf.where(chance >= self.dropout, values, 0.0)
        index = tf.stack([entries.texts, tf.cast(place, tf.int64)], axis=1)
        shape = tf.stack([n_texts, tf.shape(used, tf.int64)[0]])
        counts = tf.SparseTensor(index, values, shape)
        squares = counts.with_values(tf.square(values))
        n_bags = len(fixed) + 1
        sizes = [n_bags, table.shape[1] - n_bags]
        importance, free = tf.split(tf.gather(table.value, used), sizes, axis=1)
        fixed = [tf.gather(vectors, used) for vectors in fixed]
        return _Part(used, counts, squares, fixed, importance, free)

    def _logits(self, sums, kernel):
        (words, word_squares), (bigrams, bigram_squares) = sums
        dim = self.center.shape[0]
        sizes = tf.split(tf.math.rsqrt(word_squares + EPSILON), 2, axis=1)
        vectors, free = tf.split(words, [dim, words.shape[1] - dim], axis=1)
        size = tf.math.rsqrt(bigram_squares + EPSILON)
        bags = [
            self.scale * (vectors * sizes[0] - self.center),
            free * sizes[1],
            bigrams * size,
            tf.ones_like(size),
        ]
        return tf.concat(bags, axis=1) @ kernel

    def factors(self):
        """Return what :meth:`folded` returns before vectors have met the classes.

        Returns
        -------
        parts : dict of str to (ndarray of shape (n,), ndarray of shape (n, dim))
            Weights and weighted vectors of "vectors", "free" and "bigrams".

        kernel : ndarray of shape (sum of dim, n_outputs)
            What takes their bags, side by side, to the classes.

        intercept : ndarray of shape (n_outputs,)
            The intercept.
        """
        kernels = np.split(self.kernel.numpy(), self._ends)
        vector_kernel, free_kernel, bigram_kernel, (bias,) = kernels
        vector_kernel = vector_kernel * np.float32(self.start.scale)
        words, bigrams = self.tables()
        vectors = {
            "vectors": (words[:, 0], self.start.unit),
            "free": (words[:, 1], words[:, 2:]),
            "bigrams": (bigrams[:, 0], bigrams[:, 1:]),
        }
        return (
            {
                name: (weight, table * weight[:, np.newaxis])
                for name, (weight, table) in vectors.items()
            },
            np.vstack([vector_kernel, free_kernel, bigram_kernel]),
            bias - self.start.center @ vector_kernel,
        )

    def start_at_rates(self, rates):
        """Start at the logits of how often texts have a class, of shape (n_outputs,).

        From zero the way there would take most of a training where nearly no text has
        a class.
        """
        kernel = self.kernel.numpy()
        kernel[-1] = np.log(rates / (1 - rates))
        self.kernel.assign(kernel)

    def make_train_function(self, force=False):
        """Trace all steps of one call as one function, once."""
        if self.train_function is None or force:
            self.train_function = _traced_once(
                self.train_step, self.steps_per_execution, self._results
            )

    def make_test_function(self, force=False):
        """Do the same for all of a validation, of which Keras makes one step."""
        if self.test_function is None or force:
            n_batches = int(self.validation.cardinality())
            run = _traced_once(self.test_step, n_batches, self._results)
            self.test_function = lambda _: run(iter(self.validation))

    def _results(self):
        return {metric.name: metric.result() for metric in self.metrics}

    def folded(self):
        """Return weights and table of each part, and the intercept, in NumPy.

        Returns
        -------
        parts : dict of str to (ndarray of shape (n,), ndarray of shape (n, n_outputs))
            Of "vectors", "free" and "bigrams". A text's logits are the intercept and
            the sums of `u * table` over the root of the summed `(u * weight) ** 2`.

        intercept : ndarray of shape (n_outputs,)
            The intercept.
        """
        kernels = np.split(self.kernel.numpy(), self._ends)
        vector_kernel, free_kernel, bigram_kernel, (bias,) = kernels
        vector_kernel = vector_kernel * np.float32(self.start.scale)
        words, bigrams = self.tables()
        tables = {
            "vectors": (words[:, 0], self.start.unit @ vector_kernel),
            "free": (words[:, 1], words[:, 2:] @ free_kernel),
            "bigrams": (bigrams[:, 0], bigrams[:, 1:] @ bigram_kernel),
        }
        return {
            name: (weight, table * weight[:, np.newaxis])
            for name, (weight, table) in tables.items()
        }, bias - self.start.center @ vector_kernel


_product = tf.sparse.sparse_dense_matmul


def _fixed(*shape):
    """Return a variable that is not trained; None in `shape` is any number."""
    nothing = tf.zeros([size or 0 for size in shape])
    return tf.Variable(nothing, trainable=False, shape=shape)


def _assign_rows(table, rows):
    """Set the first rows of a table, and the others to zero."""
    value = np.zeros(table.shape, np.float32)
    value[: len(rows)] = rows
    table.assign(value)


def _uniform(rng, *shape):
    return rng.uniform(-0.05, 0.05, shape)


def _glorot(rng, *shape):
    limit = np.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, shape)


def _traced_once(step, n_steps, results):
    """Return a function of an iterator that runs some steps, traced at its first call.

    A concrete function, since TensorFlow warns of retracing where many functions from
    one place in the code are called a few times each: once an epoch, here. AutoGraph
    would take longer to rewrite the steps' code than a few thousand texts to train on.
    """

    @tf.function(autograph=False)
    def run(iterator):
        def one_more(i):
            step(next(iterator))
            return (i + 1,)

        tf.while_loop(lambda i: i < n_steps, one_more, (0,))
        return results()

    traced = None

    def call(iterator):
        nonlocal traced
        if traced is None:
            traced = run.get_concrete_function(iterator)
        return traced(iterator)

    return call
