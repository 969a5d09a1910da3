"""fastText's `.bin` files."""

import gzip
import struct

import numpy as np

from .damage import mutate
from .harness import RIGHT, Wrong, clear_error
from .vectors import ABSENT, WORDS

_DIM, _N_BUCKETS, _MIN_N, _MAX_N = 4, 20, 3, 6
_HEAD = struct.Struct("<14id")
_SIZES = struct.Struct("<3iqq")
_COUNT = struct.Struct("<qb")
_MATRIX = struct.Struct("<?qq")


def fasttext(folder):
    """Damaged and made-up models of fastText's, plain and gzip."""
    from gensim.models.fasttext import load_facebook_vectors  # noqa: F401, memory

    plain = _file()
    rng = yield
    while True:
        if rng.random() < 0.4:
            data = _made_up(rng)
        else:
            data = mutate(rng, plain)
        suffix = rng.choice(["bin", "bin", "bin", "bin.gz"])
        path = folder / f"vectors.{suffix}"
        packed = gzip.compress(data, mtime=0) if suffix == "bin.gz" else data
        path.write_bytes(packed)
        yield _try(path, data)
        path.unlink()
        rng = yield


def _try(path, data):
    from skglove import WordVectors

    wanted = [*WORDS[:9], *ABSENT]
    try:
        vectors = WordVectors.from_file(path)
        matrix, known = vectors.look_up(wanted)
        words, rows = vectors.words, vectors.vectors
    except (ValueError, OSError) as error:
        return clear_error(error, path)
    if not data.startswith(_HEAD.pack(793712314, *[0] * 14)[:4]):
        return RIGHT  # it is read in another format, which has attacks of its own
    expected = _reference(data)
    if [*expected] != words:
        raise Wrong("other words")
    if not np.allclose([*expected.values()], rows, rtol=1e-5, atol=1e-5):
        raise Wrong("other rows")
    for word, row, is_known in zip(wanted, matrix, known, strict=True):
        if is_known != (word in expected) or (
            is_known and not np.array_equal(row, rows[words.index(word)])
        ):
            raise Wrong("a word was looked up wrongly")
    return RIGHT


def _file(words=WORDS, **changes):
    """The bytes of a model, with changes to what its header declares."""
    rng = np.random.RandomState(0)
    parts = []
    header = {
        **{"magic": 793712314, "version": 12, "dim": _DIM, "ws": 5, "epoch": 5},
        **{"min_count": 1, "neg": 5, "word_ngrams": 1, "loss": 2, "model": 2},
        **{"bucket": _N_BUCKETS, "minn": _MIN_N, "maxn": _MAX_N, "rate": 100},
        "t": 1e-4,
    }
    sizes = {"size": len(words), "n_words": len(words), "n_labels": 0}
    sizes |= {"n_tokens": 1_000, "n_pruned": -1}
    matrix = {"quantized": False, "rows": len(words) + _N_BUCKETS, "columns": _DIM}
    for record, layout in ((header, _HEAD), (sizes, _SIZES), (None, None)):
        if record is None:
            for i, word in enumerate(words):
                parts.append(word.encode() + b"\0" + _COUNT.pack(1_000 - i, 0))
            continue
        record |= {key: value for key, value in changes.items() if key in record}
        parts.append(layout.pack(*record.values()))
    matrix |= {key: value for key, value in changes.items() if key in matrix}
    parts.append(_MATRIX.pack(*matrix.values()))
    rows = rng.normal(size=(len(words) + _N_BUCKETS, _DIM)).astype("<f4")
    return b"".join([*parts, rows.tobytes(), _MATRIX.pack(False, 0, _DIM)])


_LARGE = [-(2**31), -1, 0, 1, 7, 1_000, 2**20, 2**31 - 1]
_DECLARED = (
    *("version", "dim", "ws", "epoch", "min_count", "neg", "loss", "model", "bucket"),
    *("minn", "maxn", "size", "n_words", "n_labels", "n_tokens", "n_pruned"),
    *("quantized", "rows", "columns"),
)


def _made_up(rng):
    """A model that declares something else than it holds, or odd words."""
    changes = {}
    for name in rng.sample(_DECLARED, rng.choice([0, 1, 1, 2, 4])):
        changes[name] = rng.choice(_LARGE)
        if name in ("rows", "columns", "n_pruned", "n_tokens"):
            changes[name] = rng.choice([*_LARGE, 2**33, 2**62, -(2**62)])
    words = rng.choice(
        [WORDS, WORDS, ["a", "a"], [""], ["x" * 70_000], ["w" * 5_000] * 3, []]
    )
    return _file(words, **changes)


def _reference(data):
    """Read a model again, one number at a time: word -> vector."""
    head = _HEAD.unpack_from(data)
    dim, (n_buckets, min_n, max_n) = head[2], head[10:13]
    n_words, *_ = _SIZES.unpack_from(data, _HEAD.size)
    at, words = _HEAD.size + _SIZES.size, []
    for _ in range(n_words):
        end = data.index(b"\0", at)
        words.append(data[at:end].decode(errors="backslashreplace"))
        at = end + 1 + _COUNT.size
    n_rows = n_words + n_buckets
    rows = np.frombuffer(data, "<f4", n_rows * dim, at + _MATRIX.size)
    rows = rows.reshape(n_rows, dim)
    found = {}
    for i, word in enumerate(words):
        ngrams = _ngrams(f"<{word}>", min_n, max_n) if n_buckets else []
        places = [i, *(n_words + _hash(ngram) % n_buckets for ngram in ngrams)]
        found[word] = rows[places].mean(axis=0)
    return found


def _ngrams(word, min_n, max_n):
    return [
        word[i : i + n]
        for i in range(len(word))
        for n in range(max(min_n, 1), max_n + 1)
        if i + n <= len(word) and not (n == 1 and i in (0, len(word) - 1))
    ]


def _hash(ngram):
    """FNV-1a, of bytes that are signed."""
    value = 2166136261
    for byte in ngram.encode():
        value ^= byte if byte < 128 else byte | 0xFFFFFF00
        value = value * 16777619 % 2**32
    return value
