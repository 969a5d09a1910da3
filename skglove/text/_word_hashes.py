"""Hashes of words that lie end to end: known ones are found without a `bytes` of each.

Words with the same hash count as the same word. Two different ones have it with a
probability of 2**-64.
"""

import hashlib
from functools import cache

import numpy as np

# A word's bytes are the coefficients of a polynomial in this odd number, modulo 2**64.
# Its inverse makes the hash the same wherever in a text the word is.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
# Powers for at least and at most so many bytes are kept.
_MIN_BITS, _MAX_BITS = 14, 19

_VALUES = np.arange(1, 257, dtype=np.uint64)
_IS_SPACE = np.array([bytes([byte]).isspace() for byte in range(256)])


def bounds_of_words(data: bytes) -> np.ndarray:
    """Find the words between ASCII whitespace, as `bytes.split` does.

    Parameters
    ----------
    data : bytes
        A space, texts, and another space.

    Returns
    -------
    bounds : ndarray of shape (2 * n_words,), dtype=int64
        Where each word starts and where it stops, counted from behind the first space.

    Examples
    --------
    >>> from skglove.text._word_hashes import bounds_of_words
    >>> bounds_of_words(b" a cat ").tolist()
    [0, 1, 2, 5]
    """
    is_space = _IS_SPACE.take(np.frombuffer(data, np.uint8))
    return (is_space[1:] != is_space[:-1]).nonzero()[0]


def hash_words(data: bytes, bounds: np.ndarray) -> np.ndarray:
    """Hash words.

    Parameters
    ----------
    data : bytes
        Any byte, and the words.

    bounds : ndarray of shape (2 * n_words,), dtype=int64
        Where each word starts and where it stops, counted from behind the first byte.

    Returns
    -------
    hashes : ndarray of shape (n_words,), dtype=int64
        The hashes.

    Examples
    --------
    >>> from skglove.text._word_hashes import bounds_of_words, hash_words
    >>> text = b" a cat and a dog "
    >>> hashes = hash_words(text, bounds_of_words(text)).tolist()
    >>> hashes[0] == hashes[3], len(set(hashes))
    (True, 4)
    """
    if len(data) <= 1 << _MAX_BITS:
        return _values_of_polynomials(data, bounds)
    if len(bounds) > 2:
        half = len(bounds) // 4 * 2
        cut = int(bounds[half])
        halves = (data[: cut + 1], bounds[:half]), (data[cut:], bounds[half:] - cut)
        return np.concatenate([hash_words(*words) for words in halves])
    words = [data[start + 1 : end + 1] for start, end in bounds.reshape(-1, 2).tolist()]
    if words and len(words[0]) < 1 << _MAX_BITS:
        return _values_of_polynomials(b" " + words[0], bounds - bounds[0])
    digests = [hashlib.blake2b(word, digest_size=8).digest() for word in words]
    return np.frombuffer(b"".join(digests), dtype=np.int64)


def _values_of_polynomials(data, bounds):
    """Return the hashes of words of bytes for which powers are kept."""
    powers, inverses = _powers(max(_MIN_BITS, (len(data) - 1).bit_length()))
    sums = _VALUES.take(np.frombuffer(data, np.uint8))
    sums *= powers[: len(data)]
    # Up to before each byte behind the first one.
    np.add.accumulate(sums, out=sums)
    sums = sums.take(bounds)
    hashes = sums[1::2] - sums[::2]
    hashes *= inverses.take(bounds[::2])
    return hashes.view(np.int64)


@cache
def _powers(n_bits):
    """Return `2**n_bits` powers of base and inverse."""
    factors = np.empty((2, 1 << n_bits), dtype=np.uint64)
    factors[:] = [[_BASE], [_INVERSE]]
    factors[:, 0] = 1
    return np.multiply.accumulate(factors, axis=1)
