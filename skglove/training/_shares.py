"""How much each part of a sum of scores counts, found on texts held back."""

import numpy as np
from scipy.optimize import minimize, minimize_scalar


def find_shares(
    scores, targets, *, activation, prior, strength, sample_weight=None
) -> np.ndarray:
    """Weigh the scores of several parts, and find the temperature of their sum.

    The shares minimize the Brier score of the held-back texts: a log loss looks at a
    few texts that are far off, of which margins have many. A temperature for all then
    minimizes the log loss [1]_.

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

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On Calibration of Modern Neural
       Networks", ICML 2017.
    """
    stacked = np.stack(scores).astype(np.float64)
    n_texts = stacked.shape[1]
    weight = np.ones(n_texts) if sample_weight is None else sample_weight
    y = targets.astype(np.float64)
    softmax = activation == "softmax"

    def probabilities(shares):
        z = np.tensordot(shares, stacked, 1)
        if not softmax:
            return 1 / (1 + np.exp(-np.clip(z, -500, 500)))
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def brier(shares):
        p = probabilities(shares)
        away = p - y
        mean = (p * away).sum(axis=1, keepdims=True) if softmax else p * away
        slope = 2 * p * (away - mean) * weight[:, np.newaxis]
        pull = shares - prior
        value = (away**2).sum(axis=1) @ weight + strength * 0.1 * (pull**2).sum()
        gradient = (stacked * slope).sum(axis=(1, 2)) + strength * 0.2 * pull
        return value / n_texts, gradient / n_texts

    bounds = [(0, None)] * len(prior)
    shares = minimize(brier, prior, jac=True, method="L-BFGS-B", bounds=bounds).x

    def log_loss(log_scale):
        p = np.clip(probabilities(np.exp(log_scale) * shares), 1e-15, 1 - 1e-15)
        of_truth = np.log(p) * y if softmax else np.log(np.where(y > 0, p, 1 - p))
        return -(of_truth.sum(axis=1) @ weight)

    return shares * np.exp(minimize_scalar(log_loss, bounds=(-2, 2)).x)
