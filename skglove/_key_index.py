"""Where keys are in a list of many: by hashing, and by bisection."""

import numpy as np

# Multiplicative hashing (Knuth, "The Art of Computer Programming", volume 3, 6.4): the
# first bits of a key's product with an odd number, one for each of two tables.
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93], dtype=np.uint64)
# How many keys there are at most beside the places of one table. With more, some keys
# find none.
_MOST_TAKEN = 0.8
# Keys that are not made to collide have all found a place after some ten.
_MAX_TURNS = 100


class KeyIndex:
    """Where each of many keys is, by cuckoo hashing [1]_.

    A key has a place in each of two tables, and is in one of them: one that finds its
    place taken takes it, and that which was there goes to the other table. Those that
    find no place in many turns are looked up by bisection.

    Parameters
    ----------
    keys : ndarray of shape (n_keys,), dtype=int64
        The keys, all different.

    References
    ----------
    .. [1] R. Pagh, F. F. Rodler, "Cuckoo Hashing", Journal of Algorithms 51, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove._key_index import KeyIndex
    >>> index = KeyIndex(np.array([5, 3, 8]))
    >>> index.find(np.array([8, 4, 3])).tolist()
    [2, -1, 1]
    >>> index.add(np.array([4]))
    >>> index.find(np.array([8, 4, 3])).tolist()
    [2, 3, 1]
    """

    def __init__(self, keys: np.ndarray) -> None:
        # Behind one that stands for places that are not taken.
        self._keys = np.concatenate([np.zeros(1, dtype=np.int64), keys])
        self._set_up()

    def __reduce__(self):
        # Rebuilt sooner than read.
        return KeyIndex, (self.keys,)

    def __len__(self) -> int:
        return len(self._keys) - 1

    @property
    def keys(self) -> np.ndarray:
        """The keys, by their places."""
        return self._keys[1:]

    def add(self, keys: np.ndarray) -> None:
        """Put more keys behind those there are, all of them new."""
        n_before = len(self._keys)
        self._keys = np.concatenate([self._keys, keys])
        if len(self) > _MOST_TAKEN * self._size:
            self._set_up()
        else:
            self._place(np.arange(n_before, len(self._keys), dtype=np.int32))

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
        # Few calls: for the words of one text, calls are what takes the time.
        hashes = np.multiply.outer(_FACTORS, wanted.view(np.uint64)) >> self._shift
        hashes = hashes.view(np.int64)
        hashes[1] += self._size
        found = self._tables.take(hashes)
        found *= self._keys.take(found) == wanted
        places = np.subtract(np.maximum(found[0], found[1]), 1, dtype=np.int64)
        if len(self._rest):
            (lacks,) = (places < 0).nonzero()
            place = find(self._keys[self._rest], wanted[lacks])
            places[lacks] = np.append(self._rest - 1, -1)[place]
        return places

    def _set_up(self):
        n_bits = max(1, int(len(self) / _MOST_TAKEN).bit_length())
        self._size, self._shift = 1 << n_bits, np.uint64(64 - n_bits)
        # One behind the other.
        self._tables = np.zeros(2 * self._size, dtype=np.int32)
        self._rest = np.empty(0, dtype=np.int32)
        self._place(np.arange(1, len(self._keys), dtype=np.int32))

    def _place(self, waiting):
        """Find a place for the keys of some numbers."""
        for turn in range(_MAX_TURNS):
            if not len(waiting):
                return
            which = turn % 2
            keys = self._keys[waiting].view(np.uint64)
            hashes = ((keys * _FACTORS[which]) >> self._shift).view(np.int64)
            table = self._tables[which * self._size : (which + 1) * self._size]
            before = table[hashes]
            table[hashes] = waiting
            # Of several that want one place, the last one written has it.
            has_place = table[hashes] == waiting
            before = before[has_place]
            waiting = np.concatenate([waiting[~has_place], before[before > 0]])
        rest = np.concatenate([self._rest, waiting])
        self._rest = rest[self._keys[rest].argsort()]


def find(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the place of each wanted key among ascending ones, -1 where it lacks.

    By bisection, which takes no index: for keys that are looked up once.
    """
    if not len(keys):
        return np.full(len(wanted), -1)
    place = keys.searchsorted(wanted)
    place[keys.take(place, mode="clip") != wanted] = -1
    return place
