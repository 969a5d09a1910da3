"""More texts than memory: chunk by chunk beside at once, and from parquet.

    python benchmarks/scale_fit.py --quick                # does it run?
    python benchmarks/scale_fit.py --partial              # ten chunks beside one fit
    python benchmarks/scale_fit.py --memory               # growth of a fit's memory
    python benchmarks/scale_fit.py --parquet 240000 2000000

Each fit runs in a process of its own, with the defaults. TensorFlow is loaded, and
vectors and their index are in the data home, before time and memory are measured.

- `--partial`: 20 Newsgroups without the first ten lines, the split of the Keras
  example, and the movie reviews of IMDB, the official split, in random order: one fit,
  and `partial_fit` on ten chunks.
- `--memory`: what a fit of 60,000 and of 240,000 sentences of the reviews adds at most
  to a process that has the texts and the libraries, and how many bytes that is for each
  text more.
- `--parquet`: a fit from a parquet file of that many sentences. There are 300,000 in
  the training reviews: those beyond are made of the first half of one and the second
  half of another of the same label. The peak is that of the whole process, pages of
  mapped temporary files among it, which the system can take back. Growth predicts the
  time of the first number of sentences times as many as there are more.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from corpora import imdb_sentences
from measuring import memory_gib, print_surroundings, run_process, skglove_posts
from rivals import reset_peak, status

N_CHUNKS = 10
MEMORY_SIZES = 60_000, 240_000
N_TEST = 20_000
QUICK_PART = 40
ROWS_AT_ONCE = 50_000


# What runs in a process of its own ----------------------------------------------------


def classifier(args):
    """The classifier with its defaults, with TensorFlow loaded."""
    from skglove import GloveTextClassifier

    few = ["good film", "bad film"] * 8
    GloveTextClassifier(4, random_state=0, epochs=1).fit(few, [1, 0] * 8)
    return GloveTextClassifier(args.embeddings, random_state=0)


def at_once(args):
    return measure_chunks(args, 1)


def in_chunks(args):
    return measure_chunks(args, N_CHUNKS)


def measure_chunks(args, n_chunks):
    """Fit a corpus in so many chunks; one is a plain fit."""
    if args.data == "newsgroups":
        x_train, y_train, x_test, y_test = skglove_posts(None)
    else:
        from skglove.datasets import fetch_imdb

        x_train, y_train = fetch_imdb(subset="train", return_X_y=True)
        x_test, y_test = fetch_imdb(subset="test", return_X_y=True)
    step = QUICK_PART if args.quick else 1
    order = np.random.default_rng(0).permutation(len(x_train))[::step]
    x_test, y_test = x_test[::step], y_test[::step]
    y_train, classes = np.asarray(y_train), np.unique(y_train)
    clf = classifier(args)
    cpu, start = time.process_time(), time.perf_counter()
    for rows in np.array_split(order, n_chunks):
        chunk = [x_train[i] for i in rows], y_train[rows]
        if n_chunks == 1:
            clf.fit(*chunk)
        else:
            clf.partial_fit(*chunk, classes=classes)
    seconds = time.perf_counter() - start
    cpu = time.process_time() - cpu
    return {"accuracy": clf.score(x_test, y_test), "seconds": seconds, "cpu": cpu}


def memory(args):
    """What a fit of a list of sentences takes."""
    texts, labels = imdb_sentences(args.n)
    return fit_measured(args, texts, labels)


def from_parquet(args):
    """Fit from a parquet file."""
    from skglove import TextFiles

    return fit_measured(args, TextFiles(args.path), None)


def fit_measured(args, *data):
    clf = classifier(args)
    reset_peak()
    held = status("VmRSS")
    cpu, start = time.process_time(), time.perf_counter()
    clf.fit(*data)
    seconds = time.perf_counter() - start
    cpu = time.process_time() - cpu
    peak = status("VmHWM")
    x_test, y_test = imdb_sentences(args.n_test, "test")
    return {
        "seconds": seconds,
        "cpu": cpu,
        "peak": peak,
        "taken": peak - held,
        "accuracy": clf.score(x_test, y_test),
    }


STAGES = {stage.__name__: stage for stage in (at_once, in_chunks, memory, from_parquet)}


# Data ---------------------------------------------------------------------------------


def write_sentences(path, n, rows_at_once=ROWS_AT_ONCE):
    """Write a parquet file of so many sentences and their labels."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    n_real = min(n, 300_000)
    texts, labels = imdb_sentences(n_real)
    words = [text.split() for text in texts]
    of_label = [np.flatnonzero(labels == label) for label in (0, 1)]
    rng = np.random.default_rng(0)
    schema = pa.schema([("text", pa.string()), ("label", pa.int64())])
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, n, rows_at_once):
            n_rows = min(rows_at_once, n - first)
            if first + n_rows <= n_real:
                rows = slice(first, first + n_rows)
                columns = texts[rows], labels[rows]
            else:
                drawn = rng.integers(0, 2, n_rows)
                made = []
                for label in drawn.tolist():
                    a, b = rng.choice(of_label[label], 2)
                    a, b = words[a], words[b]
                    made.append(" ".join(a[: len(a) // 2] + b[len(b) // 2 :]))
                columns = made, drawn
            writer.write_table(pa.table([*columns], schema=schema))


# The report ---------------------------------------------------------------------------


def run(args, stage, **options):
    print(f"running {stage}, {options} ...", file=sys.stderr, flush=True)
    named = [
        text for name, value in options.items() for text in (f"--{name}", str(value))
    ]
    flags = ["--quick"] if args.quick else []
    named += ["--embeddings", args.embeddings, "--stage", stage, *flags]
    return run_process(__file__, *named)


def report_partial(args):
    print("\n| data | fit | ten chunks | accuracy | ten chunks |\n|" + " --- |" * 5)
    for data in ("newsgroups", "imdb"):
        one, ten = (run(args, stage, data=data) for stage in ("at_once", "in_chunks"))
        print(
            f"| {data} | {one['seconds']:.0f} s, CPU {one['cpu']:.0f} s | "
            f"{ten['seconds']:.0f} s, CPU {ten['cpu']:.0f} s | "
            f"{one['accuracy']:.4f} | {ten['accuracy']:.4f} |",
            flush=True,
        )


def report_memory(args):
    n_test = N_TEST // (QUICK_PART if args.quick else 1)
    sizes = [n // (QUICK_PART if args.quick else 1) for n in MEMORY_SIZES]
    print(
        "\n| sentences | memory taken, MiB | seconds | CPU | accuracy |\n" + "|" * 0,
        end="",
    )
    print("|" + " --- |" * 5)
    taken = []
    for n in sizes:
        found = run(args, "memory", n=n, n_test=n_test)
        taken.append(found["taken"])
        print(
            f"| {n:,} | {found['taken']:.3f} | {found['seconds']:.1f} | "
            f"{found['cpu']:.1f} | {found['accuracy']:.4f} |",
            flush=True,
        )
    growth = (taken[1] - taken[0]) * 1e9 / (sizes[1] - sizes[0])
    print(f"\nEach text more takes {growth:.0f} bytes.")


def report_parquet(args):
    n_test = N_TEST // (QUICK_PART if args.quick else 1)
    print("\n| sentences | seconds | CPU | growth predicts | peak, GB | accuracy |")
    print("|" + " --- |" * 6)
    first = None
    with tempfile.TemporaryDirectory() as folder:
        for n in args.parquet:
            n //= QUICK_PART if args.quick else 1
            path = Path(folder, f"{n}.parquet")
            write_sentences(path, n)
            found = run(args, "from_parquet", path=path, n_test=n_test)
            first = first or (n, found["seconds"])
            predicted = first[1] * n / first[0]
            print(
                f"| {n:,} | {found['seconds']:.1f} | {found['cpu']:.1f} | "
                f"x {found['seconds'] / predicted:.2f} | {found['peak']:.2f} | "
                f"{found['accuracy']:.4f} |",
                flush=True,
            )


def report(args):
    print_surroundings(memory_gib("MemAvailable"))
    if args.quick and not (args.partial or args.memory or args.parquet):
        args.partial = args.memory = True
        args.parquet = [240_000]
    if args.partial:
        report_partial(args)
    if args.memory:
        report_memory(args)
    if args.parquet:
        report_parquet(args)
    if args.quick:
        print("\n! Small sizes: these figures say nothing.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--partial", action="store_true", help="ten chunks and one fit")
    parser.add_argument("--memory", action="store_true", help="growth of memory")
    parser.add_argument("--parquet", nargs="+", type=int, help="numbers of sentences")
    parser.add_argument(
        "--embeddings", default="glove.6B.50d", help="default: glove.6B.50d"
    )
    for internal, options in (
        ("--stage", {"choices": STAGES}),
        ("--data", {}),
        ("--n", {"type": int}),
        ("--n_test", {"type": int}),
        ("--path", {}),
    ):
        parser.add_argument(internal, help=argparse.SUPPRESS, **options)
    args = parser.parse_args()
    if args.stage:
        print(json.dumps(STAGES[args.stage](args)))
    else:
        report(args)
