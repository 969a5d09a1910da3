"""200 labels and 25,000 reviews without
=====================================

What word vectors trained on one's own texts are worth.

Few reviews are labelled, many are not. GloVe vectors trained on all of them know the
words of the field, and a linear classifier on the average vector of a review needs few
labels to learn from. This compares it with the same classifier on published vectors
and with TF-IDF and a linear SVM, by number of labels, on the test part of the IMDB
reviews.

.. code-block:: sh

    python examples/unlabelled_reviews.py            # some minutes
    python examples/unlabelled_reviews.py --quick    # fewer reviews: does it run?

The reviews are taken from the data home (`$SKGLOVE_DATA`, else `~/.cache/skglove`), and
downloaded to it where they are missing. The plot goes to `unlabelled_reviews.png`.
"""

import argparse
import sys
from pathlib import Path

import matplotlib
import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from skglove import Glove, WordVectors
from skglove.datasets import fetch_imdb
from skglove.vectors._catalogue import first_at_hand

matplotlib.use("agg")
from matplotlib import pyplot as plt


def main(args):
    train, test = fetch_imdb(subset="train"), fetch_imdb(subset="test")
    n_labels, n_draws = [50, 100, 200, 500, 1_000, 5_000, 25_000], 5
    if args.quick:
        for part in (train, test):
            part.data, part.target = part.data[::25], part.target[::25]
        n_labels, n_draws = [50, 200], 2
    print(f"IMDB: {len(train.data):,} training and {len(test.data):,} test reviews")

    glove = Glove(vector_size=100, n_jobs=-1, random_state=0, verbose=1)
    glove.fit(train.data)
    own = glove.word_vectors_
    print(
        "Nearest to 'awful' on these reviews:",
        [w for w, _ in own.most_similar("awful", topn=5)],
    )
    # Every one sees all training reviews, and the labels of few.
    linear = LogisticRegression(C=10, max_iter=1_000)
    contestants = {
        f"own GloVe, {own.dim}d, + LogisticRegression": (
            linear,
            *averages(own, train, test),
        )
    }
    name = first_at_hand("glove.6B.100d", "glove.6B.50d")
    if name is None:
        print("No published vectors in the data home: they are left out.")
    else:
        published = averages(WordVectors.from_name(name), train, test)
        contestants[f"{name} + LogisticRegression"] = (linear, *published)
    tfidf = TfidfVectorizer(sublinear_tf=True).fit(train.data)
    contestants["TF-IDF + LinearSVC"] = (
        LinearSVC(),
        tfidf.transform(train.data),
        tfidf.transform(test.data),
    )

    scores = {title: [] for title in contestants}
    for n in n_labels:
        print(f"\n{n:,} labels, accuracy on the test reviews, mean ± spread:")
        for title, (clf, X_train, X_test) in contestants.items():
            of_draws = [
                clone(clf)
                .fit(X_train[chosen], train.target[chosen])
                .score(X_test, test.target)
                for chosen in draws(train.target, n, n_draws)
            ]
            print(f"    {np.mean(of_draws):.3f} ± {np.std(of_draws):.3f}  {title}")
            scores[title].append(of_draws)

    path = Path(args.output, "unlabelled_reviews.png")
    plot(n_labels, scores, path)
    print(f"\nPlot: {path}")


def averages(vectors, train, test):
    """The average vector of each training and each test review."""
    counts = CountVectorizer(vocabulary=vectors.words, token_pattern=r"(?u)\b\w+\b")
    return [
        normalize(counts.transform(part.data), norm="l1") @ vectors.vectors
        for part in (train, test)
    ]


def draws(y, n, n_draws):
    """Yield the places of `n` labelled reviews, half of each kind, some times over."""
    if n == len(y):
        yield np.arange(n)
        return
    split = StratifiedShuffleSplit(n_draws, train_size=n, random_state=0)
    for chosen, _ in split.split(y, y):
        yield chosen


def plot(n_labels, scores, path):
    """Accuracy by number of labels, with the spread over the draws."""
    figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for title, by_size in scores.items():
        mean = np.array([np.mean(values) for values in by_size])
        spread = np.array([np.std(values) for values in by_size])
        (line,) = ax.plot(n_labels, mean, "o-", label=title)
        ax.fill_between(
            n_labels, mean - spread, mean + spread, color=line.get_color(), alpha=0.2
        )
    ax.set_xscale("log")
    ax.set_xticks(n_labels, [f"{n:,}" for n in n_labels])
    ax.minorticks_off()
    ax.set_xlabel("Labelled reviews")
    ax.set_ylabel("Accuracy on the test reviews")
    ax.legend(loc="lower right")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", default=".", help="folder for the plot")
    parser.add_argument("--quick", action="store_true", help="fewer reviews and labels")
    args = parser.parse_args()
    try:
        main(args)
    except FileNotFoundError as error:
        sys.exit(f"{parser.prog}: {error}")
