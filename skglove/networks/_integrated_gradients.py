"""What the words of a text add to the logits of any network, by integrated gradients.

The word vectors go in a straight line from those of padding, a text of nothing, to the
text's own. What a word adds to a logit is the integral of the logit's gradient by the
word's vector along that line, times the way the vector went: M. Sundararajan, A. Taly,
Q. Yan, "Axiomatic Attribution for Deep Networks", ICML 2017.
"""

from dataclasses import replace

import numpy as np

from .._keras import building, import_keras
from ..text import TokenIds
from ._batches import padded_batches
from ._contributions import Contributions
from ._spec import NetworkSpec

#: How far the sum of what a text's words add may be from how much the logit rises: this
#: part of the logit, and of one where the logit is smaller. Of a probability that is a
#: quarter of a percent at most.
TOLERANCE = 0.01

# Points on the line, doubled for those texts where they are not enough.
_FIRST_POINTS = 16
_MOST_POINTS = 4_096

# Probabilities below are as good as none.
_LEAST = 1e-7

# Places of all rows that are computed at once.
_PLACES_AT_ONCE = 1 << 16


def integrated_gradients(
    spec: NetworkSpec, model, ids: TokenIds, wanted: np.ndarray | None = None
) -> Contributions:
    """Split the logits of texts into what their words add.

    Parameters
    ----------
    spec : NetworkSpec
        What the model was built from.

    model : keras.Model
        The model.

    ids : TokenIds
        The texts.

    wanted : ndarray of shape (n_texts, n_outputs), dtype=bool, or None
        The logits to split; the others are NaN. None splits all.

    Returns
    -------
    contributions : Contributions
        Their sums are the logits within :data:`TOLERANCE`. The intercepts
        are the logits of a text of nothing but padding. There are no bigrams but those
        of the network's bags.

    Raises
    ------
    RuntimeError
        If the network cannot be followed: its builder returns another network at
        every call, or it does not put the ids of a text through `embedding`.
    """
    line = _Line(spec, model)
    if wanted is None:
        wanted = np.ones((len(ids), spec.n_outputs), dtype=bool)
    of_words = np.full((len(ids.flat), spec.n_outputs), np.nan, dtype=np.float32)
    of_words[np.repeat(wanted, ids.lengths, axis=0)] = 0
    intercept = np.full((len(ids), spec.n_outputs), np.nan, dtype=np.float32)
    # Numbers of places are padded in the same way as ids: they tell whose each is.
    numbers = TokenIds(np.arange(1, len(ids.flat) + 1, dtype=np.int32), ids.lengths)
    batches = zip(
        padded_batches(ids, 64, spec), padded_batches(numbers, 64, spec), strict=True
    )
    for (rows, batch), (_, places) in batches:
        text, output = np.nonzero(wanted[rows])
        added, start = _integrate(line, batch[text], output)
        intercept[rows[text], output] = start
        filled = places[text] > 0
        columns = np.broadcast_to(output[:, np.newaxis], filled.shape)
        of_words[places[text][filled] - 1, columns[filled]] = added[filled]
    direct = spec.network.direct_contributions(model, ids)
    if direct is None:
        nothing = np.zeros((0, spec.n_outputs), dtype=np.float32)
        nowhere = np.zeros(0, dtype=np.int64)
        return Contributions(of_words, nothing, nowhere, nowhere, intercept)
    return replace(
        direct,
        words=of_words + direct.words,
        intercept=intercept - (direct.logits(ids) - direct.intercept),
    )


def _integrate(line, rows, outputs):
    """Return what each place of each row adds to one output, and where that starts.

    Rows whose sums are too far from what they should be get twice as many points.
    """
    added = np.zeros(rows.shape, dtype=np.float32)
    start = np.empty(len(rows), dtype=np.float32)
    goal = np.empty(len(rows), dtype=np.float32)
    for part in _slices(len(rows), rows.shape[1]):
        start[part] = line.logits(rows[part], outputs[part], 0.0)
        goal[part] = line.logits(rows[part], outputs[part], 1.0)
    tolerance = TOLERANCE * np.maximum(np.abs(goal), 1)
    n_points, open_rows = _FIRST_POINTS, np.arange(len(rows))
    while len(open_rows):
        for part in _slices(len(open_rows), rows.shape[1] * n_points):
            chosen = open_rows[part]
            added[chosen] = line.means(rows[chosen], outputs[chosen], n_points)
        missed = np.abs(start + added.sum(axis=1) - goal)[open_rows]
        open_rows = open_rows[~(missed <= tolerance[open_rows])]
        n_points *= 2
        if n_points > _MOST_POINTS and len(open_rows):
            raise RuntimeError(
                "The network cannot be explained: what the vectors of a text's words "
                f"add to its logit is {missed.max():.3g} away from how much it rises, "
                f"at {_MOST_POINTS:,} points. Does it put the ids through `embedding` "
                "once, a row a text, and nothing else into the classes?"
            )
    return added, start


def _slices(n_rows, places_of_one):
    """Cut rows into runs that are computed at once, one row at least."""
    at_once = max(1, _PLACES_AT_ONCE // max(1, places_of_one))
    return [slice(i, i + at_once) for i in range(0, n_rows, at_once)]


class _Line:
    """A copy of a network whose word vectors are points on the line.

    It is built as the network was, around an embedding layer that moves its vectors,
    and with linear units at its end, so that what it returns are logits. A callable
    that has another activation than it is asked for returns probabilities all the
    same: of these the logarithm is explained, or the log-odds.
    """

    def __init__(self, spec, model):
        keras = import_keras()
        import tensorflow as tf

        class MovedEmbedding(keras.layers.Embedding):
            """An embedding layer that puts its rows of vectors through a function."""

            move = None

            def call(self, ids):
                vectors = super().call(ids)
                # Rows of words only: the bags of a network take a list of the
                # distinct words of all texts.
                if self.move is None or len(ids.shape) != 2:
                    return vectors
                return self.move(ids, vectors)

        self._tf, self._n_steps = tf, 1
        with building(0):
            self._embedding = MovedEmbedding(
                spec.n_tokens, spec.embedding_dim, name="embedding"
            )
            self._embedding.build((None, spec.row_length))
            self._model = spec.network.build(
                self._embedding,
                sequence_length=spec.sequence_length,
                n_outputs=spec.n_outputs,
                activation="linear",
                **spec.sizes,
            )
        weights = model.get_weights()
        shapes = [weight.shape for weight in weights]
        if shapes != [tuple(weight.shape) for weight in self._model.weights]:
            raise RuntimeError(
                f"The network cannot be explained: {spec.network!r} built again has "
                "other weights than the trained one."
            )
        self._model.set_weights(weights)
        self._padding = self._embedding.embeddings[0]
        self._ends_in = self._find_end(spec, model)

    def _find_end(self, spec, model):
        """Return the activation to undo, None for none."""
        length = spec.row_length or 8
        ids = np.random.RandomState(0).randint(0, spec.n_tokens, (4, length), np.int32)
        expected = model(ids, training=False)
        outputs = self._model(ids, training=False)
        activate = getattr(self._tf.nn, spec.activation)
        if np.allclose(activate(outputs), expected, atol=1e-4):
            return None
        if np.allclose(outputs, expected, atol=1e-4):
            return spec.activation
        raise RuntimeError(
            f"The network cannot be explained: {spec.network!r} built again with the "
            "same weights gives other outputs than the trained one."
        )

    def _scores(self, ids, outputs):
        """Return the wanted output of each row, before its activation."""
        scores = self._model(ids, training=False)
        tf = self._tf
        if self._ends_in is not None:
            others = 1 - scores
            scores = tf.math.log(tf.maximum(scores, _LEAST))
            if self._ends_in == "sigmoid":
                scores -= tf.math.log(tf.maximum(others, _LEAST))
        return tf.gather(scores, outputs, axis=1, batch_dims=1)

    def logits(self, rows, outputs, at):
        """Return the wanted logit of each row at one point of the line."""
        self._embedding.move = lambda _, vectors: (
            self._padding + at * (vectors - self._padding)
        )
        try:
            return self._scores(rows, outputs).numpy()
        finally:
            self._embedding.move = None

    def means(self, rows, outputs, n_points):
        """Return what each place adds, by the mean gradient at `n_points` points."""
        total = np.zeros(rows.shape, dtype=np.float32)
        # In the middle of as many pieces of the line.
        points = (np.arange(n_points, dtype=np.float32) + 0.5) / n_points
        at_once = max(1, _PLACES_AT_ONCE // rows.size)
        for start in range(0, n_points, at_once):
            total += self._summed_gradients(
                rows, outputs, points[start : start + at_once]
            )
        return total / n_points

    def _summed_gradients(self, rows, outputs, points):
        """Return gradients by the way each vector went, summed over points."""
        tf = self._tf
        at = np.tile(points, len(rows))[:, np.newaxis, np.newaxis]
        repeated = np.repeat(rows, len(points), axis=0)
        moved = []

        def move(ids, vectors):
            way = vectors - self._padding
            vectors = self._padding + at * way
            tape.watch(vectors)
            moved.append((ids, way, vectors))
            return vectors

        self._embedding.move = move
        try:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                scores = self._scores(repeated, np.repeat(outputs, len(points)))
        finally:
            self._embedding.move = None
        gradients = tape.gradient(
            scores,
            [vectors for *_, vectors in moved],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        total = np.zeros(rows.shape, dtype=np.float32)
        for (ids, way, _), gradient in zip(moved, gradients, strict=True):
            added = tf.reduce_sum(tf.convert_to_tensor(gradient) * way, axis=-1)
            added = added.numpy().reshape(len(rows), len(points), -1).sum(axis=1)
            total += _back_to_places(rows, np.asarray(ids)[:: len(points)], added)
        return total


def _back_to_places(rows, ids, added):
    """Return what the places of `rows` add, from the places of `ids`.

    A network may put more than its ids through `embedding`, such as padding behind
    them: then they are the same as far as they go. Otherwise what an id adds to a row
    is shared equally among the places that it has there.
    """
    if ids.shape[1] >= rows.shape[1] and np.array_equal(ids[:, : rows.shape[1]], rows):
        return added[:, : rows.shape[1]]
    shared = np.zeros(rows.shape, dtype=np.float32)
    for row, id_row, values, target in zip(rows, ids, added, shared, strict=True):
        distinct, at_place, counts = np.unique(
            row, return_inverse=True, return_counts=True
        )
        place = np.minimum(np.searchsorted(distinct, id_row), len(distinct) - 1)
        is_there = distinct[place] == id_row
        sums = np.bincount(place[is_there], values[is_there], len(distinct))
        target[:] = (sums / counts)[at_place]
    return shared
