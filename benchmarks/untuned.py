"""Accuracy on corpora that no choice of the defaults was made on, beside rivals.

    apt-get download wordnet-base dict-foldoc fortunes fortunes-{de,es,pl}
    for package in *.deb; do dpkg-deb -x "$package" debian; done
    python benchmarks/untuned.py debian --quick    # does it run?
    python benchmarks/untuned.py debian            # in full: half an hour

The texts are in packages of Debian and its like, and in the list of all its packages.
The data:

- wordnet: the glosses of WordNet's nouns and verbs; the lexicographer file of each.
- foldoc: entries of the Free On-line Dictionary of Computing; their subject.
- fortunes, -de, -es, -pl: sayings in English, German, Spanish and Polish; their file.
- packages: the line that describes a package of the distribution; its section.

The German and Spanish sayings showed that words should not weigh more because they are
rare: on these a choice was made after all, on the others none.

Classes of fewer than 30 texts are left out. So many texts are drawn for each seed, and
5,000 of the others are scored.
"""

import argparse
import gzip
import re
import subprocess
import time
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
from accuracy import systems
from measuring import memory_gib, print_surroundings

MIN_TEXTS = 30
N_TEST = 5_000
SYSTEMS = (
    "bag",
    "tfidf-svm",
    "tfidf12-svm, C=1",
    "characters-svm",
    "complement-nb",
    "nbsvm12",
)
# What is drawn of each.
SIZES = {
    "wordnet": (2_000, 10_000, 60_000),
    "foldoc": (1_000, 4_000),
    "fortunes": (2_000, 9_000),
    "fortunes-de": (2_000, 10_000),
    "fortunes-es": (4_000,),
    "fortunes-pl": (4_000,),
    "packages": (2_000, 20_000),
}


def wordnet(folder):
    """Yield the glosses without their examples."""
    for part in ("noun", "verb"):
        for line in (folder / f"wordnet/data.{part}").read_text("utf-8").splitlines():
            head, bar, gloss = line.partition(" | ")
            if bar:
                yield gloss.partition('; "')[0], head.split()[1]


def foldoc(folder):
    """Yield the entries that name a subject, without it."""
    with gzip.open(folder / "dictd/foldoc.dict.dz", "rt", encoding="utf-8") as file:
        entries = re.split(r"\n(?=\S)", file.read())
    for entry in entries:
        subject = re.search(r"<([a-z ,]+)>", entry)
        if subject:
            yield entry[subject.end() :], subject[1].partition(",")[0]


def fortunes(language):
    """Return a function that yields the sayings of a language."""

    def sayings(folder):
        for path in sorted((folder / "games/fortunes" / language).iterdir()):
            if path.is_file() and not path.is_symlink() and path.suffix != ".dat":
                for text in path.read_text("utf-8", "replace").split("\n%\n"):
                    yield text, path.name

    return sayings


def packages(folder):
    """Yield the short descriptions of the distribution's packages."""
    listed = subprocess.run(
        ["apt-cache", "dumpavail"], capture_output=True, text=True, check=True
    ).stdout
    for record in listed.split("\n\n"):
        found = dict(re.findall(r"^(Description|Section): (.+)$", record, re.M))
        if len(found) == 2:
            yield found["Description"], found["Section"]


LOADERS = {
    "wordnet": wordnet,
    "foldoc": foldoc,
    "fortunes": fortunes(""),
    "fortunes-de": fortunes("de"),
    "fortunes-es": fortunes("es"),
    "fortunes-pl": fortunes("pl"),
    "packages": packages,
}


@cache
def load(name, folder):
    """Different texts and their labels, without rare classes."""
    pairs = {}
    for text, label in LOADERS[name](folder / "usr/share"):
        pairs.setdefault(" ".join(text.split()), label)
    pairs.pop("", None)
    n_texts = Counter(pairs.values())
    kept = [pair for pair in pairs.items() if n_texts[pair[1]] >= MIN_TEXTS]
    texts, labels = zip(*kept, strict=True)
    return texts, np.array(labels)


def draw(name, folder, n_texts, seed):
    """Training and test part of a draw."""
    texts, labels = load(name, folder)
    order = np.random.default_rng(seed).permutation(len(texts))[: n_texts + N_TEST]
    train, test = order[:n_texts], order[n_texts:]
    x_train, x_test = ([texts[i] for i in part] for part in (train, test))
    return x_train, labels[train], x_test, labels[test]


def mean_accuracy(make, name, folder, n_texts, seeds):
    """Mean over the seeds of the accuracy, and of the seconds of a fit."""
    found = []
    for seed in seeds:
        x_train, y_train, x_test, y_test = draw(name, folder, n_texts, seed)
        start = time.perf_counter()
        model = make(seed).fit(x_train, y_train)
        seconds = time.perf_counter() - start
        found.append((np.mean(model.predict(x_test) == y_test), seconds))
    return np.mean(found, axis=0)


def main():
    """Print the table: accuracies, and the seconds of a fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the packages are unpacked")
    parser.add_argument("--quick", action="store_true", help="300 texts, one epoch")
    parser.add_argument("--embeddings", default="glove.6B.50d")
    parser.add_argument("--data", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    seeds = range(1 if options.quick else options.seeds)
    made = systems(options.embeddings, options.quick)
    print_surroundings(memory_gib("MemAvailable"))
    print(f"embeddings: {options.embeddings}")
    titles = ["data", "texts", "classes", *options.systems]
    print("\n|", " | ".join(titles), "|\n" + "| --- " * len(titles) + "|")
    for data in options.data:
        n_classes = len(np.unique(load(data, options.folder)[1]))
        for n_texts in (300,) if options.quick else SIZES[data]:
            cells = [data, f"{n_texts:,}", str(n_classes)]
            for name in options.systems:
                accuracy, seconds = mean_accuracy(
                    made[name], data, options.folder, n_texts, seeds
                )
                cells.append(f"{accuracy:.4f} ({seconds:.1f} s)")
            print("|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
