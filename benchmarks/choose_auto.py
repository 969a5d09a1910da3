"""What each choice behind "auto" costs, on validation texts cut from training parts.

    python benchmarks/choose_auto.py --quick
    python benchmarks/choose_auto.py                          # hours
    python benchmarks/choose_auto.py --data banking77 --choices default epochs/2

Of a few texts drawn from a training part, 5,000 others of it are the validation texts:
with a few, chance would decide. Of other training parts a fifth is cut off.

A table of accuracies, a row a choice and a column a corpus, and one of regrets: how far
a choice is below the best one of each corpus, in points, with the mean and the largest.
A good default has a small mean and a small largest regret; no corpus decides alone. The
test parts are not read. Add a line to `CHOICES` to try something else.
"""

import argparse
from unittest.mock import patch

import numpy as np
from accuracy import DATA, DRAWS
from measuring import memory_gib, print_surroundings
from sklearn.model_selection import train_test_split

from skglove import GloveTextClassifier
from skglove.networks import Bag

CORPORA = (
    "newsgroups-500",
    "newsgroups-1000",
    "newsgroups-4000",
    "newsgroups",
    "imdb-200",
    "imdb-1000",
    "imdb",
    "sentences-60000",
    "banking77-10",
    "banking77-30",
    "banking77",
    "docstrings",
)


def auto(epochs=1.0, batch=1.0, rate=1.0):
    """Factors of what "auto" is for a corpus."""

    def choose(n_texts, n_classes):
        defaults = Bag().training_defaults(n_texts, n_classes)
        return {
            "epochs": max(1, round(epochs * defaults.epochs)),
            "batch_size": max(1, round(batch * defaults.batch_size)),
            "learning_rate": rate * defaults.learning_rate,
        }

    return choose


def always(**params):
    """Return the same parameters for each corpus."""
    return lambda n_texts, n_classes: params


_BAG = "skglove.training._bag"
_LINEAR = "skglove.training._linear"
# What is chosen: parameters of the classifier, and constants in other modules.
CHOICES = {
    "default": (always(), {}),
    "epochs/2": (auto(epochs=0.5), {}),
    "epochs*2": (auto(epochs=2), {}),
    "batch*2, rate*2": (auto(batch=2, rate=2), {}),
    "rate/2": (auto(rate=0.5), {}),
    "rate*2": (auto(rate=2), {}),
    "30,000 words": (always(max_tokens=30_000), {}),
    "100,000 words": (always(max_tokens=100_000), {}),
    "no linear parts": (always(network=Bag(linear=False)), {}),
    "no bigrams": (always(network=Bag(max_bigrams=0)), {}),
    "500,000 bigrams": (always(network=Bag(max_bigrams=500_000)), {}),
    "no corrected spelling": (always(network=Bag(correct_spelling=False)), {}),
    "no trigrams": (always(), {f"{_LINEAR}._MANY": 1 << 60}),
    "no near words": (always(), {f"{_LINEAR}._MANY_FOR_NEAR_WORDS": 0}),
    "near words of many texts": (
        always(),
        {f"{_LINEAR}._MANY_FOR_NEAR_WORDS": 1 << 60},
    ),
    "trigrams of any length": (always(), {f"{_LINEAR}._LONG": 0}),
    "n-grams at full weight": (always(), {f"{_LINEAR}._USUAL": (1.0, 2.0, False)}),
    "words weighted by IDF": (always(), {f"{_LINEAR}._USUAL": (0.5, 2.0, True)}),
    "all bigrams in the network": (always(), {f"{_BAG}.NETWORK_BIGRAMS": 200_000}),
    "strong prior of the shares": (always(), {f"{_BAG}.PRIOR_WORTH": 30}),
    "400 texts held back": (always(), {f"{_BAG}.MOST_HELD": 400}),
}


def validation_parts(name, quick, seed):
    """Return texts to fit to and validation texts, 5,000 at most, with their labels."""
    if name in DRAWS:
        load, draw = DRAWS[name]
        texts, labels, _, _ = load(False)
        kept = draw(labels, seed)
        others = np.setdiff1d(np.arange(len(labels)), kept)
        n_held = 100 if quick else 5_000
        held = np.random.default_rng(seed).permutation(others)[:n_held]
    else:
        texts, labels, _, _ = DATA[name](quick, seed)
        kept, held = train_test_split(
            np.arange(len(labels)),
            test_size=min(5_000, len(labels) // 5),
            stratify=labels,
            random_state=seed,
        )
    labels = np.asarray(labels)
    x_train, x_val = ([texts[i] for i in part] for part in (kept, held))
    return x_train, labels[kept], x_val, labels[held]


def accuracy(choice, data, embeddings, seed):
    """Fit with a choice, and score the validation texts."""
    params_of, constants = CHOICES[choice]
    x_train, y_train, x_val, y_val = data
    params = params_of(len(y_train), len(np.unique(y_train)))
    patches = [patch(name, value) for name, value in constants.items()]
    for one in patches:
        one.start()
    try:
        model = GloveTextClassifier(embeddings, random_state=seed, **params)
        return model.fit(x_train, y_train).score(x_val, y_val)
    finally:
        for one in patches:
            one.stop()


def print_row(title, cells):
    """Print a row of a table in Markdown."""
    print(f"| {title} |", " | ".join(cells), "|", flush=True)


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small parts")
    parser.add_argument("--embeddings", default="glove.6B.50d")
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(CORPORA))
    parser.add_argument("--choices", nargs="+", choices=CHOICES, default=list(CHOICES))
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    print_surroundings(memory_gib("MemAvailable"))
    print(f"embeddings: {options.embeddings}; accuracy on validation texts\n")
    print_row("choice", options.data)
    print_row("---", ["---"] * len(options.data))
    parts = {
        (name, seed): validation_parts(name, options.quick, seed)
        for name in options.data
        for seed in range(options.seeds)
    }
    found = []
    for choice in options.choices:
        row = [
            np.mean(
                [
                    accuracy(choice, parts[name, seed], options.embeddings, seed)
                    for seed in range(options.seeds)
                ]
            )
            for name in options.data
        ]
        found.append(row)
        print_row(choice, [f"{value:.4f}" for value in row])
    regrets = 100 * (np.max(found, axis=0) - np.array(found))
    print("\nRegret against the best choice of each corpus, in points\n")
    print_row("choice", ["mean", "largest", *options.data])
    print_row("---", ["---"] * (len(options.data) + 2))
    for choice, row in zip(options.choices, regrets, strict=True):
        cells = [row.mean(), row.max(), *row]
        print_row(choice, [f"{value:.2f}" for value in cells])


if __name__ == "__main__":
    main()
