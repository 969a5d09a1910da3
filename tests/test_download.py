"""What skglove._download fetches, checks and refuses."""

import hashlib
import multiprocessing
import os
import stat
import threading
from pathlib import Path

import pytest
from serving import GZIPPED, names_in, zipped

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
    with pytest.raises(FileNotFoundError, match=f"{server.url} failed"):
        get(remote, tmp_path)
    assert names_in(tmp_path) == []


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
    remote = published(zipped("any.txt"), digest=None)
    path = get(remote, tmp_path)
    assert path == tmp_path / "frogs.gz"
    assert path.read_bytes() == zipped("any.txt")
    assert "known_hash" not in capfd.readouterr().err


def test_folder_that_cannot_be_is_named(tmp_path, published):
    remote = published(GZIPPED)
    home = tmp_path / "file"
    home.touch()
    with pytest.raises(FileNotFoundError, match=r"failed \(\[Errno"):
        get(remote, home)
    assert home.read_bytes() == b""


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
