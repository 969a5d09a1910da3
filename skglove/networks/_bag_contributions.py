"""What the words and n-grams of texts add to the logits of a bag: its tables, apart."""

import numpy as np

from .._key_index import KeyIndex
from ..text import FIRST_WORD_ID, TokenIds
from ..text._ngrams import ngram_rows
from ._bag_tables import EPSILON, WORD_PARTS, BagTables
from ._contributions import Contributions
from ._rows import n_bigrams_of, ngram_places


def bag_contributions(tables: BagTables, ids: TokenIds) -> Contributions:
    """Split the logits of texts into what their words, bigrams and trigrams add.

    Parameters
    ----------
    tables : BagTables
        The bag.

    ids : TokenIds
        The texts, words outside the vocabulary with ids of their own.

    Returns
    -------
    contributions : Contributions
        Their sums are `tables.logits(ids)`, but for rounding.
    """
    n_tokens, n_outputs = tables.n_tokens, tables.n_outputs
    texts = np.repeat(np.arange(len(ids)), ids.lengths)

    is_known = (ids.flat >= FIRST_WORD_ID) & (ids.flat < n_tokens)
    known = np.flatnonzero(is_known)
    words = _Distinct(texts[known], ids.flat[known])
    places, numbers = ngram_places(ids, n_tokens, tables.index)
    in_order = np.argsort(places, kind="stable")
    places, numbers = places[in_order], numbers[in_order]
    is_trigram = numbers >= n_bigrams_of(tables.bigram_keys, n_tokens)
    bigrams = _Distinct(texts[places], numbers)

    squares = words.summed(tables.word_squares, len(ids))
    bigram_squares = bigrams.summed(tables.bigram_squares, len(ids))
    squares[:, 0] += bigram_squares[:, 0]
    outside = ids.unknown if len(tables.buckets) else None
    if outside:
        column = WORD_PARTS.index("characters")
        unknown = np.flatnonzero(ids.flat >= n_tokens)
        of_unknown = ngram_rows(outside, len(tables.buckets)) @ tables.buckets
        of_unknown = of_unknown[ids.flat[unknown] - n_tokens]
        squares[:, column] += np.bincount(texts[unknown], of_unknown[:, -1], len(ids))
    sizes = 1 / np.sqrt(squares + EPSILON)
    # The linear part of bigrams has the norm of the words'.
    bigram_sizes = np.column_stack(
        [sizes[:, 0], 1 / np.sqrt(bigram_squares[:, 1] + EPSILON)]
    )

    of_words = np.zeros((len(ids.flat), n_outputs), dtype=np.float32)
    of_words[known] = words.shares(tables.words, sizes)
    if outside:
        of_words[unknown] = of_unknown[:, :-1] * sizes[texts[unknown], column, None]
    return Contributions(
        words=of_words,
        ngrams=bigrams.shares(tables.bigrams, bigram_sizes),
        ngram_places=places,
        ngram_lengths=np.where(is_trigram, 3, 2),
        intercept=np.tile(tables.intercept, (len(ids), 1)),
    )


class _Distinct:
    """The distinct ids of each text, and how often each occurs."""

    def __init__(self, texts, ids):
        n_ids = int(ids.max(initial=0)) + 1
        keys, self.at_place, self.counts = np.unique(
            texts * n_ids + ids, return_inverse=True, return_counts=True
        )
        self.texts, self.ids = np.divmod(keys, n_ids)
        self.u = 1 + np.log(self.counts.astype(np.float32))

    def summed(self, squares, n_texts):
        """Return the sums of `u**2 * squares` over each text."""
        weights = self.u[:, np.newaxis] ** 2 * squares[self.ids]
        return np.column_stack(
            [np.bincount(self.texts, column, n_texts) for column in weights.T]
        ).astype(np.float32)

    def shares(self, table, sizes):
        """Return what each place adds: its part of what its id adds to the text.

        `table` has the columns of all parts side by side, `sizes` one column a part.
        """
        n_parts = sizes.shape[1]
        n_outputs = table.shape[1] // n_parts
        rows = table[self.ids].reshape(len(self.ids), n_parts, n_outputs)
        share = (self.u / self.counts)[:, np.newaxis] * sizes[self.texts]
        return np.einsum("ipk,ip->ik", rows, share)[self.at_place]


def keras_bag_contributions(model, ids: TokenIds) -> Contributions:
    """Split what the bags of a :class:`BagConv` add to its logits.

    Parameters
    ----------
    model : keras.Model
        What :meth:`BagConv.build` returned.

    ids : TokenIds
        The texts.

    Returns
    -------
    contributions : Contributions
        All but what the convolutions add.
    """
    import keras

    def weights_of(layer):
        return [weight.numpy() for weight in model.get_layer(layer).weights]

    # In the order in which they were made: of the word vectors, of the free ones, of
    # the bigrams, of the convolutions.
    heads = [layer for layer in model.layers if type(layer) is keras.layers.Dense]
    kernels = [head.kernel.numpy() for head in heads]
    intercept = heads[0].bias.numpy()
    texts = np.repeat(np.arange(len(ids)), ids.lengths)
    places = np.arange(len(ids.flat))
    words = _Distinct(texts, ids.flat)
    once = np.ones_like(words.u)

    importance, center, scale = weights_of("vector_bag")
    (vectors,) = weights_of("embedding")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    table = (vectors / np.maximum(lengths, EPSILON)) @ (scale * kernels[0])
    intercept = intercept - center @ (scale * kernels[0])
    of_words = _bag(words, importance, table, once, len(ids))

    (importance,), (vectors,) = weights_of("free_bag"), weights_of("free_vectors")
    of_words += _bag(words, importance, vectors @ kernels[1], words.u, len(ids))

    of_bigrams = np.zeros((0, len(intercept)), dtype=np.float32)
    if any(layer.name == "known_bigrams" for layer in model.layers):
        (keys,) = weights_of("known_bigrams")
        places, numbers = ngram_places(ids, len(table), KeyIndex(keys))
        bigrams = _Distinct(texts[places], numbers + 1)
        (importance,) = weights_of("bigram_bag")
        (vectors,) = weights_of("bigram_vectors")
        of_bigrams = _bag(
            bigrams, importance, vectors @ kernels[2], bigrams.u, len(ids)
        )
    else:
        places = places[:0]
    return Contributions(
        words=of_words,
        ngrams=of_bigrams,
        ngram_places=places,
        ngram_lengths=np.full(len(places), 2),
        intercept=np.tile(intercept, (len(ids), 1)),
    )


def _bag(distinct, importance, table, u, n_texts):
    """Return what each place adds to the bag of a `WeightedBag` layer."""
    weight = u * importance[distinct.ids, 0]
    squares = np.bincount(distinct.texts, weight**2, n_texts)
    size = (1 / np.sqrt(squares + EPSILON)).astype(np.float32)
    share = weight * size[distinct.texts] / distinct.counts
    return (share[:, np.newaxis] * table[distinct.ids])[distinct.at_place]
