"""The original 20 Newsgroups."""

import re
from collections.abc import Sequence
from os import PathLike
from typing import Literal, overload

import numpy as np
from sklearn.utils import Bunch, check_random_state

from .._download import listed
from ._corpora import (
    CorpusArchive,
    check_subset,
    corpus_folder,
    describe_fetched,
    read_texts,
)

# No digest of the archive was ever published. That of its content was computed from an
# unpacked copy.
_NEWS20_ARCHIVE = CorpusArchive(
    url="https://www.cs.cmu.edu/afs/cs.cmu.edu/project/theo-20/www/data/news20.tar.gz",
    digest=None,
    file_name="news20.tar.gz",
    folders=("20_newsgroups", "20_newsgroup"),
    max_files=40_000,  # twice the 19,997 posts
    max_bytes=200_000_000,  # of 46 MB
    content_digest=(
        "sha256:eb5c4b4ad2a8e2315c870e853bc4617391636ebcdf47fad8451159a519228ad0"
    ),
)
_NEWS20_SEED = 1337
_NEWS20_TEST_FRACTION = 0.2


@overload
def fetch_news20(
    *,
    subset: str = ...,
    categories: Sequence[str] | None = ...,
    remove: Sequence[str] = ...,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[False] = ...,
) -> Bunch: ...


@overload
def fetch_news20(
    *,
    subset: str = ...,
    categories: Sequence[str] | None = ...,
    remove: Sequence[str] = ...,
    data_home: str | PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[True],
) -> tuple[list[str], np.ndarray]: ...


def fetch_news20(
    *,
    subset: str = "all",
    categories: Sequence[str] | None = None,
    remove: Sequence[str] = (),
    data_home: str | PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Bunch | tuple[list[str], np.ndarray]:
    """Load the original 20 Newsgroups posts, downloading them if needed.

    These are the 19,997 posts with their headers that the Keras examples on
    pre-trained word embeddings train on. :func:`sklearn.datasets.fetch_20newsgroups`
    loads another version of the collection: 18,846 posts, without duplicates and
    some headers, split by date.

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        "all" gives the posts sorted by newsgroup and file name. "train" and "test"
        are the split of the Keras example [1]_: the sorted posts shuffled by
        ``RandomState(1337)``, and the last 20 % of them, rounded down, held out:
        15,998 and 3,999 posts.

    categories : list of str, default=None
        The newsgroups to load; None means all 20. The split is that of all posts,
        whatever is loaded of it.

    remove : tuple, default=()
        What to drop from each post, any of:

        - "headers": all up to the first blank line. They name the group, or a sender
          or host that writes to few: accuracy with them says little of the texts;
        - "footers": what looks like a signature, from the last line on that is blank
          or hyphens only;
        - "quotes": lines that look like quoted from another post, or as introducing
          it;
        - "first_ten_lines": the first ten lines, as the Keras example [1]_ does,
          whatever is on them. Not together with "headers".

        The first three do what they do in
        :func:`sklearn.datasets.fetch_20newsgroups`. The blog post [2]_ drops the
        headers, but keeps the blank line.

    data_home : str or os.PathLike, default=None
        The folder with the data; None means ``$SKGLOVE_DATA``, or
        ``~/.cache/skglove`` where that is unset. Its folder ``20_newsgroups`` is
        read. If there is none, it is unpacked from ``news20.tar.gz`` in the same
        place, which stays there.

    download_if_missing : bool, default=True
        Whether to download the archive if neither it nor the folder is there.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : list of str of length n_samples
            The posts, decoded as Latin-1.
        target : ndarray of shape (n_samples,), dtype=int64
            The labels, as places in `target_names`.
        target_names : list of str of length 20
            The newsgroups, sorted.
        filenames : ndarray of shape (n_samples,), dtype=str
            The path of each post.
        DESCR : str
            The description of the dataset.

    (data, target) : tuple if ``return_X_y`` is True
        The list of posts and the array of labels described above.

    Raises
    ------
    ValueError
        If `subset`, `categories` or `remove` has what is none of the above, or the
        archive is damaged, has other content than the published one, or has anything
        but files and folders that lie inside its folder.
    FileNotFoundError
        If the data is not there, and could not be downloaded or
        `download_if_missing` is False.

    References
    ----------
    .. [1] F. Chollet, "Using pre-trained word embeddings", Keras code examples,
       2020. https://keras.io/examples/nlp/pretrained_word_embeddings/
    .. [2] F. Chollet, "Using pre-trained word embeddings in a Keras model", The
       Keras Blog, 2016.
       https://blog.keras.io/using-pre-trained-word-embeddings-in-a-keras-model.html
    .. [3] K. Lang, "NewsWeeder: Learning to filter netnews", Proceedings of the
       Twelfth International Conference on Machine Learning, 1995, pp. 331-339.

    Examples
    --------
    >>> from skglove.datasets import fetch_news20
    >>> train = fetch_news20(
    ...     subset="train", remove=("first_ten_lines",)
    ... )  # doctest: +SKIP
    >>> len(train.data), len(train.target_names)  # doctest: +SKIP
    (15998, 20)
    """
    check_subset(subset)
    removers = _removers(remove)
    folder = corpus_folder(_NEWS20_ARCHIVE, data_home, download_if_missing)
    bunch = read_texts(folder, encoding="latin-1")
    chosen = _places(subset, len(bunch.data))
    if categories is not None:
        labels = _labels(categories, bunch.target_names)
        chosen = chosen[np.isin(bunch.target[chosen], labels)]
        bunch.target = np.searchsorted(labels, bunch.target)
        bunch.target_names = [bunch.target_names[label] for label in labels]
    bunch.data = [_without(removers, bunch.data[i]) for i in chosen]
    bunch.target = bunch.target[chosen]
    bunch.filenames = bunch.filenames[chosen]
    if return_X_y:
        return bunch.data, bunch.target
    bunch.DESCR = describe_fetched(
        "20 Newsgroups, the original posts",
        bunch,
        "Posts to 20 newsgroups of 1993, as collected by Ken Lang.",
        f"subset={subset!r}, categories={categories!r}, remove={remove!r}",
    )
    return bunch


def _places(subset, n_samples):
    """Places, in sorted order, of the posts of a subset."""
    if subset == "all":
        return np.arange(n_samples)
    # The example shuffles two lists in place, each by a generator of its own with
    # the same seed: both come out in this order.
    order = check_random_state(_NEWS20_SEED).permutation(n_samples)
    n_train = n_samples - int(_NEWS20_TEST_FRACTION * n_samples)
    return order[:n_train] if subset == "train" else order[n_train:]


def _labels(categories, target_names):
    """The labels of the categories, sorted."""
    if isinstance(categories, str) or not np.iterable(categories):
        raise ValueError(f"categories must be a list of str; got {categories!r}.")
    categories = list(categories)
    unknown = [name for name in categories if name not in target_names]
    if unknown or not categories:
        raise ValueError(
            f"categories must have one or more of {listed(target_names)}; got "
            f"{categories!r}."
        )
    return sorted({target_names.index(name) for name in categories})


def _without(removers, text):
    for remover in removers:
        text = remover(text)
    return text


def _removers(remove):
    """The functions that do to a post what `remove` asks for, in their order."""
    known = isinstance(remove, list | tuple) and all(
        isinstance(name, str) and name in _REMOVERS for name in remove
    )
    if not known or {"headers", "first_ten_lines"} <= set(remove):
        raise ValueError(
            f"remove must be a tuple of {listed(_REMOVERS)}, without "
            "'first_ten_lines' or without 'headers', or an empty one; got "
            f"{remove!r}."
        )
    return [remover for name, remover in _REMOVERS.items() if name in remove]


def _without_first_ten_lines(text):
    return "\n".join(text.split("\n")[10:])


def _without_headers(text):
    _, _, body = text.partition("\n\n")
    return body


def _without_footer(text):
    lines = text.strip().split("\n")
    ends = [i for i, line in enumerate(lines) if not line.strip().strip("-")]
    return "\n".join(lines[: ends[-1]]) if ends and ends[-1] > 0 else text


_QUOTED = re.compile(
    r"writes in|writes:|wrote:|says:|said:|^In article|^Quoted from|^[|>]"
)


def _without_quotes(text):
    return "\n".join(line for line in text.split("\n") if not _QUOTED.search(line))


_REMOVERS = {
    "first_ten_lines": _without_first_ten_lines,
    "headers": _without_headers,
    "footers": _without_footer,
    "quotes": _without_quotes,
}
