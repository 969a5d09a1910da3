"""Probabilities that are as often right as they say: a temperature of each text."""

import numpy as np

# Of logits that are all the same, what their spread is taken for.
MIN_SPREAD = 1e-3


def spread_of(logits: np.ndarray) -> np.ndarray:
    """Return how far each text's largest logit is above their mean, as a column."""
    # Not their methods `max` and `mean`: for one text these take as long as the rest.
    largest = np.maximum.reduce(logits, axis=1, keepdims=True)
    mean = np.add.reduce(logits, axis=1, keepdims=True) / logits.shape[1]
    return np.maximum(largest - mean, MIN_SPREAD)


def tempered(logits: np.ndarray, power: float, typical: float) -> np.ndarray:
    """Divide the logits of each text by a temperature that grows with their spread.

    One temperature for all texts leaves those that are clear too sure and those that
    are not too unsure where there are many classes; with a temperature of each text
    [1]_ both are as often right as they say. The order of a text's classes remains.

    Parameters
    ----------
    logits : ndarray of shape (n_texts, n_outputs), dtype=float32
        The logits.

    power : float
        The temperature is `(spread / typical) ** power`, with the spread of the text:
        see :func:`spread_of`. 0 leaves the logits as they are.

    typical : float
        The spread whose temperature is 1.

    Returns
    -------
    logits : ndarray of shape (n_texts, n_outputs), dtype=float32
        What a softmax makes probabilities of.

    References
    ----------
    .. [1] S. A. Balanya, J. Maronas, D. Ramos, "Adaptive Temperature Scaling for Robust
       Calibration of Deep Neural Networks", 2022, arXiv:2208.00461.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove.networks._calibration import tempered
    >>> logits = np.array([[8, 0, -8], [2, 0, -2]], dtype=np.float32)
    >>> tempered(logits, power=0.5, typical=2.0).tolist()
    [[4.0, 0.0, -4.0], [2.0, 0.0, -2.0]]
    """
    if not power:
        return logits
    return logits * (np.float32(typical) / spread_of(logits)) ** np.float32(power)
