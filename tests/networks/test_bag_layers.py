"""The layers of the bag networks: what they compute, said again in NumPy."""

import numpy as np
import pytest

N_IDS = 12
IDS = np.array(
    [[2, 3, 2, 1, 5, 0, 0], [7, 7, 7, 7, 7, 7, 7], [0] * 7, [4, 2, 0, 0, 0, 0, 0]],
    dtype=np.int32,
)


def counts_of(ids):
    """Return how often each id but padding occurs in each text."""
    counts = np.array([np.bincount(row, minlength=N_IDS) for row in ids])
    counts[:, 0] = 0
    return counts


def distinct_counts(layer, ids, **options):
    """Return what `DistinctIds` lists, as the matrix of `counts_of`."""
    texts, distinct, counts = (value.numpy() for value in layer(ids, **options))
    matrix = np.zeros((len(ids), N_IDS))
    np.add.at(matrix, (texts, distinct), counts)
    assert len(set(zip(texts.tolist(), distinct.tolist(), strict=True))) == len(texts)
    return matrix


def make_bag(counted, normalized, seed=0, dim=4):
    """A function from ids to bags, and the weights it computes with."""
    from skglove.networks._bag_layers import DistinctIds, WeightedBag

    rng = np.random.RandomState(seed)
    vectors = rng.normal(size=(N_IDS, dim)).astype(np.float32)
    vectors[1] = 0  # of the unknown word
    importance = rng.uniform(0.5, 2, size=(N_IDS, 1)).astype(np.float32)
    layer = WeightedBag(N_IDS, counted=counted, normalized=normalized)
    find = DistinctIds(N_IDS)

    def bags_of(ids):
        distinct = find(ids)
        return layer(ids, *distinct, vectors[distinct[1].numpy()]).numpy()

    bags_of(IDS)
    layer.importance.assign(importance)
    if normalized:
        layer.center.assign(rng.normal(size=dim))
        layer.scale.assign(3)
    return bags_of, layer, vectors, importance[:, 0]


def test_distinct_ids_are_counted_by_text():
    from skglove.networks._bag_layers import DistinctIds

    np.testing.assert_array_equal(
        distinct_counts(DistinctIds(N_IDS), IDS), counts_of(IDS)
    )


def test_dropout_leaves_out_all_places_of_a_word_in_training_only():
    from skglove.networks._bag_layers import DistinctIds

    layer = DistinctIds(N_IDS, dropout=0.3)
    ids = np.random.RandomState(0).randint(0, N_IDS, size=(200, 20)).astype(np.int32)
    counts = counts_of(ids)
    kept = distinct_counts(layer, ids, training=True)
    assert np.isin(kept, [0]).any()
    np.testing.assert_array_equal(kept, np.where(kept > 0, counts, 0))
    assert (kept > 0).sum() / (counts > 0).sum() == pytest.approx(0.7, abs=0.05)
    again = distinct_counts(layer, ids, training=True)
    assert (again != kept).any()
    np.testing.assert_array_equal(distinct_counts(layer, ids), counts)


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("normalized", [False, True])
def test_bag_is_the_weighted_sum_over_the_root_of_squared_weights(counted, normalized):
    bags_of, layer, vectors, importance = make_bag(counted, normalized)
    counts = counts_of(IDS)
    weights = (counts > 0) * importance
    if counted:
        weights = weights * (1 + np.log(np.maximum(counts, 1)))
    if normalized:
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.where(lengths > 0, lengths, 1)
    sizes = np.sqrt((weights**2).sum(axis=1, keepdims=True) + 1e-6)
    expected = weights @ vectors / sizes
    if normalized:
        expected = (expected - layer.center.numpy()) * 3
    np.testing.assert_allclose(bags_of(IDS), expected, rtol=1e-5, atol=1e-6)


def test_padding_makes_no_difference():
    bags_of, *_ = make_bag(counted=True, normalized=True)
    expected = bags_of(IDS)
    at_the_front = np.roll(IDS, 2, axis=1)
    longer = np.pad(IDS, [(0, 0), (4, 9)])
    for ids in (at_the_front, longer):
        np.testing.assert_allclose(bags_of(ids), expected, atol=1e-6)


@pytest.mark.parametrize("normalized", [False, True])
def test_texts_without_words_have_finite_bags_and_gradients(normalized):
    import tensorflow as tf

    bags_of, layer, *_ = make_bag(counted=True, normalized=normalized)
    assert np.isfinite(bags_of(np.zeros((3, 7), dtype=np.int32))).all()
    rows = np.array([1, 1], dtype=np.int32), np.ones(2, dtype=np.float32)
    with tf.GradientTape() as tape:
        vectors = tf.zeros((2, 4))  # of words without a vector
        tape.watch(vectors)
        bags = layer(IDS[:2], np.array([0, 1]), *rows, vectors)
        loss = tf.reduce_sum(bags**2)
    gradients = tape.gradient(loss, [vectors, layer.importance.value])
    assert all(np.isfinite(tf.convert_to_tensor(g)).all() for g in gradients)


def test_gradients_of_weights_are_of_the_rows_used_only():
    import tensorflow as tf

    _, layer, *_ = make_bag(counted=True, normalized=False)
    word = np.array([0]), np.array([2]), np.array([1.0], dtype=np.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(IDS, *word, tf.ones((1, 4))))
    gradient = tape.gradient(loss, layer.importance.value)
    assert isinstance(gradient, tf.IndexedSlices)
    assert gradient.indices.numpy().tolist() == [2]


def test_long_texts_are_summed_in_half_precision_too():
    import keras

    from skglove.networks._bag_layers import WeightedBag

    n_words = 3_000
    layer = WeightedBag(n_words, counted=True, normalized=True, dtype="mixed_float16")
    words = np.arange(n_words, dtype=np.int32)
    vectors = keras.ops.ones((n_words, 4), dtype="float16")
    arguments = words[None], np.zeros(n_words, np.int64), words, np.ones(n_words)
    layer(*arguments, vectors)
    layer.importance.assign(np.full((n_words, 1), 10.0))
    bags = layer(*arguments, vectors)
    assert keras.backend.standardize_dtype(bags.dtype) == "float16"
    # Each of unit length, so half in each of four dimensions.
    np.testing.assert_allclose(bags, np.full((1, 4), np.sqrt(n_words) / 2), rtol=1e-3)
    empty = layer(words[None] * 0, *(value[:0] for value in arguments[1:]), vectors[:0])
    np.testing.assert_array_equal(empty, np.zeros((1, 4)))


def number_bigrams(ids, bigrams):
    from skglove.networks._bag_layers import KnownBigrams

    layer = KnownBigrams(N_IDS, len(bigrams))
    layer.build((None, len(ids[0])))
    layer.keys.assign([first * N_IDS + second for first, second in bigrams])
    return layer(np.array(ids, dtype=np.int32)).numpy()


def test_known_bigrams_are_numbered_from_one_on():
    bigrams = [(2, 3), (2, 11), (3, 2), (11, 11)]
    ids = [[2, 3, 2, 11, 11, 11], [3, 2, 11, 2, 3, 0]]
    assert number_bigrams(ids, bigrams).tolist() == [[1, 3, 2, 4, 4], [3, 2, 0, 1, 0]]


def test_unknown_bigrams_and_those_with_padding_are_none():
    bigrams = [(2, 2), (2, 3)]
    ids = [[3, 2, 0, 0, 2], [11, 11, 1, 2, 1], [0, 0, 0, 0, 0]]
    assert not number_bigrams(ids, bigrams).any()


def test_one_word_has_no_bigrams():
    assert number_bigrams([[2], [3]], [(2, 3)]).shape == (2, 0)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("DistinctIds", {"n_ids": 5, "dropout": 0.25}),
        ("WeightedBag", {"n_ids": 5, "counted": True, "normalized": False}),
        ("KnownBigrams", {"n_ids": 5, "n_bigrams": 3}),
    ],
)
def test_layers_come_back_from_their_config(name, options):
    import keras

    from skglove.networks import _bag_layers as bag_layers

    layer = getattr(bag_layers, name)(**options, name="mine")
    config = keras.saving.serialize_keras_object(layer)
    copied = keras.saving.deserialize_keras_object(config)
    assert type(copied) is type(layer) and copied.name == "mine"
    assert {key: getattr(copied, key) for key in options} == options
