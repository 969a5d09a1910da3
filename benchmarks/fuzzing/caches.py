"""Caches of word vectors."""

import zlib

import numpy as np

from .damage import INTEGERS, mutate
from .harness import RIGHT, Wrong
from .vectors import (
    ABSENT,
    PACKINGS,
    SPACED,
    WORDS,
    binary_file,
    gzipped,
    index_small_files,
    text_file,
)


def caches(folder):
    """Damaged and made-up caches of text and binary files, plain, gzip and zip."""
    from skglove import WordVectors

    index_small_files()
    files = []
    for i, content in enumerate(
        (text_file(), text_file(header=True), binary_file(b"\n"))
    ):
        for j, pack in enumerate((bytes, gzipped, PACKINGS[-1])):
            path = folder / f"vectors-{i}-{j}"
            path.write_bytes(pack(content))
            vectors = WordVectors.from_file(path)
            expected = WordVectors(vectors.words, vectors.vectors)
            WordVectors.from_file(path).matrix_for(["the"])
            (cache,) = folder.glob(f"{path.name}*.skglove")
            files.append((path, expected, cache, cache.read_bytes()))
    rng = yield
    while True:
        path, expected, cache, whole = rng.choice(files)
        other = rng.choice(files)[3]
        cache.write_bytes(_damage_cache(rng, whole, other))
        wanted = rng.sample(WORDS + SPACED + ABSENT, 12)
        matrix, known = WordVectors.from_file(path).look_up(wanted)
        right, right_known = expected.look_up(wanted)
        if not np.array_equal(matrix, right) or not np.array_equal(known, right_known):
            raise Wrong(f"other rows through {cache.name}")
        left = [each.name for each in folder.glob("*.*") if each.suffix != ".skglove"]
        if left:
            raise Wrong(f"{left} were left")
        yield RIGHT
        rng = yield


def _damage_cache(rng, whole, other):
    """Damage a cache, or make up one that is consistent but for its signature."""
    way = rng.randrange(6)
    if way < 2:
        return mutate(rng, whole)
    if way == 2:  # one flipped bit
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(data)
    if way == 3:  # that of another file
        return other
    return _make_up(rng, whole)


def _make_up(rng, whole):
    """Change the index, the rows or the figures of a cache, and sign it again."""
    import hashlib

    from skglove.vectors import _row_index as layout

    end = len(whole) - layout._TAIL_SIZE
    figures = whole[end : end + layout._FIGURES.size]
    start, n_rows, n_key = layout._FIGURES.unpack(figures)
    rows, key = bytearray(whole[:start]), whole[end - n_key : end]
    index = np.frombuffer(whole[start : end - n_key], dtype="<u8").reshape(-1, n_rows)
    index = index.copy()
    way = rng.randrange(5)
    if way == 0:  # a word is gone
        index = np.delete(index, rng.randrange(n_rows), axis=1)
    elif way == 1:  # words change places
        index[1:] = index[1:, rng.sample(range(n_rows), n_rows)]
    elif way == 2:  # no order
        index = index[:, rng.sample(range(n_rows), n_rows)]
    elif way == 3:  # places beyond the file
        index[1, rng.randrange(n_rows)] = rng.choice(INTEGERS)
    elif rows:  # a number in a row, with its checksum
        at = rng.randrange(len(rows))
        rows[at] ^= 1
        row = max(0, int(np.searchsorted(np.sort(index[1]), at, side="right")) - 1)
        index[-1, np.argsort(index[1])[row]] = zlib.crc32(rows)
    key = rng.choice([key, key, b"{" * 9_999, b"[" * 100_000, b"null", b"{}"])
    figures = layout._FIGURES.pack(start, index.shape[1], len(key))
    hashed = hashlib.blake2b(key=rng.randbytes(32), digest_size=layout._N_HASH)
    for part in (np.ascontiguousarray(index), key, figures):
        hashed.update(part)
    return b"".join(
        [rows, index.tobytes(), key, figures, hashed.digest(), layout._MAGIC]
    )
