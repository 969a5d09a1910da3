"""Damaged and crafted files: a few of the tries that benchmarks/fuzz.py makes."""

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fuzzing import KINDS, harness
from benchmarks.fuzzing.damage import mutate
from benchmarks.fuzzing.vectors import check_rows, reference_rows
from skglove.vectors import _row_index

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "fuzz.py"


@pytest.fixture(autouse=True)
def index(monkeypatch):
    """Have what the attacks change put back."""
    monkeypatch.setattr(_row_index, "_MIN_SIZE", 0)


@pytest.mark.parametrize(
    ("kind", "tries"),
    [
        ("vectors", 200),
        ("npz", 400),
        ("fasttext", 100),
        ("caches", 150),
        ("archives", 150),
    ],
)
def test_damage_is_harmless_or_a_clear_error(kind, tries):
    if kind == "fasttext":
        pytest.importorskip("gensim")
    report = KINDS[kind].run(tries)
    assert report.others == []
    assert report.n_right + report.n_errors == tries
    assert report.n_right > tries / 30
    assert report.n_errors > tries / 3 or kind == "caches"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize(("kind", "tries"), [("kills", 12), ("processes", 3)])
def test_processes_that_die_or_start_at_once_do_no_harm(kind, tries):
    report = KINDS[kind].run(tries)
    assert report.others == []
    assert report.n_right == tries


def test_model_files_are_loaded_right_or_refused_with_a_clear_error():
    # In a process of its own: it watches what is run.
    command = [sys.executable, SCRIPT, "--kind", "models", "--tries", "300"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    _, _, tries, n_right, n_errors, n_others, *_ = done.stdout.splitlines()[-1].split(
        "|"
    )
    assert int(tries) == int(n_right) + int(n_errors) == 300
    assert int(n_right) >= 5
    assert int(n_others) == 0


def test_a_wrong_row_is_told_from_right_ones(tmp_path):
    data = mutate(random.Random(0), b"frog 1 2\ntoad 3 4\n")
    assert data != b"frog 1 2\ntoad 3 4\n"
    readings = reference_rows(b"frog 1 2\ntoad 3 4\n", 2)
    right = np.float32([[1, 2], [3, 4]])
    check_rows(["frog", "toad"], right, readings, tmp_path)
    for wrong in (right[::-1], right * 2, np.zeros_like(right)):
        with pytest.raises(harness.Wrong, match="other rows"):
            check_rows(["frog", "toad"], wrong, readings, tmp_path)


@pytest.mark.parametrize(
    "error", [KeyError("x"), TypeError("x"), ValueError("no name"), ValueError()]
)
def test_an_unclear_error_is_told_from_clear_ones(tmp_path, error):
    clear = ValueError(f"{tmp_path} is damaged.")
    assert harness.clear_error(clear, tmp_path) == harness.ERROR
    with pytest.raises(type(error)):
        harness.clear_error(error, tmp_path)


def _takes_much(folder):
    """Take 20 MB in each try."""
    yield
    while True:
        harness.METER.start(max_growth=10)
        assert len(bytes(20_000_000).replace(b"\0", b"\1")) == 20_000_000
        yield harness.RIGHT
        yield


def _fails_at_times(folder):
    """Raise an error in every second try."""
    rng = yield
    while True:
        if rng.random() < 0.5:
            raise KeyError("x")
        yield harness.RIGHT
        rng = yield


@pytest.mark.skipif(sys.platform != "linux", reason="no peak that can be reset")
def test_what_takes_too_much_memory_is_told():
    report = harness.Kind(_takes_much).run(3)
    assert report.n_right == 0
    assert [" MB" in other for other in report.others] == [True] * 3


def test_a_try_can_be_made_again_by_its_number():
    report = harness.Kind(_fails_at_times).run(30, seed=4)
    assert report.n_right + len(report.others) == 30
    assert 5 < report.n_right < 25
    name, number = report.others[-1].split(":")[0].split()
    (other,) = harness.Kind(_fails_at_times).run(1, seed=4, start=int(number)).others
    assert other.startswith(f"{name} {number}: ")
