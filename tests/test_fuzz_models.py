"""Damaged and crafted model files; benchmarks/fuzz_models.py makes more of them."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "fuzz_models.py"


def test_model_files_are_loaded_right_or_refused_with_a_clear_error():
    # In a process of its own: it watches what is run, and how much memory grows.
    command = [sys.executable, SCRIPT, "--tries", "300", "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "300 tries" in done.stdout
    assert "0 anything else" in done.stdout
