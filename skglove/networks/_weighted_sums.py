"""Weighted sums of a table's rows for one text, without a sparse matrix's set-up.

`csr_matrix @ table` gathers, multiplies and adds in one pass, but to make the matrix
takes several times as long as that. The function behind it, `csr_matvecs` of SciPy's
`_sparsetools`, is not public: where it is missing or no longer does the same, the
matrix is made.
"""

import numpy as np
from scipy.sparse import csr_matrix


def add_weighted_rows(
    ids: np.ndarray, weights: np.ndarray, table: np.ndarray, total: np.ndarray
) -> None:
    """Add the sum of `weights * table[ids]` to `total`.

    To zeros it adds the bits that `csr_matrix @ table` has.

    Parameters
    ----------
    ids : ndarray of shape (n,), dtype=int64
        Rows that the table has: nothing checks it.

    weights : ndarray of shape (n,), dtype=float32
        Their weights.

    table : ndarray of shape (n_rows, n_columns), dtype=float32
        The table, C-contiguous.

    total : ndarray of shape (n_columns,), dtype=float32
        Where to add, contiguous.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove.networks._weighted_sums import add_weighted_rows
    >>> table = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)
    >>> total = np.zeros(2, dtype=np.float32)
    >>> add_weighted_rows(np.array([0, 2]), np.array([1, 10], "f"), table, total)
    >>> total.tolist()
    [51.0, 62.0]
    """
    if _csr_matvecs is None:
        row = csr_matrix((weights, ids, [0, len(ids)]), shape=(1, len(table)))
        total += (row @ table)[0]
    else:
        _add_by_function(_csr_matvecs, ids, weights, table, total)


def _add_by_function(csr_matvecs, ids, weights, table, total):
    bounds = np.array((0, len(ids)))
    csr_matvecs(1, *table.shape, bounds, ids, weights, table.ravel(), total)


def _function_of_scipy():
    """Return SciPy's function, or None where it cannot be relied upon."""
    example = np.array((2, 0)), np.array((1, 10), "f"), np.eye(3, 4, dtype="f")
    total = np.zeros(4, dtype="f")
    try:
        from scipy.sparse._sparsetools import csr_matvecs

        _add_by_function(csr_matvecs, *example, total)
    except Exception:  # another version may take other arguments
        return None
    return csr_matvecs if total.tolist() == [10, 0, 1, 0] else None


_csr_matvecs = _function_of_scipy()
