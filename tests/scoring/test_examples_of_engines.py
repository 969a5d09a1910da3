"""The examples that start a cluster, as they are run; the gallery only shows them."""

import os
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINES = {"dask": "dask", "ray": "ray", "spark": "pyspark"}


@pytest.mark.parametrize("name", ENGINES)
def test_quick_form(name, capsys, monkeypatch):
    if find_spec(ENGINES[name]) is None:
        pytest.skip(f"needs skglove[{name}]")
    if name == "spark" and shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or later")
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    path = ROOT / "examples" / f"score_with_{name}.py"
    monkeypatch.setattr(sys, "argv", [str(path), "--quick"])
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out
    assert "2,000 texts, " in printed
    assert "columns: text, prediction, probability_" in printed


HIDDEN = """
import runpy, sys
sys.modules[sys.argv[1]] = None
runpy.run_path(sys.argv[2])
"""


@pytest.mark.parametrize("name", ENGINES)
def test_without_its_engine_an_example_says_what_to_install(name):
    path = ROOT / "examples" / f"score_with_{name}.py"
    done = subprocess.run(
        [sys.executable, "-c", HIDDEN, ENGINES[name], path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert f'pip install "skglove[{name}]"' in done.stderr
    assert "Traceback" not in done.stderr
