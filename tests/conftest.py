"""What several test modules share."""

import gc
import os
import random
import socket
import string
import threading
from pathlib import Path

import pytest

# Before NumPy is imported: workers that share the cores wait for each other's threads.
if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from helpers import dask_client
from serving import Server

from skglove._download import data_home
from skglove.vectors._catalogue import VECTOR_SETS, find_vectors

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_TESTS = Path(__file__).parent

# Left out of the quick tests: these start processes or clusters, or fit many networks
# in ways that the others do not depend on.
_SLOW = [
    _TESTS / name
    for name in (
        "datasets/test_docstrings.py",
        "glove/test_glove_dask.py",
        "networks/test_bag_conv.py",
        "scoring",
        "test_concurrency.py",
        "test_export_files.py",
        "test_features.py",
        "test_fit_from_source.py",
        "test_fuzzing.py",
        "test_many_fits.py",
        "test_meta_estimators.py",
        "test_notes.py",
        "test_parallel.py",
        "test_partial_fit.py",
        "test_preparation_memory.py",
        "test_searches_on_clusters.py",
        "test_several_labels.py",
        "test_threads.py",
        "test_tutorials.py",
        "training/test_bag.py",
    )
]


def pytest_configure():
    missing = [str(path) for path in _SLOW if not path.exists()]
    if missing:
        raise pytest.UsageError(f"_SLOW of {__file__} names what is gone: {missing}")


def pytest_collection_modifyitems(items):
    for item in items:
        if any(item.path.is_relative_to(path) for path in _SLOW):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish():
    """Leave what is imported and collected out of the searches for garbage.

    Those are 600,000 objects, of TensorFlow's modules above all. To go through them
    takes most of a second, and every other fit of a network has it done.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def require_data():
    """Return a function that finds real data in the data home, or skips the test.

    It takes the name of a published set of word vectors, or of a file or folder.
    """

    def require(name):
        path = data_home() / name
        if name in VECTOR_SETS:
            try:
                path = find_vectors(name, download=False).path
            except FileNotFoundError as error:
                pytest.skip(str(error))
        if not path.exists():
            pytest.skip(f"there is no {path}")
        return path

    return require


@pytest.fixture(scope="module")
def client():
    """A client of two Dask workers of one thread each."""
    with dask_client(n_workers=2) as client:
        yield client


@pytest.fixture
def no_surroundings(monkeypatch):
    """No proxy between the tests and 127.0.0.1, no data home of the user."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("SKGLOVE_DATA", raising=False)


@pytest.fixture
def server(no_surroundings):
    """A running server whose answers the test sets."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def closed_url(no_surroundings):
    """An address of this machine at which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/file"


_ODD = [
    *"aAbBzZ",
    *" \t\n\r\x0b\x0c" * 2,
    *"\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000",
    *string.punctuation,
    *"İıßẞſΣςéÉ中🐸\u0301\u200b\u200d\ufeff\ufffd\uffff\U0010ffff\x7f\x01",
    "a\0b",
    "[UNK]",
    " [UNK] ",
    " unk ",
]


@pytest.fixture(scope="session")
def make_odd_texts():
    """Return a function that makes random texts of what could be treated otherwise."""

    def make(n_texts, seed):
        rng = random.Random(seed)
        return ["".join(rng.choices(_ODD, k=rng.randrange(30))) for _ in range(n_texts)]

    return make
