"""What users write, for the type checker: mypy reads this file, nothing runs it.

A line that ends in `type: ignore[...]` is a mistake that mypy must find: where it does
not, it reports that there is nothing to ignore.
"""

from pathlib import Path
from typing import Any, assert_type

import numpy as np

import skglove
from skglove import (
    Coverage,
    Glove,
    GloveTextClassifier,
    GloveTextEncoder,
    WordVectors,
    published_settings,
)
from skglove.datasets import fetch_imdb, load_docstrings
from skglove.explaining import Explanation, Explanations, explain
from skglove.networks import Conv

TEXTS = ["a frog", "a car"]


def fit_and_predict(texts: list[str], labels: list[str]) -> None:
    """Fit and predict."""
    clf = GloveTextClassifier("glove.6B.50d", network=Conv(filters=64), epochs=3)
    assert_type(clf.fit(texts, labels), GloveTextClassifier)
    clf.fit(np.array(texts), np.array(labels), sample_weight=[1.0, 2.0])
    clf.fit(texts, [{"frog", "pond"}, set()], X_val=texts, y_val=[{"frog"}, set()])
    assert_type(clf.predict_proba(texts), np.ndarray)
    assert_type(clf.score(texts, labels), float)
    assert_type(clf.vocabulary_, list[str])
    assert_type(clf.coverage_, Coverage | None)
    clf.fit(lambda: iter([(texts, labels)]))
    GloveTextClassifier(epoch=3)  # type: ignore[call-arg]
    GloveTextClassifier(batch_size=[32])  # type: ignore[arg-type]
    GloveTextClassifier(None, tokenizer=str.split, preprocessor=str.lower)


def explain_a_prediction(clf: GloveTextClassifier) -> None:
    """Explain, print, draw."""
    explanations = clf.explain(TEXTS, labels=["frog"])
    assert_type(explanations, Explanations)
    assert_type(explanations[0], Explanation)
    assert_type(explanations[:1], Explanations)
    assert_type(explain(clf, TEXTS)[0].top(3)[0].contribution, float)
    assert_type(explanations[0].tokens, list[str])
    skglove.TopWordsDisplay.from_estimator(clf, n=5).plot()


def share(clf: GloveTextClassifier, path: Path) -> GloveTextClassifier:
    """Save and load."""
    clf.save(path)
    skglove.load(path, max_byte=3)  # type: ignore[call-arg]
    return skglove.load(path)


def make_vectors(texts: list[str]) -> WordVectors:
    """Train vectors, look at them, read others."""
    glove = Glove(vector_size=50, random_state=0).fit(texts)
    assert_type(glove, Glove)
    assert_type(glove.transform(texts), np.ndarray)
    vectors = WordVectors.from_dict({"frog": [1.0, 0.0], "car": np.ones(2)})
    assert_type(vectors.most_similar("frog", topn=1), list[tuple[str, float]])
    assert_type(vectors.most_similar(["king", "woman"], ["man"])[0][0], str)
    assert_type(vectors["frog"], np.ndarray)
    assert_type(vectors.look_up(TEXTS), tuple[np.ndarray, np.ndarray])
    vectors["frog"] = np.ones(2)  # type: ignore[index]
    return WordVectors.from_file(Path("vectors.txt"), dim=2)


def load_data() -> tuple[list[str], np.ndarray]:
    """Load data in both forms."""
    assert_type(load_docstrings().data, Any)
    published_settings("keras_2020")["epochs"]
    return fetch_imdb(subset="train", return_X_y=True)


def put_into_a_table() -> GloveTextEncoder:
    """Make features of a text column."""
    return GloveTextEncoder(GloveTextClassifier(None), method="predict_proba", cv=3)
