"""Trained networks as plain state: equal to what Keras builds, and never believed."""

import copy

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from skglove._plain import InvalidStateError
from skglove.networks import (
    NETWORKS,
    Bag,
    BagConv,
    CallableNetwork,
    Conv,
    Flatten,
    NetworkSpec,
    ParallelConv,
    TrainedBag,
    TrainedNetwork,
    network_from_state,
    network_state,
    trained_from_state,
)
from skglove.networks._bag_tables import BagTables
from skglove.networks._stored_rows import StoredRows
from skglove.networks._top_terms import TopTerms
from skglove.text import TokenIds

OF_KERAS = [
    *(kind() for kind in NETWORKS.values() if kind is not Bag),
    BagConv(filters=3, kernel_size=2),
    Conv(filters=3, kernel_size=2, pool_size=2, dense_units=0),
    Conv(filters=3, kernel_size=1, pool_size=3, dense_units=4, trainable=True),
    Flatten(dense_units=0),
    ParallelConv(filters=2, kernel_size=1),
]


def make_spec(network, n_outputs=3, n_bigrams=5):
    return NetworkSpec(
        network=network,
        n_tokens=20,
        embedding_dim=6,
        from_scratch=False,
        sequence_length=200,
        n_outputs=n_outputs,
        activation="sigmoid" if n_outputs == 1 else "softmax",
        loss=(
            "binary_crossentropy"
            if n_outputs == 1
            else "sparse_categorical_crossentropy"
        ),
        sizes={name: n_bigrams for name in network.size_names},
    )


def make_state(network, **options):
    """The state of a network whose bigram keys, if it has some, rise."""
    spec = make_spec(network, **options)
    model = spec.build()
    weights = model.get_weights()
    for i in network.integer_weights(spec):
        weights[i] = np.arange(len(weights[i])) + 50  # 2 * 20 + 10 and on
    model.set_weights(weights)
    return TrainedNetwork(spec, model, keep_optimizer=False).get_state()


def make_bag_state(n_outputs=3, n_bigrams=4, n_buckets=8, seed=0):
    spec = make_spec(Bag(), n_outputs)
    rng = np.random.RandomState(seed)

    def random(*shape):
        return rng.random_sample(shape).astype(np.float32)

    tables = BagTables(
        words=random(20, 4 * n_outputs),
        word_squares=random(20, 4),
        bigrams=random(n_bigrams, 2 * n_outputs),
        bigram_squares=random(n_bigrams, 2),
        bigram_keys=np.arange(n_bigrams) + 45,
        buckets=random(n_buckets, n_outputs + 1),
        intercept=random(n_outputs),
    )
    words = random(40, 20).round()
    rows = [csr_matrix(part) for part in (words, words[:, :n_bigrams])]
    top_terms = TopTerms.of_training(tables, *map(StoredRows.of_matrix, rows))
    return TrainedBag(spec, tables, top_terms).get_state()


@pytest.fixture(scope="module")
def state():
    return make_state(BagConv(filters=2))


@pytest.fixture(scope="module")
def bag_state():
    return make_bag_state()


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("n_bigrams", [0, 5])
@pytest.mark.parametrize("network", OF_KERAS, ids=repr)
def test_expected_weights_are_those_of_the_model(network, n_outputs, n_bigrams):
    spec = make_spec(network, n_outputs, n_bigrams)
    weights = [np.asarray(value) for value in spec.build().get_weights()]
    assert network.weight_shapes(spec) == [value.shape for value in weights]
    integers = tuple(i for i, value in enumerate(weights) if value.dtype == np.int64)
    assert network.integer_weights(spec) == integers


@pytest.mark.parametrize("network", OF_KERAS, ids=repr)
def test_state_gives_the_same_outputs(network):
    state = make_state(network)
    again = trained_from_state(copy.deepcopy(state))
    ids = TokenIds(np.arange(2, 14, dtype=np.int32), np.array([4, 0, 8]))
    assert again.spec.network.get_params() == network.get_params()
    first = trained_from_state(state)
    np.testing.assert_array_equal(again.predict_proba(ids), first.predict_proba(ids))
    for ours, theirs in zip(
        again.get_state()["weights"], state["weights"], strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize(("n_bigrams", "n_buckets"), [(4, 8), (0, 0), (1, 1)])
def test_state_of_a_bag_gives_the_same_outputs(n_outputs, n_bigrams, n_buckets):
    state = make_bag_state(n_outputs, n_bigrams, n_buckets)
    first, again = trained_from_state(state), trained_from_state(copy.deepcopy(state))
    ids = np.array([2, 5, 6, 7, 20, 21, 3], dtype=np.int32)
    ids = TokenIds(ids, np.array([4, 0, 3]), [b"frog", b"toad"])
    np.testing.assert_array_equal(again.predict_proba(ids), first.predict_proba(ids))
    assert again.get_state()["network"] == state["network"]
    assert not again.keeps_training_state


def test_a_tempered_bag_and_its_keras_model_give_the_same_outputs():
    state = make_bag_state(5)
    plain = trained_from_state(state)
    tempered = trained_from_state(with_tables(state, power=0.5, typical=0.7))
    ids = np.array([2, 5, 6, 7, 20, 21, 3], dtype=np.int32)
    ids = TokenIds(ids, np.array([4, 0, 3]), [b"frog", b"toad"])
    proba = tempered.predict_proba(ids)
    # The order of classes stays, how sure they are does not.
    order = np.argsort(proba, axis=1)
    np.testing.assert_array_equal(order, np.argsort(plain.predict_proba(ids), axis=1))
    assert np.abs(proba - plain.predict_proba(ids)).max() > 0.01
    again = trained_from_state(copy.deepcopy(tempered.get_state()))
    np.testing.assert_array_equal(again.predict_proba(ids), proba)
    np.testing.assert_array_equal(tempered.logits(ids), plain.logits(ids))
    known = TokenIds(np.array([2, 5, 6, 3], np.int32), np.array([3, 1]))
    outputs = tempered.model(known.padded(3))
    np.testing.assert_allclose(outputs, tempered.predict_proba(known), atol=1e-6)
    config = tempered.model.get_config()
    same = type(tempered.model).from_config(config)
    same.set_weights(tempered.model.get_weights())
    np.testing.assert_array_equal(same(known.padded(3)), outputs)


def with_rows(parts, change):
    """Return the parts of a table with the rows of the first changed."""
    return [{**parts[0], "rows": change(parts[0]["rows"])}, *parts[1:]]


def with_squares(parts, change):
    """Return the parts of a table with the squares of the first changed."""
    return [{**parts[0], "squares": change(parts[0]["squares"])}, *parts[1:]]


def with_tables(state, **values):
    return {**state, "tables": {**state["tables"], **values}}


def with_table(state, name, value):
    return with_tables(state, **{name: value})


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("words", lambda a: a[:-1], "words must be a list of 4 parts"),
        (
            "words",
            lambda a: with_rows(a, lambda rows: rows[:-1]),
            r"rows must be of shape \(20, 3\)",
        ),
        ("words", lambda a: with_rows(a, np.float64), "must be an array of float32"),
        ("words", lambda a: with_rows(a, lambda rows: rows / 0), "NaN or infinity"),
        ("words", lambda a: with_squares(a, np.negative), "holds negative numbers"),
        ("bigrams", lambda a: with_squares(a, np.negative), "holds negative numbers"),
        (
            "words",
            lambda a: with_squares(a, lambda squares: squares[1:]),
            r"squares must be of shape \(20\)",
        ),
        ("bucket_squares", lambda a: -a, "holds negative numbers"),
        ("bigrams", lambda a: None, "bigrams must be a list of 2 parts"),
        ("bigram_keys", lambda a: {**a, "second": a["second"][::-1]}, "must rise"),
        ("bigram_keys", lambda a: {**a, "second": a["second"] + 15}, "there are not"),
        ("bigram_keys", lambda a: {**a, "counts": a["counts"] * 2}, r"shape \(8\)"),
        ("bigram_keys", lambda a: {**a, "counts": a["counts"][1:]}, r"shape \(20\)"),
        ("bigram_keys", lambda a: {**a, "counts": a["counts"] / 2}, "array of int64"),
        ("bigram_keys", lambda a: {"counts": a["counts"]}, "lacks 'second'"),
        # As the first files have them.
        ("bigram_keys", lambda a: np.arange(4, dtype="u4")[::-1] + 45, "must rise"),
        ("bigram_keys", lambda a: np.arange(4, dtype="u4") + 398, "must rise"),
        ("bigram_keys", lambda a: np.arange(4.0), "an array of uint32"),
        ("buckets", lambda a: a[:-2], r"buckets must be of shape \(8, 3\)"),
        ("intercept", lambda a: a[:1], r"intercept must be of shape \(3\)"),
        ("power", lambda a: 1.5, "power must be between 0 and 1"),
        ("power", lambda a: 1, "tables.power must be a finite float, got 1"),
        ("typical", lambda a: 0.0, "tables.typical positive; got 0.0 and 0.0"),
        ("typical", lambda a: np.inf, "tables.typical must be a finite float"),
        ("more", lambda a: 1, "unknown entry 'more'"),
    ],
)
def test_crafted_tables_are_refused(bag_state, name, change, message):
    with np.errstate(divide="ignore", invalid="ignore"):
        value = change(bag_state["tables"].get(name))
    with pytest.raises(InvalidStateError, match=message):
        trained_from_state(with_table(bag_state, name, value))


def test_buckets_are_a_power_of_two(bag_state):
    state = with_table(bag_state, "buckets", bag_state["tables"]["buckets"][:6])
    state = with_table(state, "bucket_squares", np.ones(6, dtype=np.float32))
    with pytest.raises(InvalidStateError, match="power of two, got 6"):
        trained_from_state(state)


@pytest.mark.parametrize("which", ["state", "bag_state"])
def test_state_is_of_plain_things(which, request):
    state = request.getfixturevalue(which)

    def check(value):
        if isinstance(value, dict):
            assert all(type(key) is str for key in value)
            [*map(check, value.values())]
        elif isinstance(value, list):
            [*map(check, value)]
        else:
            assert type(value) in (str, int, float, bool, type(None), np.ndarray)

    check(state)


def test_numbers_of_numpy_are_plain_in_a_state():
    network = Flatten(dense_units=np.int64(3), dropout=np.float32(0.5))
    assert network_state(network)["params"] == {**Flatten(3, 0.5).get_params()}


def test_a_function_is_not_plain():
    with pytest.raises(TypeError, match="is none of the networks"):
        network_state(CallableNetwork(len))


def test_a_parameter_of_a_later_version_has_its_default():
    network = network_from_state({"name": "conv", "params": {"filters": 7}})
    assert network.get_params() == Conv(filters=7).get_params()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (None, "must be a dict"),
        ({"name": "conv"}, "lacks 'params'"),
        ({"name": "os.system", "params": {}}, "must be one of"),
        ({"name": ["conv"], "params": {}}, "must be one of"),
        ({"name": "conv", "params": {"function": "len"}}, "unknown entry 'function'"),
        ({"name": "conv", "params": {"filters": 0}}, "'filters' parameter"),
        ({"name": "conv", "params": {"filters": [1]}}, "must be a number or a string"),
        ({"name": "conv", "params": {}, "more": 1}, "unknown entry 'more'"),
    ],
)
def test_a_crafted_network_is_refused(state, message):
    with pytest.raises(InvalidStateError, match=message):
        network_from_state(state)


def test_a_state_that_is_no_dict_is_refused():
    with pytest.raises(InvalidStateError, match="lacks 'network'"):
        trained_from_state(["network"])


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        ("n_tokens", 21, r"weights\[0\] must be of shape \(21, 6\)"),
        ("n_tokens", 20.0, "n_tokens must be an int"),
        ("n_tokens", True, "n_tokens must be an int"),
        ("embedding_dim", 2**70, "embedding_dim must be an int between"),
        ("from_scratch", 1, "from_scratch must be one of"),
        ("sequence_length", 0, "sequence_length must be an int"),
        ("n_outputs", 4, r"must be of shape \(6, 4\)"),
        ("activation", "relu", "activation must be one of"),
        ("loss", "mse", "loss must be one of"),
        ("sizes", {}, "lacks 'n_bigrams'"),
        ("sizes", {"n_bigrams": 6}, r"weights\[1\] must be of shape \(6\)"),
        ("sizes", {"n_bigrams": -1}, "n_bigrams must be an int"),
        ("weights", (), "must be a list of"),
        ("weights", [], "must be a list of"),
    ],
)
def test_a_crafted_state_is_refused(state, entry, value, message):
    with pytest.raises(InvalidStateError, match=message):
        trained_from_state({**state, entry: value})


def with_weight(state, i, value):
    weights = [*state["weights"]]
    weights[i] = value
    return {**state, "weights": weights}


@pytest.mark.parametrize(
    ("i", "value", "message"),
    [
        (0, np.zeros((20, 6), dtype="S4"), "must be an array of float32"),
        (0, np.zeros((20, 6), dtype=np.int64), "must be an array of float32"),
        (0, np.zeros((20, 6, 1), dtype=np.float32), "must be of shape"),
        (0, np.full((20, 6), np.nan, dtype=np.float32), "NaN or infinity"),
        (0, [[0.0] * 6] * 20, "must be an array of float32"),
        (0, np.ma.zeros((20, 6), dtype=np.float32), "must be an array of float32"),
        (1, np.arange(5.0), "must be an array of int64"),
        (1, np.array([42, 43, 43, 44, 45]), "must rise"),
        (1, np.array([-1, 42, 43, 44, 45]), "must rise"),
        (1, np.array([42, 43, 44, 45, 402]), "must rise"),
    ],
)
def test_crafted_weights_are_refused(state, i, value, message):
    with pytest.raises(InvalidStateError, match=message):
        trained_from_state(with_weight(state, i, value))


def test_weights_of_the_other_byte_order_and_of_float64_are_taken(state):
    swapped = state["weights"][0].astype(">f4")
    again = trained_from_state(with_weight(state, 0, swapped))
    np.testing.assert_array_equal(again.get_state()["weights"][0], swapped)
    wide = state["weights"][0].astype(np.float64)
    trained_from_state(with_weight(state, 0, wide))


def test_a_length_that_no_weight_shows_is_bounded():
    state = make_state(Conv(filters=2))
    with pytest.raises(InvalidStateError, match="between 1 and 1048576"):
        trained_from_state({**state, "sequence_length": 10**12})
    with pytest.raises(InvalidStateError, match="must be 149 or more"):
        trained_from_state({**state, "sequence_length": 148})
    trained_from_state({**state, "sequence_length": 149})
