"""What scikit-learn does with a classifier, done with GloveTextClassifier on texts.

Each test runs on made texts, and on posts of 20 Newsgroups where they are at hand.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    learning_curve,
    permutation_test_score,
    train_test_split,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from skglove import GloveTextClassifier, WordVectors, datasets
from skglove.networks import Bag
from skglove.text import TextVectorizer

TOPICS = {
    "animals": "frog toad cat dog hen fish".split(),
    "cars": "wheel road engine fuel brake gear".split(),
    "food": "bread soup rice apple salt tea".split(),
}
COMMON = "the a and of to in".split()
# The default one, which small fits share once it is traced. Its linear part would take
# twice the time, and is no affair of these tests.
NETWORK = Bag(dropout=0.2, linear=False)
NEWSGROUPS = ["comp.graphics", "rec.sport.hockey", "talk.politics.mideast"]


def made_collection():
    """Texts about a topic, in which every third word comes from any topic."""
    rng = np.random.RandomState(0)
    anything = sum(TOPICS.values(), COMMON)
    labels = np.array(sorted(TOPICS))[rng.randint(len(TOPICS), size=150)]
    texts = [
        " ".join([*rng.choice(TOPICS[label], 6), *rng.choice(anything, 3)])
        for label in labels
    ]
    vectors = {word: np.zeros(len(TOPICS)) for word in COMMON}
    for i, topic in enumerate(TOPICS.values()):
        vectors |= dict.fromkeys(topic, np.eye(len(TOPICS))[i])
    classifier = GloveTextClassifier(
        WordVectors(list(vectors), np.stack(list(vectors.values()))),
        network=NETWORK,
        learning_rate=0.03,
        batch_size=16,
        epochs=3,
        random_state=0,
    )
    return texts, labels, classifier


def newsgroups_collection():
    """Posts of three newsgroups, without their first ten lines."""
    try:
        posts = datasets.fetch_news20(
            remove=("first_ten_lines",), download_if_missing=False
        )
        vectors = WordVectors.from_name("glove.6B.50d")
    except FileNotFoundError as error:
        pytest.skip(f"The data home lacks it: {error}")
    names = np.array(posts.target_names)[posts.target]
    rng = np.random.RandomState(0)
    kept = rng.permutation(np.flatnonzero(np.isin(names, NEWSGROUPS)))[:400]
    texts = [posts.data[i] for i in kept]
    # Those of the posts' words, in memory: no fit reads the file.
    words = np.array(TextVectorizer(max_tokens=5_000).fit(texts).vocabulary_)
    matrix, known = vectors.look_up(words)
    assert known.sum() > 3_000
    classifier = GloveTextClassifier(
        WordVectors(words[known].tolist(), matrix[known]),
        max_tokens=2_000,
        unseen_words=False,
        sequence_length=150,
        network=NETWORK,
        learning_rate=0.03,
        batch_size=32,
        epochs=3,
        random_state=0,
    )
    return texts, names[kept], classifier


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(made_collection, id="made"),
        pytest.param(newsgroups_collection, id="posts", marks=pytest.mark.realdata),
    ],
)
def collection(request):
    """Training and test texts, their labels and a classifier that can learn them."""
    texts, labels, classifier = request.param()
    split = train_test_split(
        texts, labels, test_size=0.3, stratify=labels, random_state=0
    )
    names = ["texts", "texts_test", "labels", "labels_test"]
    return SimpleNamespace(
        **dict(zip(names, split, strict=True)), classifier=classifier
    )


def well_above_chance(score, n_classes=3):
    """Tell whether a score is nearer to 1 than to what guessing gets."""
    return score > (1 + 1 / n_classes) / 2


def tfidf():
    return make_pipeline(TfidfVectorizer(max_features=500), LogisticRegression())


def fitted_and_scored(estimator, collection):
    """Fit an estimator on the training texts and return it and its test accuracy."""
    estimator.fit(collection.texts, collection.labels)
    return estimator, estimator.score(collection.texts_test, collection.labels_test)


def test_pipeline(collection):
    without_digits = FunctionTransformer(
        lambda texts: ["".join(c for c in t if not c.isdigit()) for t in texts]
    )
    estimator = make_pipeline(without_digits, clone(collection.classifier))
    pipeline, score = fitted_and_scored(estimator, collection)
    assert well_above_chance(score)
    assert not any(map(str.isdigit, "".join(pipeline[-1].vocabulary_)))


def test_stacking_beside_tfidf(collection):
    estimators = [("glove", collection.classifier), ("tfidf", tfidf())]
    stack, score = fitted_and_scored(StackingClassifier(estimators, cv=2), collection)
    assert well_above_chance(score)
    assert stack.transform(collection.texts_test[:2]).shape == (2, 2 * 3)


def test_soft_voting_beside_tfidf(collection):
    estimators = [("glove", collection.classifier), ("tfidf", tfidf())]
    voting = VotingClassifier(estimators, voting="soft")
    voting, score = fitted_and_scored(voting, collection)
    assert well_above_chance(score)
    np.testing.assert_allclose(
        voting.predict_proba(collection.texts_test),
        sum(e.predict_proba(collection.texts_test) for e in voting.estimators_) / 2,
        rtol=1e-6,
    )


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration(collection, method):
    estimator = CalibratedClassifierCV(collection.classifier, cv=2, method=method)
    calibrated, score = fitted_and_scored(estimator, collection)
    assert well_above_chance(score)
    probabilities = calibrated.predict_proba(collection.texts_test)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_one_vs_rest(collection):
    estimator = OneVsRestClassifier(collection.classifier)
    one_vs_rest, score = fitted_and_scored(estimator, collection)
    assert well_above_chance(score)
    assert len(one_vs_rest.estimators_) == 3


def test_tuned_threshold(collection):
    rare = sorted(set(collection.labels))[0]
    estimator = TunedThresholdClassifierCV(collection.classifier, cv=2)
    estimator.fit(collection.texts, collection.labels == rare)
    predictions = estimator.predict(collection.texts_test)
    score = balanced_accuracy_score(collection.labels_test == rare, predictions)
    assert well_above_chance(score, n_classes=2)
    probabilities = estimator.predict_proba(collection.texts_test)[:, 1]
    assert (predictions == (probabilities >= estimator.best_threshold_)).all()


@pytest.mark.parametrize(
    ("search", "options"),
    [
        (GridSearchCV, {}),
        (RandomizedSearchCV, {"n_iter": 2, "random_state": 0}),
        (HalvingGridSearchCV, {"factor": 2, "random_state": 0}),
    ],
)
def test_search_finds_the_learning_rate_that_learns(collection, search, options):
    rates = [1e-9, collection.classifier.learning_rate]
    estimator = search(collection.classifier, {"learning_rate": rates}, cv=2, **options)
    found, score = fitted_and_scored(estimator, collection)
    assert well_above_chance(score)
    assert found.best_params_ == {"learning_rate": rates[1]}


def test_cross_val_predict(collection):
    probabilities = cross_val_predict(
        collection.classifier,
        collection.texts,
        collection.labels,
        cv=2,
        method="predict_proba",
    )
    classes = np.unique(collection.labels)
    predictions = classes[probabilities.argmax(axis=1)]
    assert well_above_chance(accuracy_score(collection.labels, predictions))


def test_learning_curve(collection):
    sizes, _, scores = learning_curve(
        collection.classifier,
        collection.texts,
        collection.labels,
        train_sizes=[0.2, 1.0],
        cv=2,
        shuffle=True,
        random_state=0,
    )
    assert sizes[1] == len(collection.texts) // 2
    assert well_above_chance(scores[1].mean())
    assert scores[1].mean() >= scores[0].mean()


def test_permutation_test_score(collection):
    score, permuted, p_value = permutation_test_score(
        collection.classifier,
        collection.texts,
        collection.labels,
        cv=2,
        n_permutations=3,
        random_state=0,
    )
    assert well_above_chance(score)
    assert not any(map(well_above_chance, permuted))
    assert p_value == 1 / 4


def test_column_of_texts_beside_numbers(collection):
    """Each part of the stack takes its columns; the last sees out-of-fold figures."""
    rng = np.random.RandomState(0)

    def frame(texts, labels):
        # Tells the last class from the others, but only partly.
        hint = (labels == max(collection.labels)) + rng.normal(
            scale=0.3, size=len(texts)
        )
        return pd.DataFrame(
            {"hint": hint, "noise": rng.normal(size=len(texts))}
        ).assign(text=texts)

    of_text = make_pipeline(
        make_column_transformer(("passthrough", ["text"])), collection.classifier
    )
    of_numbers = make_pipeline(
        ColumnTransformer([("scale", StandardScaler(), ["hint", "noise"])]),
        LogisticRegression(),
    )
    stack = StackingClassifier([("text", of_text), ("numbers", of_numbers)], cv=2)
    stack.fit(frame(collection.texts, collection.labels), collection.labels)
    test_frame = frame(collection.texts_test, collection.labels_test)
    assert well_above_chance(stack.score(test_frame, collection.labels_test))
    for part in stack.estimators_:
        predictions = stack.classes_[part.predict(test_frame)]
        assert accuracy_score(collection.labels_test, predictions) > 0.5


def test_column_of_a_frame_is_the_text(collection):
    frame = pd.DataFrame({"text": collection.texts})
    classifier = clone(collection.classifier).fit(frame, collection.labels)
    assert classifier.feature_names_in_.tolist() == ["text"]
    test_frame = pd.DataFrame({"text": collection.texts_test})
    assert well_above_chance(classifier.score(test_frame, collection.labels_test))
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(test_frame.rename(columns={"text": "body"}))


def as_column(texts, dtype):
    return np.array(texts, dtype=dtype).reshape(-1, 1)


def test_bagging_takes_a_column_of_texts(collection):
    estimator = BaggingClassifier(collection.classifier, n_estimators=2, random_state=0)
    with pytest.raises(ValueError, match="Expected 2D array"):
        estimator.fit(collection.texts, collection.labels)
    estimator.fit(as_column(collection.texts, object), collection.labels)
    X_test = as_column(collection.texts_test, object)
    assert well_above_chance(estimator.score(X_test, collection.labels_test))


@pytest.mark.skipif(
    not hasattr(np.dtypes, "StringDType"), reason="StringDType came with NumPy 2"
)
@pytest.mark.parametrize("meta_estimator", [SelfTrainingClassifier, OneVsOneClassifier])
def test_what_asks_for_numbers_takes_a_column_of_numpys_strings(
    collection, meta_estimator
):
    """They turn object and U arrays into numbers, which texts are not."""
    estimator = meta_estimator(collection.classifier)
    for texts in (collection.texts, as_column(collection.texts, object)):
        with pytest.raises(ValueError, match=r"2D array|could not convert string"):
            estimator.fit(texts, collection.labels)

    classes, codes = np.unique(collection.labels, return_inverse=True)
    if meta_estimator is SelfTrainingClassifier:
        codes[np.random.RandomState(0).rand(len(codes)) < 0.4] = -1
    string = np.dtypes.StringDType()
    estimator.fit(as_column(collection.texts, string), codes)
    predictions = classes[estimator.predict(as_column(collection.texts_test, string))]
    assert well_above_chance(accuracy_score(collection.labels_test, predictions))
    if meta_estimator is SelfTrainingClassifier:
        assert (estimator.labeled_iter_ > 0).any()
