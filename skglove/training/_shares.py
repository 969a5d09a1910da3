"""How much each part of a sum of scores counts, found on texts held back."""

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from ..networks._calibration import MIN_SPREAD, spread_of, tempered

# Few, as what is held back is little.
_POWERS = (0.0, 0.25, 0.5, 0.75)


def find_shares(
    scores, targets, *, activation, prior, strength, sample_weight=None
) -> tuple[np.ndarray, float, float]:
    """Weigh the scores of several parts, and find the temperature of their sum.

    The shares minimize the Brier score of the held-back texts: a log loss looks at a
    few texts that are far off, of which margins have many. A temperature for all then
    minimizes the log loss [1]_, with a softmax together with how much it depends on
    the text: see :func:`skglove.networks._calibration.tempered`. Their classes are
    taken to be as sure as if one more text had been of all classes, by their parts of
    all texts [2]_: else a few texts that are all scored right would make every
    prediction certain.

    Parameters
    ----------
    scores : list of ndarray of shape (n_texts, n_outputs)
        The scores of each part.

    targets : ndarray of shape (n_texts, n_outputs), dtype=bool
        The classes of each text.

    activation : {"softmax", "sigmoid"}
        What makes probabilities of the sum.

    prior : ndarray of shape (n_parts,)
        What the shares are drawn to.

    strength : float
        How many texts that is worth.

    sample_weight : ndarray of shape (n_texts,), default=None
        Weights of the texts.

    Returns
    -------
    shares : ndarray of shape (n_parts,)
        The shares, none negative.

    power, typical : float
        Those of `tempered`.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On Calibration of Modern Neural
       Networks", ICML 2017.
    .. [2] J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999: targets
       that are not quite 0 and 1.
    """
    stacked = np.stack(scores).astype(np.float64)
    n_texts = stacked.shape[1]
    weight = np.ones(n_texts) if sample_weight is None else sample_weight
    y = targets.astype(np.float64)
    softmax = activation == "softmax"

    def probabilities_of(z):
        if not softmax:
            return 1 / (1 + np.exp(-np.clip(z, -500, 500)))
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def brier(shares):
        p = probabilities_of(np.tensordot(shares, stacked, 1))
        away = p - y
        mean = (p * away).sum(axis=1, keepdims=True) if softmax else p * away
        slope = 2 * p * (away - mean) * weight[:, np.newaxis]
        pull = shares - prior
        value = (away**2).sum(axis=1) @ weight + strength * 0.1 * (pull**2).sum()
        gradient = (stacked * slope).sum(axis=(1, 2)) + strength * 0.2 * pull
        return value / n_texts, gradient / n_texts

    bounds = [(0, None)] * len(prior)
    shares = minimize(brier, prior, jac=True, method="L-BFGS-B", bounds=bounds).x

    of_all = weight @ y / max(weight.sum(), np.finfo(float).tiny)
    smoothed = (n_texts * y + of_all) / (n_texts + 1)

    def log_loss(logits):
        p = np.clip(probabilities_of(logits), 1e-15, 1 - 1e-15)
        of_truth = smoothed * np.log(p)
        if not softmax:
            of_truth += (1 - smoothed) * np.log(1 - p)
        return -(of_truth.sum(axis=1) @ weight)

    logits = np.tensordot(shares, stacked, 1)
    typical = float(np.median(spread_of(logits)))
    found = []
    for power in _POWERS if softmax else (0.0,):
        z = tempered(logits, power, typical)
        best = minimize_scalar(
            lambda log_scale, z=z: log_loss(np.exp(log_scale) * z), bounds=(-2, 2)
        )
        found.append((best.fun, power, np.exp(best.x)))
    _, power, scale = min(found)
    return shares * scale, power, float(max(MIN_SPREAD, typical * scale))
