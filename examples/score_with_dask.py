"""Score a table with Dask
=======================

Labels and probabilities for the texts of a folder of parquet files, by two workers of
one thread each. The classifier goes to the cluster once, whatever the number of
partitions, and the workers load neither TensorFlow nor Keras.

The texts are the docstrings of the scientific packages that skglove itself needs, each
several times, as a table that stands for one too large for memory.

.. code-block:: sh

    pip install "skglove[dask]"
    python examples/score_with_dask.py            # 200,000 texts
    python examples/score_with_dask.py --quick    # few texts: does it run?
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from skglove import GloveTextClassifier
from skglove.datasets import load_docstrings
from skglove.scoring import BatchPredictor

try:
    import dask
    import dask.dataframe as dd
    import pandas as pd
    from distributed import Client
except ImportError as error:
    sys.exit(f'This example needs Dask ({error}): pip install "skglove[dask]"')


def score(clf, source, target):
    """Write the table at `source`, with predictions, to `target`."""
    predictor = BatchPredictor(clf)
    table = dd.read_parquet(source)
    scored = table.map_partitions(
        lambda part, predict: predict(part),
        dask.delayed(predictor),  # without it, every partition would have a copy
        meta=predictor(table._meta),
    )
    scored.to_parquet(target)


def main(quick):
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

        # Dask has its workers give 64 kB of free memory back to the system at once, and
        # ask for it again: a third of the time of scoring.
        keep = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
        with (
            dask.config.set(keep),
            Client(n_workers=2, threads_per_worker=1, dashboard_address=None),
        ):
            start = time.perf_counter()
            score(clf, source, target)
            seconds = time.perf_counter() - start
        scored = pd.read_parquet(target).set_index("id").sort_index()
    print(f"{len(scored):,} texts, {len(scored) / seconds:,.0f} a second")
    print(f"columns: {', '.join(scored.columns[:3])}, ...")
    print(scored["prediction"].value_counts().head())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few texts and epochs")
    main(parser.parse_args().quick)
