"""How the cost grows: with texts, their length, the vocabulary, the file of vectors.

Each measured at 1x, 4x and 16x of a small size, each in a process of its own, on
made-up texts. Prints a table in Markdown: time and the memory it takes above what the
process held before, and by how much they grow from 1x to 4x and from 4x to 16x: 4 is a
straight line, less is a cost that does not grow, more a curve. The network is the Keras
example's, or the default one where the row says so, for an epoch.

    python benchmarks/growth.py            # some 12 minutes
    python benchmarks/growth.py --quick    # small sizes: does it run?
    python benchmarks/growth.py --jobs predict
"""

import argparse
import itertools
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from measuring import measure, memory_gib, print_surroundings, run_process

FACTORS = (1, 4, 16)
QUICK_PART = 10
DIM = 50


class Sizes(NamedTuple):
    """How large what is made up is; a field at a time is multiplied."""

    n_texts: int = 2_000
    n_words: int = 200  # of a text
    vocabulary: int = 5_000
    file_words: int = 40_000


JOBS = {
    "fit_texts": ("fit: number of texts", "fit", "n_texts", Sizes()),
    "fit_length": (
        "fit: length of the texts",
        "fit",
        "n_words",
        Sizes(n_texts=1_000),
    ),
    "fit_vocabulary": (
        "fit: words of the vocabulary",
        "fit",
        "vocabulary",
        Sizes(n_texts=4_000),
    ),
    "fit_file": ("fit: words of the file", "fit", "file_words", Sizes(n_texts=500)),
    "fit_default": (
        "fit, default network: number of texts",
        "fit_default",
        "n_texts",
        Sizes(n_texts=1_000),
    ),
    "vectors": (
        "matrix of 5,000 words: words of the file",
        "matrix",
        "file_words",
        Sizes(n_texts=1),
    ),
    "predict": (
        "predict: number of texts",
        "predict",
        "n_texts",
        Sizes(n_texts=62_500, n_words=20),
    ),
}


# What runs in a process of its own ---------------------------------------------------


def fit(sizes, folder):
    """A fit, from texts and a file of vectors never used before."""
    return measure_fit(make_classifier, sizes, folder, make_texts(sizes))


def fit_default(sizes, folder):
    """The same with the constructor's defaults; some words occur in most texts."""
    texts = make_texts(sizes, each_as_likely=False)
    return measure_fit(make_default_classifier, sizes, folder, texts)


def measure_fit(make, sizes, folder, data):
    import keras  # noqa: F401

    path = write_vectors(sizes, folder)
    texts, labels = data
    # Loads what is loaded once.
    make(None, sizes).fit(texts[:64], labels[:64])
    return measure(lambda: make(path, sizes).fit(texts, labels))[1]


def matrix(sizes, folder):
    """The matrix of a vocabulary, from a file never used before."""
    from skglove import WordVectors

    path, words = write_vectors(sizes, folder), make_words(sizes.vocabulary)
    return measure(lambda: WordVectors.from_file(path).matrix_for(words))[1]


def predict(sizes, folder):
    """Labels of many short texts."""
    texts, labels = make_texts(sizes)
    clf = make_classifier(None, sizes).fit(texts[:2_000], labels[:2_000])
    clf.predict(texts[:20_000])  # the working memory of a chunk
    return measure(lambda: clf.predict(texts))[1]


STAGES = {stage.__name__: stage for stage in (fit, fit_default, matrix, predict)}


def make_default_classifier(embeddings, sizes):
    from skglove import GloveTextClassifier

    return GloveTextClassifier(embeddings or DIM, epochs=1, random_state=0)


def make_classifier(embeddings, sizes):
    from skglove import GloveTextClassifier, published_settings

    settings = published_settings("keras_2020")
    return GloveTextClassifier(
        embeddings or DIM,
        **{
            **settings,
            "max_tokens": None,
            # The network's shortest where texts are short.
            "sequence_length": max(sizes.n_words, 149),
            "epochs": 1,
        },
        random_state=0,
    )


def make_words(n_words):
    return [f"w{i}" for i in range(n_words)]


def make_texts(sizes, each_as_likely=True):
    """Texts of the vocabulary's words, labels by turns.

    If they are not as likely as each other, they are as in texts: by Zipf's law.
    """
    import numpy as np

    words = np.array(make_words(sizes.vocabulary), dtype=object)
    rng = np.random.default_rng(0)
    likely = np.ones(len(words)) if each_as_likely else 1 / np.arange(1, 1 + len(words))
    chances = (likely / likely.sum()).cumsum()
    chances[-1] = 1
    texts = [
        " ".join(words[np.searchsorted(chances, rng.random(sizes.n_words))])
        for _ in range(sizes.n_texts)
    ]
    return texts, [i % 20 for i in range(sizes.n_texts)]


def write_vectors(sizes, folder):
    import numpy as np

    path = Path(folder, "vectors.txt")
    rng = np.random.default_rng(0)
    with open(path, "w") as file:
        for i in range(sizes.file_words):
            numbers = " ".join(map("{:.5f}".format, rng.normal(size=DIM).tolist()))
            file.write(f"w{i} {numbers}\n")
    return path


# What starts them and reports --------------------------------------------------------


def run(stage, sizes):
    """Run a stage in a process of its own, in a data home of its own."""
    print(f"running {stage}, {sizes} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        return run_process(
            __file__, "--stage", stage, "--sizes", json.dumps(sizes), "--folder", folder
        )


def row(name, quick, n_runs):
    """Measure a job at each size and return its row of the table."""
    title, stage, field, sizes = JOBS[name]
    size = getattr(sizes, field)
    if quick:
        sizes = sizes._replace(n_texts=max(sizes.n_texts // QUICK_PART, 1))
        size = getattr(sizes, field)
    times, memories = [], []
    for factor in FACTORS:
        runs = [
            run(stage, sizes._replace(**{field: size * factor})) for _ in range(n_runs)
        ]
        times.append(statistics.median(each["seconds"] for each in runs))
        memories.append(
            statistics.median(
                (each["peak_gib"] - each["peak_before_gib"]) * 1024 for each in runs
            )
        )
    return [
        title,
        f"{size:,}",
        " / ".join(f"{value:.2f}" for value in times),
        growth(times),
        " / ".join(f"{value:.0f}" for value in memories),
        growth(memories),
    ]


def growth(values):
    """The factors from each value to the next."""
    return ", ".join(
        f"{later / earlier:.1f}" if earlier >= 0.005 else "-"
        for earlier, later in itertools.pairwise(values)
    )


def report(args):
    print_surroundings(memory_gib("MemAvailable"))
    rows = [row(name, args.quick, 1 if args.quick else 3) for name in args.jobs]
    print(
        "\n| what grows | 1x | time at 1x / 4x / 16x, s | factors | "
        "memory taken, MiB | factors |\n|" + " --- |" * 6
    )
    for cells in rows:
        print("| " + " | ".join(cells) + " |")
    if args.quick:
        print("\n! Small sizes: these figures say nothing.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, once each")
    parser.add_argument(
        "--jobs", nargs="+", choices=JOBS, default=list(JOBS), help="default: all"
    )
    for internal, options in (
        ("--stage", {"choices": STAGES}),
        ("--sizes", {"type": json.loads}),
        ("--folder", {}),
    ):
        parser.add_argument(internal, help=argparse.SUPPRESS, **options)
    args = parser.parse_args()
    if args.stage:
        print(json.dumps(STAGES[args.stage](Sizes(*args.sizes), args.folder)))
    else:
        report(args)
