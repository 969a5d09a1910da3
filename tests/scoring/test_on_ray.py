"""Scoring on Ray Data: actors, and one that is killed."""

import pandas as pd
import pytest
from helpers import ray_cluster

ray = pytest.importorskip("ray", reason="needs skglove[ray]")
pytest.importorskip("ray.data", reason="needs skglove[ray]")


@pytest.fixture(scope="module", autouse=True)
def cluster():
    with ray_cluster(num_cpus=3):
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield


OPTIONS = {"batch_format": "pandas", "batch_size": 50, "concurrency": (1, 2)}


def calls_of(function):
    """Return a class of actors that call a function."""

    class Actor:
        def __call__(self, batch):
            return function(batch)

    return Actor


def test_workers_load_no_tensorflow_and_use_one_thread(table, report):
    rows = ray.data.from_pandas(table)
    reported = rows.map_batches(calls_of(report), **OPTIONS).to_pandas()
    assert set(reported["loaded"]) == {""}
    assert set(reported["threads"]) == {1}


def test_an_actor_that_is_killed(table, deadly, tmp_path, assert_scored):
    rows = ray.data.from_pandas([table[i::6] for i in range(6)])
    scored = rows.map_batches(calls_of(deadly), **OPTIONS)
    scored.write_parquet(str(tmp_path / "scored"))
    assert deadly.killed.exists()
    assert_scored(pd.read_parquet(tmp_path / "scored"))
