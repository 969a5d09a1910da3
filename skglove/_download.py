"""The data home, and how published files get into it: downloads, digests, archives."""

import contextlib
import gzip
import os
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Published", "data_home", "listed", "obtain", "unpack"]


@dataclass(frozen=True)
class Published:
    """A file as its publisher offers it.

    Parameters
    ----------
    url : str
        Where it is downloaded from.
    digest : str or None
        ``"sha256:..."`` or ``"md5:..."``. None where no digest was ever
        published: nothing can then be checked but that the download was whole
        and is an archive.
    file_name : str
        Its name in the data home.
    """

    url: str
    digest: str | None
    file_name: str


def data_home(data_home=None):
    """Return the folder that holds word vectors and corpora.

    It is not created before something is downloaded into it.

    Parameters
    ----------
    data_home : str or os.PathLike, default=None
        The folder; None means ``$SKGLOVE_DATA``, and ``~/.cache/skglove`` where
        that is unset or empty. A leading ``~`` is expanded.

    Returns
    -------
    path : pathlib.Path
        The folder, which need not exist.

    Examples
    --------
    >>> from skglove._download import data_home
    >>> data_home("vectors").name
    'vectors'
    """
    if data_home is None:
        data_home = os.environ.get("SKGLOVE_DATA") or "~/.cache/skglove"
    return Path(data_home).expanduser()


def listed(names):
    """The names as text for a message."""
    return ", ".join(map(repr, names))


def obtain(published, home, download, missing, looked_for, passed_over, ways_out):
    """Download to `home`, or raise the one error that says how to do without."""
    path = home / published.file_name
    cause = None
    if not download:
        failure = f"download=False kept it from being fetched from {published.url}"
    elif path.exists():  # passed over: it is the user's, not ours to replace
        failure = f"{path} is in the way of a download from {published.url}"
    else:
        try:
            return _download(published, home)
        except OSError as error:  # those of requests among them
            cause = error
            failure = f"downloading {published.url} failed ({_reason(error)})"
    raise FileNotFoundError(
        " ".join(
            [
                f"Did not find {missing} in {home}, and {failure}.",
                f"Looked for {listed(looked_for)}.",
                *passed_over,
                ways_out,
            ]
        )
    ) from cause


def _reason(error):
    """A few words on why a download failed: what requests says fills many lines."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP status {response.status_code}"
    if type(error).__module__.startswith("requests"):
        return type(error).__name__
    return str(error)


def _download(published, home):
    """Download to a temporary name in `home`, check, rename; return the path."""
    import pooch

    http = pooch.HTTPDownloader(
        progressbar=True,
        chunk_size=2**16,
        # Some servers label a .gz as gzip-encoded, and requests would unpack it.
        headers={"Accept-Encoding": "identity"},
        hooks={"response": _enforce_length},
    )

    def download(url, output_file, pooch):
        http(url, output_file, pooch)
        if published.digest is None and not _is_archive(output_file):
            raise ValueError(
                f"What {url} sent is not a whole archive; nothing was saved as "
                f"{published.file_name}. Is there a login page in between?"
            )

    with _without_digest_advice(pooch.get_logger()):
        path = pooch.retrieve(
            published.url,
            known_hash=published.digest,
            fname=published.file_name,
            path=home,
            downloader=download,
        )
    # The temporary file is its owner's alone; a shared data home needs the
    # rights that its folder gives. Another process may own the file by now.
    with contextlib.suppress(PermissionError):
        os.chmod(path, 0o600 | home.stat().st_mode & 0o044)
    return home / published.file_name


def _enforce_length(response, **kwargs):
    """Make a body shorter than announced an error, as urllib3 does from 2.0 on."""
    response.raw.enforce_content_length = True


def _is_archive(path):
    """Whether a download without a digest is a zip or a tar, as all such are."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


@contextlib.contextmanager
def _without_digest_advice(logger):
    """Keep pooch's advice to fill in a missing digest from users, who cannot."""

    def is_no_advice(record):
        return not str(record.msg).startswith("SHA256 hash of downloaded file")

    logger.addFilter(is_no_advice)
    try:
        yield
    finally:
        logger.removeFilter(is_no_advice)


def unpack(archive, folder):
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
