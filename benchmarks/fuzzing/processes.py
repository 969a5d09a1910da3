"""Processes that are killed, or start at once."""

import gzip
import io
import os
import shutil
import signal
import tarfile
import time
from pathlib import Path

import numpy as np

from .archives import everything, files_of
from .harness import RIGHT, Wrong
from .vectors import index_small_files

_N_LARGE = 20_000
_MODEL = Path(__file__).parents[2] / "tests" / "files" / "bag-1.skglove"


class _FirstUse:
    """Word vectors of which some are looked up, for which an index is made."""

    def __init__(self, folder):
        index_small_files()
        rng = np.random.RandomState(0)
        self._array = rng.normal(size=(_N_LARGE, 10)).round(4).astype(np.float32)
        self._words = [f"word{i}" for i in range(_N_LARGE)]
        text = "".join(
            f"{word} {' '.join(map('{:.4f}'.format, row))}\n"
            for word, row in zip(self._words, self._array, strict=True)
        )
        self._folder, self._path = folder, folder / "vectors.gz"
        self._home = Path(os.environ["SKGLOVE_DATA"])
        self._path.write_bytes(gzip.compress(text.encode(), 1))

    def clear(self):
        for left in self._folder.glob("vectors.gz.*"):
            left.unlink()
        shutil.rmtree(self._home, ignore_errors=True)

    def use(self):
        from skglove import WordVectors

        some = range(0, _N_LARGE, 97)
        wanted = [self._words[i] for i in some]
        matrix = WordVectors.from_file(self._path).matrix_for(wanted)
        if not np.array_equal(matrix, self._array[some]):
            raise Wrong("other rows")

    def check(self):
        for _ in range(2):
            self.use()
        _check_files(self._folder, {"vectors.gz", "vectors.gz.skglove"})
        _check_files(self._home, {"key"})


class _Unpacking:
    """An archive that is unpacked where it was not yet."""

    def __init__(self, folder):
        self._files = {f"{i % 7}/{i}": bytes([i % 256]) * 3000 for i in range(300)}
        self._folder, self._path = folder, folder / "frogs.tar.gz"
        self._target = folder / "frogs"
        with tarfile.open(self._path, "w:gz", compresslevel=1) as tar:
            for name, content in self._files.items():
                member = tarfile.TarInfo(f"frogs/{name}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))

    def clear(self):
        shutil.rmtree(self._target, ignore_errors=True)

    def use(self):
        from skglove._download import remove_leftovers
        from skglove._unpack import unpack

        if self._target.exists():
            remove_leftovers(self._folder)
            return
        limits = {"roots": ("frogs",), "max_files": 1000, "max_bytes": 10_000_000}
        unpack(self._path, self._target, **limits)

    def check(self):
        self.use()
        if files_of(everything(self._target)) != self._files:
            raise Wrong("other files were unpacked")
        left = {path.name for path in self._folder.iterdir()}
        if left != {"frogs", "frogs.tar.gz"}:
            raise Wrong(f"left were {left}")


class _SavingVectors:
    """Word vectors that are saved, perhaps in the place of others."""

    def __init__(self, folder):
        from skglove import WordVectors

        array = np.random.RandomState(0).normal(size=(_N_LARGE, 10))
        words = [f"word{i}" for i in range(_N_LARGE)]
        self._vectors = WordVectors(words, array)
        self._folder, self._path = folder, folder / "saved.npz"

    def clear(self):
        pass

    def use(self):
        self._vectors.save(self._path)

    def check(self):
        if self._path.exists():
            self._check_content()
        self.use()
        self._check_content()
        _check_files(self._folder, {"saved.npz"})

    def _check_content(self):
        from skglove import WordVectors

        saved = WordVectors.load(self._path)
        if saved.words != self._vectors.words or not np.array_equal(
            saved.vectors, self._vectors.vectors
        ):
            raise Wrong("other vectors were saved")


class _SavingModel:
    """A classifier that is saved, perhaps in the place of another."""

    def __init__(self, folder):
        import skglove

        self._clf = skglove.load(_MODEL)
        self._expected = self._clf.predict_proba(["frog"])
        self._folder, self._path = folder, folder / "model.skglove"

    def clear(self):
        pass

    def use(self):
        self._clf.save(self._path)

    def check(self):
        if self._path.exists():
            self._check_content()
        self.use()
        self._check_content()
        _check_files(self._folder, {"model.skglove"})

    def _check_content(self):
        import skglove

        clf = skglove.load(self._path)
        if not np.array_equal(clf.predict_proba(["frog"]), self._expected):
            raise Wrong("another classifier was saved")


def _check_files(folder, expected):
    """Check that nothing is left beside what should be there."""
    left = {path.name for path in folder.rglob("*") if path.is_file()}
    if left != expected:
        raise Wrong(f"left were {left}")


def _set_up(kinds, folder):
    """Give each job a folder of its own."""
    jobs = []
    for kind in kinds:
        own = folder / kind.__name__.strip("_")
        own.mkdir()
        jobs.append(kind(own))
    return jobs


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


def kills(folder):
    """kill -9 while vectors are first used, archives unpacked, or anything saved."""
    jobs = []
    for job in _set_up((_FirstUse, _Unpacking, _SavingVectors, _SavingModel), folder):
        durations = []
        for _ in range(3):
            job.clear()
            start = time.perf_counter()
            job.use()
            durations.append(time.perf_counter() - start)
        jobs.append((job, min(durations)))
    rng = yield
    while True:
        job, duration = rng.choice(jobs)
        if rng.random() < 0.7:
            job.clear()
        child = _in_child(job.use)
        time.sleep(rng.random() * duration * 1.3)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        job.check()
        yield RIGHT
        rng = yield


def processes(folder):
    """Eight processes that use vectors, or unpack an archive, for the first time."""
    jobs = _set_up((_FirstUse, _Unpacking), folder)
    rng = yield
    while True:
        job = rng.choice(jobs)
        job.clear()
        children = [_in_child(job.use) for _ in range(8)]
        if any([os.waitpid(child, 0)[1] for child in children]):
            raise Wrong("a process failed")
        job.check()
        yield RIGHT
        rng = yield
