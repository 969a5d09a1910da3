"""Score a table with Spark
========================

Labels and probabilities for the texts of a folder of parquet files, by an iterator
pandas UDF. The classifier is broadcast: Spark sends it to each executor once, and the
Python workers load neither TensorFlow nor Keras.

The texts are the docstrings of the scientific packages that skglove itself needs, each
several times, as a table that stands for one too large for memory. Spark needs Java 17
or later.

.. code-block:: sh

    pip install "skglove[spark]"
    python examples/score_with_spark.py            # 200,000 texts
    python examples/score_with_spark.py --quick    # few texts: does it run?
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from skglove import GloveTextClassifier
from skglove.datasets import load_docstrings
from skglove.scoring import BatchPredictor

try:
    import pandas as pd
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import pandas_udf
except ImportError as error:
    sys.exit(f'This example needs Spark ({error}): pip install "skglove[spark]"')


def score(spark, clf, source, target):
    """Write the table at `source`, with predictions, to `target`."""
    predictor = BatchPredictor(clf)
    model = spark.sparkContext.broadcast(predictor)

    @pandas_udf(predictor.ddl)
    def scores(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        yield from map(model.value, batches)

    table = spark.read.parquet(str(source)).withColumn("scores", scores("text"))
    table.select("id", "text", "scores.*").write.parquet(str(target))


def main(quick):
    if shutil.which("java") is None:
        sys.exit("This example needs Java 17 or later, which Spark runs on.")
    docs = load_docstrings(min_samples_per_class=200 if quick else 100)
    labels = [docs.target_names[code] for code in docs.target]
    clf = GloveTextClassifier(None, epochs=3 if quick else "auto", random_state=0)
    step = 5 if quick else 1
    clf.fit(docs.data[::step], labels[::step])

    n_texts, n_files = (2_000, 4) if quick else (200_000, 20)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "texts"), Path(folder, "scored")
        source.mkdir()
        for i in range(n_files):
            ids = range(i, n_texts, n_files)
            texts = [docs.data[j % len(docs.data)] for j in ids]
            pd.DataFrame({"id": ids, "text": texts}).to_parquet(source / f"{i}.parquet")

        # Else the workers run whatever `python3` is.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        spark = SparkSession.builder.master("local[2]").getOrCreate()
        start = time.perf_counter()
        score(spark, clf, source, target)
        seconds = time.perf_counter() - start
        spark.stop()
        scored = pd.read_parquet(target).set_index("id").sort_index()
    print(f"{len(scored):,} texts, {len(scored) / seconds:,.0f} a second")
    print(f"columns: {', '.join(scored.columns[:3])}, ...")
    print(scored["prediction"].value_counts().head())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few texts and epochs")
    main(parser.parse_args().quick)
