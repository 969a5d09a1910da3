"""Fits of the default network: what they accept, and what they learn."""

import numpy as np
import pytest

from skglove import Glove, GloveTextClassifier
from skglove.networks import Bag
from skglove.training._bag import held_out
from skglove.training._linear import _n_buckets

TOPICS = {
    "animal": ["frog", "toad", "newt", "bird"],
    "vehicle": ["car", "truck", "train", "ship"],
    "food": ["bread", "soup", "rice", "cake"],
}


def make_texts(n_texts=60, classes=("animal", "vehicle", "food"), seed=0):
    """Texts of words that tell the class and of others."""
    rng = np.random.RandomState(seed)
    labels = np.resize(classes, n_texts)
    texts = [
        " ".join(rng.permutation([*rng.choice(TOPICS[label], 3), "the", "a", "of"]))
        for label in labels
    ]
    return texts, labels


def make_vectors():
    rng = np.random.RandomState(1)
    words = [word for topic in TOPICS.values() for word in topic]
    return {word: rng.normal(size=6) for word in [*words, "the", "a"]}


def make_classifier(**params):
    defaults = {"embeddings": make_vectors(), "epochs": 2, "random_state": 0}
    return GloveTextClassifier(**{**defaults, **params})


@pytest.fixture(scope="module")
def fitted():
    return make_classifier().fit(*make_texts())


def test_few_texts_are_learned(fitted):
    texts, labels = make_texts(seed=1)
    assert fitted.score(texts, labels) > 0.95


def test_same_seed_gives_the_same_bits(fitted):
    texts, labels = make_texts()
    again = make_classifier().fit(texts, labels)
    assert (again.predict_proba(texts) == fitted.predict_proba(texts)).all()
    other = make_classifier(random_state=1).fit(texts, labels)
    assert (other.predict_proba(texts) != fitted.predict_proba(texts)).any()


def test_model_agrees_with_the_tables(fitted):
    texts, _ = make_texts(seed=2)
    texts += ["", "frogs and trucks", "frog"]
    model = fitted.to_keras()
    outputs = model(np.array(texts)[:, np.newaxis]).numpy()
    np.testing.assert_allclose(outputs, fitted.predict_proba(texts), atol=1e-5)


def misspelled(texts):
    """Return texts with a letter of each longer word changed, dropped or swapped."""
    wrong = {"bird": "brid", "train": "trian", "bread": "breaad", "truck": "tru¢k"}
    return [" ".join(wrong.get(word, word) for word in text.split()) for text in texts]


def test_misspelled_words_are_taken_for_the_words_they_are_near(fitted):
    texts, _ = make_texts(seed=6)
    wrong = misspelled(texts)
    assert sum(a != b for a, b in zip(texts, wrong, strict=True)) > 20
    np.testing.assert_array_equal(
        fitted.predict_proba(wrong), fitted.predict_proba(texts)
    )
    assert (fitted.predict_proba(wrong[:1]) == fitted.predict_proba(wrong)[:1]).all()
    explained = fitted.explain(wrong)
    for one, right in zip(explained, fitted.explain(texts), strict=True):
        np.testing.assert_array_equal(one.words, right.words)
        assert one.known.all()


def test_spelling_is_left_as_it_is_without_correct_spelling(fitted):
    texts, labels = make_texts()
    classifier = make_classifier(network=Bag(correct_spelling=False))
    classifier.fit(texts, labels)
    probabilities = fitted.predict_proba(texts)
    assert (classifier.predict_proba(texts) == probabilities).all()
    wrong = misspelled(texts)
    assert (classifier.predict_proba(wrong) != probabilities).any()
    outputs = classifier.to_keras()(np.array(wrong)[:, np.newaxis]).numpy()
    np.testing.assert_allclose(outputs, classifier.predict_proba(wrong), atol=1e-5)


@pytest.mark.parametrize("embeddings", [None, 4, Glove(4, max_iter=1)])
def test_other_sources_of_vectors(embeddings):
    texts, labels = make_texts(seed=3)
    classifier = make_classifier(embeddings=embeddings).fit(texts, labels)
    assert classifier.score(texts, labels) > 0.9


def test_two_classes_give_one_table():
    texts, labels = make_texts(classes=("animal", "food"))
    classifier = make_classifier().fit(texts, labels)
    assert classifier._network.tables.n_outputs == 1
    assert classifier.score(*make_texts(classes=("animal", "food"), seed=4)) > 0.95


def test_several_labels_a_text():
    texts, labels = make_texts(80)
    more, others = make_texts(80, classes=("food", "vehicle"), seed=5)
    both = [a + " " + b for a, b in zip(texts, more, strict=True)]
    y = [
        [c in pair for c in sorted(TOPICS)] for pair in zip(labels, others, strict=True)
    ]
    # One label that all texts have, and one that none has.
    y = np.column_stack([np.array(y, int), np.ones(80, int), np.zeros(80, int)])
    classifier = make_classifier(epochs=4).fit(both, y)
    predicted = classifier.predict(both)
    assert predicted.shape == y.shape
    assert (predicted == y).mean() > 0.9


@pytest.mark.parametrize("n_texts", [2, 3, 9, 11, 25])
def test_tiny_data(n_texts):
    texts, labels = make_texts(n_texts, classes=("animal", "food"))
    classifier = make_classifier().fit(texts, labels)
    proba = classifier.predict_proba([*texts, "", "nothing known"])
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)


def test_a_class_of_one_text_and_empty_texts():
    texts, labels = make_texts(40)
    texts = [*texts, "violin sonata", "", ""]
    labels = [*labels, "music", "food", "animal"]
    classifier = make_classifier(epochs=4).fit(texts, labels)
    assert classifier.classes_.tolist() == ["animal", "food", "music", "vehicle"]
    assert np.isfinite(classifier.predict_proba(texts)).all()


def test_texts_of_one_word_have_no_bigrams():
    texts = ["frog", "bread"] * 8
    classifier = make_classifier().fit(texts, ["animal", "food"] * 8)
    assert len(classifier._network.tables.bigrams) == 0
    assert classifier.predict(["frog", "bread"]).tolist() == ["animal", "food"]


def test_weights_of_texts_count():
    texts, labels = make_texts(40, classes=("animal", "food"))
    texts += ["frog soup"] * 10
    labels = [*labels, *["animal", "food"] * 5]
    plain = make_classifier().fit(texts, labels)
    weight = np.where(
        (np.array(texts) == "frog soup") & (np.array(labels) == "food"), 9, 1
    )
    weighted = make_classifier().fit(texts, labels, sample_weight=weight)
    column = list(plain.classes_).index("food")
    probabilities = [
        c.predict_proba(["frog soup"])[0, column] for c in (plain, weighted)
    ]
    assert probabilities[1] > probabilities[0] + 0.05


def test_weight_zero_is_as_good_as_absent():
    texts, labels = make_texts(40)
    classifier = make_classifier().fit(texts, labels)
    weight = np.append(np.ones(40), [0, 0])
    other = make_classifier().fit(
        [*texts, "frog bread", "car"], [*labels, "food", "food"], sample_weight=weight
    )
    new, _ = make_texts(seed=6)
    np.testing.assert_allclose(
        classifier.predict_proba(new), other.predict_proba(new), atol=1e-5
    )


def test_class_weight_moves_the_probabilities():
    texts, labels = make_texts(60, classes=("animal", "food"))
    weights = {"animal": 1, "food": 20}
    weighted = make_classifier(class_weight=weights).fit(texts, labels)
    plain = make_classifier().fit(texts, labels)
    column = list(plain.classes_).index("food")
    unknown = ["the a of"]
    assert (
        weighted.predict_proba(unknown)[0, column]
        > plain.predict_proba(unknown)[0, column]
    )


def test_validation_texts_are_scored_each_epoch():
    texts, labels = make_texts()
    classifier = make_classifier(epochs=3)
    classifier.fit(texts, labels, X_val=texts[:10], y_val=labels[:10])
    assert len(classifier.history_["val_accuracy"]) == 3


def test_early_stopping_goes_back_to_the_best():
    classifier = make_classifier(epochs=30, early_stopping=True, n_iter_no_change=2)
    classifier.fit(*make_texts())
    assert classifier.n_iter_ < 30
    assert classifier.best_validation_score_ == max(classifier.history_["val_accuracy"])


def test_warm_start_goes_on():
    texts, labels = make_texts()
    classifier = make_classifier(warm_start=True).fit(texts, labels)
    steps = classifier._network.n_steps
    other, other_labels = make_texts(30, seed=8)
    classifier.fit(other[::-1], other_labels[::-1])
    assert classifier.n_iter_ == 4
    assert classifier._network.n_steps > steps
    assert classifier.score(texts, labels) > 0.95


def test_callbacks_see_one_training(capsys):
    import keras

    class Counted(keras.callbacks.Callback):
        n_trainings = n_epochs = 0

        def on_train_begin(self, logs=None):
            Counted.n_trainings += 1

        def on_epoch_end(self, epoch, logs=None):
            Counted.n_epochs += 1
            assert np.isfinite(logs["loss"])

    make_classifier(callbacks=[Counted()], verbose=2).fit(*make_texts())
    assert (Counted.n_trainings, Counted.n_epochs) == (1, 2)
    assert capsys.readouterr().out.count("loss:") == 2


def test_without_linear_parts():
    texts, labels = make_texts()
    classifier = make_classifier(network=Bag(linear=False), epochs=8)
    classifier.fit(texts, labels)
    tables = classifier._network.tables
    assert not tables.words[:, :3].any() and len(tables.buckets) == 0
    assert classifier.score(texts, labels) > 0.95


@pytest.mark.parametrize("n_classes", [40, 510])
def test_many_classes(n_classes):
    texts = [f"word{i} the a" for i in range(n_classes)] * 3
    labels = list(range(n_classes)) * 3
    classifier = make_classifier(epochs=6).fit(texts, labels)
    proba = classifier.predict_proba(texts[:20])
    assert proba.shape == (20, n_classes)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-4)
    if n_classes < 500:  # more have no tables, and no linear parts
        assert classifier.score(texts, labels) > 0.9


@pytest.mark.parametrize(
    ("n_texts", "n_parts", "n_held"),
    [
        (10, 3, 3),
        (17, 3, 5),
        (200, 3, 66),
        (450, 3, 150),
        (1_600, 2, 533),
        (2_500, 1, 833),
        (5_999, 1, 1_000),
        (6_000, 1, 400),
        (30_000, 1, 1_000),
    ],
)
def test_held_out_texts_are_of_all_classes_and_others_each_time(
    n_texts, n_parts, n_held
):
    codes = np.arange(n_texts) % 2
    parts = held_out(codes, np.random.RandomState(0))
    together = np.concatenate(parts)
    assert len(np.unique(together)) == len(together) == n_parts * n_held
    assert len(parts) == n_parts
    for part in parts:
        assert abs(codes[part].mean() - 0.5) <= 1 / len(part)


def test_very_few_texts_are_not_held_back():
    assert held_out(np.array([0, 1, 0]), np.random.RandomState(0)) == []


def test_buckets_are_a_power_of_two_within_bounds():
    assert _n_buckets(10, 2) == 1 << 10
    assert _n_buckets(3_000, 2) == 1 << 14
    assert _n_buckets(10**6, 2) == 1 << 16
    assert _n_buckets(10**6, 500) == 1 << 14
