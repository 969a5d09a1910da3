"""How small a fitted classifier can be made, and what that costs in accuracy.

    python benchmarks/sizes.py --quick
    python benchmarks/sizes.py                  # 240,000 sentences, 20 Newsgroups
    python benchmarks/sizes.py --data banking77

Pickles of the classifier with its defaults, of smaller copies by `compress`, and of
TF-IDF of words and bigrams with a linear SVM, in millions of bytes.
"""

import argparse
import pickle

import numpy as np
from accuracy import DATA
from measuring import memory_gib, print_surroundings
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skglove import GloveTextClassifier

BIGRAMS = (None, 100_000, 50_000, 20_000, 10_000, 0)


def report(data, name, model, x_test, y_test):
    """Print a row of the table."""
    accuracy = np.mean(model.predict(x_test) == y_test)
    size = len(pickle.dumps(model)) / 1e6
    print(f"| {data} | {name} | {size:.1f} | {accuracy:.4f} |", flush=True)


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small parts, one epoch")
    parser.add_argument("--embeddings", default="glove.6B.50d")
    parser.add_argument(
        "--data",
        nargs="+",
        choices=DATA,
        default=["sentences-240000", "newsgroups"],
    )
    options = parser.parse_args()
    print_surroundings(memory_gib("MemAvailable"))
    print(f"embeddings: {options.embeddings}")
    print("\n| data | model | MB | accuracy |\n| --- | --- | --- | --- |")
    epochs = {"epochs": 1} if options.quick else {}
    for data in options.data:
        x_train, y_train, x_test, y_test = DATA[data](options.quick, 0)
        of_test = x_test, y_test
        rival = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
            LinearSVC(),
        )
        rival.fit(x_train, y_train)
        report(data, "TF-IDF of words and bigrams, LinearSVC", rival, *of_test)
        clf = GloveTextClassifier(options.embeddings, random_state=0, **epochs)
        clf.fit(x_train, y_train)
        report(data, "GloveTextClassifier()", clf, *of_test)
        for n_bigrams in BIGRAMS:
            name = "compress()" if n_bigrams is None else f"compress({n_bigrams:,})"
            report(data, name, clf.compress(n_bigrams), *of_test)


if __name__ == "__main__":
    main()
