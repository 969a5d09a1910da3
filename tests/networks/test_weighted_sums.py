"""Weighted sums of rows: by SciPy's function and by a matrix, bit for bit."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from skglove.networks import _weighted_sums
from skglove.networks._weighted_sums import add_weighted_rows


def example(n_columns, n_rows=60):
    rng = np.random.RandomState(n_columns)
    ids = np.sort(rng.choice(50, n_rows % 50 + 1, replace=False)).astype(np.int64)
    weights = rng.random_sample(len(ids)).astype(np.float32)
    table = rng.standard_normal((50, n_columns)).astype(np.float32)
    table.flags.writeable = False  # as in a memory map
    return ids, weights, table


@pytest.mark.parametrize("n_columns", [1, 2, 80])
@pytest.mark.parametrize("without", [False, True])
def test_the_sum_has_the_bits_of_a_product(n_columns, without, monkeypatch):
    if without:
        monkeypatch.setattr(_weighted_sums, "_csr_matvecs", None)
    ids, weights, table = example(n_columns)
    total = np.zeros(n_columns, np.float32)
    add_weighted_rows(ids, weights, table, total)
    rows = csr_matrix((weights, ids, [0, len(ids)]), shape=(1, len(table)))
    assert (total == (rows @ table)[0]).all()
    np.testing.assert_allclose(total, weights @ table[ids], rtol=1e-4, atol=1e-5)


def test_no_rows_add_nothing():
    _, _, table = example(3)
    total = np.ones(3, np.float32)
    add_weighted_rows(np.empty(0, np.int64), np.empty(0, np.float32), table, total)
    assert total.tolist() == [1, 1, 1]


def test_the_function_is_there():
    # Else one text takes longer; see the module for what stands in for it.
    assert _weighted_sums._function_of_scipy() is not None


def other_arguments(n_rows, n_columns, indptr):
    """Stands for a function of another version of SciPy."""


def other_result(*args):
    args[-1][:] = 1


@pytest.mark.parametrize("function", [other_arguments, other_result])
def test_a_function_that_does_something_else_is_not_used(function, monkeypatch):
    monkeypatch.setattr("scipy.sparse._sparsetools.csr_matvecs", function)
    assert _weighted_sums._function_of_scipy() is None
