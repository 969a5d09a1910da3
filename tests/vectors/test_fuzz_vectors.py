"""Damaged vectors and caches: a few of the tries that benchmarks/fuzz.py makes."""

import os
import random

import numpy as np
import pytest

from benchmarks import fuzz
from skglove.vectors import _row_index


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Have what the attacks change put back."""
    monkeypatch.setenv("SKGLOVE_DATA", str(tmp_path / "home"))
    monkeypatch.setattr(_row_index, "_MIN_SIZE", 0)


@pytest.mark.parametrize(
    ("kind", "tries"), [("vectors", 200), ("npz", 400), ("caches", 150)]
)
def test_damage_is_harmless_or_a_clear_error(kind, tries):
    report = fuzz.KINDS[kind](tries)
    assert report.others == []
    assert report.n_right + report.n_errors == tries
    assert report.n_right > tries / 20
    assert report.n_errors > tries / 3 or kind == "caches"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize(("kind", "tries"), [("kills", 6), ("processes", 2)])
def test_processes_that_die_or_start_at_once_do_no_harm(kind, tries):
    report = fuzz.KINDS[kind](tries)
    assert report.others == []
    assert report.n_right == tries


def test_a_wrong_row_is_told_from_right_ones(tmp_path):
    data = fuzz.mutate(random.Random(0), b"frog 1 2\ntoad 3 4\n")
    assert data != b"frog 1 2\ntoad 3 4\n"
    readings = fuzz._reference_rows(b"frog 1 2\ntoad 3 4\n", 2)
    right = np.float32([[1, 2], [3, 4]])
    fuzz._check_rows(["frog", "toad"], right, readings, tmp_path)
    for wrong in (right[::-1], right * 2, np.zeros_like(right)):
        with pytest.raises(fuzz.Wrong, match="other rows"):
            fuzz._check_rows(["frog", "toad"], wrong, readings, tmp_path)


@pytest.mark.parametrize(
    "error", [KeyError("x"), TypeError("x"), ValueError("no name"), ValueError()]
)
def test_an_unclear_error_is_told_from_clear_ones(tmp_path, error):
    clear = ValueError(f"{tmp_path} is damaged.")
    assert fuzz.clear_error(clear, tmp_path) == fuzz.ERROR
    with pytest.raises(type(error)):
        fuzz.clear_error(error, tmp_path)
