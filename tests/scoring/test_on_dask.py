"""Scoring on Dask: frames and bags, and a worker that is killed."""

import cloudpickle
import pandas as pd
import pytest

dask = pytest.importorskip("dask", reason="needs skglove[dask]")
distributed = pytest.importorskip("distributed", reason="needs skglove[dask]")
dd = pytest.importorskip("dask.dataframe", reason="needs skglove[dask]")


def scored_by(function, folder, predictor):
    """Call a function of a batch and the predictor on each partition of the table."""
    table = dd.read_parquet(folder)
    meta = predictor(table._meta)
    return table.map_partitions(function, dask.delayed(predictor), meta=meta)


def test_the_graph_has_the_model_once(folder, predictor):
    scored = scored_by(lambda part, predict: predict(part), folder, predictor)
    tasks = dict(scored.optimize().__dask_graph__()).values()
    assert len(tasks) > 6
    size = sum(len(cloudpickle.dumps(task)) for task in tasks)
    assert size < 3 * len(cloudpickle.dumps(predictor))


def test_a_scattered_model_and_a_series(client, folder, predictor, assert_scored):
    table = dd.read_parquet(folder)
    model = client.scatter(predictor, broadcast=True)
    scores = table["text"].map_partitions(
        lambda texts, predict: predict(texts), model, meta=predictor.meta
    )
    whole = dd.concat([table, scores], axis=1, ignore_unknown_divisions=True)
    assert_scored(whole.compute())


def test_a_bag(client, table, predictor, expected):
    from dask import bag

    texts = bag.from_sequence(table["text"].tolist(), npartitions=4)
    frame = texts.to_dataframe(columns=["text"])
    model = dask.delayed(predictor)
    scores = frame["text"].map_partitions(
        lambda texts, predict: predict(texts), model, meta=predictor.meta
    )
    pd.testing.assert_frame_equal(
        scores.compute().reset_index(drop=True),
        expected.drop(columns=["id", "text"]),
        check_dtype=False,
    )


def test_empty_partitions(client, folder, predictor, table):
    frame = dd.read_parquet(folder)
    few = frame[frame["id"] < 2]
    sizes = few.map_partitions(len).compute()
    assert (sizes == 0).any()
    scored = few.map_partitions(
        lambda part, predict: predict(part),
        dask.delayed(predictor),
        meta=predictor(few._meta),
    ).compute()
    assert sorted(scored["id"]) == [0, 1]


def test_workers_load_no_tensorflow_and_use_one_thread(client, folder, report):
    table = dd.read_parquet(folder)
    meta = {"id": "int64", "loaded": "object", "threads": "int64"}
    reported = table.map_partitions(report, meta=meta).compute()
    assert set(reported["loaded"]) == {""}
    assert set(reported["threads"]) == {1}


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_is_killed(
    client, folder, predictor, tmp_path, deadly, assert_scored
):
    scored = scored_by(lambda part, _: deadly(part), folder, predictor)
    scored.to_parquet(tmp_path / "scored")
    assert deadly.killed.exists()
    assert_scored(pd.read_parquet(tmp_path / "scored"))
