"""TensorFlow's notes on the machine are left out, and nothing else.

What a fit writes in a new process: `tests/test_threads.py`.
"""

import os
import sys

import pytest

from skglove._notes import without_notes

NOTE = b"I0000 00:00:1.5 7 port.cc:153] oneDNN custom operations are on.\n"
NO_GPU = b"E0000 00:00:1.5 7 cuda.cc:52] failed call to cuInit: UNKNOWN ERROR (303)\n"
WARNING = b"W0000 00:00:1.5 7 some.cc:1] This is slow.\n"
ERROR = b"E0000 00:00:1.5 7 some.cc:1] This is broken.\n"


@pytest.fixture
def no_level(monkeypatch):
    """The environment as most users have it; what the test sets is undone."""
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "")
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")


def test_only_notes_are_left_out(no_level, capfd, monkeypatch):
    monkeypatch.setattr("skglove._notes._NVIDIA_DRIVER", "/no/such/file")
    with without_notes():
        for line in (NOTE, WARNING, NO_GPU, ERROR):
            os.write(2, line)
        print("from Python", file=sys.__stderr__)
    assert capfd.readouterr().err.encode() == WARNING + ERROR + b"from Python\n"
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "1"


def test_with_a_driver_the_missing_gpu_is_an_error(no_level, capfd, monkeypatch):
    monkeypatch.setattr("skglove._notes._NVIDIA_DRIVER", __file__)
    with without_notes():
        os.write(2, NO_GPU)
    assert capfd.readouterr().err.encode() == NO_GPU


def test_all_is_shown_if_loading_fails(no_level, capfd):
    with pytest.raises(ImportError), without_notes():
        os.write(2, NOTE)
        raise ImportError
    assert capfd.readouterr().err.encode() == NOTE


def test_all_is_shown_if_a_level_is_asked_for(monkeypatch, capfd):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with without_notes():
        os.write(2, NOTE)
    assert capfd.readouterr().err.encode() == NOTE
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
