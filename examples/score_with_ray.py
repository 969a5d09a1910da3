"""Score a table with Ray Data
===========================

Labels and probabilities for the texts of a folder of parquet files, by actors. The
classifier goes to a machine once, into Ray's object store, and the actors load neither
TensorFlow nor Keras.

The texts are the docstrings of the scientific packages that skglove itself needs, each
several times, as a table that stands for one too large for memory.

.. code-block:: sh

    pip install "skglove[ray]"
    python examples/score_with_ray.py            # 200,000 texts
    python examples/score_with_ray.py --quick    # few texts: does it run?
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
    import pandas as pd
    import ray
except ImportError as error:
    sys.exit(f'This example needs Ray Data ({error}): pip install "skglove[ray]"')


def score(clf, source, target):
    """Write the table at `source`, with predictions, to `target`."""
    scored = ray.data.read_parquet(str(source)).map_batches(
        BatchPredictor,
        fn_constructor_args=(clf,),
        batch_format="pandas",
        batch_size=8_192,
        concurrency=(1, 2),
    )
    scored.write_parquet(str(target))


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

        ray.init(include_dashboard=False)
        start = time.perf_counter()
        score(clf, source, target)
        seconds = time.perf_counter() - start
        ray.shutdown()
        scored = pd.read_parquet(target).set_index("id").sort_index()
    print(f"{len(scored):,} texts, {len(scored) / seconds:,.0f} a second")
    print(f"columns: {', '.join(scored.columns[:3])}, ...")
    print(scored["prediction"].value_counts().head())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few texts and epochs")
    main(parser.parse_args().quick)
