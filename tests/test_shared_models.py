"""save and load: the same classifier, whole files, refusals that say why."""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import skglove
from skglove import Glove, GloveTextClassifier, WordVectors
from skglove._plain import InvalidStateError
from skglove._replace import replace_file
from skglove.networks import Bag, Flatten
from skglove.persistence import FORMAT, model_card

FILES = Path(__file__).parent / "files"

TEXTS = ["a green frog", "a toad, a frog", "a frog?", "one fast car", "a bus", "cars!"]
LABELS = ["animal", "animal", "animal", "vehicle", "vehicle", "vehicle"]
VECTORS = {"frog": [1, 0], "toad": [0.9, 0.1], "car": [0, 1], "bus": [0.1, 0.9]}


def make_classifier(**params):
    defaults = {
        "embeddings": VECTORS,
        "network": Flatten(dense_units=2),
        "sequence_length": 6,
        "epochs": 1,
        "random_state": 0,
    }
    return GloveTextClassifier(**{**defaults, **params})


@pytest.fixture(scope="module")
def fitted():
    return make_classifier().fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def content(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "clf.skglove"
    fitted.save(path)
    return path.read_bytes()


def through_file(clf, folder):
    clf.save(folder / "clf.skglove")
    return skglove.load(folder / "clf.skglove")


@pytest.mark.parametrize("path", sorted(FILES.glob("*.skglove")), ids=lambda p: p.stem)
def test_files_of_all_versions_load_and_predict_the_same(path):
    about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    clf = skglove.load(path)
    np.testing.assert_allclose(
        clf.predict_proba(about["texts"]), about["probabilities"], atol=1e-6
    )
    assert clf.predict(about["texts"]).tolist() == about["predictions"]
    assert len(clf.vocabulary_) == about["n_words"]
    assert clf.epochs == about["parameters"]["epochs"]
    assert str(clf.network) == about["parameters"]["network"]


def test_there_are_files_of_each_format():
    formats = {int(path.stem.split("-")[1]) for path in FILES.glob("*.skglove")}
    assert formats == set(range(1, FORMAT + 1))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"embeddings": "glove.6B.50d", "memory": "cache", "callbacks": []},
        {"embeddings": Path("a folder", "vectors.txt")},
        {"embeddings": None, "max_tokens": None, "verbose": 1},
        {"embeddings": np.int64(5), "learning_rate": np.float32(0.5)},
        {"embeddings": Glove(7, init={"frog": [1, 2]}, random_state=3)},
        {"class_weight": {0: 1.5, 1: 2}},
        {"class_weight": {True: 2.0, False: 1.0}},
        {"class_weight": {"a": 1, "b": np.float64(3)}},
        {"class_weight": [{0: 1.0, 1: 2.0}, {0: 3.0, 1: 1}]},
        {"network": "conv", "optimizer": "adam"},
        {"network": Flatten(dense_units=np.int32(3), dropout=0)},
    ],
    ids=repr,
)
def test_parameters_come_back(params, tmp_path):
    clf = make_classifier(**params)
    again = through_file(clf, tmp_path)
    assert not hasattr(again, "classes_")
    found, expected = again.get_params(deep=False), clf.get_params(deep=False)
    assert found.pop("memory") is None
    del expected["memory"]
    if isinstance(clf.embeddings, dict):
        embeddings = found.pop("embeddings")
        assert isinstance(embeddings, WordVectors)
        for word, vector in expected.pop("embeddings").items():
            np.testing.assert_array_equal(embeddings[word], np.float32(vector))
    elif isinstance(clf.embeddings, Glove):
        init = found["embeddings"].init
        np.testing.assert_array_equal(init["frog"], [1, 2])
        found["embeddings"].init = expected["embeddings"].init
    if params.get("callbacks") == []:
        expected["callbacks"] = None
    assert repr(found) == repr(expected).replace("np.float32(0.5)", "0.5").replace(
        "np.int64(5)", "5"
    ).replace("np.int32(3)", "3").replace("np.float64(3.0)", "3.0")


def test_word_vectors_of_a_file_come_back_unread(tmp_path):
    path = tmp_path / "vectors.txt"
    WordVectors.from_dict(VECTORS).save(path)
    clf = make_classifier(embeddings=WordVectors.from_file(path))
    again = through_file(clf, tmp_path)
    assert len((tmp_path / "clf.skglove").read_bytes()) < 30_000
    assert repr(again.embeddings) == repr(clf.embeddings)
    np.testing.assert_array_equal(again.embeddings["toad"], np.float32([0.9, 0.1]))


def test_random_state_comes_back_where_it_was(tmp_path):
    random_state = np.random.RandomState(5)
    random_state.normal(size=3)  # the fourth is kept for later
    again = through_file(make_classifier(random_state=random_state), tmp_path)
    np.testing.assert_array_equal(
        again.random_state.normal(size=700), random_state.normal(size=700)
    )


def a_function(*args, **kwargs):
    """Not to be saved."""


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"network": a_function}, "network=.*A function is not saved"),
        ({"standardize": a_function}, "standardize=.*A function is not saved"),
        ({"tokenizer": str.split}, "tokenizer=.*A function is not saved"),
        ({"preprocessor": str.lower}, "preprocessor=.*A function is not saved"),
        ({"optimizer": object()}, "optimizer=.*its name is"),
        ({"callbacks": [object()]}, "callbacks=.*Callbacks are not saved"),
        (
            {"random_state": np.random.RandomState(np.random.PCG64(1))},
            "random_state=.*with its defaults is saved",
        ),
        ({"class_weight": {0: object()}}, "class_weight=.*Only numbers, strings"),
        ({"embeddings": Glove(tokenizer=str.split)}, "tokenizer=.*A function"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_plain_is_refused(params, message, tmp_path):
    clf = make_classifier(**params)
    with pytest.raises(TypeError, match=message):
        clf.save(tmp_path / "clf.skglove")
    with pytest.raises(TypeError, match=message):
        skops.io.dumps(clf)
    assert not [*tmp_path.iterdir()]


def test_what_was_fitted_with_a_function_is_refused(fitted, tmp_path):
    clf = make_classifier(network="bag", tokenizer=str.split).fit(TEXTS, LABELS)
    clf.set_params(tokenizer=None)
    with pytest.raises(TypeError, match=r"tokenizer=.*A function is not saved"):
        clf.save(tmp_path / "clf.skglove")


def test_attributes_set_from_outside_are_refused(tmp_path):
    clf = make_classifier()
    clf.note = "mine"
    with pytest.raises(TypeError, match="The attribute note was set from outside"):
        clf.save(tmp_path / "clf.skglove")


def test_a_subclass_is_refused(tmp_path):
    class Subclass(GloveTextClassifier):
        pass

    with pytest.raises(TypeError, match="Only a GloveTextClassifier is saved"):
        Subclass().save(tmp_path / "clf.skglove")


def test_without_skops_saving_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(ImportError, match=r'pip install "skglove\[share\]"'):
        make_classifier().save(tmp_path / "clf.skglove")


LOADING = """
import pickle, sys

def imported():
    heavy = {"tensorflow", "keras", "scikeras", "skops"}
    return sorted(heavy.intersection(sys.modules))

import skglove
skglove.GloveTextClassifier().get_params()
assert not imported(), f"making one imports {imported()}"
with open(sys.argv[1], "rb") as file:
    clf = pickle.load(file)
print(clf, clf.coverage_, clf.n_iter_)
assert not imported(), f"unpickling imports {imported()}"
clf = skglove.load(sys.argv[2])
print(clf, clf.coverage_)
assert not imported(), f"loading imports {imported()}"
"""


def test_making_and_loading_import_neither_tensorflow_nor_skops(
    fitted, content, tmp_path
):
    paths = [tmp_path / "clf.pkl", tmp_path / "clf.skglove"]
    paths[0].write_bytes(pickle.dumps(fitted))
    paths[1].write_bytes(content)
    command = [sys.executable, "-c", LOADING, *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_skops_loads_it_with_one_type_of_ours(fitted, content):
    assert skops.io.get_untrusted_types(data=content) == skglove.TRUSTED_TYPES[:1]
    again = skops.io.loads(content, trusted=skglove.TRUSTED_TYPES)
    np.testing.assert_array_equal(
        again.predict_proba(TEXTS), fitted.predict_proba(TEXTS)
    )
    assert [t for t in skglove.TRUSTED_TYPES if "skglove" in t] == [
        "skglove.classifier.GloveTextClassifier"
    ]


@pytest.mark.parametrize("scoring", [None, "f1_macro", ["accuracy", "f1_macro"]])
def test_pipelines_and_searches_go_through_skops(scoring):
    # Small fits of this network share a model.
    steps = make_pipeline(FunctionTransformer(), make_classifier(network=Bag()))
    search = GridSearchCV(
        steps,
        {"glovetextclassifier__network__dropout": [0.1]},
        cv=2,
        scoring=scoring,
        refit="accuracy" if isinstance(scoring, list) else True,
    ).fit(TEXTS, LABELS)
    content = skops.io.dumps(search)
    again = skops.io.loads(content, trusted=skglove.TRUSTED_TYPES)
    np.testing.assert_array_equal(
        again.predict_proba(TEXTS), search.predict_proba(TEXTS)
    )
    assert again.best_params_ == search.best_params_
    (step,) = set(again.best_estimator_.named_steps) - {"functiontransformer"}
    assert again.best_estimator_[step].vocabulary_ == (
        search.best_estimator_[step].vocabulary_
    )


def test_a_file_of_skops_with_something_else_is_refused(content, tmp_path):
    path = tmp_path / "other.skglove"
    skops.io.dump(make_pipeline(FunctionTransformer(), make_classifier()), path)
    with pytest.raises(ValueError, match=r"It holds .*Pipeline.* is expected"):
        skglove.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "It is no file of skops"),
        (b"PK\5\6" + bytes(18), "It must have one schema.json"),
        (b"\x80\x04N.", "It is no file of skops"),
    ],
)
def test_other_files_are_refused_by_name(content, message, tmp_path):
    path = tmp_path / "other.skglove"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"other\.skglove cannot .*{message}"):
        skglove.load(path)


def test_files_that_are_not_there_are_said_to_be():
    with pytest.raises(FileNotFoundError):
        skglove.load("nowhere.skglove")


def test_larger_files_than_asked_for_are_not_read(content, tmp_path):
    path = tmp_path / "clf.skglove"
    path.write_bytes(content)
    skglove.load(path, max_bytes=len(content))
    with pytest.raises(ValueError, match="more than max_bytes"):
        skglove.load(path, max_bytes=len(content) - 1)


def test_a_later_format_says_to_update():
    state = make_classifier().__getstate__()
    clf = GloveTextClassifier()
    later = {**state, "format": FORMAT + 1, "version": "9.0", "more": 1}
    with pytest.raises(InvalidStateError, match=r"skglove '9.0' .* Update skglove"):
        clf.__setstate__(later)


def test_a_parameter_of_a_later_version_has_its_default():
    state = make_classifier(epochs=7).__getstate__()
    del state["parameters"]["epochs"]
    clf = GloveTextClassifier.__new__(GloveTextClassifier)
    clf.__setstate__(state)
    assert clf.epochs == "auto"


def test_a_state_that_is_refused_changes_nothing(fitted):
    clf = make_classifier()
    before = dict(vars(clf))
    state = fitted.__getstate__()
    state["fitted"]["n_iter"] = 5
    with pytest.raises(InvalidStateError, match="n_iter is 5"):
        clf.__setstate__(state)
    assert vars(clf) == before


def change(state, path, value):
    """Put a value somewhere into a copy of a state."""
    first, *rest = path
    if not rest:
        return {**state, first: value}
    return {**state, first: change(state[first], rest, value)}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "1", "format must be an int"),
        (["version"], None, "version must be a str"),
        (["more"], 1, "unknown entry 'more'"),
        (["parameters", "memory"], "folder", "unknown entry 'memory'"),
        (["parameters", "more"], 1, "unknown entry 'more'"),
        (["parameters", "epochs"], b"1", "epochs must be plain"),
        (["parameters", "tokenizer"], print, "tokenizer must be plain"),
        (["parameters", "network"], {"network": {"name": "os"}}, "lacks 'params'"),
        (["parameters", "class_weight"], {"keys": [[]], "values": []}, "must be plain"),
        (["parameters", "class_weight"], {"code": "x"}, "of the unknown kind"),
        (["fitted"], 1, "fitted must be a dict"),
        (["fitted", "vectorizer", "words", "text"], "abc", "must be bytes"),
        (
            ["fitted", "vectorizer", "words", "text"],
            b"abc",
            "one of more than the text",
        ),
        (["fitted", "vectorizer", "counts"], np.zeros(3, int), "token counts must be"),
        (["fitted", "targets", "kind"], "regression", "must be one of"),
        (["fitted", "targets", "kind"], "multiclass", "'multiclass' for 2 classes"),
        (["fitted", "targets", "classes"], np.array(["b", "a"]), "must be sorted"),
        (["fitted", "targets", "classes"], np.array(["a", "a"]), "must be sorted"),
        (["fitted", "targets", "classes"], np.array([["a"]]), r"the shape \(1, 1\)"),
        (
            ["fitted", "targets", "classes"],
            np.array([0x110000, 0x110001], np.uint32).view("U1"),
            "must be sorted",
        ),
        (["fitted", "network", "n_tokens"], 3, "n_tokens must be one of"),
        (["fitted", "network", "sequence_length"], 7, "sequence_length must be one of"),
        (["fitted", "network", "activation"], "softmax", "activation must be one of"),
        (["fitted", "coverage", "n_words"], -1, "n_words must be an int"),
        (["fitted", "coverage", "n_words"], 1.0, "n_words must be an int"),
        (["fitted", "history"], [], "history must be a dict"),
        (["fitted", "history", "loss"], [0.1], "must be an array of float64"),
        (["fitted", "best_validation_score"], "1", "must be a finite float"),
        (["fitted", "feature_names"], ["a", "b"], "must be a list of one str"),
        (
            ["parameters", "random_state"],
            {"key": np.zeros(624, np.uint32), "pos": 625, "has_gauss": 0, "gauss": 0.0},
            "pos must be an int between 0 and 624",
        ),
    ],
)
def test_crafted_states_are_refused(fitted, path, value, message):
    clf = GloveTextClassifier.__new__(GloveTextClassifier)
    with pytest.raises(InvalidStateError, match=message):
        clf.__setstate__(change(fitted.__getstate__(), path, value))
    assert not vars(clf)


# One process imports skglove and skops, and others come from it by forking.
SAVE = """
import os, sys, skglove
clf = skglove.load(sys.argv[1])
clf.save(sys.argv[2])
for _ in range(5):
    if not (saving := os.fork()):
        while True:
            clf.save(sys.argv[2])
    print(saving, flush=True)
    _, status = os.waitpid(saving, 0)
    print(-os.waitstatus_to_exitcode(status), flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_a_killed_save_leaves_a_whole_file_and_no_rubbish(content, fitted, tmp_path):
    source, path = tmp_path / "source.skglove", tmp_path / "clf.skglove"
    source.write_bytes(content)
    rng = np.random.RandomState(0)
    with subprocess.Popen(
        [sys.executable, "-c", SAVE, source, path], stdout=subprocess.PIPE
    ) as process:
        for _ in range(5):
            saving = int(process.stdout.readline())
            time.sleep(0.1 + 0.2 * rng.random_sample())  # in this, it saves many times
            os.kill(saving, signal.SIGKILL)
            assert int(process.stdout.readline()) == signal.SIGKILL
            assert skglove.load(path).classes_.tolist() == ["animal", "vehicle"]
    assert process.returncode == 0
    fitted.save(path)
    assert {entry.name for entry in tmp_path.iterdir()} == {source.name, path.name}


def test_leftovers_of_processes_that_are_no_more_are_removed(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    path = tmp_path / "file"

    def write(file):
        (own,) = tmp_path.iterdir()
        dead = own.name.replace(str(os.getpid()), str(process.pid))
        (tmp_path / dead).write_text("")
        (tmp_path / own.name.replace(f"{os.getpid()}.", "1.")).write_text("")
        (tmp_path / ".file.other-host.99999999.part").write_text("")
        file.write(b"new")

    replace_file(path, write)
    assert len([*tmp_path.iterdir()]) == 4
    replace_file(path, lambda file: file.write(b"newer"))
    assert path.read_bytes() == b"newer"
    # Process 1 runs, and other machines have processes of their own.
    assert len([*tmp_path.iterdir()]) == 3


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(file):
        file.write(b"new")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        replace_file(path, fail)
    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


def test_a_model_card_says_what_the_classifier_is(fitted):
    card = model_card(fitted, scores={"accuracy on 500 reviews": 0.91})
    assert card.startswith("# Text classifier\n")
    assert "| accuracy on 500 reviews | 0.91 |" in card
    assert "`animal`, `vehicle`" in card
    assert f"{len(fitted.vocabulary_) - 2:,} words" in card
    assert str(fitted.coverage_).splitlines()[0] in card
    assert "`Flatten(dense_units=2)`" in card
    assert "skglove.load" in card
    assert not any(text in card for text in TEXTS)


def test_a_model_card_says_nothing_of_what_is_not_there():
    clf = make_classifier(embeddings=None, network="bag").fit(TEXTS, LABELS)
    card = model_card(clf)
    assert "## Scores" not in card
    assert "learned from scratch" in card


def test_a_model_card_of_labels_with_markdown_is_text():
    clf = make_classifier(network="bag").fit(TEXTS, ["a|`b`\n# c"] * 3 + ["<b>"] * 3)
    card = model_card(clf, scores={"a|b": 1})
    assert "\n# c" not in card
    assert r"| a\|b | 1 |" in card


def test_a_model_card_is_of_a_fitted_classifier():
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        model_card(make_classifier())


def test_members_are_plain_and_not_compressed(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert all(m.compress_type == zipfile.ZIP_STORED for m in archive.infolist())
        assert archive.getinfo("schema.json").file_size < 100_000
