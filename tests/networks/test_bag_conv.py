"""Bags beside convolutions: what they start with, and what they learn."""

import copy
import pickle
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from skglove import GloveTextClassifier
from skglove.networks import BagConv
from skglove.networks._bag_conv import BagStart
from skglove.text import TokenIds

WORDS = {
    "animal": ["frog", "toad", "newt", "bird"],
    "vehicle": ["car", "truck", "train", "ship"],
    "food": ["bread", "soup", "rice", "cake"],
}
# Known to the vectors; no text has them.
UNSEEN = {"salamander": "animal", "lorry": "vehicle", "noodles": "food"}


def make_texts(n_per_class=12, classes=("animal", "vehicle", "food"), seed=0):
    """Texts of words that tell the class and of others."""
    rng = np.random.RandomState(seed)
    texts = [
        " ".join(rng.permutation([*rng.choice(WORDS[label], 3), "the", "a", "of"]))
        for label in classes
        for _ in range(n_per_class)
    ]
    return texts, list(np.repeat(classes, n_per_class))


def make_vectors():
    """Vectors that are alike for words of a class."""
    rng = np.random.RandomState(0)
    middle = {label: rng.normal(size=6) for label in WORDS}
    kinds = {word: label for label in WORDS for word in WORDS[label]} | UNSEEN
    return {
        word: middle[label] + 0.1 * rng.normal(size=6) for word, label in kinds.items()
    }


def small_network(**params):
    return BagConv(**{"filters": 8, "kernel_size": 2, **params})


def make_classifier(**params):
    """A classifier small enough to be fitted in a second."""
    defaults = {
        "embeddings": make_vectors(),
        "max_tokens": 60,
        "sequence_length": 8,
        "network": small_network(),
        "learning_rate": 0.02,
        "batch_size": 8,
        "random_state": 0,
    }
    return GloveTextClassifier(**{**defaults, **params})


@pytest.fixture(scope="module")
def data():
    return make_texts()


@pytest.fixture(scope="module")
def fitted(data):
    return make_classifier().fit(*data)


@pytest.fixture(scope="module")
def two_epochs(data):
    return make_classifier(epochs=2).fit(*data)


def make_ids(n_texts=50, length=12, n_tokens=15, seed=0):
    """Texts of every length, among them an empty one; no text has the last word."""
    rng = np.random.RandomState(seed)
    lengths = np.append(0, rng.randint(1, length + 1, size=n_texts - 1))
    flat = rng.randint(1, n_tokens - 1, size=lengths.sum())
    return TokenIds(flat.astype(np.int32), lengths)


def start_of(ids, matrix=None):
    """What a bag network starts with."""
    known = None if matrix is None else matrix.any(axis=1)
    return BagStart.of(ids, 15, matrix, known)


def bigram_counts(ids):
    """Return bigrams by number of texts, said plainly."""
    n_texts = {}
    for row in ids.padded().tolist():
        for pair in set(pairwise(row)):
            if min(pair) >= 2:
                n_texts[pair] = n_texts.get(pair, 0) + 1
    return n_texts


def test_idf_is_that_of_scikit_learns_tfidf():
    ids = make_ids()
    start = start_of(ids)
    texts = [" ".join(f"w{i}" for i in row if i) for row in ids.padded()]
    counts = CountVectorizer(vocabulary=[f"w{i}" for i in range(1, 14)])
    expected = TfidfTransformer().fit(counts.transform(texts)).idf_
    np.testing.assert_allclose(start.idf[1:14], expected, rtol=1e-6)


def test_padding_and_words_of_no_text_have_no_idf():
    idf = start_of(make_ids()).idf
    assert idf.shape == (15,)
    assert np.flatnonzero(idf == 0).tolist() == [0, 14]


def test_bigrams_are_those_of_two_texts_or_more_with_their_idf():
    ids = make_ids()
    start = start_of(ids)
    n_texts = {k: n for k, n in sorted(bigram_counts(ids).items()) if n >= 2}
    assert 10 < len(n_texts) < len(bigram_counts(ids))
    assert start.bigrams.tolist() == [a * 15 + b for a, b in n_texts]
    expected = np.log(51 / (1 + np.array(list(n_texts.values())))) + 1
    assert start.bigram_idf[0] == 0
    np.testing.assert_allclose(start.bigram_idf[1:], expected, rtol=1e-6)


def test_too_many_bigrams_leave_those_of_the_most_texts(monkeypatch):
    ids = make_ids()
    monkeypatch.setattr("skglove.networks._bag_conv._MAX_BIGRAMS", 7)
    bigrams = start_of(ids).bigrams
    n_texts = bigram_counts(ids)
    kept = [n_texts[divmod(key, 15)] for key in bigrams.tolist()]
    assert sorted(kept) == sorted(n_texts.values())[-7:]
    assert (np.diff(bigrams) > 0).all()


def test_several_pieces_give_what_one_gives(monkeypatch):
    ids = make_ids()
    matrix = np.random.RandomState(0).normal(size=(15, 4)).astype(np.float32)
    expected = vars(start_of(ids, matrix))
    monkeypatch.setattr("skglove.networks._bag_conv._TEXTS_AT_ONCE", 7)
    for name, value in vars(start_of(ids, matrix)).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("length", [1, 2])
def test_short_sequences_have_few_bigrams_or_none(length):
    ids = TokenIds(np.full(3 * length, 2, dtype=np.int32), np.full(3, length))
    start = BagStart.of(ids, 5, None, None)
    assert start.bigrams.tolist() == [2 * 5 + 2] * (length - 1)
    assert len(start.bigram_idf) == length


def test_words_without_vectors_are_not_known():
    matrix = np.zeros((15, 2), dtype=np.float32)
    matrix[[3, 5]] = 1
    known = start_of(make_ids(), matrix).known
    assert np.flatnonzero(known).tolist() == [3, 5]


def test_without_any_vector_the_bags_stay_zero():
    start = start_of(make_ids(), np.zeros((15, 2), dtype=np.float32))
    assert start.center.tolist() == [0, 0]
    assert start.scale == 1


def test_bags_of_the_training_texts_start_centered_with_a_spread_of_one(data):
    import keras

    clf = make_classifier(epochs=1, learning_rate=1e-9).fit(*data)
    model = clf.model_
    bags = keras.Model(model.input, model.get_layer("vector_bag").output)
    bags = bags(clf._vectorizer.transform(data[0]).padded()).numpy()
    np.testing.assert_allclose(bags.mean(axis=0), 0, atol=1e-4)
    assert (bags**2).mean() == pytest.approx(1, abs=1e-3)


def test_it_learns_what_the_words_say(fitted):
    assert fitted.score(*make_texts(seed=1)) > 0.95
    assert fitted.n_iter_ == 15
    proba = fitted.predict_proba(["", "nothing known", "[UNK]"])
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)


def test_frozen_vectors_keep_their_bits(fitted):
    table = fitted.model_.get_layer("embedding").get_weights()[0]
    vectors = make_vectors()
    for word, row in zip(fitted.vocabulary_, table, strict=True):
        np.testing.assert_array_equal(row, np.float32(vectors.get(word, np.zeros(6))))


def test_what_is_learned_beside_the_vectors_moves(fitted):
    model = fitted.model_
    ids = fitted._vectorizer.transform(make_texts()[0])
    start = BagStart.of(ids, len(fitted.vocabulary_), None, None)
    importance = model.get_layer("free_bag").importance.numpy()[:, 0]
    assert (importance != start.idf).sum() > 10
    np.testing.assert_array_equal(
        model.get_layer("known_bigrams").keys.numpy(), start.bigrams
    )
    assert len(start.bigrams) > 10


def test_vectors_of_the_training_texts_words_are_fine_tuned(data):
    clf = make_classifier(network=small_network(trainable=True), epochs=2).fit(*data)
    table = clf.model_.get_layer("embedding").get_weights()[0]
    rows = {word: clf.vocabulary_.index(word) for word in ("frog", "the", "lorry")}
    vectors = make_vectors()
    assert (table[rows["frog"]] != np.float32(vectors["frog"])).any()
    # The convolutions learn one for what has none.
    assert table[rows["the"]].any()
    np.testing.assert_array_equal(table[rows["lorry"]], np.float32(vectors["lorry"]))


def test_pickle_gives_the_same_bits(fitted, data):
    copied = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(fitted))))
    expected = fitted.predict_proba(data[0])
    np.testing.assert_array_equal(copied.predict_proba(data[0]), expected)


def test_exported_it_gives_the_same(fitted, data):
    """In another process: `tests/test_export_files.py`."""
    import keras

    texts = [*data[0], "", "[UNK] lorry?"]
    expected = fitted.predict_proba(texts)
    model = fitted.to_keras()
    column = keras.ops.convert_to_tensor(texts)[:, None]
    np.testing.assert_allclose(model(column), expected, atol=1e-5)
    found = model.predict(column, batch_size=7, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_without_vectors_they_are_learned(data):
    clf = make_classifier(embeddings=4).fit(*data)
    assert clf.model_.get_layer("embedding").get_weights()[0].shape[1] == 4
    assert clf.score(*data) == 1


def test_texts_that_share_no_bigram_have_a_bag_less():
    texts = ["frog toad", "newt bird", "car truck", "train ship"]
    clf = make_classifier(batch_size=2).fit(texts, [0, 0, 1, 1])
    names = {layer.name for layer in clf.model_.layers}
    assert {"vector_bag", "free_bag"} <= names
    assert "bigram_bag" not in names
    assert clf.predict(texts).tolist() == [0, 0, 1, 1]
    copied = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(copied.predict_proba(texts), clf.predict_proba(texts))


def test_bigrams_tell_what_words_do_not():
    rng = np.random.RandomState(0)
    texts, labels = [], []
    for _ in range(40):
        label = rng.randint(2)
        middle = ["up", "down"] if label else ["down", "up"]
        ends = [[str(rng.choice(["of", "a", "x"]))] for _ in range(2)]
        texts.append(" ".join(ends[0] + middle + ends[1]))
        labels.append(label)
    clf = make_classifier(embeddings=4).fit(texts, labels)
    assert clf.score(texts, labels) == 1


def test_sequences_of_one_word_are_classified():
    texts = ["frog", "toad", "car", "truck"] * 3
    labels = ["animal", "animal", "vehicle", "vehicle"] * 3
    clf = make_classifier(sequence_length=1).fit(texts, labels)
    assert clf.score(texts, labels) == 1


def test_indicator_matrix_has_a_probability_a_column(data):
    y = np.array([[label == "animal", label != "food"] for label in data[1]], int)
    clf = make_classifier().fit(data[0], y)
    assert (clf.predict(data[0]) == y).all()


def test_two_classes_end_in_one_unit():
    texts, labels = make_texts(classes=("animal", "food"))
    clf = make_classifier().fit(texts, labels)
    assert clf.model_.output_shape == (None, 1)
    assert clf.score(texts, labels) == 1


def test_unseen_words_count_if_they_have_places(fitted):
    assert fitted.unseen_words and set(UNSEEN) <= set(fitted.vocabulary_)
    assert fitted.predict(list(UNSEEN)).tolist() == list(UNSEEN.values())


def test_unseen_words_without_places_are_all_alike(data):
    clf = make_classifier(unseen_words=False, epochs=1).fit(*data)
    assert set(UNSEEN).isdisjoint(clf.vocabulary_)
    proba = clf.predict_proba(list(UNSEEN))
    for row in proba[1:]:
        np.testing.assert_allclose(row, proba[0], atol=1e-6)


def test_weight_zero_is_like_leaving_out(data, two_epochs):
    texts, labels = data
    wrong = [labels[0]] * len(labels)
    weight = [1] * len(texts) + [0] * len(texts)
    clf = make_classifier(epochs=2).fit(texts * 2, labels + wrong, weight)
    np.testing.assert_allclose(
        clf.predict_proba(texts), two_epochs.predict_proba(texts), atol=1e-5
    )


def test_weights_move_the_probabilities(data, two_epochs):
    weight = np.where(np.array(data[1]) == "food", 20.0, 1.0)
    plain, weighted = two_epochs, make_classifier(epochs=2).fit(*data, weight)
    food = plain.classes_.tolist().index("food")
    text = ["of the"]
    assert (
        weighted.predict_proba(text)[0, food] > plain.predict_proba(text)[0, food] + 0.1
    )


@pytest.fixture(scope="module")
def gone_on(data):
    """Two fits, the second with a warm start, and the rates and losses of both.

    A pickle of the first goes on, too.
    """
    import keras

    class Record(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

        def __deepcopy__(self, memo):
            return Record()

    clf = make_classifier(
        network=small_network(dropout=0), warm_start=True, epochs=2
    ).set_params(callbacks=[Record()])
    rates, found = [], SimpleNamespace()
    clf.fit(*data)
    found.first_rates, found.first_losses = [*rates], clf.history_["loss"]
    found.before = clf.predict_proba(data[0])
    copied = pickle.loads(pickle.dumps(copy.copy(clf).set_params(callbacks=None)))
    rates.clear()
    found.classifier, found.rates = clf.fit(*data), rates
    found.after = clf.predict_proba(data[0])
    found.of_pickle = copied.fit(*data).predict_proba(data[0])
    return found


def test_warm_start_has_a_rise_and_a_fall_of_its_own(gone_on):
    first, losses = gone_on.first_rates, gone_on.first_losses
    assert len(first) == 10 and max(first) == pytest.approx(0.02)
    assert first[-1] < 0.002
    assert gone_on.rates == first
    clf = gone_on.classifier
    assert clf.history_["loss"][:2] == losses and clf.n_iter_ == 4
    assert clf.history_["loss"][3] < losses[1]
    assert (gone_on.after != gone_on.before).any()


def test_warm_start_goes_on_from_a_pickle(gone_on):
    np.testing.assert_array_equal(gone_on.of_pickle, gone_on.after)


def test_named_optimizer_keeps_its_rate(data):
    clf = make_classifier(optimizer="adam", learning_rate=0.125, epochs=2).fit(*data)
    assert type(clf.model_.optimizer).__name__ == "Adam"
    assert float(clf.model_.optimizer.learning_rate) == 0.125


def test_early_stopping_goes_back_to_the_best_epoch(data):
    clf = make_classifier(early_stopping=True, n_iter_no_change=2, epochs=60)
    texts_val, labels_val = make_texts(seed=3)
    clf.fit(*data, X_val=texts_val, y_val=labels_val)
    scores = clf.history_["val_accuracy"]
    assert clf.n_iter_ == int(np.argmax(scores)) + 1 + 2 < 60
    assert clf.best_validation_score_ == max(scores)
    assert clf.score(texts_val, labels_val) == pytest.approx(max(scores))


def test_callable_without_a_hash_is_a_network_as_any(data):
    clf = make_classifier(network=Averages(), epochs=1).fit(*data)
    assert type(clf.model_.optimizer).__name__ == "RMSprop"
    copied = pickle.loads(pickle.dumps(clf))
    expected = clf.predict_proba(data[0])
    np.testing.assert_array_equal(copied.predict_proba(data[0]), expected)


class Averages:
    """A callable network that cannot be hashed."""

    __hash__ = None

    def __call__(self, embedding, *, sequence_length, n_outputs, activation):
        import keras

        ids = keras.Input((sequence_length,), dtype="int32")
        x = keras.layers.GlobalAveragePooling1D()(embedding(ids))
        return keras.Model(ids, keras.layers.Dense(n_outputs, activation)(x))


def test_half_precision_learns_too(data):
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        clf = make_classifier(epochs=8).fit(*data)
        proba = clf.predict_proba([*data[0], ""])
    finally:
        keras.config.set_dtype_policy(policy)
    assert np.isfinite(proba).all()
    assert (clf.classes_[proba[:-1].argmax(axis=1)] == data[1]).all()
