"""What `memory` saves in a grid search: counted, compared and timed.

A grid of 2 dropouts x 2 learning rates over 3 folds of 20 Newsgroups posts, with and
without `memory`, in one process and in two: how often texts were vectorized and the
matrix made (once a fold with, once a candidate and fold without), whether the scores
are the same, and the time of each.

    python benchmarks/grid_memory.py            # 4,000 posts
    python benchmarks/grid_memory.py --quick    # 600 posts
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

import sklearn
from counted_vectors import CountedVectors
from sklearn.model_selection import GridSearchCV

from skglove import GloveTextClassifier, WordVectors, published_settings
from skglove.datasets import fetch_news20
from skglove.vectors._catalogue import find_vectors

GRID = {"network__dropout": [0.3, 0.5], "learning_rate": [0.001, 0.002]}


def main(args):
    posts = fetch_news20(subset="train", remove=("first_ten_lines",))
    n_posts, epochs = (600, 1) if args.quick else (4_000, 2)
    X, y = posts.data[:n_posts], posts.target[:n_posts]
    path, member = find_vectors(args.embeddings)
    dim = WordVectors.from_file(path, member=member).dim
    print(
        f"{n_posts:,} posts of 20 Newsgroups, {args.embeddings} ({dim}d), "
        f"{epochs} epochs, {GRID} x 3 folds\n"
        f"Python {platform.python_version()}, scikit-learn {sklearn.__version__}, "
        f"{os.cpu_count()} cores\n"
    )
    print(f"{'n_jobs':>6} {'memory':>6} {'prepared':>8} {'seconds':>8}  mean scores")
    with tempfile.TemporaryDirectory() as folder:
        for n_jobs in (1, 2):
            for kept in (False, True):
                log = Path(folder, f"{n_jobs}-{kept}.log")
                vectors = CountedVectors.from_file(path, member=member)
                vectors.log = str(log)
                memory = str(Path(folder, f"memory-{n_jobs}")) if kept else None
                clf = GloveTextClassifier(
                    vectors,
                    **{**published_settings("keras_2020"), "epochs": epochs},
                    memory=memory,
                    random_state=0,
                )
                search = GridSearchCV(clf, GRID, cv=3, refit=False, n_jobs=n_jobs)
                start = time.perf_counter()
                search.fit(X, y)
                seconds = time.perf_counter() - start
                prepared = len(log.read_text().splitlines())
                scores = search.cv_results_["mean_test_score"].round(4).tolist()
                shown = "on" if kept else "off"
                print(f"{n_jobs:6} {shown:>6} {prepared:8} {seconds:8.1f}  {scores}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--embeddings", default="glove.6B.50d", help="name of the set")
    parser.add_argument("--quick", action="store_true", help="600 posts, 1 epoch")
    main(parser.parse_args())
