import sys

import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from skglove import GloveTextClassifier, TrainingCurveDisplay

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")

from matplotlib import pyplot as plt  # noqa: E402

HISTORY = {
    "accuracy": [0.5, 0.7, 0.9],
    "loss": [0.7, 0.5, 0.3],
    "val_accuracy": [0.5, 0.6, 0.6],
    "val_loss": [0.7, 0.6, 0.8],
}


@pytest.fixture
def fitted():
    texts = ["frog toad", "toad frog", "car road", "road car"]
    clf = GloveTextClassifier(
        None, network="flatten", sequence_length=2, epochs=3, random_state=0
    )
    yield clf.fit(texts, [0, 0, 1, 1], X_val=texts, y_val=[0, 0, 1, 1])
    plt.close("all")


def curves(display, panel):
    """The y values and labels of the lines in one of the axes."""
    lines = display.axes_[panel].get_lines()
    return {line.get_label(): list(line.get_ydata()) for line in lines}


def test_curves_are_the_history(fitted):
    display = TrainingCurveDisplay.from_estimator(fitted)
    history = fitted.history_
    assert curves(display, 0) == {
        "training": history["accuracy"],
        "validation": history["val_accuracy"],
    }
    assert curves(display, 1) == {
        "training": history["loss"],
        "validation": history["val_loss"],
    }
    assert list(display.axes_[0].get_lines()[0].get_xdata()) == [1, 2, 3]


def test_several_fits_stand_in_one_picture():
    other = {name: values[::-1] for name, values in HISTORY.items()}
    display = TrainingCurveDisplay({"GloVe": HISTORY, "scratch": other}).plot()
    assert curves(display, 0) == {
        "GloVe: training": HISTORY["accuracy"],
        "GloVe: validation": HISTORY["val_accuracy"],
        "scratch: training": other["accuracy"],
        "scratch: validation": other["val_accuracy"],
    }
    colors = {
        name: {line.get_color() for line in lines}
        for name, lines in display.lines_.items()
    }
    assert all(len(of_one) == 1 for of_one in colors.values())
    assert colors["GloVe"] != colors["scratch"]


def test_from_estimator_takes_several_by_name(fitted):
    display = TrainingCurveDisplay.from_estimator({"a": fitted, "b": fitted})
    assert list(display.lines_) == ["a", "b"]


def test_without_validation_there_is_no_line_for_it():
    history = {name: HISTORY[name] for name in ("accuracy", "loss")}
    display = TrainingCurveDisplay({"a": history}).plot()
    assert list(curves(display, 0)) == ["training"]


def test_axes_in_axes_out():
    figure, axes = plt.subplots(2)
    display = TrainingCurveDisplay({"a": HISTORY}).plot(axes=axes)
    assert display.axes_ is axes
    assert display.figure_ is figure


def test_plot_again_with_other_keywords():
    display = TrainingCurveDisplay({"a": HISTORY}).plot()
    first = display.figure_
    display.plot(linewidth=7, color="black")
    assert display.figure_ is not first
    assert {line.get_linewidth() for line in display.lines_["a"]} == {7}
    assert {line.get_color() for line in display.lines_["a"]} == {"black"}


def test_one_axes_is_refused():
    with pytest.raises(ValueError, match="axes must be two"):
        TrainingCurveDisplay({"a": HISTORY}).plot(axes=[plt.gca()])


def test_estimators_without_a_history_are_refused():
    with pytest.raises(NotFittedError):
        TrainingCurveDisplay.from_estimator(GloveTextClassifier())
    other = LogisticRegression().fit([[0], [1]], [0, 1])
    with pytest.raises(TypeError, match=r"LogisticRegression\(\) has no history_"):
        TrainingCurveDisplay.from_estimator(other)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "skglove\[plot\]"'):
        TrainingCurveDisplay({"a": HISTORY}).plot()
