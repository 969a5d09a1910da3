"""GloveTextClassifier: from texts and labels to predictions."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from itertools import chain
from numbers import Integral, Real
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import vstack
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state, check_scalar
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import (
    _check_feature_names,
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
)

from . import persistence
from ._targets import Targets, ThresholdTuner
from ._typing import KeyedVectors, Labels, RandomState, Texts, fit_context
from .networks import (
    NETWORKS,
    Network,
    NetworkSpec,
    TrainedBag,
    TrainedNetwork,
    as_network,
)
from .networks._top_terms import MAX_TERMS, TopTerms
from .text import SPLIT_PUNCTUATION, TextVectorizer, check_texts

if TYPE_CHECKING:
    import joblib
    import keras
    import tensorflow as tf
    from scipy.sparse import csr_array, csr_matrix

    from .explaining import Explanations, Term
    from .glove import Glove
    from .vectors import Coverage, WordVectors

# Dimension of word vectors that are learned from scratch.
_FROM_SCRATCH_DIM = 100

# So that ids and probabilities of a large input are never in memory at once.
_TEXTS_AT_ONCE = 8_192
_PROBABILITIES_AT_ONCE = 1 << 23


class GloveTextClassifier(ClassifierMixin, BaseEstimator):
    """Classify texts with word vectors and a Keras network.

    Texts become rows of word ids, ids become word vectors, and a network trained by
    Keras turns the vectors into class probabilities.

    The default network is meant for long and short texts, few and many. Those of the
    tutorials on GloVe and Keras are returned by
    :func:`skglove.published_settings`.

    Parameters
    ----------
    embeddings : str, PathLike, WordVectors, Glove, mapping, KeyedVectors, int or \
            None, default="glove.6B.100d"
        Where the word vectors come from: the name of a published set, which is looked
        up in the data home (`$SKGLOVE_DATA`, else `~/.cache/skglove`) and downloaded
        if it is missing; the path of a file; :class:`WordVectors`; a dict of
        vectors by word; gensim's KeyedVectors. A :class:`Glove` is cloned and trained
        on the training texts, with the classifier's `standardize`, `tokenizer` and
        `preprocessor` and, where it has none of its own, its `random_state`. An int
        learns vectors of as many dimensions from scratch, with the network; None is
        100.

    back_off : bool, default=True
        Whether a word without a vector falls back to that of a similar known word, as
        "sooo" to that of "so" and "red-hot" to the mean of its parts'. Only used with
        word vectors.

    max_tokens : int or None, default=60_000
        Size of the vocabulary, padding and `[UNK]` included; the most frequent words
        of the training texts are kept. None keeps all.

    unseen_words : bool, default=True
        Whether free places in the vocabulary go to the most frequent words of the
        word vectors that the training texts lack, so that predictions can use them,
        up to 30,000 words in all. Only used with word vectors and `max_tokens`.

    sequence_length : int or None, default=1_000
        Largest number of words of a text that are used, the first ones unless the
        network says otherwise. None uses all, which networks that pad all texts to
        one length do not support.

    standardize : {"lower_and_split_punctuation", "lower_and_strip_punctuation", \
            "lower", "strip_punctuation"}, callable or None, \
            default="lower_and_split_punctuation"
        What is done to a text before it is split at whitespace.
        "lower_and_split_punctuation" tokenizes as GloVe's training corpus was
        tokenized, with words for punctuation and contractions: "don't" is "do n't".
        The others are those of `keras.layers.TextVectorization`. A callable gets and
        returns a string tensor of shape (n_samples, 1).

    tokenizer : callable or None, default=None
        Takes the standardized text, a `str`, and returns the list of its words, in
        place of the split at whitespace: jieba's `lcut`, a regular expression's
        `findall`. In scripts without spaces, such as Chinese, Japanese and Thai, all
        that is between two spaces or ASCII punctuation marks would be one word: there
        `list` makes words of the characters. Pickled by reference.

    preprocessor : callable or None, default=None
        Takes and returns a `str`, in place of `standardize`, as in scikit-learn's
        vectorizers: `functools.partial(unicodedata.normalize, "NFKC")` unifies
        full-width forms, ligatures and combining accents. Pickled by reference.

    network : {"bag", "bag_conv", "parallel_conv", "conv", "flatten"}, Network or \
            callable, default="bag"
        The network between the word vectors and the classes. A name is short for the
        network with its defaults, as "conv" for :class:`skglove.networks.Conv`:
        `network=Conv(filters=64)` sets its parameters, `network__filters` searches
        over one of them.

        - "bag", :class:`~skglove.networks.Bag`: weighted sums of word vectors, of free
          vectors that the network learns by itself, and of those of frequent bigrams,
          into the classes [5]_ [6]_.
        - "parallel_conv", :class:`~skglove.networks.ParallelConv`: convolutions of
          three widths, each with global max pooling [7]_. For short texts.
        - "bag_conv", :class:`~skglove.networks.BagConv`: the two side by side.
        - "conv", :class:`~skglove.networks.Conv`: two convolutions with max pooling, a
          third with global max pooling, a hidden layer, dropout [1]_ [2]_.
        - "flatten", :class:`~skglove.networks.Flatten`: the vectors side by side into
          a hidden layer [3]_.
        - A callable is called as `network(embedding, sequence_length=..., \
          n_outputs=..., activation=...)` and returns a `keras.Model` that takes ids
          of shape (n_samples, sequence_length), puts them through the layer
          `embedding` and ends in `n_outputs` units with `activation`. Set
          `embedding.trainable = True` in it to fine-tune the word vectors.

    optimizer : str or keras.optimizers.Optimizer, default="auto"
        The optimizer. An instance is copied for each fit. "auto" is Adam that moves
        only the vectors of words that a batch has, with a learning rate that rises
        over the first tenth of the steps and falls to zero; for "conv", "flatten" and
        callables "rmsprop".

    learning_rate : float, default=None
        The learning rate, or its highest value with a rise and a fall. None takes the
        optimizer's own; with `optimizer="auto"` 0.001 for "parallel_conv", and by
        the number of texts and classes between 0.002 and 0.01 for "bag" and between
        0.002 and 0.005 for "bag_conv". The user guide has all rules of "auto" in a
        table.

    batch_size : int or "auto", default="auto"
        Number of texts in a training step. "auto" is with "bag" between 32 and 512 by
        the number of texts; with "bag_conv" and "parallel_conv" 32 below 10,000 texts
        and 128 from there; 128 with other networks.

    epochs : int or "auto", default="auto"
        Number of passes over the training texts, the largest one with
        `early_stopping`. "auto" is with "bag" between 3 and 25, the more the fewer
        texts a class has; with "bag_conv" 30,000 over the number of texts, between 6
        and 15; from 10,000 texts on 6, or with two classes 80,000 over their number,
        but 4 at least. It is 15 with "parallel_conv", 8 from 4,000
        texts on, and 20 with other networks.

    early_stopping : bool, default=False
        Whether to stop when the accuracy on validation texts has not improved
        for `n_iter_no_change` epochs, and to go back to the weights of the best epoch.

    validation_fraction : float, default=0.2
        Part of the training texts set aside for validation, stratified but for an
        indicator matrix: each class needs two texts. Only used with `early_stopping`,
        and where `fit` gets no `X_val`.

    n_iter_no_change : int, default=3
        Number of epochs without improvement of the validation accuracy to wait. Only
        used with `early_stopping`.

    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes, as in scikit-learn's classifiers: with several labels a
        text a list has a dict of the weights of 0 and 1 for each label, and those of a
        text are multiplied.

    callbacks : list of keras.callbacks.Callback, default=None
        Callbacks for the training. Each fit uses copies of its own. As a parameter
        they are part of a pickle of the classifier. One that sets the learning rate
        needs an `optimizer` other than "auto", which sets it at each step.

    warm_start : bool, default=False
        Whether the next `fit` continues to train the network, with the vocabulary of
        the first, for `epochs` more. The labels must be the same. Makes pickles carry
        the optimizer's state.

    memory : str, PathLike, joblib.Memory or None, default=None
        Where to cache vocabulary, ids and matrix of the training texts for the next
        fit on the same texts, as in :class:`sklearn.pipeline.Pipeline`: in a grid
        search over parameters of network and training they are made once per fold.

    random_state : int, RandomState instance or None, default=None
        Seeds the weights, dropout, the order of the texts and the validation split.
        Pass an int for the same results from every fit.

    verbose : int, default=0
        Keras's verbosity: 0 is silent, 1 a progress bar, 2 a line an epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels; with an indicator matrix the names of its columns, or their
        numbers where they have no names.

    thresholds_ : ndarray of shape (n_classes,)
        The probability above which a text gets a label: 0.5, or what `fit` has tuned.
        May be set. Only with several labels a text.

    vocabulary_ : list of str
        The word of each id, `''` and `'[UNK]'` first.

    coverage_ : Coverage or None
        How much of the vocabulary and of the training texts the word vectors know,
        and the most frequent words that they do not. Printing it shows a summary.
        None with `embeddings=None`.

    history_ : dict of str to list of float
        Loss and accuracy by epoch under Keras's names: `loss`, `accuracy` and, where
        there are validation texts, `val_loss`, `val_accuracy`.

    n_iter_ : int
        Number of epochs trained.

    best_validation_score_ : float
        The best accuracy on the validation texts. Only with `early_stopping`.

    model_ : keras.Model
        The trained network. It takes word ids; see `to_keras` for one that takes
        texts.

    feature_names_in_ : ndarray of shape (1,)
        The name of the column that held the texts. Only where `fit` got a frame.

    See Also
    --------
    WordVectors : Words and their vectors.
    Glove : Trains word vectors on texts.

    Notes
    -----
    On processors with instructions for bfloat16 the convolutions of "conv" multiply in
    that type in training, as TensorFlow does on TPUs: the weights differ from
    those of another processor, the accuracy is the same within noise. After
    `tf.config.experimental.enable_tensor_float_32_execution(False)` all is float32.
    Predictions are always in float32.

    References
    ----------
    .. [1] F. Chollet, "Using pre-trained word embeddings", Keras code examples, 2020.

    .. [2] F. Chollet, "Using pre-trained word embeddings in a Keras model", The Keras
       Blog, 2016.

    .. [3] F. Chollet, "Deep Learning with Python", Manning, 2017, section 6.1.

    .. [4] J. Pennington, R. Socher, C. Manning, "GloVe: Global Vectors for Word
       Representation", EMNLP 2014.

    .. [5] A. Joulin, E. Grave, P. Bojanowski, T. Mikolov, "Bag of Tricks for Efficient
       Text Classification", EACL 2017.

    .. [6] M. Iyyer, V. Manjunatha, J. Boyd-Graber, H. Daume III, "Deep Unordered
       Composition Rivals Syntactic Methods for Text Classification", ACL 2015.

    .. [7] Y. Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP
       2014.

    Examples
    --------
    >>> from skglove import GloveTextClassifier
    >>> texts = ["a frog in the pond", "the toad and the frog", "frogs and toads",
    ...          "a fast red car", "the car on the road", "cars and fast roads"]
    >>> animals = {"frog": [1, 0], "frogs": [1, 0], "toad": [1, 0], "toads": [1, 0]}
    >>> vehicles = {"car": [0, 1], "cars": [0, 1], "road": [0, 1], "roads": [0, 1]}
    >>> clf = GloveTextClassifier(animals | vehicles, network="flatten",
    ...                           sequence_length=8, epochs=30, random_state=0)
    >>> clf.fit(texts, ["animal", "animal", "animal", "car", "car", "car"])
    GloveTextClassifier(...)
    >>> clf.predict(["frog toad frog"])
    array(['animal'], dtype='<U6')
    >>> clf.coverage_.n_words_found, clf.coverage_.n_words
    (8, 16)

    Several labels a text, or none, are sets or an indicator matrix:

    >>> clf.fit(texts, [{"wet"}, {"wet"}, set(), {"fast", "red"}, {"red"}, {"fast"}])
    GloveTextClassifier(...)
    >>> clf.classes_, clf.thresholds_
    (array(['fast', 'red', 'wet'], dtype='<U4'), array([0.5, 0.5, 0.5]))
    >>> clf.decision_function(["a red frog"]).shape
    (1, 3)
    """

    _parameter_constraints: dict = {
        "embeddings": "no_validation",
        "back_off": ["boolean"],
        "unseen_words": ["boolean"],
        **{
            name: constraint
            for name, constraint in TextVectorizer._parameter_constraints.items()
            if name != "truncating"
        },
        "network": [StrOptions(set(NETWORKS)), Network, callable],
        "optimizer": "no_validation",
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "epochs": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "callbacks": [list, tuple, None],
        "warm_start": ["boolean"],
        "memory": [str, PathLike, HasMethods(["cache"]), None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    classes_: np.ndarray
    thresholds_: np.ndarray
    vocabulary_: list[str]
    coverage_: "Coverage | None"
    history_: dict[str, list[float]]
    n_iter_: int
    best_validation_score_: float
    feature_names_in_: np.ndarray
    _vectorizer: TextVectorizer
    _targets: Targets
    _network: TrainedNetwork | TrainedBag

    def __init__(
        self,
        embeddings: "str | PathLike[str] | WordVectors | Glove | "
        "Mapping[str, ArrayLike] | KeyedVectors | int | None" = "glove.6B.100d",
        *,
        back_off: bool = True,
        max_tokens: int | None = 60_000,
        unseen_words: bool = True,
        sequence_length: int | None = 1_000,
        standardize: str | Callable[["tf.Tensor"], "tf.Tensor"] | None = (
            SPLIT_PUNCTUATION
        ),
        tokenizer: Callable[[str], Iterable[str]] | None = None,
        preprocessor: Callable[[str], str] | None = None,
        network: str | Network | Callable[..., "keras.Model"] = "bag",
        optimizer: "str | keras.optimizers.Optimizer" = "auto",
        learning_rate: float | None = None,
        batch_size: int | str = "auto",
        epochs: int | str = "auto",
        early_stopping: bool = False,
        validation_fraction: float = 0.2,
        n_iter_no_change: int = 3,
        class_weight: Mapping[Any, float]
        | Sequence[Mapping[int, float]]
        | str
        | None = None,
        callbacks: "Sequence[keras.callbacks.Callback] | None" = None,
        warm_start: bool = False,
        memory: "str | PathLike[str] | joblib.Memory | None" = None,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
        self.embeddings = embeddings
        self.back_off = back_off
        self.max_tokens = max_tokens
        self.unseen_words = unseen_words
        self.sequence_length = sequence_length
        self.standardize = standardize
        self.tokenizer = tokenizer
        self.preprocessor = preprocessor
        self.network = network
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(
        # The parameters of a Glove are checked in its own fit.
        prefer_skip_nested_validation=False
    )
    def fit(
        self,
        X: Texts | Callable[[], Iterable[tuple[Texts, Labels]]],
        y: Labels | None = None,
        sample_weight: ArrayLike | None = None,
        X_val: Texts | None = None,
        y_val: Labels | None = None,
        *,
        tune_thresholds: bool = False,
    ) -> Self:
        """Fit the classifier to texts and labels.

        A fit that fails leaves the estimator as it was.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1), or callable
            The training texts: a list, tuple, NumPy array, pandas or polars Series,
            pyarrow array, or a frame of one column. Empty texts are fine among
            others. More texts than memory are a source: :class:`TextFiles`, or another
            function without arguments that returns an iterable of chunks, tuples of
            texts and labels. It is read once, or twice with a :class:`Glove` as
            `embeddings`, and the result is the same as from a list. Word ids lie in
            temporary files, in the folder of `tempfile.gettempdir()`, 4 bytes a word
            and 3 to 5 for each different word and bigram of a text; memory holds some
            60 bytes a text, and all different words. `memory` is not used.

        y : array-like of shape (n_samples,), indicator matrix of shape \
                (n_samples, n_classes) or list of sets, default=None
            The labels; None with a source. Several labels a text, or none, are an
            indicator matrix of 0 and 1, dense or sparse, a frame of such columns, whose
            names become `classes_`, or a list of sets of labels. Lists and tuples are
            sets too, where they are not all as long as each other or hold str.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the texts; only their ratios count. A weight of 2 is worth as
            much as the text twice, 0 as much as none; but the frequencies that the
            bags start from count each text once. None weighs all the same.

        X_val : array-like of str of shape (n_val_samples,), default=None
            Texts to validate on after each epoch.

        y_val : array-like of shape (n_val_samples,), default=None
            Their labels, in one of the forms that `y` may have. The columns of a frame
            are matched by name.

        tune_thresholds : bool, default=False
            Whether to set `thresholds_` to those with the best F1 of each label on the
            validation texts, which takes `X_val` and `y_val` or `early_stopping`. Only
            with several labels a text; for two classes there is
            :class:`sklearn.model_selection.TunedThresholdClassifierCV`.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        TypeError
            If `X` is not a sequence of str, or a source returns something else than
            tuples of texts and labels.
        ValueError
            If a text or a label is missing, all texts are empty or have a weight of
            zero, there are less than two classes, `class_weight` has one that `y`
            lacks, an indicator matrix holds something else than 0 and 1, the lengths
            differ, a parameter is out of its range, or the word vectors' file is not
            what it should be.
        FileNotFoundError
            If the word vectors are neither in the data home nor can be downloaded.
        """
        from .training import train  # what predictions do without is imported here

        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val go together: pass both or none.")
        rng = check_random_state(self.random_state)
        continued = self._network if self._continues() else None
        if continued is None:
            network = self._checked_network()
        else:
            network = continued.spec.network
        texts = None
        if callable(X):
            self._check_source(y, sample_weight, tune_thresholds and X_val is None)
            targets, prepared = self._read(X, network, continued)
        else:
            texts = check_texts(X)
            targets = Targets(y)
            check_consistent_length(texts, targets.codes)
        codes = targets.codes
        kept, sample_weight = self._weigh(targets, sample_weight)
        if kept is not None and len(kept) < codes.shape[0]:
            codes = codes[kept]
            if texts is None:
                prepared = prepared._replace(ids=prepared.ids[kept])
            else:
                texts = [texts[i] for i in kept]
        if tune_thresholds:
            self._check_tuning(targets, X_val)
        if continued is not None:
            self._check_same_classes(targets)
        if texts is not None:
            if continued is None:
                prepared = self._prepare(texts, network)
            else:
                ids = self._vectorizer.transform(texts)
                prepared = self._continued(ids)
        vectorizer, ids, matrix, known, coverage = prepared
        validation = texts_val = None
        if X_val is not None:
            texts_val, codes_val = check_texts(X_val), targets.encode(y_val, "y_val")
            check_consistent_length(texts_val, codes_val)
            validation = vectorizer.transform(texts_val), codes_val
        elif self.early_stopping:
            from sklearn.model_selection import train_test_split  # slow to import

            targets.check_split(codes, self.validation_fraction)
            kept, held_out = train_test_split(
                np.arange(codes.shape[0]),
                test_size=self.validation_fraction,
                stratify=None if targets.kind == "multilabel" else codes,
                random_state=rng,
            )
            if texts is not None:
                texts_val = [texts[i] for i in held_out]
            validation = ids[held_out], codes[held_out]
            ids, codes = ids[kept], codes[kept]
            if sample_weight is not None:
                sample_weight = sample_weight[kept]

        trained, history = train(
            continued.spec
            if continued is not None
            else self._network_spec(network, vectorizer, matrix, targets),
            ids,
            codes,
            vocabulary=vectorizer.vocabulary_,
            matrix=matrix,
            known=known,
            continued=continued,
            sample_weight=sample_weight,
            validation=validation,
            **self._training(network, len(ids), targets),
            patience=self.n_iter_no_change if self.early_stopping else None,
            callbacks=self.callbacks,
            seed=self._keras_seed(rng),
            verbose=self.verbose,
            keep_training_state=self.warm_start,
        )

        if continued is not None:
            history = self._with_history(history)
        thresholds = targets.default_thresholds
        if tune_thresholds and validation is not None:
            tuner = ThresholdTuner(validation[1])
            for outputs in _outputs(
                texts_val, vectorizer, trained, trained.predict_proba
            ):
                tuner.add(targets.probabilities(outputs))
            thresholds = tuner.thresholds()
        # From here on nothing fails: all fitted state changes, or none.
        _check_feature_names(self, X, reset=True)
        self._set_fitted(vectorizer, targets, trained, coverage, history)
        if self.early_stopping:
            self.best_validation_score_ = max(history["val_accuracy"])
        elif hasattr(self, "best_validation_score_"):
            del self.best_validation_score_
        if thresholds is not None:
            self.thresholds_ = thresholds
        elif hasattr(self, "thresholds_"):
            del self.thresholds_
        return self

    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(
        self,
        X: Texts,
        y: Labels,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Fit the classifier to the next chunk of texts and labels.

        For texts that do not fit into memory, or that come one day after another. Each
        chunk should be a random sample of all: chunks of a thousand texts or more.
        A call that fails leaves the estimator as it was.

        The vocabulary is that of the first chunk, filled up to `max_tokens` with the
        most frequent words of the word vectors, and later calls keep it; words outside
        it count by their characters. Bigrams are added as long as there is room.

        The network "bag" keeps a random sample of the texts seen so far, as word ids:
        50,000 texts of 15 million words at most, some 60 MB, also in pickles, but not
        in what `save` writes. The Keras part goes on from where it was, with the chunk
        and as many of the texts before, for as many epochs as `fit` takes for all
        texts so far; the linear parts are solved again for the sample and the chunk.
        Each chunk is scored before it is learned from, which says how much each part
        counts. Other networks go on training on the chunk alone, for as many epochs as
        `fit` would take for it.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        y : array-like of shape (n_samples,), indicator matrix of shape \
                (n_samples, n_classes) or list of sets
            Their labels, in one of the forms of :meth:`fit`, the same in each call.
            A chunk may lack some of the classes.

        classes : array-like of shape (n_classes,), default=None
            All labels that the chunks will have. Must be passed at the first call,
            but for an indicator matrix, and may be left out later.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the texts. None weighs each as 1.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If `classes` is missing at the first call or another one later, a label is
            not among the classes, `early_stopping` is set or `class_weight` is
            "balanced", or the classifier was fitted with `network="bag"` and
            `warm_start=False`, which keeps nothing to go on from.

        See Also
        --------
        fit : Also takes a function that returns chunks, which are read once: the same
            result as from a list.

        Examples
        --------
        >>> from skglove import GloveTextClassifier
        >>> clf = GloveTextClassifier(None, random_state=0)
        >>> chunks = [(["a frog", "a car", "the pond", "the road"], [0, 1, 0, 1]),
        ...           (["frogs in a pond", "cars on a road"], [0, 1])]
        >>> for texts, labels in chunks:
        ...     clf = clf.partial_fit(texts, labels, classes=[0, 1])
        >>> clf.predict(["a frog in the pond"])
        array([0])
        """
        from .training import train

        self._check_partial()
        texts = check_texts(X)
        continued = getattr(self, "_network", None)
        if continued is None:
            targets = Targets.of_classes(y, classes)
        else:
            targets = copy(self._targets)
            if classes is not None:
                targets.check_classes(classes)
            targets.codes = targets.encode(y, "y", "classes")
            _check_feature_names(self, X, reset=False)
        check_consistent_length(texts, targets.codes)
        codes = targets.codes
        kept, weight = self._weigh(targets, sample_weight, relative=False)
        if kept is not None:
            texts, codes = [texts[i] for i in kept], codes[kept]
        rng = check_random_state(self.random_state)
        matrix = known = None
        n_before = 0
        if continued is None:
            network = self._checked_network()
            prepared = self._prepare(texts, network, fill=True)
            vectorizer, ids, matrix, known, coverage = prepared
            spec = self._network_spec(network, vectorizer, matrix, targets)
        else:
            network, spec = continued.spec.network, continued.spec
            vectorizer, coverage = self._vectorizer, self.coverage_
            ids = vectorizer.transform(texts)
            n_before = getattr(continued, "n_texts_seen", 0)
        trained, history = train(
            spec,
            ids,
            codes,
            vocabulary=vectorizer.vocabulary_,
            matrix=matrix,
            known=known,
            continued=continued,
            sample_weight=weight,
            validation=None,
            **self._training(network, n_before + len(ids), targets),
            patience=None,
            callbacks=self.callbacks,
            seed=self._keras_seed(rng),
            verbose=self.verbose,
            keep_training_state=True,
            partially=True,
        )
        if continued is None:
            _check_feature_names(self, X, reset=True)
            if targets.default_thresholds is not None:
                self.thresholds_ = targets.default_thresholds
        else:
            history = self._with_history(history)
        self._set_fitted(vectorizer, targets, trained, coverage, history)
        return self

    def _check_partial(self):
        """Raise an error where texts cannot be learned from chunk by chunk."""
        if self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: a chunk is seen "
                "once. Score the next chunk before it is passed to see whether the "
                "classifier still gets better."
            )
        if isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight='balanced' is not supported for partial_fit, which does "
                "not know the chunks to come. Pass the weights that "
                "sklearn.utils.class_weight.compute_class_weight finds on a sample as "
                "a dict."
            )
        network = getattr(self, "_network", None)
        if isinstance(network, TrainedBag) and network.n_texts_seen is None:
            raise ValueError(
                "partial_fit cannot go on from this fit, of which nothing is kept but "
                "what predictions take. Fit with warm_start=True, or start with "
                "partial_fit; a classifier of `save` or `compress` cannot be trained "
                "on either."
            )

    def _with_history(self, history):
        """Return the history of all fits so far, this one at the end."""
        return {
            name: self.history_.get(name, []) + values
            for name, values in history.items()
        }

    def _set_fitted(self, vectorizer, targets, trained, coverage, history):
        self._vectorizer = vectorizer
        self._targets = targets
        self._network = trained
        self.classes_ = targets.classes
        self.vocabulary_ = vectorizer.vocabulary_
        self.coverage_ = coverage
        self.history_ = history
        self.n_iter_ = len(history["loss"])

    def _keras_seed(self, rng):
        """Return a seed for Keras, whose seeds are ints; None leaves it to its own."""
        if self.random_state is None:
            return None
        return rng.randint(np.iinfo(np.int32).max)

    def _check_source(self, y, sample_weight, tunes_on_held_out):
        """Raise an error for what does not go together with a source of chunks."""
        if y is not None:
            raise ValueError(
                "The labels of a source come with its texts, and y is passed too. "
                "Return tuples of texts and labels, and leave y out."
            )
        if sample_weight is not None:
            raise ValueError(
                "sample_weight is not supported with a source. Use class_weight, or "
                "partial_fit, which takes the weights of each chunk."
            )
        if tunes_on_held_out:
            raise ValueError(
                "tune_thresholds=True with a source needs X_val and y_val, as its "
                "texts are not kept."
            )

    def _read(self, source, network, continued):
        """Return the labels of a source, and what `_prepare` returns of its texts."""
        from ._preparation import with_vectors
        from ._source import read, texts_again
        from .text._spooled import fit_on_chunks, ids_of_chunks

        if continued is not None:
            fitted = self._vectorizer
            ids, targets = read(source, partial(ids_of_chunks, fitted), self.verbose)
            return targets, self._continued(ids)
        vectors, vectorizer = self._vectors_and_vectorizer(network)
        ids, targets = read(source, partial(fit_on_chunks, vectorizer), self.verbose)
        options = vectorizer, vectors, self.back_off, self.unseen_words
        return targets, with_vectors(ids, texts_again(source, len(ids)), *options)

    def _continued(self, ids):
        """Return what a fit that goes on has of its texts."""
        from ._preparation import Prepared

        return Prepared(self._vectorizer, ids, None, None, self.coverage_)

    def _check_tuning(self, targets, X_val):
        """Raise an error where no thresholds can be tuned."""
        if targets.kind != "multilabel":
            raise ValueError(
                "tune_thresholds=True is for several labels a text, and y has one. For "
                "two classes use sklearn.model_selection.TunedThresholdClassifierCV."
            )
        if X_val is None and not self.early_stopping:
            raise ValueError(
                "tune_thresholds=True needs validation texts: pass X_val and y_val, or "
                "set early_stopping=True."
            )

    def _weigh(self, targets, sample_weight=None, *, relative=True):
        """Return the numbers of the texts that weigh something, and their weights.

        Both are None where nothing weighs. The mean of the weights is one, where they
        are relative: the loss is then the mean over as many copies of a text as it
        weighs, and a text that weighs nothing adds no words.
        """
        if sample_weight is None and self.class_weight is None:
            return None, None
        weight = _check_sample_weight(
            sample_weight, targets.codes, dtype=np.float64, ensure_non_negative=True
        )
        if self.class_weight is not None:
            weight = targets.weights(self.class_weight, weight)
        kept = np.flatnonzero(weight)
        if not len(kept):
            raise ValueError(
                "The weight of every text is zero: sample_weight and class_weight "
                "leave nothing to train on."
            )
        weight = weight[kept]
        return kept, weight / weight.mean() if relative else weight

    def _continues(self):
        """Tell whether this fit goes on where the last one stopped."""
        return self.warm_start and hasattr(self, "_network")

    def _checked_network(self):
        """Return the network, its parameters checked against the classifier's."""
        network = clone(as_network(self.network))
        if network.fixed_length and self.sequence_length is None:
            raise ValueError(
                f"sequence_length=None is not supported with network={network.name!r}, "
                "which pads all texts to one length. Set a length such as 200."
            )
        return network

    def _vectors_and_vectorizer(self, network):
        """Return where the vectors come from, and a vectorizer that is not fitted."""
        from .glove import Glove
        from .vectors import as_word_vectors

        source = self.embeddings
        splitting = {
            "standardize": self.standardize,
            "tokenizer": self.tokenizer,
            "preprocessor": self.preprocessor,
        }
        if isinstance(source, Glove):
            source = clone(source).set_params(**splitting)
            if source.random_state is None:
                source.set_params(random_state=self.random_state)
        elif _scratch_dim(source) is not None:
            source = None
        else:
            source = as_word_vectors(source)
        vectorizer = TextVectorizer(
            self.max_tokens,
            sequence_length=self.sequence_length,
            truncating=network.truncating,
            **splitting,
        )
        return source, vectorizer

    def _prepare(self, texts, network, *, fill=False):
        """Return vocabulary, ids, the matrix of word vectors and its coverage."""
        from ._preparation import prepare

        source, vectorizer = self._vectors_and_vectorizer(network)
        return prepare(
            texts,
            vectorizer,
            source,
            None if fill else self.memory,
            back_off=self.back_off,
            unseen_words=self.unseen_words,
            fill=fill,
        )

    def _check_same_classes(self, targets):
        if targets.kind != self._targets.kind or not np.array_equal(
            targets.classes, self.classes_
        ):
            raise ValueError(
                "warm_start=True goes on with the classes of the first fit, "
                f"{self._targets.listed()}, but y has {targets.listed()}. Use "
                "warm_start=False for other classes."
            )

    def _training(self, network, n_texts, targets):
        """Return the parameters of the training, with "auto" resolved."""
        defaults = network.training_defaults(n_texts, max(2, targets.n_outputs))
        optimizer, learning_rate = self.optimizer, self.learning_rate
        decay = False
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = defaults.optimizer
            decay = defaults.learning_rate is not None
            if learning_rate is None:
                learning_rate = defaults.learning_rate
        return {
            "optimizer": optimizer,
            "learning_rate": learning_rate,
            "decay": decay,
            "batch_size": (
                defaults.batch_size if self.batch_size == "auto" else self.batch_size
            ),
            "epochs": defaults.epochs if self.epochs == "auto" else self.epochs,
        }

    def _network_spec(self, network, vectorizer, matrix, targets):
        return NetworkSpec(
            network=network,
            n_tokens=len(vectorizer.vocabulary_),
            embedding_dim=(
                _scratch_dim(self.embeddings) if matrix is None else matrix.shape[1]
            ),
            from_scratch=matrix is None,
            sequence_length=self.sequence_length,
            n_outputs=targets.n_outputs,
            activation=targets.activation,
            loss=targets.loss,
        )

    def predict_proba(self, X: Texts) -> np.ndarray:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), dtype=float32
            The probabilities, in the order of `classes_`. With several labels a text
            each column is a probability of its own.
        """
        self._check_fitted()
        return self._in_chunks(
            X, self._network.predict_proba, self._targets.probabilities
        )

    def predict_log_proba(self, X: Texts) -> np.ndarray:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes), dtype=float32
            The logarithms, also of probabilities so small that `predict_proba` rounds
            them to zero.
        """
        self._check_fitted()
        return self._in_chunks(
            X, self._network.probability_logits, self._targets.log_probabilities
        )

    def decision_function(self, X: Texts) -> np.ndarray:
        """Return the scores of classes: what words and n-grams add up to.

        They are the logits of the probabilities, but with the network "bag" and three
        classes or more: there a text's scores are divided by a temperature first that
        grows with how far the largest is above their mean, as found on texts held
        back, so that probabilities are as often right as they say [1]_.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes), dtype=float32
            With two classes the logit of the second, positive where it is predicted.
            With more, the scores of all, of which the largest is predicted. With
            several labels a text, the logit of each label, positive where its
            probability is above 0.5. Those of a callable network that does not
            end in a dense layer or an activation layer are found from the
            probabilities.

        References
        ----------
        .. [1] S. A. Balanya, J. Maronas, D. Ramos, "Adaptive Temperature Scaling for
           Robust Calibration of Deep Neural Networks", 2022, arXiv:2208.00461.
        """
        self._check_fitted()
        return self._in_chunks(X, self._network.logits, self._targets.decisions)

    def predict(self, X: Texts) -> "np.ndarray | csr_array | csr_matrix | list[tuple]":
        """Return the most probable class.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_classes), csr_array, \
                csr_matrix or list of tuples
            The labels. With several labels a text, those whose probabilities are above
            `thresholds_`, in the form that `fit` got: an indicator matrix, sparse if
            that was, or a list of tuples of labels.
        """
        self._check_fitted()
        return self._predict(X)

    def _check_fitted(self):
        """Do what `check_is_fitted` does, which first describes the classifier."""
        if "_network" not in vars(self):
            check_is_fitted(self)

    def _predict(self, X, form=None):
        """Return predictions, several labels a text in another form than `y` had."""
        if isinstance(self._network, TrainedBag) and self._targets.kind != "multilabel":
            # Its logits are there sooner than the probabilities that are made of them.
            return self._in_chunks(X, self._network.logits, self._targets.labels)

        def predictions(outputs):
            return self._targets.predictions(
                self._targets.probabilities(outputs),
                getattr(self, "thresholds_", None),
                form,
            )

        return self._in_chunks(X, self._network.predict_proba, predictions)

    def score(
        self, X: Texts, y: Labels, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the accuracy.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        y : array-like of shape (n_samples,), indicator matrix of shape \
                (n_samples, n_classes) or list of sets
            Their labels.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the texts.

        Returns
        -------
        score : float
            The part of the texts whose labels are predicted; of several labels a
            text, whose labels are all predicted and no others.
        """
        check_is_fitted(self)
        if self._targets.kind != "multilabel":
            return super().score(X, y, sample_weight)
        from sklearn.metrics import accuracy_score  # slow to import

        return accuracy_score(
            self._targets.encode(y, "y"),
            self._predict(X, form="csr_array"),
            sample_weight=sample_weight,
        )

    def _in_chunks(self, X, outputs_of, result_of):
        """Return what `result_of` makes of the network's outputs, for all texts."""
        texts = check_texts(X)
        if not isinstance(X, list) or hasattr(self, "feature_names_in_"):
            _check_feature_names(self, X, reset=False)
        parts = _outputs(
            texts, self._vectorizer, self._network, outputs_of, verbose=self.verbose
        )
        results = map(result_of, parts)
        first = next(results)
        if isinstance(first, list):
            return [*first, *chain.from_iterable(results)]
        if not isinstance(first, np.ndarray):
            return vstack([first, *results], format="csr")
        if len(first) == len(texts):
            return first
        result = np.empty((len(texts), *first.shape[1:]), first.dtype)
        start = 0
        for values in chain([first], results):
            result[start : start + len(values)] = values
            start += len(values)
        return result

    def explain(
        self, X: Texts, labels: Sequence[Hashable] | str | None = None
    ) -> "Explanations":
        """Return what each word and n-gram of texts adds to the score of a class.

        The score of a class is that of `decision_function`; for two classes the logit
        of the second, with its sign changed for the first. With the network "bag" the
        contributions and the intercept are the score but for rounding. With other
        networks words contribute by integrated gradients [8]_ from a text of nothing
        but padding, whose score is the intercept: they add up to the score within one
        percent of it, and of one where it is smaller. Where a callable network ends in
        another activation than it is asked for, the score is the logarithm of the
        probability, or the log-odds.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,) or (n_samples, 1)
            The texts.

        labels : list of labels, "all" or None, default=None
            The classes to explain. None is the predicted one, of several labels a text
            all that are predicted, or the most probable if none is.

        Returns
        -------
        explanations : Explanations
            A sequence of one :class:`~skglove.explaining.Explanation` a text. It
            prints, shows as coloured text in a notebook, and has `to_frame()`.

        Raises
        ------
        ValueError
            If one of `labels` is not among `classes_`.

        See Also
        --------
        skglove.explaining.explain : The same for a pipeline or a search.
        top_words : What speaks for each class in all training texts.

        References
        ----------
        .. [8] M. Sundararajan, A. Taly, Q. Yan, "Axiomatic Attribution for Deep
           Networks", ICML 2017.

        Examples
        --------
        >>> from skglove import GloveTextClassifier
        >>> texts = ["a frog in the pond", "the toad and the frog", "toads",
        ...          "a fast red car", "the car on the road", "fast roads"]
        >>> clf = GloveTextClassifier(None, random_state=0)
        >>> clf.fit(texts, ["animal"] * 3 + ["car"] * 3)
        GloveTextClassifier(...)
        >>> explanation = clf.explain(["A frog!"])[0]
        >>> explanation.labels, explanation.tokens
        (['animal'], ['a', 'frog', '!'])
        >>> explanation.top(1)[0].term, explanation.spans[1].tolist()
        ('frog', [2, 6])
        """
        check_is_fitted(self)
        texts = check_texts(X)
        _check_feature_names(self, X, reset=False)
        from .explaining import explain_texts

        return explain_texts(
            texts,
            labels,
            vectorizer=self._vectorizer,
            network=self._network,
            targets=self._targets,
            thresholds=getattr(self, "thresholds_", 0.5),
        )

    def top_words(
        self, n: int = 20, X: Texts | None = None
    ) -> "dict[Hashable, list[Term]]":
        """Return the words and n-grams that speak most for each class.

        A word that adds c to the score of a class on the average of the texts that
        have it, and that the part p of the texts has, spreads the score by
        `c * sqrt(p * (1 - p))`: those with the largest spread come first. What all
        texts have tells them apart as little as what hardly one has.

        Parameters
        ----------
        n : int, default=20
            How many to return of each class: as many as speak for it, and 100 at most.

        X : array-like of str of shape (n_samples,) or (n_samples, 1), default=None
            The texts to look at. None is the training texts, of which only the
            network "bag" keeps what it takes.

        Returns
        -------
        terms : dict of list of Term
            By class the words, bigrams and trigrams, as `term`, with `contribution`,
            what each adds to the score of the class on the average of the texts that
            have it, and `n_texts`, how many have it.

        Raises
        ------
        ValueError
            If `X` is None and the network is not "bag", or `n` is out of its range.

        See Also
        --------
        TopWordsDisplay : Draws them.
        explain : What each word adds in one text.

        Examples
        --------
        >>> from skglove import GloveTextClassifier
        >>> texts = ["a frog in the pond", "the toad and the frog", "a frog",
        ...          "a slow red car", "the car on the road", "car on fast roads"]
        >>> clf = GloveTextClassifier(None, random_state=0)
        >>> clf.fit(texts, ["animal"] * 3 + ["car"] * 3)
        GloveTextClassifier(...)
        >>> [terms[0].term for terms in clf.top_words().values()]
        ['frog', 'car']
        """
        check_is_fitted(self)
        n = check_scalar(n, "n", Integral, min_val=1, max_val=MAX_TERMS)
        if X is not None:
            texts = check_texts(X)
            _check_feature_names(self, X, reset=False)
            ids = self._vectorizer.ids_of(texts, **self._network.vectorizer_options)
            contributions = self._network.contributions(ids)
            top_terms = TopTerms.of(ids, contributions, len(self.vocabulary_))
        elif isinstance(self._network, TrainedBag):
            top_terms = self._network.top_terms_of_training()
        else:
            raise ValueError(
                f"With network={self.network!r} nothing is kept of the training texts. "
                "Pass texts to look at: top_words(X=texts)."
            )
        from .explaining import terms_by_class

        return terms_by_class(top_terms, self.classes_, self.vocabulary_, n)

    @property
    def model_(self) -> "keras.Model":
        """The trained keras.Model."""
        if not hasattr(self, "_network"):
            raise AttributeError(
                f"This {type(self).__name__} has no model_ before it is fitted."
            )
        return self._network.model

    def __dir__(self):
        # scikit-learn's dir() and HTML view look at every attribute listed here. That
        # would load TensorFlow and build a model that nobody asked for.
        names = set(object.__dir__(self))
        return names - {"model_"} if not self._has_model() else names

    def _has_model(self):
        """Tell whether `model_` was built."""
        return hasattr(self, "_network") and self._network.has_model

    def to_keras(self) -> "keras.Model":
        """Return a Keras model that takes texts.

        Returns
        -------
        model : keras.Model
            Takes a string tensor of shape (n_samples, 1), gives the trained network's
            outputs: a softmax over `classes_`, one sigmoid unit for the second of two
            classes, or a sigmoid unit a column of an indicator matrix. Its weights
            are those of `model_`, not copies.

            Saved with `model.save("name.keras")` it is loaded after `import
            skglove.keras_layers`. It loads where skglove is not installed if `network`
            is "conv", "flatten" or "parallel_conv", `standardize` one of Keras's,
            `padding` and `truncating` are "post" and no word ends in NUL or has a line
            separator of Unicode in it. A callable `standardize` must be registered
            with Keras.

            Do not load a `.keras` file whose author you do not trust: such files have
            been found to run code again and again. `save` makes files for that.
        """
        check_is_fitted(self)
        from .export import end_to_end_model

        return end_to_end_model(self._vectorizer, self._network)

    def compress(self, max_bigrams: int | None = None) -> Self:
        """Return a smaller copy, for pickles and files of half the size and less.

        Only for the network "bag". What it has learned is rounded to 16 bits, and
        bigrams and trigrams that add little to every class can be left out. User guide
        and benchmarks (`benchmarks/sizes.py`) say what that costs in accuracy. A warm
        start of the copy begins with a new optimizer.

        Parameters
        ----------
        max_bigrams : int or None, default=None
            How many of both to keep; None keeps all. 0 leaves words and n-grams of
            characters.

        Returns
        -------
        classifier : GloveTextClassifier
            The copy. The one that it is of remains as it is.

        Raises
        ------
        ValueError
            If the network is another, or `max_bigrams` is negative.

        Examples
        --------
        >>> import pickle
        >>> from skglove import GloveTextClassifier
        >>> clf = GloveTextClassifier(8, random_state=0)  # learns its own vectors
        >>> texts = ["a frog in a pond", "a toad by the pond", "a car", "a fast car"]
        >>> clf.fit(texts, ["animal", "animal", "machine", "machine"])
        GloveTextClassifier(...)
        >>> small = clf.compress()
        >>> small.predict(["the frog", "cars"])
        array(['animal', 'machine'], dtype='<U7')
        >>> len(pickle.dumps(small)) < len(pickle.dumps(clf))
        True
        """
        check_is_fitted(self)
        if max_bigrams is not None:
            check_scalar(max_bigrams, "max_bigrams", Integral, min_val=0)
        network = self._network
        if not isinstance(network, TrainedBag):
            raise ValueError(
                f"compress is for network='bag', this one is {self.network!r}. Save "
                "model_ with Keras, which has means of its own: model_.quantize."
            )
        small = copy(self)
        small._network = network.compressed(max_bigrams)
        return small

    def save(self, path: str | PathLike[str]) -> None:
        """Save the classifier to a file that is safe for anybody to load.

        See :mod:`skglove.persistence` for what the file holds. It is written by skops:
        `pip install "skglove[share]"`.

        Parameters
        ----------
        path : str or PathLike
            The file to write; by convention its name ends in `.skglove`. One that
            exists is replaced once the new one is whole.

        Raises
        ------
        TypeError
            If a parameter is not supported in files, such as a callable `network`.
        ImportError
            If skops is not installed.

        See Also
        --------
        skglove.load : Loads it.
        """
        persistence.save(self, path)

    def __getstate__(self):
        # What skops saves. Pickles and copies go through __reduce_ex__.
        return persistence.get_state(self)

    def __setstate__(self, state):
        persistence.set_state(self, state)

    def __reduce_ex__(self, protocol):
        return _from_pickle, (type(self), persistence.get_pickled_state(self))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        tags.classifier_tags.multi_label = True
        return tags


def _outputs(texts, vectorizer, network, outputs_of, verbose=0):
    """Yield what `outputs_of` makes of texts, some at once.

    Neither ids nor outputs of a large input are ever in memory at once.
    """
    at_once = max(
        1, min(_TEXTS_AT_ONCE, _PROBABILITIES_AT_ONCE // network.spec.n_outputs)
    )
    starts = range(0, len(texts), at_once)
    if verbose and len(starts) > 1:
        from tqdm import tqdm

        starts = tqdm(starts, "Predicting", unit=f" x {at_once:,} texts")
    for start in starts:
        yield outputs_of(
            vectorizer.ids_of(
                texts[start : start + at_once], **network.vectorizer_options
            )
        )


def _from_pickle(kind, state):
    """Return the classifier of a pickle: pickles call it by this name."""
    classifier = kind.__new__(kind)
    persistence.set_pickled_state(classifier, state)
    return classifier


def _scratch_dim(embeddings):
    """Return the dimension of vectors to learn from scratch, None for other sources."""
    if embeddings is None:
        return _FROM_SCRATCH_DIM
    if isinstance(embeddings, Integral) and not isinstance(embeddings, bool):
        if embeddings < 1:
            raise ValueError(
                f"embeddings={embeddings!r} must be 1 or more as the dimension of "
                "vectors to learn from scratch."
            )
        return int(embeddings)
    return None
