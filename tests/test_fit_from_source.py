"""Fits from a source: the same as from a list, and what is wrong with one."""

import numpy as np
import pytest
from helpers import make_classifier, make_texts
from scipy.sparse import csr_array

from skglove import Glove, GloveTextClassifier

TEXTS, LABELS = make_texts(20)


def bag(**params):
    defaults = {"network": "bag", "optimizer": "auto", "learning_rate": None}
    return make_classifier(**{**defaults, "epochs": 2, **params})


def source_of(texts, labels, size=7):
    """A function that returns chunks, one of them empty."""

    def chunks():
        for start in range(0, len(texts), size):
            yield texts[start : start + size], labels[start : start + size]
            yield [], []

    return chunks


def assert_same(found, expected, texts=TEXTS):
    assert found.vocabulary_ == expected.vocabulary_
    assert found.history_ == expected.history_
    np.testing.assert_array_equal(
        found.predict_proba(texts), expected.predict_proba(texts)
    )


@pytest.mark.parametrize("network", ["bag", "flatten"])
@pytest.mark.parametrize(
    "params",
    [{"sequence_length": 5}, {"max_tokens": 9, "class_weight": {"animal": 3}}],
)
def test_same_bits_as_from_a_list(network, params):
    params = {"network": network, "epochs": 2, **params}
    expected = bag(**params).fit(TEXTS, LABELS)
    found = bag(**params).fit(source_of(TEXTS, LABELS))
    assert_same(found, expected)
    assert found.classes_.dtype == expected.classes_.dtype
    assert found.coverage_ == expected.coverage_


def test_held_back_texts_and_validation_texts_are_those_of_a_list():
    for fit_options, params in (
        ({}, {"early_stopping": True}),
        ({"X_val": TEXTS[:9], "y_val": LABELS[:9]}, {}),
    ):
        expected = bag(**params).fit(TEXTS, LABELS, **fit_options)
        found = bag(**params).fit(source_of(TEXTS, LABELS), **fit_options)
        assert_same(found, expected)


def test_warm_start_goes_on_from_a_source():
    expected = bag(warm_start=True).fit(TEXTS, LABELS).fit(TEXTS[::2], LABELS[::2])
    found = bag(warm_start=True).fit(TEXTS, LABELS)
    assert_same(found.fit(source_of(TEXTS[::2], LABELS[::2])), expected)


def test_texts_without_weight_are_left_out():
    found = bag(class_weight={"animal": 0}).fit(source_of(TEXTS, LABELS))
    terms = [term for terms in found.top_words().values() for term in terms]
    assert 20 < max(term.n_texts for term in terms) <= 40  # of 60
    others = np.flatnonzero(np.array(LABELS) != "animal")
    texts, labels = ([part[i] for i in others] for part in (TEXTS, LABELS))
    assert found.score(texts, labels) > 0.9


def test_own_vectors_are_trained_on_the_source():
    params = {"embeddings": Glove(3, max_iter=1, random_state=0), "epochs": 1}
    expected = bag(**params).fit(TEXTS, LABELS)
    found = bag(**params).fit(source_of(TEXTS, LABELS))
    np.testing.assert_allclose(
        found.predict_proba(TEXTS), expected.predict_proba(TEXTS), atol=1e-3
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda labels: [{label, "any"} for label in labels],
        lambda labels: np.column_stack([labels == "animal", labels != "food"]) * 1,
        lambda labels: csr_array((labels[:, None] == ["animal", "food"]) * 1),
        lambda labels: (labels == "animal").astype(np.int8),
        lambda labels: [7 if label == "food" else 8 for label in labels],
    ],
    ids=["sets", "matrix", "sparse matrix", "int8", "int"],
)
def test_forms_of_labels(make):
    labels = make(np.array(LABELS))
    expected = bag(epochs=1).fit(TEXTS, labels)
    found = bag(epochs=1).fit(source_of(TEXTS, labels))
    assert_same(found, expected)
    assert found.classes_.dtype == expected.classes_.dtype
    assert type(found.predict(TEXTS)) is type(expected.predict(TEXTS))


def test_chunks_of_pandas(tmp_path):
    import pandas as pd

    path = tmp_path / "texts.csv"
    pd.DataFrame({"text": TEXTS, "label": LABELS}).to_csv(path, index=False)

    def chunks():
        for frame in pd.read_csv(path, chunksize=11):
            yield frame["text"], frame["label"]

    assert_same(bag().fit(chunks), bag().fit(TEXTS, LABELS))


def test_no_file_is_left_after_a_fit_or_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    bag(epochs=1).fit(source_of(TEXTS, LABELS))
    with pytest.raises(ValueError, match="Chunk 2 "):
        bag().fit(source_of(TEXTS, [*LABELS[:9], None, *LABELS[10:]]))
    assert [*tmp_path.iterdir()] == []


def broken(chunks):
    return lambda: iter(chunks)


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (lambda: None, TypeError, "must return an iterable of chunks"),
        (lambda: "texts", TypeError, "must return an iterable of chunks"),
        (broken([["a text"]]), TypeError, "Chunk 0 .* tuple of texts and labels"),
        (broken([]), ValueError, "no texts .* new iterator at each call"),
        (broken([([], [])]), ValueError, "Found no texts"),
        (
            broken([(["a"], [1]), (["b", None], [1, 0])]),
            ValueError,
            "Chunk 1 .*missing",
        ),
        (broken([(["a", 3], [1, 0])]), TypeError, "Chunk 0 .* position 1 is not a str"),
        (broken([(["a", "b"], [1])]), ValueError, "Chunk 0 .* 2 texts and 1 labels"),
        (
            broken([(["a", "b"], [1, None])]),
            ValueError,
            "Chunk 0 .*label at position 1",
        ),
        (broken([(["a", "b"], [1, 1])]), ValueError, "greater than one"),
        (broken([(["a"], [1]), (["b"], ["x"])]), TypeError, "are str and others"),
        (broken([(["a"], [1]), (["b"], [{"x"}])]), ValueError, "Chunk 1 .* form"),
        (
            broken([(["a"], [[1, 0]]), (["b"], [[1, 0, 1]])]),
            ValueError,
            "Chunk 1 .* 3 columns",
        ),
        (broken([("text", [1])]), ValueError, "Chunk 0 .* single str"),
        (broken([(["", " "], [0, 1])]), ValueError, "no words"),
    ],
)
def test_what_is_wrong_with_a_source_is_said(source, kind, message):
    with pytest.raises(kind, match=message):
        bag().fit(source)


def test_labels_and_weights_come_with_the_texts():
    for options in ({"y": LABELS}, {"sample_weight": np.ones(60)}):
        with pytest.raises(ValueError, match="source"):
            bag().fit(source_of(TEXTS, LABELS), **options)
    sets = [{label} for label in LABELS]
    with pytest.raises(ValueError, match="needs X_val"):
        bag(early_stopping=True).fit(source_of(TEXTS, sets), tune_thresholds=True)


def test_a_source_that_changes_is_found_out():
    calls = []

    def chunks():
        calls.append(1)
        yield TEXTS[: 60 - len(calls)], LABELS[: 60 - len(calls)]

    with pytest.raises(ValueError, match="59 texts when it was read first and 58"):
        GloveTextClassifier(Glove(3, max_iter=1)).fit(chunks)


def test_a_failed_fit_changes_nothing():
    classifier = bag().fit(TEXTS, LABELS)
    before = classifier.predict_proba(TEXTS)
    with pytest.raises(TypeError):
        classifier.fit(lambda: None)
    np.testing.assert_array_equal(classifier.predict_proba(TEXTS), before)
