"""The file that word vectors come from: its bytes decompressed, within bounds.

Whatever is wrong with a file is a ValueError that names it, whoever found it: zipfile
and gzip alone raise a dozen types of exceptions. What the operating system reports, as
a file that is missing, stays an OSError.
"""

import errno
import gzip
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")  # the latter: a zip without members
_GZIP_SIZE = 4  # bytes; what a gzip ends in is its size decompressed, modulo 2**32
_NAMES_SHOWN = 10
_MAX_REASON = 200  # characters
_START = 1 << 12
_CHUNK = 1 << 20

# The members of a zip that are taken for word vectors, those wanted most first.
_SUFFIXES = (".txt", ".vec", ".bin")
# Of the others zipfile decompresses as much at once as there is, a few hundred bytes
# perhaps to gigabytes.
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

# Text compresses to a half or a third, and embeddings of the largest language models
# have 12,288 dimensions. What goes beyond these bounds was hardly made as word vectors.
_MAX_RATIO = 20
_MIN_MAX_BYTES = 20_000_000
MAX_DIM = 20_000


class Source(NamedTuple):
    """A file of word vectors.

    Parameters
    ----------
    path : Path
        The file.

    member : str, default=None
        The member of a zip. None leaves it to `choose_member`.

    dim : int, default=None
        The dimension that the vectors must have. None takes what is there.

    max_bytes : int, default=None
        The most bytes to decompress. None takes 20 times the size of the file, and at
        least 20 MB.
    """

    path: Path
    member: str | None = None
    dim: int | None = None
    max_bytes: int | None = None


class Stream:
    """The bytes of a source, decompressed.

    Parameters
    ----------
    path : Path
        The file, for messages.

    raw : file object
        What to read from.

    member : str or None
        None if the file is not compressed, "" for gzip, or the member of a zip.

    size : int
        How many bytes there will be; of a gzip of 4 GiB or more, or of several parts,
        at least so many.

    max_bytes : int or None
        How many bytes there may be.
    """

    def __init__(
        self,
        path: Path,
        raw: IO[bytes] | gzip.GzipFile,
        member: str | None,
        size: int,
        max_bytes: int | None,
    ):
        self.member, self.size = member, size
        self._path, self._raw, self._max_bytes = path, raw, max_bytes
        self._n_read = 0
        if max_bytes is not None and size > max_bytes:
            raise self._too_large()

    def read(self, size: int) -> bytes:
        """Read `size` bytes, fewer at the end only."""
        with named_errors(self._path):
            data = self._raw.read(size)
        return self._counted(data)

    def readline(self, size: int) -> bytes:
        """Read to the end of the line, or `size` bytes."""
        with named_errors(self._path):
            data = self._raw.readline(size)
        return self._counted(data)

    def _counted(self, data):
        self._n_read += len(data)
        if self._max_bytes is not None and self._n_read > self._max_bytes:
            raise self._too_large()
        return data

    def _too_large(self):
        return too_large(self._path, self._max_bytes)


@contextmanager
def open_stream(source: Source) -> Iterator[Stream]:
    """Open a source, whatever it is compressed with.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is a folder, or damaged, or a zip without the member wanted.
    """
    path = source.path
    if path.is_dir():
        raise ValueError(f"{path} is a folder: expected a file of word vectors.")
    with ExitStack() as stack:
        file = stack.enter_context(open(path, "rb"))
        magic = file.read(4)
        packed_size = file.seek(0, 2)
        size, member = packed_size, None
        max_bytes = max_bytes_of(source, packed_size)
        if magic.startswith(_GZIP_MAGIC):
            file.seek(max(packed_size - _GZIP_SIZE, 0))
            size, member = int.from_bytes(file.read(), "little"), ""
            file.seek(0)
            if size > max_bytes:  # or the end is damaged: to read on tells
                with gzip.open(file) as raw:
                    stream = Stream(path, raw, member, 0, max_bytes)
                    while stream.read(_CHUNK):
                        pass
                file.seek(0)
                size = 0
            raw = stack.enter_context(gzip.open(file))
        elif magic in _ZIP_MAGICS:
            with named_errors(path):
                archive = stack.enter_context(zipfile.ZipFile(file))
                names = archive.namelist()
            member = choose_member(path, names, member=source.member, dim=source.dim)
            with named_errors(path):
                info = archive.getinfo(member)
                check_readable(path, info)
                raw = stack.enter_context(archive.open(info))
            size = info.file_size
        else:
            file.seek(0)
            raw, max_bytes = file, None
        yield Stream(path, raw, member, size, max_bytes)


def list_members(path: Path) -> list[str] | None:
    """Return the names of the members if a file is a zip, or claims to be; else None.

    Raises
    ------
    ValueError
        If the zip is damaged.
    """
    with open(path, "rb") as file:
        is_zip = file.read(4) in _ZIP_MAGICS
    if not is_zip and path.suffix.lower() != ".zip":
        return None
    with named_errors(path), zipfile.ZipFile(path) as archive:
        return archive.namelist()


def choose_member(
    path: Path,
    names: Sequence[str],
    *,
    member: str | None = None,
    dim: int | None = None,
) -> str:
    """Choose the member of a zip that holds the word vectors.

    Parameters
    ----------
    path : Path
        The zip, for messages.

    names : list of str
        The names of its members.

    member : str, default=None
        The member wanted, with or without its folder.

    dim : int, default=None
        The dimension wanted, which tells members apart by their names.

    Returns
    -------
    name : str
        The member's name.

    Raises
    ------
    ValueError
        If there is no such member, or more than one.

    Examples
    --------
    >>> from pathlib import Path
    >>> from skglove.vectors._source import choose_member
    >>> names = ["glove/glove.6B.50d.txt", "glove/glove.6B.100d.txt", "LICENSE"]
    >>> choose_member(Path("glove.zip"), names, dim=100)
    'glove/glove.6B.100d.txt'
    >>> choose_member(Path("glove.zip"), names, member="glove.6B.50d.txt")
    'glove/glove.6B.50d.txt'
    """
    if member is not None:
        wanted = repr(member)
        found = [name for name in names if name == member]
        if not found:
            found = [name for name in names if PurePosixPath(name).name == member]
    else:
        found, wanted = [], "one text of word vectors"
        for suffix in _SUFFIXES:
            # A Mac adds a "._" member of its own to each file that it compresses.
            found = [
                name
                for name in names
                if name.endswith(suffix) and not name.startswith("__MACOSX/")
            ]
            if found:
                break
        if dim is not None and len(found) > 1:
            found = [name for name in found if f".{dim}d." in name]
            wanted = f"one text of {dim} dimensions"
    if len(found) != 1:
        shown = ", ".join(repr(name[:80]) for name in names[:_NAMES_SHOWN]) or "nothing"
        more = f" and {len(names) - _NAMES_SHOWN} more" * (len(names) > _NAMES_SHOWN)
        raise ValueError(
            f"{path} does not hold {wanted}. It holds {shown}{more}. Choose one of "
            "them with `member` of WordVectors.from_file."
        )
    return found[0]


def check_readable(path, info):
    """Refuse members that zipfile cannot read."""
    if info.flag_bits & 1:
        raise ValueError(
            f"{path} is encrypted, which is not supported. Extract {info.filename!r} "
            "and pass its path."
        )
    if info.compress_type not in _COMPRESSIONS:
        raise ValueError(
            f"{path} uses compression method {info.compress_type}, which is not "
            f"supported. Extract {info.filename!r} and pass its path."
        )


@contextmanager
def named_errors(path: Path, problem: str = "is damaged or cut off") -> Iterator[None]:
    """Turn what a reader of archives raises into a ValueError that names the file."""
    try:
        yield
    except Exception as error:
        # To seek before the beginning, as an archive may demand, is invalid.
        number = getattr(error, "errno", None)
        if number is not None and number != errno.EINVAL:
            reason = getattr(error, "strerror", None)
            raise OSError(number, reason, str(path)) from error
        reason = str(error)[:_MAX_REASON] or type(error).__name__
        raise ValueError(f"{path} {problem} ({reason}). Get the file again.") from error


def read_start(source: Source) -> bytes:
    """Read the first bytes, decompressed, which tell the format."""
    with open_stream(source) as stream:
        return stream.read(_START)


def read_ahead(read: Callable[[], bytes]) -> Generator[bytes, None, None]:
    """Yield what a function reads until that is nothing; read on in another thread.

    Decompressing takes longer than most of what is done with the bytes, and takes a
    core of its own.
    """
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(read)
        while block := coming.result():
            coming = reader.submit(read)
            yield block


def too_large(path: Path, max_bytes: int) -> ValueError:
    """Return the error of a file that decompresses to too much."""
    return ValueError(
        f"{path} holds more than {max_bytes:,} bytes once decompressed, "
        "which is more than word vectors in a file of its size should. If you trust "
        "it, pass a larger max_bytes to WordVectors.from_file."
    )


def max_bytes_of(source: Source, packed_size: int) -> int:
    """Return the most bytes that a compressed file may hold."""
    if source.max_bytes is not None:
        return source.max_bytes
    return max(_MAX_RATIO * packed_size, _MIN_MAX_BYTES)


def check_dim(path: Path, found: int, dim: int | None) -> None:
    """Refuse a dimension that is not the one wanted, or larger than any in use."""
    if dim is not None and found != dim:
        raise ValueError(f"{path} has vectors of {found} dimensions, not of {dim}.")
    if dim is None and found > MAX_DIM:
        raise ValueError(
            f"{path} has vectors of {found:,} dimensions, more than {MAX_DIM:,}. If "
            f"that is right, pass dim={found} to WordVectors.from_file."
        )


def is_count(field: bytes) -> bool:
    """Tell whether a field is a whole number of a sensible length."""
    return field.isdigit() and len(field) <= 18
