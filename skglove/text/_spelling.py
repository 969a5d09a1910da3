"""Frequent words for words outside the vocabulary that are misspelled.

Two words are near if they are the same once at most one letter has been taken out of
each: a letter was changed, dropped, added or swapped with the next. All words that a
letter was taken out of are compared by their hashes, so that no two words are.
"""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from .._key_index import find
from ._vocabulary import FIRST_WORD_ID

# In shorter words another letter makes another word; longer ones are no words.
MIN_LETTERS, MAX_LETTERS = 4, 40
# Rarer words are less likely to have been meant than ones that nobody has written yet.
_N_WORDS = 20_000

# Letters are the coefficients of a polynomial in this odd number, modulo 2**64: of its
# value, that without one of the letters follows from sums. Exported Keras models
# compute the same in TensorFlow.
_BASE = 0x9E3779B97F4A7C15
INVERSE = np.uint64(pow(_BASE, -1, 1 << 64))
POWERS = np.cumprod(
    np.r_[1, np.full(MAX_LETTERS - 1, _BASE, np.uint64)], dtype=np.uint64
)
_INVERSE, _POWERS, _BITS = int(INVERSE), POWERS.tolist(), (1 << 64) - 1
# Of so few words as one text has, arrays take longer to set up than to fill.
_FEW = 8
_REST_BITS = 44
_DIGITS = frozenset("0123456789")
_NONE = np.iinfo(np.int32).max


def keys_of_words(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Hash words, and what is left of each without one of its letters.

    Parameters
    ----------
    words : sequence of str
        Words of at most `MAX_LETTERS` letters, none empty.

    Returns
    -------
    keys : ndarray of shape (n_keys,), dtype=int64
        The hashes.

    numbers : ndarray of shape (n_keys,), dtype=int64
        The number of the word that each is of.
    """
    numbers = np.arange(len(words))
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    letters = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32)
    starts = np.cumsum(lengths) - lengths
    of_word = np.repeat(numbers, lengths)
    place = np.arange(len(letters)) - starts[of_word]
    values = (letters.astype(np.uint64) + np.uint64(1)) * POWERS[place]
    before = np.cumsum(values) - values
    before -= before[starts][of_word]
    whole = np.add.reduceat(values, starts) if len(starts) else values
    without = before + (whole[of_word] - before - values) * INVERSE
    keys = np.concatenate([whole, without]).view(np.int64)
    return keys, np.concatenate([numbers, of_word])


class NearWords:
    """The words of a vocabulary by what is left of them without a letter.

    Parameters
    ----------
    vocabulary : sequence of str
        The tokens, by falling frequency.

    Attributes
    ----------
    keys : ndarray of shape (n_keys,), dtype=int64
        The hashes, ascending.

    ids : ndarray of shape (n_keys,), dtype=int32
        The most frequent word with each.

    References
    ----------
    .. [1] W. Garbe, "SymSpell", 2012, https://github.com/wolfgarbe/SymSpell: letters
       are taken out of both the words that are known and the one that is looked for.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        ids = np.arange(FIRST_WORD_ID, min(len(vocabulary), FIRST_WORD_ID + _N_WORDS))
        ids = ids[[_is_spelled(vocabulary[i]) for i in ids.tolist()]]
        keys, numbers = keys_of_words([vocabulary[i] for i in ids.tolist()])
        order = np.argsort(keys, kind="stable")
        keys, ids = keys[order], ids[numbers[order]].astype(np.int32)
        first = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
        self.keys = keys[first]
        self.ids = np.minimum.reduceat(ids, first) if len(first) else ids
        # By their first bits, whether there are any: most that are asked for are not.
        has_start = np.zeros(1 << (64 - _REST_BITS), dtype=np.uint8)
        has_start[self.keys.view(np.uint64) >> np.uint64(_REST_BITS)] = 1
        self._has_start, self._sorted = has_start.tobytes(), self.keys.data

    def find(self, words: Sequence[bytes]) -> list[int]:
        """Return the ids of the words near some.

        Parameters
        ----------
        words : sequence of bytes
            Words outside the vocabulary, in UTF-8.

        Returns
        -------
        ids : list of int
            The id of the most frequent word near each, -1 where there is none.
        """
        decoded = [word.decode() for word in words]
        if len(words) <= _FEW:
            return [*map(self._near, decoded)]
        return self._near_many(decoded)

    def _near_many(self, words):
        """Return the id of the most frequent word near each, -1 where there is none."""
        found = np.full(len(words), _NONE, dtype=np.int32)
        asked = np.flatnonzero([_is_spelled(word) for word in words])
        if len(asked) and len(self.keys):
            keys, numbers = keys_of_words([words[i] for i in asked.tolist()])
            place = find(self.keys, keys)
            is_known = place >= 0
            places = asked[numbers[is_known]]
            np.minimum.at(found, places, self.ids[place[is_known]])
        found[found == _NONE] = -1
        return found.tolist()

    def _near(self, word):
        """Do the same for one word, in a third of the time that arrays take."""
        if not _is_spelled(word):
            return -1
        nearest, known = _NONE, self._sorted
        for key in _keys_of_word(word):
            if self._has_start[key >> _REST_BITS]:
                signed = key - (key >> 63 << 64)
                place = bisect_left(known, signed)
                if place < len(known) and known[place] == signed:
                    nearest = min(nearest, int(self.ids[place]))
        return -1 if nearest == _NONE else nearest


def _keys_of_word(word):
    """Return the keys of `keys_of_words` for one word, as unsigned numbers."""
    values = [
        (ord(letter) + 1) * power for letter, power in zip(word, _POWERS, strict=False)
    ]
    before, rest = 0, sum(values)
    keys = [rest & _BITS]
    for value in values:
        rest -= value
        keys.append((before + rest * _INVERSE) & _BITS)
        before += value
    return keys


def _is_spelled(word):
    """Tell whether a word may have been mistyped: a number has no neighbours."""
    return MIN_LETTERS <= len(word) <= MAX_LETTERS and _DIGITS.isdisjoint(word)
