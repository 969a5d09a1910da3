"""Tests of the labels that the classifier takes and gives back."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import f1_score
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.utils import compute_sample_weight

from skglove import GloveTextClassifier
from skglove._targets import Targets, ThresholdTuner

NAN = float("nan")

string_dtype = pytest.mark.skipif(
    not hasattr(np.dtypes, "StringDType"), reason="StringDType came with NumPy 2"
)


def numpy_strings(values, **kwargs):
    return np.array(values, dtype=np.dtypes.StringDType(**kwargs))


@pytest.mark.parametrize(
    "make",
    [
        list,
        tuple,
        np.array,
        lambda y: np.array(y, dtype=object),
        pytest.param(numpy_strings, marks=string_dtype),
        pd.Series,
        pd.Index,
        pd.Categorical,
        lambda y: pd.Series(y, dtype="category"),
        lambda y: pd.Series(y, dtype="string"),
        lambda y: pd.Series(y, index=range(5, 5 + len(y))),
        pl.Series,
        lambda y: pl.Series(y, dtype=pl.Categorical),
        lambda y: pl.Series(y, dtype=pl.Enum(["spam", "ham", "eggs"])),
        pa.array,
        lambda y: pa.array(y).dictionary_encode(),
    ],
)
def test_str_labels_in_any_container_are_coded_in_sorted_order(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        targets = Targets(make(["spam", "ham", "eggs", "ham"]))
    assert targets.classes.tolist() == ["eggs", "ham", "spam"]
    assert targets.codes.tolist() == [2, 1, 0, 1]


@pytest.mark.parametrize(
    ("labels", "dtype", "kind"),
    [
        ([30, 4, 30], "int8", "i"),
        ([30, 4, 30], "uint16", "u"),
        ([30, 4, 30], "float32", "f"),
        ([30, 4, 30], object, "i"),
        ([30, 4, 30], "Int64", "i"),
        ([30, 4, 30], "category", "i"),
        ([True, False, True], bool, "b"),
        ([True, False, True], object, "b"),
        ([True, False, True], "boolean", "b"),
        ([True, False, True], "category", "b"),
        ([-1.0, -2.0, -1.0], object, "f"),
        ([-1.0, -2.0, -1.0], "Float64", "f"),
    ],
)
def test_labels_that_are_numbers_come_back_as_they_were(labels, dtype, kind):
    targets = Targets(pd.Series(labels, dtype=dtype))
    assert targets.classes.tolist() == sorted(set(labels))
    assert targets.classes.dtype.kind == kind
    assert targets.codes.tolist() == [1, 0, 1]


@pytest.mark.parametrize("labels", [[3, 1, 3], [True, False, True], ["b", "a", "b"]])
def test_polars_and_lists_agree(labels):
    from_list, from_polars = Targets(labels), Targets(pl.Series(labels))
    assert from_list.classes.dtype == from_polars.classes.dtype
    assert from_list.codes.tolist() == from_polars.codes.tolist() == [1, 0, 1]


def test_dates_are_labels():
    days = np.array(["2024-02-01", "2023-01-01", "2024-02-01"], dtype="datetime64[D]")
    targets = Targets(days)
    assert targets.classes.dtype == days.dtype
    assert targets.codes.tolist() == [1, 0, 1]
    assert targets.encode(days[1:2], "y_val").tolist() == [0]


def test_category_without_a_text_is_no_class():
    y = pd.Series(pd.Categorical(["b", "a"], categories=["c", "b", "a"]))
    assert Targets(y).classes.tolist() == ["a", "b"]


def test_column_of_labels_is_flattened_with_scikit_learns_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        targets = Targets([["b"], ["a"]])
    assert targets.codes.tolist() == [1, 0]


@pytest.mark.parametrize(
    "y",
    [
        ["a", None, "b"],
        ["a", NAN, "b"],
        ["a", pd.NA, "b"],
        ("a", np.float64("nan"), "b"),
        [1, NAN, 0],
        np.array([1, NAN, 0]),
        np.array([1, np.inf, 0], dtype=np.float32),
        np.array(["a", None, "b"], dtype=object),
        np.array(["2024-01-01", "NaT", "2024-01-02"], dtype="datetime64[D]"),
        pd.Series(["a", None, "b"]),
        pd.Series(["a", None, "b"], dtype="category"),
        pd.Series(["a", None, "b"], dtype="string"),
        pd.Series([1, None, 0], dtype="Int64"),
        pd.Series([True, None, False], dtype="boolean"),
        pl.Series(["a", None, "b"]),
        pl.Series([1, None, 0]),
        pl.Series(["a", None, "b"], dtype=pl.Categorical),
        pa.array(["a", None, "b"]),
        [[1, 0], [1, None], [0, 1]],
        np.array([[1, 0], [1, NAN], [0, 1]]),
        pd.DataFrame({"a": [1, 1, 0], "b": [0, None, 1]}, dtype="Int64"),
    ],
)
def test_missing_label_is_refused_with_its_position(y):
    with pytest.raises(ValueError, match=r"label at position 1 is missing .*: y holds"):
        Targets(y)


@string_dtype
def test_missing_numpy_string_is_refused_with_its_position():
    y = numpy_strings(["a", NAN, "b"], na_object=NAN)
    with pytest.raises(ValueError, match=r"label at position 1 is missing .*: y holds"):
        Targets(y)


@pytest.mark.parametrize(
    ("label", "shown"), [("spam", "'spam'"), (7, "7"), (np.int64(7), "7")]
)
def test_one_class_is_refused_and_named(label, shown):
    with pytest.raises(ValueError, match=f"greater than one; got 1 class, {shown}"):
        Targets([label] * 3)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (None, ValueError, "requires y to be passed"),
        ([], ValueError, "y is empty"),
        (np.array([]), ValueError, "y is empty"),
        ("spam", ValueError, "should be a 1d array"),
        ((c for c in "ab"), ValueError, "should be a 1d array"),
        ([0.5, 1.2, 3.1], ValueError, "continuous"),
        (np.array([0.5, 1, 2], dtype=object), ValueError, "continuous"),
        ([[1, 2], [3, 4]], ValueError, "should be a 1d array"),
        (np.zeros((2, 2, 2)), ValueError, "dim 3"),
        ([[0, 2], [2, 0]], ValueError, r"1 where a text has a label .* y holds 2\."),
        ([[-1, 1], [1, -1]], ValueError, r"y holds -1\."),
        ([[0.0, 2.0], [2.0, 0.0]], ValueError, r"y holds 2\.0\."),
        (["a", 1, "b"], TypeError, "such as 1 of type int"),
        (np.array([True, "a"], dtype=object), TypeError, "such as True of type bool"),
        (sparse.csr_array([[2, 0], [0, 1]]), ValueError, r"y holds 2\."),
        (sparse.coo_matrix(([1, 1], ([0, 0], [1, 1]))), ValueError, r"y holds 2\."),
        (sparse.csr_array([[1, 0], [NAN, 1]]), ValueError, "at position 1 is missing"),
        (sparse.csr_array([[1j, 0]]), ValueError, "complex128"),
        (sparse.csr_array((0, 3)), ValueError, r"got shape \(0, 3\)"),
        ([{"a"}, "b"], TypeError, "'b' of type str at position 1"),
        ([{"a"}, {"b", 1}], TypeError, "such as 1 of type int"),
        ([("a", "b"), ("a", None)], ValueError, "position 1 is missing"),
        ([{"a"}, None], ValueError, "position 1 is missing"),
        ([{0.5}, {1.5, 2.0}], ValueError, "continuous"),
        ([set(), set()], ValueError, "no set of labels in y has one"),
        ([[], []], ValueError, "no set of labels in y has one"),
        (pd.DataFrame([[1, 0]], columns=["a", "a"]), ValueError, "two columns .* 'a'"),
        (pd.DataFrame([[1, 0]], columns=["a", 1]), TypeError, "such as 1 of type int"),
        (
            pd.DataFrame([[1, 0]], columns=[("a", "b"), ("a", "c")]),
            TypeError,
            "must be str or numbers",
        ),
    ],
)
def test_what_is_no_classification_target_is_refused(y, error, message):
    with pytest.raises(error, match=message):
        Targets(y)


@pytest.mark.parametrize(
    "make",
    [
        list,
        np.array,
        lambda y: np.array(y, dtype=bool),
        lambda y: np.array(y, dtype=float),
        lambda y: [np.array(row) for row in y],
        pd.DataFrame,
        sparse.csr_array,
        sparse.csr_matrix,
        sparse.lil_matrix,
        lambda y: sparse.dok_array(np.array(y, dtype=bool)),
        lambda y: sparse.coo_array(np.array(y, dtype=float)),
    ],
)
def test_indicator_matrix_is_multilabel(make):
    targets = Targets(make([[1, 0], [1, 1], [0, 0]]))
    assert targets.kind == "multilabel"
    assert targets.classes.tolist() == [0, 1]
    assert targets.codes.toarray().tolist() == [[1, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda y: pd.DataFrame(y, columns=["b", "a"]),
        lambda y: pd.DataFrame(y, columns=["b", "a"], dtype="Int64"),
        lambda y: pd.DataFrame(y, columns=["b", "a"]).astype(pd.SparseDtype(int, 0)),
        lambda y: pl.DataFrame(y, schema=["b", "a"], orient="row"),
        lambda y: pa.table({"b": [row[0] for row in y], "a": [row[1] for row in y]}),
    ],
)
def test_names_of_columns_are_the_classes(make):
    targets = Targets(make([[1, 0], [1, 1], [0, 0]]))
    assert targets.classes.tolist() == ["b", "a"]
    assert targets.codes.toarray().tolist() == [[1, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    "make",
    [
        list,
        tuple,
        lambda y: [frozenset(row) for row in y],
        lambda y: [[*row, *row] for row in y],
        lambda y: [tuple(row) for row in y],
        pd.Series,
        lambda y: pd.Series([[*row] for row in y]),
        lambda y: pl.Series([[*row] for row in y]),
        lambda y: pa.array([[*row] for row in y]),
    ],
)
def test_sets_of_labels_are_coded_as_multilabelbinarizer_does(make):
    sets = [{"toad", "frog"}, set(), {"toad"}]
    targets = Targets(make(sets))
    binarizer = MultiLabelBinarizer()
    expected = binarizer.fit_transform(sets)
    assert targets.kind == "multilabel"
    assert targets.classes.tolist() == binarizer.classes_.tolist()
    assert targets.codes.toarray().tolist() == expected.tolist()


def test_sets_as_long_as_each_other():
    of_str = Targets([("b", "a"), ("c", "b")])
    assert of_str.classes.tolist() == ["a", "b", "c"]
    of_numbers = Targets([{3, 1}, {5, 3}])
    assert of_numbers.classes.tolist() == [1, 3, 5]
    assert of_numbers.codes.toarray().tolist() == [[1, 1, 0], [0, 1, 1]]


def test_one_label_is_enough_for_sets():
    targets = Targets([{"a"}, set()])
    assert targets.classes.tolist() == ["a"]
    assert targets.n_outputs == 1
    assert targets.predictions(np.array([[0.9], [0.1]])) == [("a",), ()]


@pytest.mark.parametrize("make", [list, lambda y: np.array(y, dtype=object)])
def test_labels_that_differ_in_nul_at_the_end_are_different(make):
    targets = Targets(make(["a", "a\0", "a"]))
    assert targets.classes.tolist() == ["a", "a\0"]
    assert targets.codes.tolist() == [0, 1, 0]
    assert Targets([{"a", "a\0"}, {"a"}]).classes.tolist() == ["a", "a\0"]


@pytest.mark.parametrize(
    ("y", "n_outputs", "activation", "loss"),
    [
        (["a", "b"], 1, "sigmoid", "binary_crossentropy"),
        (["a", "b", "c"], 3, "softmax", "sparse_categorical_crossentropy"),
        ([[1, 0], [0, 1]], 2, "sigmoid", "binary_crossentropy"),
    ],
)
def test_network_ends_in_what_the_labels_ask_for(y, n_outputs, activation, loss):
    targets = Targets(y)
    assert targets.n_outputs == n_outputs
    assert targets.activation == activation
    assert targets.loss == loss


def test_outputs_become_probabilities_and_labels():
    binary = Targets(["ham", "spam"])
    proba = binary.probabilities(np.array([[0.25], [0.75]], dtype=np.float32))
    assert proba.tolist() == [[0.75, 0.25], [0.25, 0.75]]
    assert binary.predictions(proba).tolist() == ["ham", "spam"]

    multiclass = Targets([10, 20, 30])
    outputs = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    assert multiclass.probabilities(outputs).tolist() == outputs.tolist()
    assert multiclass.predictions(outputs).tolist() == [30, 10]

    multilabel = Targets([[1, 0], [0, 1]])
    proba = np.array([[0.9, 0.6], [0.5, 0.1]])
    predictions = multilabel.predictions(proba)
    assert predictions.tolist() == [[1, 1], [0, 0]]
    assert predictions.dtype.kind == "i"
    assert multilabel.predictions(proba, [0.9, 0.05]).tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_predictions_for_a_sparse_matrix_are_one(kind):
    predictions = Targets(kind([[1, 0], [0, 1]])).predictions(np.array([[0.9, 0.6]]))
    assert type(predictions) is kind
    assert predictions.toarray().tolist() == [[1, 1]]


def test_predictions_for_sets_are_tuples():
    targets = Targets([{"b", "a"}, {"c"}])
    predictions = targets.predictions(np.array([[0.1, 0.6, 0.7], [0, 0, 0]]))
    assert predictions == [("b", "c"), ()]


@pytest.mark.parametrize(
    "y", [["a", "b"], ["a", "b", "c"], [[1, 0, 1], [0, 1, 1]]], ids=len
)
def test_logits_are_those_of_the_probabilities(y):
    targets = Targets(y)
    logits = np.array([[-1.0, 2.0, 30.0]])[:, : targets.n_outputs]
    logs = targets.log_probabilities(logits)
    if targets.kind == "multiclass":
        outputs = np.exp(logits) / np.exp(logits).sum()
    else:
        outputs = 1 / (1 + np.exp(-logits))
    np.testing.assert_allclose(np.exp(logs), targets.probabilities(outputs))
    assert targets.decisions(logits).ndim == (1 if targets.kind == "binary" else 2)


def test_logarithm_of_a_tiny_probability_is_finite():
    logs = Targets(["a", "b"]).log_probabilities(np.array([[900.0]], dtype=np.float32))
    assert logs.tolist() == [[-900.0, 0.0]]


def test_validation_labels_get_the_codes_of_the_training_labels():
    targets = Targets(["b", "c", "a"])
    assert targets.encode(pd.Series(["c", "a"]), "y_val").tolist() == [2, 0]
    assert targets.encode(["b"], "y_val").tolist() == [1]


def test_columns_of_validation_labels_are_told_by_their_names():
    targets = Targets(pd.DataFrame({"b": [1, 0], "a": [1, 1]}))
    y_val = pl.DataFrame({"a": [1, 0], "b": [0, 0]})
    assert targets.encode(y_val, "y_val").toarray().tolist() == [[0, 1], [0, 0]]
    by_place = targets.encode([[1, 0]], "y_val")
    assert by_place.toarray().tolist() == [[1, 0]]
    unnamed = Targets([[1, 0], [0, 1]]).encode(y_val, "y_val")
    assert unnamed.toarray().tolist() == [[1, 0], [0, 0]]


def test_validation_sets_and_matrices_go_together():
    targets = Targets([{"a", "b"}, {"c"}])
    expected = [[0, 1, 1], [0, 0, 0]]
    sets = targets.encode([{"c", "b"}, set()], "y_val")
    assert sets.toarray().tolist() == expected
    matrix = targets.encode(sparse.csr_array(expected), "y_val")
    assert matrix.toarray().tolist() == expected


@pytest.mark.parametrize(
    ("y", "y_val", "message"),
    [
        (["a", "b"], ["a", "z"], r"y_val has the label 'z' at position 1.*'a', 'b'"),
        ([1, 2, 10], [1, 3], "y_val has the label 3 at position 1"),
        ([1, 2, 10], ["1", "10"], "y_val has the label '1' at position 0"),
        (["1", "2"], [1, 2], "y_val has the label 1 at position 0"),
        (["a", "b"], ["a", None], r"position 1 is missing .*: y_val holds"),
        (["a", "b"], None, "requires y_val to be passed"),
        (["a", "b"], [[1, 0], [0, 1]], "form of y, which has one label a text"),
        ([[1, 0], [0, 1]], [1, 0], "form of y, which has several labels a text"),
        ([[1, 0], [0, 1]], [[1, 0, 0], [0, 1, 1]], "each of the 2 .* has 3 columns"),
        ([{"a"}, {"b"}], [{"a"}, {"z", "b"}], "label 'z' at position 1.*'a', 'b'"),
        (
            pd.DataFrame({"a": [1, 0], "b": [0, 1]}),
            pd.DataFrame({"a": [1, 0], "c": [0, 1]}),
            r"it lacks 'b'\. The columns of y are \['a', 'b'\]",
        ),
    ],
)
def test_validation_labels_that_do_not_go_with_y_are_refused(y, y_val, message):
    targets = Targets(y)
    with pytest.raises(ValueError, match=message):
        targets.encode(y_val, "y_val")


def test_validation_sets_may_all_have_one_label_or_none():
    targets = Targets([{"a", "b"}, {"c"}])
    expected = [[0, 1, 0], [1, 0, 0]]
    assert targets.encode([("b",), ("a",)], "y").toarray().tolist() == expected
    assert targets.encode([["b"], ["a"]], "y").toarray().tolist() == expected
    assert targets.encode([(), ()], "y").toarray().tolist() == [[0, 0, 0]] * 2
    of_numbers = Targets([{0, 1}, {2}])
    assert of_numbers.encode([[1, 2]], "y").toarray().tolist() == [[0, 1, 1]]


def test_errors_list_no_more_classes_than_one_can_read():
    targets = Targets([{f"label {i:04}"} for i in range(3_000)])
    with pytest.raises(ValueError, match=r"'label 0019', .* and 2,980 more") as caught:
        targets.encode([{"other"}], "y_val")
    assert len(str(caught.value)) < 600


def test_weights_of_classes():
    targets = Targets(["a", "b", "c", "a"])
    ones = np.ones(4)
    assert targets.weights({"a": 2, "c": 0}, ones).tolist() == [2, 1, 0, 2]
    assert targets.weights({"a": 2}, np.arange(4)).tolist() == [0, 1, 2, 6]
    balanced = targets.weights("balanced", np.array([1, 1, 2, 3]))
    np.testing.assert_allclose(balanced, [1 / 4, 1, 1, 3 / 4])


@pytest.mark.parametrize("class_weight", ["balanced", [{1: 3}, {0: 2, 1: 0.5}]])
@pytest.mark.parametrize("kind", [np.array, sparse.csr_array])
def test_weights_of_several_labels_are_scikit_learns(class_weight, kind):
    y = np.array([[1, 0], [1, 1], [0, 0], [0, 0], [0, 1]])
    weight = Targets(kind(y)).weights(class_weight, np.ones(5))
    expected = compute_sample_weight(class_weight, y)
    np.testing.assert_allclose(weight / weight.sum(), expected / expected.sum())


def test_balanced_weights_of_thousands_of_labels_are_numbers():
    y = sparse.random_array((50, 5_000), density=0.002, random_state=0)
    y.data[:] = 1
    weight = Targets(y).weights("balanced", np.ones(50))
    assert np.isfinite(weight).all()
    assert weight.min() > 0


@pytest.mark.parametrize(
    ("y", "class_weight", "message"),
    [
        (["a", "b"], {"z": 2}, r"for 'z', which is no class of y. The .*'a', 'b'\]"),
        ([1, 2], {"1": 2}, r"for '1', which is no class of y. .* \[1, 2\]"),
        (["a", "b"], {"a": -1}, "that of 'a' is -1"),
        (["a", "b"], {"a": NAN}, "that of 'a' is nan"),
        (["a", "b"], {"a": np.inf}, "that of 'a' is inf"),
        (["a", "b"], {"a": "2"}, "that of 'a' is '2'"),
        (["a", "b"], [{0: 1, 1: 2}], "is for several labels a text"),
        ([[1, 0], [0, 1]], {0: 1}, r"a list of 2 dicts .* \[0, 1\]"),
        ([[1, 0], [0, 1]], [{1: 2}], "a list of 2 dicts"),
        ([[1, 0], [0, 1]], [{1: 2}, None], "label 1 must be a dict"),
        ([{"a"}, {"b"}], [{1: 2}, {2: 2}], "label 'b' has a weight for 2"),
        ([{"a"}, {"b"}], [{1: 2}, {1: -2}], "label 'b' .* that of 1 is -2"),
    ],
)
def test_weights_of_no_classes_are_refused(y, class_weight, message):
    with pytest.raises(ValueError, match=message):
        Targets(y).weights(class_weight, np.ones(2))


@pytest.mark.parametrize(
    ("labels", "fraction", "message"),
    [
        (["a", "b", "b", "c", "c"], 0.5, "there is one of 'a'"),
        (["a", "a", "b", "b"], 0.25, "0.25 of 4 texts is 1, and there are 2 classes"),
        (["a", "a", "b", "b"], 0.9, "0.9 of 4 texts is 4, and there are 2 classes"),
    ],
)
def test_split_that_leaves_a_class_out_is_refused(labels, fraction, message):
    targets = Targets(labels)
    with pytest.raises(ValueError, match=message):
        targets.check_split(targets.codes, fraction)


def best_f1(truth, proba):
    """The best F1 of a label, of all thresholds."""
    cuts = np.append(np.unique(proba[proba > 0.01]), 0.01)
    return max(f1_score(truth, proba > cut, zero_division=0) for cut in cuts)


def test_tuned_thresholds_have_the_best_f1_of_each_label():
    rng = np.random.default_rng(0)
    truth = rng.random((200, 6)) < [0.5, 0.1, 0.02, 0.3, 0, 0.9]
    proba = np.clip(0.3 * truth + 0.6 * rng.random((200, 6)), 0, 1).round(2)
    proba[:, 3] = 0.005  # below all thresholds
    tuner = ThresholdTuner(sparse.csr_array(truth))
    for start in range(0, 200, 70):
        tuner.add(proba[start : start + 70].astype(np.float32))
    thresholds = tuner.thresholds()
    assert thresholds[3:5].tolist() == [0.5, 0.5]
    for i in (0, 1, 2, 5):
        found = f1_score(truth[:, i], proba[:, i] > thresholds[i])
        assert found == pytest.approx(best_f1(truth[:, i], proba[:, i]))


def test_threshold_stays_where_it_is_as_good_as_any():
    tuner = ThresholdTuner(sparse.csr_array([[1, 1, 1], [0, 0, 0]]))
    tuner.add(np.array([[0.9, 0.4, 0.9], [0.3, 0.2, 0.8]]))
    np.testing.assert_allclose(tuner.thresholds(), [0.5, 0.3, 0.85])


def test_number_of_labels_must_be_that_of_the_texts():
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[3, 2\]"):
        GloveTextClassifier(None).fit(["one", "two", "three"], ["a", "b"])


def test_pickle_leaves_the_training_labels_out():
    targets = Targets(np.arange(100_000) % 3)
    pickled = pickle.dumps(targets)
    assert len(pickled) < 1_000
    loaded = pickle.loads(pickled)
    assert loaded.classes.tolist() == [0, 1, 2]
    assert loaded.predictions(np.array([[0.1, 0.2, 0.7]])).tolist() == [2]
    assert not hasattr(loaded, "codes")


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (["b", "a", "b"], ["c", "a", "b"]),
        ([2, 1, 2], np.array([1, 2, 3])),
        ([{"b"}, set(), {"a", "b"}], ["c", "a", "b"]),
        (np.array([[1, 0, 0], [0, 1, 1]]), None),
        (np.array([[1, 0, 0], [0, 1, 1]]), [0, 1, 2]),
    ],
)
def test_targets_of_a_chunk_have_all_classes(y, classes):
    targets = Targets.of_classes(y, classes)
    assert len(targets.classes) == 3
    rows = targets.codes
    if targets.kind == "multilabel":
        assert rows.shape == (len(y), 3)
        assert rows.sum() == sum(map(len, y)) if isinstance(y, list) else y.sum()
    else:
        assert targets.kind == "multiclass"
        assert targets.classes[rows].tolist() == list(y)
    targets.check_classes(targets.classes[::-1])
    with pytest.raises(ValueError, match="not the same as on last call"):
        targets.check_classes(["a"])


def test_labels_of_logits():
    two = Targets(["no", "yes", "no"])
    # Of the last the probability is rounded to 0.5.
    logits = np.array([[-2], [0], [3], [1e-9]], np.float32)
    assert two.labels(logits).tolist() == ["no", "no", "yes", "yes"]
    three = Targets([3, 1, 2])
    assert three.labels(np.array([[0, 2, 1], [5, -1, 5]])).tolist() == [2, 1]
