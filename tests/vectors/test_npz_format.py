"""The .npz of `save`: what it keeps, and what is refused without being believed."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from skglove import WordVectors
from skglove.vectors._word_vectors import as_word_vectors

WORDS = ["frog", "zwei Wörter", "line\nbreak", "version 2.0", ""]
LETTERS = np.frombuffer("".join(WORDS).encode(), dtype=np.uint8)
ENDS = np.cumsum([len(word.encode()) for word in WORDS])
VECTORS = np.random.RandomState(0).normal(size=(5, 3)).astype(np.float32)


def npy(array):
    """The bytes of an .npy file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array))
    return file.getvalue()


def write(path, **changed):
    """Write the arrays with some changed, as arrays or as bytes of their member."""
    arrays = {"words": LETTERS, "ends": ENDS, "vectors": VECTORS, **changed}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = array if isinstance(array, bytes) else npy(array)
            archive.writestr(f"{name}.npy", content)
    return path


def header_of(shape, dtype="<f4"):
    """The bytes of an .npy file that declares an array and holds none."""
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}}}\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def test_npz_is_bit_exact_and_may_hold_any_word(tmp_path):
    vectors = WordVectors(WORDS, VECTORS)
    vectors.save(tmp_path / "mine.npz")
    loaded = WordVectors.load(tmp_path / "mine.npz", dim=3)
    assert loaded.frequent_words(2) == WORDS[:2]
    assert loaded.words == WORDS
    assert loaded.vectors.tobytes() == VECTORS.tobytes()
    assert as_word_vectors(str(tmp_path / "mine.npz")).words == WORDS
    assert [path.name for path in tmp_path.iterdir()] == ["mine.npz"]


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_floats_of_other_kinds_are_read(tmp_path, dtype, order):
    path = write(tmp_path / "a.npz", vectors=np.array(VECTORS, dtype, order=order))
    vectors = WordVectors.from_file(path).vectors
    np.testing.assert_array_equal(vectors, VECTORS.astype(dtype).astype(np.float32))


@pytest.mark.parametrize(
    "changed",
    [
        {"words": np.uint8(3)},
        {"words": LETTERS.astype(np.uint16)},
        {"words": LETTERS.astype(np.float64)},
        {"words": np.array(WORDS)},
        {"words": np.frombuffer(b"\xff" * len(LETTERS), np.uint8)},
        {"ends": np.int64(3)},
        {"ends": ENDS[::-1]},
        {"ends": ENDS + 1},
        {"ends": ENDS - 100},
        {"ends": ENDS.astype(np.float64)},
        {"ends": ENDS[:-2]},
        {"ends": ENDS.reshape(1, -1)},
        {"ends": np.full(5, 2**64 - 1, dtype=np.uint64)},
        {"vectors": np.float32(3)},
        {"vectors": VECTORS[0]},
        {"vectors": VECTORS[:3]},
        {"vectors": VECTORS[None]},
        {"vectors": VECTORS.astype(np.complex64)},
        {"vectors": VECTORS.astype(np.int32)},
        {"vectors": VECTORS.astype("U9")},
        {"vectors": npy(VECTORS)[:-1]},
        {"vectors": npy(VECTORS) + b"x"},
        {"vectors": b""},
        {"vectors": b"\x93NUMPY\x09\x00"},
        {"vectors": npy(VECTORS).replace(b"'descr'", b"'__im__'")},
        {"vectors": header_of((10**12, 300))},
        {"vectors": header_of((2**62, 2**62))},
        {"vectors": header_of((-5, 3))},
        {"vectors": header_of("(" * 400 + ")" * 400)},
        {"vectors": header_of("(" + "1," * 9_000 + ")")},
        {"vectors": header_of((1, 3), "|O")},
        {"words": header_of((10**15,), "|u1")},
    ],
)
def test_arrays_that_are_not_word_vectors_are_refused(tmp_path, changed):
    path = write(tmp_path / "a.npz", **changed)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"a\.npz does not hold word vectors as Word"):
        WordVectors.from_file(path).words  # noqa: B018
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"vectors": np.where(VECTORS > 0, np.nan, VECTORS)}, "holds NaN or infinity"),
        ({"vectors": np.full((5, 3), 1e39)}, "holds NaN or infinity"),
        (
            {"words": np.frombuffer(b"aabcd", np.uint8), "ends": np.arange(5) + 1},
            "'a' occurs more than once",
        ),
    ],
)
def test_vectors_that_are_refused_name_the_file(tmp_path, changed, message):
    path = write(tmp_path / "a.npz", **changed)
    with pytest.raises(ValueError, match=message) as raised:
        WordVectors.from_file(path).words  # noqa: B018
    assert str(path) in str(raised.value)


def test_npz_that_is_not_ours_or_damaged_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    np.savez(tmp_path / "object.npz", vectors=np.array([[print]], dtype=object))
    (tmp_path / "damaged.npz").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "empty.npz").write_bytes(b"")
    content = bytearray(write(tmp_path / "whole.npz").read_bytes())
    content[content.index(b"PK\x01\x02") - 20] ^= 255
    (tmp_path / "flipped.npz").write_bytes(content)
    for name in ("other", "object", "damaged", "empty", "flipped"):
        with pytest.raises(ValueError, match=rf"{name}\.npz does not hold word vec"):
            WordVectors.from_file(tmp_path / f"{name}.npz").words  # noqa: B018
    with pytest.raises(ValueError, match="3 dimensions, not of 2"):
        WordVectors.from_file(tmp_path / "whole.npz", dim=2)
    with pytest.raises(FileNotFoundError):
        WordVectors.from_file(tmp_path / "missing.npz")
    for missing in (tmp_path / "missing.npz", "missing.npz"):
        with pytest.raises(FileNotFoundError):
            as_word_vectors(missing)
