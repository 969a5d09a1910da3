"""Scoring on Spark: two executors of one core, Python workers and executors killed."""

import os
import shutil

import pandas as pd
import pytest

pytest.importorskip("pyspark", reason="needs skglove[spark]")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java 17 or later", allow_module_level=True)

from pyspark.sql import SparkSession

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning")


@pytest.fixture(scope="module")
def spark(surroundings):
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
        # A file a partition.
        "spark.sql.files.openCostInBytes": str(1 << 27),
    }
    builder = SparkSession.builder.master("local-cluster[2,1,1024]")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def rows(spark, folder):
    return spark.read.parquet(str(folder))


def test_map_in_pandas(spark, rows, predictor, assert_scored):
    model = spark.sparkContext.broadcast(predictor)
    schema = f"id bigint, text string, {predictor.ddl}"
    scored = rows.mapInPandas(lambda batches: map(model.value, batches), schema)
    assert_scored(scored.toPandas())


def test_lists_of_labels(spark, rows, table):
    from skglove import GloveTextClassifier
    from skglove.scoring import BatchPredictor

    sets = [{"wet", "alive"} if i % 2 else set() for i in range(len(table))]
    clf = GloveTextClassifier(None, epochs=1, random_state=0).fit(table["text"], sets)
    predictor = BatchPredictor(clf, classes=[])
    schema = f"id bigint, text string, {predictor.ddl}"
    scored = rows.mapInPandas(lambda batches: map(predictor, batches), schema)
    got = scored.toPandas().sort_values("id")["prediction"]
    assert [*map(list, got)] == predictor(table)["prediction"].tolist()


def test_workers_load_no_tensorflow_and_use_one_thread(rows, report):
    schema = "id bigint, loaded string, threads bigint"
    reported = rows.mapInPandas(lambda batches: map(report, batches), schema).toPandas()
    assert set(reported["loaded"]) == {""}
    assert set(reported["threads"]) == {1}


def test_a_python_worker_that_is_killed(
    rows, deadly, predictor, tmp_path, assert_scored
):
    schema = f"id bigint, text string, {predictor.ddl}"
    scored = rows.mapInPandas(lambda batches: map(deadly, batches), schema)
    scored.write.parquet(str(tmp_path / "scored"))
    assert deadly.killed.exists()
    assert_scored(pd.read_parquet(tmp_path / "scored"))


def test_an_executor_that_is_killed(rows, predictor, tmp_path, assert_scored):
    pytest.importorskip("psutil", reason="needs psutil")
    killed = tmp_path / "killed"

    def predict(batch):
        import os
        import signal

        import psutil

        if (batch["id"] == 150).any() and not killed.exists():
            killed.touch()
            # This process, the one that forked it, the executor.
            executor = psutil.Process(os.getppid()).parent()
            assert "java" in executor.name(), executor
            executor.send_signal(signal.SIGKILL)
        return predictor(batch)

    schema = f"id bigint, text string, {predictor.ddl}"
    scored = rows.mapInPandas(lambda batches: map(predict, batches), schema)
    scored.write.parquet(str(tmp_path / "scored"))
    assert killed.exists()
    assert_scored(pd.read_parquet(tmp_path / "scored"))
