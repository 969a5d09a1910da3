"""Banking77: what customers ask their bank."""

import csv
from os import PathLike
from typing import Literal, overload

import numpy as np
from sklearn.utils import Bunch

from .. import _download
from .._download import Published, obtain, remove_leftovers
from ._corpora import WAYS_OUT, check_subset, describe_fetched

_FOLDER = "banking77"
_URL = (
    "https://raw.githubusercontent.com/PolyAI-LDN/task-specific-datasets/"
    "57ec275d8078af65b7731c2a98be812d844a6d6b/banking_data/"
)
_FILES = {
    "train": Published(
        url=f"{_URL}train.csv",
        digest="sha256:b06e26ac675513959a63135f11b94ea7786ed02da65db93a5650d8838cbc664b",
        file_name="train.csv",
        size=839_073,
    ),
    "test": Published(
        url=f"{_URL}test.csv",
        digest="sha256:d12d6e3bc4c3103966ae786dc435913c0c563dfa328f5a3646d0e62cfeeb474d",
        file_name="test.csv",
        size=239_961,
    ),
}
_COLUMNS = ["text", "category"]


@overload
def fetch_banking77(
    *,
    subset: str = ...,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[False] = ...,
) -> Bunch: ...


@overload
def fetch_banking77(
    *,
    subset: str = ...,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[True],
) -> tuple[list[str], np.ndarray]: ...


def fetch_banking77(
    *,
    subset: str = "train",
    data_home: str | PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Bunch | tuple[list[str], np.ndarray]:
    """Load the Banking77 queries, downloading them if needed.

    13,083 English questions of customers to their bank, of 12 words on average, each
    with one of 77 intents [1]_.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The published split of 10,003 and 3,080 queries; "all" is "train" followed by
        "test". Each lists one intent after the other: shuffle before you cut a part
        off.

    data_home : str or os.PathLike, default=None
        The folder with the data; None means ``$SKGLOVE_DATA``, or
        ``~/.cache/skglove`` where that is unset. ``banking77/train.csv`` and
        ``banking77/test.csv`` in it are read, each with a column "text" and a column
        "category".

    download_if_missing : bool, default=True
        Whether to download the files that are not there.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : list of str of length n_samples
            The queries.
        target : ndarray of shape (n_samples,), dtype=int64
            The labels, as places in `target_names`.
        target_names : list of str of length 77
            The intents, sorted.
        DESCR : str
            The description of the dataset.

    (data, target) : tuple if ``return_X_y`` is True
        The list of queries and the array of labels described above.

    Raises
    ------
    ValueError
        If `subset` is none of the above, a file does not have such columns, or a
        download does not have the published digest.
    FileNotFoundError
        If the data is not there, and could not be downloaded or
        `download_if_missing` is False.

    References
    ----------
    .. [1] I. Casanueva, T. Temčinas, D. Gerz, M. Henderson and I. Vulić, "Efficient
       intent detection with dual sentence encoders", Proceedings of the 2nd Workshop
       on NLP for ConvAI, 2020. https://arxiv.org/abs/2003.04807

    Examples
    --------
    >>> from skglove.datasets import fetch_banking77
    >>> train = fetch_banking77(subset="train")  # doctest: +SKIP
    >>> len(train.data), len(train.target_names)  # doctest: +SKIP
    (10003, 77)
    """
    check_subset(subset)
    folder = _download.data_home(data_home) / _FOLDER
    remove_leftovers(folder)
    # Both are read, for the places in target_names to be the same in both.
    halves = {
        half: _read(_find(published, folder, download_if_missing))
        for half, published in _FILES.items()
    }
    names = sorted({category for rows in halves.values() for _, category in rows})
    chosen = halves if subset == "all" else (subset,)
    rows = [row for half in chosen for row in halves[half]]
    place = {name: i for i, name in enumerate(names)}
    bunch = Bunch(
        data=[text for text, _ in rows],
        target=np.array([place[category] for _, category in rows], dtype=np.int64),
        target_names=names,
    )
    if return_X_y:
        return bunch.data, bunch.target
    bunch.DESCR = describe_fetched(
        "Banking77",
        bunch,
        "Questions of customers to their bank, as collected by Casanueva et al.; "
        "CC BY 4.0.",
        f"subset={subset!r}",
    )
    return bunch


def _find(published, folder, download):
    path = folder / published.file_name
    if path.is_file():
        return path
    return obtain(
        published,
        folder,
        download,
        missing=f"{published.file_name!r} of Banking77",
        looked_for=(published.file_name,),
        passed_over=(),
        ways_out=WAYS_OUT,
    )


def _read(path):
    """The (text, category) of each row."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            columns = reader.fieldnames
            rows = [tuple(row.get(name) for name in _COLUMNS) for row in reader]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(
                f"{path} cannot be read at line {reader.line_num + 1}: {error}."
            ) from error
    if not rows or any(None in row for row in rows):
        raise ValueError(
            f"{path} must have rows with the columns {_COLUMNS[0]!r} and "
            f"{_COLUMNS[1]!r}; its columns are {columns or []}, and it has "
            f"{len(rows)} rows. Delete or move it, and it will be downloaded."
        )
    return rows
