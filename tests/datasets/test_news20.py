"""Tests of fetch_news20."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import _twenty_newsgroups

from skglove.datasets import _news20, fetch_news20

POST = "From: a\nSubject: b\n\n" + "\n".join(f"line {i}" for i in range(4, 13))


@pytest.fixture
def news20_home(tmp_path):
    """A data home with eleven posts in two groups, written out of order."""
    for group, n_posts in [("sci.space", 6), ("alt.atheism", 5)]:
        folder = tmp_path / "20_newsgroups" / group
        folder.mkdir(parents=True)
        for i in reversed(range(n_posts)):
            (folder / str(i + 7)).write_bytes(
                f"{group} {i + 7} caf\xe9".encode("latin-1")
            )
    return tmp_path


def put_post(home, content):
    folder = home / "20_newsgroups" / "misc.forsale"
    folder.mkdir(parents=True)
    (folder / "1").write_bytes(content)


def test_news20_is_sorted_by_group_and_file_name_as_a_string(news20_home):
    bunch = fetch_news20(data_home=news20_home)
    assert bunch.target_names == ["alt.atheism", "sci.space"]
    assert bunch.target.tolist() == [0] * 5 + [1] * 6
    assert bunch.target.dtype == np.int64
    order = ["10", "11", "7", "8", "9", "10", "11", "12", "7", "8", "9"]
    assert [Path(name).name for name in bunch.filenames] == order
    assert bunch.data[0] == "alt.atheism 10 café"
    assert "Number of Instances: 11" in bunch.DESCR


def test_news20_split_is_the_keras_examples(news20_home):
    everything = fetch_news20(data_home=news20_home)
    samples, labels = list(everything.data), everything.target.tolist()
    for values in (samples, labels):
        np.random.RandomState(1337).shuffle(values)

    train = fetch_news20(subset="train", data_home=news20_home)
    assert (train.data, train.target.tolist()) == (samples[:-2], labels[:-2])
    test = fetch_news20(subset="test", data_home=news20_home)
    assert (test.data, test.target.tolist()) == (samples[-2:], labels[-2:])
    for text, name in zip(test.data, test.filenames, strict=True):
        assert Path(name).read_text("latin-1") == text


def test_news20_return_X_y(news20_home):
    bunch = fetch_news20(data_home=news20_home)
    data, target = fetch_news20(data_home=news20_home, return_X_y=True)
    assert data == bunch.data
    np.testing.assert_array_equal(target, bunch.target)


@pytest.mark.parametrize(
    ("post", "rest"),
    [
        (POST, POST[len("From: a\nSubject: b\n\n") :]),
        ("From: a\n\none\n\ntwo", "one\n\ntwo"),
        ("no blank line", ""),
        ("\n\nfirst line blank", "first line blank"),
    ],
)
def test_headers_end_at_the_first_blank_line(tmp_path, post, rest):
    put_post(tmp_path, post.encode())
    assert fetch_news20(remove=("headers",), data_home=tmp_path).data == [rest]


@pytest.mark.parametrize(
    ("post", "rest"),
    [(POST, "line 11\nline 12"), (POST + "\n", "line 11\nline 12\n"), ("short", "")],
)
def test_first_ten_lines_are_dropped_whatever_they_are(tmp_path, post, rest):
    put_post(tmp_path, post.encode())
    assert fetch_news20(remove=("first_ten_lines",), data_home=tmp_path).data == [rest]


def test_line_ends_are_read_as_open_reads_them(tmp_path):
    put_post(tmp_path, POST.replace("\n", "\r\n").encode() + b"\rlast")
    bunch = fetch_news20(remove=("first_ten_lines",), data_home=tmp_path)
    assert bunch.data == ["line 11\nline 12\nlast"]


ODD_POSTS = [
    "",
    "\n",
    "\n\n",
    "\n\n\nx\n\n",
    "x",
    "a: b\n\ntext\n--\nme",
    "a: b\n\ntext\n -- - \nme\n---x\n",
    "a: b\n\n\ntext",
    "---\ntext",
    "a: b\n\nIn article <1> x writes:\n> quoted\n| quoted\n >kept\nsaid: y\nend",
    "a: b\n\nshe writes in\nshe writes\nShe Said:\nQuoted from x\nNot Quoted from x",
]


def test_removing_is_scikit_learns(tmp_path, make_odd_texts):
    lines = [*make_odd_texts(200, seed=0), *"\n\n\n\n\n"]
    rng = np.random.RandomState(0)
    posts = ODD_POSTS + ["\n".join(rng.choice(lines, 12)) for _ in range(200)]
    parts = {
        "headers": _twenty_newsgroups.strip_newsgroup_header,
        "footers": _twenty_newsgroups.strip_newsgroup_footer,
        "quotes": _twenty_newsgroups.strip_newsgroup_quoting,
    }
    for n_parts in range(4):
        for remove in itertools.permutations(parts, n_parts):
            expected = posts
            for name, strip in parts.items():
                if name in remove:
                    expected = [strip(text) for text in expected]
            removers = _news20._removers(remove)
            assert [_news20._without(removers, post) for post in posts] == expected


def test_several_parts_are_removed_at_once(tmp_path):
    put_post(tmp_path, b"a: b\n\n> quoted\ntext\n--\nme")
    bunch = fetch_news20(remove=("quotes", "footers", "headers"), data_home=tmp_path)
    assert bunch.data == ["text"]
    assert "remove=('quotes', 'footers', 'headers')" in bunch.DESCR


def test_first_ten_lines_and_footers(tmp_path):
    put_post(tmp_path, (POST + "\n\nme").encode())
    remove = ("first_ten_lines", "footers")
    assert fetch_news20(remove=remove, data_home=tmp_path).data == ["line 11\nline 12"]


def test_categories_keep_the_split(news20_home):
    for subset in ("all", "train", "test"):
        everything = fetch_news20(subset=subset, data_home=news20_home)
        space = fetch_news20(
            subset=subset, categories=["sci.space"], data_home=news20_home
        )
        expected = [text for text in everything.data if text.startswith("sci.space")]
        assert space.data == expected != []
        assert space.target_names == ["sci.space"]
        assert space.target.tolist() == [0] * len(expected)
        assert space.target.dtype == np.int64
        for text, name in zip(space.data, space.filenames, strict=True):
            assert Path(name).read_text("latin-1") == text


@pytest.mark.parametrize("order", [1, -1])
def test_labels_follow_the_sorted_categories(news20_home, order):
    put_post(news20_home, b"for sale")
    names = ["misc.forsale", "sci.space"][::order]
    bunch = fetch_news20(categories=names, data_home=news20_home)
    assert bunch.target_names == ["misc.forsale", "sci.space"]
    assert bunch.target.tolist() == [0] + [1] * 6
    assert bunch.data[0] == "for sale"


@pytest.mark.parametrize(
    "categories", ["sci.space", [], ["sci.space", "sci.frogs"], 3, [None]]
)
def test_news20_refuses_unknown_categories(news20_home, categories):
    with pytest.raises(ValueError, match=r"categories must .*got") as raised:
        fetch_news20(categories=categories, data_home=news20_home)
    assert repr(categories) in str(raised.value)


@pytest.mark.parametrize(
    "remove",
    ["headers", ("signatures",), ("headers", "first_ten_lines"), None, (1,), ([],)],
)
def test_news20_refuses_an_unknown_remove(news20_home, remove):
    with pytest.raises(ValueError, match=f"remove must be .*{re.escape(repr(remove))}"):
        fetch_news20(remove=remove, data_home=news20_home)


def test_an_empty_folder_is_named(tmp_path):
    folder = tmp_path / "20_newsgroups"
    folder.mkdir()
    with pytest.raises(FileNotFoundError, match=re.escape(str(folder))):
        fetch_news20(data_home=tmp_path)


@pytest.mark.realdata
def test_real_news20_counts(require_data):
    require_data("20_newsgroups")
    everything = fetch_news20()
    assert len(everything.data) == 19_997
    counts = dict(
        zip(everything.target_names, np.bincount(everything.target), strict=True)
    )
    assert counts.pop("soc.religion.christian") == 997
    assert set(counts.values()) == {1000} and len(counts) == 19
    assert len(fetch_news20(subset="train").data) == 15_998
    assert len(fetch_news20(subset="test").data) == 3_999


@pytest.mark.realdata
@pytest.mark.parametrize("remove", ["headers", "first_ten_lines"])
def test_real_news20_is_what_the_published_code_reads(require_data, remove):
    require_data("20_newsgroups")
    bunch = fetch_news20(remove=(remove,))
    for name, text in zip(bunch.filenames[::50], bunch.data[::50], strict=True):
        with open(name, encoding="latin-1") as file:
            post = file.read()
        if remove == "headers":
            i = post.find("\n\n")
            assert "\n\n" + text == (post[i:] if 0 < i else post)
        else:
            assert text == "\n".join(post.split("\n")[10:])
