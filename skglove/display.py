"""Displays, after scikit-learn's Display convention."""

from collections.abc import Mapping

from sklearn.utils.validation import check_is_fitted

_PANELS = ("accuracy", "loss")


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

    def __init__(self, histories):
        self.histories = histories

    @classmethod
    def from_estimator(cls, estimator, *, axes=None, **kwargs):
        """Plot the training of one or several fitted classifiers.

        Parameters
        ----------
        estimator : GloveTextClassifier or dict of str to GloveTextClassifier
            The fitted classifier, or several by the name that the legend gives them.

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
            If it is not one that is trained by epochs.
        ImportError
            If matplotlib is not installed.
        """
        estimators = estimator
        if not isinstance(estimators, Mapping):
            estimators = {type(estimator).__name__: estimator}
        for fitted in estimators.values():
            check_is_fitted(fitted)
            if not hasattr(fitted, "history_"):
                raise TypeError(
                    f"{fitted!r} has no history_ of its training. Expected a "
                    "GloveTextClassifier; of a pipeline or a search take that step."
                )
        histories = {name: fitted.history_ for name, fitted in estimators.items()}
        return cls(histories).plot(axes=axes, **kwargs)

    def plot(self, *, axes=None, **kwargs):
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
        plt = _import_pyplot()
        figure = None
        if axes is None:
            figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
        if len(axes) != len(_PANELS):
            raise ValueError(
                f"axes must be two, for accuracy and for loss; got {len(axes)}."
            )
        self.lines_ = {name: [] for name in self.histories}
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


def _import_pyplot():
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "TrainingCurveDisplay needs matplotlib. Install it with "
            'pip install "skglove[plot]".'
        ) from error
    return plt
