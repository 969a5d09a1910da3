"""Support vectors, one class against the rest, by scikit-learn's solver."""

import threading

import numpy as np
from sklearn.svm import LinearSVC

# Far from converged: the sum with the other parts does not get better by more.
_TOL = 0.3

# liblinear's random generator is global: solved in threads, the same seed would not
# give the same bits.
_SOLVING = threading.Lock()


def support_vectors(rows, targets, sample_weight, *, C, seed):
    """Solve the squared hinge loss, one class against the rest.

    Parameters
    ----------
    rows : csr_matrix of shape (n_texts, n_features)
        The texts.

    targets : ndarray of shape (n_texts, n_outputs), dtype=bool
        The classes of each text.

    sample_weight : ndarray of shape (n_texts,) or None
        Weights of the texts.

    C : float
        Inverse of the regularization.

    seed : int
        Seeds the solver.

    Returns
    -------
    table : ndarray of shape (n_features, n_outputs), dtype=float32
        The coefficients.

    intercept : ndarray of shape (n_outputs,), dtype=float32
        The intercepts.
    """
    rows = rows.astype(np.float64, copy=False)
    if not rows.has_sorted_indices:
        rows = rows.sorted_indices()
    n_outputs = targets.shape[1]
    table = np.zeros((rows.shape[1], n_outputs), dtype=np.float32)
    intercept = np.full(n_outputs, -1, dtype=np.float32)
    if n_outputs > 1 and (np.count_nonzero(targets, axis=1) == 1).all():
        # All at once: liblinear takes over the rows only once.
        classes = targets.argmax(axis=1)
        found = np.unique(classes)
        if len(found) == 1:
            intercept[found] = 1
        else:
            coefficients, constants = _solve(rows, classes, sample_weight, C, seed)
            if len(found) == 2:  # scikit-learn solves for the second
                coefficients = np.vstack([-coefficients, coefficients])
                constants = np.append(-constants, constants)
            table[:, found], intercept[found] = coefficients.T, constants
        return table, intercept
    for i, target in enumerate(targets.T):
        if target.all():
            intercept[i] = 1
        elif target.any():
            coefficients, constants = _solve(rows, target, sample_weight, C, seed)
            table[:, i], intercept[i] = coefficients[0], constants[0]
    return table, intercept


def _solve(rows, classes, sample_weight, C, seed):
    svm = LinearSVC(C=C, tol=_TOL, dual=True, random_state=seed)
    with _SOLVING:
        svm.fit(rows, classes, sample_weight=sample_weight)
    return svm.coef_, svm.intercept_
