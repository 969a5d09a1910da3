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

from skglove import GloveTextClassifier
from skglove._targets import Targets

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
    assert targets.labels.tolist() == ["spam", "ham", "eggs", "ham"]


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
        ([["a", "b"], ["a"]], ValueError, "MultiLabelBinarizer"),
        (["a", 1, "b"], TypeError, "such as 1 of type int"),
        (np.array([True, "a"], dtype=object), TypeError, "such as True of type bool"),
        (sparse.csr_array([[1, 0], [0, 1]]), TypeError, r"y\.toarray\(\)"),
        (sparse.coo_matrix([[1, 0], [0, 1]]), TypeError, r"y\.toarray\(\)"),
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
        lambda y: pd.DataFrame(y, columns=["a", "b"]),
        lambda y: pd.DataFrame(y, columns=["a", "b"], dtype="Int64"),
        lambda y: pl.DataFrame(y, schema=["a", "b"], orient="row"),
    ],
)
def test_indicator_matrix_is_multilabel(make):
    targets = Targets(make([[1, 0], [1, 1], [0, 0]]))
    assert targets.kind == "multilabel"
    assert targets.classes.tolist() == [0, 1]
    assert targets.codes.tolist() == [[1, 0], [1, 1], [0, 0]]
    assert targets.labels.tolist() == [[1, 0], [1, 1], [0, 0]]


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
    predictions = multilabel.predictions(np.array([[0.9, 0.6], [0.5, 0.1]]))
    assert predictions.tolist() == [[1, 1], [0, 0]]
    assert predictions.dtype.kind == "i"


def test_validation_labels_get_the_codes_of_the_training_labels():
    targets = Targets(["b", "c", "a"])
    assert targets.encode(pd.Series(["c", "a"]), "y_val").tolist() == [2, 0]
    assert targets.encode(["b"], "y_val").tolist() == [1]


@pytest.mark.parametrize(
    ("y", "y_val", "message"),
    [
        (["a", "b"], ["a", "z"], r"y_val has the label 'z' at position 1.*'a', 'b'"),
        ([1, 2, 10], [1, 3], "y_val has the label 3 at position 1"),
        ([1, 2, 10], ["1", "10"], "y_val has the label '1' at position 0"),
        (["1", "2"], [1, 2], "y_val has the label 1 at position 0"),
        (["a", "b"], ["a", None], r"position 1 is missing .*: y_val holds"),
        (["a", "b"], None, "requires y_val to be passed"),
        (["a", "b"], [[1, 0], [0, 1]], "y_val must have the form of y"),
        ([[1, 0], [0, 1]], [1, 0], "y_val must have the form of y"),
        ([[1, 0], [0, 1]], [[1, 0, 0], [0, 1, 1]], "y_val must have the form of y"),
    ],
)
def test_validation_labels_that_do_not_go_with_y_are_refused(y, y_val, message):
    targets = Targets(y)
    with pytest.raises(ValueError, match=message):
        targets.encode(y_val, "y_val")


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
