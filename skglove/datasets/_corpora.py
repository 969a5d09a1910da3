"""What the published corpora have in common: finding, unpacking, reading."""

import gzip
import tarfile
import tempfile
import zlib
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from ..vectors import _catalogue as pretrained


def check_subset(subset):
    if subset not in ("train", "test", "all"):
        raise ValueError(f"subset must be 'train', 'test' or 'all'; got {subset!r}.")


def corpus_folder(archive_name, folder_name, data_home, download_if_missing):
    """The corpus's folder in the data home, unpacked now if it is not there."""
    folder = pretrained.data_home(data_home) / folder_name
    if not folder.is_dir():
        archive = pretrained.fetch_archive(
            archive_name, data_home=data_home, download=download_if_missing
        )
        _unpack(archive, folder)
    return folder


def _unpack(archive, folder):
    """Unpack the folder of that name from a tar archive: all of it, or nothing."""
    if not hasattr(tarfile, "data_filter"):
        raise RuntimeError(
            f"This Python cannot unpack {archive} safely: update it to 3.10.12, "
            f"3.11.4 or later, or unpack the archive by hand in {folder.parent}."
        )
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=f"{folder.name}-", suffix=".part"
    ) as temporary:
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(temporary, filter=_refuse_outside)
        except tarfile.FilterError as error:
            raise ValueError(
                f"{archive} is not the published archive, and nothing of it was "
                f"unpacked: {error}"
            ) from error
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{archive} is damaged or cut off, and nothing of it was unpacked "
                f"({error}): delete it, and get it again."
            ) from error
        unpacked = Path(temporary, folder.name)
        if not unpacked.is_dir():
            raise ValueError(f"{archive} has no folder {folder.name!r}.")
        try:
            unpacked.rename(folder)
        except OSError:
            # Another process may have unpacked it meanwhile.
            if not folder.is_dir():
                raise


def _refuse_outside(member, path):
    """tarfile's data filter, which takes absolute names for relative ones."""
    if member.name.startswith("/"):
        raise tarfile.AbsolutePathError(member)
    return tarfile.data_filter(member, path)


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
