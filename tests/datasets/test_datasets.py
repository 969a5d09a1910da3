"""Tests of the dataset loaders."""

import dataclasses
import os
import re
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from serving import tarred

import skglove
from skglove._download import data_home
from skglove.datasets import (
    _docstrings,
    _imdb,
    _news20,
    fetch_imdb,
    fetch_news20,
    load_docstrings,
)

# ---------------------------------------------------------------------------
# load_docstrings
# ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def docstrings():
    return load_docstrings()


def write_package(folder, sources):
    """Write source files, given by their paths, and return the folder."""
    for path, source in sources.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return folder


@pytest.fixture
def fake_packages(tmp_path, monkeypatch):
    """Make load_docstrings read packages written into tmp_path, and those only."""

    def install(sources):
        write_package(tmp_path, sources)
        monkeypatch.syspath_prepend(tmp_path)
        packages = sorted({path.split("/")[0] for path in sources})
        for package in packages:
            write_package(tmp_path, {f"{package}/__init__.py": "raise ImportError"})
        monkeypatch.setattr(_docstrings, "_PACKAGES", packages)

    return install


WORDS = "one two three four five six seven eight nine ten"


def function(name, text):
    return f'def {name}():\n    """{text}"""\n'


def test_docstrings_bunch_agrees_with_itself(docstrings):
    n_samples = len(docstrings.data)
    assert len(docstrings.names) == n_samples
    assert docstrings.target.shape == (n_samples,)
    assert docstrings.target.dtype == np.int64
    assert docstrings.target_names == sorted(docstrings.target_names)
    assert f"{n_samples:,}" in docstrings.DESCR
    for name, label in zip(docstrings.names, docstrings.target, strict=True):
        assert name.split(".")[0] == docstrings.target_names[label].split(".")[0]


def test_docstrings_have_the_large_subpackages_and_no_small_ones(docstrings):
    assert {
        "keras.layers",
        "numpy",
        "scipy.optimize",
        "scipy.signal",
        "scipy.stats",
        "sklearn.linear_model",
        "sklearn.metrics",
    } <= set(docstrings.target_names)
    assert np.bincount(docstrings.target).min() >= 100


def test_docstrings_do_not_name_their_package(docstrings):
    package = re.compile(r"\b(keras|numpy|scipy|sklearn|scikit-learn)\b", re.I)
    assert [text for text in docstrings.data if package.search(text)] == []


def test_docstrings_are_distinct_and_not_short(docstrings):
    words = [tuple(text.split()) for text in docstrings.data]
    assert len(set(words)) == len(words)
    assert min(map(len, words)) >= 10


def test_docstrings_are_the_same_in_another_process(docstrings):
    script = (
        "from skglove.datasets import load_docstrings\n"
        "import sys, zlib\n"
        "docs = load_docstrings()\n"
        "print(zlib.crc32(repr((docs.names, docs.data)).encode()))\n"
        "print('keras' in sys.modules)\n"
    )
    root = Path(skglove.__file__).parents[1]
    printed = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(root)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    checksum = zlib.crc32(repr((docstrings.names, docstrings.data)).encode())
    assert printed.split() == [str(checksum), "False"]


def test_small_subpackages_are_left_out(fake_packages):
    fake_packages(
        {
            f"aaa/{name}/m.py": "".join(
                function(f"f{i}", f"{WORDS} {name} {i}") for i in range(n_docstrings)
            )
            for name, n_docstrings in [("one", 3), ("two", 2), ("three", 4)]
        }
    )
    docs = load_docstrings(min_samples_per_class=3)
    assert docs.target_names == ["aaa.one", "aaa.three"]
    assert docs.target.tolist() == [0] * 3 + [1] * 4
    data, target = load_docstrings(min_samples_per_class=3, return_X_y=True)
    assert data == docs.data
    np.testing.assert_array_equal(target, docs.target)
    with pytest.raises(ValueError, match="min_samples_per_class=4 leaves 1 of 3"):
        load_docstrings(min_samples_per_class=4)


def test_private_modules_count_for_their_public_subpackage(fake_packages):
    fake_packages(
        {
            "aaa/stats/_tests_py.py": function("f", f"{WORDS} f"),
            "aaa/stats/deep/_er/m.py": function("g", f"{WORDS} g"),
            "aaa/single.py": function("h", f"{WORDS} h"),
            "aaa/src/layers/m.py": function("i", f"{WORDS} i"),
            "aaa/layers/__init__.py": "",
            "aaa/src/hidden/m.py": function("j", f"{WORDS} j"),
            "aaa/_lib/m.py": function("k", f"{WORDS} k"),
        }
    )
    docs = load_docstrings(min_samples_per_class=1)
    assert docs.target_names == ["aaa.layers", "aaa.single", "aaa.stats"]
    assert docs.names == [
        "aaa.single.h",
        "aaa.src.layers.m.i",
        "aaa.stats._tests_py.f",
        "aaa.stats.deep._er.m.g",
    ]
    assert docs.target.tolist() == [1, 0, 2, 2]


def test_tests_vendored_and_private_objects_are_left_out(fake_packages):
    fake_packages(
        {
            "aaa/one/m.py": (
                f'class A:\n    """{WORDS} A"""\n'
                f'    def method(self):\n        """{WORDS} method"""\n'
                f'    def _method(self):\n        """{WORDS} _method"""\n'
                f'class _B:\n    """{WORDS} _B"""\n'
                f'    def method(self):\n        """{WORDS} _B.method"""\n'
                f"def f():\n    def inner():\n        '''{WORDS} inner'''\n"
                "if True:\n"
                f"    def g():\n        '''{WORDS} g'''\n"
                "def short():\n    '''Too short.'''\n"
            ),
            "aaa/one/tests/m.py": function("f", f"{WORDS} 1"),
            "aaa/one/test_m.py": function("f", f"{WORDS} 2"),
            "aaa/one/m_test.py": function("f", f"{WORDS} 3"),
            "aaa/externals/m.py": function("f", f"{WORDS} 4"),
            "aaa/one/array_api_compat/m.py": function("f", f"{WORDS} 5"),
            "aaa/one/unparsable.py": "def f(:",
            "aaa/two/m.py": function("f", f"{WORDS} 6"),
        }
    )
    docs = load_docstrings(min_samples_per_class=1)
    assert docs.names == [
        "aaa.one.m.A",
        "aaa.one.m.A.method",
        "aaa.one.m.g",
        "aaa.two.m.f",
    ]


def test_added_docstrings_of_c_functions_are_read(fake_packages):
    fake_packages(
        {
            "aaa/one/_docs.py": (
                f"add_newdoc('ellipj', '''{WORDS} 1''')\n"
                f"add_newdoc('aaa.one', 'array', '''{WORDS} 2''')\n"
                f"add_newdoc('aaa.one', 'array', ('argmax', '''{WORDS} 3'''))\n"
                f"add_newdoc('_private', '''{WORDS} 4''')\n"
                f"add_newdoc('aaa.one', 'array', ('_x', '''{WORDS} 5'''))\n"
                "add_newdoc('aaa.one', name, computed(1))\n"
            ),
            "aaa/two/m.py": function("f", f"{WORDS} 6"),
        }
    )
    docs = load_docstrings(min_samples_per_class=1)
    assert docs.names == [
        "aaa.one._docs.ellipj",
        "aaa.one._docs.array",
        "aaa.one._docs.array.argmax",
        "aaa.two.m.f",
    ]


def test_equal_docstrings_are_kept_once_white_space_aside(fake_packages):
    fake_packages(
        {
            "aaa/one/m.py": function("f", WORDS) + function("g", f"{WORDS} g"),
            "aaa/two/m.py": (
                function("f", WORDS.replace(" ", "\n    "))
                + function("g", f"aaa.two {WORDS}")
                + function("h", f"{WORDS} h")
            ),
        }
    )
    docs = load_docstrings(min_samples_per_class=1)
    assert docs.names == ["aaa.one.m.f", "aaa.one.m.g", "aaa.two.m.h"]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (">>> from scipy import stats\n>>> stats.norm.pdf(0)", ">>> norm.pdf(0)"),
        (">>> import numpy as np\n>>> np.linalg.norm(x)", ">>> norm(x)"),
        ("See `scipy.stats.norm.pdf`.", "See `norm.pdf`."),
        ("in :mod:`sklearn.linear_model`.", "in :mod:``."),
        ("a SciPy or scikit-learn array", "a  or  array"),
        ("keras.src.layers.Dense", "Dense"),
        ("%(before_notes)s Returns", "Returns"),
        (".. currentmodule:: scipy.stats\n\nText", "Text"),
        ("Text\n    import keras\nfrom scipy import stats\nend", "Text\nend"),
        # words, not names
        ("from the stats. The", "from the stats. The"),
        ("import data from files", "import data from files"),
        ("self.layers.append(np.array(1))", "self.layers.append(np.array(1))"),
    ],
)
def test_what_gives_the_subpackage_away_is_dropped(text, cleaned):
    clean = _docstrings._cleaner(
        {"scipy.stats", "numpy", "numpy.linalg", "sklearn.linear_model", "keras.layers"}
    )
    assert clean(text) == cleaned


@pytest.mark.parametrize(("value", "error"), [(0, ValueError), (100.0, TypeError)])
def test_docstrings_refuse_a_bad_min_samples_per_class(value, error):
    with pytest.raises(error, match="min_samples_per_class"):
        load_docstrings(min_samples_per_class=value)


# ---------------------------------------------------------------------------
# fetch_news20
# ---------------------------------------------------------------------------

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
        (POST, POST[len("From: a\nSubject: b") :]),
        ("From: a\n\none\n\ntwo", "\n\none\n\ntwo"),
        ("no blank line", "no blank line"),
        ("\n\nfirst line blank", "\n\nfirst line blank"),
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


@pytest.mark.parametrize(
    "remove", ["headers", ("footers",), ("headers", "first_ten_lines"), None]
)
def test_news20_refuses_an_unknown_remove(news20_home, remove):
    with pytest.raises(ValueError, match=f"remove must be .*{re.escape(repr(remove))}"):
        fetch_news20(remove=remove, data_home=news20_home)


@pytest.mark.parametrize("fetch", [fetch_news20, fetch_imdb])
def test_an_unknown_subset_is_refused(tmp_path, fetch):
    with pytest.raises(ValueError, match=r"subset must be .*'validation'"):
        fetch(subset="validation", data_home=tmp_path)


# ---------------------------------------------------------------------------
# fetch_imdb
# ---------------------------------------------------------------------------


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


def test_an_empty_folder_is_named(tmp_path):
    folder = tmp_path / "20_newsgroups"
    folder.mkdir()
    with pytest.raises(FileNotFoundError, match=re.escape(str(folder))):
        fetch_news20(data_home=tmp_path)


# ---------------------------------------------------------------------------
# Archives
# ---------------------------------------------------------------------------


def write_archive(path, members):
    """Write a tar.gz of (name or TarInfo, content)."""
    path.write_bytes(tarred(*members))


def link(name, target, kind):
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member


def test_archives_in_the_data_home_are_unpacked_once(tmp_path):
    write_archive(
        tmp_path / "news20.tar.gz",
        [("20_newsgroups/sci.med/1", b"one"), ("20_newsgroups/rec.autos/2", b"two")],
    )
    write_archive(
        tmp_path / "aclImdb_v1.tar.gz",
        [
            ("aclImdb/train/neg/0_1.txt", b"bad"),
            ("aclImdb/train/pos/0_9.txt", b"good"),
            ("aclImdb/imdb.vocab", b"bad good"),
        ],
    )
    for _ in range(2):
        bunch = fetch_news20(data_home=tmp_path, download_if_missing=False)
        assert bunch.data == ["two", "one"]
        bunch = fetch_imdb(data_home=tmp_path, download_if_missing=False)
        assert bunch.data == ["bad", "good"]
        # the second round reads the folders
        (tmp_path / "news20.tar.gz").write_bytes(b"")
        (tmp_path / "aclImdb_v1.tar.gz").write_bytes(b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "20_newsgroups",
        "aclImdb",
        "aclImdb_v1.tar.gz",
        "news20.tar.gz",
    ]


@pytest.mark.parametrize(
    "evil",
    [
        "../escaped",
        "20_newsgroups/../../escaped",
        "an absolute name",
        link("20_newsgroups/sci.med/2", "/etc/hostname", tarfile.SYMTYPE),
        link("20_newsgroups/sci.med/2", "../../../escaped", tarfile.SYMTYPE),
        link("20_newsgroups/sci.med/2", "../escaped", tarfile.LNKTYPE),
        link("20_newsgroups/sci.med/2", "", tarfile.FIFOTYPE),
    ],
    ids=lambda member: getattr(member, "linkname", member) or "fifo",
)
def test_an_archive_that_reaches_outside_is_refused_whole(tmp_path, evil):
    home = tmp_path / "home"
    home.mkdir()
    if evil == "an absolute name":
        evil = str(tmp_path / "escaped")
    write_archive(
        home / "news20.tar.gz", [("20_newsgroups/sci.med/1", b"one"), (evil, b"evil")]
    )
    name = getattr(evil, "name", evil)
    with pytest.raises(ValueError, match=f"nothing of it.*{re.escape(name)}"):
        fetch_news20(data_home=home)
    assert [path.name for path in home.iterdir()] == ["news20.tar.gz"]
    assert list(tmp_path.iterdir()) == [home]


def cut_off(archive):
    return archive[: len(archive) // 2]


@pytest.mark.parametrize(
    "damage",
    [cut_off, lambda archive: b"<html>not found</html>", lambda archive: b""],
    ids=["cut off", "another file", "empty"],
)
def test_a_damaged_archive_leaves_nothing(tmp_path, damage):
    path = tmp_path / "news20.tar.gz"
    content = np.random.RandomState(0).bytes(100_000)
    write_archive(path, [("20_newsgroups/sci.med/1", content)])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"{re.escape(str(path))} is damaged"):
        fetch_news20(data_home=tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_an_archive_without_the_folder_is_refused(tmp_path):
    path = tmp_path / "news20.tar.gz"
    write_archive(path, [("20news/sci.med/1", b"one")])
    with pytest.raises(ValueError, match="has no folder '20_newsgroups'"):
        fetch_news20(data_home=tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_python_without_safe_unpacking_says_so(tmp_path, monkeypatch):
    path = tmp_path / "news20.tar.gz"
    write_archive(path, [("20_newsgroups/sci.med/1", b"one")])
    monkeypatch.delattr(tarfile, "data_filter")
    with pytest.raises(RuntimeError, match="unpack the archive by hand"):
        fetch_news20(data_home=tmp_path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("fetch", "archive"),
    [(fetch_news20, "news20.tar.gz"), (fetch_imdb, "aclImdb_v1.tar.gz")],
)
def test_missing_and_not_to_be_downloaded(tmp_path, fetch, archive):
    with pytest.raises(FileNotFoundError, match=re.escape(archive)):
        fetch(data_home=tmp_path / "home", download_if_missing=False)
    assert list(tmp_path.iterdir()) == []


def test_a_corpus_is_downloaded(tmp_path, server, monkeypatch):
    server.body = tarred(("20_newsgroups/sci.med/1", b"one"))
    archive = dataclasses.replace(_news20._NEWS20_ARCHIVE, url=server.url)
    monkeypatch.setattr(_news20, "_NEWS20_ARCHIVE", archive)
    assert fetch_news20(data_home=tmp_path).data == ["one"]
    assert (tmp_path / "news20.tar.gz").read_bytes() == server.body


@pytest.mark.parametrize(
    ("module", "archive"), [(_news20, "_NEWS20_ARCHIVE"), (_imdb, "_IMDB_ARCHIVE")]
)
def test_a_corpus_not_to_be_had_says_what_to_do(
    tmp_path, closed_url, monkeypatch, module, archive
):
    offline = dataclasses.replace(getattr(module, archive), url=closed_url)
    monkeypatch.setattr(module, archive, offline)
    fetch = fetch_news20 if module is _news20 else fetch_imdb
    with pytest.raises(FileNotFoundError) as raised:
        fetch(data_home=tmp_path)
    for part in [
        repr(offline.file_name),
        str(tmp_path),
        closed_url,
        "Put the file",
        "data_home",
    ]:
        assert part in str(raised.value)


# ---------------------------------------------------------------------------
# The real corpora
# ---------------------------------------------------------------------------


def needs_real(folder):
    """Mark a test that reads a corpus which few machines have unpacked."""
    path = data_home() / folder
    skip = pytest.mark.skipif(not path.is_dir(), reason=f"no {folder} in the data home")
    return lambda test: pytest.mark.realdata(skip(test))


@needs_real("20_newsgroups")
def test_real_news20_counts():
    everything = fetch_news20()
    assert len(everything.data) == 19_997
    counts = dict(
        zip(everything.target_names, np.bincount(everything.target), strict=True)
    )
    assert counts.pop("soc.religion.christian") == 997
    assert set(counts.values()) == {1000} and len(counts) == 19
    assert len(fetch_news20(subset="train").data) == 15_998
    assert len(fetch_news20(subset="test").data) == 3_999


@needs_real("20_newsgroups")
@pytest.mark.parametrize("remove", ["headers", "first_ten_lines"])
def test_real_news20_is_what_the_published_code_reads(remove):
    bunch = fetch_news20(remove=(remove,))
    for name, text in zip(bunch.filenames[::50], bunch.data[::50], strict=True):
        with open(name, encoding="latin-1") as file:
            post = file.read()
        if remove == "headers":
            i = post.find("\n\n")
            assert text == (post[i:] if 0 < i else post)
        else:
            assert text == "\n".join(post.split("\n")[10:])


@needs_real("aclImdb")
def test_real_imdb_counts():
    bunch = fetch_imdb(subset="all")
    assert len(bunch.data) == 50_000
    assert bunch.target.tolist() == 2 * (12_500 * [0] + 12_500 * [1])
