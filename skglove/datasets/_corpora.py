"""What the published corpora have in common: finding, unpacking, reading."""

import numpy as np
from sklearn.utils import Bunch

from .. import _download

_WAYS_OUT = (
    "Put the file into that folder, or name the folder that has it with data_home= "
    "or $SKGLOVE_DATA."
)


def check_subset(subset):
    if subset not in ("train", "test", "all"):
        raise ValueError(f"subset must be 'train', 'test' or 'all'; got {subset!r}.")


def corpus_folder(archive, folder_name, data_home, download_if_missing):
    """The corpus's folder in the data home, unpacked now if it is not there."""
    folder = _download.data_home(data_home) / folder_name
    if not folder.is_dir():
        path = fetch_archive(archive, data_home, download_if_missing)
        _download.unpack(path, folder)
    return folder


def fetch_archive(archive, data_home, download):
    """The path of a published archive in the data home, downloaded if need be."""
    path = _download.data_home(data_home) / archive.file_name
    if path.is_file():
        return path
    return _download.obtain(
        archive,
        path.parent,
        download,
        missing=f"the corpus {archive.file_name!r}",
        looked_for=(archive.file_name,),
        passed_over=(),
        ways_out=_WAYS_OUT,
    )


_NOT_WHOLE = (
    "There is no {}: the corpus has been taken apart. Delete or move its folder, and "
    "it will be unpacked from its archive anew."
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
