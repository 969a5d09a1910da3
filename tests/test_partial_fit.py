"""partial_fit: learning from one chunk of texts after another."""

import pickle

import numpy as np
import pytest
from helpers import make_classifier, make_texts, make_vectors
from scipy.sparse import csr_array

from skglove import load
from skglove.networks import Bag
from skglove.training import _partial, _seen

CLASSES = ["animal", "food", "vehicle"]
TEXTS, LABELS = make_texts(40)
TEST = make_texts(30, seed=1)


def bag(**params):
    defaults = {
        "network": "bag",
        "optimizer": "auto",
        "learning_rate": None,
        "batch_size": "auto",
        "epochs": 2,
    }
    return make_classifier(**{**defaults, **params})


def chunks(n_chunks=3, labels=LABELS):
    """Texts and labels in so many chunks."""
    rows = np.array_split(np.arange(len(TEXTS)), n_chunks)
    return [([TEXTS[i] for i in part], [labels[i] for i in part]) for part in rows]


def fitted(classifier, **options):
    for texts, labels in chunks():
        classifier.partial_fit(texts, labels, CLASSES, **options)
    return classifier


@pytest.fixture(scope="module")
def learned():
    return fitted(bag())


def test_what_chunks_tell_is_learned(learned):
    assert learned.score(*TEST) > 0.95
    assert learned.classes_.tolist() == CLASSES
    assert learned.n_iter_ == len(learned.history_["loss"]) == 6
    assert learned._network.n_texts_seen == len(TEXTS)


def test_same_seed_gives_the_same_bits_after_a_pickle_too(learned):
    again = bag()
    for texts, labels in chunks():
        again = pickle.loads(pickle.dumps(again.partial_fit(texts, labels, CLASSES)))
    expected = learned.predict_proba(TEST[0])
    np.testing.assert_array_equal(again.predict_proba(TEST[0]), expected)


def test_what_is_saved_predicts_and_cannot_go_on(learned, tmp_path):
    pytest.importorskip("skops")
    learned.save(tmp_path / "clf.skglove")
    loaded = load(tmp_path / "clf.skglove")
    assert (loaded.predict(TEST[0]) == learned.predict(TEST[0])).all()
    with pytest.raises(ValueError, match="cannot go on from this fit"):
        loaded.partial_fit(TEXTS, LABELS)


def test_vocabulary_is_filled_up_and_stays():
    vectors = make_vectors()
    classifier = bag(embeddings=vectors, max_tokens=40)
    classifier.partial_fit(["a frog", "the car"], ["animal", "vehicle"], CLASSES)
    vocabulary = classifier.vocabulary_
    assert set(vectors.words) <= set(vocabulary)
    classifier.partial_fit(["soup of tomatoes"], ["food"])
    assert classifier.vocabulary_ == vocabulary
    assert classifier.predict(["soup"]) == ["food"]


def test_bigrams_of_later_chunks_are_added(learned):
    classifier = bag().partial_fit(*chunks()[0], CLASSES)
    before = {*classifier._network.tables.bigram_keys.tolist()}
    classifier.partial_fit(*chunks()[1])
    after = classifier._network.tables.bigram_keys
    assert before < {*after.tolist()} and (np.diff(after) > 0).all()


def test_no_more_texts_are_kept_than_a_random_sample(monkeypatch):
    monkeypatch.setattr(_seen, "_MAX_TEXTS", 30)
    classifier = fitted(bag())
    assert len(classifier._network.training_state["seen"].ids) == 30
    assert classifier._network.n_texts_seen == len(TEXTS)
    assert classifier.score(*TEST) > 0.9
    monkeypatch.setattr(_seen, "_MAX_WORDS", 20)
    classifier.partial_fit(*chunks()[0])
    assert classifier._network.training_state["seen"].ids.lengths.sum() <= 20


def test_the_sample_is_of_all_chunks_alike(monkeypatch):
    monkeypatch.setattr(_seen, "_MAX_TEXTS", 100)
    rng = np.random.RandomState(0)
    ids, codes, weight = None, np.repeat(np.arange(10), 100), np.ones(1000)
    from skglove.text import TokenIds

    kept = {"ids": TokenIds(np.empty(0, np.int32), np.empty(0, np.int64))}
    kept |= {"codes": codes[:0], "weight": weight[:0], "draws": weight[:0]}
    for part in range(10):
        ids = TokenIds(np.full(100, part, np.int32), np.ones(100, np.int64))
        kept = _seen.sample_of(
            _partial._joined(kept["ids"], ids),
            np.append(kept["codes"], np.full(100, part)),
            np.append(kept["weight"], np.ones(100)),
            np.append(kept["draws"], rng.random_sample(100)),
        )
    counts = np.bincount(kept["codes"], minlength=10)
    assert counts.sum() == 100 and counts.min() >= 3 and counts.max() <= 20
    assert (kept["ids"].flat == kept["codes"]).all()


def test_fit_with_warm_start_is_gone_on_from():
    (texts, labels), *others = chunks()
    classifier = bag(warm_start=True).fit(texts, labels)
    for part in others:
        classifier.partial_fit(*part)
    assert classifier.score(*TEST) > 0.95
    assert classifier._network.n_texts_seen == len(TEXTS)
    with pytest.raises(ValueError, match="warm_start=True"):
        bag().fit(texts, labels).partial_fit(texts, labels)


def test_other_networks_go_on_training():
    classifier = make_classifier(network="flatten", epochs=8)
    assert fitted(classifier).score(*TEST) > 0.8
    assert classifier.n_iter_ == 24
    again = make_classifier(network="flatten").fit(TEXTS, LABELS)
    assert again.partial_fit(*chunks()[0]).n_iter_ == 30


def test_without_linear_parts():
    assert fitted(bag(network=Bag(linear=False), epochs=8)).score(*TEST) > 0.9


@pytest.mark.parametrize("make", [lambda y: y, csr_array], ids=["dense", "sparse"])
def test_indicator_matrices_need_no_classes(make):
    matrix = (np.array(LABELS)[:, np.newaxis] == CLASSES) * 1
    classifier = bag()
    for texts, rows in chunks(labels=[*range(len(TEXTS))]):
        classifier.partial_fit(texts, make(matrix[rows]))
    found = classifier.predict(TEST[0])
    assert type(found) is type(make(matrix))
    found = found.toarray() if isinstance(found, csr_array) else found
    assert (found == (np.array(TEST[1])[:, np.newaxis] == CLASSES)).mean() > 0.9


def test_sets_of_labels_and_a_chunk_that_lacks_some():
    labels = [{label} for label in LABELS]
    classifier = bag()
    for texts, sets in chunks(labels=labels):
        classifier.partial_fit(texts, sets, [*CLASSES, "never"])
    assert classifier.classes_.tolist() == ["animal", "food", "never", "vehicle"]
    found = classifier.predict(TEST[0])
    assert np.mean([a == (b,) for a, b in zip(found, TEST[1], strict=True)]) > 0.9


def test_weights_count_across_chunks():
    (texts, labels), (more, other_labels), _ = chunks()
    wrong = ["animal"] * len(other_labels)

    def learned_from(weight):
        classifier = bag().partial_fit(texts, labels, CLASSES)
        return classifier.partial_fit(
            more, wrong, sample_weight=np.full(len(more), weight)
        ).predict_proba(TEST[0])[:, 0]

    assert learned_from(10.0).mean() > learned_from(0.01).mean() + 0.1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"early_stopping": True}, "does not support early_stopping"),
        ({"class_weight": "balanced"}, "'balanced' is not supported for partial_fit"),
    ],
)
def test_parameters_that_need_all_texts_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        bag(**params).partial_fit(TEXTS, LABELS, CLASSES)


def test_classes_come_first_and_stay(learned):
    before = learned.predict_proba(TEST[0])
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        bag().partial_fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="not the same as on last call"):
        learned.partial_fit(TEXTS, LABELS, ["animal", "food"])
    with pytest.raises(
        ValueError, match="'stone' at position 1, which is not in class"
    ):
        learned.partial_fit(TEXTS[:2], ["food", "stone"])
    with pytest.raises(
        ValueError, match="'stone' at position 0, which is not in class"
    ):
        bag().partial_fit(TEXTS[:2], ["stone", "food"], CLASSES)
    with pytest.raises(ValueError, match="one label a text"):
        learned.partial_fit(TEXTS[:2], [[1, 0, 0], [0, 1, 0]])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        learned.partial_fit(TEXTS[:2], ["food"])
    np.testing.assert_array_equal(learned.predict_proba(TEST[0]), before)
    assert not hasattr(bag(), "classes_")


def test_a_loop_over_a_csv_file(tmp_path):
    import pandas as pd

    path = tmp_path / "texts.csv"
    pd.DataFrame({"text": TEXTS, "label": LABELS}).to_csv(path, index=False)
    classifier = bag()
    for frame in pd.read_csv(path, chunksize=40):
        classifier.partial_fit(frame["text"], frame["label"], CLASSES)
    expected = fitted(bag()).predict_proba(TEST[0])
    np.testing.assert_array_equal(classifier.predict_proba(TEST[0]), expected)


def test_incremental_of_dask_ml(learned):
    wrappers = pytest.importorskip(
        "dask_ml.wrappers", reason="needs dask-ml, which skglove[dev] has"
    )
    import dask.array as da

    def column(texts, sizes):
        texts = np.array(texts, dtype=object)[:, np.newaxis]
        return da.from_array(texts, chunks=(sizes, 1))

    sizes = tuple(len(texts) for texts, _ in chunks())
    labels = da.from_array(np.array(LABELS), chunks=(sizes,))
    # It tries what it wraps on numbers unless it is told what comes out.
    incremental = wrappers.Incremental(
        bag(), shuffle_blocks=False, predict_meta=np.array(CLASSES)
    )
    incremental.fit(column(TEXTS, sizes), labels, classes=CLASSES)
    probabilities = incremental.estimator_.predict_proba(TEST[0])
    np.testing.assert_array_equal(probabilities, learned.predict_proba(TEST[0]))
    predicted = incremental.predict(column(TEST[0], 16)).compute()
    np.testing.assert_array_equal(predicted, learned.predict(TEST[0]))


def test_delayed_partitions_of_dask(learned):
    dask = pytest.importorskip("dask")
    delayed = dask.delayed(bag())
    for texts, labels in chunks():
        delayed = dask.delayed(type(bag()).partial_fit)(delayed, texts, labels, CLASSES)
    (classifier,) = dask.compute(delayed, scheduler="synchronous")
    expected = learned.predict_proba(TEST[0])
    np.testing.assert_array_equal(classifier.predict_proba(TEST[0]), expected)
