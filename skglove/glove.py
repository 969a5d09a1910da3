"""Glove: GloVe vectors trained on the user's own texts."""

from array import array
from collections import defaultdict
from numbers import Integral, Real
from time import perf_counter

import numpy as np
from joblib import Parallel, delayed
from scipy.linalg import eigh
from scipy.sparse import csr_array
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from .vectorizer import check_texts, tokenize
from .word_vectors import WordVectors, as_word_vectors

# Pairs of words counted at once; sorting them takes some 40 bytes a pair in a thread.
_PAIRS_AT_ONCE = 1 << 22
# Pairs of two of these many most frequent words are most of all pairs, and are summed
# in a full table, 32 MB in a thread; only the others are sorted.
_COMMON_WORDS = 2_000
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


class Glove(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """GloVe word vectors, trained on texts.

    The words of the vocabulary are counted where they stand together, within a window
    and with weight 1 / distance. A word vector and a context vector, with a bias each,
    are fitted to every word so that their products give the logarithms of the counts
    `X_ij` [1]_: the loss is the mean over all pairs that occur of ::

        0.5 * f(X_ij) * (w_i @ c_j + b_i + d_j - log(X_ij)) ** 2
        f(x) = min(1, (x / x_max) ** alpha)

    The vector of a word is the sum of the two. No labels are needed: fit on all texts
    at hand.

    With the context vectors held, each word vector is the solution of a small
    weighted least-squares problem, and the reverse. So the two sides are improved in
    turn, by a few steps of preconditioned conjugate gradients from where they stand,
    in place of the stochastic gradients of the reference implementation.

    Parameters
    ----------
    vector_size : int, default=100
        Number of dimensions of the vectors.

    window_size : int, default=15
        How many words to each side of a word are its context. Words outside the
        vocabulary are taken out first; a window does not reach into another text.

    min_count : int, default=5
        Words that stand fewer times in the texts are left out.

    max_tokens : int or None, default=None
        Most words to keep, by frequency. None keeps all.

    x_max : float, default=10.0
        Count from which on a pair has full weight. The paper takes 100, for corpora
        of billions of words.

    alpha : float, default=0.75
        Exponent of the weight of a pair below `x_max`.

    max_iter : int, default=10
        Most iterations. One solves for the word vectors, then the context vectors.

    symmetric : bool, default=True
        Whether the words to the right are context as well as those to the left.

    tol : float, default=0.05
        Training stops when an iteration lowers the loss by less than this share of
        it. On film reviews that is after four; a fifth and a sixth lowered the loss
        by 2.5 % more, and the vectors served classification no better.

    l2_regularization : float, default=1.0
        Weight of the squared length of the word and context vectors, against
        `f * (...) ** 2` summed over the pairs of a word. It keeps small the vectors
        of words of which the texts say little. With `init`, the squared distance
        from half the initial vector.

    init : WordVectors, str, PathLike, mapping or KeyedVectors, default=None
        Word vectors to start from, of `vector_size` dimensions: published ones, to be
        fitted to a field [2]_. Names and paths are understood as by
        :class:`GloveTextClassifier`.

    mu : float, default=0.1
        With `init`, weight of the squared distance between a word's vector and its
        initial one, against the same sum. The greater, the nearer they stay.

    standardize : {"lower_and_strip_punctuation", "lower", "strip_punctuation"}, \
            callable or None, default="lower_and_strip_punctuation"
        What is done to a text before it is split at whitespace, as in Keras's
        TextVectorization.

    n_jobs : int or None, default=None
        Number of threads. None means 1 unless in a `joblib.parallel_config` context,
        -1 all processors. The vectors do not depend on it.

    random_state : int, RandomState instance or None, default=None
        Seeds the initial vectors. Pass an int for the same vectors from every fit.

    verbose : int, default=0
        Whether to print the loss of each iteration.

    Attributes
    ----------
    word_vectors_ : WordVectors
        The words and the sums of their word and context vectors.

    vocabulary_ : list of str
        The words, by falling frequency.

    loss_curve_ : list of float
        The loss after each iteration, without penalties: what the reference
        implementation prints as cost.

    n_iter_ : int
        Number of iterations.

    n_cooccurrences_ : int
        Number of pairs of words that stand together, each with both orders: the
        non-zeros of the matrix of counts.

    References
    ----------
    .. [1] Pennington, Socher and Manning (2014). GloVe: Global Vectors for Word
       Representation. EMNLP.
    .. [2] Dingwall and Potts (2018). Mittens: an Extension of GloVe for Learning
       Domain-Specialized Representations. NAACL-HLT.

    Examples
    --------
    >>> from skglove import Glove
    >>> texts = ["the green frog sat by the pond", "the green toad sat by the pond",
    ...          "the fast car ran on the road", "the fast bus ran on the road"]
    >>> glove = Glove(vector_size=5, window_size=3, min_count=1, random_state=0)
    >>> glove.fit(texts).vocabulary_[:4]
    ['the', 'sat', 'road', 'ran']
    >>> glove.word_vectors_.most_similar("frog", topn=1)[0][0]
    'toad'
    >>> glove.transform(["a frog and a toad"]).shape
    (1, 5)
    """

    _parameter_constraints: dict = {
        "vector_size": [Interval(Integral, 1, None, closed="left")],
        "window_size": [Interval(Integral, 1, None, closed="left")],
        "min_count": [Interval(Integral, 1, None, closed="left")],
        "max_tokens": [Interval(Integral, 1, None, closed="left"), None],
        "x_max": [Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "symmetric": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "l2_regularization": [Interval(Real, 0, None, closed="left")],
        "init": "no_validation",
        "mu": [Interval(Real, 0, None, closed="left")],
        "standardize": [
            StrOptions({"lower_and_strip_punctuation", "lower", "strip_punctuation"}),
            callable,
            None,
        ],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        vector_size=100,
        *,
        window_size=15,
        min_count=5,
        max_tokens=None,
        x_max=10.0,
        alpha=0.75,
        max_iter=10,
        symmetric=True,
        tol=0.05,
        l2_regularization=1.0,
        init=None,
        mu=0.1,
        standardize="lower_and_strip_punctuation",
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.vector_size = vector_size
        self.window_size = window_size
        self.min_count = min_count
        self.max_tokens = max_tokens
        self.x_max = x_max
        self.alpha = alpha
        self.max_iter = max_iter
        self.symmetric = symmetric
        self.tol = tol
        self.l2_regularization = l2_regularization
        self.init = init
        self.mu = mu
        self.standardize = standardize
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Train vectors on texts.

        A fit that fails, or is interrupted, leaves the estimator as it was.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If there are no texts or no words in them; if no word stands `min_count`
            times, `window_size` is longer than every text, or no two words of the
            vocabulary stand together; or if the vectors of `init` are not of
            `vector_size` dimensions.
        TypeError
            If a text is not a str, or `init` holds no word vectors.
        """
        texts = check_texts(X)
        init = None if self.init is None else as_word_vectors(self.init)
        if init is not None and init.dim != self.vector_size:
            raise ValueError(
                f"The vectors of init have {init.dim} dimensions, but vector_size is "
                f"{self.vector_size}. Set vector_size={init.dim}."
            )
        rng = check_random_state(self.random_state)

        words, tokens, lengths = self._read(texts)
        self._report(f"{len(tokens)} tokens, {len(words)} words")
        with threadpool_limits(1, user_api="blas"):
            start = perf_counter()
            counts = _cooccurrences(
                tokens,
                lengths,
                n_words=len(words),
                window_size=self.window_size,
                symmetric=self.symmetric,
                n_jobs=self.n_jobs,
            )
            del tokens
            if not counts.nnz:
                raise ValueError(
                    f"No two of the {len(words)} words that stand {self.min_count} "
                    "times or more stand together in a text. Lower min_count "
                    f"(got {self.min_count}), or give longer texts."
                )
            seconds = perf_counter() - start
            self._report(f"{counts.nnz} co-occurrences counted in {seconds:.1f} s")
            initial = None if init is None else init.matrix_for(words)
            n_cooccurrences = counts.nnz
            by_word, by_context, loss_curve = self._train(counts, initial, rng)

        self.word_vectors_ = WordVectors(words, by_word.values + by_context.values)
        self.vocabulary_ = words
        self.loss_curve_ = loss_curve
        self.n_iter_ = len(loss_curve)
        self.n_cooccurrences_ = n_cooccurrences
        return self

    def transform(self, X):
        """Return the mean of the vectors of each text's words.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        Returns
        -------
        means : ndarray of shape (n_samples, vector_size), dtype=float32
            The mean over the words of the text that have a vector, each as often as
            it stands there; zeros where none has.
        """
        check_is_fitted(self)
        texts = check_texts(X)
        numbers = {word.encode(): i for i, word in enumerate(self.vocabulary_)}
        ids, ends = array("i"), array("q", [0])
        for words in tokenize(texts, self.standardize):
            ids.extend(numbers[word] for word in words if word in numbers)
            ends.append(len(ids))
        ids, ends = np.asarray(ids), np.asarray(ends)
        lengths = np.maximum(np.diff(ends), 1)
        shares = np.repeat((1 / lengths).astype(np.float32), np.diff(ends))
        shares = csr_array(
            (shares, ids, ends), shape=(len(texts), len(self.vocabulary_))
        )
        return shares @ self.word_vectors_.vectors

    @property
    def _n_features_out(self):
        return self.word_vectors_.dim

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _report(self, message):
        if self.verbose:
            print(f"[Glove] {message}", flush=True)

    def _read(self, texts):
        """Return the vocabulary, the texts as its numbers end to end, and lengths."""
        # Words are numbered as they come and renumbered by rank, so that no text is
        # split twice.
        numbers = defaultdict()
        numbers.default_factory = numbers.__len__
        ids, lengths = array("i"), array("q")
        for words in tokenize(texts, self.standardize):
            ids.extend(map(numbers.__getitem__, words))
            lengths.append(len(words))
        ids, lengths = np.asarray(ids), np.asarray(lengths)
        if not len(ids):
            raise ValueError(
                "The texts hold no words: all of them are empty once they are "
                "standardized. Check the texts and `standardize`."
            )
        if self.window_size > lengths.max():
            raise ValueError(
                f"window_size={self.window_size} is longer than every text: the "
                f"longest has {lengths.max()} words. Set a window_size of "
                f"{lengths.max()} or less."
            )
        words = sorted(numbers, reverse=True)
        order = np.fromiter(map(numbers.__getitem__, words), np.intp, count=len(words))
        frequencies = _frequencies(ids, len(words))[order]
        by_frequency = np.argsort(-frequencies, kind="stable")
        n_frequent = np.count_nonzero(frequencies >= self.min_count)
        if not n_frequent:
            commonest = by_frequency[0]
            raise ValueError(
                f"No word stands min_count={self.min_count} times in the texts: the "
                f"most frequent, {words[commonest].decode()!r}, stands "
                f"{frequencies[commonest]} times. Lower min_count."
            )
        kept = by_frequency[: min(n_frequent, self.max_tokens or n_frequent)]
        rank = np.full(len(words), -1, dtype=np.intc)
        rank[order[kept]] = np.arange(len(kept))
        ids = rank[ids]
        known = ids >= 0
        starts = np.cumsum(lengths) - lengths
        # reduceat does not know empty runs.
        holding = lengths > 0
        n_known = np.zeros_like(lengths)
        n_known[holding] = np.add.reduceat(known, starts[holding], dtype=np.int64)
        return [words[i].decode() for i in kept], ids[known], n_known

    def _train(self, counts, initial, rng):
        """Return the vectors of both sides and the loss after each iteration."""
        by_word = _Pairs(counts, self.x_max, self.alpha)
        by_context = (
            by_word
            if self.symmetric
            else _Pairs(counts.T.tocsr(), self.x_max, self.alpha)
        )
        n_words, n_pairs = counts.shape[0], counts.nnz
        del counts
        words = _Vectors(np.zeros((n_words, self.vector_size), dtype=np.float32))
        contexts = _Vectors(
            (
                rng.standard_normal((n_words, self.vector_size))
                / np.sqrt(self.vector_size)
            ).astype(np.float32)
        )
        # Nothing would move these from where they start.
        contexts.values[by_context.n_pairs == 0] = 0
        prior = _Prior(self.l2_regularization, self.mu, initial)
        if initial is not None:
            words.values[prior.known] = initial[prior.known] / 2
            contexts.values[prior.known] = initial[prior.known] / 2

        loss_curve = []
        while len(loss_curve) < self.max_iter:
            start = perf_counter()
            _improve(words, contexts, by_word, prior, self.n_jobs)
            squares = _improve(contexts, words, by_context, prior, self.n_jobs)
            loss_curve.append(0.5 * squares / n_pairs)
            self._report(
                f"iteration {len(loss_curve)}: cost {loss_curve[-1]:.5f}, "
                f"{perf_counter() - start:.1f} s"
            )
            if len(loss_curve) > 1 and loss_curve[-1] >= loss_curve[-2] * (
                1 - self.tol
            ):
                break
        return words, contexts, loss_curve


def _frequencies(ids, n_words):
    """Return how often each number stands in `ids`."""
    frequencies = np.zeros(n_words, dtype=np.int64)
    for start in range(0, len(ids), _PAIRS_AT_ONCE):  # bincount copies to 64 bits
        frequencies += np.bincount(ids[start : start + _PAIRS_AT_ONCE], None, n_words)
    return frequencies


def _cooccurrences(tokens, lengths, *, n_words, window_size, symmetric, n_jobs):
    """Count the words that stand together, a CSR array of (word, context), float32."""
    ends = np.cumsum(lengths)
    window_size = min(window_size, int(lengths.max()))
    step = max(1, _PAIRS_AT_ONCE // max(1, window_size))
    parts = Parallel(n_jobs=n_jobs, require="sharedmem", return_as="generator")(
        delayed(_count_left)(tokens, ends, start, start + step, n_words, window_size)
        for start in range(0, len(tokens), step)
    )
    n_common = min(n_words, _COMMON_WORDS)
    common = np.zeros((n_common, n_common))

    def of_others():
        for table, rest in parts:
            np.add(common, table, out=common)
            yield rest

    counts = _merge(of_others())
    common = csr_array(common, dtype=np.float32)
    common.resize(counts.shape)
    counts = counts + common
    return counts + counts.T.tocsr() if symmetric else counts


def _pairs_left(tokens, ends, start, stop, window_size):
    """Return the tokens from `start`, those to their left, and the distances."""
    stop = min(stop, len(tokens))
    positions = np.arange(start, stop)
    text = np.searchsorted(ends, positions, side="right")
    n_before = positions - np.where(text > 0, ends[text - 1], 0)
    words, contexts, distances = [], [], []
    for distance in range(1, window_size + 1):
        first = max(start, distance)
        inside = n_before[first - start :] >= distance
        words.append(tokens[first:stop][inside])
        contexts.append(tokens[first - distance : max(stop - distance, 0)][inside])
        distances.append(np.full(len(words[-1]), distance, dtype=np.intc))
    return tuple(map(np.concatenate, (words, contexts, distances)))


def _count_left(tokens, ends, start, stop, n_words, window_size):
    """Sum 1 / distance: a full table of the common words, a CSR array of the others."""
    words, contexts, distances = _pairs_left(tokens, ends, start, stop, window_size)
    n_common = min(n_words, _COMMON_WORDS)
    common = (words < n_common) & (contexts < n_common)
    of_common = np.bincount(
        words[common].astype(np.int64) * n_common + contexts[common],
        1 / distances[common],
        minlength=n_common**2,
    ).reshape(n_common, n_common)

    # A pair and its distance in one integer: one plain sort brings the like together,
    # and is far quicker than an argsort.
    np.logical_not(common, out=common)
    bits = int(distances.max(initial=1)).bit_length()
    keys = words[common].astype(np.int64)
    keys *= n_words
    keys += contexts[common]
    keys <<= bits
    keys |= distances[common]
    keys.sort()
    weights = 1 / (keys & ((1 << bits) - 1))
    keys >>= bits
    new = np.empty(len(keys), dtype=bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    sums = np.add.reduceat(weights, starts) if len(starts) else weights
    rows, columns = np.divmod(keys[starts], n_words)
    indptr = np.searchsorted(rows, np.arange(n_words + 1))
    of_others = csr_array(
        (sums.astype(np.float32), columns.astype(np.int32), indptr),
        shape=(n_words, n_words),
    )
    return of_common, of_others


def _merge(parts):
    """Add up sparse arrays, each sum of two of about one size."""
    sums = []
    for part in parts:
        n_parts = 1
        while sums and sums[-1][0] == n_parts:
            part = sums.pop()[1] + part
            n_parts *= 2
        sums.append((n_parts, part))
    total = sums.pop()[1]
    while sums:
        total = sums.pop()[1] + total
    return total


class _Vectors:
    """The vectors and biases of one side, words or contexts."""

    def __init__(self, values):
        self.values = values
        self.bias = np.zeros(len(values), dtype=np.float32)


class _Prior:
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


class _Pairs:
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


def _improve(moving, fixed, pairs, prior, n_jobs):
    """Move one side towards its least-squares solution, given the other.

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
    squares = Parallel(n_jobs=n_jobs, require="sharedmem")(
        delayed(problem.solve)(task) for task in pairs.tasks(dim + 1)
    )
    solution = problem.solution @ basis.T
    moving.values, moving.bias = solution[:, :dim].copy(), solution[:, dim].copy()
    return sum(squares)


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
