"""The examples that start a cluster, as they are run; the gallery only shows them."""

import functools
import json
import os
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skglove import GloveTextClassifier, datasets

ROOT = Path(__file__).parents[2]
ENGINES = {"dask": "dask", "ray": "ray", "spark": "pyspark"}


@pytest.fixture(scope="module")
def prepared():
    """What the examples begin with, done once: they all read and fit the same."""
    fit, fits = GloveTextClassifier.fit, {}

    @functools.wraps(fit)
    def fit_once(self, X, y):
        key = repr(self), tuple(X), tuple(y)
        if key not in fits:
            fits[key] = fit(self, X, y)
        vars(self).update(vars(fits[key]))
        return self

    with pytest.MonkeyPatch.context() as patch:
        load = functools.cache(datasets.load_docstrings)
        patch.setattr(datasets, "load_docstrings", load)
        patch.setattr(GloveTextClassifier, "fit", fit_once)
        yield


@pytest.fixture
def fitted(monkeypatch, prepared):
    """The classifiers that are fitted, one after the other."""
    fitted, fit = [], GloveTextClassifier.fit

    @functools.wraps(fit)
    def noted(self, *args, **kwargs):
        fitted.append(fit(self, *args, **kwargs))
        return self

    monkeypatch.setattr(GloveTextClassifier, "fit", noted)
    return fitted


@pytest.fixture
def tables(monkeypatch):
    """The texts and what was scored, as they lie in parquet when the latter is read."""
    tables, read = [], pd.read_parquet

    def noted(path):
        tables.extend(read(path.with_name(name)) for name in ("texts", path.name))
        return tables[-1]

    monkeypatch.setattr(pd, "read_parquet", noted)
    return tables


@pytest.mark.parametrize("name", ENGINES)
def test_quick_form(name, capsys, fitted, monkeypatch, surroundings, tables):
    if find_spec(ENGINES[name]) is None:
        pytest.skip(f"needs skglove[{name}]")
    if name == "spark" and shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or later")
    path = ROOT / "examples" / f"score_with_{name}.py"
    monkeypatch.setattr(sys, "argv", [str(path), "--quick"])
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out
    assert "2,000 texts, " in printed
    assert "columns: text, prediction, probability_" in printed
    (clf,) = fitted
    texts, scored = (table.set_index("id").sort_index() for table in tables)
    assert texts.index.tolist() == scored.index.tolist() == [*range(2_000)]
    assert scored["text"].tolist() == texts["text"].tolist()
    assert scored["prediction"].tolist() == clf.predict(texts["text"]).tolist()
    names = [f"probability_{label}" for label in clf.classes_]
    assert scored.columns.tolist() == ["text", "prediction", *names]
    np.testing.assert_array_equal(scored[names], clf.predict_proba(texts["text"]))


HIDDEN = """
import json, runpy, sys
said = {}
for engine, path in json.loads(sys.argv[1]):
    sys.modules[engine] = None
    try:
        runpy.run_path(path)
    except SystemExit as error:
        said[engine] = error.code  # printed, with a status of 1, where it is a text
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said():
    """What each example ends with in a process that has no engine."""
    paths = [
        (engine, str(ROOT / "examples" / f"score_with_{name}.py"))
        for name, engine in ENGINES.items()
    ]
    done = subprocess.run(
        [sys.executable, "-c", HIDDEN, json.dumps(paths)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ENGINES)
def test_without_its_engine_an_example_says_what_to_install(name, said):
    assert f'pip install "skglove[{name}]"' in said[ENGINES[name]]
