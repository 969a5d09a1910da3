"""Memory, time and F1 with thousands of labels, of which a text has few.

    python benchmarks/many_labels.py --quick    # does it run?
    python benchmarks/many_labels.py            # 14,000 labels, 20,000 texts

The texts are made up: each label has words of its own, which its texts use among
others, and labels are as unequally frequent as words are. Beside it the labels that
have the most texts, always the same, as the least that a classifier must beat.
"""

import argparse
import resource
import time

import numpy as np
from measuring import memory_gib, print_surroundings
from scipy import sparse
from sklearn.metrics import f1_score

from skglove import GloveTextClassifier

LABELS_A_TEXT = 4
WORDS_A_LABEL = 3
WORDS_A_TEXT = 40


def make_texts(n_texts, n_labels, seed):
    """Texts and their labels, as a sparse matrix."""
    rng = np.random.default_rng(seed)
    frequency = 1 / np.arange(10, n_labels + 10)
    labels = rng.choice(
        n_labels, (n_texts, LABELS_A_TEXT), p=frequency / frequency.sum()
    )
    own = labels[:, :, None] * WORDS_A_LABEL + rng.integers(
        WORDS_A_LABEL, size=(n_texts, LABELS_A_TEXT, 3)
    )
    others = rng.zipf(1.3, (n_texts, WORDS_A_TEXT - 3 * LABELS_A_TEXT)) % 50_000
    texts = [
        " ".join([*map("own{}".format, of_labels.ravel()), *map("w{}".format, rest)])
        for of_labels, rest in zip(own, others, strict=True)
    ]
    rows = np.repeat(np.arange(n_texts), LABELS_A_TEXT)
    y = sparse.csr_array(
        (np.ones(labels.size, dtype=np.int8), (rows, labels.ravel())),
        shape=(n_texts, n_labels),
    )
    y.data[:] = 1
    return texts, y


def peak_gib():
    """The most memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(args):
    print_surroundings(memory_gib("MemAvailable"))
    n_labels = 600 if args.quick else args.labels
    n_texts = 500 if args.quick else args.texts
    texts, y = make_texts(n_texts + n_texts // 5, n_labels, seed=0)
    x_train, x_test = texts[:n_texts], texts[n_texts:]
    y_train, y_test = y[:n_texts], y[n_texts:]
    print(f"{n_texts:,} texts, {n_labels:,} labels, {LABELS_A_TEXT} a text")
    print(f"{peak_gib():.2f} GiB before the fit")

    clf = GloveTextClassifier(50, random_state=0)
    start = time.perf_counter()
    clf.fit(x_train, y_train, X_val=x_test, y_val=y_test, tune_thresholds=args.tune)
    print(f"fit: {time.perf_counter() - start:.0f} s, {peak_gib():.2f} GiB at most")
    start = time.perf_counter()
    predicted = clf.predict(x_test)
    seconds = time.perf_counter() - start
    print(f"predict {len(x_test):,} texts: {seconds:.1f} s, {peak_gib():.2f} GiB")

    most_frequent = np.argsort(-y_train.sum(axis=0))[:LABELS_A_TEXT]
    same = np.zeros(n_labels, dtype=np.int8)
    same[most_frequent] = 1
    constant = sparse.csr_array(np.tile(same, (len(x_test), 1)))
    for name, labels in (("skglove", predicted), ("most frequent", constant)):
        micro = f1_score(y_test, labels, average="micro", zero_division=0)
        print(f"{name}: micro-F1 {micro:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--labels", type=int, default=14_000)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--tune", action="store_true", help="tune the thresholds")
    parser.add_argument("--quick", action="store_true", help="600 labels, 500 texts")
    main(parser.parse_args())
