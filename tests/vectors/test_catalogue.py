"""What skglove.vectors._catalogue finds and refuses."""

import dataclasses
import hashlib
import re
from pathlib import Path

import pytest
from serving import GZIPPED, names_in, zipped

from skglove.vectors import _catalogue as pretrained
from skglove.vectors._catalogue import (
    VECTOR_SETS,
    VectorsFile,
    find_vectors,
    resolve,
)

pytestmark = pytest.mark.usefixtures("no_surroundings")


@pytest.fixture
def publish(monkeypatch, server):
    """Has an entry of the catalogue come from the server."""

    def publish(name, body):
        server.body = body
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        entry = dataclasses.replace(VECTOR_SETS[name], url=server.url, digest=digest)
        monkeypatch.setitem(VECTOR_SETS, name, entry)

    return publish


@pytest.fixture
def offline(monkeypatch, closed_url):
    """Has nothing of the catalogue be reachable."""
    for name, entry in VECTOR_SETS.items():
        monkeypatch.setitem(
            VECTOR_SETS, name, dataclasses.replace(entry, url=closed_url)
        )
    return closed_url


# The catalogue


def test_digests_have_the_length_of_their_algorithm():
    for name, entry in VECTOR_SETS.items():
        if entry.digest is not None:
            assert re.fullmatch("md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", entry.digest), (
                name
            )


def test_only_what_has_no_published_digest_goes_unchecked():
    unchecked = {name for name, entry in VECTOR_SETS.items() if entry.digest is None}
    assert unchecked == {
        "glove.2024.dolma.300d",
        "glove.2024.wikigiga.50d",
        "glove.2024.wikigiga.100d",
        "glove.2024.wikigiga.200d",
        "glove.2024.wikigiga.300d",
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
    assert (
        f"{path} does not hold 'glove.6B.100d.txt'. It holds 'glove.6B.50d.txt'."
        in str(raised.value)
    )


def test_cut_off_zip_of_the_user_is_neither_used_nor_replaced(
    tmp_path, publish, server
):
    publish("glove.42B.300d", zipped("glove.42B.300d.txt"))
    path = tmp_path / "glove.42B.300d.zip"
    path.write_bytes(zipped("glove.42B.300d.txt")[:-30])
    before = path.read_bytes()
    with pytest.raises(FileNotFoundError, match=r"is in the way .* or cut off"):
        find_vectors("glove.42B.300d", tmp_path)
    assert path.read_bytes() == before
    assert server.requests == 0


def test_2024_archive_with_two_texts_is_ambiguous(tmp_path):
    path = tmp_path / "glove.2024.dolma.300d.zip"
    path.write_bytes(zipped("a.txt", "b.txt"))
    with pytest.raises(FileNotFoundError, match=r"It holds 'a.txt', 'b.txt'"):
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
        f"{offline} (134 MB) failed (ConnectionError)",
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


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("glove.6b.50d", "glove.6B.50d"),
        ("Glove.6B.100d", "glove.6B.100d"),
        ("glove.6B.200", "glove.6B.200d"),
        ("glove-6B-300d", "glove.6B.300d"),
        ("glove-wiki-gigaword-50", "glove.6B.50d"),
        ("glove.840b.300d", "glove.840B.300d"),
        ("glove_twitter.27B.25d", "glove.twitter.27B.25d"),
        ("glove.2024.dolma", "glove.2024.dolma.300d"),
        ("glove.6B.50d.txt", "glove.6B.50d"),
        ("vectors/glove.6b.50d.txt.gz", "glove.6B.50d"),
    ],
)
def test_a_name_meant_is_asked_for(tmp_path, name, meant):
    for look in (find_vectors, resolve):
        with pytest.raises((ValueError, FileNotFoundError)) as raised:
            look(name, tmp_path)
        assert f"{name!r}; did you mean {meant!r}? The catalogue" in str(raised.value)


@pytest.mark.parametrize("name", ["frog", "", "numberbatch", "mine.txt"])
def test_no_name_is_asked_for_that_is_far_from_all(tmp_path, name):
    with pytest.raises((ValueError, FileNotFoundError)) as raised:
        find_vectors(name, tmp_path)
    assert f"{name!r}. The catalogue has" in str(raised.value)


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
        (zipped("a.txt", "b.txt"), "It holds 'a.txt', 'b.txt'"),
        (zipped("README.md"), "does not hold one text .* It holds 'README.md'"),
        (zipped("a.txt")[:-1], "is damaged or cut off"),
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


def test_first_at_hand_is_the_first_that_is_there(tmp_path):
    names = "glove.6B.100d", "glove.6B.50d", "glove.6B.200d"
    assert pretrained.first_at_hand(*names, data_home=tmp_path) is None
    for dim in (200, 50):
        (tmp_path / f"glove.6B.{dim}d.txt").write_text("frog 0.1 0.2")
    assert pretrained.first_at_hand(*names, data_home=tmp_path) == "glove.6B.50d"
