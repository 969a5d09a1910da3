"""Displays, after scikit-learn's Display convention."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ._html import BLUE, ORANGE
from .explaining import Explanation, Term, explain, find_classifier
from .text._validation import shown
from .vectors import Coverage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS = ("accuracy", "loss")

_FOR, _AGAINST = (tuple(value / 255 for value in color) for color in (BLUE, ORANGE))
_PANELS_A_ROW = 4
_PANEL_WIDTH = 3.8


class TrainingCurveDisplay:
    """Accuracy and loss by epoch, on training and on validation texts.

    Make one with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    histories : dict of str to dict of str to list of float
        The `history_` of each fit by its name.

    Attributes
    ----------
    axes_ : ndarray of shape (2,) of matplotlib Axes
        The axes of accuracy and of loss.

    figure_ : matplotlib Figure
        The figure they are in.

    lines_ : dict of str to list of matplotlib Artist
        The lines of each fit: training and validation accuracy, training and
        validation loss; validation only where there was some.

    See Also
    --------
    GloveTextClassifier : Its `history_` is what is shown.

    References
    ----------
    .. [1] F. Chollet, "Deep Learning with Python", Manning, 2017, section 6.1, draws
       training scores as points and validation scores as a line.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from skglove import TrainingCurveDisplay
    >>> history = {"accuracy": [0.5, 0.8], "loss": [0.7, 0.4],
    ...            "val_accuracy": [0.5, 0.6], "val_loss": [0.7, 0.6]}
    >>> display = TrainingCurveDisplay({"a fit": history}).plot()
    >>> [axes.get_ylabel() for axes in display.axes_]
    ['Accuracy', 'Loss']
    """

    def __init__(self, histories: Mapping[str, Mapping[str, list[float]]]) -> None:
        self.histories = histories

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator | Mapping[str, BaseEstimator],
        *,
        axes: "Sequence[Axes] | np.ndarray | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the training of one or several fitted classifiers.

        Parameters
        ----------
        estimator : estimator or dict of str to estimator
            A fitted :class:`GloveTextClassifier`, a pipeline that ends in one or a
            search over either, or several by the name that the legend gives them.

        axes : sequence of two matplotlib Axes, default=None
            Where to draw accuracy and loss. None makes a new figure.

        **kwargs
            Passed on to :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If a classifier is not fitted.
        TypeError
            If there is no GloveTextClassifier at the end of it.
        ImportError
            If matplotlib is not installed.
        """
        estimators = estimator
        if not isinstance(estimators, Mapping):
            estimators = {type(estimator).__name__: estimator}
        classifiers = {
            name: find_classifier(fitted)[1] for name, fitted in estimators.items()
        }
        for classifier in classifiers.values():
            check_is_fitted(classifier)
        histories = {name: one.history_ for name, one in classifiers.items()}
        return cls(histories).plot(axes=axes, **kwargs)

    def plot(
        self, *, axes: "Sequence[Axes] | np.ndarray | None" = None, **kwargs: Any
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        axes : sequence of two matplotlib Axes, default=None
            Where to draw accuracy and loss. None makes a new figure.

        **kwargs
            Passed on to :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If `axes` are not two.
        ImportError
            If matplotlib is not installed.
        """
        plt = _import_pyplot(self)
        figure = None
        if axes is None:
            figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
        if len(axes) != len(_PANELS):
            raise ValueError(
                f"axes must be two, for accuracy and for loss; got {len(axes)}."
            )
        self.lines_: dict[str, list] = {name: [] for name in self.histories}
        for panel, ax in zip(_PANELS, axes, strict=True):
            for i, (name, history) in enumerate(self.histories.items()):
                self.lines_[name] += self._draw(
                    ax, f"C{i}", panel, name, history, kwargs
                )
            ax.set_xlabel("Epoch")
            ax.set_ylabel(panel.capitalize())
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.grid(alpha=0.3)
        # The colours are the same in both panels, and no place in them is sure to be
        # free of curves.
        if figure is None:
            axes[0].legend()
        else:
            handles = axes[0].get_legend_handles_labels()
            figure.legend(*handles, loc="outside lower center", ncols=4)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _draw(self, ax, color, panel, name, history, kwargs):
        """Draw one fit into one of the axes: points for training, a line for not."""
        prefix = f"{name}: " if len(self.histories) > 1 else ""
        curves = [(panel, "training", "o"), (f"val_{panel}", "validation", "-")]
        lines = []
        for key, label, style in curves:
            if key in history:
                epochs = range(1, len(history[key]) + 1)
                look = {"color": color, "label": prefix + label, **kwargs}
                lines += ax.plot(epochs, history[key], style, **look)
        return lines


class ExplanationDisplay:
    """The words and n-grams that decided, for and against, as bars.

    Make one with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    explanation : Explanation
        What is shown.

    Attributes
    ----------
    axes_ : ndarray of shape (n_labels,) of matplotlib Axes
        The axes of each label.

    figure_ : matplotlib Figure
        The figure they are in.

    bars_ : list of matplotlib BarContainer
        The bars of each label.

    See Also
    --------
    GloveTextClassifier.explain : Returns explanations.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from skglove import ExplanationDisplay, GloveTextClassifier
    >>> texts = ["a frog", "a toad", "frog and toad", "a car", "a road", "car and road"]
    >>> clf = GloveTextClassifier(None, random_state=0).fit(texts, [0, 0, 0, 1, 1, 1])
    >>> display = ExplanationDisplay.from_estimator(clf, "a frog on a road")
    >>> sorted(label.get_text() for label in display.axes_[0].get_yticklabels())
    ['a', 'frog', 'on', 'road']
    """

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        text: str,
        labels: Sequence[Hashable] | str | None = None,
        *,
        n: int = 15,
        axes: "Axes | Sequence[Axes] | np.ndarray | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Explain one text and draw it.

        Parameters
        ----------
        estimator : estimator
            A fitted :class:`GloveTextClassifier`, a pipeline that ends in one or a
            search over either.

        text : str
            The text.

        labels : list of labels, "all" or None, default=None
            The classes to explain; see :meth:`GloveTextClassifier.explain`.

        n : int, default=15
            How many words and n-grams to show of each class.

        axes : sequence of matplotlib Axes, default=None
            Where to draw, one a class. None makes a new figure.

        **kwargs
            Passed on to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : ExplanationDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `text` is not a str.
        ValueError
            If a label is not one of the classes.
        ImportError
            If matplotlib is not installed.
        """
        if not isinstance(text, str):
            raise TypeError(
                f"text must be one str, got {shown(text)} of type "
                f"{type(text).__name__}."
            )
        return cls(explain(estimator, [text], labels)[0]).plot(n=n, axes=axes, **kwargs)

    def plot(
        self,
        *,
        n: int = 15,
        axes: "Axes | Sequence[Axes] | np.ndarray | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the bars.

        Parameters
        ----------
        n : int, default=15
            How many words and n-grams to show of each class.

        axes : sequence of matplotlib Axes, default=None
            Where to draw, one a class. None makes a new figure.

        **kwargs
            Passed on to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : ExplanationDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there are not as many axes as classes explained.
        ImportError
            If matplotlib is not installed.
        """
        explanation = self.explanation
        panels = {label: explanation.top(n, label) for label in explanation.labels}
        self.figure_, self.axes_ = _bar_axes(self, axes, panels)
        probabilities = dict(
            zip(
                explanation.classes.tolist(),
                explanation.probabilities.tolist(),
                strict=True,
            )
        )
        self.bars_ = []
        for column, (ax, label) in enumerate(zip(self.axes_, panels, strict=True)):
            self.bars_.append(_draw_bars(ax, panels[label], kwargs))
            ax.set_title(
                f"{label}\nprobability {probabilities[label]:.3f}, score "
                f"{explanation.scores[column]:+.2f}",
                fontsize="medium",
            )
            ax.set_xlabel("Contribution to the score")
        return self


class TopWordsDisplay:
    """The words and n-grams that speak most for each class, as bars.

    Make one with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    terms : dict of list of Term
        What :meth:`GloveTextClassifier.top_words` returned.

    Attributes
    ----------
    axes_ : ndarray of shape (n_classes,) of matplotlib Axes
        The axes of each class.

    figure_ : matplotlib Figure
        The figure they are in.

    bars_ : list of matplotlib BarContainer
        The bars of each class.

    See Also
    --------
    GloveTextClassifier.top_words : The same as data.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from skglove import GloveTextClassifier, TopWordsDisplay
    >>> texts = ["a frog", "a toad", "frog and toad", "a car", "a road", "car and road"]
    >>> clf = GloveTextClassifier(None, random_state=0).fit(texts, [0, 0, 0, 1, 1, 1])
    >>> display = TopWordsDisplay.from_estimator(clf, n=1)
    >>> [ax.get_title() for ax in display.axes_]
    ['0', '1']
    """

    def __init__(self, terms: Mapping[Hashable, Sequence[Term]]) -> None:
        self.terms = terms

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        n: int = 15,
        labels: Sequence[Hashable] | None = None,
        axes: "Axes | Sequence[Axes] | np.ndarray | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw what speaks for the classes of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted :class:`GloveTextClassifier`, a pipeline that ends in one or a
            search over either.

        n : int, default=15
            How many words and n-grams to show of each class.

        labels : list of labels, default=None
            The classes to show. None shows all.

        axes : sequence of matplotlib Axes, default=None
            Where to draw, one a class. None makes a new figure.

        **kwargs
            Passed on to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : TopWordsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If a label is not one of the classes, or the network keeps nothing of the
            training texts; see :meth:`GloveTextClassifier.top_words`.
        ImportError
            If matplotlib is not installed.
        """
        terms = find_classifier(estimator)[1].top_words(n)
        if labels is not None:
            for label in labels:
                if label not in terms:
                    raise ValueError(
                        f"labels has {label!r}; the classes are {[*terms]}."
                    )
            terms = {label: terms[label] for label in labels}
        return cls(terms).plot(axes=axes, **kwargs)

    def plot(
        self,
        *,
        axes: "Axes | Sequence[Axes] | np.ndarray | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the bars.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            Where to draw, one a class. None makes a new figure.

        **kwargs
            Passed on to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : TopWordsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there are not as many axes as classes.
        ImportError
            If matplotlib is not installed.
        """
        self.figure_, self.axes_ = _bar_axes(self, axes, self.terms)
        self.bars_ = []
        for ax, (label, terms) in zip(self.axes_, self.terms.items(), strict=True):
            self.bars_.append(_draw_bars(ax, terms, kwargs))
            ax.set_title(str(label))
            ax.set_xlabel("Mean contribution\nto the texts that have it")
        return self


class CoverageDisplay:
    """How much of the training texts the word vectors know, and what they do not.

    Make one with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    coverage : Coverage
        What is shown.

    Attributes
    ----------
    axes_ : ndarray of shape (2,) of matplotlib Axes
        The axes of the shares, and of the most frequent words without a vector.

    figure_ : matplotlib Figure
        The figure they are in.

    bars_ : list of matplotlib BarContainer
        The bars: own vectors, vectors of a known form, no vector, each of words and of
        tokens; the counts of the words without a vector.

    See Also
    --------
    Coverage : The same as figures.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from skglove import Coverage, CoverageDisplay
    >>> coverage = Coverage(n_words=4, n_words_found=3, n_tokens=20, n_tokens_found=18,
    ...                     most_frequent_missing=[("xyzzy", 2)])
    >>> display = CoverageDisplay(coverage).plot()
    >>> display.axes_[0].get_yticklabels()
    [Text(0, 0, 'words'), Text(0, 1, 'tokens')]
    """

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        n: int = 15,
        axes: "Sequence[Axes] | np.ndarray | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the coverage of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted :class:`GloveTextClassifier`, a pipeline that ends in one or a
            search over either.

        n : int, default=15
            How many words without a vector to show, of the 20 that there are at most.

        axes : sequence of two matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        **kwargs
            Passed on to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : CoverageDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        ValueError
            If it was fitted without word vectors, so that there is no coverage.
        ImportError
            If matplotlib is not installed.
        """
        classifier = find_classifier(estimator)[1]
        check_is_fitted(classifier)
        if classifier.coverage_ is None:
            raise ValueError(
                "There is no coverage to show: the classifier was fitted with "
                f"embeddings={classifier.embeddings!r}, which learns its vectors from "
                "scratch. Fit it with word vectors."
            )
        return cls(classifier.coverage_).plot(n=n, axes=axes, **kwargs)

    def plot(
        self,
        *,
        n: int = 15,
        axes: "Sequence[Axes] | np.ndarray | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the bars.

        Parameters
        ----------
        n : int, default=15
            How many words without a vector to show.

        axes : sequence of two matplotlib Axes, default=None
            Where to draw. None makes a new figure.

        **kwargs
            Passed on to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : CoverageDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If `axes` are not two.
        ImportError
            If matplotlib is not installed.
        """
        plt = _import_pyplot(self)
        missing = self.coverage.most_frequent_missing[:n]
        if axes is None:
            height = max(2.2, 1.1 + 0.24 * len(missing))
            _, axes = plt.subplots(1, 2, figsize=(10, height), layout="constrained")
        if len(axes) != 2:
            raise ValueError(
                "axes must be two, for the shares and for the missing words; got "
                f"{len(axes)}."
            )
        shares, words = axes
        self.bars_ = [
            *self._draw_shares(shares, kwargs),
            _draw_counts(words, missing, kwargs),
        ]
        self.axes_, self.figure_ = np.asarray(axes, dtype=object), shares.figure
        return self

    def _draw_shares(self, ax, kwargs):
        """Draw a bar of words and one of tokens, each cut into its three parts."""
        found = self.coverage
        n_all = np.array([found.n_words, found.n_tokens])
        n_found = np.array([found.n_words_found, found.n_tokens_found])
        n_backed_off = np.array([found.n_words_backed_off, found.n_tokens_backed_off])
        parts = {
            "own vector": (n_found - n_backed_off, _FOR, ""),
            "vector of a known form": (n_backed_off, _FOR, "//"),
            "no vector": (n_all - n_found, _AGAINST, ".."),
        }
        left, drawn = np.zeros(2), []
        for label, (counts, color, hatch) in parts.items():
            share = 100 * counts / np.maximum(n_all, 1)
            look = {"color": color, "hatch": hatch, "edgecolor": "white", **kwargs}
            drawn.append(ax.barh([0, 1], share, left=left, label=label, **look))
            left = left + share
        ax.set_yticks([0, 1], ["words", "tokens"])
        ax.invert_yaxis()
        ax.set_xlim(0, 100)
        ax.set_xlabel("Percent")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
        return drawn


def _draw_counts(ax, missing, kwargs):
    """Draw how often words without a vector occur, the most frequent on top."""
    words = [word for word, _ in missing]
    counts = [count for _, count in missing]
    ax.set_xlabel("Occurrences of words without a vector")
    return _draw_named(ax, words, counts, {"color": _AGAINST, **kwargs})


def _as_text(word):
    """Return a word as matplotlib shows it: those of a text are no formulas."""
    return word.replace("$", r"\$")


def _bar_axes(display, axes, panels):
    """Return figure and axes, one for each panel of bars: new ones where none are."""
    plt = _import_pyplot(display)
    if axes is not None:
        axes = np.atleast_1d(np.asarray(axes, dtype=object)).ravel()
        if len(axes) != len(panels):
            raise ValueError(
                f"axes must be {len(panels)}, one for each of {[*panels]}; got "
                f"{len(axes)}."
            )
        return axes[0].figure, axes
    n_columns = min(len(panels), _PANELS_A_ROW)
    n_rows = -(-len(panels) // n_columns)
    n_bars = max(map(len, panels.values()), default=1)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(max(5.0, _PANEL_WIDTH * n_columns), n_rows * (1.1 + 0.24 * n_bars)),
        squeeze=False,
        layout="constrained",
    )
    for ax in axes.ravel()[len(panels) :]:
        ax.remove()
    return figure, axes.ravel()[: len(panels)]


def _draw_bars(ax, terms, kwargs):
    """Draw what terms add: blue for, orange and hatched against, largest on top."""
    values = [term.contribution for term in terms]
    colors = [_FOR if value > 0 else _AGAINST for value in values]
    words = [term.term for term in terms]
    bars = _draw_named(ax, words, values, {"color": colors, **kwargs})
    for bar, value in zip(bars, values, strict=True):
        if value < 0:
            bar.set_hatch("//")
            bar.set_edgecolor("white")
    ax.axvline(0, color="0.5", linewidth=0.8)
    return bars


def _draw_named(ax, words, values, kwargs):
    """Draw a bar for each word, the first on top."""
    places = np.arange(len(words))
    bars = ax.barh(places, values, **kwargs)
    ax.set_yticks(places, [_as_text(word) for word in words])
    ax.invert_yaxis()
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    return bars


def _import_pyplot(display):
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(display).__name__} needs matplotlib. Install it with "
            'pip install "skglove[plot]".'
        ) from error
    return plt
