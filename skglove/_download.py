"""The data home, and how published files get into it: downloads and their digests."""

import contextlib
import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

__all__ = [
    "Published",
    "check_digest",
    "data_home",
    "listed",
    "obtain",
    "readable_size",
    "remove_leftovers",
    "work_folder",
]

_CHUNK = 1 << 12  # bytes; so small that what trickles in is seen to arrive
_TIMEOUT = 30  # seconds of silence
_PATIENCE = 60  # seconds, in each of which on average _SLOWEST bytes must come
_SLOWEST = 1 << 10
_LARGEST = 4 << 30  # bytes, of a file of unknown size

_WORK_SUFFIX = ".skglove-part"
_LOCK = "lock"


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
    size : int or None, default=None
        Its size in bytes, where it is known.
    """

    url: str
    digest: str | None
    file_name: str
    size: int | None = field(default=None, kw_only=True)

    @property
    def size_text(self) -> str:
        """The size for a message."""
        return "size unknown" if self.size is None else readable_size(self.size)


def readable_size(n_bytes: int) -> str:
    """Return a number of bytes in decimal units, to three digits.

    Examples
    --------
    >>> from skglove._download import readable_size
    >>> readable_size(134_300_434), readable_size(2_176_768_927), readable_size(7)
    ('134 MB', '2.18 GB', '7 bytes')
    """
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if n_bytes >= 10**power:
            return f"{n_bytes / 10**power:.3g} {unit}"
    return f"{n_bytes} bytes"


def data_home(data_home: str | os.PathLike | None = None) -> Path:
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


def listed(names) -> str:
    """Return the names as text for a message."""
    return ", ".join(map(repr, names))


def obtain(published, home, download, missing, looked_for, passed_over, ways_out):
    """Download to `home`, or raise the one error that says how to do without.

    Parameters
    ----------
    published : Published
        What to download.
    home : pathlib.Path
        The data home, created if need be.
    download : bool
        Whether it may be downloaded.
    missing, looked_for, passed_over, ways_out : str, list of str, list of str, str
        For the error: what was not found, the names under which it was looked for,
        why files were not used, and what else can be done.

    Returns
    -------
    path : pathlib.Path
        The file.

    Raises
    ------
    ValueError
        If what was downloaded does not have the published digest; nothing is kept
        then.
    FileNotFoundError
        If it could not be, or was not to be, downloaded.
    """
    path = home / published.file_name
    source = f"{published.url} ({published.size_text})"
    cause = None
    if not download:
        failure = f"download=False kept it from being fetched from {source}"
    elif path.exists():  # passed over: it is the user's, not ours to replace
        failure = f"{path} is in the way of a download from {source}"
    else:
        try:
            return _download(published, home)
        except OSError as error:  # those of requests among them
            cause = error
            failure = f"downloading {source} failed ({_reason(error)})"
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
    """Download to a work folder in `home`, check, rename; return the path."""
    path = home / published.file_name
    home.mkdir(parents=True, exist_ok=True)
    print(
        f"Downloading {published.url} ({published.size_text}) to {path}",
        file=sys.stderr,
        flush=True,
    )
    with work_folder(home, published.file_name) as folder:
        part = folder / published.file_name
        _fetch(published, part)
        _check(published, part)
        # A shared data home needs the rights that its folder gives.
        part.chmod(0o600 | home.stat().st_mode & 0o044)
        part.replace(path)
    return path


class _Transfer(threading.Thread):
    """Writes what a server sends to a file.

    In a thread, for any step may take as long as the server likes: a byte a second is
    never silent for long enough to be a timeout, be it in the headers or the body.
    """

    def __init__(self, url, path, largest):
        super().__init__(daemon=True)
        self.url, self.path, self.largest = url, path, largest
        self.n_bytes = 0
        self.announced = None
        self.abandoned = False
        self.error = None

    def run(self):
        try:
            self._receive()
        except Exception as error:
            self.error = error

    def _receive(self):
        import requests

        with (
            requests.get(
                self.url,
                stream=True,
                timeout=_TIMEOUT,
                # Some servers label a .gz as gzip-encoded, and requests would unpack
                # it.
                headers={"Accept-Encoding": "identity"},
            ) as response,
            open(self.path, "xb") as file,
        ):
            response.raise_for_status()
            length = response.headers.get("Content-Length", "")
            announced = int(length) if length.isdecimal() else None
            self._refuse_more_than(self.largest, announced or 0)
            self.announced = announced
            for chunk in response.iter_content(_CHUNK):
                if self.abandoned:
                    return
                self.n_bytes += len(chunk)
                self._refuse_more_than(self.largest, self.n_bytes)
                file.write(chunk)

    def _refuse_more_than(self, largest, n_bytes):
        if n_bytes > largest:
            raise OSError(
                f"the server sends more than {readable_size(largest)}, the most that "
                "is downloaded of this file"
            )


def _fetch(published, path):
    """Download to `path`, showing progress, unless it is too slow or too much."""
    from tqdm import tqdm

    largest = _LARGEST if published.size is None else 2 * published.size
    transfer = _Transfer(published.url, path, largest)
    since, already = time.monotonic(), 0
    transfer.start()
    try:
        with tqdm(total=published.size, unit="B", unit_scale=True, ncols=79) as bar:
            while transfer.is_alive():
                transfer.join(0.1)
                bar.total = transfer.announced or published.size
                bar.update(transfer.n_bytes - bar.n)
                seconds, arrived = time.monotonic() - since, transfer.n_bytes - already
                if seconds >= _PATIENCE and transfer.is_alive():
                    if arrived < seconds * _SLOWEST:
                        raise TimeoutError(
                            f"the server sent {arrived} bytes in {seconds:.0f} s"
                        )
                    since, already = time.monotonic(), transfer.n_bytes
            bar.total = transfer.announced or transfer.n_bytes
            bar.update(transfer.n_bytes - bar.n)
            bar.refresh()
    finally:
        transfer.abandoned = True
    error, announced = transfer.error, transfer.announced
    if error is not None and not type(error).__module__.startswith("requests"):
        raise error
    if announced is not None and transfer.n_bytes < announced:
        raise ConnectionError(
            f"the connection ended before all {announced} bytes had arrived"
        ) from error
    if error is not None:
        raise error


def _check(published, path):
    """Raise ValueError if the download is not what was published."""
    if published.digest is not None:
        check_digest(published, path, f"What {published.url} sent")
    elif not (zipfile.is_zipfile(path) or tarfile.is_tarfile(path)):
        raise ValueError(
            f"What {published.url} sent is not a whole archive; nothing was saved as "
            f"{published.file_name}. Is there a login page in between?"
        )


def check_digest(published: Published, path: Path, what: str) -> None:
    """Raise ValueError if a file does not have the published digest.

    Parameters
    ----------
    published : Published
        With a digest.
    path : pathlib.Path
        The file.
    what : str
        What the error calls it.
    """
    algorithm = str(published.digest).partition(":")[0]
    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    found = f"{algorithm}:{digest.hexdigest()}"
    if found != published.digest:
        raise ValueError(
            f"{what} is not the published {published.file_name}: its digest is "
            f"{found}, not {published.digest}. Nothing was saved or unpacked."
        )


# Work folders: what is downloaded or unpacked is renamed when it is whole. A process
# that is killed leaves its folder behind, and with it a lock that nobody holds.


@contextlib.contextmanager
def work_folder(home: Path, name: str) -> Iterator[Path]:
    """Make a folder in the data home for what is not whole yet; remove it at the end.

    Parameters
    ----------
    home : pathlib.Path
        The data home, which must exist.
    name : str
        What the folder's name starts with.

    Yields
    ------
    folder : pathlib.Path
        A new folder, which nobody else uses.
    """
    remove_leftovers(home)
    folder, lock = _locked_folder(home, name)
    try:
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _locked_folder(home, name):
    """A new folder that says by a lock that its process lives."""
    for _ in range(10):
        folder = Path(tempfile.mkdtemp(_WORK_SUFFIX, f"{name}-", home))
        lock = FileLock(folder / _LOCK, timeout=0)
        # Another process may take the folder for a leftover before it is locked.
        with contextlib.suppress(OSError, NotImplementedError):
            lock.acquire()
            if (folder / _LOCK).exists():
                break
    # Where there are no locks, nothing is taken for a leftover.
    return folder, lock


def remove_leftovers(home: Path) -> None:
    """Remove the work folders of processes that were killed.

    Parameters
    ----------
    home : pathlib.Path
        The data home. Where it cannot be written, nothing is done.
    """
    for folder in home.glob(f"*{_WORK_SUFFIX}"):
        lock = FileLock(folder / _LOCK, timeout=0)
        try:
            lock.acquire()
        except (OSError, NotImplementedError):  # Timeout is an OSError
            continue
        # Locked, for else its maker could get the lock in between.
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)  # Windows keeps open files
