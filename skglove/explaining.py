"""Why this class: what each word and n-gram of a text adds to the score of a class."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
from sklearn.base import BaseEstimator

from ._html import explanation_html, explanations_html
from ._targets import Targets
from ._typing import Texts
from .networks._top_terms import NO_WORD, TopTerms
from .text import FIRST_WORD_ID

if TYPE_CHECKING:
    import pandas

_TEXTS_AT_ONCE = 1_000
_SHOWN_TEXTS = 20
_SHOWN_TERMS = 10
_NGRAM_KINDS = {2: "bigram", 3: "trigram"}


class Term(NamedTuple):
    """A word, bigram or trigram and what it adds to the score of a class.

    Attributes
    ----------
    term : str
        The word, or two or three with spaces between.

    contribution : float
        What it adds.

    n_texts : int
        How many texts have it.
    """

    term: str
    contribution: float
    n_texts: int = 1


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the words, bigrams and trigrams of one text add to the scores of classes.

    The score of a class is that of `decision_function`: for two classes the logit of
    the second, with its sign changed for the first. It is the intercept and what words
    and n-grams add; of a word that occurs several times each place adds its share.

    Printed, it names the words and n-grams that decided. A notebook shows the text
    with its words coloured.

    Attributes
    ----------
    text : str
        The text.

    labels : list
        The classes explained.

    classes : ndarray of shape (n_classes,)
        All classes.

    probabilities : ndarray of shape (n_classes,)
        Their probabilities.

    tokens : list of str
        The words of the text as the classifier sees them.

    spans : ndarray of shape (n_tokens, 2), dtype=int64
        Start and end of each of them in `text`.

    known : ndarray of shape (n_tokens,), dtype=bool
        Which of them are in the vocabulary, or misspell a word that is.

    words : ndarray of shape (n_tokens, n_labels)
        What each adds to the score of each label.

    ngrams : ndarray of shape (n_ngrams, n_labels)
        What each two or three neighbouring words add that are known as a bigram or
        trigram.

    ngram_places : ndarray of shape (n_ngrams,), dtype=int64
        Which token is the first of each of them.

    ngram_lengths : ndarray of shape (n_ngrams,), dtype=int64
        How many words each has: 2 or 3.

    intercept : ndarray of shape (n_labels,)
        What a text without words would have.

    n_unused : int
        How many more words the text has: those beyond `sequence_length`.

    See Also
    --------
    GloveTextClassifier.explain : Makes explanations.
    ExplanationDisplay : Draws one.
    """

    text: str
    labels: list[Any]
    classes: np.ndarray
    probabilities: np.ndarray
    tokens: list[str]
    spans: np.ndarray
    known: np.ndarray
    words: np.ndarray
    ngrams: np.ndarray
    ngram_places: np.ndarray
    ngram_lengths: np.ndarray
    intercept: np.ndarray
    n_unused: int = 0

    @property
    def scores(self) -> np.ndarray:
        """The scores of the labels: intercept, words and n-grams added up."""
        return self.intercept + self.words.sum(axis=0) + self.ngrams.sum(axis=0)

    @property
    def token_totals(self) -> np.ndarray:
        """What each token adds with its part of the n-grams that it is in.

        That is half of a bigram and a third of a trigram. Of shape (n_tokens,
        n_labels). The colours of the words are these.
        """
        totals = self.words.astype(np.float64)
        lengths = self.ngram_lengths
        for i in range(lengths.max(initial=0)):
            has_it = lengths > i
            shares = self.ngrams[has_it] / lengths[has_it, np.newaxis]
            np.add.at(totals, self.ngram_places[has_it] + i, shares)
        return totals

    def top(self, n: int | None = 10, label: Hashable = None) -> list[Term]:
        """Return the words and n-grams that decided, the places of each added up.

        Parameters
        ----------
        n : int or None, default=10
            How many to return at most. None returns all.

        label : object, default=None
            One of `labels`; None is the first.

        Returns
        -------
        terms : list of Term
            The terms and what they add, whether for or against, the most first.

        Raises
        ------
        ValueError
            If `label` is not one of `labels`.
        """
        column = 0 if label is None else self._column(label)
        totals: dict[str, float] = {}
        values = [*self.words[:, column].tolist(), *self.ngrams[:, column].tolist()]
        for term, value in zip([*self.tokens, *self._ngrams()], values, strict=True):
            totals[term] = totals.get(term, 0.0) + value
        terms = sorted(totals.items(), key=lambda item: (-abs(item[1]), item[0]))
        return [Term(*item) for item in terms[:n]]

    def to_frame(self) -> "pandas.DataFrame":
        """Return a pandas DataFrame with a row for each word, n-gram and intercept.

        Returns
        -------
        frame : DataFrame
            Columns `label`, `kind` ("intercept", "word", "bigram" or "trigram"),
            `term`, `start` and `end` in the text, `known` and `contribution`.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = _import_pandas()
        ngrams, first = self._ngrams(), self.ngram_places
        last = first + self.ngram_lengths - 1
        length = len(self.text)
        kinds = ["intercept"] + ["word"] * len(self.tokens)
        kinds += [_NGRAM_KINDS[length] for length in self.ngram_lengths.tolist()]
        starts = np.concatenate([[0], self.spans[:, 0], self.spans[first, 0]])
        ends = np.concatenate([[length], self.spans[:, 1], self.spans[last, 1]])
        known = np.concatenate([[True], self.known, np.ones(len(first), dtype=bool)])
        return pandas.concat(
            [
                pandas.DataFrame(
                    {
                        "label": label,
                        "kind": kinds,
                        "term": ["", *self.tokens, *ngrams],
                        "start": starts.astype(np.int64),
                        "end": ends.astype(np.int64),
                        "known": known,
                        "contribution": np.concatenate(
                            [
                                self.intercept[column : column + 1],
                                self.words[:, column],
                                self.ngrams[:, column],
                            ]
                        ),
                    }
                )
                for column, label in enumerate(self.labels)
            ],
            ignore_index=True,
        )

    def _ngrams(self) -> list[str]:
        """Return the bigrams and trigrams as strings."""
        ends = self.ngram_places + self.ngram_lengths
        return [
            " ".join(self.tokens[start:end])
            for start, end in zip(self.ngram_places, ends, strict=True)
        ]

    def score_line(self, column: int) -> str:
        """Return what the score of a label is made of, in words."""
        return (
            f"score {self.scores[column]:+.2f} = "
            f"intercept {self.intercept[column]:+.2f}, "
            f"words {self.words[:, column].sum():+.2f}, "
            f"n-grams {self.ngrams[:, column].sum():+.2f}"
        )

    def _column(self, label: Hashable) -> int:
        for column, explained in enumerate(self.labels):
            if explained == label:
                return column
        raise ValueError(f"label={label!r} is not explained: labels are {self.labels}.")

    def __str__(self):
        lines = [_shortened(self.text)]
        of_class = dict(zip(self.classes.tolist(), self.probabilities, strict=True))
        for column, label in enumerate(self.labels):
            lines.append(
                f"{label!s}: probability {of_class[label]:.3f}, "
                f"{self.score_line(column)}"
            )
            lines += [
                f"  {term.contribution:+.2f}  {term.term}"
                for term in self.top(_SHOWN_TERMS, label)
            ]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        return explanation_html(self)


class Explanations(Sequence[Explanation]):
    """The explanations of several texts, in order.

    Parameters
    ----------
    explanations : sequence of Explanation
        Those of the texts.

    See Also
    --------
    GloveTextClassifier.explain : Makes them.
    """

    def __init__(self, explanations: Sequence[Explanation]) -> None:
        self._explanations = list(explanations)

    def __len__(self) -> int:
        return len(self._explanations)

    @overload
    def __getitem__(self, item: int) -> Explanation: ...

    @overload
    def __getitem__(self, item: slice) -> "Explanations": ...

    def __getitem__(self, item):
        if isinstance(item, slice):
            return Explanations(self._explanations[item])
        return self._explanations[item]

    def to_frame(self) -> "pandas.DataFrame":
        """Return a pandas DataFrame: that of each, after a column `text`, its number.

        Returns
        -------
        frame : DataFrame
            As that of :meth:`Explanation.to_frame`.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = _import_pandas()
        frames = [explanation.to_frame() for explanation in self]
        for number, frame in enumerate(frames):
            frame.insert(0, "text", number)
        return pandas.concat(frames, ignore_index=True)

    def __str__(self):
        shown = [str(explanation) for explanation in self[:_SHOWN_TEXTS]]
        if len(self) > len(shown):
            shown.append(f"... and {len(self) - len(shown):,} more")
        return "\n\n".join(shown)

    __repr__ = __str__

    def _repr_html_(self):
        return explanations_html(self[:_SHOWN_TEXTS], len(self))


def explain(
    estimator: BaseEstimator,
    texts: Texts | Any,
    labels: Sequence[Hashable] | str | None = None,
) -> Explanations:
    """Explain what a classifier in a pipeline or a search says of texts.

    The steps before the classifier are applied to the texts: what is explained, and
    where words are, is the text that the classifier gets.

    Parameters
    ----------
    estimator : GloveTextClassifier, Pipeline or search
        Fitted: a classifier, a pipeline that ends in one, or a search over either,
        whose best estimator is taken.

    texts : array-like of str of shape (n_samples,)
        What the estimator predicts on.

    labels : list of labels, "all" or None, default=None
        The classes to explain; see :meth:`GloveTextClassifier.explain`.

    Returns
    -------
    explanations : Explanations
        One a text.

    Raises
    ------
    TypeError
        If there is no :class:`GloveTextClassifier` at the end.
    NotFittedError
        If a search is not fitted, or the classifier is not.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from skglove import GloveTextClassifier
    >>> from skglove.explaining import explain
    >>> def without_greeting(texts):
    ...     return [text.removeprefix("Hello, ") for text in texts]
    >>> pipeline = make_pipeline(
    ...     FunctionTransformer(without_greeting),
    ...     GloveTextClassifier(None, random_state=0),
    ... )
    >>> texts = ["Hello, frog", "a toad", "frog and toad", "Hello, car", "a road",
    ...          "car and road"]
    >>> pipeline = pipeline.fit(texts, [0, 0, 0, 1, 1, 1])
    >>> explain(pipeline, ["Hello, frog"])[0].tokens
    ['frog']
    """
    steps, classifier = find_classifier(estimator)
    for step in steps:
        texts = step.transform(texts)
    return classifier.explain(texts, labels)


def find_classifier(estimator):
    """Return the steps before the classifier of a pipeline or search, and it.

    Parameters
    ----------
    estimator : estimator
        A classifier with `explain`, a pipeline that ends in one, a fitted search over
        either, or what else holds one as `estimator_`.

    Returns
    -------
    steps : list of transformers
        What texts go through before they get to the classifier.

    classifier : estimator
        The classifier.

    Raises
    ------
    TypeError
        If what is at the end has no `explain`.
    NotFittedError
        If a search is not fitted.
    """
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import check_is_fitted

    steps, inner = [], estimator
    while not hasattr(inner, "explain"):
        if isinstance(inner, Pipeline):
            steps += [step for _, step in inner.steps[:-1] if _is_applied(step)]
            inner = inner.steps[-1][1]
        elif hasattr(inner, "best_estimator_"):
            inner = inner.best_estimator_
        elif hasattr(inner, "estimator_"):
            inner = inner.estimator_
        elif hasattr(inner, "estimator") and hasattr(inner, "fit"):
            check_is_fitted(inner)
            raise TypeError(
                f"{inner!r} has no best_estimator_: fit it with refit=True."
            )
        else:
            raise TypeError(
                f"There is no GloveTextClassifier at the end of {estimator!r}."
            )
    return steps, inner


def _is_applied(step):
    return step is not None and not isinstance(step, str)


def explain_texts(
    texts, labels, *, vectorizer, network, targets, thresholds=0.5
) -> Explanations:
    """Explain what a trained network says of texts.

    Parameters
    ----------
    texts : list of str
        The texts.

    labels : list of labels, "all" or None
        The classes to explain. None is the predicted one, or those of a text with
        several; where there are none of these, the most probable.

    vectorizer : TextVectorizer
        Makes ids of the texts.

    network : TrainedBag or TrainedNetwork
        Has `predict_proba` and `contributions`.

    targets : Targets
        The classes.

    thresholds : float or ndarray of shape (n_classes,), default=0.5
        The probability above which one of several labels is predicted.

    Returns
    -------
    explanations : Explanations
        One a text.

    Raises
    ------
    ValueError
        If a label is not one of the classes.
    """
    asked = _check_labels(labels, targets)
    explanations = []
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        part = texts[start : start + _TEXTS_AT_ONCE]
        ids = vectorizer.ids_of(part, **network.vectorizer_options)
        probabilities = targets.probabilities(network.predict_proba(ids))
        chosen = [
            _predicted(row, targets.kind, thresholds) if asked is None else asked
            for row in probabilities
        ]
        wanted = np.zeros((len(part), targets.n_outputs), dtype=bool)
        for row, codes in zip(wanted, chosen, strict=True):
            row[[_output(code, targets)[0] for code in codes]] = True
        contributions = network.contributions(ids, wanted)
        known = (ids.flat >= FIRST_WORD_ID) & (ids.flat < len(vectorizer.vocabulary_))
        first_ngrams = np.searchsorted(contributions.ngram_places, ids.ends)
        located = vectorizer.locate(part)
        for i, (text, tokens) in enumerate(zip(part, located, strict=True)):
            words = slice(ids.ends[i], ids.ends[i + 1])
            ngrams = slice(first_ngrams[i], first_ngrams[i + 1])
            outputs, signs = map(
                np.array, zip(*[_output(c, targets) for c in chosen[i]], strict=True)
            )
            explanations.append(
                Explanation(
                    text=text,
                    labels=[targets.classes.tolist()[code] for code in chosen[i]],
                    classes=targets.classes,
                    probabilities=probabilities[i],
                    tokens=tokens.words,
                    spans=tokens.spans,
                    known=known[words],
                    words=contributions.words[words][:, outputs] * signs,
                    ngrams=contributions.ngrams[ngrams][:, outputs] * signs,
                    ngram_places=contributions.ngram_places[ngrams] - ids.ends[i],
                    ngram_lengths=contributions.ngram_lengths[ngrams],
                    intercept=contributions.intercept[i, outputs] * signs,
                    n_unused=tokens.n_cut,
                )
            )
    return Explanations(explanations)


def terms_by_class(top_terms: TopTerms, classes, vocabulary, n) -> dict:
    """Return the first `n` terms of each class, as words.

    Parameters
    ----------
    top_terms : TopTerms
        The terms as ids.

    classes : ndarray of shape (n_classes,)
        The classes.

    vocabulary : list of str
        The word of each id.

    n : int
        How many a class at most.

    Returns
    -------
    terms : dict of list of Term
        Those of each class.
    """
    terms = {}
    # A single label has one score, whose other side is not a class.
    rows = range(len(top_terms.first) - len(classes), len(top_terms.first))
    for row, label in zip(rows, classes.tolist(), strict=True):
        columns = zip(
            zip(*(ids[row, :n].tolist() for ids in top_terms.words), strict=True),
            top_terms.contributions[row, :n].tolist(),
            top_terms.n_texts[row, :n].tolist(),
            strict=True,
        )
        terms[label] = [
            Term(" ".join(vocabulary[i] for i in ids if i != NO_WORD), *values)
            for ids, *values in columns
            if ids[0] != NO_WORD
        ]
    return terms


def _check_labels(labels, targets: Targets):
    """Return the numbers of the classes asked for, None for the predicted ones."""
    if labels is None:
        return None
    classes = targets.classes.tolist()
    if isinstance(labels, str):
        if labels != "all":
            raise ValueError(
                f"labels must be a list of classes, 'all' or None, got {labels!r}. "
                "Wrap one class in a list."
            )
        return list(range(len(classes)))
    if isinstance(labels, np.ndarray):
        labels = labels.tolist()
    if not isinstance(labels, Sequence):
        raise ValueError(
            f"labels must be a list of classes, 'all' or None, got {labels!r} of type "
            f"{type(labels).__name__}."
        )
    if not len(labels):
        raise ValueError("labels is empty: None explains the predicted class.")
    codes = {label: code for code, label in enumerate(classes)}
    for label in labels:
        if label not in codes:
            raise ValueError(f"labels has {label!r}; the classes are {classes}.")
    return list(dict.fromkeys(codes[label] for label in labels))


def _predicted(probabilities, kind, thresholds):
    """Return the numbers of the predicted classes, or of the most probable one."""
    if kind == "multilabel":
        predicted = np.flatnonzero(probabilities > thresholds)
        if len(predicted):
            return predicted.tolist()
    return [int(probabilities.argmax())]


def _output(code, targets):
    """Return which of the network's outputs is a class's, and its sign."""
    if targets.kind == "binary":
        return 0, (1 if code == 1 else -1)
    return code, 1


def _shortened(text, length=88):
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 3] + "..."


def _import_pandas():
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "to_frame() needs pandas. Install it with pip install pandas."
        ) from error
    return pandas
