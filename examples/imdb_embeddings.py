"""Film reviews by word vectors, with many reviews and few
=======================================================

The notebook's story.

The story of the notebook "Using word embeddings" (F. Chollet, "Deep Learning with
Python", 2017, section 6.1) with its data, networks and settings, on IMDB reviews:

1. Vectors of 8 dimensions learned from scratch on 20,000 reviews, 20 words of each.
2. 200 reviews to train on, 100 words of each: GloVe vectors that stay as they are
   against vectors learned from scratch, over five draws of the reviews, with one
   draw's curves in `few_reviews.png`; weights saved, and loaded into a fresh model;
   accuracy on the test reviews.
3. What the notebook leaves to its reader, GloVe against scratch as reviews become more:
   `learning_curve.png`, from 200 reviews to all 25,000. No fit there holds reviews out
   and none is chosen for its score, so that all are scored by the 25,000 test reviews
   after the notebook's 10 epochs.

.. code-block:: sh

    python examples/imdb_embeddings.py            # some minutes
    python examples/imdb_embeddings.py --quick    # few reviews, 2 epochs: does it run?

What differs from the notebook: the vocabulary is made of the reviews that a classifier
is trained on, where the notebook makes it of all 25,000, so that words which only other
reviews have are `[UNK]` here, even if GloVe knows them; and `[UNK]` keeps its place,
where the notebook drops unknown words.

Reviews and vectors are taken from the data home (`$SKGLOVE_DATA`, else
`~/.cache/skglove`), and downloaded to it where they are missing.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from sklearn.base import clone

from skglove import GloveTextClassifier, TrainingCurveDisplay, published_settings
from skglove.datasets import fetch_imdb
from skglove.vectors._catalogue import first_at_hand
from skglove.vectors._word_vectors import as_word_vectors

matplotlib.use("agg")

from matplotlib import pyplot as plt

FEW = 200


class Scale(NamedTuple):
    """How much of everything: reviews, epochs, and draws by number of reviews."""

    n_train: int = 25_000
    n_test: int = 25_000
    n_validation: int = 10_000
    epochs: int = 10
    draws: dict = {FEW: 5, 1_000: 5, 5_000: 3, 25_000: 2}


QUICK = Scale(2_000, 1_000, 1_000, epochs=2, draws={FEW: 2, 1_000: 1})


def main(args):
    at_hand = first_at_hand("glove.6B.100d", "glove.6B.50d") or "glove.6B.100d"
    name = args.embeddings or at_hand
    vectors = as_word_vectors(name)
    scale = QUICK if args.quick else Scale()
    output = Path(args.output)
    output.mkdir(parents=True, exist_ok=True)
    train = load_reviews("train", scale.n_train)
    test = load_reviews("test", scale.n_test)
    print(f"IMDB, {len(train[0]):,} training and {len(test[0]):,} test reviews")
    print(f"Word vectors: {name}, {vectors.dim} dimensions (the notebook: 100)")

    print("\n1. Vectors of 8 dimensions from scratch (the notebook: best epoch 0.756)")
    for cut, end in (("pre", "last"), ("post", "first")):
        clf = learn_8_dimensions(train, scale, truncating=cut)
        print(f"The {end} 20 words, validation accuracy by epoch: {by_epoch(clf)}")

    print(f"\n2. {FEW} reviews to train on, {scale.n_validation:,} to validate on")
    few = learn_from_few(train, vectors, scale)
    for vectors_from, fits in few.items():
        print_validation(vectors_from, fits)
    first = {vectors_from: fits[0] for vectors_from, fits in few.items()}
    display = TrainingCurveDisplay.from_estimator(first)
    display.figure_.suptitle(f"{FEW} IMDB reviews, {vectors.dim} dimensions")
    save(display.figure_, output / "few_reviews.png")
    save_and_load_weights(few["GloVe"][0], train, output)
    scores = {vectors_from: {} for vectors_from in few}
    for vectors_from, fits in few.items():
        scores[vectors_from][FEW] = [clf.score(*test) for clf in fits]
        print(f"Test accuracy, {vectors_from}: {spread(scores[vectors_from][FEW])}")

    print(f"\n3. GloVe against scratch, {len(test[0]):,} test reviews")
    learn_from_more(train, test, vectors, scale, scores)
    figure = plot_learning_curve(scores, vectors.dim)
    save(figure, output / "learning_curve.png")


def load_reviews(subset, n_reviews):
    """Reviews of the published split and their labels, in random order."""
    data, target = fetch_imdb(subset=subset, return_X_y=True)
    chosen = np.random.RandomState(0).permutation(len(data))[:n_reviews]
    return np.array(data, dtype=object)[chosen], target[chosen]


def learn_8_dimensions(train, scale, truncating="pre"):
    """The notebook's first network: the last fifth of the reviews validates it."""
    X, y = train
    n_validation = len(X) // 5
    clf = GloveTextClassifier(
        **published_settings("notebook_scratch"), random_state=0
    ).set_params(epochs=scale.epochs, network__truncating=truncating)
    return clf.fit(
        X[:-n_validation],
        y[:-n_validation],
        X_val=X[-n_validation:],
        y_val=y[-n_validation:],
    )


def learn_from_few(train, vectors, scale):
    """Fit on several draws of 200 reviews, with GloVe vectors and from scratch."""
    few = {"GloVe": [], "from scratch": []}
    for draw in range(scale.draws[FEW]):
        X, y = draw_reviews(train, draw, FEW + scale.n_validation)
        for vectors_from, fits in few.items():
            clf = notebook_classifier(vectors_from, vectors, draw, scale)
            clf.fit(X[:FEW], y[:FEW], X_val=X[FEW:], y_val=y[FEW:])
            fits.append(clf)
            last = clf.history_["val_accuracy"][-1]
            print(f"  draw {draw}, {vectors_from}: {last:.3f}", flush=True)
    return few


def learn_from_more(train, test, vectors, scale, scores):
    """Add to `scores` those of fits on more than 200 reviews."""
    for n_reviews, n_draws in scale.draws.items():
        for vectors_from, of_size in scores.items():
            if n_reviews not in of_size:
                of_size[n_reviews] = []
                for draw in range(n_draws):
                    clf = notebook_classifier(vectors_from, vectors, draw, scale)
                    clf.fit(*draw_reviews(train, draw, n_reviews))
                    of_size[n_reviews].append(clf.score(*test))
            figures = spread(of_size[n_reviews])
            print(f"  {n_reviews:6,} reviews, {vectors_from}: {figures}", flush=True)


def notebook_classifier(vectors_from, vectors, seed, scale):
    """The notebook's second network, with GloVe vectors or from scratch."""
    clf = GloveTextClassifier(
        vectors if vectors_from == "GloVe" else vectors.dim,
        **published_settings("notebook_glove"),
        random_state=seed,
    )
    return clf.set_params(epochs=scale.epochs)


def draw_reviews(reviews, draw, n_reviews):
    """Draw reviews and their labels at random; the same with the same number."""
    X, y = reviews
    chosen = np.random.RandomState(draw).permutation(len(X))[:n_reviews]
    return X[chosen], y[chosen]


def save_and_load_weights(clf, train, folder):
    """Save a network's weights, and load them into a fresh model."""
    path = folder / "pre_trained_glove_model.weights.h5"
    clf.model_.save_weights(path)
    # Weights know nothing of words. The same parameters and training texts make the
    # same vocabulary and network again, here with other weights: those of another
    # seed after one epoch. (A pickle of the classifier holds all that it needs.)
    fresh = clone(clf).set_params(random_state=1_000, epochs=1)
    fresh.fit(*draw_reviews(train, clf.random_state, FEW))
    texts = train[0][:100]
    before = np.array_equal(fresh.predict_proba(texts), clf.predict_proba(texts))
    fresh.model_.load_weights(path)
    after = np.array_equal(fresh.predict_proba(texts), clf.predict_proba(texts))
    print(f"Saved {path}")
    print(f"A fresh model predicts the same: {before}, with these weights: {after}")


def plot_learning_curve(scores, dim):
    """Mean accuracy by number of training reviews, and the range of the draws."""
    figure, ax = plt.subplots(layout="constrained")
    for vectors_from, by_size in scores.items():
        sizes = np.array(sorted(by_size))
        mean, low, high = (
            np.array([of(by_size[size]) for size in sizes])
            for of in (np.mean, np.min, np.max)
        )
        ax.plot(sizes, mean, marker="o", label=vectors_from)
        ax.fill_between(sizes, low, high, alpha=0.2)
    ax.set_xscale("log")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    ax.set_xlabel("Training reviews")
    ax.set_ylabel("Test accuracy, mean and range of the draws")
    ax.set_title(f"IMDB, {dim} dimensions")
    ax.grid(alpha=0.3)
    ax.legend()
    return figure


def print_validation(vectors_from, fits):
    """The last epoch's accuracy, and the best epoch's, as the curves show both."""
    histories = [clf.history_["val_accuracy"] for clf in fits]
    last = spread([history[-1] for history in histories])
    best = spread([max(history) for history in histories])
    print(f"Validation accuracy, {vectors_from}: {last}; best epoch {best}")


def by_epoch(clf):
    return " ".join(f"{value:.3f}" for value in clf.history_["val_accuracy"])


def spread(values):
    """Mean and standard deviation of some draws."""
    return f"{np.mean(values):.3f} ± {np.std(values):.3f} ({len(values)} draws)"


def save(figure, path):
    figure.savefig(path, dpi=150)
    plt.close(figure)
    print(f"Saved {path}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--embeddings",
        help="name of a published set or path of a file; default: glove.6B.100d, "
        "or glove.6B.50d if only that is in the data home",
    )
    parser.add_argument(
        "--output", default=".", help="folder for plots and weights; default: this one"
    )
    parser.add_argument("--quick", action="store_true", help="few reviews, 2 epochs")
    try:
        main(parser.parse_args())
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"{parser.prog}: {error}")
