"""Accuracy, log loss, calibration and fit time: every network and what else there is.

    python benchmarks/accuracy.py --quick              # does it run?
    python benchmarks/accuracy.py                      # in full: hours
    python benchmarks/accuracy.py --data imdb-200 --systems bag tfidf-svm

Each system is fitted to the training part with the constructor's defaults, or what its
line below says, and scored on the test part. The data:

- newsgroups: 20 Newsgroups without the first ten lines, the split of the Keras example.
- imdb: the official split. imdb-200, imdb-1000, imdb-5000: as many of its training
  reviews, a draw of its own for each seed.
- docstrings: `skglove.datasets.load_docstrings`, a fifth held out.
- newsgroups-500, -1000, -2000, -4000: as many of its posts, a draw for each seed.
- sentences-60000, sentences-240000: sentences of the IMDB training reviews, 20,000 of
  the test reviews to score. With "-mixed", 20,000 other ones of the training reviews:
  most are of reviews that other sentences were learned from.
- banking77, the published split; banking77-10, banking77-30: as many questions a class,
  a draw for each seed.
- banking77-misspelled, newsgroups-misspelled: 10 % of the letters of the test texts
  changed, dropped or swapped with the next.

"own vectors" are those of `skglove.Glove`, trained on the IMDB training reviews without
their labels; what that takes is not in the time.
"""

import argparse
import csv
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from corpora import imdb_sentences
from measuring import memory_gib, print_surroundings, skglove_posts
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skglove import Glove, GloveTextClassifier, WordVectors, published_settings
from skglove._download import data_home
from skglove.datasets import fetch_imdb, load_docstrings
from skglove.networks import ParallelConv
from skglove.text import SPLIT_PUNCTUATION

N_BINS = 15


# The data -----------------------------------------------------------------------------


@cache
def newsgroups(quick):
    """20 Newsgroups, training and test part."""
    return [part[:: 20 if quick else 1] for part in skglove_posts(None)]


@cache
def imdb(quick):
    """The movie reviews, training and test part."""
    parts = [fetch_imdb(subset=subset, return_X_y=True) for subset in ("train", "test")]
    return [part[:: 25 if quick else 1] for pair in parts for part in pair]


@cache
def docstrings(quick):
    """The docstrings of the installed packages, a fifth held out."""
    texts, labels = load_docstrings(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        texts, labels, test_size=0.2, stratify=labels, random_state=0
    )
    step = 4 if quick else 1
    return [part[::step] for part in (x_train, y_train, x_test, y_test)]


def sentences(n_texts, *, mixed=False):
    """Sentences of the training reviews; others, of test reviews or mixed, to score."""

    @cache
    def load(quick):
        step = 20 if quick else 1
        n_train, n_test = n_texts // step, 20_000 // step
        if not mixed:
            return [*imdb_sentences(n_train), *imdb_sentences(n_test, "test")]
        texts, labels = imdb_sentences(n_train + n_test)
        return texts[:n_train], labels[:n_train], texts[n_train:], labels[n_train:]

    return same_for_each_seed(load)


@cache
def banking77(quick):
    """The questions to a bank, the published split."""
    parts = []
    for subset in ("train", "test"):
        path = Path(data_home(), "banking77", f"{subset}.csv")
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        parts += [
            [row["text"] for row in rows],
            np.array([row["category"] for row in rows]),
        ]
    return [part[:: 10 if quick else 1] for part in parts]


def some(n_texts):
    """Draw as many texts, of each class the part that it has of all."""

    def draw(labels, seed):
        chosen, _ = train_test_split(
            np.arange(len(labels)),
            train_size=n_texts,
            stratify=labels,
            random_state=seed,
        )
        return chosen

    return draw


def some_of_each(n_texts):
    """Draw as many texts of each class."""

    def draw(labels, seed):
        order = np.random.default_rng(seed).permutation(len(labels))
        labels = np.asarray(labels)
        return np.concatenate(
            [order[labels[order] == label][:n_texts] for label in np.unique(labels)]
        )

    return draw


def few(load, draw):
    """Some of the training texts, with all of the test part."""

    def parts(quick, seed):
        x_train, y_train, *_ = load(False)
        chosen = draw(y_train, seed)
        x_few = [x_train[i] for i in chosen]
        return x_few, np.asarray(y_train)[chosen], *load(quick)[2:]

    return parts


def misspelled(data):
    """The same with letters of the test texts changed, dropped or swapped."""

    def draw(quick, seed):
        x_train, y_train, x_test, y_test = data(quick)
        rng = np.random.default_rng(seed)
        return x_train, y_train, [with_slips(text, rng) for text in x_test], y_test

    return draw


def with_slips(text, rng, part=0.1):
    """Change, drop or swap with the next a part of the letters."""
    letters = list(text)
    for i in np.flatnonzero(rng.random(len(letters)) < part):
        if letters[i].isalpha():
            kind = rng.integers(3)
            if kind == 0:
                letters[i] = chr(ord("a") + rng.integers(26))
            elif kind == 1:
                letters[i] = ""
            elif i + 1 < len(letters):
                letters[i], letters[i + 1] = letters[i + 1], letters[i]
    return "".join(letters)


def same_for_each_seed(data):
    """The same parts whatever the seed."""
    return lambda quick, seed: data(quick)


# What is drawn again for each seed varies most: of it there are five.
DRAWS = {
    "newsgroups-500": (newsgroups, some(500)),
    "newsgroups-1000": (newsgroups, some(1_000)),
    "newsgroups-2000": (newsgroups, some(2_000)),
    "newsgroups-4000": (newsgroups, some(4_000)),
    "imdb-200": (imdb, some(200)),
    "imdb-1000": (imdb, some(1_000)),
    "imdb-5000": (imdb, some(5_000)),
    "banking77-10": (banking77, some_of_each(10)),
    "banking77-30": (banking77, some_of_each(30)),
}
DATA = {
    "newsgroups": same_for_each_seed(newsgroups),
    "newsgroups-misspelled": misspelled(newsgroups),
    "imdb": same_for_each_seed(imdb),
    "sentences-60000": sentences(60_000),
    "sentences-240000": sentences(240_000),
    "sentences-60000-mixed": sentences(60_000, mixed=True),
    "sentences-240000-mixed": sentences(240_000, mixed=True),
    "banking77": same_for_each_seed(banking77),
    "banking77-misspelled": misspelled(banking77),
    "docstrings": same_for_each_seed(docstrings),
    **{name: few(*drawn) for name, drawn in DRAWS.items()},
}


# The systems --------------------------------------------------------------------------


@cache
def own_vectors(quick):
    """Vectors trained on the reviews, without their labels."""
    glove = Glove(standardize=SPLIT_PUNCTUATION, random_state=0)
    return glove.fit(imdb(quick)[0]).word_vectors_


class FastText:
    """fastText with 100 dimensions and its own defaults, on words and bigrams."""

    def __init__(self, seed):
        self.seed = seed

    def fit(self, texts, labels):
        """Write the file that fastText reads, and train."""
        import tempfile

        import fasttext

        self.classes_ = np.unique(labels)
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            for text, label in zip(texts, labels, strict=True):
                print(f"__label__{label}", *text.lower().split(), file=file)
            file.flush()
            self.model = fasttext.train_supervised(
                file.name, dim=100, wordNgrams=2, epoch=25, seed=self.seed, verbose=0
            )
        return self

    def predict(self, texts):
        """Return the label that fastText puts first."""
        lines = [" ".join(text.lower().split()) for text in texts]
        first = [
            labels[0].removeprefix("__label__")
            for labels in self.model.predict(lines)[0]
        ]
        return np.array(first).astype(self.classes_.dtype)


def systems(vectors, quick):
    """What makes each system, by name: a function of the seed."""
    epochs = {"epochs": 1} if quick else {}

    def network(chosen, **params):
        return lambda seed: GloveTextClassifier(
            vectors, network=chosen, random_state=seed, **params, **epochs
        )

    def published(name):
        settings = {**published_settings(name), **epochs}
        return lambda seed: GloveTextClassifier(vectors, random_state=seed, **settings)

    def tfidf(classifier, **params):
        return lambda seed: make_pipeline(
            TfidfVectorizer(**params), classifier(random_state=seed)
        )

    def mean_vector(seed):
        return make_pipeline(
            MeanVector(WordVectors.from_name(vectors)),
            LogisticRegression(C=10, max_iter=2_000),
        )

    found = {
        "bag": network("bag"),
        "bag, own vectors": lambda seed: GloveTextClassifier(
            own_vectors(quick), random_state=seed, **epochs
        ),
        "bag_conv": network("bag_conv", sequence_length=400),
        "parallel_conv": network(ParallelConv(trainable=True), sequence_length=400),
        "keras_2020": published("keras_2020"),
        "notebook_glove": published("notebook_glove"),
        "tfidf-svm": tfidf(LinearSVC),
        "tfidf12-svm": tfidf(
            lambda random_state: LinearSVC(C=0.5, random_state=random_state),
            ngram_range=(1, 2),
            min_df=2,
        ),
        "tfidf-logistic": tfidf(
            lambda random_state: LogisticRegression(C=10, max_iter=2_000)
        ),
        "tfidf12-svm, C=1": tfidf(
            LinearSVC, ngram_range=(1, 2), min_df=2, sublinear_tf=True
        ),
        "characters-svm": tfidf(
            LinearSVC, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True
        ),
        "complement-nb": lambda seed: make_pipeline(
            TfidfVectorizer(sublinear_tf=True), ComplementNB(alpha=0.3)
        ),
        "nbsvm12": lambda seed: NBSVM(seed),
        "mean vector-logistic": mean_vector,
    }
    if find_spec("fasttext"):
        found["fastText"] = FastText
    return found


class NBSVM:
    """Support vectors of binary counts times log-count ratios (Wang & Manning 2012)."""

    def __init__(self, seed):
        self.vectorizer = CountVectorizer(
            binary=True, min_df=2, ngram_range=(1, 2), token_pattern=r"[^\w\s]|\w+"
        )
        self.seed = seed

    def fit(self, texts, labels):
        """Fit one class against the rest."""
        rows = self.vectorizer.fit_transform(texts).astype(np.float64)
        self.classes_ = np.unique(labels)
        wanted = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        self.parts = []
        for label in wanted:
            is_label = np.asarray(labels) == label
            counts = [1 + rows[side].sum(axis=0) for side in (is_label, ~is_label)]
            shares = [np.asarray(count / count.sum()).ravel() for count in counts]
            ratio = np.log(shares[0] / shares[1])
            svm = LinearSVC(C=0.01, random_state=self.seed)
            svm.fit(rows.multiply(ratio).tocsr(), is_label)
            self.parts.append((ratio, svm))
        return self

    def predict(self, texts):
        """Return the label of the largest margin."""
        rows = self.vectorizer.transform(texts).astype(np.float64)
        margins = np.column_stack(
            [svm.decision_function(rows.multiply(r).tocsr()) for r, svm in self.parts]
        )
        if margins.shape[1] == 1:
            return self.classes_[(margins[:, 0] > 0).astype(int)]
        return self.classes_[margins.argmax(axis=1)]


class MeanVector:
    """The mean of the vectors of a text's words."""

    def __init__(self, vectors):
        self.vectors = vectors

    def fit(self, texts, labels=None):
        """Learn which words there are."""
        from skglove.text import TextVectorizer

        self.vectorizer = TextVectorizer(
            30_000, sequence_length=1_000, standardize=SPLIT_PUNCTUATION
        ).fit(texts)
        self.matrix = self.vectors.matrix_for(self.vectorizer.vocabulary_)
        return self

    def transform(self, texts):
        """Return the mean vectors."""
        known = self.matrix.any(axis=1)
        means = np.zeros((len(texts), self.matrix.shape[1]))
        all_ids = self.vectorizer.transform(texts)
        of_texts = np.split(all_ids.flat, all_ids.ends[1:-1])
        for row, ids in zip(means, of_texts, strict=True):
            ids = ids[known[ids]]
            if len(ids):
                row[:] = self.matrix[ids].mean(axis=0)
        return means


# Measuring ----------------------------------------------------------------------------


def calibration_error(proba, correct):
    """Expected calibration error of the largest probabilities, in 15 equal bins."""
    confidence = proba.max(axis=1)
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = [
        abs(confidence[bins == i].sum() - correct[bins == i].sum())
        for i in range(N_BINS)
    ]
    return sum(gaps) / len(proba)


def measure(make, data, quick, seed):
    """Fit and score: accuracy, log loss, calibration error, seconds."""
    x_train, y_train, x_test, y_test = data(quick, seed)
    start = time.perf_counter()
    model = make(seed).fit(x_train, y_train)
    seconds = time.perf_counter() - start
    if not hasattr(model, "predict_proba"):
        return np.mean(model.predict(x_test) == y_test), np.nan, np.nan, seconds
    proba = np.asarray(model.predict_proba(x_test), dtype=np.float64)
    column = np.searchsorted(model.classes_, y_test)
    correct = proba.argmax(axis=1) == column
    of_truth = np.clip(proba[np.arange(len(proba)), column], 1e-15, 1)
    log_loss = -np.log(of_truth).mean()
    return correct.mean(), log_loss, calibration_error(proba, correct), seconds


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small parts, one epoch")
    parser.add_argument("--embeddings", default="glove.6B.50d")
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument(
        "--systems", nargs="+", help="names in the table; all if left out"
    )
    parser.add_argument("--seeds", type=int, default=None, help="3; 5 of few texts")
    options = parser.parse_args()
    made = systems(options.embeddings, options.quick)
    unknown = set(options.systems or ()) - set(made)
    if unknown:
        parser.error(f"no systems {sorted(unknown)}; there are {sorted(made)}")
    print_surroundings(memory_gib("MemAvailable"))
    print(f"embeddings: {options.embeddings}")
    print("\n| data | system | accuracy | spread | log loss | ECE | fit |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for data in options.data:
        n_seeds = options.seeds or (1 if options.quick else 5 if data in DRAWS else 3)
        for name in options.systems or made:
            if "own vectors" in name and not data.startswith("imdb"):
                continue
            if "own vectors" in name:
                own_vectors(options.quick)
            runs = np.array(
                [
                    measure(made[name], DATA[data], options.quick, seed)
                    for seed in range(n_seeds)
                ]
            )
            accuracy, log_loss, error, seconds = runs.mean(axis=0)
            spread = runs[:, 0].std()
            calibration = (
                " | " if np.isnan(log_loss) else f" {log_loss:.3f} | {error:.3f} "
            )
            print(
                f"| {data} | {name} | {accuracy:.4f} | {spread:.4f} |{calibration}| "
                f"{seconds:.1f} s |",
                flush=True,
            )


if __name__ == "__main__":
    main()
