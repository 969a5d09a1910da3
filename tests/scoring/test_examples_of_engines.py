"""The examples that start a cluster, as they are run; the gallery only shows them."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINES = {"dask": "dask", "ray": "ray", "spark": "pyspark"}


def run(*command):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"}
    return subprocess.run(
        [sys.executable, *map(str, command)], env=env, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", ENGINES)
def test_quick_form(name):
    if find_spec(ENGINES[name]) is None:
        pytest.skip(f"needs skglove[{name}]")
    if name == "spark" and shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or later")
    done = run(ROOT / "examples" / f"score_with_{name}.py", "--quick")
    assert done.returncode == 0, done.stderr
    assert "2,000 texts, " in done.stdout
    assert "columns: text, prediction, probability_" in done.stdout


HIDDEN = """
import runpy, sys
sys.modules[sys.argv[1]] = None
runpy.run_path(sys.argv[2])
"""


@pytest.mark.parametrize("name", ENGINES)
def test_without_its_engine_an_example_says_what_to_install(name):
    path = ROOT / "examples" / f"score_with_{name}.py"
    done = run("-c", HIDDEN, ENGINES[name], path)
    assert done.returncode == 1
    assert f'pip install "skglove[{name}]"' in done.stderr
    assert "Traceback" not in done.stderr
