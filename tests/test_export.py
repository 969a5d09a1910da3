"""Exported models: the same outputs as here, in this process and in another."""

import tracemalloc

import numpy as np
import pytest
from helpers import export, make_network

from skglove import GloveTextClassifier
from skglove.export import end_to_end_model
from skglove.text import TextVectorizer

EVERY_END = [(p, t) for p in ("post", "pre") for t in ("post", "pre")]


def strip_tags(texts):
    """A callable `standardize`."""
    import tensorflow as tf

    return tf.strings.regex_replace(tf.strings.lower(texts), "<[^>]*>", " ")


def column(texts):
    """What an exported model takes."""
    import tensorflow as tf

    return tf.constant(texts, shape=(len(texts), 1))


# What makes words of a text has nothing to do with which of them make a row.
@pytest.mark.parametrize(
    ("padding", "truncating", "standardize"),
    [
        (*EVERY_END[0], "lower_and_strip_punctuation"),
        (*EVERY_END[1], "lower_and_split_punctuation"),
        (*EVERY_END[2], "lower"),
        (*EVERY_END[3], "strip_punctuation"),
        (*EVERY_END[0], None),
        (*EVERY_END[3], strip_tags),
    ],
)
def test_exported_model_agrees_on_odd_texts(
    make_odd_texts, padding, truncating, standardize
):
    train, test = make_odd_texts(100, seed=0), ["", *make_odd_texts(100, seed=1)]
    rows_of, network, model = export(
        train, padding=padding, truncating=truncating, standardize=standardize
    )
    ids = rows_of(test)
    np.testing.assert_array_equal(model.layers[1](column(test)), ids)
    np.testing.assert_array_equal(model(column(test)), network(ids))


@pytest.mark.parametrize(("padding", "truncating"), [("post", "post"), ("pre", "pre")])
def test_exported_model_predicts_in_batches(make_odd_texts, padding, truncating):
    texts = make_odd_texts(40, seed=2)
    rows_of, network, model = export(texts, padding=padding, truncating=truncating)
    np.testing.assert_allclose(
        model.predict(column(texts), batch_size=7, verbose=0),
        network(rows_of(texts)),
        rtol=1e-5,
    )


@pytest.mark.parametrize(
    ("padding", "truncating", "words"),
    [
        (*EVERY_END[0], ["\0", "a"]),
        (*EVERY_END[1], ["a", "a\0", "a\0\0"]),
        (*EVERY_END[2], ["\0\0", "b\0c"]),
        (*EVERY_END[3], ["\x1c", "\x85", "\xa0", "\u2028", "\u3000", "a\u2028b"]),
    ],
)
def test_odd_words_stay_apart_also_once_saved(tmp_path, words, padding, truncating):
    import keras

    rows_of, network, model = export(
        [" ".join(words)], padding=padding, truncating=truncating
    )
    assert sorted(rows_of(words).max(axis=1).tolist()) == [*range(2, len(words) + 2)]
    texts = [*words, " ".join(words[::-1]), "unknown"]
    expected = network(rows_of(texts))
    np.testing.assert_array_equal(model(column(texts)), expected)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(column(texts)), expected)


def test_a_callable_standardize_is_named_when_loading(tmp_path):
    import keras

    texts = ["A frog.<br />A toad.", "a <b>toad.</b>"]
    _, _, model = export(texts, standardize=strip_tags)
    assert set(model.layers[1].get_vocabulary()[2:]) == {"a", "frog.", "toad."}
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(
        tmp_path / "model.keras", custom_objects={"strip_tags": strip_tags}
    )
    np.testing.assert_array_equal(loaded(column(texts)), model(column(texts)))


def test_words_added_to_the_vocabulary_are_words_of_the_exported_model():
    vectorizer = TextVectorizer(sequence_length=3).fit(["a frog"]).extend(["toad"])
    model = end_to_end_model(vectorizer, make_network(vectorizer))
    assert model.layers[1](column(["a toad", "a newt"])).numpy().tolist() == [
        [3, 4, 0],
        [3, 1, 0],
    ]


def test_exported_weights_are_those_of_the_network():
    _, network, model = export(["a b c"])
    network.set_weights([np.zeros_like(value) for value in network.get_weights()])
    np.testing.assert_allclose(model(column(["a", "b"])), 1 / 3, rtol=1e-6)


@pytest.mark.parametrize("padding", ["post", "pre"])
def test_memory_does_not_grow_with_words_times_the_longest(padding):
    texts = [" ".join(f"word{i}" for i in range(1_000)), "x" * 100_000]
    vectorizer = TextVectorizer().fit(texts)
    trained = make_network(vectorizer, padding=padding)
    # A fixed-width array of these words would take 4 * 1,001 * 100,000 bytes: 400 MB.
    tracemalloc.start()
    try:
        end_to_end_model(vectorizer, trained)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.parametrize("name", ["tokenizer", "preprocessor"])
def test_python_functions_on_texts_are_refused_by_name(name):
    vectorizer = TextVectorizer(**{name: str.split if name == "tokenizer" else str})
    vectorizer.fit(["a b"])
    with pytest.raises(ValueError, match=rf"does not support {name}="):
        end_to_end_model(vectorizer, make_network(vectorizer))


def test_misspelled_words_are_corrected_in_the_exported_model_too(tmp_path):
    import keras

    words = ["school", "teacher", "größe", "привет", "four", "abc", "1994", "🐸🐸🐸🐸"]
    rng = np.random.RandomState(0)
    texts = [" ".join(rng.choice(words, 5)) for _ in range(40)]
    labels = [int("school" in text) for text in texts]
    clf = GloveTextClassifier(None, epochs=1, random_state=0).fit(texts, labels)
    letters = [*"abcdeoösпив14🐸", ""]
    wrong = [
        "".join(rng.choice(letters) if rng.rand() < 0.15 else c for c in text)
        for text in texts * 10
    ]
    expected = clf.predict_proba(wrong)[:, 1:]
    as_they_are = clf._vectorizer.ids_of(wrong, number_unknown=True)
    corrected = clf._vectorizer.ids_of(wrong, **clf._network.vectorizer_options)
    assert (as_they_are.flat != corrected.flat).mean() > 0.05
    model = clf.to_keras()
    np.testing.assert_allclose(model(column(wrong)), expected, atol=1e-6)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(column(wrong)), expected, atol=1e-6)
