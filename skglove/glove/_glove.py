"""Glove: GloVe vectors trained on the user's own texts."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from numbers import Integral, Real
from os import PathLike
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from .._progress import progress
from .._typing import KeyedVectors, RandomState, Texts, fit_context
from ..text import TextVectorizer, check_texts, index_words, look_up, tokenize_in_chunks
from ..vectors import WordVectors, as_word_vectors
from ._corpus import Counting
from ._least_squares import Pairs, Prior, Vectors, improve


class Glove(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """GloVe word vectors, trained on texts.

    Pairs of words of the vocabulary are counted where they occur together, within a
    window and with weight 1 / distance. A word vector and a context vector, with a
    bias each, are fitted to every word so that their products give the logarithms of
    the counts `X_ij` [1]_: the loss is the mean over all pairs that occur of ::

        0.5 * f(X_ij) * (w_i @ c_j + b_i + d_j - log(X_ij)) ** 2
        f(x) = min(1, (x / x_max) ** alpha)

    The vector of a word is the sum of the two. No labels are needed: fit on all texts
    at hand.

    With the context vectors held, each word vector is the solution of a small
    weighted least-squares problem, and the reverse. So the two sides are improved in
    turn, by a few steps of preconditioned conjugate gradients from where they are,
    in place of the stochastic gradients of the reference implementation.

    Parameters
    ----------
    vector_size : int, default=100
        Number of dimensions of the vectors.

    window_size : int, default=15
        How many words to each side of a word are its context: in a shorter text, all
        of them. Words outside the vocabulary are taken out first; a window does not
        reach into another text.

    min_count : int, default=5
        Words that occur fewer times in the texts are left out.

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
        place of the split at whitespace. Texts in Chinese, Japanese or Thai, which
        have no spaces between words, need one.

    preprocessor : callable or None, default=None
        Takes and returns a `str`, in place of `standardize`.

    n_jobs : int or None, default=None
        Number of threads. None means 1 unless in a `joblib.parallel_config` context,
        -1 all processors. The vectors do not depend on it.

    random_state : int, RandomState instance or None, default=None
        Seeds the initial vectors. Pass an int for the same vectors from every fit.

    verbose : int, default=0
        Whether to print the loss of each iteration, and to show the progress on
        standard error: a bar with rate and remaining time in a terminal, else a line
        every ten seconds. The remaining time of training is that to `max_iter`.

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
        Number of pairs of words that occur together, each with both orders: the
        non-zeros of the matrix of counts.

    Notes
    -----
    Texts that do not fit in memory are given to :meth:`fit` in chunks, by a function
    that returns an iterable of them, or as a Dask collection. The counts are the same
    as those of one list of all texts, and with the same `random_state` so are the
    vectors: counts are added up as integers, in any order.

    Of chunks, memory holds the words of all texts with their counts, some 150 bytes
    for each different word, and the co-occurrences of those that `min_count` and
    `max_tokens` leave: some 40 bytes for each of `n_cooccurrences_`, in training as in
    counting. What the chunks add to that does not grow with their number. Meanwhile 4
    bytes for each word of the texts, and counts that are not added up yet, are in a
    temporary folder (see :func:`tempfile.gettempdir`), which is removed in the end.

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

    Texts in chunks, such as the frames of `pandas.read_csv(..., chunksize=10_000)`:

    >>> def chunks():
    ...     yield texts[:2]
    ...     yield texts[2:]
    >>> glove.fit(chunks).word_vectors_.most_similar("frog", topn=1)[0][0]
    'toad'

    Chinese, with each character as a word:

    >>> texts = ["青蛙在池塘", "蟾蜍在池塘"]
    >>> glove.set_params(tokenizer=list).fit(texts).vocabulary_[:3]
    ['池', '塘', '在']
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
        vector_size: int = 100,
        *,
        window_size: int = 15,
        min_count: int = 5,
        max_tokens: int | None = None,
        x_max: float = 10.0,
        alpha: float = 0.75,
        max_iter: int = 10,
        symmetric: bool = True,
        tol: float = 0.05,
        l2_regularization: float = 1.0,
        init: WordVectors
        | str
        | PathLike[str]
        | Mapping[str, ArrayLike]
        | KeyedVectors
        | None = None,
        mu: float = 0.1,
        standardize: str | Callable | None = "lower_and_strip_punctuation",
        tokenizer: Callable[[str], Iterable[str]] | None = None,
        preprocessor: Callable[[str], str] | None = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
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

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Texts | Callable[[], Iterable[Texts]] | Any, y: None = None
    ) -> Self:
        """Train vectors on texts.

        A fit that fails, or is interrupted, leaves the estimator as it was.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1), callable or \
                Dask collection
            The texts. Those that do not fit in memory, in chunks: a function without
            arguments that returns an iterable of chunks, each of which is an
            array-like of texts and may be empty. It is called once. Or a Dask bag,
            series, frame of one column or array; it is counted on the workers of the
            current `dask.distributed.Client`, and without one by Dask's own threads
            or processes. `n_jobs` is not used there, but in training, which is done
            here.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If there are no texts or no words in them; if no word occurs `min_count`
            times, or no two words of the vocabulary occur together; or if the vectors
            of `init` are not of `vector_size` dimensions.
        TypeError
            If a text is not a str, a function returns something else than chunks of
            texts, or `init` holds no word vectors.
        """
        init = None if self.init is None else as_word_vectors(self.init)
        if init is not None and init.dim != self.vector_size:
            raise ValueError(
                f"The vectors of init have {init.dim} dimensions, but vector_size is "
                f"{self.vector_size}. Set vector_size={init.dim}."
            )
        rng = check_random_state(self.random_state)

        with threadpool_limits(1, user_api="blas"):
            start = perf_counter()
            (words, frequencies), counts = self._counting().count(X)
            if not counts.nnz:
                raise ValueError(
                    f"No two of the {len(words)} words that occur {self.min_count} "
                    "times or more occur together in a text. Lower min_count "
                    f"(got {self.min_count}), or give longer texts."
                )
            seconds = perf_counter() - start
            self._report(
                f"{frequencies.sum()} tokens, {len(words)} words, {counts.nnz} "
                f"co-occurrences counted in {seconds:.1f} s"
            )
            initial = None if init is None else init.matrix_for(words)
            n_cooccurrences = counts.nnz
            by_word, by_context, loss_curve = self._train(counts, initial, rng)

        self.word_vectors_ = WordVectors(words, by_word.values + by_context.values)
        self.vocabulary_ = words
        self.loss_curve_ = loss_curve
        self.n_iter_ = len(loss_curve)
        self.n_cooccurrences_ = n_cooccurrences
        return self

    def fit_transform(self, X: Texts, y: None = None) -> np.ndarray:
        """Train vectors on texts, and return the mean of those of each text's words.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts, all in memory.
        y : None
            Ignored.

        Returns
        -------
        means : ndarray of shape (n_samples, vector_size), dtype=float32
            As :meth:`transform` returns them.
        """
        texts = check_texts(X)  # before the training, which takes chunks too
        return self.fit(texts).transform(texts)

    def transform(self, X: Texts) -> np.ndarray:
        """Return the mean of the vectors of each text's words.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        Returns
        -------
        means : ndarray of shape (n_samples, vector_size), dtype=float32
            The mean over the words of the text that have a vector, each as often as
            it occurs; zeros where none has.
        """
        check_is_fitted(self)
        texts = check_texts(X)
        tokenized = tokenize_in_chunks(
            texts, self.standardize, self.tokenizer, self.preprocessor
        )
        ids = look_up(
            tokenized,
            index_words(map(str.encode, self.vocabulary_)),
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
            # Above a bar that is on the screen.
            tqdm.write(f"[Glove] {message}", file=sys.stdout)
            sys.stdout.flush()

    def _counting(self):
        """Return the parameters that say how texts are counted."""
        return Counting(
            **{field.name: getattr(self, field.name) for field in fields(Counting)}
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
        # Up to max_iter: that tol is reached earlier shows only when it is.
        with progress(
            "Training",
            unit="pairs",
            total=2 * self.max_iter * n_pairs,
            shown=self.verbose,
        ) as bar:
            while len(loss_curve) < self.max_iter:
                start = perf_counter()
                improve(words, contexts, by_word, prior, self.n_jobs, bar.update)
                squares = improve(
                    contexts, words, by_context, prior, self.n_jobs, bar.update
                )
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
