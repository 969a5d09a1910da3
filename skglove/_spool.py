"""Arrays that come in parts: in memory, or in a temporary file that is mapped."""

from tempfile import TemporaryFile, gettempdir

import numpy as np


class ArrayParts:
    """Put the parts of a one-dimensional array one after another.

    Parameters
    ----------
    dtype : dtype
        The type of the array.

    on_disk : bool
        Whether it lies in a temporary file, in the folder of `tempfile.gettempdir()`,
        which the system reads into memory as far as there is room. The file goes when
        nothing refers to the array any more, also where the process is killed.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove._spool import ArrayParts
    >>> parts = ArrayParts(np.int32, on_disk=True)
    >>> parts.add([1, 2])
    >>> parts.add([3])
    >>> parts.joined().tolist()
    [1, 2, 3]
    """

    def __init__(self, dtype, on_disk):
        self.dtype = np.dtype(dtype)
        self.length = 0
        self._parts = []
        self._file = TemporaryFile(prefix="skglove-") if on_disk else None

    def add(self, values):
        """Add a part at the end.

        Raises
        ------
        OSError
            If the disk is full; it names the folder.
        """
        part = np.ascontiguousarray(values, dtype=self.dtype)
        self.length += len(part)
        if self._file is None:
            self._parts.append(part)
            return
        try:
            self._file.write(part.data)
            self._file.flush()
        except OSError as error:
            message = f"The temporary file of the texts cannot be written ({error})"
            raise OSError(error.errno, message, gettempdir()) from error

    def joined(self):
        """Return the array. No part can be added afterwards."""
        if self._file is None:
            parts, self._parts = self._parts, None
            if len(parts) == 1:
                return parts[0]
            return np.concatenate([np.empty(0, self.dtype), *parts])
        with self._file as file:
            if not self.length:  # nothing to map
                return np.empty(0, self.dtype)
            return np.memmap(file, self.dtype, mode="r+", shape=(self.length,))


def is_on_disk(array) -> bool:
    """Tell whether an array is mapped from a file."""
    return isinstance(array, np.memmap)
