"""What the published corpora have in common: finding, unpacking, reading."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import Bunch

from .. import _download
from .._download import Published, check_digest, obtain, remove_leftovers
from .._unpack import unpack

WAYS_OUT = (
    "Put the file into that folder, or name the folder that has it with data_home= "
    "or $SKGLOVE_DATA."
)


@dataclass(frozen=True)
class CorpusArchive(Published):
    """The archive of a published corpus.

    Parameters
    ----------
    folders : tuple of str
        The folder that it is unpacked to in the data home, and other names that this
        folder may have in the archive.
    max_files, max_bytes : int
        Of more files and folders, or more bytes in them, it is not unpacked.
    content_digest : str or None, default=None
        The :func:`skglove._unpack.content_digest` of the folder.
    """

    folders: tuple[str, ...]
    max_files: int
    max_bytes: int
    content_digest: str | None = None


def check_subset(subset):
    if subset not in ("train", "test", "all"):
        raise ValueError(f"subset must be 'train', 'test' or 'all'; got {subset!r}.")


def corpus_folder(archive, data_home, download_if_missing):
    """The corpus's folder in the data home, unpacked now if it is not there."""
    home = _download.data_home(data_home)
    remove_leftovers(home)
    folder = home / archive.folders[0]
    if folder.is_dir():
        return folder
    path = home / archive.file_name
    by_hand = path.is_file()
    if not by_hand:
        path = _obtain(archive, home, download_if_missing)
    try:
        if by_hand and archive.digest is not None:
            check_digest(archive, path, str(path))
        unpack(
            path,
            folder,
            roots=archive.folders,
            max_files=archive.max_files,
            max_bytes=archive.max_bytes,
            digest=archive.content_digest,
        )
    except ValueError:
        if not by_hand:  # the next call is to download it again
            path.unlink(missing_ok=True)
        raise
    return folder


def _obtain(archive, home, download):
    return obtain(
        archive,
        home,
        download,
        missing=f"the corpus {archive.file_name!r}",
        looked_for=(archive.file_name,),
        passed_over=(),
        ways_out=WAYS_OUT,
    )


_NOT_WHOLE = (
    "There is no {}: the corpus has been taken apart. Delete or move its folder, and "
    "it will be unpacked from its archive again."
)


def read_texts(folder, *, encoding, categories=None, allowed_extensions=None):
    """Read a folder of folders of texts, sorted, one class a folder."""
    missing = [name for name in categories or () if not (folder / name).is_dir()]
    if missing:
        raise FileNotFoundError(_NOT_WHOLE.format(folder / missing[0]))
    from sklearn.datasets import load_files  # slow to import

    bunch = load_files(
        folder,
        categories=categories,
        encoding=encoding,
        allowed_extensions=allowed_extensions,
        shuffle=False,
    )
    if not bunch.data:
        raise FileNotFoundError(_NOT_WHOLE.format(folder / "*" / "*"))
    return Bunch(
        # As Python's open() reads lines: load_files decodes the bytes as they are.
        data=[text.replace("\r\n", "\n").replace("\r", "\n") for text in bunch.data],
        target=bunch.target.astype(np.int64, copy=False),
        target_names=bunch.target_names,
        filenames=bunch.filenames,
    )


def describe_fetched(title, bunch, what, how):
    """The DESCR text of a fetched corpus, with the counts of what was loaded."""
    return f"""\
{title}
{"-" * len(title)}

**Data Set Characteristics:**

:Number of Instances: {len(bunch.data):,}
:Number of Classes: {len(bunch.target_names)}
:Attributes: text

{what}
Loaded with {how}.
"""
