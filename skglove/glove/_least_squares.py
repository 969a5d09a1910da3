"""GloVe's loss as weighted least squares, one side's vectors at a time."""

from collections.abc import Callable

import numpy as np
from joblib import Parallel, delayed
from scipy.linalg import eigh
from scipy.sparse import csr_array

# Floats of word vectors gathered at once for a batch of words: what a core's cache
# holds, where most words' share is far less.
_BATCH_FLOATS = 1 << 19
# Non-zeros in one task of a thread. Fixed, not a share of the whole by `n_jobs`, so
# that the sums, and with them the vectors, do not depend on `n_jobs`.
_TASK_NONZEROS = 1 << 18
# Steps of conjugate gradients for each word in each half of an iteration. More cost
# time and gain little: the other side is about to move.
_CG_STEPS = 3
# The bias of a word is a logarithm of its frequency, far from zero: it is penalized
# just enough for the system to be regular.
_BIAS_PENALTY = 0.01
_TINY = np.float32(1e-30)


class Vectors:
    """The vectors and biases of one side, words or contexts."""

    def __init__(self, values):
        self.values = values
        self.bias = np.zeros(len(values), dtype=np.float32)


class Prior:
    """The penalty on a word's two vectors, a weight and a point for each.

    `l2` weighs the distance of each from half the initial vector (from zero where
    there is none), `mu` that of their sum from the initial vector.
    """

    def __init__(self, l2, mu, initial):
        self.l2, self.mu, self.initial = np.float32(l2), np.float32(mu), initial
        if initial is not None:
            self.known = initial.any(axis=1)

    def weights(self, n_words):
        """Return the weight of the square of each word's vector."""
        weights = np.full(n_words, self.l2, dtype=np.float32)
        if self.initial is not None:
            weights[self.known] += self.mu
        return weights

    def pull(self, other):
        """Return the weighted point each vector is drawn to, given the other side."""
        if self.initial is None:
            return np.zeros((1, other.shape[1]), dtype=np.float32)
        pull = (self.l2 / 2 + self.mu) * self.initial
        pull[self.known] -= self.mu * other[self.known]
        return pull


class Pairs:
    """Weights and logarithms of the counts, by the words of one side."""

    def __init__(self, counts, x_max, alpha):
        self.indptr = counts.indptr.astype(np.int64)
        self.indices = counts.indices
        self.logs = np.log(counts.data)
        self.weights = np.minimum(1, (counts.data / np.float32(x_max)) ** alpha).astype(
            np.float32, copy=False
        )
        self.n_pairs = np.diff(self.indptr)
        self.context_weights = csr_array(
            (self.weights, self.indices, counts.indptr), shape=counts.shape
        ).T @ np.ones(counts.shape[0], dtype=np.float32)

    def tasks(self, width):
        """Return lists of batches of words with about equally many pairs."""
        order = np.argsort(-self.n_pairs, kind="stable")
        order = order[: np.count_nonzero(self.n_pairs)]
        tasks, size, start = [[]], 0, 0
        while start < len(order):
            longest = self.n_pairs[order[start]]
            batch = order[start : start + max(1, _BATCH_FLOATS // (width * longest))]
            tasks[-1].append(batch)
            size += longest * len(batch)
            start += len(batch)
            if size >= _TASK_NONZEROS:
                tasks.append([])
                size = 0
        return [task for task in tasks if task]

    def of(self, batch):
        """Return contexts, weights and logs of the pairs of words, padded with 0."""
        starts, lengths = self.indptr[batch], self.n_pairs[batch]
        place = np.arange(lengths.max())
        at = starts[:, np.newaxis] + place
        padding = place >= lengths[:, np.newaxis]
        at[padding] = 0
        weights = self.weights[at]
        weights[padding] = 0
        return self.indices[at], weights, self.logs[at]


def improve(
    moving: Vectors,
    fixed: Vectors,
    pairs: Pairs,
    prior: Prior,
    n_jobs: int | None,
    report: Callable[[int], object],
) -> float:
    """Move one side towards its least-squares solution, given the other.

    Calls `report` with the number of pairs that were gone through since the last call.
    Returns the weighted sum of squared residuals.
    """
    n_words, dim = moving.values.shape
    features = np.ones((n_words, dim + 1), dtype=np.float32)
    features[:, :dim] = fixed.values
    # In the basis that makes the mean normal matrix diagonal, and the penalty the
    # identity, a diagonal preconditioner serves every word.
    weighted = features * pairs.context_weights[:, np.newaxis]
    gram = (weighted.T @ features).astype(np.float64) / pairs.context_weights.sum()
    penalty = np.ones(dim + 1)
    penalty[dim] = _BIAS_PENALTY
    spectrum, basis = eigh(gram, np.diag(penalty))
    spectrum = np.maximum(spectrum, 1e-6 * spectrum[-1]).astype(np.float32)
    inverse = (basis.T * penalty).astype(np.float32)
    basis = basis.astype(np.float32)

    problem = _Problem(
        pairs=pairs,
        features=features @ basis,
        offset=fixed.bias,
        spectrum=spectrum,
        weight=prior.weights(n_words),
        pull=np.broadcast_to(
            prior.pull(fixed.values) @ basis[:dim], (n_words, dim + 1)
        ),
        solution=moving.values @ inverse[:, :dim].T
        + np.outer(moving.bias, inverse[:, dim]),
    )
    run = Parallel(n_jobs=n_jobs, require="sharedmem", return_as="generator")
    squares = 0.0
    tasks = pairs.tasks(dim + 1)
    for task, squares_of_task in zip(
        tasks, run(delayed(problem.solve)(task) for task in tasks), strict=True
    ):
        squares += squares_of_task
        report(int(sum(pairs.n_pairs[batch].sum() for batch in task)))
    solution = problem.solution @ basis.T
    moving.values, moving.bias = solution[:, :dim].copy(), solution[:, dim].copy()
    return squares


class _Problem:
    """The penalized least-squares problems of the words of one side."""

    def __init__(self, *, pairs, features, offset, spectrum, weight, pull, solution):
        self.pairs = pairs
        self.features = features
        self.offset = offset
        self.spectrum = spectrum
        self.weight = weight
        self.pull = pull
        self.solution = solution

    def solve(self, batches):
        """Improve the solution of words; return their weighted squared residuals."""
        n_pairs = self.pairs.n_pairs
        width = self.features.shape[1]
        # One buffer for all: asking the system for memory takes as long as filling it.
        buffer = np.empty(
            max(len(batch) * n_pairs[batch[0]] for batch in batches) * width,
            dtype=np.float32,
        )
        return sum(self._solve_batch(batch, buffer) for batch in batches)

    def _solve_batch(self, batch, buffer):
        """Take some steps of conjugate gradients for a few words at once."""
        contexts, weights, residual = self.pairs.of(batch)
        features = buffer[: contexts.size * self.features.shape[1]]
        features = features.reshape(*contexts.shape, -1)
        np.take(self.features, contexts, axis=0, out=features, mode="clip")
        residual -= self.offset[contexts]
        penalty = self.weight[batch, np.newaxis]
        x = self.solution[batch]
        residual -= _rows_times(features, x)
        descent = _times_rows(weights * residual, features)
        descent += self.pull[batch] - penalty * x
        scale = weights.sum(axis=1, keepdims=True) * self.spectrum + penalty
        conditioned = descent / scale
        direction = conditioned
        height = _dot(descent, conditioned)
        for step in range(_CG_STEPS):
            change = _rows_times(features, direction)
            weighted = weights * change
            curvature = _dot(weighted, change) + penalty * _dot(direction, direction)
            length = height / (curvature + _TINY)
            x += length * direction
            residual -= length * change
            if step == _CG_STEPS - 1:
                break
            descent -= length * (_times_rows(weighted, features) + penalty * direction)
            conditioned = descent / scale
            height, previous = _dot(descent, conditioned), height
            direction = conditioned + height / (previous + _TINY) * direction
        self.solution[batch] = x
        return float(np.vdot(weights * residual, residual))


def _rows_times(matrices, vectors):
    """Multiply each matrix by its vector."""
    return np.matmul(matrices, vectors[:, :, np.newaxis])[:, :, 0]


def _times_rows(vectors, matrices):
    """Multiply each vector by its matrix."""
    return np.matmul(vectors[:, np.newaxis, :], matrices)[:, 0]


def _dot(a, b):
    """Return the scalar product of each row, as a column."""
    return np.einsum("ij,ij->i", a, b)[:, np.newaxis]
