"""BatchPredictor without an engine."""

import pickle

import numpy as np
import pandas as pd
import pytest
from helpers import make_texts
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline

from skglove import GloveTextClassifier
from skglove.scoring import BatchPredictor

TEXTS = pd.Series(["a frog", "a car", "soup and bread"], index=[7, 7, 2])


def test_a_frame_is_what_the_classifier_says(predictor, table, assert_scored):
    assert_scored(predictor(table))


def test_a_series_keeps_its_index(predictor, classifier):
    scores = predictor(TEXTS)
    assert scores.index.tolist() == [7, 7, 2]
    assert scores["prediction"].tolist() == classifier.predict(TEXTS).tolist()
    assert scores.columns.tolist() == [
        "prediction",
        "probability_animal",
        "probability_food",
        "probability_vehicle",
    ]
    assert (scores.dtypes.iloc[1:] == np.float32).all()


@pytest.mark.parametrize("as_frame", [False, True])
def test_no_texts_have_the_types_of_some(predictor, as_frame):
    some = TEXTS.to_frame("text") if as_frame else TEXTS
    none = predictor(some[:0])
    assert len(none) == 0
    pd.testing.assert_series_equal(none.dtypes, predictor(some).dtypes)


def test_meta_and_ddl_say_the_columns(predictor):
    pd.testing.assert_frame_equal(predictor.meta, predictor(TEXTS)[:0], False, False)
    assert predictor.ddl == (
        "`prediction` string, `probability_animal` float, `probability_food` float, "
        "`probability_vehicle` float"
    )


def test_some_classes_in_the_order_asked_for(classifier):
    predictor = BatchPredictor(classifier, classes=["vehicle", "food"])
    scores = predictor(TEXTS)
    np.testing.assert_array_equal(
        scores[["probability_vehicle", "probability_food"]].to_numpy(),
        classifier.predict_proba(TEXTS)[:, [2, 1]],
    )
    assert BatchPredictor(classifier, classes=[])(TEXTS).columns.tolist() == [
        "prediction"
    ]


@pytest.mark.parametrize(
    ("labels", "sql_type"), [([1, 0], "bigint"), ([True, False], "boolean")]
)
def test_the_types_of_labels(labels, sql_type):
    clf = GloveTextClassifier(None, epochs=1, random_state=0)
    clf.fit(["a frog", "a car"] * 4, labels * 4)
    predictor = BatchPredictor(clf)
    assert predictor.ddl.startswith(f"`prediction` {sql_type}, ")
    assert predictor(TEXTS)["prediction"].dtype == np.array(labels).dtype
    assert predictor.meta["prediction"].dtype == np.array(labels).dtype


def test_names_are_quoted_for_spark():
    clf = GloveTextClassifier(None, epochs=1, random_state=0)
    clf.fit(["a frog", "a car"] * 4, ["a`b", "c, d"] * 4)
    assert BatchPredictor(clf).ddl == (
        "`prediction` string, `probability_a``b` float, `probability_c, d` float"
    )


@pytest.mark.parametrize("as_sets", [False, True])
def test_several_labels_a_text_are_lists(as_sets):
    texts, labels = make_texts()
    sets = [{label, "thing"} if label != "food" else set() for label in labels]
    names = ["animal", "thing", "vehicle"]
    y = pd.DataFrame({name: [int(name in row) for row in sets] for name in names})
    clf = GloveTextClassifier(None, epochs=8, random_state=0)
    clf.fit(texts, sets if as_sets else y)
    predictor = BatchPredictor(clf)
    scores = predictor(pd.Series(texts))
    predicted = clf._predict(texts, form="sets")
    assert scores["prediction"].tolist() == [*map(list, predicted)]
    assert {len(row) for row in predicted} == {0, 2}
    assert predictor.ddl.startswith("`prediction` array<string>, ")
    assert predictor.meta["prediction"].dtype == object


def test_a_classifier_of_a_frame_does_not_warn(recwarn):
    texts, labels = make_texts()
    clf = GloveTextClassifier(None, epochs=1, random_state=0)
    clf.fit(pd.DataFrame({"body": texts}), labels)
    BatchPredictor(clf)(TEXTS)
    BatchPredictor(clf, text="headline")(TEXTS.to_frame("headline"))
    assert not [warning for warning in recwarn if "feature name" in str(warning)]


def test_other_classifiers_of_texts():
    texts, labels = make_texts()
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression())
    pipeline.fit(texts, labels)
    scores = BatchPredictor(pipeline)(TEXTS)
    assert scores["prediction"].tolist() == pipeline.predict(TEXTS).tolist()
    np.testing.assert_allclose(scores.iloc[:, 1:], pipeline.predict_proba(TEXTS), 1e-6)


def test_other_classifiers_of_several_labels_are_refused():
    texts, labels = make_texts()
    y = pd.get_dummies(labels).to_numpy()
    pipeline = make_pipeline(
        TfidfVectorizer(), OneVsRestClassifier(LogisticRegression())
    ).fit(texts, y)
    with pytest.raises(TypeError, match=r"Several labels a text .* not of a P"):
        BatchPredictor(pipeline)(TEXTS)


def test_its_pickle_is_that_of_the_classifier(classifier, predictor):
    size = len(pickle.dumps(predictor))
    assert size < len(pickle.dumps(classifier)) + 1_000


def test_what_is_refused(classifier, predictor):
    with pytest.raises(NotFittedError):
        BatchPredictor(GloveTextClassifier(None))
    with pytest.raises(ValueError, match=r"no class 'fish': the classes are \['animal"):
        BatchPredictor(classifier, classes=["fish"])
    with pytest.raises(ValueError, match=r"no column 'text'.*\['body'\].*text="):
        predictor(TEXTS.to_frame("body"))
    with pytest.raises(ValueError, match="column 'prediction' already"):
        predictor(TEXTS.to_frame("text").assign(prediction=1))
    with pytest.raises(ValueError, match="position 1 is missing"):
        predictor(pd.Series(["a frog", None]))
