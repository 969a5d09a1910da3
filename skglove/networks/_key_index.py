"""Where keys are in a list of many: by hashing, and by bisection."""

import numpy as np

# Multiplicative hashing (Knuth, "The Art of Computer Programming", volume 3, 6.4): the
# first bits of a key's product with an odd number, one for each of two tables.
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93], dtype=np.uint64)


class KeyIndex:
    """Where each of many keys is.

    A key has a place in each of two tables. The few whose places are both taken by
    others are looked up by bisection.

    Parameters
    ----------
    keys : ndarray of shape (n_keys,), dtype=int64
        The keys, ascending.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove.networks._key_index import KeyIndex
    >>> KeyIndex(np.array([3, 5, 8])).find(np.array([8, 4, 3])).tolist()
    [2, -1, 0]
    """

    def __init__(self, keys: np.ndarray) -> None:
        self.keys = keys
        # So that at most half of the places are taken.
        n_bits = (2 * max(1, len(keys)) - 1).bit_length()
        self._shift = np.uint64(64 - n_bits)
        self._tables = []
        left = np.arange(len(keys), dtype=np.int32)
        for factor in _FACTORS:
            table = np.zeros(1 << n_bits, dtype=np.int32)
            place = self._hash(keys[left], factor)
            table[place] = left
            left = left[table[place] != left]
            self._tables.append(table)
        # The last one is for what `find` does not find, whose place it says is -1.
        self._rest, self._rest_keys = np.append(left, -1), keys[left]

    def __reduce__(self):
        # Rebuilt sooner than read.
        return KeyIndex, (self.keys,)

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, wanted: np.ndarray) -> np.ndarray:
        """Return the place of each wanted key, -1 where it lacks.

        Parameters
        ----------
        wanted : ndarray of shape (n,), dtype=int64
            Keys, in any order.

        Returns
        -------
        places : ndarray of shape (n,), dtype=int64
            Their places in `keys`.
        """
        if not len(self.keys):
            return np.full(len(wanted), -1)
        tables, keys = self._tables, self.keys
        found = tables[0].take(self._hash(wanted, _FACTORS[0]))
        (left,) = (keys.take(found) != wanted).nonzero()
        wanted = wanted.take(left)
        more = tables[1].take(self._hash(wanted, _FACTORS[1]))
        lacks = keys.take(more) != wanted
        more[lacks] = self._rest[find(self._rest_keys, wanted[lacks])]
        found[left] = more
        return found.astype(np.int64)

    def _hash(self, keys, factor):
        return ((keys.view(np.uint64) * factor) >> self._shift).view(np.int64)


def find(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the place of each wanted key among ascending ones, -1 where it lacks.

    By bisection, which takes no index: for keys that are looked up once.
    """
    if not len(keys):
        return np.full(len(wanted), -1)
    place = keys.searchsorted(wanted)
    place[keys.take(place, mode="clip") != wanted] = -1
    return place
