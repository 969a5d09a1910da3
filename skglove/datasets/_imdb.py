"""The IMDB reviews."""

from os import PathLike
from typing import Literal, overload

import numpy as np
from sklearn.utils import Bunch

from ._corpora import (
    CorpusArchive,
    check_subset,
    corpus_folder,
    describe_fetched,
    read_texts,
)

_IMDB_ARCHIVE = CorpusArchive(
    url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    digest="sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    file_name="aclImdb_v1.tar.gz",
    size=84_125_825,
    folders=("aclImdb",),
    max_files=200_000,  # twice the 100,000 reviews
    max_bytes=1_000_000_000,
)


@overload
def fetch_imdb(
    *,
    subset: str = ...,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[False] = ...,
) -> Bunch: ...


@overload
def fetch_imdb(
    *,
    subset: str = ...,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[True],
) -> tuple[list[str], np.ndarray]: ...


def fetch_imdb(
    *,
    subset: str = "train",
    data_home: str | PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Bunch | tuple[list[str], np.ndarray]:
    """Load the Large Movie Review Dataset, downloading it if needed.

    50,000 English film reviews from IMDB, half of them negative (at most 4 of 10
    points) and half positive (at least 7) [1]_. The 50,000 reviews without labels
    that come with them are not loaded.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The published split, 25,000 reviews each; "all" is "train" followed by
        "test". Each half lists negative reviews, then positive ones, by file name:
        shuffle before you cut a part off.

    data_home : str or os.PathLike, default=None
        The folder with the data; None means ``$SKGLOVE_DATA``, or
        ``~/.cache/skglove`` where that is unset. Its folder ``aclImdb`` is read. If
        there is none, it is unpacked from ``aclImdb_v1.tar.gz`` in the same place,
        which stays there.

    download_if_missing : bool, default=True
        Whether to download the archive if neither it nor the folder is there.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : list of str of length n_samples
            The reviews, with their HTML line breaks.
        target : ndarray of shape (n_samples,), dtype=int64
            0 for negative, 1 for positive.
        target_names : list of str of length 2
            ``["neg", "pos"]``.
        filenames : ndarray of shape (n_samples,), dtype=str
            The path of each review.
        DESCR : str
            The description of the dataset.

    (data, target) : tuple if ``return_X_y`` is True
        The list of reviews and the array of labels described above.

    Raises
    ------
    ValueError
        If `subset` is none of the above, or the archive is damaged, is not the
        published one, or has anything but files and folders that lie inside its folder.
    FileNotFoundError
        If the data is not there, and could not be downloaded or
        `download_if_missing` is False.

    References
    ----------
    .. [1] A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng and C. Potts,
       "Learning word vectors for sentiment analysis", Proceedings of the 49th
       Annual Meeting of the Association for Computational Linguistics, 2011,
       pp. 142-150. https://ai.stanford.edu/~amaas/data/sentiment/

    Examples
    --------
    >>> from skglove.datasets import fetch_imdb
    >>> train = fetch_imdb(subset="train")  # doctest: +SKIP
    >>> len(train.data), train.target_names  # doctest: +SKIP
    (25000, ['neg', 'pos'])
    """
    check_subset(subset)
    folder = corpus_folder(_IMDB_ARCHIVE, data_home, download_if_missing)
    halves = [
        read_texts(
            folder / half,
            encoding="utf-8",
            categories=["neg", "pos"],
            allowed_extensions=[".txt"],
        )
        for half in (("train", "test") if subset == "all" else (subset,))
    ]
    bunch = Bunch(
        data=[text for half in halves for text in half.data],
        target=np.concatenate([half.target for half in halves]),
        target_names=halves[0].target_names,
        filenames=np.concatenate([half.filenames for half in halves]),
    )
    if return_X_y:
        return bunch.data, bunch.target
    bunch.DESCR = describe_fetched(
        "Large Movie Review Dataset",
        bunch,
        "Film reviews from IMDB, negative or positive, as collected by Maas et al.",
        f"subset={subset!r}",
    )
    return bunch
