"""Unpacking tar archives that may be anybody's.

Python's tarfile is not relied upon for more than reading one header: its filter for
data was got around by links (CVE-2025-4517) and its reading of extended headers made
to hang (CVE-2024-6232, CVE-2025-8194), each on Pythons still in use. What corpora are
made of, regular files and folders, takes one pass through the archive and no links.
"""

import gzip
import hashlib
import os
import re
import tarfile
import zlib
from pathlib import Path

from ._download import readable_size, work_folder

__all__ = ["content_digest", "unpack"]

_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1 << 20
_LONGEST_NAME = 255  # bytes, of a file or folder
_DEEPEST = 8  # folders within each other
_LARGEST_EXTENDED_HEADER = 1 << 16
# What an archive has besides the content of its files: headers and padding, each file
# perhaps with an extended header, and what fills the last record.
_OVERHEAD, _OVERHEAD_PER_MEMBER = 1 << 20, 4 * _BLOCK
# Names that lead elsewhere on Windows, whatever follows the dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|\ud800-\udfff]|[ .]$')


class _Refused(ValueError):
    """Why an archive is not unpacked."""


def unpack(
    archive: Path,
    folder: Path,
    *,
    roots: tuple[str, ...],
    max_files: int,
    max_bytes: int,
    digest: str | None = None,
) -> None:
    """Unpack a folder from a gzipped tar archive: all of it, or nothing.

    Only regular files and folders are unpacked, into a new folder beside `folder`,
    which is renamed at the end. An archive with anything else, or with a name that
    would lead out of the target, is refused.

    Parameters
    ----------
    archive : pathlib.Path
        The archive, a ``.tar.gz``.
    folder : pathlib.Path
        The folder to make. Where another process makes it meanwhile, that one is kept.
    roots : tuple of str
        The names that the folder may have in the archive.
    max_files : int
        The most files and folders that the archive may have.
    max_bytes : int
        The most bytes that its files may have together.
    digest : str, default=None
        The :func:`content_digest` that the folder must have; None means any.

    Raises
    ------
    ValueError
        If the archive is damaged, cut off or without the folder, has other content
        than the digest says, has links, devices or names that lead outside, or is
        larger than allowed.
    OSError
        If the archive cannot be read, or its content cannot be written.
    """
    by_hand = (
        f"Get it again or, if you trust it, unpack it by hand in {folder.parent}, as "
        f"{folder.name!r}."
    )
    with work_folder(folder.parent, folder.name) as work:
        target = work / "content"
        target.mkdir()
        try:
            _extract(archive, target, max_files, max_bytes)
            root = _root(target, roots)
            if digest is not None and (found := content_digest(root)) != digest:
                raise _Refused(f"the digest of its content is {found}, not {digest}")
        except _Refused as error:
            raise ValueError(
                f"{archive} is not the published archive, and nothing of it was "
                f"unpacked: {error}. {by_hand}"
            ) from error
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{archive} is damaged or cut off, and nothing of it was unpacked "
                f"({error}). {by_hand}"
            ) from error
        except OSError as error:
            if error.filename is not None:
                raise
            raise OSError(
                error.errno, f"{archive} was not unpacked: {error.strerror}"
            ) from error
        try:
            root.rename(folder)
        except OSError:
            # Another process may have unpacked it meanwhile.
            if not folder.is_dir():
                raise


def content_digest(folder: Path) -> str:
    """Return a digest over the names and contents of all files of a folder.

    It is the SHA-256 of lines that have the SHA-256 of a file, two spaces and the
    file's name from the folder on, with ``/`` between folders, sorted by the names'
    bytes. In the folder, a shell computes it by
    ``find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum``.

    Parameters
    ----------
    folder : pathlib.Path
        The folder. Empty folders in it make no difference.

    Returns
    -------
    digest : str
        ``"sha256:"`` and 64 hexadecimal digits.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skglove._unpack import content_digest
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "frog").write_text("green")
    ...     content_digest(Path(folder))
    'sha256:...'
    """
    names = sorted(
        os.fsencode(Path(parent, name).relative_to(folder).as_posix())
        for parent, _, files in os.walk(folder)
        for name in files
    )
    whole = hashlib.sha256()
    for name in names:
        content = Path(folder, os.fsdecode(name)).read_bytes()
        whole.update(hashlib.sha256(content).hexdigest().encode())
        whole.update(b"  " + name + b"\n")
    return f"sha256:{whole.hexdigest()}"


def _root(target, roots):
    """The one folder of what was unpacked that is wanted."""
    for name in roots:
        if (target / name).is_dir():
            return target / name
    raise _Refused(f"it has no folder {roots[0]!r}")


def _extract(archive, target, max_files, max_bytes):
    """Write the archive's files and folders into the target, which is empty."""
    n_files = n_bytes = 0
    with gzip.open(archive) as file:
        stream = _Stream(file, max_bytes + _OVERHEAD + max_files * _OVERHEAD_PER_MEMBER)
        for member in _members(stream):
            n_files += 1
            if n_files > max_files:
                raise _Refused(f"it has more than {max_files:,} files and folders")
            path = target.joinpath(*_checked_parts(member.name))
            try:
                if member.isdir():
                    path.mkdir(parents=True, exist_ok=True)
                    continue
                n_bytes += member.size
                _refuse_more_than(max_bytes, n_bytes)
                path.parent.mkdir(parents=True, exist_ok=True)
                with open(path, "xb") as copy:
                    stream.copy(member.size, copy)
            except (FileExistsError, NotADirectoryError) as error:
                raise _Refused(f"it has {member.name!r} twice") from error
            stream.skip(-member.size % _BLOCK)


def _members(stream):
    """The headers of files and folders; the stream then is at the content."""
    while header := stream.read(_BLOCK):
        if not header.strip(b"\0"):
            break
        # Of what it understands, this reads no more than the header itself.
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        if member.size < 0:
            raise tarfile.ReadError(f"the size of {member.name!r} is {member.size}")
        if member.type in (tarfile.XHDTYPE, tarfile.XGLTYPE):
            _skip_extended_header(stream, member)
        elif member.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE):
            yield member
        else:
            kind = _KINDS.get(member.type, f"of type {member.type!r}")
            raise _Refused(f"{member.name!r} is {kind}, not a file or folder")
    stream.skip_rest()


_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.GNUTYPE_LONGNAME: "an over-long name",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}


def _skip_extended_header(stream, member):
    """Skip what is said in it of times and owners; refuse what is said of the file."""
    if member.size > _LARGEST_EXTENDED_HEADER:
        raise _Refused(f"it has an extended header of {member.size:,} bytes")
    content = stream.read(member.size)
    for keyword in (b" path=", b" size=", b" linkpath=", b" GNU.sparse."):
        if keyword in content:
            keyword = keyword.decode().strip(" =.")
            raise _Refused(f"it has an extended header for the {keyword} of a file")
    stream.skip(-member.size % _BLOCK)


def _checked_parts(name):
    """The parts of a member's name, each of which is a plain name everywhere."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if (
        name.startswith("/")
        or not 0 < len(parts) <= _DEEPEST
        or ".." in parts
        or any(
            _NOT_IN_NAMES.search(part)
            or _DEVICES.fullmatch(part)
            or len(os.fsencode(part)) > _LONGEST_NAME
            for part in parts
        )
    ):
        raise _Refused(f"it has the name {name!r}")
    return parts


def _refuse_more_than(max_bytes, n_bytes):
    if n_bytes > max_bytes:
        raise _Refused(f"its files have more than {readable_size(max_bytes)}")


class _Stream:
    """What an archive is decompressed to, read once from front to back."""

    def __init__(self, file, max_bytes):
        self._file = file
        self._max_bytes = self._left = max_bytes

    def read(self, size):
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _Refused(f"it has more than {readable_size(self._max_bytes)}")
        return data

    def copy(self, size, file):
        while size:
            data = self.read(min(size, _CHUNK))
            if not data:
                raise EOFError("it ends within a file")
            file.write(data)
            size -= len(data)

    def skip(self, size):
        self.read(size)

    def skip_rest(self):
        # gzip's checksum is at the very end.
        while self.read(_CHUNK):
            pass
