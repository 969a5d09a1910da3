import sys

import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skglove import (
    Coverage,
    CoverageDisplay,
    ExplanationDisplay,
    GloveTextClassifier,
    TopWordsDisplay,
    TrainingCurveDisplay,
)

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


def test_several_fits_are_drawn_in_one_picture():
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
    with pytest.raises(TypeError, match="no GloveTextClassifier at the end"):
        TrainingCurveDisplay.from_estimator(other)


def test_the_classifier_of_a_pipeline_or_a_search_is_found(fitted):
    pipeline = make_pipeline("passthrough", clone(fitted))
    search = GridSearchCV(pipeline, {"glovetextclassifier__epochs": [2]}, cv=2)
    search.fit(["frog toad", "toad frog", "car road", "road car"], [0, 0, 1, 1])
    display = TrainingCurveDisplay.from_estimator({"search": search, "alone": fitted})
    best = search.best_estimator_[-1]
    assert curves(display, 1)["search: training"] == best.history_["loss"]
    assert len(best.history_["loss"]) == 2
    display = ExplanationDisplay.from_estimator(search, "frog car")
    direct = best.explain(["frog car"])[0]
    assert bars(display, 0) == {
        term.term: pytest.approx(term.contribution) for term in direct.top()
    }


def bars(display, panel):
    """The length of each bar by its name."""
    names = [label.get_text() for label in display.axes_[panel].get_yticklabels()]
    lengths = [bar.get_width() for bar in display.bars_[panel]]
    return dict(zip(names, lengths, strict=True))


@pytest.fixture(scope="module")
def bag():
    texts = ["a frog", "a toad", "toad frog", "a $car$", "a road", "$car$ road"] * 2
    labels = [*["animal"] * 3, *["car"] * 3] * 2
    return GloveTextClassifier(None, standardize=None, random_state=0).fit(
        texts, labels
    )


def test_bars_are_the_contributions(bag):
    display = ExplanationDisplay.from_estimator(bag, "a frog on a $car$", "all")
    explanation = bag.explain(["a frog on a $car$"], "all")[0]
    assert len(display.axes_) == len(display.bars_) == 2
    for panel, label in enumerate(["animal", "car"]):
        assert bars(display, panel) == {
            term.term.replace("$", r"\$"): pytest.approx(term.contribution)
            for term in explanation.top(label=label)
        }
        assert display.axes_[panel].get_title().startswith(f"{label}\nprobability ")
        for bar in display.bars_[panel]:
            assert (bar.get_hatch() is None) == (bar.get_width() >= 0)
            blue = bar.get_facecolor()[2] > bar.get_facecolor()[0]
            assert blue == (bar.get_width() > 0)
    display.figure_.canvas.draw()  # where text that is taken for a formula would fail
    assert display.axes_[0].yaxis_inverted()  # the first is on top
    assert len(display.plot(n=2).bars_[0]) == 2
    plt.close("all")


def test_bars_go_where_they_are_told(bag):
    figure, axes = plt.subplots(1, 2)
    display = TopWordsDisplay.from_estimator(bag, n=2, axes=axes, color="black")
    assert display.figure_ is figure
    assert {bar.get_facecolor() for bar in display.bars_[0]} == {(0, 0, 0, 1)}
    ax = plt.subplots()[1]
    assert ExplanationDisplay.from_estimator(bag, "a frog", axes=ax).axes_[0] is ax
    with pytest.raises(ValueError, match=r"axes must be 2, one for each of .*; got 1"):
        TopWordsDisplay.from_estimator(bag, axes=ax)
    plt.close("all")


def test_top_words_are_those_of_the_classifier(bag):
    display = TopWordsDisplay.from_estimator(bag, n=3)
    for panel, (label, terms) in enumerate(bag.top_words(3).items()):
        assert display.axes_[panel].get_title() == label
        assert [*bars(display, panel).values()] == pytest.approx(
            [term.contribution for term in terms]
        )
    one = TopWordsDisplay.from_estimator(bag, n=3, labels=["car"])
    assert [ax.get_title() for ax in one.axes_] == ["car"]
    with pytest.raises(ValueError, match="labels has 'boat'"):
        TopWordsDisplay.from_estimator(bag, labels=["boat"])
    plt.close("all")


def test_an_empty_text_has_no_bars(bag):
    display = ExplanationDisplay.from_estimator(bag, "")
    assert [len(container) for container in display.bars_] == [0]
    plt.close("all")


def test_several_texts_are_refused(bag):
    with pytest.raises(TypeError, match="text must be one str"):
        ExplanationDisplay.from_estimator(bag, ["a frog"])


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for display in (TrainingCurveDisplay({"a": HISTORY}), TopWordsDisplay({"a": []})):
        message = rf'{type(display).__name__} needs .* pip install "skglove\[plot\]"'
        with pytest.raises(ImportError, match=message):
            display.plot()


# Coverage -----------------------------------------------------------------------------


COVERAGE = Coverage(
    n_words=10,
    n_words_found=8,
    n_tokens=200,
    n_tokens_found=150,
    most_frequent_missing=[("$x$", 30), ("xyzzy", 20)],
    n_words_backed_off=3,
    n_tokens_backed_off=50,
)


def test_shares_of_coverage_add_up():
    display = CoverageDisplay(COVERAGE).plot()
    *shares, missing = display.bars_
    widths = [[bar.get_width() for bar in bars] for bars in shares]
    assert widths == [[50, 50], [30, 25], [20, 25]]  # own, known form, none
    starts = [[bar.get_x() for bar in bars] for bars in shares]
    assert starts == [[0, 0], [50, 50], [80, 75]]
    assert [bar.get_width() for bar in missing] == [30, 20]
    labels = [label.get_text() for label in display.axes_[1].get_yticklabels()]
    assert labels == [r"\$x\$", "xyzzy"]
    display.figure_.canvas.draw()  # a formula would not be drawn
    plt.close("all")


def test_coverage_shows_as_many_missing_words_as_asked_for():
    _, axes = plt.subplots(1, 2)
    display = CoverageDisplay(COVERAGE).plot(n=1, axes=axes)
    assert len(display.bars_[-1]) == 1
    assert display.figure_ is axes[0].figure
    with pytest.raises(ValueError, match=r"axes must be two, .* got 1"):
        CoverageDisplay(COVERAGE).plot(axes=axes[:1])
    plt.close("all")


def test_coverage_of_a_classifier_in_a_pipeline(fitted):
    with pytest.raises(ValueError, match="embeddings=None, which learns"):
        CoverageDisplay.from_estimator(make_pipeline(fitted))
    fitted.coverage_ = COVERAGE
    display = CoverageDisplay.from_estimator(make_pipeline(fitted))
    assert display.coverage is COVERAGE
