"""Tests of fetch_banking77."""

import dataclasses
import hashlib
import re

import numpy as np
import pytest
from serving import names_in

from skglove.datasets import _banking77, fetch_banking77

TRAIN = b'text,category\r\nWhere is it?,arrival\r\n"Lost, or\nstolen",lost\r\n'
TEST = "text,category\r\nWhat is the €1 fee?,fee\r\nLost?,lost\r\n".encode()


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "banking77"
    folder.mkdir()
    (folder / "train.csv").write_bytes(TRAIN)
    (folder / "test.csv").write_bytes(TEST)
    return tmp_path


def test_banking77_subsets(home):
    train = fetch_banking77(data_home=home)
    assert train.data == ["Where is it?", "Lost, or\nstolen"]
    assert train.target.tolist() == [0, 2]
    assert train.target.dtype == np.int64
    assert "Number of Instances: 2" in train.DESCR

    test = fetch_banking77(subset="test", data_home=home)
    assert test.data == ["What is the €1 fee?", "Lost?"]
    assert test.target.tolist() == [1, 2]
    assert train.target_names == test.target_names == ["arrival", "fee", "lost"]

    everything = fetch_banking77(subset="all", data_home=home)
    assert everything.data == train.data + test.data
    assert everything.target.tolist() == [0, 2, 1, 2]


def test_banking77_return_X_y(home):
    data, target = fetch_banking77(subset="test", data_home=home, return_X_y=True)
    assert data == ["What is the €1 fee?", "Lost?"]
    assert target.tolist() == [1, 2]


def test_an_unknown_subset_is_refused(home):
    with pytest.raises(ValueError, match=r"subset must be .*'dev'"):
        fetch_banking77(subset="dev", data_home=home)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must have rows"),
        (b"text,category\r\n", "and it has 0 rows"),
        (b"text,label\r\nWhere?,1\r\n", r"its columns are \['text', 'label'\]"),
        (b"text,category\r\nWhere?\r\n", "must have rows with the columns 'text'"),
        (b'text,category\r\n"Where?" is,1\r\n', "cannot be read at line 2"),
        (b"text,category\r\nWhere \xff?,1\r\n", "cannot be read at line"),
        (b"text,category\r\n" + b"x" * 200_000 + b",1\r\n", "cannot be read at line"),
    ],
)
def test_a_file_without_the_columns_is_named(home, content, message):
    path = home / "banking77" / "train.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{re.escape(str(path))} .*{message}"):
        fetch_banking77(data_home=home)
    assert path.read_bytes() == content


def publish(monkeypatch, server, digests):
    for half, content in digests.items():
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        published = dataclasses.replace(
            _banking77._FILES[half], url=server.url, digest=digest
        )
        monkeypatch.setitem(_banking77._FILES, half, published)


def test_banking77_is_downloaded_once(tmp_path, server, monkeypatch):
    publish(monkeypatch, server, {"train": TRAIN, "test": TRAIN})
    server.body = TRAIN
    for _ in range(2):
        bunch = fetch_banking77(subset="all", data_home=tmp_path)
        assert bunch.target.tolist() == [0, 1, 0, 1]
    assert server.requests == 2
    assert names_in(tmp_path / "banking77") == ["test.csv", "train.csv"]


def test_another_download_is_refused(tmp_path, server, monkeypatch):
    publish(monkeypatch, server, {"train": TRAIN})
    server.body = TEST
    with pytest.raises(ValueError, match=r"is not the published train\.csv"):
        fetch_banking77(data_home=tmp_path)
    assert names_in(tmp_path / "banking77") == []


def test_banking77_not_to_be_had_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError) as raised:
        fetch_banking77(data_home=tmp_path, download_if_missing=False)
    for part in [
        "'train.csv' of Banking77",
        str(tmp_path / "banking77"),
        "https://raw.githubusercontent.com/PolyAI-LDN/task-specific-datasets/",
        "(839 kB)",
        "Put the file",
    ]:
        assert part in str(raised.value)
    assert names_in(tmp_path) == []


@pytest.mark.realdata
@pytest.mark.parametrize("half", ["train", "test"])
def test_the_digests_are_of_the_files(require_data, half):
    published = _banking77._FILES[half]
    content = (require_data("banking77") / published.file_name).read_bytes()
    assert published.digest == "sha256:" + hashlib.sha256(content).hexdigest()
    assert published.size == len(content)


@pytest.mark.realdata
def test_real_banking77_counts(require_data):
    require_data("banking77")
    train, test = (fetch_banking77(subset=subset) for subset in ("train", "test"))
    assert (len(train.data), len(test.data)) == (10_003, 3_080)
    assert len(train.target_names) == 77
    assert set(np.bincount(test.target)) == {40}
    assert set(train.target) == set(range(77))
