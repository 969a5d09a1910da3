import copy
import inspect
import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sklearn
from helpers import (
    FILLERS,
    WORDS,
    make_classifier,
    make_texts,
    make_vectors,
    small_conv,
)
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate

from skglove import Glove, GloveTextClassifier
from skglove.networks import NETWORKS, Bag, Flatten


@pytest.fixture(scope="module")
def data():
    return make_texts()


def make_bag(**params):
    """A classifier for what no network changes: small fits share the model of this."""
    return make_classifier(
        **{"network": "bag", "optimizer": "auto", "epochs": 2, **params}
    )


@pytest.fixture(scope="module")
def fitted(data):
    return make_classifier(network=small_conv()).fit(*data)


def test_fit_learns_what_the_words_say(fitted):
    texts, labels = make_texts(seed=1)
    assert fitted.score(texts, labels) > 0.9
    assert fitted.classes_.tolist() == ["animal", "food", "vehicle"]


def test_probabilities_have_a_column_a_class_and_sum_to_one(fitted, data):
    proba = fitted.predict_proba(data[0])
    assert proba.shape == (len(data[0]), 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    predicted = fitted.classes_[proba.argmax(axis=1)]
    assert predicted.tolist() == fitted.predict(data[0]).tolist()


def test_two_classes_end_in_one_sigmoid_unit():
    texts, labels = make_texts(classes=("animal", "food"))
    clf = make_classifier().fit(texts, labels)
    assert clf.model_.output_shape == (None, 1)
    proba = clf.predict_proba(texts)
    assert proba.shape == (len(texts), 2)
    np.testing.assert_allclose(
        proba[:, 1], clf.to_keras()(np.array(texts)[:, None])[:, 0], atol=1e-6
    )
    assert clf.score(texts, labels) > 0.9


def test_indicator_matrix_gives_one_back(data):
    texts, labels = data
    y = np.array([[label == "animal", label != "food"] for label in labels], dtype=int)
    clf = make_classifier(epochs=30).fit(texts, y)
    assert clf.classes_.tolist() == [0, 1]
    assert clf.predict_proba(texts).shape == y.shape
    assert (clf.predict(texts) == y).mean() > 0.9
    assert clf.score(texts, y) > 0.8


def test_fitted_attributes_tell_what_was_learned(fitted, data):
    assert fitted.vocabulary_[:2] == ["", "[UNK]"]
    assert set(fitted.vocabulary_[2:]) == set(FILLERS).union(*WORDS.values())
    assert fitted.coverage_.n_words_found == 15
    assert fitted.coverage_.n_words == 21
    assert fitted.coverage_.n_tokens_found == len(data[0]) * 4
    missing = [word for word, _ in fitted.coverage_.most_frequent_missing]
    assert sorted(missing) == sorted(FILLERS)
    assert fitted.n_iter_ == 15
    assert sorted(fitted.history_) == ["accuracy", "loss"]
    assert len(fitted.history_["loss"]) == 15


def test_frozen_vectors_are_bit_identical_after_fit(fitted):
    matrix = make_vectors().matrix_for(fitted.vocabulary_)
    weights = fitted.model_.get_layer("embedding").get_weights()[0]
    assert weights.shape[0] == len(fitted.vocabulary_)
    assert (weights == matrix).all()


def test_trainable_vectors_are_fine_tuned(data):
    clf = make_classifier(network=small_conv(trainable=True), epochs=1).fit(*data)
    matrix = make_vectors().matrix_for(clf.vocabulary_)
    assert (clf.model_.get_layer("embedding").get_weights()[0] != matrix).any()


def test_without_embeddings_vectors_are_learned(data):
    # So small a "conv" with random vectors too can end with all of its filters dead.
    clf = make_classifier(embeddings=4, network="flatten").fit(*data)
    assert clf.model_.get_layer("embedding").get_weights()[0].shape[1] == 4
    assert clf.coverage_ is None
    assert clf.score(*data) > 0.9


@pytest.fixture(scope="module")
def of_vectors(data):
    """A bag on vectors of 50 dimensions; where they come from is no affair of it."""
    return make_bag(embeddings=make_vectors(dim=50)).fit(*data)


@pytest.mark.parametrize("kind", ["dict", "path", "name", "gensim"])
def test_embeddings_may_come_from_anywhere(
    kind, data, of_vectors, tmp_path, monkeypatch
):
    vectors = of_vectors.embeddings
    if kind == "dict":
        source = {word: vectors[word] for word in vectors.words}
    elif kind == "path":
        source = tmp_path / "mine.txt"
        vectors.save(source)
    elif kind == "name":
        monkeypatch.setenv("SKGLOVE_DATA", str(tmp_path))
        vectors.save(tmp_path / "glove.6B.50d.txt")
        source = "glove.6B.50d"
    else:

        class KeyedVectors:
            key_to_index = {word: i for i, word in enumerate(vectors.words)}

        KeyedVectors.vectors = vectors.vectors
        source = KeyedVectors()
    clf = make_bag(embeddings=source).fit(*data)
    assert clf.coverage_ == of_vectors.coverage_
    assert (clf.predict_proba(data[0]) == of_vectors.predict_proba(data[0])).all()


def test_same_random_state_gives_the_same_predictions(fitted, data):
    again = make_classifier(network=small_conv()).fit(*data)
    other = make_classifier(network=small_conv(), random_state=1).fit(*data)
    assert (again.predict_proba(data[0]) == fitted.predict_proba(data[0])).all()
    assert (other.predict_proba(data[0]) != fitted.predict_proba(data[0])).any()


def test_random_state_instance_moves_on_between_fits(data):
    rng = np.random.RandomState(0)
    clf = make_bag(random_state=rng)
    first, second = (clone(clf).set_params(random_state=rng).fit(*data) for _ in "12")
    assert (first.predict_proba(data[0]) != second.predict_proba(data[0])).any()


def test_fit_does_not_touch_global_random_state(data):
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    make_classifier(network=small_conv(), epochs=1).fit(*data)
    assert np.random.rand() == expected


def test_validation_texts_are_recorded_by_epoch(data):
    clf = make_classifier(epochs=3)
    clf.fit(*data, X_val=data[0][:6], y_val=data[1][:6])
    assert sorted(clf.history_) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert clf.history_["val_accuracy"][-1] == pytest.approx(
        clf.score(data[0][:6], data[1][:6])
    )


def test_early_stopping_goes_back_to_the_best_epoch(data):
    texts_val, labels_val = make_texts(seed=3)
    clf = make_classifier(early_stopping=True, epochs=60, n_iter_no_change=2)
    clf.fit(*data, X_val=texts_val, y_val=labels_val)
    scores = clf.history_["val_accuracy"]
    assert clf.n_iter_ == len(scores) < 60
    assert clf.best_validation_score_ == max(scores)
    assert clf.n_iter_ == int(np.argmax(scores)) + 1 + 2
    assert clf.score(texts_val, labels_val) == pytest.approx(max(scores))


def test_early_stopping_sets_texts_aside(data):
    clf = make_bag(early_stopping=True, validation_fraction=0.25, epochs=3)
    clf.fit(*data)
    # 9 of 36 texts: every accuracy is a number of ninths.
    ninths = np.array(clf.history_["val_accuracy"]) * 9
    np.testing.assert_allclose(ninths, ninths.round(), atol=1e-5)


def test_best_validation_score_goes_with_early_stopping(data):
    clf = make_bag(early_stopping=True).fit(*data)
    assert hasattr(clf, "best_validation_score_")
    clf.set_params(early_stopping=False).fit(*data)
    assert not hasattr(clf, "best_validation_score_")


def test_callbacks_are_copied_for_each_fit(data):
    import keras

    class Counter(keras.callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch, logs=None):
            self.epochs += 1
            if self.epochs == 2:
                self.model.stop_training = True

    counter = Counter()
    clf = make_classifier(callbacks=[counter])
    assert clf.fit(*data).n_iter_ == 2
    assert clf.fit(*data).n_iter_ == 2
    assert counter.epochs == 0


def test_optimizer_instance_is_copied_for_each_fit(data):
    import keras

    optimizer = keras.optimizers.Adam(0.01)
    clf = make_classifier(optimizer=optimizer, learning_rate=None, epochs=1)
    first = clf.fit(*data).predict_proba(data[0])
    assert not optimizer.built
    assert (clf.fit(*data).predict_proba(data[0]) == first).all()


def test_learning_rate_overrides_the_optimizers_own(data):
    clf = make_classifier(optimizer="adam", learning_rate=0.125, epochs=1).fit(*data)
    assert type(clf.model_.optimizer).__name__ == "Adam"
    assert float(clf.model_.optimizer.learning_rate) == 0.125


def test_weight_zero_is_like_leaving_out(data):
    texts, labels = data
    wrong = [labels[1]] * len(labels)
    weight = [1] * len(texts) + [0] * len(texts)
    params = {"epochs": 4, "batch_size": 1000}
    clf = make_classifier(**params).fit(texts + texts, labels + wrong, weight)
    expected = make_classifier(**params).fit(texts, labels)
    assert clf.vocabulary_ == expected.vocabulary_
    np.testing.assert_allclose(
        clf.predict_proba(texts), expected.predict_proba(texts), atol=1e-5
    )


def test_class_of_weight_zero_keeps_its_place(data):
    weight = [float(label != "food") for label in data[1]]
    clf = make_bag(epochs=5).fit(*data, sample_weight=weight)
    assert clf.classes_.tolist() == ["animal", "food", "vehicle"]
    kept = [i for i, label in enumerate(data[1]) if label != "food"]
    predicted = clf.predict([data[0][i] for i in kept])
    assert predicted.tolist() == [data[1][i] for i in kept]


def test_class_weight_balanced_is_class_weight_by_frequency():
    texts, labels = make_texts(classes=("animal", "food"))
    kept = [i for i, label in enumerate(labels) if label == "food" or i % 3 == 0]
    texts, labels = [texts[i] for i in kept], [labels[i] for i in kept]
    n = {label: labels.count(label) for label in set(labels)}
    weight = {label: len(labels) / (2 * count) for label, count in n.items()}
    clf = make_classifier(class_weight="balanced", epochs=5).fit(texts, labels)
    same = make_classifier(class_weight=weight, epochs=5).fit(texts, labels)
    none = make_classifier(epochs=5).fit(texts, labels)
    proba = clf.predict_proba(texts)
    np.testing.assert_allclose(proba, same.predict_proba(texts), atol=1e-6)
    assert np.abs(proba - none.predict_proba(texts)).max() > 1e-3


def test_sample_weight_of_the_caller_is_left_alone(data):
    weight = np.ones(len(data[0]))
    make_bag(class_weight="balanced").fit(*data, sample_weight=weight)
    assert (weight == 1).all()


def test_warm_start_goes_on_training(data):
    clf = make_classifier(warm_start=True, epochs=2).fit(*data)
    losses = clf.history_["loss"]
    clf.fit(*data)
    assert clf.history_["loss"][:2] == losses
    assert clf.n_iter_ == 4
    assert clf.history_["loss"][2] < losses[0]


def test_warm_start_refuses_other_classes(data):
    clf = make_bag(warm_start=True).fit(*data)
    before = clf.predict_proba(data[0])
    with pytest.raises(ValueError, match="warm_start=True goes on with the classes"):
        clf.fit(data[0], [label.upper() for label in data[1]])
    assert (clf.predict_proba(data[0]) == before).all()


def test_fit_without_warm_start_starts_anew(data):
    clf = make_bag().fit(*data)
    assert clf.fit(*data).n_iter_ == 2


def test_callable_network_is_built_around_the_embedding(data):
    import keras

    def network(embedding, *, sequence_length, n_outputs, activation):
        ids = keras.Input((sequence_length,), dtype="int32")
        x = keras.layers.GlobalAveragePooling1D()(embedding(ids))
        return keras.Model(ids, keras.layers.Dense(n_outputs, activation)(x))

    clf = make_classifier(network=network, learning_rate=0.1).fit(*data)
    assert clf.score(*data) > 0.9
    assert clf.model_.count_params() == 23 * 6 + 6 * 3 + 3


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        (lambda embedding, **_: None, TypeError, "must return a keras.Model"),
        (
            lambda embedding, **_: __import__("keras").Sequential(
                [__import__("keras").Input((10,)), __import__("keras").layers.Dense(7)]
            ),
            ValueError,
            r"outputs of shape \(None, 7\), expected \(None, 3\)",
        ),
    ],
)
def test_callable_network_is_checked(network, error, message, data):
    with pytest.raises(error, match=message):
        make_classifier(network=network).fit(*data)


def test_conv_says_how_long_sequences_must_be(data):
    network = small_conv(kernel_size=5, pool_size=5)
    clf = make_classifier(network=network, sequence_length=148)
    with pytest.raises(ValueError, match="needs at least 149"):
        clf.fit(*data)
    shortest = clf.set_params(sequence_length=149, epochs=1).fit(*data)
    assert shortest.model_.input_shape == (None, 149)


def test_one_text_and_the_same_among_many_agree(fitted):
    texts, _ = make_texts(n_per_class=500, seed=2)
    many = fitted.predict_proba(texts)
    one = np.concatenate([fitted.predict_proba([text]) for text in texts[:20]])
    np.testing.assert_allclose(many[:20], one, atol=1e-6)


def test_prediction_does_not_depend_on_batch_size(fitted, data):
    before = fitted.predict_proba(data[0])
    other = copy.deepcopy(fitted).set_params(batch_size=1)
    assert (other.predict_proba(data[0]) == before).all()


def test_prediction_goes_chunk_by_chunk(fitted, data, monkeypatch):
    expected = fitted.predict_proba(data[0])
    monkeypatch.setattr("skglove.classifier._TEXTS_AT_ONCE", 7)
    np.testing.assert_allclose(fitted.predict_proba(data[0]), expected, atol=1e-6)


def test_threads_predict_side_by_side(fitted, data):
    """Fits side by side: `tests/test_concurrency.py`."""
    clf = pickle.loads(pickle.dumps(fitted))
    with ThreadPoolExecutor(4) as pool:
        results = [*pool.map(clf.predict_proba, [data[0]] * 4)]
    for result in results:
        assert (result == fitted.predict_proba(data[0])).all()


def test_empty_text_among_others_is_fine(data):
    texts = ["", *data[0][1:]]
    clf = make_classifier(epochs=1).fit(texts, data[1])
    assert clf.predict(["", "  "]).shape == (2,)


def test_pickle_of_a_pickle_that_never_predicted_is_whole(fitted, data):
    copied = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(fitted))))
    assert (copied.predict_proba(data[0]) == fitted.predict_proba(data[0])).all()


def test_weights_travel_to_a_fresh_model(data, tmp_path):
    first = make_classifier(epochs=5).fit(*data)
    first.model_.save_weights(tmp_path / "mine.weights.h5")
    second = make_classifier(epochs=1, random_state=1).fit(*data)
    second.model_.load_weights(tmp_path / "mine.weights.h5")
    assert (second.predict_proba(data[0]) == first.predict_proba(data[0])).all()


def test_clone_keeps_parameters_and_nothing_else(fitted):
    cloned = clone(fitted)
    assert cloned.embeddings is fitted.embeddings
    assert not hasattr(cloned, "classes_")
    assert not hasattr(cloned, "model_")
    with pytest.raises(NotFittedError):
        cloned.predict(["frog"])


def test_tags_are_true(fitted):
    tags = fitted.__sklearn_tags__()
    assert is_classifier(fitted)
    assert tags.input_tags.string and not tags.input_tags.two_d_array
    assert tags.classifier_tags.multi_label


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"epochs": 0}, "The 'epochs' parameter"),
        ({"network": Flatten(padding="left")}, "The 'padding' parameter of Flatten"),
        ({"network": "lstm"}, "The 'network' parameter"),
        ({"max_tokens": 2}, "The 'max_tokens' parameter"),
        ({"network": Flatten}, "an instance of one of"),
        ({"optimizer": "bogus"}, "bogus"),
        ({"embeddings": 0}, "embeddings=0 must be 1 or more"),
        ({"embeddings": 5.5}, "got 5.5 of type float"),
        ({"embeddings": True}, "got True of type bool"),
        ({"embeddings": "glove.6B.10d"}, "Unknown word vectors 'glove.6B.10d'"),
        ({"embeddings": "nowhere/vectors.txt"}, "no file 'nowhere/vectors.txt'"),
        ({"embeddings": {"a": [1, 2], "b": [1]}}, "The vector of 'b'"),
    ],
)
def test_bad_parameters_are_named(params, message, data):
    with pytest.raises((ValueError, TypeError, FileNotFoundError), match=message):
        make_classifier(**params).fit(*data)


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (None, ["a", "b"], TypeError, "Expected a sequence of texts"),
        ("frog", ["a"], ValueError, "got a single str"),
        (["frog", None], ["a", "b"], ValueError, "position 1 is missing"),
        (["frog", np.nan], ["a", "b"], ValueError, "position 1 is missing"),
        (["frog", b"car"], ["a", "b"], TypeError, "position 1 is not a str"),
        (["frog", 3], ["a", "b"], TypeError, "position 1 is not a str but 3"),
        ([["frog", "car"]] * 2, ["a", "b"], ValueError, "got at position 0"),
        ([], [], ValueError, "0 samples"),
        (["", " "], ["a", "b"], ValueError, "hold no words"),
        (
            ["frog", "car"],
            ["a", "b", "c"],
            ValueError,
            "inconsistent numbers of samples",
        ),
        (["frog", "car"], ["a", "a"], ValueError, "greater than one; got 1 class"),
        (["frog", "car"], ["a", np.nan], ValueError, "label at position 1 is missing"),
        (["frog", "car"], None, ValueError, "requires y to be passed"),
        (["frog", "car"], [0.5, 1.5], ValueError, "Unknown label type: continuous"),
    ],
)
def test_bad_input_is_refused(X, y, error, message):
    with pytest.raises(error, match=message):
        make_classifier().fit(X, y)


def test_validation_texts_need_labels_and_known_ones(data):
    with pytest.raises(ValueError, match="X_val and y_val go together"):
        make_classifier().fit(*data, X_val=["frog"])
    with pytest.raises(ValueError, match="y_val has the label 'plant'"):
        make_classifier().fit(*data, X_val=["frog"], y_val=["plant"])


@pytest.mark.parametrize(
    "failing",
    [
        {"X": ["frog", None], "y": ["a", "b"]},
        {"X": ["frog", "car"], "y": ["a", "a"]},
        {"X": ["frog", "car"], "y": ["a", "b"], "y_val": ["a"]},
    ],
)
def test_failed_fit_leaves_the_estimator_as_it_was(failing, fitted, data):
    clf = copy.deepcopy(fitted)
    before, state = clf.predict_proba(data[0]), dict(vars(clf))
    with pytest.raises(ValueError):
        clf.fit(**failing)
    assert vars(clf) == state
    assert (clf.predict_proba(data[0]) == before).all()


@pytest.mark.parametrize("warm_start", [False, True])
def test_interrupted_training_leaves_the_estimator_as_it_was(warm_start, data):
    import keras

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    clf = make_classifier(epochs=2, warm_start=warm_start).fit(*data)
    before = clf.predict_proba(data[0])
    rate = float(clf.model_.optimizer.learning_rate)
    clf.set_params(callbacks=[Interrupt()], learning_rate=rate / 2)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*data)
    assert float(clf.model_.optimizer.learning_rate) == rate
    assert clf.n_iter_ == 2
    assert (clf.predict_proba(data[0]) == before).all()


def test_frame_column_is_remembered(data):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": data[0]})
    clf = make_bag().fit(frame, data[1])
    assert clf.feature_names_in_.tolist() == ["text"]
    assert len(clf.predict(frame)) == len(frame)
    with pytest.raises(ValueError, match="feature names should match"):
        clf.predict(frame.rename(columns={"text": "body"}))


@pytest.fixture(scope="module")
def searched(data):
    """Return a search over two settings and what it finds without `memory`."""
    settings = {"learning_rate": [0.01], "network__dropout": [0.1]}
    others = {"learning_rate": [0.1], "network__dropout": [0.5]}
    search = GridSearchCV(
        make_bag(network=Bag()),
        [settings, others],
        cv=3,
        refit=False,
    )
    return search, clone(search).fit(*data).cv_results_["mean_test_score"]


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_memory_prepares_texts_once_a_fold(n_jobs, data, searched, tmp_path):
    memory = tmp_path / "memory"
    kept, expected = clone(searched[0]), searched[1]
    kept.set_params(estimator__memory=str(memory), n_jobs=n_jobs).fit(*data)
    made = list(memory.rglob("*.npz"))
    assert len(made) == 3
    # A result made twice would have been written twice.
    first = {path: os.stat(path).st_mtime_ns for path in made}
    kept.fit(*data)
    assert {path: os.stat(path).st_mtime_ns for path in made} == first
    assert kept.cv_results_["mean_test_score"].tolist() == expected.tolist()


def test_memory_takes_a_changed_file_of_vectors_anew(data, tmp_path):
    path = tmp_path / "vectors.txt"
    make_vectors(seed=0).save(path)
    clf = make_classifier(embeddings=path, memory=tmp_path / "memory", epochs=1)
    clf.fit(*data)
    make_vectors(seed=1).save(path)
    clf.fit(*data)
    matrix = make_vectors(seed=1).matrix_for(clf.vocabulary_)
    assert (clf.model_.get_layer("embedding").get_weights()[0] == matrix).all()


def test_glove_is_trained_on_the_training_texts(data):
    glove = Glove(vector_size=5, window_size=3, min_count=2, max_iter=3)
    clf = make_classifier(embeddings=glove, epochs=1).fit(*data)
    own = clone(glove).set_params(random_state=0).fit(data[0]).word_vectors_
    matrix = own.matrix_for(clf.vocabulary_)
    assert (clf.model_.get_layer("embedding").get_weights()[0] == matrix).all()
    assert not hasattr(glove, "word_vectors_")


@pytest.mark.slow
def test_glove_is_searched_over_as_a_nested_parameter(data):
    glove = Glove(vector_size=5, window_size=3, min_count=2, max_iter=2)
    clf = make_classifier(embeddings=glove, epochs=1)
    one_split = [(np.arange(18), np.arange(18, 36))]
    search = GridSearchCV(clf, {"embeddings__vector_size": [3, 4]}, cv=one_split)
    search.fit(*data)
    best = search.best_estimator_
    dim = search.best_params_["embeddings__vector_size"]
    assert best.model_.get_layer("embedding").output.shape[-1] == dim
    with pytest.raises(ValueError, match="The 'vector_size' parameter of Glove"):
        clone(clf).set_params(embeddings__vector_size=0).fit(*data)


def test_metadata_routing_brings_sample_weight_to_fit(data):
    weight = np.array([float(label != "food") for label in data[1]])
    with sklearn.config_context(enable_metadata_routing=True):
        clf = make_bag(unseen_words=False)
        clf.set_fit_request(sample_weight=True)
        clf.set_score_request(sample_weight=True)
        fits = cross_validate(
            clf, *data, cv=2, params={"sample_weight": weight}, return_estimator=True
        )
    for fitted in fits["estimator"]:
        # Texts of weight zero add no words.
        assert not set(WORDS["food"]) & set(fitted.vocabulary_)


def test_labels_are_predicted_chunk_by_chunk(fitted, data, monkeypatch):
    expected = fitted.predict(data[0])
    assert (fitted.classes_[fitted.predict_proba(data[0]).argmax(1)] == expected).all()
    monkeypatch.setattr("skglove.classifier._TEXTS_AT_ONCE", 7)
    assert fitted.predict(data[0]).tolist() == expected.tolist()
    assert fitted.predict(data[0]).dtype == fitted.classes_.dtype


def test_progress_of_long_predictions_is_shown_if_verbose(
    fitted, data, monkeypatch, capsys
):
    clf = copy.deepcopy(fitted).set_params(verbose=1)
    clf.predict_proba(data[0])
    assert "Predicting" not in capsys.readouterr().err
    monkeypatch.setattr("skglove.classifier._TEXTS_AT_ONCE", 7)
    clf.predict_proba(data[0])
    n_chunks = -(-len(data[0]) // 7)
    assert f"{n_chunks}/{n_chunks}" in capsys.readouterr().err
    fitted.predict_proba(data[0])
    assert "Predicting" not in capsys.readouterr().err


def test_constructor_has_what_concerns_every_network_only():
    parameters = set(inspect.signature(GloveTextClassifier).parameters)
    assert len(parameters) <= 22
    for network in NETWORKS.values():
        of_network = set(inspect.signature(network).parameters)
        assert of_network and not of_network & parameters


def test_a_networks_parameters_are_searched_over_shown_and_checked(data):
    clf = make_classifier(network=Flatten(dense_units=4), epochs=1)
    assert "network=Flatten(dense_units=4)" in repr(clf)
    one_split = [(np.arange(18), np.arange(18, 36))]
    search = GridSearchCV(clf, {"network__dense_units": [0, 3]}, cv=one_split)
    search.fit(*data)
    best = search.best_estimator_.network
    assert best.dense_units == search.best_params_["network__dense_units"]
    assert clf.network.dense_units == 4
    with pytest.raises(ValueError, match="The 'dense_units' parameter of Flatten"):
        clone(clf).set_params(network__dense_units=-1).fit(*data)


def test_fit_leaves_the_network_given_alone(data):
    clf = make_classifier(network=Flatten(dense_units=4), epochs=1).fit(*data)
    expected = clf.predict_proba(data[0])
    clf.network.set_params(dense_units=9)
    copied = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(copied.predict_proba(data[0]), expected)
