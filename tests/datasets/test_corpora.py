"""Tests of what the published corpora have in common: where they come from."""

import dataclasses
import hashlib
import re

import pytest
from serving import names_in, tarred

from skglove._unpack import content_digest
from skglove.datasets import _imdb, _news20, fetch_imdb, fetch_news20

NEWS20 = tarred(
    ("20_newsgroups/sci.med/1", b"one"), ("20_newsgroups/rec.autos/2", b"two")
)
IMDB = tarred(
    ("aclImdb/train/neg/0_1.txt", b"bad"),
    ("aclImdb/train/pos/0_9.txt", b"good"),
    ("aclImdb/imdb.vocab", b"bad good"),
)


@pytest.fixture
def published(monkeypatch, tmp_path):
    """Has the corpora be such small ones, and come from an address."""
    folder = tmp_path.parent / f"{tmp_path.name}-expected"
    for name, content in (("sci.med/1", "one"), ("rec.autos/2", "two")):
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_text(content)

    def published(url):
        for module, name, digests in (
            (_news20, "_NEWS20_ARCHIVE", {"content_digest": content_digest(folder)}),
            (
                _imdb,
                "_IMDB_ARCHIVE",
                {"digest": "sha256:" + hashlib.sha256(IMDB).hexdigest()},
            ),
        ):
            archive = dataclasses.replace(getattr(module, name), url=url, **digests)
            monkeypatch.setattr(module, name, archive)

    return published


CORPORA = pytest.mark.parametrize(
    ("fetch", "file_name", "folder", "content", "data"),
    [
        (fetch_news20, "news20.tar.gz", "20_newsgroups", NEWS20, ["two", "one"]),
        (fetch_imdb, "aclImdb_v1.tar.gz", "aclImdb", IMDB, ["bad", "good"]),
    ],
    ids=["news20", "imdb"],
)


@CORPORA
def test_an_archive_in_the_data_home_is_unpacked_once(
    tmp_path, published, closed_url, fetch, file_name, folder, content, data
):
    published(closed_url)
    path = tmp_path / file_name
    path.write_bytes(content)
    assert fetch(data_home=tmp_path, download_if_missing=False).data == data
    path.write_bytes(b"")
    # the folder is read
    assert fetch(data_home=tmp_path, download_if_missing=False).data == data
    assert names_in(tmp_path) == sorted([file_name, folder])


@CORPORA
def test_a_corpus_is_downloaded_once(
    tmp_path, published, server, fetch, file_name, folder, content, data
):
    published(server.url)
    server.body = content
    for _ in range(2):
        assert fetch(data_home=tmp_path).data == data
    assert server.requests == 1
    assert names_in(tmp_path) == sorted([file_name, folder])
    assert (tmp_path / file_name).read_bytes() == content


@CORPORA
def test_another_archive_is_not_unpacked(
    tmp_path, published, closed_url, fetch, file_name, folder, content, data
):
    published(closed_url)
    path = tmp_path / file_name
    other = tarred((f"{folder}/train/neg/1.txt", b"another"))
    path.write_bytes(other)
    with pytest.raises(
        ValueError, match=f"{re.escape(str(path))} is not the publ.*sha"
    ):
        fetch(data_home=tmp_path)
    assert names_in(tmp_path) == [file_name]
    assert path.read_bytes() == other  # which is the user's


@CORPORA
@pytest.mark.parametrize(
    "body",
    [
        tarred(("20_newsgroups/sci.med/1", b"another"), ("aclImdb/1", b"another")),
        NEWS20[:-20],
        b"<html>Log in</html>",
    ],
    ids=["another archive", "cut off", "web page"],
)
def test_another_download_leaves_nothing(
    tmp_path, published, server, fetch, file_name, folder, content, data, body
):
    published(server.url)
    server.body = body
    with pytest.raises(ValueError, match=r"is not (the published|a whole)|is damaged"):
        fetch(data_home=tmp_path)
    assert names_in(tmp_path) == []
    server.body = content
    assert fetch(data_home=tmp_path).data == data


@CORPORA
def test_a_corpus_not_to_be_had_says_what_to_do(
    tmp_path, published, closed_url, fetch, file_name, folder, content, data
):
    published(closed_url)
    with pytest.raises(FileNotFoundError) as raised:
        fetch(data_home=tmp_path)
    for part in [
        repr(file_name),
        str(tmp_path),
        closed_url,
        "84.1 MB" if fetch is fetch_imdb else "size unknown",
        "Put the file",
        "data_home",
    ]:
        assert part in str(raised.value)


@CORPORA
def test_a_corpus_not_to_be_downloaded(
    tmp_path, fetch, file_name, folder, content, data
):
    with pytest.raises(FileNotFoundError, match=rf"download=False.*{file_name}"):
        fetch(data_home=tmp_path / "home", download_if_missing=False)
    assert names_in(tmp_path) == []


def test_every_archive_has_a_digest_and_comes_over_https():
    for archive in (_news20._NEWS20_ARCHIVE, _imdb._IMDB_ARCHIVE):
        assert archive.url.startswith("https://")
        digest = archive.digest or archive.content_digest
        assert re.fullmatch("sha256:[0-9a-f]{64}", digest)


@pytest.mark.realdata
def test_the_digest_of_the_posts_is_that_of_the_posts(require_data):
    folder = require_data("20_newsgroups")
    assert content_digest(folder) == _news20._NEWS20_ARCHIVE.content_digest


@pytest.mark.parametrize("fetch", [fetch_news20, fetch_imdb])
def test_an_unknown_subset_is_refused(tmp_path, fetch):
    with pytest.raises(ValueError, match=r"subset must be .*'validation'"):
        fetch(subset="validation", data_home=tmp_path)
