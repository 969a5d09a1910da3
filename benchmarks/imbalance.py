"""Macro-F1 where one class has a hundred texts to each of another's.

    python benchmarks/imbalance.py --quick             # does it run?
    python benchmarks/imbalance.py                     # in full
    python benchmarks/imbalance.py --data newsgroups

- newsgroups: of 20 Newsgroups without the first ten lines every other group keeps all
  of its posts, the others one in a hundred, in both parts of the Keras example's split.
- imdb: of the official split all negative reviews, and one positive to each hundred.

The classes with few texts have so few to be tested on that one draw says little: each
system is fitted to several, and the mean and its standard error are shown. What is
predicted is scored on texts that are drawn alike.
"""

import argparse
import time

import numpy as np
from measuring import memory_gib, print_surroundings, skglove_posts
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skglove import GloveTextClassifier
from skglove.datasets import fetch_imdb

RATIO = 100


def newsgroups():
    """Both parts of the posts."""
    x_train, y_train, x_test, y_test = skglove_posts(None)
    return (x_train, y_train), (x_test, y_test)


def imdb():
    """Both parts of the reviews."""
    return [fetch_imdb(subset=subset, return_X_y=True) for subset in ("train", "test")]


def thinned(texts, labels, rng, keep=1.0):
    """Texts of which every other class has one in a hundred left."""
    labels = np.asarray(labels)
    chosen = []
    for label in np.unique(labels):
        places = rng.permutation(np.flatnonzero(labels == label))
        n_kept = len(places) * keep / (RATIO if label % 2 else 1)
        chosen.extend(places[: max(2, round(n_kept))])
    return [texts[i] for i in chosen], labels[chosen]


def tfidf(class_weight):
    """What there is to beat."""
    return make_pipeline(
        TfidfVectorizer(sublinear_tf=True), LinearSVC(class_weight=class_weight)
    )


SYSTEMS = {
    "TF-IDF + LinearSVC": lambda vectors, seed: tfidf(None),
    "TF-IDF + LinearSVC, balanced": lambda vectors, seed: tfidf("balanced"),
    "skglove": lambda vectors, seed: GloveTextClassifier(vectors, random_state=seed),
    "skglove, balanced": lambda vectors, seed: GloveTextClassifier(
        vectors, class_weight="balanced", random_state=seed
    ),
}
DATA = {"newsgroups": newsgroups, "imdb": imdb}


def main(args):
    print_surroundings(memory_gib("MemAvailable"))
    print(f"word vectors: {args.embeddings}")
    for name in args.data:
        train, test = DATA[name]()
        scores = {system: [] for system in args.systems}
        seconds = dict.fromkeys(args.systems, 0.0)
        for draw in range(args.draws):
            rng = np.random.default_rng(draw)
            texts, labels = thinned(*train, rng, keep=0.1 if args.quick else args.keep)
            x_test, y_test = thinned(*test, rng)
            for system in args.systems:
                start = time.perf_counter()
                clf = SYSTEMS[system](args.embeddings, draw).fit(texts, labels)
                seconds[system] += time.perf_counter() - start
                predicted = clf.predict(x_test)
                scores[system].append(f1_score(y_test, predicted, average="macro"))
        counts = np.bincount(labels)
        print(f"\n{name}: {len(labels):,} texts, {counts.min()} to {counts.max():,} a")
        print(f"class, {args.draws} draws")
        for system, values in scores.items():
            error = np.std(values) / max(1, len(values) - 1) ** 0.5
            print(
                f"    {system:30} macro-F1 {np.mean(values):.3f} ± {error:.3f}, "
                f"{seconds[system] / args.draws:.1f} s"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", nargs="+", choices=DATA, default=[*DATA])
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=[*SYSTEMS])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--keep", type=float, default=1.0, help="part of the texts")
    parser.add_argument("--embeddings", default="glove.6B.50d")
    parser.add_argument("--quick", action="store_true", help="a tenth of the texts")
    main(parser.parse_args())
