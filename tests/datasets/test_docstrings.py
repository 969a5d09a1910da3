"""Tests of load_docstrings."""

import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

import skglove
from skglove.datasets import _docstrings, load_docstrings


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
