"""Files that are damaged or made up: is every outcome right, or a clear error?

Prints for each kind of attack how many tries there were, how often what was loaded was
right, how often there was a clear error, and whatever else happened, which should be
nothing; further the slowest try (processor time) and by how much the peak memory
grew. Exits with status 1 if there was anything else.

    python benchmarks/fuzz.py                        # 200 tries of each kind
    python benchmarks/fuzz.py --tries 50000 --kind vectors
    python benchmarks/fuzz.py --kind vectors --start 1234 --tries 1   # one try again

A try depends on its kind, `--seed` and number only, so the tests run some of them too.

To add a kind, write a generator function of a folder and decorate it with `@kind`: it
makes what all tries share, then receives a `random.Random` for each try, and yields
RIGHT or ERROR. Whatever it raises is what should not be. A kind that has its own loop
is a function of the number of tries, the seed and the number of the first try that
returns a `Report`.
"""

import argparse
import gzip
import io
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zipfile
import zlib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

RIGHT, ERROR = "right", "error"
MAX_SECONDS = 5  # of the processor, which other work does not disturb
MAX_GROWTH = 500  # MB of memory
MAX_MESSAGE = 1_500

KINDS = {}


class Report(NamedTuple):
    """What came of some tries."""

    n_right: int
    n_errors: int
    others: list[str]  # whatever else happened
    slowest: float | None = None  # seconds of the processor
    growth: float | None = None  # MB of peak memory


class Wrong(Exception):
    """An outcome that should not be."""


def kind(attack):
    """Add a kind of attack."""
    KINDS[attack.__name__] = partial(_run, attack)
    return attack


def _run(attack, tries, seed=0, start=0):
    """Make some tries."""
    outcomes, others, slowest = Counter(), [], 0
    name = attack.__name__
    with tempfile.TemporaryDirectory() as folder:
        running = _start(attack, folder)
        at_start = _peak_memory()
        for i in range(start, start + tries):
            before, memory = time.process_time(), _peak_memory()
            try:
                outcomes[running.send(random.Random(f"{name} {seed} {i}"))] += 1
                next(running)
                seconds = time.process_time() - before
                if seconds > MAX_SECONDS:
                    raise Wrong(f"took {seconds:.1f} s")
                if (growth := _peak_memory() - memory) > MAX_GROWTH:
                    raise Wrong(f"took {growth:.0f} MB")
            except Exception:
                seconds = time.process_time() - before
                others.append(f"{name} {i}: {traceback.format_exc()}")
                shutil.rmtree(folder)
                os.mkdir(folder)
                running = _start(attack, folder)
            slowest = max(slowest, seconds)
        running.close()
        growth = _peak_memory() - at_start
    return Report(outcomes[RIGHT], outcomes[ERROR], others, slowest, growth)


def _start(attack, folder):
    running = attack(Path(folder))
    next(running)
    return running


def _peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ---------------------------------------------------------------------------
# Damage
# ---------------------------------------------------------------------------

_TOKENS = [
    b"\n",
    b" ",
    b"\0",
    b"\r\n",
    b"\t",
    b"-",
    b".",
    b"nan",
    b"inf",
    b"1e999",
    b"1e-999",
    b"1_0",
    b"0x1p3",
    b"9" * 400,
    b"9" * 5_000,
    b"x" * 70_000,
    b" 1" * 300,
    b"31000000 31000000\n",
    b"1 31000000\n",
    b"0 4\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"\x93NUMPY\x01\x00",
    b"(999999999999,)",
]
_INTEGERS = [0, 1, 2, 4, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**63]


def mutate(rng, data):
    """Damage bytes in one to four places, each in one of many ways."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        n = len(data)
        at = rng.randrange(n + 1)
        size = min(rng.choice([1, 1, 2, 4, 8, 30, 300]), n - at)
        way = rng.randrange(9)
        if way == 0 and n:
            data[min(at, n - 1)] ^= 1 << rng.randrange(8)
        elif way == 1 and n:
            data[min(at, n - 1)] = rng.randrange(256)
        elif way == 2:
            del data[at : at + size]
        elif way == 3:
            data[at:at] = data[at : at + size]
        elif way == 4:
            data[at:at] = rng.randbytes(size)
        elif way == 5:
            data[at : at + size] = bytes(size)
        elif way == 6:
            del data[at:]
        elif way == 7:
            token = rng.choice(_TOKENS)
            data[at : at + rng.choice([0, len(token)])] = token
        else:
            n_bytes = rng.choice([2, 4, 8])
            number = rng.choice(_INTEGERS) % 2 ** (8 * n_bytes)
            data[at : at + n_bytes] = number.to_bytes(n_bytes, "little")
    return bytes(data)


# ---------------------------------------------------------------------------
# Vectors
# ---------------------------------------------------------------------------

_DIM = 4
_WORDS = [
    *("the", "of", "frog's", "0.5", "1999", "中国", "über", "</s>", "a\tb", "\x85"),
    *(f"w{i}" for i in range(30)),
]
_SPACED = [". . .", "new york", "at a@b.c", ""]
_ABSENT = ["no such word", "[UNK]", "THE"]


def _make_vectors(n_words):
    return np.random.RandomState(0).normal(size=(n_words, _DIM)).astype(np.float32)


def _text(words=_WORDS + _SPACED, header=False, line_end="\n", separator=" "):
    lines = [f"{len(words)} {_DIM}"] * header
    for word, row in zip(words, _make_vectors(len(words)), strict=True):
        lines.append(f"{word} {separator.join(map('{:.5f}'.format, row))}")
    return "".join(line + line_end for line in lines).encode()


def _binary(end):
    rows = [
        word.encode() + b" " + row.astype("<f4").tobytes() + end
        for word, row in zip(_WORDS, _make_vectors(len(_WORDS)), strict=True)
    ]
    return b"%d %d\n" % (len(_WORDS), _DIM) + b"".join(rows)


def _zipped(content, compression, name="vectors.txt"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        # Of a fixed date, so that a try can be repeated.
        archive.writestr(zipfile.ZipInfo("README"), b"read me")
        archive.writestr(zipfile.ZipInfo(name), content, compression)
    return file.getvalue()


_gzipped = partial(gzip.compress, mtime=0)


_CONTENTS = [
    _text(),
    _text(header=True),
    _text(line_end=" \r\n"),
    b"\xef\xbb\xbf" + _text(header=True, line_end="\n\n"),
    _text(separator="  "),
    _binary(b""),
    _binary(b"\n"),
]
_COMPRESSIONS = [
    bytes,
    _gzipped,
    partial(_zipped, compression=zipfile.ZIP_STORED),
    partial(_zipped, compression=zipfile.ZIP_DEFLATED),
]


def _reference_rows(data, dim):
    """Read word vectors again, one by one and in another way; None if they are none."""
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        elif data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = [name for name in archive.namelist() if name.endswith(".txt")]
                data = archive.read(names[0])
    except Exception:
        return None
    return [rows for rows in (_text_rows(data, dim), _binary_rows(data, dim)) if rows]


def _text_rows(data, dim):
    rows = {}
    for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        tokens = line.rstrip().split(b" ")
        numbers = []
        while tokens and len(numbers) < dim:
            token = tokens.pop()
            if token:
                numbers.append(token)
        if len(numbers) == dim and tokens:
            rows[b" ".join(tokens).rstrip(b" ")] = numbers[::-1]
    return rows


def _binary_rows(data, dim):
    header, _, rest = data.partition(b"\n")
    rows = {}
    try:
        n_words = int(header.split()[0])
    except (ValueError, IndexError):
        return rows
    for _ in range(min(n_words, 1_000)):
        word, _, rest = rest.lstrip(b"\n").partition(b" ")
        numbers, rest = rest[: 4 * dim], rest[4 * dim :]
        if len(numbers) == 4 * dim:
            rows[word] = np.frombuffer(numbers, dtype="<f4").tolist()
    return rows


def _check_rows(words, vectors, readings, path):
    """Check vectors against one of the readings of the file."""
    if readings is None:
        raise Wrong(f"{path} was read, but cannot be decompressed")
    for rows in readings:
        try:
            expected = np.array(
                [[float(number) for number in rows[word.encode()]] for word in words],
                dtype=np.float64,
            )
        except (KeyError, ValueError):
            continue
        with np.errstate(over="ignore"):
            expected = expected.astype(np.float32)
        if np.array_equal(expected.reshape(vectors.shape), vectors):
            return
    raise Wrong(f"{path} has other rows")


def clear_error(error, path):
    """Check that an error says what is wrong with which file, and is not long."""
    message = str(error)
    if not isinstance(error, (ValueError, OSError)) or str(path) not in message:
        raise error
    if len(message) > MAX_MESSAGE:
        raise Wrong(f"a message of {len(message)} characters") from error
    return ERROR


def _read_each_way(path, dim, readings):
    """Read a file as a whole and, twice, some words; check what comes back."""
    from skglove import WordVectors

    outcomes = set()
    wanted = [*_WORDS[:9], *_SPACED[:3], *_ABSENT, *_WORDS[-3:]]
    for way in ("matrix", "matrix", "whole"):
        try:
            vectors = WordVectors.from_file(path, dim=dim)
            if way == "whole":
                words, rows = vectors.words, vectors.vectors
            else:
                matrix, known = vectors.look_up(wanted)
                words = [word for word, is_known in zip(wanted, known) if is_known]  # noqa: B905
                rows = matrix[known]
                if matrix[~known].any():
                    raise Wrong("a row that is not known is not zero")
        except (ValueError, OSError) as error:
            outcomes.add(clear_error(error, path))
            continue
        _check_rows(words, rows, readings(vectors.dim), path)
        if way == "matrix":
            _check_absent(wanted, known, readings(vectors.dim), vectors.dim)
        outcomes.add(RIGHT)
    return ERROR if ERROR in outcomes else RIGHT


def _check_absent(wanted, known, readings, dim):
    """Check that what was not found is in no reading of the file."""
    absent = {
        word.encode()
        for word, is_known in zip(wanted, known, strict=True)
        if not is_known and word not in ("", "[UNK]")
    }
    if all(absent & rows.keys() for rows in readings):
        raise Wrong("a word was not found")


def _index_small_files():
    from skglove.vectors import _row_index

    _row_index._MIN_SIZE = 0


@kind
def vectors(folder):
    """Text and binary files, damaged before or after compression, plain, gzip, zip."""
    import skglove  # noqa: F401, its memory is not that of a try

    _index_small_files()
    path = folder / "vectors"
    os.environ["SKGLOVE_DATA"] = str(folder / "home")
    rng = yield
    while True:
        content, pack = rng.choice(_CONTENTS), rng.choice(_COMPRESSIONS)
        is_within = rng.random() < 0.5
        data = pack(mutate(rng, content)) if is_within else mutate(rng, pack(content))
        path.write_bytes(data)
        dim = rng.choice([None, None, _DIM])
        yield _read_each_way(
            path, dim, lambda dim, data=data: _reference_rows(data, dim)
        )
        for left in folder.glob("vectors*"):
            if left.name.endswith((".part", ".lock")):
                raise Wrong(f"{left.name} was left")
            left.unlink()
        rng = yield


@kind
def npz(folder):
    """Damaged .npz files: their bytes, or those of an array within."""
    from skglove import WordVectors
    from skglove.vectors._npz_format import write

    words, array = _WORDS + _SPACED, _make_vectors(len(_WORDS) + len(_SPACED))
    file = io.BytesIO()
    write(file, words, array)
    plain = file.getvalue()
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    path = folder / "vectors.npz"
    rng = yield
    while True:
        if rng.random() < 0.5:
            data = mutate(rng, plain)
        else:
            changed = rng.choice([*members])
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w") as archive:
                for name, content in members.items():
                    content = mutate(rng, content) if name == changed else content
                    archive.writestr(zipfile.ZipInfo(name), content, rng.choice([0, 8]))
            data = file.getvalue()
        path.write_bytes(data)
        try:
            vectors = WordVectors.from_file(path)
            found = vectors.words, vectors.vectors
        except (ValueError, OSError) as error:
            yield clear_error(error, path)
        else:
            with np.load(path) as arrays:  # NumPy's own reading
                ends = [0, *arrays["ends"].tolist()]
                letters = arrays["words"].tobytes()
                expected = [
                    letters[a:b].decode()
                    for a, b in zip(ends, ends[1:])  # noqa: B905, RUF007
                ]
                if found[0] != expected or not np.array_equal(
                    found[1], arrays["vectors"].astype(np.float32)
                ):
                    raise Wrong("other words or vectors")
            yield RIGHT
        rng = yield


_N_BOMB = 200_000_000  # bytes


def _bomb(start, unit, compressor):
    """Compress a short text over and over."""
    block = unit * (1_000_000 // len(unit))
    parts = [compressor.compress(start)]
    parts += [compressor.compress(block) for _ in range(_N_BOMB // len(block))]
    return b"".join([*parts, compressor.flush()])


def _bomb_in_zip(name, unit, compression):
    """Put a short text into a zip over and over."""
    file = io.BytesIO()
    block = unit * (1_000_000 // len(unit))
    with zipfile.ZipFile(file, "w", compression) as archive:
        with archive.open(name, "w") as member:
            for _ in range(_N_BOMB // len(block)):
                member.write(block)
    return file.getvalue()


@kind
def bombs(folder):
    """Small files that decompress to much, or declare much."""
    from skglove import WordVectors

    _index_small_files()
    os.environ["SKGLOVE_DATA"] = str(folder / "home")
    row, line = b"frog 0.5 0.5 0.5 0.5\n", b"x" * 1_000
    gzipped = [
        _bomb(start, unit, zlib.compressobj(1, wbits=31))
        for start, unit in ((b"", line), (b"", row), (row, b"\n"), (row, b" 1"))
    ]
    files = [
        *((content, "vectors.gz") for content in gzipped),
        # The size at the end is said to be small.
        *((content[:-4] + b"\0\1\0\0", "vectors.gz") for content in gzipped),
        *(
            (_bomb_in_zip("vectors.txt", line, compression), "vectors.zip")
            for compression in (zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)
        ),
        *(
            (_bomb_in_zip(f"{name}.npy", bytes(1_000), 8), "vectors.npz")
            for name in ("words", "vectors")
        ),
        *(
            (header + row * 3_000, "vectors.txt")
            for header in (b"1 31000000\n", b"999999999999 4\n", b"9" * 5_000 + b" 4\n")
        ),
        (b"999999999999 4\n" + bytes(60_000), "vectors.bin"),
        (b"3 31000000\nfrog " + bytes(60_000), "vectors.bin"),
    ]
    rng = yield
    while True:
        content, name = rng.choice(files)
        path = folder / name
        path.write_bytes(content)
        try:
            vectors = WordVectors.from_file(path)
            vectors.look_up(["frog"])
        except (ValueError, OSError) as error:
            outcome = clear_error(error, path)
        else:
            raise Wrong(f"{name} of {len(content)} bytes was read")
        path.unlink()
        left = [each for each in folder.glob("*.*") if each.suffix != ".skglove"]
        if left:
            raise Wrong(f"{left} were left")
        yield outcome
        rng = yield


# ---------------------------------------------------------------------------
# Caches of vectors
# ---------------------------------------------------------------------------


@kind
def caches(folder):
    """Damaged and made-up caches of text and binary files, plain, gzip and zip."""
    from skglove import WordVectors

    _index_small_files()
    os.environ["SKGLOVE_DATA"] = str(folder / "home")
    files = []
    for i, content in enumerate((_text(), _text(header=True), _binary(b"\n"))):
        for j, pack in enumerate((bytes, _gzipped, _COMPRESSIONS[-1])):
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
        wanted = rng.sample(_WORDS + _SPACED + _ABSENT, 12)
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
        index[1, rng.randrange(n_rows)] = rng.choice(_INTEGERS)
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


# ---------------------------------------------------------------------------
# Processes that are killed, or start at once
# ---------------------------------------------------------------------------

_N_LARGE = 20_000


def _large_file(folder):
    """Write a gzip that takes a while to index; return its path and its rows."""
    _index_small_files()
    os.environ["SKGLOVE_DATA"] = str(folder / "home")
    rng = np.random.RandomState(0)
    array = rng.normal(size=(_N_LARGE, 10)).round(4).astype(np.float32)
    words = [f"word{i}" for i in range(_N_LARGE)]
    text = "".join(
        f"{word} {' '.join(map('{:.4f}'.format, row))}\n"
        for word, row in zip(words, array, strict=True)
    )
    path = folder / "vectors.gz"
    path.write_bytes(gzip.compress(text.encode(), 1))
    return path, words, array


def _in_child(work):
    """Do something in a process of its own; return its id."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return child


@kind
def kills(folder):
    """kill -9 while vectors are used for the first time or saved."""
    from skglove import WordVectors

    path, words, array = _large_file(folder)
    saved = folder / "saved.npz"
    some = range(0, _N_LARGE, 97)
    wanted = [words[i] for i in some]

    def use():
        return WordVectors.from_file(path).matrix_for(wanted)

    def save():
        WordVectors(words, array).save(saved)

    start = time.perf_counter()
    use()
    duration = time.perf_counter() - start
    rng = yield
    while True:
        for left in [*folder.glob("vectors.gz.*"), *folder.glob("home/*/*")]:
            left.unlink()
        work = rng.choice([use, use, save])
        child = _in_child(work)
        time.sleep(rng.random() * duration * 1.3)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if work is use:
            for _ in range(2):
                if not np.array_equal(use(), array[some]):
                    raise Wrong("other rows")
        else:
            if saved.exists() and WordVectors.load(saved).words != words:
                raise Wrong("half a file was saved")
            save()
            if not np.array_equal(WordVectors.load(saved).vectors, array):
                raise Wrong("other vectors were saved")
            saved.unlink()
            use()
        left = sorted(each.name for each in folder.rglob("*") if each.is_file())
        if left != ["key", "vectors.gz", "vectors.gz.skglove"]:
            raise Wrong(f"left were {left}")
        yield RIGHT
        rng = yield


@kind
def processes(folder):
    """Eight processes that use vectors for the first time at once."""
    from skglove import WordVectors

    path, words, array = _large_file(folder)
    some = range(0, _N_LARGE, 97)
    wanted = [words[i] for i in some]

    def use():
        matrix = WordVectors.from_file(path).matrix_for(wanted)
        if not np.array_equal(matrix, array[some]):
            raise Wrong("other rows")

    yield
    while True:
        for left in [*folder.glob("vectors.gz.*"), *folder.glob("home/*/*")]:
            left.unlink()
        children = [_in_child(use) for _ in range(8)]
        if any([os.waitpid(child, 0)[1] for child in children]):
            raise Wrong("a process failed")
        left = sorted(each.name for each in folder.rglob("*") if each.is_file())
        if left != ["key", "vectors.gz", "vectors.gz.skglove"]:
            raise Wrong(f"left were {left}")
        yield RIGHT
        yield


# ---------------------------------------------------------------------------
# What has a script of its own
# ---------------------------------------------------------------------------


def _archives(tries, seed=0, start=0):
    from fuzz_archives import archives

    if start:
        raise SystemExit("archives starts at the first try: see fuzz_archives.py.")
    counts = archives(tries, seed)
    return Report(counts["loaded"], counts["refused"], counts["anything else"])


KINDS["archives"] = _archives


def _models(tries, seed=0, start=0):
    from fuzz_models import models

    if start:
        raise SystemExit("models starts at the first try: see fuzz_models.py.")
    counts = models(tries, seed)
    return Report(counts["loaded"], counts["refused"], counts["anything else"])


KINDS["models"] = _models


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=[*KINDS])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first try")
    args = parser.parse_args()
    print("| kind | tries | right | clear errors | anything else | slowest | memory |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    failed = []
    for name in args.kind:
        report = KINDS[name](args.tries, args.seed, args.start)
        slowest = "" if report.slowest is None else f"{report.slowest:.2f} s"
        growth = "" if report.growth is None else f"+{report.growth:.0f} MB"
        print(
            f"| {name} | {args.tries:,} | {report.n_right:,} | {report.n_errors:,} | "
            f"{len(report.others):,} | {slowest} | {growth} |",
            flush=True,
        )
        failed += report.others
    for other in failed[:20]:
        print(other, file=sys.stderr)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
