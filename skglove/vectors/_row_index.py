"""A cache that finds the rows of wanted words in a file without reading all of it.

The cache of a file is an index: a 64-bit hash of each row's word and where in the
text the row starts, sorted by hash and read as a memory map. To hold the vectors
themselves, the first use would have to parse every number, which takes three times as
long as all the rest. What is packed cannot be read from the middle, so a cache of a
packed file opens with its text: rather the disk space of an unpacked file than half a
second or more at each use.

A cache is never trusted: it must have been made from the very file, whole, and what it
leads to must be the rows of the words. Where anything is wrong, or nothing can be
written, the file is read as if there were no caches, which also gives errors their
wording.
"""

import contextlib
import errno
import glob
import hashlib
import json
import os
import shutil
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._download import data_home
from ._decimals import eight_bytes_from
from ._text_format import (
    open_lines,
    packing_of,
    parse_numbers,
    read_head,
    split_row,
)

_VERSION = 1
_SUFFIX = ".skglove"
_MAGIC = b"skgl\r\n\x1a\n"
_TAIL = struct.Struct("<II8s")
_INTEGER = np.dtype("<u8")

_MIN_SIZE = 1 << 20  # bytes; less is read in milliseconds
_BLOCK = 1 << 19  # bytes of text indexed at once, for the processor to keep at hand
_PADDING = bytes(8)
_ROW_BUFFER = 1 << 14
_NUMBERS_AT_ONCE = 25_000  # parsed at once, likewise
_N_SAMPLES, _SAMPLE = 16, 4096
_WAIT = 60  # seconds; by then a process has long read the file itself
# A text is two to three times as large as what it is packed in. Whoever has not this
# many times as much space left has better use for it.
_ROOM = 5

_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93], dtype=np.uint64)
# At [n], a mask that keeps the first n of eight characters.
_KEEP_FIRST = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)


class _Source(NamedTuple):
    """A text of word vectors and what tells it from all others."""

    path: Path
    member: str | None
    dim: int
    packing: str | None
    key: dict


def look_up(path, *, member, dim, wanted):
    """Read the vectors of some words through a cache, which the first call makes.

    Parameters
    ----------
    path : PathLike
        A file as :func:`skglove.vectors._text_format.read_vectors` takes it.

    member : str or None
        The member of a zip, or None if there is no choice.

    dim : int
        The dimension of the vectors.

    wanted : set of bytes
        The words to read, in UTF-8.

    Returns
    -------
    found : tuple of (list of str, ndarray) or None
        The words and vectors that `read_vectors` returns. None if the file is to be
        read without a cache: because it is small, or because there can be none, or
        because something is wrong with the file.
    """
    try:
        if os.path.getsize(path) < _MIN_SIZE:
            return None
        source = _identify(path, member, dim)
        places = _places(source)
        for place in places:
            found = _read_through(place, source, wanted)
            if found is not None:
                return found
        for place in places:
            # A folder that cannot be written, a disk that is full: on to the next.
            with contextlib.suppress(OSError):
                return _make_and_read_through(place, places, source, wanted)
    except (OSError, ValueError):
        pass
    return None


def _identify(path, member, dim):
    """Describe a file so that no other passes for it."""
    packing = packing_of(path, member, dim)
    # Links to a file share its cache.
    path = Path(path).resolve()
    with open(path, "rb") as file:
        stat = os.fstat(file.fileno())
        sample = hashlib.blake2b(digest_size=16)
        last = max(stat.st_size - _SAMPLE, 0)
        for i in range(_N_SAMPLES):
            file.seek(last * i // (_N_SAMPLES - 1))
            sample.update(file.read(_SAMPLE))
    key = {
        "version": _VERSION,
        "size": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        "sample": sample.hexdigest(),
        "packing": packing,
        "dim": dim,
    }
    return _Source(path, member, dim, packing, key)


def _places(source):
    """Return where the cache of a file may be, the place wanted most first.

    The names depend on no content: a new cache takes the place of a stale one.
    """
    name = source.path.name
    if source.packing:
        name += f".{source.packing.rpartition('/')[2]}"
    whole = hashlib.blake2b(
        f"{source.path}\0{source.packing}".encode(errors="surrogateescape"),
        digest_size=8,
    )
    return [
        source.path.with_name(name + _SUFFIX),
        data_home() / "vectors_cache" / f"{name}.{whole.hexdigest()}{_SUFFIX}",
    ]


# ---------------------------------------------------------------------------
# Looking up
# ---------------------------------------------------------------------------


def _read_through(place, source, wanted):
    """Read the rows of words through a cache; None if it is not to be trusted."""
    try:
        with open(place, "rb", buffering=_ROW_BUFFER) as cache:
            index = _open_index(cache, source.key)
            if source.packing is not None:
                return _read_rows(cache, index, source, wanted)
            with open(source.path, "rb", buffering=_ROW_BUFFER) as text:
                return _read_rows(text, index, source, wanted)
    except (OSError, ValueError):
        return None


def _open_index(cache, key):
    """Map the hashes and the starts of the rows; ValueError if they are not whole."""
    end = cache.seek(-_TAIL.size, os.SEEK_END)
    length, footer_crc32, magic = _TAIL.unpack(cache.read())
    cache.seek(max(end - length, 0))
    footer = cache.read(length)
    if magic != _MAGIC or zlib.crc32(footer) != footer_crc32:
        raise ValueError("no cache, or cut off")
    footer = json.loads(footer)
    if footer["key"] != key:
        raise ValueError("the cache of another file or version")
    index = np.memmap(
        cache,
        dtype=_INTEGER,
        mode="r",
        offset=footer["index_start"],
        shape=(2, footer["n_rows"]),
    )
    if zlib.crc32(index) != footer["index_crc32"]:
        raise ValueError("damaged")
    return index


def _read_rows(text, index, source, wanted):
    """Read the rows of words; ValueError if the index leads to something else."""
    hashes, starts = np.asarray(index)
    wanted = list(wanted)
    wanted_hashes = _hash_list(wanted)
    left = np.searchsorted(hashes, wanted_hashes, side="left")
    n_found = np.searchsorted(hashes, wanted_hashes, side="right") - left
    # Words that stand in the file more than once, or share a hash, have several rows.
    places = np.repeat(left - n_found.cumsum() + n_found, n_found)
    row_starts = starts[places + np.arange(len(places))]
    in_file_order = np.argsort(row_starts)
    row_starts = row_starts[in_file_order].tolist()
    owners = np.repeat(np.arange(len(wanted)), n_found)[in_file_order]

    words, parsed = [], [np.empty((0, source.dim), dtype=np.float32)]
    n_rows = max(_NUMBERS_AT_ONCE // source.dim, 1)
    for i in range(0, len(row_starts), n_rows):
        some = slice(i, i + n_rows)
        found, numbers, found_hashes = _read_lines(text, row_starts[some], source)
        if not np.array_equal(found_hashes, wanted_hashes[owners[some]]):
            raise ValueError("the text is not what was indexed")
        is_wanted = [
            word == wanted[owner]
            for word, owner in zip(found, owners[some].tolist(), strict=True)
        ]
        words += compress(found, is_wanted)
        numbers = parse_numbers(list(compress(numbers, is_wanted)), source.dim)
        if numbers is None:
            raise ValueError("a row is not numbers")
        parsed.append(numbers)
    vectors = np.concatenate(parsed)
    # As in reading, the last row of a word counts.
    last = {word: i for i, word in enumerate(words)}
    if len(last) < len(words):
        vectors = vectors[list(last.values())]
    return [word.decode() for word in last], vectors


def _read_lines(text, starts, source):
    """Read some rows: their words, the text of their numbers, their words' hashes."""
    lines = []
    for start in starts:
        text.seek(start)
        lines.append(text.readline())
    block = b"".join(lines)
    data = np.frombuffer(block + _PADDING, dtype=np.uint8)
    word_starts, lengths = _find_words(data, block, source)
    hashes = _hash(data, word_starts, lengths)
    lengths = lengths.tolist()
    words = [line[:length] for line, length in zip(lines, lengths, strict=True)]
    numbers = [
        line[length + 1 :].rstrip() for line, length in zip(lines, lengths, strict=True)
    ]
    return words, numbers, hashes


# ---------------------------------------------------------------------------
# Making
# ---------------------------------------------------------------------------


def _make_and_read_through(place, places, source, wanted):
    """Make a cache, or let another process do it, and look words up in it."""
    from filelock import FileLock, Timeout

    part = place.with_name(f"{place.name}.{os.getpid()}-{threading.get_ident()}.part")
    place.parent.mkdir(parents=True, exist_ok=True)
    # Whether this can be written shows here: on Windows, a lock whose file can never
    # be made is waited for.
    part.touch()
    part.unlink(missing_ok=True)
    lock = place.with_name(f"{place.name}.lock")
    try:
        with FileLock(lock, timeout=_WAIT):
            try:
                found = _read_through(place, source, wanted)
                if found is None:
                    _make(place, part, source)
                    found = _read_through(place, source, wanted)
                    for other in set(places) - {place}:
                        with contextlib.suppress(OSError):
                            other.unlink()
                return found
            finally:
                # Whoever still waits for it will mostly find the cache; if not, two
                # make it at once, which costs time and no more.
                with contextlib.suppress(OSError):
                    lock.unlink()
    except (Timeout, NotImplementedError):  # the latter: this disk knows no locks
        return None


def _make(place, part, source):
    """Write the cache of a file under a temporary name, then give it its own."""
    for left_over in place.parent.glob(f"{glob.escape(place.name)}.*.part"):
        with contextlib.suppress(OSError):
            left_over.unlink()
    if source.packing is not None:
        free = shutil.disk_usage(place.parent).free
        if free < _ROOM * source.key["size"]:
            raise OSError(errno.ENOSPC, "too little space for the text", str(place))
    try:
        with open(part, "wb") as file:
            _write(file, source)
        if _identify(source.path, source.member, source.dim) != source:
            raise ValueError("the file changed while it was read")
        os.replace(part, place)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _write(file, source):
    """Write the text if it is packed, the index, what it is the index of."""
    hashes, starts = [], []
    with open_lines(source.path, source.member, source.dim) as text:
        _, n_announced, _, _ = read_head(source.path, text, source.dim)
        text.seek(0)
        header = text.readline() if n_announced is not None else b""
        start = len(header)
        if source.packing is not None:
            file.write(header)
        with contextlib.closing(_read_blocks(text)) as blocks:
            for block in blocks:
                data = np.frombuffer(block + _PADDING, dtype=np.uint8)
                block_starts, lengths = _find_words(data, block, source)
                hashes.append(_hash(data, block_starts, lengths))
                starts.append((block_starts + start).astype(np.uint64))
                start += len(block)
                if source.packing is not None:
                    file.write(block)
    hashes = np.concatenate(hashes)
    if len(hashes) < max(n_announced or 0, 1):
        raise ValueError("the file is cut off")
    order = np.argsort(hashes)
    index = np.stack([hashes[order], np.concatenate(starts)[order]], dtype=_INTEGER)
    file.write(bytes(-file.tell() % _INTEGER.itemsize))
    footer = {
        "key": source.key,
        "index_start": file.tell(),
        "n_rows": len(hashes),
        "index_crc32": zlib.crc32(index),
    }
    footer = json.dumps(footer).encode()
    file.write(index)
    file.write(footer)
    file.write(_TAIL.pack(len(footer), zlib.crc32(footer), _MAGIC))


def _read_blocks(text):
    """Read whole lines, some at a time; while they are used, another thread reads on.

    Unpacking takes longer than indexing, and takes a core of its own.
    """
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_read_block, text)
        while block := coming.result():
            coming = reader.submit(_read_block, text)
            yield block


def _read_block(text):
    """Read some lines; the last ends in a line break even where the file lacks it."""
    block = text.read(_BLOCK)
    if block.endswith(b"\n"):
        return block
    block += text.readline()
    return block + b"\n" if block and not block.endswith(b"\n") else block


def _find_words(data, block, source):
    """Return where in a block of lines the words start, and how long they are."""
    dim, data = source.dim, data[: len(block)]
    is_line_end = data == ord("\n")
    ends = np.flatnonzero(is_line_end | (data == ord(" ")))
    line_ends = ends[dim :: dim + 1]
    is_plain = (
        len(line_ends) * (dim + 1) == len(ends)
        and len(line_ends) == np.count_nonzero(is_line_end)
        and is_line_end[line_ends].all()
        # No white space at the end of a line that were to be taken off.
        and (data[line_ends - 1] > ord(" ")).all()
    )
    if not is_plain:
        return _find_words_line_by_line(block, source)
    starts = np.concatenate([[0], line_ends[:-1] + 1])
    word_ends = ends[:: dim + 1]
    if not block.isascii():
        others = np.searchsorted(line_ends, np.flatnonzero(data > 127))
        for i in np.unique(others).tolist():
            block[starts[i] : word_ends[i]].decode()
    return starts, word_ends - starts


def _find_words_line_by_line(block, source):
    """The same where words hold spaces, or lines are empty or end in white space."""
    starts, lengths = [], []
    start = 0
    for line in block.split(b"\n"):
        stripped = line.rstrip()
        if stripped:
            starts.append(start)
            lengths.append(len(split_row(source.path, None, stripped, source.dim)[0]))
        start += len(line) + 1
    return np.array(starts, dtype=np.intp), np.array(lengths, dtype=np.intp)


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
