"""The systems of the tutorials: their settings, and the scripts that reproduce them."""

import importlib
import inspect
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from skglove import GloveTextClassifier
from skglove.tutorials import published_settings, tokenizer_standardize

ROOT = Path(__file__).resolve().parent.parent
SYSTEMS = ["keras_2020", "keras_blog_2016", "notebook_glove", "notebook_scratch"]

# What does not change the system itself.
NO_SETTING = {
    "embeddings",
    "validation_fraction",
    "n_iter_no_change",
    "class_weight",
    "callbacks",
    "warm_start",
    "memory",
    "random_state",
    "verbose",
    # None of the tutorials has them.
    "tokenizer",
    "preprocessor",
}


@pytest.fixture
def script(monkeypatch):
    """Return a function that imports a script of examples/ or benchmarks/."""

    def load(path):
        path = ROOT / path
        monkeypatch.syspath_prepend(path.parent)
        return importlib.import_module(path.stem)

    return load


def make_texts(n_texts, n_words):
    """Texts of 1,000 words each, `n_words` different ones in all, some in several."""
    words = np.resize([f"w{i}" for i in range(n_words)], (n_texts, 1_000))
    return [" ".join(row) for row in words]


@cache
def fit(name, dim, n_classes, scratch=False):
    """Fit a system, with its own numbers but for epochs, to more words than it has."""
    vectors = dim if scratch else {"w0": np.ones(dim), "w1": -np.ones(dim)}
    settings = {"embeddings": vectors, **published_settings(name), "epochs": 1}
    clf = GloveTextClassifier(**settings, random_state=0)
    texts = make_texts(40, settings["max_tokens"])
    return clf.fit(texts, np.arange(40) % n_classes)


def count_trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize("name", SYSTEMS)
def test_settings_leave_nothing_to_the_constructors_defaults(name):
    parameters = set(inspect.signature(GloveTextClassifier).parameters) - NO_SETTING
    settings = published_settings(name)
    assert set(settings) - {"embeddings"} == parameters
    assert not settings["network"].trainable


def test_settings_are_a_dict_of_the_callers_own():
    settings = published_settings("keras_2020")
    settings["epochs"] = settings["network"].filters = 1
    again = published_settings("keras_2020")
    assert (again["epochs"], again["network"].filters) == (20, 128)


def test_tokenizer_standardize_is_what_kerass_tokenizer_did():
    ascii_characters = "".join(map(chr, range(128)))
    filters = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
    expected = ascii_characters.lower().translate({ord(c): " " for c in filters})
    (got,) = tokenizer_standardize([ascii_characters]).numpy().tolist()
    assert got.decode() == expected
    assert tokenizer_standardize([["É. B"]]).numpy().tolist() == [["É  b".encode()]]


def test_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"'keras_2021'.*keras_2020, keras_blog_2016"):
        published_settings("keras_2021")


@pytest.mark.parametrize(
    ("name", "dim", "n_classes", "scratch", "trainable", "total"),
    [
        ("keras_2020", 100, 20, False, 247_316, 2_247_316),
        ("keras_2020", 50, 20, False, 215_316, 1_215_316),
        ("keras_blog_2016", 100, 20, False, 247_316, 2_247_316),
        ("keras_blog_2016", 100, 20, True, 2_247_316, 2_247_316),
        ("notebook_glove", 100, 2, False, 320_065, 1_320_065),
        ("notebook_glove", 100, 2, True, 1_320_065, 1_320_065),
        ("notebook_scratch", 8, 2, True, 80_161, 80_161),
    ],
)
def test_parameter_counts_are_the_tutorials(
    name, dim, n_classes, scratch, trainable, total
):
    model = fit(name, dim, n_classes, scratch).model_
    assert (count_trainable(model), model.count_params()) == (trainable, total)


def test_blog_pools_over_5_and_5_and_all_that_is_left_without_dropout():
    layers = fit("keras_blog_2016", 4, 2).model_.layers
    assert [(type(layer).__name__, layer.output.shape[1:]) for layer in layers[1:]] == [
        ("Embedding", (1_000, 4)),
        ("Conv1D", (996, 128)),
        ("MaxPooling1D", (199, 128)),
        ("Conv1D", (195, 128)),
        ("MaxPooling1D", (39, 128)),
        ("Conv1D", (35, 128)),
        ("GlobalMaxPooling1D", (128,)),
        ("Dense", (128,)),
        ("Dense", (1,)),
    ]


@pytest.mark.parametrize("name", ["keras_blog_2016", "notebook_glove"])
def test_the_last_words_count_where_the_tutorial_cuts_at_the_front(name):
    clf = fit(name, 4, 2)
    text = " ".join(["w3"] * clf.sequence_length + ["w0"])
    last_only = " ".join(["w3"] * (clf.sequence_length - 1) + ["w0"])
    proba = clf.predict_proba([text, last_only])
    np.testing.assert_array_equal(proba[0], proba[1])


def test_weights_come_back_into_a_fresh_model(tmp_path):
    clf = fit("notebook_glove", 4, 2)
    texts, y = make_texts(40, clf.max_tokens), np.arange(40) % 2
    clf.model_.save_weights(tmp_path / "glove.weights.h5")
    fresh = clone(clf).set_params(random_state=1).fit(texts, y)
    expected = clf.predict_proba(texts)
    assert not np.array_equal(fresh.predict_proba(texts), expected)
    fresh.model_.load_weights(tmp_path / "glove.weights.h5")
    np.testing.assert_array_equal(fresh.predict_proba(texts), expected)


def test_binary_accuracy_is_kerass(script):
    import keras

    blog_2016 = script("examples/blog_2016.py")
    rng = np.random.default_rng(0)
    y, proba = rng.integers(20, size=50), rng.dirichlet(np.full(20, 0.05), size=50)
    of_each = keras.metrics.binary_accuracy(np.eye(20)[y], proba)
    assert 0.9 < np.mean(of_each) < 0.95
    assert blog_2016.binary_accuracy(y, proba) == pytest.approx(np.mean(of_each))


def test_binary_accuracy_of_predicting_nothing_is_95_percent(script):
    blog_2016 = script("examples/blog_2016.py")
    undecided = np.full((7, 20), 1 / 20)
    assert blog_2016.binary_accuracy(np.arange(7), undecided) == pytest.approx(0.95)


def test_draws_are_repeatable_and_differ(script):
    pytest.importorskip("matplotlib")
    imdb_embeddings = script("examples/imdb_embeddings.py")
    reviews = np.array([f"review {i}" for i in range(50)]), np.arange(50)
    X, y = imdb_embeddings.draw_reviews(reviews, 0, 20)
    assert len(set(X)) == 20
    assert [f"review {i}" for i in y] == X.tolist()
    again, other = (imdb_embeddings.draw_reviews(reviews, i, 20)[1] for i in (0, 1))
    assert again.tolist() == y.tolist()
    assert other.tolist() != y.tolist()


def test_learning_curve_shows_mean_and_range_by_size(script):
    pytest.importorskip("matplotlib")
    imdb_embeddings = script("examples/imdb_embeddings.py")
    scores = {"GloVe": {1_000: [0.8], 200: [0.5, 0.6, 0.64]}}
    figure = imdb_embeddings.plot_learning_curve(scores, dim=50)
    (line,), (band,) = figure.axes[0].lines, figure.axes[0].collections
    assert line.get_xydata().tolist() == [[200, pytest.approx(0.58)], [1_000, 0.8]]
    outline = band.get_paths()[0].vertices
    of_200 = outline[outline[:, 0] == 200, 1]
    assert (of_200.min(), of_200.max()) == (0.5, 0.64)
    imdb_embeddings.plt.close(figure)


@pytest.mark.parametrize(
    ("embeddings", "name", "changes"),
    [
        ("glove.6B.50d", "keras_2020", {}),
        ("glove.6B.50d", "keras_2020", {"network__trainable": True}),
        (50, "keras_blog_2016", {}),
        (None, "notebook_scratch", {}),
    ],
)
def test_the_tables_line_of_code_makes_the_system(script, embeddings, name, changes):
    pytest.importorskip("matplotlib")
    line = script("benchmarks/seed_systems.py").line(embeddings, name, **changes)
    made = eval(line)
    settings = published_settings(name)
    if embeddings is not None:
        settings["embeddings"] = embeddings
    expected = GloveTextClassifier(**settings).set_params(**changes)
    assert repr(made) == repr(expected)
    assert made.get_params().keys() == expected.get_params().keys()


@pytest.mark.realdata
def test_8_dimensions_from_scratch_reach_what_the_notebook_prints(script, require_data):
    require_data("aclImdb")
    pytest.importorskip("matplotlib")
    imdb_embeddings = script("examples/imdb_embeddings.py")
    scale = imdb_embeddings.Scale()
    reviews = imdb_embeddings.load_reviews("train", scale.n_train)
    clf = imdb_embeddings.learn_8_dimensions(reviews, scale)
    assert 0.74 <= clf.history_["val_accuracy"][-1] <= 0.77
