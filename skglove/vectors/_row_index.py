"""A cache that finds the rows of wanted words in a file without reading all of it.

The cache of a file is an index: a 64-bit hash of each row's word and where in the file
the row starts, sorted by hash and read as a memory map. To hold the vectors
themselves, the first use would have to parse every number, which takes three times as
long as all the rest. What is compressed cannot be read from the middle, so a cache of a
compressed file opens with its content decompressed, and its index holds a checksum of
each row: rather the disk space of a decompressed file than half a second or more at
each use.

A cache is never trusted. It must have been made from the very file as it is, and with
this data home: it ends in a keyed hash (BLAKE2, RFC 7693) of all but the decompressed
rows, whose key lies there. So a cache that is damaged, or that somebody else made up,
is one that is not there, and nothing of it is interpreted before that is known.
Each row read must be that of the word and have its checksum. Where anything is wrong,
or nothing can be written, the file is read as if there were no caches, which also gives
errors their wording.
"""

import contextlib
import errno
import glob
import hashlib
import hmac
import json
import os
import secrets
import shutil
import struct
import threading
import time
from itertools import compress
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from .._download import data_home
from ._decimals import eight_bytes_from
from ._source import Source, Stream, open_stream

_VERSION = 2
_SUFFIX = ".skglove"
_FOLDER = "vectors_cache"
_MAGIC = b"skgl\r\n\x1a\n"
# Where the index starts, how many rows it has, how long the key after it is, the keyed
# hash of the index, of the key and of the three figures, the magic number.
_FIGURES = struct.Struct("<QQQ")
_N_HASH = 32
_TAIL_SIZE = _FIGURES.size + _N_HASH + len(_MAGIC)
_INTEGER = np.dtype("<u8")

_MIN_SIZE = 1 << 20  # bytes; less is read in milliseconds
_PADDING = bytes(8)
_N_SECRET = 32
_READ_BUFFER = 1 << 12
_GAP = 1 << 13  # bytes between rows that are read rather than skipped
_NUMBERS_AT_ONCE = 25_000  # parsed at once, for the processor to keep at hand
_N_SAMPLES, _SAMPLE = 16, 4096
_CHECK_SPACE_EVERY = 1 << 24  # bytes
# Seconds. Who makes a cache writes all the time; a whole one takes a minute at most.
_STALLED, _WAIT = 2, 60
# The caches whose lock this process did not get in time: it does not wait twice.
_given_up: set[Path] = set()

_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93], dtype=np.uint64)
# At [n], a mask that keeps the first n of eight characters.
_KEEP_FIRST = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)


class Rows(Protocol):
    """What a format tells about its rows; see `_text_format.Rows`."""

    def blocks(self, stream: Stream): ...
    def read(self, file, word: bytes) -> bytes: ...
    def cut(self, data: bytes, starts, words) -> list[bytes]: ...
    def split(self, rows: list[bytes]): ...
    def parse(self, numbers): ...


class _Indexed(NamedTuple):
    """A file with rows and what tells it from all others."""

    source: Source
    rows: Rows
    member: str | None
    key: bytes

    @property
    def is_compressed(self):
        return self.member is not None


def look_up(
    source: Source, rows: Rows, wanted: set[bytes]
) -> tuple[list[str], np.ndarray] | None:
    """Read the vectors of some words through a cache, which the first call makes.

    Parameters
    ----------
    source : Source
        The file; its `dim` must be set.

    rows : Rows
        How its format finds rows.

    wanted : set of bytes
        The words to read, in UTF-8.

    Returns
    -------
    found : tuple of (list of str, ndarray) or None
        The words and vectors that the format's `read` returns. None if the file is to
        be read without a cache: because it is small, or because there can be none, or
        because something is wrong with the file.
    """
    try:
        if os.path.getsize(source.path) < _MIN_SIZE:
            return None
        file = _identify(source, rows)
        places = _places(file)
        secret = _read_secret()
        if secret is not None:
            for place in places:
                found = _read_through(place, file, secret, wanted)
                if found is not None:
                    _remove_abandoned_lock(place)
                    return found
        else:
            secret = _make_secret()
        for place in places:
            # A folder that cannot be written, a disk that is full: on to the next.
            with contextlib.suppress(OSError):
                return _make_and_read_through(place, places, file, secret, wanted)
    except (OSError, ValueError):
        pass
    return None


def _identify(source, rows):
    """Describe a file so that no other passes for it, not even a later state of it."""
    with open_stream(source) as stream:
        member = stream.member
    # Links to a file share its cache.
    path = source.path.resolve()
    with open(path, "rb") as file:
        stat = os.fstat(file.fileno())
        sample = hashlib.blake2b(digest_size=16)
        last = max(stat.st_size - _SAMPLE, 0)
        for i in range(_N_SAMPLES):
            file.seek(last * i // (_N_SAMPLES - 1))
            sample.update(file.read(_SAMPLE))
    key = {
        "version": _VERSION,
        "format": type(rows).__module__,
        "size": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        # Unlike the time of the content, nobody can set this one. (Windows keeps none,
        # and shows that of the creation.)
        "ctime_ns": stat.st_ctime_ns,
        "inode": stat.st_ino,
        "sample": sample.hexdigest(),
        "member": member,
        "dim": source.dim,
    }
    key = json.dumps(key, sort_keys=True).encode()
    return _Indexed(source._replace(path=path), rows, member, key)


def _places(file):
    """Return where the cache of a file may be, the place wanted most first.

    The names depend on no content: a new cache takes the place of a stale one.
    """
    path, member = file.source.path, file.member
    name = path.name
    if member:
        name += f".{member.rpartition('/')[2]}"
    whole = hashlib.blake2b(
        f"{path}\0{member}".encode(errors="surrogateescape"), digest_size=8
    )
    return [
        path.with_name(name + _SUFFIX),
        data_home() / _FOLDER / f"{name}.{whole.hexdigest()}{_SUFFIX}",
    ]


# ---------------------------------------------------------------------------
# The key of the keyed hash
# ---------------------------------------------------------------------------


def _secret_path():
    return data_home() / _FOLDER / "key"


def _read_secret():
    """Return the key, None if there is none yet; OSError if it cannot be read."""
    try:
        secret = _secret_path().read_bytes()
    except FileNotFoundError:
        return None
    return secret if len(secret) == _N_SECRET else None


def _make_secret():
    """Make a key, unless another process has by now; OSError if that cannot be."""
    path = _secret_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path, time.monotonic() + _WAIT):
        secret = _read_secret()
        if secret is None:
            secret = secrets.token_bytes(_N_SECRET)
            part = path.with_name(f"{path.name}.part")
            part.unlink(missing_ok=True)
            try:
                part.write_bytes(b"")
                # Who may read a data home trusts what lies there, the key too.
                part.chmod(0o600 | path.parent.stat().st_mode & 0o044)
                part.write_bytes(secret)
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
    return secret


@contextlib.contextmanager
def _locked(place, until):
    """Hold the lock of a file; OSError if it cannot be had in time, or at all."""
    from filelock import FileLock, Timeout

    path = place.with_name(f"{place.name}.lock")
    try:
        lock = FileLock(path)
        while True:
            before = _progress(place)
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=max(min(_STALLED, until - time.monotonic()), 0))
                break
            if _progress(place) == before or time.monotonic() >= until:
                _given_up.add(place)
                raise OSError(errno.EBUSY, "locked", str(path))
    except NotImplementedError as error:  # this disk knows no locks
        raise OSError(errno.ENOLCK, str(error), str(path)) from error
    _given_up.discard(place)
    try:
        yield
    finally:
        # Whoever still waits for it will mostly find the file made; if not, two make
        # it at once, which costs time and no more.
        with contextlib.suppress(OSError):
            path.unlink()
        lock.release()


def _remove_abandoned_lock(place):
    """Remove the lock that a process left which was killed when the cache was made."""
    path = place.with_name(f"{place.name}.lock")
    if not path.exists():
        return
    from filelock import FileLock, Timeout

    with contextlib.suppress(OSError, Timeout, NotImplementedError):
        with FileLock(path, timeout=0):
            path.unlink()


def _progress(place):
    """Return what changes while a process makes a file."""
    parts = []
    for part in place.parent.glob(f"{glob.escape(place.name)}.*part"):
        with contextlib.suppress(OSError):
            stat = part.stat()
            parts.append((part.name, stat.st_size, stat.st_mtime_ns))
    return sorted(parts), place.exists()


# ---------------------------------------------------------------------------
# Looking up
# ---------------------------------------------------------------------------


def _read_through(place, file, secret, wanted):
    """Read the rows of words through a cache; None if it is not to be trusted."""
    try:
        with open(place, "rb", buffering=_READ_BUFFER) as cache:
            index = _open_index(cache, file, secret)
            if file.is_compressed:
                return _read_rows(cache, index, file, wanted)
            with open(file.source.path, "rb", buffering=_READ_BUFFER) as text:
                return _read_rows(text, index, file, wanted)
    except (OSError, ValueError):
        return None


def _open_index(cache, file, secret):
    """Map the index; ValueError if it is not whole, signed, and this file's."""
    end = cache.seek(0, os.SEEK_END) - _TAIL_SIZE
    cache.seek(max(end, 0))
    tail = cache.read(_TAIL_SIZE)
    figures, found = tail[: _FIGURES.size], tail[_FIGURES.size :]
    if len(tail) < _TAIL_SIZE or found[_N_HASH:] != _MAGIC:
        raise ValueError("no cache, or cut off")
    start, n_rows, n_key = _FIGURES.unpack(figures)
    n_columns = 2 + file.is_compressed
    if start + n_rows * n_columns * _INTEGER.itemsize + n_key != end:
        raise ValueError("damaged")
    cache.seek(end - n_key)
    if n_key != len(file.key) or cache.read(n_key) != file.key:
        raise ValueError("the cache of another file or version")
    index = np.memmap(
        cache, dtype=_INTEGER, mode="r", offset=start, shape=(n_columns, n_rows)
    )
    signature = _sign(secret, index, file.key, figures)
    if not hmac.compare_digest(signature, found[:_N_HASH]):
        raise ValueError("damaged, or signed with another key")
    return np.asarray(index)


def _sign(secret, index, key, figures):
    """Return the keyed hash of what a cache says."""
    hashed = hashlib.blake2b(key=secret, digest_size=_N_HASH)
    for part in (index, key, figures):
        hashed.update(part)
    return hashed.digest()


def _read_rows(text, index, file, wanted):
    """Read the rows of words; ValueError if the index leads to something else."""
    hashes, starts, *checksums = index
    wanted = list(wanted)
    wanted_hashes = _hash_list(wanted)
    left = np.searchsorted(hashes, wanted_hashes, side="left")
    n_found = np.searchsorted(hashes, wanted_hashes, side="right") - left
    # Words that occur in the file more than once, or share a hash, have several rows.
    places = np.repeat(left - n_found.cumsum() + n_found, n_found)
    places += np.arange(len(places))
    in_file_order = np.argsort(starts[places])
    places = places[in_file_order]
    owners = np.repeat(np.arange(len(wanted)), n_found)[in_file_order]
    owners = [wanted[i] for i in owners.tolist()]

    words, parsed = [], [np.empty((0, file.source.dim), dtype=np.float32)]
    n_at_once = max(_NUMBERS_AT_ONCE // file.source.dim, 1)
    for i in range(0, len(places), n_at_once):
        some, some_owners = places[i : i + n_at_once], owners[i : i + n_at_once]
        read = _read_at(text, starts[some], some_owners, file.rows)
        if checksums and not np.array_equal(_checksums(read), checksums[0][some]):
            raise ValueError("a row is damaged")
        found, numbers = file.rows.split(read)
        if found != some_owners:
            is_other = [*map(bytes.__ne__, found, some_owners)]
            same = _hash_list([*compress(found, is_other)]) == hashes[some[is_other]]
            if not same.all():
                raise ValueError("a row is that of another word")
            is_wanted = [not each for each in is_other]
            found = [*compress(found, is_wanted)]
            numbers = [*compress(numbers, is_wanted)]
        words += found
        numbers = file.rows.parse(numbers)
        if numbers is None:
            raise ValueError("a row is not numbers")
        parsed.append(numbers)
    vectors = np.concatenate(parsed)
    # As in reading, the last row of a word counts.
    last = {word: i for i, word in enumerate(words)}
    if len(last) < len(words):
        vectors = vectors[list(last.values())]
    return [word.decode() for word in last], vectors


def _read_at(text, starts, words, rows):
    """Read the rows that start at some places, in order; near ones in one go."""
    read = []
    ends = [*np.flatnonzero(np.diff(starts) > _GAP) + 1, len(starts)]
    starts, begin = starts.tolist(), 0
    for end in ends:
        first, last = starts[begin], starts[end - 1]
        text.seek(first)
        data = text.read(last - first) + rows.read(text, words[end - 1])
        some = [start - first for start in starts[begin:end]]
        read += rows.cut(data, some, words[begin:end])
        begin = end
    return read


def _checksums(rows):
    """Return a checksum of each row that nobody can find another row for."""
    # Many processors have instructions for this one.
    checksums = b"".join([hashlib.sha256(row).digest() for row in rows])
    return np.frombuffer(checksums, dtype=_INTEGER).reshape(len(rows), 4)[:, 0]


# ---------------------------------------------------------------------------
# Making
# ---------------------------------------------------------------------------


def _make_and_read_through(place, places, file, secret, wanted):
    """Make a cache, or let another process do it, and look words up in it."""
    if _is_of_another_user(place):
        # To replace it would make that user replace it again, and so on.
        raise OSError(errno.EPERM, "the cache of another user", str(place))
    part = place.with_name(f"{place.name}.{os.getpid()}-{threading.get_ident()}.part")
    place.parent.mkdir(parents=True, exist_ok=True)
    # Whether this can be written shows here: on Windows, a lock whose file can never
    # be made is waited for.
    part.touch()
    part.unlink(missing_ok=True)
    until = time.monotonic() + (0 if place in _given_up else _WAIT)
    with _locked(place, until):
        found = _read_through(place, file, secret, wanted)
        if found is None:
            _make(place, part, file, secret)
            found = _read_through(place, file, secret, wanted)
            for other in set(places) - {place}:
                with contextlib.suppress(OSError):
                    if not _is_of_another_user(other):
                        other.unlink()
        return found


def _is_of_another_user(place):
    try:
        return place.stat().st_uid != os.getuid()
    except (OSError, AttributeError):  # there is none; there are no users on Windows
        return False


def _make(place, part, file, secret):
    """Write the cache of a file under a temporary name, then give it its own."""
    for left_over in place.parent.glob(f"{glob.escape(place.name)}.*.part"):
        with contextlib.suppress(OSError):
            left_over.unlink()
    try:
        with open(part, "wb") as cache:
            _write(cache, file, secret)
        if _identify(file.source, file.rows).key != file.key:
            raise ValueError("the file changed while it was read")
        os.replace(part, place)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _write(cache, file, secret):
    """Write the rows if they are compressed, the index, what it is the index of."""
    columns, start, checked = [], 0, 0
    with open_stream(file.source) as stream:
        if file.is_compressed:
            _check_space(cache, 2 * stream.size)
        with contextlib.closing(file.rows.blocks(stream)) as blocks:
            for block, starts, lengths, ends in blocks:
                data = np.frombuffer(block + _PADDING, dtype=np.uint8)
                column = [_hash(data, starts, lengths), starts.astype(np.uint64)]
                column[1] += np.uint64(start)
                if file.is_compressed:
                    view = memoryview(block)
                    places = zip(starts.tolist(), ends.tolist(), strict=True)
                    column.append(_checksums([view[a:b] for a, b in places]))
                    cache.write(block)
                columns.append(column)
                start += len(block)
                if start - checked > _CHECK_SPACE_EVERY:
                    checked = start
                    if file.is_compressed:
                        _check_space(cache, start)
                    os.utime(cache.name)  # a sign of life for those who wait
    index = [np.concatenate(each) for each in zip(*columns, strict=True)]
    order = np.argsort(index[0])
    index = np.stack([each[order] for each in index], dtype=_INTEGER)
    cache.write(bytes(-cache.tell() % _INTEGER.itemsize))
    figures = _FIGURES.pack(cache.tell(), index.shape[1], len(file.key))
    cache.write(index)
    cache.write(file.key)
    cache.write(figures)
    cache.write(_sign(secret, index, file.key, figures))
    cache.write(_MAGIC)


def _check_space(cache, n_bytes):
    """Refuse to take more than half of the space there is: others need it too."""
    folder = os.path.dirname(cache.name)
    if shutil.disk_usage(folder).free < n_bytes:
        raise OSError(errno.ENOSPC, "too little space for a cache", folder)


def _hash_list(words):
    """Hash a list of bytes."""
    lengths = np.array([len(word) for word in words], dtype=np.intp)
    data = np.frombuffer(b"".join(words) + _PADDING, dtype=np.uint8)
    return _hash(data, lengths.cumsum() - lengths, lengths)


def _hash(data, starts, lengths):
    """Hash words within bytes, at least eight of which follow each word's start.

    A word's characters go in eight at a time, padded with zeros; so does its length.
    """
    eight_from = eight_bytes_from(data)
    hashes = lengths.astype(np.uint64)
    longer, n_hashed = np.arange(len(starts)), 0
    while len(longer):
        left = np.minimum(lengths[longer] - n_hashed, 8)
        characters = eight_from[starts[longer] + n_hashed] & _KEEP_FIRST[left]
        mixed = (hashes[longer] * _MULTIPLIERS[0] ^ characters) * _MULTIPLIERS[1]
        hashes[longer] = mixed ^ (mixed >> np.uint64(32))
        n_hashed += 8
        longer = longer[lengths[longer] > n_hashed]
    return hashes
