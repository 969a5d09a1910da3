"""The default network: bags of words, bigrams and character n-grams."""

from numbers import Integral, Real
from typing import TYPE_CHECKING

from sklearn.utils._param_validation import Interval

from ._defaults import TrainingDefaults
from ._spec import Network

if TYPE_CHECKING:
    from ._trained_bag import TrainedBag


class Bag(Network):
    """Weighted bags of words, bigrams and character n-grams, into the classes.

    What a text's words say of the classes is added up, in two parts that err
    differently:

    - A network trained by Keras: the weighted sum of the words' vectors, brought to
      length one, beside it that of vectors of free dimensions, learned from nothing,
      and of its frequent bigrams [1]_. Each word and bigram has a learned weight in
      each: among the free vectors it starts at the inverse document frequency, as in
      TF-IDF.
    - Linear parts found by convex solvers and in closed form: support vectors of words
      and bigrams, weighted by how much they tell of the classes; complement naive Bayes
      of their TF-IDF (of words alone for more classes than two) [2]_; and support
      vectors of the words' character n-grams, hashed [3]_, which words outside the
      vocabulary have too.

    The support vectors of 800 texts or more of two classes, of 60 different words on
    average or more, have trigrams, and weights by inverse document frequency, too:
    n-grams help most where texts praise and blame [6]_, and many are rare.

    With fewer than 6,000 texts there is a third kind of support vectors, in which each
    word counts as the sum of the 20 nearest of 1,000 landmarks: words of many training
    texts that tell the classes apart. Near is what has a large cosine of the word
    vectors less their mean [7]_. Words that no training text has count, too.

    How much each counts is found on training texts held back from both. What results
    is one linear model: a table with a row for each word, bigram, trigram and bucket
    of n-grams.

    Parameters
    ----------
    dropout : float, default=0.3
        Part of a text's different words and bigrams that the network leaves out in
        training [4]_.

    max_bigrams : int, default=200_000
        Most bigrams to know: those that most training texts have, two at least.
        Trigrams are made of these, 100,000 at most.

    linear : bool, default=True
        Whether there are the linear parts beside the network.

    correct_spelling : bool, default=True
        Whether predictions take a word that is not in the vocabulary for a frequent
        one that differs from it by a letter changed, dropped, added or swapped with
        the next [5]_. It must have four letters and no digits.

    References
    ----------
    .. [1] A. Joulin, E. Grave, P. Bojanowski, T. Mikolov, "Bag of Tricks for Efficient
       Text Classification", EACL 2017: the bag of words and bigrams.

    .. [2] J. Rennie, L. Shih, J. Teevan, D. Karger, "Tackling the Poor Assumptions of
       Naive Bayes Text Classifiers", ICML 2003.

    .. [3] P. Bojanowski, E. Grave, A. Joulin, T. Mikolov, "Enriching Word Vectors with
       Subword Information", TACL 2017.

    .. [4] M. Iyyer, V. Manjunatha, J. Boyd-Graber, H. Daume III, "Deep Unordered
       Composition Rivals Syntactic Methods for Text Classification", ACL 2015.

    .. [5] W. Garbe, "SymSpell", 2012, https://github.com/wolfgarbe/SymSpell: words
       are near if they are the same without one of their letters.

    .. [6] S. Wang, C. Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic
       Classification", ACL 2012.

    .. [7] J. Mu, P. Viswanath, "All-but-the-Top: Simple and Effective Postprocessing
       for Word Representations", ICLR 2018.

    Examples
    --------
    >>> from skglove.networks import Bag
    >>> Bag(max_bigrams=50_000)
    Bag(max_bigrams=50000)
    """

    name = "bag"

    _parameter_constraints: dict = {
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "max_bigrams": [Interval(Integral, 0, None, closed="left")],
        "linear": ["boolean"],
        "correct_spelling": ["boolean"],
    }
    before = {"correct_spelling": False}

    def __init__(
        self,
        dropout: float = 0.3,
        max_bigrams: int = 200_000,
        linear: bool = True,
        correct_spelling: bool = True,
    ) -> None:
        self.dropout = dropout
        self.max_bigrams = max_bigrams
        self.linear = linear
        self.correct_spelling = correct_spelling

    def trained_from_state(self, state: dict) -> "TrainedBag":
        """Return the trained network of a state; see :class:`Network`."""
        from ._trained_bag import TrainedBag

        return TrainedBag.from_state(self, state)

    def training_defaults(self, n_texts: int, n_classes: int) -> TrainingDefaults:
        """Return what "auto" is; see :class:`Network`."""
        per_class = n_texts / n_classes
        # More classes have fewer texts each: their weights must come further in as
        # many steps.
        rate = 2e-3 * (n_classes / 2) ** 0.5
        if n_texts < 6_000 or per_class < 300:
            # By the number of texts a class: 18 epochs for 10, 10 for 130, 7 for 800.
            epochs = round(min(25, max(3, 30 * per_class**-0.22)))
            batch_size = 32 if n_texts < 6_000 else 64 if n_texts < 20_000 else 128
            rate = 5e-3 if n_texts < 4_000 else min(5e-3, rate)
        else:
            # The linear parts know most by then: 4 epochs for 800, 3 from 3,400 on.
            epochs = round(max(3, 18 * per_class**-0.22))
            if n_texts < 20_000:
                batch_size, rate = 128, 5e-3
            elif n_texts < 50_000:
                batch_size, rate = 256, 1e-2
            else:
                batch_size, rate = 512, min(1e-2, 2 * rate)
        return TrainingDefaults(batch_size, epochs, "lazy_adam", rate)
