"""benchmarks/choose_auto.py names constants of the package: they must be there."""

import importlib
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_choices_name_constants_that_are_there(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    choices = importlib.import_module("choose_auto").CHOICES
    names = [name for _, constants in choices.values() for name in constants]
    assert names
    for name in names:
        module, _, constant = name.rpartition(".")
        assert hasattr(importlib.import_module(module), constant), name
