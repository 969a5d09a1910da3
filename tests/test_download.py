"""What skglove._download fetches, checks and refuses."""

import dataclasses
import hashlib
import multiprocessing
import os
import signal
import stat
import threading
import time
from pathlib import Path

import pytest
from serving import GZIPPED, names_in, zipped

from skglove import _download
from skglove._download import Published, data_home, obtain

pytestmark = pytest.mark.usefixtures("no_surroundings")


@pytest.fixture
def published(server):
    """Has a file come from the server."""

    def published(body, digest="right"):
        server.body = body
        if digest == "right":
            digest = "sha256:" + hashlib.sha256(body).hexdigest()
        return Published(url=server.url, digest=digest, file_name="frogs.gz")

    return published


def get(remote, home, download=True):
    return obtain(
        remote,
        home,
        download,
        missing="the frogs",
        looked_for=(remote.file_name,),
        passed_over=(),
        ways_out="Catch some.",
    )


# The data home


def test_data_home_is_the_argument_then_the_variable_then_the_cache(monkeypatch):
    monkeypatch.setenv("HOME", "/users/frog")
    monkeypatch.setenv("USERPROFILE", "/users/frog")
    assert data_home() == Path("/users/frog/.cache/skglove")
    monkeypatch.setenv("SKGLOVE_DATA", "")
    assert data_home() == Path("/users/frog/.cache/skglove")
    monkeypatch.setenv("SKGLOVE_DATA", "~/vectors")
    assert data_home() == Path("/users/frog/vectors")
    assert data_home("~/mine") == Path("/users/frog/mine")


# Downloads


def test_server_is_asked_not_to_encode(tmp_path, published, server):
    remote = published(GZIPPED)
    asked = []
    handler = server.RequestHandlerClass

    class Encoding(handler):
        def do_GET(self):
            asked.append(self.headers["Accept-Encoding"])
            super().do_GET()

    server.RequestHandlerClass = Encoding
    get(remote, tmp_path)
    assert asked == ["identity"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_download_is_readable_by_those_who_may_read_the_folder(tmp_path, published):
    remote = published(GZIPPED)
    for rights, expected in [(0o755, 0o644), (0o750, 0o640), (0o700, 0o600)]:
        tmp_path.chmod(rights)
        path = get(remote, tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == expected
        path.unlink()


def test_wrong_digest_leaves_nothing(tmp_path, published):
    expected = "md5:" + "0" * 32
    remote = published(GZIPPED, digest=expected)
    with pytest.raises(ValueError) as raised:
        get(remote, tmp_path)
    message = str(raised.value)
    assert "frogs.gz" in message
    assert expected in message
    assert hashlib.md5(GZIPPED).hexdigest() in message
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("digest", ["right", None])
def test_cut_off_transfer_leaves_nothing(tmp_path, published, server, digest):
    remote = published(zipped("a.txt"), digest=digest)
    server.missing = 1
    size = len(server.body) + 1
    with pytest.raises(
        FileNotFoundError,
        match=f"failed .* ended before all {size} bytes",
    ):
        get(remote, tmp_path)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("slowly", ["headers", "body"])
def test_a_server_that_trickles_is_not_waited_for(
    tmp_path, published, server, monkeypatch, slowly
):
    remote = published(bytes(5000))
    server.slowly, server.pause = slowly, 0.01
    monkeypatch.setattr(_download, "_PATIENCE", 0.5)
    start = time.perf_counter()
    with pytest.raises(FileNotFoundError, match=r"the server sent \d+ bytes in \d s"):
        get(remote, tmp_path)
    assert time.perf_counter() - start < 5
    assert names_in(tmp_path) == []


def test_a_server_that_is_fast_enough_is_waited_for(
    tmp_path, published, server, monkeypatch
):
    remote = published(bytes(300))
    server.pause = 0.005
    monkeypatch.setattr(_download, "_PATIENCE", 0.5)
    monkeypatch.setattr(_download, "_SLOWEST", 10)
    monkeypatch.setattr(_download, "_CHUNK", 1)
    assert get(remote, tmp_path).read_bytes() == bytes(300)


def test_a_full_disk_is_named(tmp_path, published, monkeypatch):
    def full(self):
        self.announced = 100
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_download._Transfer, "_receive", full)
    with pytest.raises(FileNotFoundError, match=r"failed .*No space left on device"):
        get(published(GZIPPED), tmp_path)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("announced", [True, False])
def test_a_server_that_sends_too_much_is_stopped(
    tmp_path, published, server, announced
):
    remote = dataclasses.replace(published(bytes(100_000)), size=1000)
    server.announces = announced
    with pytest.raises(FileNotFoundError, match="sends more than 2 kB, the most"):
        get(remote, tmp_path)
    assert names_in(tmp_path) == []


def test_the_size_is_said_before(tmp_path, published, server, capfd):
    remote = dataclasses.replace(published(bytes(134_300)), size=134_300)
    get(remote, tmp_path)
    said = f"Downloading {server.url} (134 kB) to {tmp_path / 'frogs.gz'}\n"
    assert capfd.readouterr().err.startswith(said)


def test_the_size_is_in_the_error(tmp_path, published, server):
    remote = published(GZIPPED)
    with pytest.raises(FileNotFoundError, match=r"from http.*file \(size unknown\)"):
        get(remote, tmp_path, download=False)
    server.status = 500
    remote = dataclasses.replace(remote, size=2_176_768_927)
    with pytest.raises(FileNotFoundError, match=r"file \(2\.18 GB\) failed"):
        get(remote, tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_killed_download_leaves_nothing_after_the_next(tmp_path, published, server):
    remote = published(bytes(200))
    server.pause = 0.1
    pid = os.fork()
    if pid == 0:
        try:
            get(remote, tmp_path)
        finally:
            os._exit(0)
    for _ in range(3000):
        if list(tmp_path.glob("*/frogs.gz")):
            break
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert names_in(tmp_path) != []
    server.pause = 0
    get(remote, tmp_path)
    assert names_in(tmp_path) == ["frogs.gz"]


def test_status_of_the_server_is_named(tmp_path, published, server):
    remote = published(GZIPPED)
    server.status = 404
    with pytest.raises(FileNotFoundError, match="HTTP status 404"):
        get(remote, tmp_path)
    assert names_in(tmp_path) == []


def test_web_page_is_not_saved_as_an_archive_without_digest(tmp_path, published):
    remote = published(b"<html>Log in</html>", digest=None)
    with pytest.raises(ValueError, match="is not a whole archive"):
        get(remote, tmp_path)
    assert names_in(tmp_path) == []


def test_archive_without_digest_is_saved(tmp_path, published, capfd):
    content = zipped("any.txt")  # an archive made a moment later has another time in it
    remote = published(content, digest=None)
    path = get(remote, tmp_path)
    assert path == tmp_path / "frogs.gz"
    assert path.read_bytes() == content
    assert "known_hash" not in capfd.readouterr().err


def test_folder_that_cannot_be_is_named(tmp_path, published):
    remote = published(GZIPPED)
    home = tmp_path / "file"
    home.touch()
    with pytest.raises(FileNotFoundError, match=r"failed \(\[Errno"):
        get(remote, home)
    assert home.read_bytes() == b""


@pytest.mark.slow
def test_two_processes_at_once_leave_one_whole_file(tmp_path, published, server):
    body = os.urandom(2**20)
    remote = published(body)
    context = multiprocessing.get_context("spawn")
    server.start = threading.Barrier(2)
    processes = [context.Process(target=get, args=(remote, tmp_path)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert names_in(tmp_path) == ["frogs.gz"]
    assert (tmp_path / "frogs.gz").read_bytes() == body
