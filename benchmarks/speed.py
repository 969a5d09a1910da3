"""How fast and how small: each job beside what its user would run otherwise.

Prints one table in Markdown: the ratio of the times and of the peak memories, what it
is to be at most, and both sides' figures. Each side runs in a process of its own, the
two in turn; where a pair is short there are five of them, and the figures are medians.
Both sides read the same posts and the same file of vectors, with the settings of the
Keras example.

    python benchmarks/speed.py            # some 15 minutes; the script needs 21 GiB
    python benchmarks/speed.py --quick    # small data, one pair: does it run?
    python benchmarks/speed.py --jobs one_text import

The ratio of the CPU times, of all cores, is what other work on the machine disturbs
least. Memory is the most that a process has held, its libraries included. A time leaves
out the start of the process and the import of libraries, but for the job `import`.
Where less than 21 GiB are free the script's ids are made in batches instead, and the
table says so. Posts and vectors come from the data home (`$SKGLOVE_DATA`, else
`~/.cache/skglove`); the row of gensim needs gensim.
"""

import argparse
import importlib.util
import json
import os
import pickle
import shutil
import statistics
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import newsgroups
from measuring import (
    example_posts,
    measure,
    memory_gib,
    print_surroundings,
    run_process,
    run_stage_or_report,
    skglove_classifier,
    skglove_posts,
    unpack_vectors,
)

QUICK_POSTS = 500
QUICK_WORDS = 20_000
GRID_POSTS = 4_000
GRID = {"network__dropout": [0.2, 0.3, 0.4, 0.5]}
N_FOLDS = 3
BATCH_SIZE = 128


class Job(NamedTuple):
    """A row of the table: two stages, and how often they run."""

    title: str
    ours: str
    other: str
    theirs: str
    at_most: float
    memory_at_most: float | None = None
    n_pairs: int = 5


JOBS = {
    "vectors_first": Job(
        "GloVe file to the matrix of 20,000 words, first use",
        "matrix_skglove",
        "the example's loop",
        "matrix_example",
        1 / 8,
    ),
    "vectors_later": Job(
        "the same, later uses, new process",
        "matrix_skglove",
        "the example's loop",
        "matrix_example",
        1 / 30,
    ),
    "vectors_gensim": Job(
        "the same, first use",
        "matrix_skglove",
        "gensim `load_word2vec_format`",
        "load_gensim",
        1 / 25,
        n_pairs=3,
    ),
    "vectorize": Job(
        "vocabulary and ids of the posts",
        "vectorize_skglove",
        "the example's adapt and vectorize",
        "vectorize_example",
        1 / 25,
        1 / 20,
        n_pairs=1,
    ),
    "fit": Job(
        "the whole fit",
        "fit_skglove",
        "the whole published script",
        "fit_example",
        0.5,
        1 / 12,
        n_pairs=1,
    ),
    "one_text": Job(
        "one text, `predict_proba`, warm",
        "one_text_skglove",
        "the exported model's `predict`",
        "one_text_keras",
        1 / 25,
    ),
    "many_texts": Job(
        "all posts, texts to probabilities",
        "many_texts_skglove",
        "Keras's vectorizer in chunks, `Model.predict`",
        "many_texts_keras",
        0.7,
    ),
    "import": Job(
        "`import skglove`",
        "import_skglove",
        "`import tensorflow`",
        "import_tensorflow",
        1 / 3,
    ),
    "pickle": Job(
        "pickle, load and first prediction",
        "pickle_skglove",
        "`.keras` of the exported model",
        "pickle_keras",
        0.5,
    ),
    "grid": Job(
        "12 fits of a 4 x 3 grid, 2 epochs",
        "grid_skglove",
        "12 runs of the script's functions",
        "grid_example",
        1 / 4,
        n_pairs=1,
    ),
}


# What runs in a process of its own ---------------------------------------------------


def prepare(args):
    """Write what the other stages read: vectors, a vocabulary, a fitted model."""
    from skglove.text import TextVectorizer

    folder = Path(args.folder)
    posts = skglove_posts(args.posts)[0]
    vocabulary = TextVectorizer(max_tokens=20_000).fit(posts).vocabulary_
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary))
    path = unpack_vectors(args.embeddings, folder)
    with open(path, "rb") as file, open(folder / "used.txt", "wb") as used:
        if args.quick:
            used.writelines(islice(file, QUICK_WORDS))
        else:
            shutil.copyfileobj(file, used)
    return {}


def prepare_model(args):
    """Write a fitted model, as a pickle and as Keras's file."""
    x_train, y_train, _, _ = skglove_posts(args.posts)
    clf = skglove_classifier(args).fit(x_train, y_train)
    clf.embeddings = args.embeddings  # predictions do without the vectors
    with open(Path(args.folder, "model.pickle"), "wb") as file:
        pickle.dump(clf, file)
    clf.to_keras().save(Path(args.folder, "model.keras"))
    return {
        f"{name}_mb": Path(args.folder, f"model.{name}").stat().st_size / 1e6
        for name in ("pickle", "keras")
    }


def matrix_skglove(args):
    from skglove import WordVectors

    vocabulary = json.loads(Path(args.folder, "vocabulary.json").read_text())
    return measure(lambda: WordVectors.from_file(args.vectors).matrix_for(vocabulary))[
        1
    ]


def matrix_example(args):
    import published_example as example

    vocabulary = json.loads(Path(args.folder, "vocabulary.json").read_text())
    return measure(
        lambda: example.build_matrix(vocabulary, example.parse_vectors(args.vectors))
    )[1]


def load_gensim(args):
    from gensim.models import KeyedVectors

    load = KeyedVectors.load_word2vec_format
    return measure(lambda: load(args.vectors, no_header=True))[1]


def one_text_skglove(args):
    clf, text = load_skglove(args), one_post(args)
    return median_call(lambda: clf.predict_proba([text]))


def one_text_keras(args):
    import tensorflow as tf

    model, texts = load_keras(args), tf.constant([[one_post(args)]])
    return median_call(lambda: model.predict(texts, verbose=0))


def many_texts_skglove(args):
    clf, posts = load_skglove(args), all_posts(args)
    clf.predict_proba(posts[:1])  # warm, as the other side
    return measure(lambda: clf.predict_proba(posts))[1]


def many_texts_keras(args):
    import published_example as example

    model, posts = load_keras(args), all_posts(args)
    _, vectorizer, network = model.layers

    def predict(posts):
        ids = example.vectorize_in_batches(vectorizer, posts)
        return network.predict(ids, batch_size=BATCH_SIZE, verbose=0)

    predict(posts[:1])
    return measure(lambda: predict(posts))[1]


def import_skglove(args):
    return measure(lambda: importlib.import_module("skglove"))[1]


def import_tensorflow(args):
    return measure(lambda: importlib.import_module("tensorflow"))[1]


def pickle_skglove(args):
    import keras  # noqa: F401
    import tensorflow as tf

    import skglove  # noqa: F401

    text = one_post(args)
    tf.constant([[text]])  # TensorFlow finds its devices, as on the other side
    return measure(lambda: load_skglove(args).predict_proba([text]))[1]


def pickle_keras(args):
    import keras  # noqa: F401
    import tensorflow as tf

    texts = tf.constant([[one_post(args)]])
    return measure(lambda: load_keras(args).predict(texts, verbose=0))[1]


def grid_skglove(args):
    import keras  # noqa: F401
    from sklearn.model_selection import GridSearchCV

    posts, labels, _, _ = skglove_posts(args.posts)
    with tempfile.TemporaryDirectory() as memory:
        clf = skglove_classifier(args).set_params(memory=memory)
        search = GridSearchCV(
            clf, grid(args), cv=folds(), refit=False, error_score="raise"
        )
        return measure(lambda: search.fit(posts, labels))[1]


def grid_example(args):
    import keras
    import numpy as np
    import published_example as example

    posts, labels, _, _ = example_posts(args.posts)
    n_classes = max(labels) + 1
    vectorize = example.vectorize_in_batches if args.batched else example.vectorize

    def fit(train, test, dropout):
        x_train, x_val = ([posts[i] for i in part] for part in (train, test))
        y_train, y_val = (np.array(labels)[part] for part in (train, test))
        layer = example.adapt(x_train)
        vectors = example.parse_vectors(args.vectors)
        matrix, _, _ = example.build_matrix(layer.get_vocabulary(), vectors)
        model = example.build_model(matrix, n_classes, dropout)
        ids = vectorize(layer, x_train), vectorize(layer, x_val)
        example.fit(model, ids[0], y_train, ids[1], y_val, args.epochs)

    def search():
        keras.utils.set_random_seed(0)
        for dropout in grid(args)["network__dropout"]:
            for train, test in folds().split(posts, labels):
                fit(train, test, dropout)

    return measure(search)[1]


STAGES = {
    stage.__name__: stage
    for stage in (
        prepare,
        prepare_model,
        matrix_skglove,
        matrix_example,
        load_gensim,
        newsgroups.vectorize_skglove,
        newsgroups.vectorize_example,
        newsgroups.fit_skglove,
        newsgroups.fit_example,
        one_text_skglove,
        one_text_keras,
        many_texts_skglove,
        many_texts_keras,
        import_skglove,
        import_tensorflow,
        pickle_skglove,
        pickle_keras,
        grid_skglove,
        grid_example,
    )
}


def load_skglove(args):
    with open(Path(args.folder, "model.pickle"), "rb") as file:
        return pickle.load(file)


def load_keras(args):
    import keras

    return keras.models.load_model(Path(args.folder, "model.keras"))


def one_post(args):
    return skglove_posts(args.posts)[2][0]


def all_posts(args):
    x_train, _, x_val, _ = skglove_posts(args.posts)
    return x_train + x_val


def median_call(call, n_calls=50):
    """The median time of a call, after some that warm it up, and the peak memory."""
    for _ in range(5):
        call()
    measured = [measure(call)[1] for _ in range(n_calls)]
    seconds = statistics.median(each["seconds"] for each in measured)
    return {**measured[-1], "seconds": seconds}


def grid(args):
    return {name: values[:1] for name, values in GRID.items()} if args.quick else GRID


def folds():
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(N_FOLDS)


# What starts them and reports --------------------------------------------------------


class Runner:
    """Starts stages with what they need, which it makes when it is first needed."""

    def __init__(self, args, folder, batched):
        self.args, self.folder, self.batched = args, Path(folder), batched
        self.made = {}

    def run(self, stage, **options):
        options = {
            "embeddings": self.args.embeddings,
            "folder": self.folder,
            "posts": QUICK_POSTS if self.args.quick else None,
            "epochs": 1,
            **options,
        }
        words = [stage] + ["--quick"] * self.args.quick + ["--batched"] * self.batched
        for name, value in options.items():
            words += [] if value is None else [f"--{name.replace('_', '-')}", value]
        print(f"running {stage} ...", file=sys.stderr, flush=True)
        return run_process(__file__, "--stage", *words)

    def once(self, stage):
        """Run a stage unless it has run."""
        if stage not in self.made:
            self.made[stage] = self.run(stage)
        return self.made[stage]

    def pair(self, name):
        """Run both sides of a job, and return what they found."""
        job, options = JOBS[name], {}
        quick = self.args.quick
        if name.startswith("vectors") or name == "grid":
            self.once("prepare")
            options["vectors"] = self.folder / "used.txt"
        if name in ("one_text", "many_texts", "pickle"):
            self.once("prepare_model")
        if name == "fit":
            options["epochs"] = 2 if quick else 20
        if name == "grid":
            options |= {"epochs": 1 if quick else 2}
            # First four fifths of the posts are what is trained on.
            options["posts"] = QUICK_POSTS if quick else GRID_POSTS * 5 // 4
        own = dict(options)
        with tempfile.TemporaryDirectory(dir=self.folder) as fresh:
            if name.startswith("vectors"):
                # A file of its own in a data home of its own: nothing is cached yet.
                own["vectors"] = Path(fresh, "vectors.txt")
                own["data_home"] = fresh
                shutil.copyfile(options["vectors"], own["vectors"])
            if name == "vectors_later":
                self.run(job.ours, **own)
            return self.run(job.ours, **own), self.run(job.theirs, **options)


def row(name, runner):
    """Measure a job and return its row of the table."""
    job = JOBS[name]
    pairs = [runner.pair(name) for _ in range(1 if runner.args.quick else job.n_pairs)]

    def median(of):
        return statistics.median(of(*pair) for pair in pairs)

    ratio = median(lambda ours, theirs: ours["seconds"] / theirs["seconds"])
    cpu = median(lambda ours, theirs: ours["cpu_seconds"] / theirs["cpu_seconds"])
    memory = median(lambda ours, theirs: ours["peak_gib"] / theirs["peak_gib"])
    return [
        job.title,
        job.other,
        f"{ratio:.3f}",
        f"{job.at_most:.3f}",
        f"{cpu:.3f}",
        duration(median(lambda ours, theirs: ours["seconds"])),
        duration(median(lambda ours, theirs: theirs["seconds"])),
        f"{memory:.3f}",
        "" if job.memory_at_most is None else f"{job.memory_at_most:.3f}",
        f"{median(lambda ours, theirs: ours['peak_gib']):.2f} GiB",
        f"{median(lambda ours, theirs: theirs['peak_gib']):.2f} GiB",
    ], pairs


def duration(seconds):
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def report(args):
    free = memory_gib("MemAvailable")
    batched = not args.quick and free < newsgroups.WIDE_ARRAY_GIB
    start = time.perf_counter()
    print_surroundings(free)
    rows, notes = [], []
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(args, folder, batched)
        for name in args.jobs:
            if name == "vectors_gensim" and not importlib.util.find_spec("gensim"):
                notes.append("No row of gensim: it is not installed.")
                continue
            cells, pairs = row(name, runner)
            rows.append(cells)
            if name == "fit":
                notes.append(last_accuracies(*pairs[-1]))
        if "prepare_model" in runner.made:
            sizes = runner.made["prepare_model"]
            notes.append(
                f"The pickle is of {sizes['pickle_mb']:.1f} MB, Keras's file of "
                f"{sizes['keras_mb']:.1f} MB."
            )
    if batched:
        notes.append(
            f"! {free:.1f} GiB were free: the example's ids were made in batches, its "
            "own way takes more time and memory."
        )
    if args.quick:
        notes.append("! Small data: these figures say nothing.")
    print(
        "\n| job | beside | time ratio | at most | CPU ratio | time | beside's | "
        "memory ratio | at most | peak memory | beside's |\n|" + " --- |" * 11
    )
    for cells in rows:
        print("| " + " | ".join(cells) + " |")
    print("\n" + "\n".join(notes))
    print(f"{time.perf_counter() - start:.0f} s, load {os.getloadavg()[0]:.1f}")


def last_accuracies(ours, theirs):
    means = [statistics.fmean(side["accuracy"]) for side in (ours, theirs)]
    return (
        "Validation accuracy of the whole fit, mean of the last epochs: "
        f"{means[0]:.3f} and {means[1]:.3f}."
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small data, one pair")
    parser.add_argument(
        "--jobs", nargs="+", choices=JOBS, default=list(JOBS), help="default: all"
    )
    for internal, options in (
        ("--folder", {}),
        ("--vectors", {}),
        ("--epochs", {"type": int}),
    ):
        parser.add_argument(internal, help=argparse.SUPPRESS, **options)
    run_stage_or_report(parser, STAGES, report)
