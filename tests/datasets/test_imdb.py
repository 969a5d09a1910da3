"""Tests of fetch_imdb."""

import re
from pathlib import Path

import numpy as np
import pytest

from skglove.datasets import fetch_imdb


@pytest.fixture
def imdb_home(tmp_path):
    """A data home with one or two reviews in each of the four folders."""
    for half, label, names in [
        ("train", "neg", ["1_2", "0_3"]),
        ("train", "pos", ["0_9"]),
        ("train", "unsup", ["0_0"]),
        ("test", "neg", ["0_1"]),
        ("test", "pos", ["0_10", "1_7"]),
    ]:
        folder = tmp_path / "aclImdb" / half / label
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.txt").write_text(f"{half} {label} {name} é", "utf-8")
    (tmp_path / "aclImdb" / "train" / "neg" / "urls.html").write_text("no review")
    return tmp_path


def test_imdb_subsets(imdb_home):
    train = fetch_imdb(data_home=imdb_home)
    assert train.data == ["train neg 0_3 é", "train neg 1_2 é", "train pos 0_9 é"]
    assert train.target.tolist() == [0, 0, 1]
    assert train.target.dtype == np.int64
    assert train.target_names == ["neg", "pos"]
    assert "Number of Instances: 3" in train.DESCR

    test = fetch_imdb(subset="test", data_home=imdb_home)
    assert test.target.tolist() == [0, 1, 1]
    everything = fetch_imdb(subset="all", data_home=imdb_home)
    assert everything.data == train.data + test.data
    assert everything.target.tolist() == [0, 0, 1, 0, 1, 1]
    for text, name in zip(everything.data, everything.filenames, strict=True):
        assert Path(name).read_text("utf-8") == text


def test_imdb_return_X_y(imdb_home):
    data, target = fetch_imdb(subset="test", data_home=imdb_home, return_X_y=True)
    assert data == ["test neg 0_1 é", "test pos 0_10 é", "test pos 1_7 é"]
    assert target.tolist() == [0, 1, 1]


def test_an_incomplete_folder_is_named(imdb_home):
    pos = imdb_home / "aclImdb" / "test" / "pos"
    pos.rename(imdb_home / "elsewhere")
    with pytest.raises(FileNotFoundError, match=re.escape(str(pos))):
        fetch_imdb(subset="test", data_home=imdb_home)
    assert len(fetch_imdb(subset="train", data_home=imdb_home).data) == 3


@pytest.mark.realdata
def test_real_imdb_counts(require_data):
    require_data("aclImdb")
    bunch = fetch_imdb(subset="all")
    assert len(bunch.data) == 50_000
    assert bunch.target.tolist() == 2 * (12_500 * [0] + 12_500 * [1])
