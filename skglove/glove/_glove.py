"""Glove: GloVe vectors trained on the user's own texts."""

from numbers import Integral, Real
from time import perf_counter

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from ..text import TextVectorizer, check_texts, count_words, look_up, tokenize_in_chunks
from ..vectors import WordVectors, as_word_vectors
from ._cooccurrences import cooccurrences
from ._least_squares import Pairs, Prior, Vectors, improve


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
        Training stops when an iteration lowers the loss by less than this share.

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

    standardize : {"lower_and_strip_punctuation", "lower_and_split_punctuation", \
            "lower", "strip_punctuation"}, callable or None, \
            default="lower_and_strip_punctuation"
        What is done to a text before it is split at ASCII whitespace, as in
        :class:`GloveTextClassifier`, whose default is "lower_and_split_punctuation":
        vectors that it is to use are best trained with the same.

    tokenizer : callable or None, default=None
        Takes the standardized text, a `str`, and returns the list of its words, in
        place of the split at whitespace.

    preprocessor : callable or None, default=None
        Takes and returns a `str`, in place of `standardize`.

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
        **{
            name: TextVectorizer._parameter_constraints[name]
            for name in ("standardize", "tokenizer", "preprocessor")
        },
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
        tokenizer=None,
        preprocessor=None,
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
        self.tokenizer = tokenizer
        self.preprocessor = preprocessor
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

        words, ids = self._read(texts)
        self._report(f"{len(ids.flat)} tokens, {len(words)} words")
        with threadpool_limits(1, user_api="blas"):
            start = perf_counter()
            counts = cooccurrences(
                ids,
                n_words=len(words),
                window_size=self.window_size,
                symmetric=self.symmetric,
                n_jobs=self.n_jobs,
            )
            del ids
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
        ids = look_up(
            self._tokenized(texts),
            {word.encode(): i for i, word in enumerate(self.vocabulary_)},
            unknown=-1,
        )
        ids = ids.where(ids.flat >= 0)
        shares = (1 / np.maximum(ids.lengths, 1)).astype(np.float32)
        shares = csr_array(
            (np.repeat(shares, ids.lengths), ids.flat, ids.ends),
            shape=(len(texts), len(self.vocabulary_)),
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

    def _tokenized(self, texts):
        """Yield the words of each text, a chunk of texts at a time."""
        return tokenize_in_chunks(
            texts, self.standardize, self.tokenizer, self.preprocessor
        )

    def _read(self, texts):
        """Return the vocabulary, and the texts as ranks in it."""
        counted = count_words(self._tokenized(texts))
        longest = counted.ranks.lengths.max()
        if self.window_size > longest:
            raise ValueError(
                f"window_size={self.window_size} is longer than every text: the "
                f"longest has {longest} words. Set a window_size of "
                f"{longest} or less."
            )
        n_words = np.count_nonzero(counted.counts >= self.min_count)
        if not n_words:
            raise ValueError(
                f"No word stands min_count={self.min_count} times in the texts: the "
                f"most frequent, {counted.words[0]!r}, stands "
                f"{counted.counts[0]} times. Lower min_count."
            )
        if self.max_tokens is not None:
            n_words = min(n_words, self.max_tokens)
        return counted.words[:n_words], counted.ranks.where(
            counted.ranks.flat < n_words
        )

    def _train(self, counts, initial, rng):
        """Return the vectors of both sides and the loss after each iteration."""
        by_word = Pairs(counts, self.x_max, self.alpha)
        by_context = (
            by_word
            if self.symmetric
            else Pairs(counts.T.tocsr(), self.x_max, self.alpha)
        )
        n_words, n_pairs = counts.shape[0], counts.nnz
        del counts
        words = Vectors(np.zeros((n_words, self.vector_size), dtype=np.float32))
        contexts = Vectors(
            (
                rng.standard_normal((n_words, self.vector_size))
                / np.sqrt(self.vector_size)
            ).astype(np.float32)
        )
        # Nothing would move these from where they start.
        contexts.values[by_context.n_pairs == 0] = 0
        prior = Prior(self.l2_regularization, self.mu, initial)
        if initial is not None:
            words.values[prior.known] = initial[prior.known] / 2
            contexts.values[prior.known] = initial[prior.known] / 2

        loss_curve = []
        while len(loss_curve) < self.max_iter:
            start = perf_counter()
            improve(words, contexts, by_word, prior, self.n_jobs)
            squares = improve(contexts, words, by_context, prior, self.n_jobs)
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
