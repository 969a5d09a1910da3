"""What skglove.vectors._catalogue finds, downloads and refuses."""

import dataclasses
import gzip
import hashlib
import http.server
import io
import multiprocessing
import os
import re
import socket
import stat
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from skglove.vectors import _catalogue as pretrained
from skglove.vectors._catalogue import (
    CORPORA,
    VECTOR_SETS,
    VectorsFile,
    data_home,
    fetch_archive,
    find_vectors,
    resolve,
)

GZIPPED = gzip.compress(b"1 2\nfrog 0.1 0.2\n", mtime=0)


def zipped(*members):
    """The bytes of a zip with these members, each a line of text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in members:
            archive.writestr(member, "frog 0.1 0.2\n")
    return buffer.getvalue()


def tarred():
    """The bytes of a .tar.gz of one folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        folder = tarfile.TarInfo("20_newsgroups")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    return buffer.getvalue()


def names_in(folder):
    """The names of what lies in the folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


class Server(http.server.ThreadingHTTPServer):
    """Serves `body` at any address, announcing `missing` bytes more than it has.

    It sends no body before as many requests are waiting as `start` has parties.
    """

    body = GZIPPED
    missing = 0
    status = 200
    requests = 0
    start = threading.Barrier(1)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/file"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests += 1
        self.send_response(self.server.status)
        self.send_header("Content-Length", len(self.server.body) + self.server.missing)
        self.end_headers()
        self.server.start.wait(60)
        self.wfile.write(self.server.body)

    def log_message(self, *args):
        pass


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """No proxy between the tests and 127.0.0.1, no data home of the user."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("SKGLOVE_DATA", raising=False)


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def publish(monkeypatch, server):
    """Has an entry of the catalogue come from the server."""

    def publish(name, body, digest="right", catalogue=VECTOR_SETS, **attributes):
        server.body = body
        if digest == "right":
            digest = "sha256:" + hashlib.sha256(body).hexdigest()
        entry = dataclasses.replace(
            catalogue[name], url=server.url, digest=digest, **attributes
        )
        monkeypatch.setitem(catalogue, name, entry)

    return publish


@pytest.fixture
def closed_url():
    """An address of this machine at which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/file"


@pytest.fixture
def offline(monkeypatch, closed_url):
    """Has nothing of the catalogue be reachable."""
    for catalogue in (VECTOR_SETS, CORPORA):
        for name, entry in catalogue.items():
            monkeypatch.setitem(
                catalogue, name, dataclasses.replace(entry, url=closed_url)
            )
    return closed_url


# The catalogue


@pytest.mark.parametrize("catalogue", [VECTOR_SETS, CORPORA])
def test_digests_have_the_length_of_their_algorithm(catalogue):
    for name, entry in catalogue.items():
        if entry.digest is not None:
            assert re.fullmatch("md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", entry.digest), (
                name
            )


def test_only_what_has_no_published_digest_goes_unchecked():
    unchecked = {
        name
        for name, entry in {**VECTOR_SETS, **CORPORA}.items()
        if entry.digest is None
    }
    assert unchecked == {
        "glove.2024.dolma.300d",
        "glove.2024.wikigiga.50d",
        "glove.2024.wikigiga.100d",
        "glove.2024.wikigiga.200d",
        "glove.2024.wikigiga.300d",
        "news20.tar.gz",
    }


def test_the_catalogue_has_every_published_size():
    sizes = {}
    for name, entry in VECTOR_SETS.items():
        family, dim = name.rsplit(".", 1)
        assert dim == f"{entry.dim}d"
        sizes.setdefault(family, []).append(entry.dim)
    assert sizes == {
        "glove.6B": [50, 100, 200, 300],
        "glove.42B": [300],
        "glove.840B": [300],
        "glove.twitter.27B": [25, 50, 100, 200],
        "glove.2024.wikigiga": [50, 100, 200, 300],
        "glove.2024.dolma": [300],
    }


@pytest.mark.parametrize(
    ("name", "url"),
    [
        (
            "glove.6B.100d",
            "https://github.com/RaRe-Technologies/gensim-data/releases/download/"
            "glove-wiki-gigaword-100/glove-wiki-gigaword-100.gz",
        ),
        ("glove.840B.300d", "https://nlp.stanford.edu/data/glove.840B.300d.zip"),
        (
            "glove.twitter.27B.25d",
            "https://nlp.stanford.edu/data/glove.twitter.27B.zip",
        ),
        (
            "glove.2024.wikigiga.50d",
            "https://nlp.stanford.edu/data/wordvecs/glove.2024.wikigiga.50d.zip",
        ),
    ],
)
def test_addresses(name, url):
    assert VECTOR_SETS[name].url == url


def test_what_is_downloaded_is_found_the_next_time():
    for name, entry in VECTOR_SETS.items():
        assert entry.file_name in entry.file_names, name


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


def test_variable_names_the_folder_searched(monkeypatch, tmp_path):
    monkeypatch.setenv("SKGLOVE_DATA", str(tmp_path))
    path = tmp_path / "glove.6B.50d.txt"
    path.touch()
    assert find_vectors("glove.6B.50d", download=False) == (path, None)


def test_looking_creates_no_folder(tmp_path):
    home = tmp_path / "home"
    with pytest.raises(FileNotFoundError):
        find_vectors("glove.6B.50d", home, download=False)
    assert not home.exists()


# Files put there by hand


@pytest.mark.parametrize(
    ("name", "file_name", "content", "member"),
    [
        ("glove.6B.100d", "glove.6B.100d.txt", b"", None),
        ("glove.6B.100d", "glove.6B.100d.txt.gz", GZIPPED, None),
        ("glove.6B.100d", "glove-wiki-gigaword-100.gz", GZIPPED, None),
        (
            "glove.6B.100d",
            "glove.6B.100d.zip",
            zipped("glove.6B.100d.txt"),
            "glove.6B.100d.txt",
        ),
        (
            "glove.6B.100d",
            "glove.6B.zip",
            zipped("glove.6B.50d.txt", "glove.6B.100d.txt", "glove.6B.300d.txt"),
            "glove.6B.100d.txt",
        ),
        (
            "glove.6B.100d",
            "glove.6B.zip",
            zipped("glove/glove.6B.50d.txt", "glove/glove.6B.100d.txt"),
            "glove/glove.6B.100d.txt",
        ),
        (
            "glove.twitter.27B.25d",
            "glove.twitter.27B.zip",
            zipped("glove.twitter.27B.100d.txt", "glove.twitter.27B.25d.txt"),
            "glove.twitter.27B.25d.txt",
        ),
        ("glove.twitter.27B.25d", "glove-twitter-25.gz", GZIPPED, None),
        ("glove.840B.300d", "glove.840B.300d.txt", b"", None),
        (
            "glove.2024.wikigiga.50d",
            "glove.2024.wikigiga.50d.zip",
            zipped("README", "any.txt", "__MACOSX/._any.txt"),
            "any.txt",
        ),
        (
            "glove.2024.dolma.300d",
            "dolma_300_2024_1.2M.100_combined.txt",
            b"",
            None,
        ),
    ],
)
def test_files_by_hand_are_found_with_no_network(
    tmp_path, offline, name, file_name, content, member
):
    path = tmp_path / file_name
    path.write_bytes(content)
    assert find_vectors(name, tmp_path) == VectorsFile(path, member)


def test_unpacked_text_goes_before_archives(tmp_path):
    (tmp_path / "glove.6B.zip").write_bytes(zipped("glove.6B.100d.txt"))
    (tmp_path / "glove.6B.100d.txt").touch()
    found = find_vectors("glove.6B.100d", tmp_path, download=False)
    assert found.path.name == "glove.6B.100d.txt"


def test_zip_without_the_wanted_size_is_passed_over(tmp_path):
    (tmp_path / "glove.6B.100d.zip").write_bytes(zipped("glove.6B.50d.txt"))
    (tmp_path / "glove.6B.zip").write_bytes(zipped("glove.6B.100d.txt"))
    found = find_vectors("glove.6B.100d", tmp_path, download=False)
    assert found == (tmp_path / "glove.6B.zip", "glove.6B.100d.txt")


def test_error_mentions_a_zip_without_the_wanted_size(tmp_path):
    path = tmp_path / "glove.6B.zip"
    path.write_bytes(zipped("glove.6B.50d.txt"))
    with pytest.raises(FileNotFoundError) as raised:
        find_vectors("glove.6B.100d", tmp_path, download=False)
    assert f"{path} does not hold 'glove.6B.100d.txt' but 'glove.6B.50d.txt'." in str(
        raised.value
    )


def test_cut_off_zip_of_the_user_is_neither_used_nor_replaced(
    tmp_path, publish, server
):
    publish("glove.42B.300d", zipped("glove.42B.300d.txt"))
    path = tmp_path / "glove.42B.300d.zip"
    path.write_bytes(zipped("glove.42B.300d.txt")[:-30])
    before = path.read_bytes()
    with pytest.raises(FileNotFoundError, match=r"is in the way .* is cut off"):
        find_vectors("glove.42B.300d", tmp_path)
    assert path.read_bytes() == before
    assert server.requests == 0


def test_2024_archive_with_two_texts_is_ambiguous(tmp_path):
    path = tmp_path / "glove.2024.dolma.300d.zip"
    path.write_bytes(zipped("a.txt", "b.txt"))
    with pytest.raises(FileNotFoundError, match=r"holds 2: 'a.txt', 'b.txt'"):
        find_vectors("glove.2024.dolma.300d", tmp_path, download=False)


# Downloads


def test_download_is_whole_and_kept(tmp_path, publish, server, capfd):
    home = tmp_path / "new" / "home"
    publish("glove.6B.100d", GZIPPED)
    found = find_vectors("glove.6B.100d", home)
    assert found == (home / "glove-wiki-gigaword-100.gz", None)
    assert found.path.read_bytes() == GZIPPED
    assert names_in(home) == ["glove-wiki-gigaword-100.gz"]
    assert find_vectors("glove.6B.100d", home) == found
    assert server.requests == 1
    assert "100%" in capfd.readouterr().err


def test_downloaded_archive_gives_its_member(tmp_path, publish):
    members = ["glove.twitter.27B.25d.txt", "glove.twitter.27B.50d.txt"]
    publish("glove.twitter.27B.50d", zipped(*members))
    found = find_vectors("glove.twitter.27B.50d", tmp_path)
    assert found == (tmp_path / "glove.twitter.27B.zip", members[1])


def test_server_is_asked_not_to_encode(tmp_path, publish, server):
    publish("glove.6B.100d", GZIPPED)
    asked = []
    handler = server.RequestHandlerClass

    class Encoding(handler):
        def do_GET(self):
            asked.append(self.headers["Accept-Encoding"])
            super().do_GET()

    server.RequestHandlerClass = Encoding
    find_vectors("glove.6B.100d", tmp_path)
    assert asked == ["identity"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_download_is_readable_by_those_who_may_read_the_folder(tmp_path, publish):
    publish("glove.6B.100d", GZIPPED)
    for rights, expected in [(0o755, 0o644), (0o750, 0o640), (0o700, 0o600)]:
        tmp_path.chmod(rights)
        path = find_vectors("glove.6B.100d", tmp_path).path
        assert stat.S_IMODE(path.stat().st_mode) == expected
        path.unlink()


def test_wrong_digest_leaves_nothing(tmp_path, publish):
    expected = "md5:" + "0" * 32
    publish("glove.6B.100d", GZIPPED, digest=expected)
    with pytest.raises(ValueError) as raised:
        find_vectors("glove.6B.100d", tmp_path)
    message = str(raised.value)
    assert "glove-wiki-gigaword-100.gz" in message
    assert expected in message
    assert hashlib.md5(GZIPPED).hexdigest() in message
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("digest", ["right", None])
def test_cut_off_transfer_leaves_nothing(tmp_path, publish, server, digest):
    publish("glove.6B.100d", zipped("a.txt"), digest=digest)
    server.missing = 1
    with pytest.raises(FileNotFoundError, match=f"{server.url} failed"):
        find_vectors("glove.6B.100d", tmp_path)
    assert names_in(tmp_path) == []


def test_status_of_the_server_is_named(tmp_path, publish, server):
    publish("glove.6B.100d", GZIPPED)
    server.status = 404
    with pytest.raises(FileNotFoundError, match="HTTP status 404"):
        find_vectors("glove.6B.100d", tmp_path)
    assert names_in(tmp_path) == []


def test_web_page_is_not_saved_as_an_archive_without_digest(tmp_path, publish):
    publish("glove.2024.dolma.300d", b"<html>Log in</html>", digest=None)
    with pytest.raises(ValueError, match="is not a whole archive"):
        find_vectors("glove.2024.dolma.300d", tmp_path)
    assert names_in(tmp_path) == []


def test_archive_without_digest_is_saved(tmp_path, publish, capfd):
    publish("glove.2024.dolma.300d", zipped("any.txt"), digest=None)
    found = find_vectors("glove.2024.dolma.300d", tmp_path)
    assert found == (tmp_path / "glove.2024.dolma.300d.zip", "any.txt")
    assert "known_hash" not in capfd.readouterr().err


def test_folder_that_cannot_be_is_named(tmp_path, publish):
    publish("glove.6B.100d", GZIPPED)
    home = tmp_path / "file"
    home.touch()
    with pytest.raises(FileNotFoundError, match=r"failed \(\[Errno"):
        find_vectors("glove.6B.100d", home)
    assert home.read_bytes() == b""


def _find(home, url, digest):
    entry = dataclasses.replace(VECTOR_SETS["glove.6B.100d"], url=url, digest=digest)
    pretrained.VECTOR_SETS["glove.6B.100d"] = entry
    find_vectors("glove.6B.100d", home)


def test_two_processes_at_once_leave_one_whole_file(tmp_path, server):
    body = server.body = os.urandom(2**20)
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    context = multiprocessing.get_context("spawn")
    server.start = threading.Barrier(2)
    processes = [
        context.Process(target=_find, args=(tmp_path, server.url, digest))
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert names_in(tmp_path) == ["glove-wiki-gigaword-100.gz"]
    assert (tmp_path / "glove-wiki-gigaword-100.gz").read_bytes() == body


# Not to be had


def test_offline_error_says_what_was_tried_and_what_to_do(tmp_path, offline):
    with pytest.raises(FileNotFoundError) as raised:
        find_vectors("glove.6B.100d", tmp_path)
    message = str(raised.value)
    for part in [
        "'glove.6B.100d'",
        "'glove.6B.100d.txt'",
        "'glove.6B.zip'",
        "'glove-wiki-gigaword-100.gz'",
        str(tmp_path),
        f"{offline} failed (ConnectionError)",
        "Put one of these files into that folder",
        "pass the path",
        "Glove()",
        "embeddings=None",
    ]:
        assert part in message
    assert type(raised.value.__cause__).__name__ == "ConnectionError"
    assert names_in(tmp_path) == []


def test_download_false_asks_no_server(tmp_path, publish, server):
    publish("glove.6B.100d", GZIPPED)
    with pytest.raises(FileNotFoundError, match="download=False") as raised:
        find_vectors("glove.6B.100d", tmp_path, download=False)
    assert server.url in str(raised.value)
    assert server.requests == 0


def test_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError) as raised:
        find_vectors("glove.6b.100d", tmp_path)
    message = str(raised.value)
    assert "Unknown word vectors 'glove.6b.100d'" in message
    assert all(repr(name) in message for name in VECTOR_SETS)


@pytest.mark.parametrize("name", [None, 100, ["glove.6B.100d"]])
def test_name_that_is_no_text_is_unknown(tmp_path, name):
    with pytest.raises(ValueError, match="Unknown word vectors"):
        find_vectors(name, tmp_path)


# Names and paths


@pytest.mark.parametrize("kind", [str, Path])
def test_existing_file_is_that_file(tmp_path, kind):
    path = tmp_path / "mine.vec"
    path.touch()
    assert resolve(kind(path)) == VectorsFile(path, None)


def test_file_goes_before_the_catalogue(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("glove.6B.100d").touch()
    assert resolve("glove.6B.100d", tmp_path) == (Path("glove.6B.100d"), None)


def test_tilde_in_a_path_is_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "mine.txt").touch()
    assert resolve("~/mine.txt") == (tmp_path / "mine.txt", None)


def test_name_is_looked_up_in_the_data_home(tmp_path, offline):
    path = tmp_path / "glove.6B.100d.txt"
    path.touch()
    assert resolve("glove.6B.100d", tmp_path) == (path, None)


def test_zip_by_path_gives_its_only_text(tmp_path):
    path = tmp_path / "mine.zip"
    path.write_bytes(zipped("README.md", "mine.txt"))
    assert resolve(path) == (path, "mine.txt")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped("a.txt", "b.txt"), "holds 2: 'a.txt', 'b.txt'"),
        (zipped("README.md"), "holds 0"),
        (zipped("a.txt")[:-1], "is not a zip file, or is cut off"),
    ],
)
def test_zip_by_path_without_one_text_is_refused(tmp_path, content, message):
    path = tmp_path / "mine.zip"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        resolve(path)


@pytest.mark.parametrize(
    "source",
    ["vectors/mine", "mine.txt", "glove.6B.100d.txt", "~/mine", Path("mine")],
)
def test_path_of_no_file_is_not_found(source):
    with pytest.raises(FileNotFoundError, match=re.escape(f"no file {str(source)!r}")):
        resolve(source)


def test_folder_is_not_a_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="is a folder"):
        resolve(tmp_path)


@pytest.mark.parametrize("source", ["frog", "", "f" * 5000])
def test_text_that_is_neither_name_nor_path_is_unknown(source):
    with pytest.raises(ValueError, match=f"Unknown word vectors '{source}'"):
        resolve(source)


@pytest.mark.parametrize("source", [None, 3, b"glove.6B.100d", ["glove.6B.100d"]])
def test_source_of_another_type_is_refused(source):
    with pytest.raises(TypeError, match=re.escape(repr(source))):
        resolve(source)


# Corpora


def test_corpus_by_hand_is_found_with_no_network(tmp_path, offline):
    path = tmp_path / "aclImdb_v1.tar.gz"
    path.touch()
    assert fetch_archive("aclImdb_v1.tar.gz", tmp_path) == path


def test_corpus_is_downloaded(tmp_path, publish):
    body = tarred()
    publish("news20.tar.gz", body, digest=None, catalogue=CORPORA)
    path = fetch_archive("news20.tar.gz", tmp_path)
    assert path == tmp_path / "news20.tar.gz"
    assert path.read_bytes() == body


def test_corpus_not_to_be_had_says_what_to_do(tmp_path, offline):
    with pytest.raises(FileNotFoundError) as raised:
        fetch_archive("news20.tar.gz", tmp_path)
    message = str(raised.value)
    for part in [
        "'news20.tar.gz'",
        str(tmp_path),
        offline,
        "Put the file",
        "data_home",
    ]:
        assert part in message
    with pytest.raises(FileNotFoundError, match="download=False"):
        fetch_archive("news20.tar.gz", tmp_path, download=False)


def test_unknown_corpus_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"'frogs'.*'news20.tar.gz', 'aclImdb"):
        fetch_archive("frogs", tmp_path)


def test_first_at_hand_is_the_first_that_is_there(tmp_path):
    names = "glove.6B.100d", "glove.6B.50d", "glove.6B.200d"
    assert pretrained.first_at_hand(*names, data_home=tmp_path) is None
    for dim in (200, 50):
        (tmp_path / f"glove.6B.{dim}d.txt").write_text("frog 0.1 0.2")
    assert pretrained.first_at_hand(*names, data_home=tmp_path) == "glove.6B.50d"
