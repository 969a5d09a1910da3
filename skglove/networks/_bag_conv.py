"""Bags of words and bigrams beside convolutions."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils._param_validation import Interval

from ..text import FIRST_WORD_ID, TokenIds
from ._bag_contributions import keras_bag_contributions
from ._bag_tables import check_bigram_keys
from ._contributions import Contributions
from ._defaults import TrainingDefaults, bag_defaults
from ._parallel_conv import max_pooled_convolutions, max_pooled_shapes
from ._rows import largest
from ._spec import Network, NetworkSpec

if TYPE_CHECKING:
    import keras

# Dimensions that the network learns by itself, beside those of the word vectors.
_FREE_DIM = 50
_BIGRAM_DIM = 16

_MAX_BIGRAMS = 200_000
_MIN_BIGRAM_TEXTS = 2

# How many texts the mean bag is measured on, and are looked at in one piece.
_MEASURED = 5_000
_TEXTS_AT_ONCE = 1_024
_COUNTED_AT_ONCE = 10_000_000


@dataclass(frozen=True)
class BagStart:
    """What a bag network starts with, as the training texts have it.

    Attributes
    ----------
    idf : ndarray of shape (n_tokens,), dtype=float32
        The smoothed inverse document frequency of each word; 0 for words that no
        training text has.

    known : ndarray of shape (n_tokens,), dtype=float32
        1 for words that have a vector, 0 for others.

    center : ndarray of shape (embedding_dim,), dtype=float32
        The mean bag of word vectors.

    scale : float
        One over the root mean square of the bags' differences from the mean.

    bigrams : ndarray of shape (n_bigrams,), dtype=int64
        The known bigrams, as `KnownBigrams` has them.

    bigram_idf : ndarray of shape (n_bigrams + 1,), dtype=float32
        Their inverse document frequencies, after a 0 for none.
    """

    idf: np.ndarray
    known: np.ndarray
    center: np.ndarray
    scale: float
    bigrams: np.ndarray
    bigram_idf: np.ndarray

    @classmethod
    def of(cls, ids, n_tokens, matrix, known):
        """Count words and bigrams.

        Parameters
        ----------
        ids : TokenIds
            The training texts.

        n_tokens : int
            Size of the vocabulary.

        matrix : ndarray of shape (n_tokens, embedding_dim) or None
            The word vectors, or None where there are none yet.

        known : ndarray of shape (n_tokens,), dtype=bool, or None
            The words that have a vector.

        Returns
        -------
        start : BagStart
            What the network starts with.
        """
        df = np.zeros(n_tokens, dtype=np.int64)
        for texts in _in_pieces(ids):
            df += np.bincount(_distinct(texts, texts.flat)[1], minlength=n_tokens)
        idf = np.where(df > 0, _smooth_idf(df, len(ids)), 0)
        if matrix is None:
            known = df > 0
            center, scale = None, 1.0
        else:
            center, scale = _center_and_scale(ids[:_MEASURED], known, matrix)
        bigrams, bigram_df = _frequent_bigrams(ids, n_tokens)
        bigram_idf = np.append(0, _smooth_idf(bigram_df, len(ids)))
        return cls(
            idf=idf.astype(np.float32),
            known=known.astype(np.float32),
            center=center,
            scale=scale,
            bigrams=bigrams,
            bigram_idf=bigram_idf.astype(np.float32),
        )

    @property
    def sizes(self):
        """What `build` needs to know."""
        return {"n_bigrams": len(self.bigrams)}

    def assign(self, model):
        """Put the values into the weights of a bag network."""
        model.get_layer("free_bag").importance.assign(self.idf[:, np.newaxis])
        vector_bag = model.get_layer("vector_bag")
        vector_bag.importance.assign(self.known[:, np.newaxis])
        if self.center is not None:
            vector_bag.center.assign(self.center)
            vector_bag.scale.assign(self.scale)
        if len(self.bigrams):
            model.get_layer("known_bigrams").keys.assign(self.bigrams)
            importance = model.get_layer("bigram_bag").importance
            importance.assign(self.bigram_idf[:, np.newaxis])


class BagConv(Network):
    """Bags of words and bigrams beside the convolutions of :class:`ParallelConv`.

    A text's bags are the weighted sum of its words' vectors, brought to length one,
    that of vectors of 50 free dimensions, learned from nothing, and that of its
    frequent bigrams, of 16.

    Parameters
    ----------
    filters : int, default=128
        Number of filters of each convolution.

    kernel_size : int, default=5
        Number of words that the widest convolution sees.

    dropout : float, default=0.3
        Part of a text's different words and bigrams, and of the convolutions' outputs,
        that is left out in training.

    trainable : bool, default=False
        Whether the word vectors are fine-tuned.

    Examples
    --------
    >>> from skglove.networks import BagConv
    >>> BagConv(filters=64)
    BagConv(filters=64)
    """

    name = "bag_conv"
    size_names = ("n_bigrams",)

    _parameter_constraints: dict = {
        "filters": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "trainable": ["boolean"],
    }

    def __init__(
        self,
        filters: int = 128,
        kernel_size: int = 5,
        dropout: float = 0.3,
        trainable: bool = False,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.trainable = trainable

    def training_defaults(self, n_texts: int, n_classes: int) -> TrainingDefaults:
        """Return what "auto" is; see :class:`Network`."""
        return bag_defaults(n_texts, n_classes)

    def start(
        self, ids: TokenIds, n_tokens: int, matrix: np.ndarray | None, known: np.ndarray
    ) -> "BagStart":
        """Return the frequencies of words and bigrams; see :class:`Network`."""
        return BagStart.of(ids, n_tokens, matrix, known)

    def integer_weights(self, spec: NetworkSpec) -> tuple[int, ...]:
        """Return the place of the bigram keys; see :class:`Network`."""
        return (1,) if spec.sizes["n_bigrams"] else ()

    def weight_shapes(self, spec: NetworkSpec) -> list[tuple[int, ...]]:
        """Return the shapes of the weights; see :class:`Network`."""
        keys, tables, heads = _bag_shapes(spec)
        convolutions = max_pooled_shapes(
            spec.embedding_dim, self.filters, self.kernel_size
        )
        embedding = (spec.n_tokens, spec.embedding_dim)
        head = (len(convolutions) // 2 * self.filters, spec.n_outputs)
        return [embedding, *keys, *convolutions, *tables, *heads, head]

    def check_weights(self, spec: NetworkSpec, weights: list[np.ndarray]) -> None:
        """Check the keys of the bigrams, which are looked up by bisection."""
        for i in self.integer_weights(spec):
            check_bigram_keys(weights[i], spec.n_tokens)

    def build(
        self,
        embedding: "keras.layers.Embedding",
        *,
        sequence_length: int,
        n_outputs: int,
        activation: str,
        n_bigrams: int = 0,
    ) -> "keras.Model":
        """Return the model; see :class:`Network`."""
        import keras

        ids = keras.layers.Input((None,), dtype="int32")
        features = max_pooled_convolutions(
            ids, embedding, self.filters, self.kernel_size
        )
        features = keras.layers.Dropout(self.dropout)(features)
        parts = [*_bags(ids, embedding, self.dropout, n_bigrams), features]
        return _head(ids, parts, n_outputs, activation)

    def direct_contributions(
        self, model: "keras.Model", ids: TokenIds
    ) -> Contributions | None:
        """Return what the bags add; see :class:`Network`."""
        return keras_bag_contributions(model, ids)


def _bags(ids, embedding, dropout, n_bigrams):
    """Return the bags: of word vectors, of free vectors, of bigrams."""
    from keras.layers import Embedding

    from ._bag_layers import DistinctIds, KnownBigrams, WeightedBag

    def bag_of(ids, distinct, table, name, **options):
        layer = WeightedBag(table.input_dim, name=name, **options)
        return layer(ids, *distinct, table(distinct[1]))

    learned = {"counted": True, "normalized": False}
    n_tokens = embedding.input_dim
    words = DistinctIds(n_tokens, dropout, name="distinct_words")(ids)
    free = Embedding(n_tokens, _FREE_DIM, name="free_vectors")
    bags = [
        bag_of(ids, words, embedding, "vector_bag", counted=False, normalized=True),
        bag_of(ids, words, free, "free_bag", **learned),
    ]
    if n_bigrams:
        pairs = KnownBigrams(n_tokens, n_bigrams, name="known_bigrams")(ids)
        distinct = DistinctIds(n_bigrams + 1, dropout, name="distinct_bigrams")(pairs)
        table = Embedding(n_bigrams + 1, _BIGRAM_DIM, name="bigram_vectors")
        bags.append(bag_of(pairs, distinct, table, "bigram_bag", **learned))
    return bags


def _bag_shapes(spec):
    """Return the shapes of the bags' weights: of bigram keys, tables, and heads."""
    n_tokens, dim, n_outputs = spec.n_tokens, spec.embedding_dim, spec.n_outputs
    n_bigrams = spec.sizes["n_bigrams"]
    keys, bigrams = [], []
    tables = [(n_tokens, _FREE_DIM)]
    bags = [(n_tokens, 1), (dim,), (), (n_tokens, 1)]
    heads = [(dim, n_outputs), (n_outputs,), (_FREE_DIM, n_outputs)]
    if n_bigrams:
        keys = [(n_bigrams,)]
        bigrams = [(n_bigrams + 1, _BIGRAM_DIM)]
        bags.append((n_bigrams + 1, 1))
        heads.append((_BIGRAM_DIM, n_outputs))
    return keys, tables + bigrams + bags, heads


def _head(ids, parts, n_outputs, activation):
    """Close a network: what each part says of the classes is added up."""
    import keras

    vectors, *learned = parts
    # What is learned needs weights that differ to begin with. The word vectors do
    # not, and few training texts do not undo random ones.
    scores = [keras.layers.Dense(n_outputs, kernel_initializer="zeros")(vectors)]
    scores += [keras.layers.Dense(n_outputs, use_bias=False)(part) for part in learned]
    total = keras.layers.Add()(scores)
    # Probabilities in half precision would be rounded to 0 and 1.
    dtype = keras.backend.result_type(total.dtype, "float32")
    return keras.Model(ids, keras.layers.Activation(activation, dtype=dtype)(total))


def _in_pieces(ids):
    """Yield the texts in pieces that are small beside all of them."""
    for start in range(0, len(ids), _TEXTS_AT_ONCE):
        yield ids[start : start + _TEXTS_AT_ONCE]


def _distinct(texts, values):
    """Return text and value of each value that a text has, once for each text.

    `values` has one for each id of the texts, in their order.
    """
    n_values = int(values.max(initial=0)) + 1
    keys = np.repeat(np.arange(len(texts)), texts.lengths) * n_values + values
    return np.divmod(np.unique(keys), n_values)


def _smooth_idf(df, n_texts):
    """Return the inverse document frequencies, as scikit-learn's TF-IDF has them."""
    return np.log((1 + n_texts) / (1 + df)) + 1


def _center_and_scale(ids, known, matrix):
    """Measure the bags of word vectors as they are before training.

    The scale makes their dimensions as large as one on the average.
    """
    from scipy.sparse import csr_matrix

    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit = matrix / np.where(lengths > 0, lengths, 1)
    known = known.astype(np.float32)
    bags = []
    for piece in _in_pieces(ids):
        texts, distinct = _distinct(piece, piece.flat)
        counted = known[distinct]
        shape = len(piece), len(matrix)
        words = csr_matrix((counted, (texts, distinct)), shape=shape)
        n_known = np.bincount(texts, counted, minlength=len(piece))
        bags.append((words @ unit) / np.sqrt(np.maximum(n_known, 1))[:, np.newaxis])
    bags = np.concatenate(bags)
    center = bags.mean(axis=0)
    spread = np.sqrt(((bags - center) ** 2).mean())
    return center.astype(np.float32), float(1 / spread) if spread > 0 else 1.0


def _frequent_bigrams(ids, n_tokens):
    """Return the bigrams that most texts have, in order, and how many have each."""
    keys, df = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    pieces, n_pending = [], 0
    for piece in _in_pieces(ids):
        flat = piece.flat.astype(np.int64)
        keys_here = np.zeros(len(flat), dtype=np.int64)
        keys_here[:-1] = flat[:-1] * n_tokens + flat[1:]
        keys_here[:-1][(flat[:-1] < FIRST_WORD_ID) | (flat[1:] < FIRST_WORD_ID)] = 0
        keys_here[piece.ends[1:][piece.lengths > 0] - 1] = 0  # a text's last word
        pieces.append(_distinct(piece, keys_here)[1])
        n_pending += len(pieces[-1])
        # As many as are counted already, so that each is counted again a few times.
        if n_pending > max(len(keys), _COUNTED_AT_ONCE):
            keys, df = _count(keys, df, pieces)
            pieces, n_pending = [], 0
    keys, df = _count(keys, df, pieces)
    frequent = (keys > 0) & (df >= _MIN_BIGRAM_TEXTS)
    keys, df = keys[frequent], df[frequent]
    if len(keys) > _MAX_BIGRAMS:
        kept = largest(df, _MAX_BIGRAMS)
        keys, df = keys[kept], df[kept]
    return keys, df


def _count(keys, df, pieces):
    """Add pieces of keys to what is counted."""
    added, n_added = np.unique(
        np.concatenate([np.zeros(1, np.int64), *pieces]), return_counts=True
    )
    n_added[0] -= 1  # the one that no piece has, so that there is one
    all_keys, place = np.unique(np.append(keys, added), return_inverse=True)
    total = np.bincount(place, np.append(df, n_added), minlength=len(all_keys))
    return all_keys, total.astype(np.int64)
