"""The bag networks: what a text's words and bigrams add up to."""

from dataclasses import dataclass

import numpy as np

from ..text._vectorizer import FIRST_WORD_ID, PADDING_ID
from ._parallel_conv import max_pooled_convolutions

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
    def of(cls, ids, n_tokens, matrix):
        """Count words and bigrams.

        Parameters
        ----------
        ids : ndarray of shape (n_samples, sequence_length), dtype=int32
            The word ids of the training texts.

        n_tokens : int
            Size of the vocabulary.

        matrix : ndarray of shape (n_tokens, embedding_dim) or None
            The word vectors, or None where there are none yet.

        Returns
        -------
        start : BagStart
            What the network starts with.
        """
        df = np.zeros(n_tokens, dtype=np.int64)
        for rows in _in_pieces(ids):
            df += np.bincount(_distinct(rows)[1], minlength=n_tokens)
        df[PADDING_ID] = 0
        idf = np.where(df > 0, _smooth_idf(df, len(ids)), 0)
        if matrix is None:
            known = (df > 0).astype(np.float32)
            center, scale = None, 1.0
        else:
            known = matrix.any(axis=1).astype(np.float32)
            center, scale = _center_and_scale(ids[:_MEASURED], known, matrix)
        bigrams, bigram_df = _frequent_bigrams(ids, n_tokens)
        bigram_idf = np.append(0, _smooth_idf(bigram_df, len(ids)))
        return cls(
            idf=idf.astype(np.float32),
            known=known,
            center=center,
            scale=scale,
            bigrams=bigrams,
            bigram_idf=bigram_idf.astype(np.float32),
        )

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


def bag(
    embedding, *, sequence_length, n_outputs, activation, dropout, n_bigrams=0, **_
):
    """Weighted bags of words and of bigrams, into the classes.

    A text is the weighted sum of its words' vectors, brought to length one, and beside
    it that of vectors of 50 free dimensions, learned from nothing, and of its frequent
    bigrams, of 16. Each word and bigram has a learned weight in each: among the free
    vectors it starts at the inverse document frequency, as in TF-IDF. In training,
    words are left out at `dropout`.

    References
    ----------
    .. [1] A. Joulin, E. Grave, P. Bojanowski, T. Mikolov, "Bag of Tricks for Efficient
       Text Classification", EACL 2017: the bag of words and bigrams.

    .. [2] M. Iyyer, V. Manjunatha, J. Boyd-Graber, H. Daume III, "Deep Unordered
       Composition Rivals Syntactic Methods for Text Classification", ACL 2015: leaving
       out words.
    """
    import keras

    ids = keras.layers.Input((sequence_length,), dtype="int32")
    parts = _bags(ids, embedding, dropout, n_bigrams)
    return _head(ids, parts, n_outputs, activation)


def bag_conv(
    embedding,
    *,
    sequence_length,
    n_outputs,
    activation,
    filters,
    kernel_size,
    dropout,
    n_bigrams=0,
    **_,
):
    """The bags of "bag" beside the convolutions of "parallel_conv"."""
    import keras

    ids = keras.layers.Input((sequence_length,), dtype="int32")
    features = max_pooled_convolutions(ids, embedding, filters, kernel_size)
    features = keras.layers.Dropout(dropout)(features)
    parts = [*_bags(ids, embedding, dropout, n_bigrams), features]
    return _head(ids, parts, n_outputs, activation)


BAG_NETWORKS = {"bag": bag, "bag_conv": bag_conv}


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
    """Cut the rows of `ids` into pieces that are small beside all of them."""
    return np.array_split(ids, -(-len(ids) // _TEXTS_AT_ONCE))


def _distinct(rows):
    """Return text and id of each id that a text has, once for each text."""
    ordered = np.sort(rows, axis=1)
    first = np.ones(ordered.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    texts, places = np.nonzero(first)
    return texts, ordered[texts, places]


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
    bags = []
    for rows in _in_pieces(ids):
        texts, distinct = _distinct(rows)
        counted = known[distinct]
        words = csr_matrix((counted, (texts, distinct)), shape=(len(rows), len(matrix)))
        n_known = np.bincount(texts, counted, minlength=len(rows))
        bags.append((words @ unit) / np.sqrt(np.maximum(n_known, 1))[:, np.newaxis])
    bags = np.concatenate(bags)
    center = bags.mean(axis=0)
    spread = np.sqrt(((bags - center) ** 2).mean())
    return center.astype(np.float32), float(1 / spread) if spread > 0 else 1.0


def _frequent_bigrams(ids, n_tokens):
    """Return the bigrams that most texts have, in order, and in how many they stand."""
    keys, df = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    pieces, n_pending = [], 0
    for rows in _in_pieces(ids):
        first, second = rows[:, :-1], rows[:, 1:]
        key = first.astype(np.int64) * n_tokens + second
        key[(first < FIRST_WORD_ID) | (second < FIRST_WORD_ID)] = 0
        pieces.append(_distinct(key)[1])
        n_pending += len(pieces[-1])
        # As many as are counted already, so that each is counted again a few times.
        if n_pending > max(len(keys), _COUNTED_AT_ONCE):
            keys, df = _count(keys, df, pieces)
            pieces, n_pending = [], 0
    keys, df = _count(keys, df, pieces)
    frequent = (keys > 0) & (df >= _MIN_BIGRAM_TEXTS)
    keys, df = keys[frequent], df[frequent]
    if len(keys) > _MAX_BIGRAMS:
        kept = np.sort(np.argsort(-df, kind="stable")[:_MAX_BIGRAMS])
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
