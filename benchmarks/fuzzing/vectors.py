"""Files of word vectors: text and word2vec's binary, .npz, and bombs of them."""

import gzip
import io
import zipfile
import zlib
from functools import partial

import numpy as np

from .damage import mutate
from .harness import ERROR, RIGHT, Wrong, clear_error

_DIM = 4
WORDS = [
    *("the", "of", "frog's", "0.5", "1999", "中国", "über", "</s>", "a\tb", "\x85"),
    *(f"w{i}" for i in range(30)),
]
SPACED = [". . .", "new york", "at a@b.c", ""]
ABSENT = ["no such word", "[UNK]", "THE"]


def _make_vectors(n_words):
    return np.random.RandomState(0).normal(size=(n_words, _DIM)).astype(np.float32)


def text_file(words=WORDS + SPACED, header=False, line_end="\n", separator=" "):
    lines = [f"{len(words)} {_DIM}"] * header
    for word, row in zip(words, _make_vectors(len(words)), strict=True):
        lines.append(f"{word} {separator.join(map('{:.5f}'.format, row))}")
    return "".join(line + line_end for line in lines).encode()


def binary_file(end):
    rows = [
        word.encode() + b" " + row.astype("<f4").tobytes() + end
        for word, row in zip(WORDS, _make_vectors(len(WORDS)), strict=True)
    ]
    return b"%d %d\n" % (len(WORDS), _DIM) + b"".join(rows)


def zipped(content, compression, name="vectors.txt"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        # Of a fixed date, so that a try can be repeated.
        archive.writestr(zipfile.ZipInfo("README"), b"read me")
        archive.writestr(zipfile.ZipInfo(name), content, compression)
    return file.getvalue()


gzipped = partial(gzip.compress, mtime=0)


_CONTENTS = [
    text_file(),
    text_file(header=True),
    text_file(line_end=" \r\n"),
    b"\xef\xbb\xbf" + text_file(header=True, line_end="\n\n"),
    text_file(separator="  "),
    binary_file(b""),
    binary_file(b"\n"),
]
PACKINGS = [
    bytes,
    gzipped,
    partial(zipped, compression=zipfile.ZIP_STORED),
    partial(zipped, compression=zipfile.ZIP_DEFLATED),
]


def reference_rows(data, dim):
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


def check_rows(words, vectors, readings, path):
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


def index_small_files():
    """Have small files indexed too, as only large ones are."""
    from skglove.vectors import _row_index

    _row_index._MIN_SIZE = 0


def _read_each_way(path, dim, readings):
    """Read a file as a whole and, twice, some words; check what comes back."""
    from skglove import WordVectors

    outcomes = set()
    wanted = [*WORDS[:9], *SPACED[:3], *ABSENT, *WORDS[-3:]]
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
        check_rows(words, rows, readings(vectors.dim), path)
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


def vectors(folder):
    """Text and binary files, damaged before or after compression, plain, gzip, zip."""
    import skglove  # noqa: F401, its memory is not that of a try

    index_small_files()
    path = folder / "vectors"
    rng = yield
    while True:
        content, pack = rng.choice(_CONTENTS), rng.choice(PACKINGS)
        is_within = rng.random() < 0.5
        data = pack(mutate(rng, content)) if is_within else mutate(rng, pack(content))
        path.write_bytes(data)
        dim = rng.choice([None, None, _DIM])
        yield _read_each_way(
            path, dim, lambda dim, data=data: reference_rows(data, dim)
        )
        for left in folder.glob("vectors*"):
            if left.name.endswith((".part", ".lock")):
                raise Wrong(f"{left.name} was left")
            left.unlink()
        rng = yield


def npz(folder):
    """Damaged .npz files: their bytes, or those of an array within."""
    from skglove import WordVectors
    from skglove.vectors._npz_format import write

    words, array = WORDS + SPACED, _make_vectors(len(WORDS) + len(SPACED))
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


def bombs(folder):
    """Small files that decompress to much, or declare much."""
    from skglove import WordVectors

    index_small_files()
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
