"""Arrays that come in parts."""

import numpy as np
import pytest

from skglove._spool import ArrayParts, is_on_disk


@pytest.mark.parametrize("on_disk", [False, True])
def test_parts_are_joined_in_order_and_in_the_type_asked_for(on_disk):
    parts = ArrayParts(np.uint16, on_disk)
    for values in ([1, 2], [], np.array([3, 65_535])):
        parts.add(values)
    joined = parts.joined()
    assert joined.tolist() == [1, 2, 3, 65_535] and joined.dtype == np.uint16
    assert is_on_disk(joined) == on_disk


@pytest.mark.parametrize("on_disk", [False, True])
def test_nothing_is_an_array_too(on_disk):
    assert ArrayParts(np.int32, on_disk).joined().tolist() == []


def test_no_file_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    parts = ArrayParts(np.int32, on_disk=True)
    parts.add([1, 2])
    joined = parts.joined()
    del parts
    assert [*tmp_path.iterdir()] == [] and joined.sum() == 3


def test_a_full_disk_is_named(monkeypatch):
    parts = ArrayParts(np.int32, on_disk=True)
    parts._file = open("/dev/full", "wb")
    with pytest.raises(OSError, match="temporary file of the texts cannot be written"):
        parts.add(np.zeros(1 << 20))
