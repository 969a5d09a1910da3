"""The defaults beside what users would pick instead: speed, memory, size, accuracy.

    python benchmarks/rivals.py --quick           # does it run?
    python benchmarks/rivals.py                   # half an hour
    python benchmarks/rivals.py --fasttext-python /opt/fasttext/bin/python
    python benchmarks/rivals.py --data sentences-240000 --growth

The rivals: TF-IDF of words and bigrams (`sublinear_tf=True, min_df=2`) with
`LinearSVC()`, and fastText with bigrams. The latter needs NumPy 1, so an environment of
its own: `python -m venv DIR; DIR/bin/pip install "numpy<2" fasttext-wheel`, then
`--fasttext-python DIR/bin/python`. Without the option it is left out.

Each side runs in a process of its own, one after the other. Libraries are imported and
TensorFlow is loaded before a fit is timed, and vectors and their index are in the data
home. CPU seconds are those of all cores, which other work on the machine disturbs
least. Memory is what a fit adds at most to the process with the texts and the libraries
in it. "new process" is the time from before any import to the first prediction of a
pickled classifier. The data:

- newsgroups: 20 Newsgroups without the first ten lines, the split of the Keras example.
- imdb: the movie reviews, the official split.
- sentences-N: N sentences of its training half, 20,000 of its test half to score.
"""

import argparse
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from corpora import imdb_sentences
from measuring import memory_gib, print_surroundings, run_process, skglove_posts

DATA = ("newsgroups", "imdb", "sentences-240000", "sentences-8500")
GROWTH = (15_000, 60_000, 240_000)
N_TEST_SENTENCES = 20_000
N_SINGLE = 300
FASTTEXT_EPOCHS = {"sentences-240000": 5, "sentences-60000": 5}
COLUMNS = {
    "accuracy": ("accuracy", "{:.4f}"),
    "fit": ("fit", "{:.1f} s"),
    "fit_cpu": ("fit, CPU", "{:.1f} s"),
    "memory": ("memory", "{:.2f} GB"),
    "predict": ("predict", "{:.2f} s"),
    "predict_cpu": ("predict, CPU", "{:.2f} s"),
    "one": ("one text", "{:.2f} ms"),
    "size": ("pickle", "{:.1f} MB"),
    "new_process": ("new process", "{:.1f} s"),
}


# The data -----------------------------------------------------------------------------


def load(name, quick):
    """Training and test part."""
    if name.startswith("sentences-"):
        n_texts = int(name.partition("-")[2]) // (20 if quick else 1)
        n_test = N_TEST_SENTENCES // (20 if quick else 1)
        return *imdb_sentences(n_texts), *imdb_sentences(n_test, "test")
    if name == "newsgroups":
        parts = skglove_posts(None)
    else:
        from skglove.datasets import fetch_imdb

        pairs = [fetch_imdb(subset=part, return_X_y=True) for part in ("train", "test")]
        parts = [part for pair in pairs for part in pair]
    return [part[:: 20 if quick else 1] for part in parts]


# Stages, each in a process of its own -------------------------------------------------


class Tfidf:
    """TF-IDF of words and bigrams, and a linear SVM."""

    def __init__(self, embeddings):
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import LinearSVC

        vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2))
        self.model = make_pipeline(vectorizer, LinearSVC())


class Skglove:
    """The classifier with its defaults."""

    def __init__(self, embeddings):
        from skglove import GloveTextClassifier

        self.model = GloveTextClassifier(embeddings, random_state=0)
        # Loads TensorFlow, Keras and what a fit imports.
        few = ["good film", "bad film"] * 8
        GloveTextClassifier(4, random_state=0, epochs=1).fit(few, [1, 0] * 8)


SYSTEMS = {"skglove": Skglove, "TF-IDF + SVM": Tfidf}


def measure_fit(args):
    """Fit, predict and pickle; return the figures."""
    x_train, y_train, x_test, y_test = load(args.only, args.quick)
    model = SYSTEMS[args.system](args.embeddings).model
    reset_peak()
    held = status("VmRSS")
    fit = timed(lambda: model.fit(x_train, y_train))
    memory = status("VmHWM") - held
    model.predict(x_test[:200])
    predicted = []
    predict = timed(lambda: predicted.append(model.predict(x_test)))
    singles = []
    for text in x_test[:N_SINGLE]:
        start = time.perf_counter()
        model.predict([text])
        singles.append(time.perf_counter() - start)
    Path(args.pickle).write_bytes(pickle.dumps(model))
    return {
        "accuracy": float(np.mean(predicted[0] == y_test)),
        "fit": fit[0],
        "fit_cpu": fit[1],
        "memory": memory,
        "predict": predict[0],
        "predict_cpu": predict[1],
        "one": 1_000 * statistics.median(singles),
        "size": os.path.getsize(args.pickle) / 1e6,
    }


def timed(step):
    """Return seconds and CPU seconds of a step."""
    start, cpu = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - start, time.process_time() - cpu


def status(field):
    """A size of this process, in GB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e9
    raise ValueError(f"/proc/self/status has no {field}.")


def reset_peak():
    """Forget the peak of memory so far: VmHWM starts at what is held now."""
    Path("/proc/self/clear_refs").write_text("5")


NEW_PROCESS = """
import time; start = time.perf_counter()
import pickle, sys
with open(sys.argv[1], "rb") as file: model = pickle.load(file)
model.predict(["a text to start with"])
assert "tensorflow" not in sys.modules
print(time.perf_counter() - start)
"""


def new_process_seconds(path, n_runs=3):
    """Time from before any import to the first prediction, the median."""
    command = [sys.executable, "-c", NEW_PROCESS, path]
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True)
        for _ in range(n_runs)
    ]
    return statistics.median(float(run.stdout) for run in runs)


def fasttext_figures(python, name, quick, folder):
    """Have fastText train and score in its own environment."""
    x_train, y_train, x_test, y_test = load(name, quick)
    job = {"parameters": fasttext_parameters(name)}
    for part, texts, labels in (("train", x_train, y_train), ("test", x_test, y_test)):
        job[part] = str(Path(folder, part))
        with open(job[part], "w", encoding="utf-8") as file:
            for text, label in zip(texts, labels, strict=True):
                words = " ".join(text.lower().split())
                file.write(f"__label__{str(label).replace(' ', '_')} {words}\n")
    path = Path(folder, "job.json")
    path.write_text(json.dumps(job))
    script = Path(__file__).with_name("rival_fasttext.py")
    command = [python, str(script), str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stderr}\n{' '.join(command)} failed.")
    return json.loads(done.stdout.splitlines()[-1])


def fasttext_parameters(name):
    """Bigrams; more epochs where there are few texts."""
    epochs = FASTTEXT_EPOCHS.get(name, 25)
    return {
        "wordNgrams": 2,
        "epoch": epochs,
        "lr": 0.1 if epochs == 5 else 0.5,
        "minCount": 2,
        "thread": os.cpu_count(),
    }


# The report ---------------------------------------------------------------------------


def figures_of(system, name, args):
    """Figures of one system on one corpus."""
    with tempfile.TemporaryDirectory() as folder:
        if system == "fastText":
            return fasttext_figures(args.fasttext_python, name, args.quick, folder)
        path = str(Path(folder, "model.pickle"))
        options = ["--only", name, "--system", system, "--pickle", path]
        options += ["--embeddings", args.embeddings] + ["--quick"] * args.quick
        found = run_process(__file__, *options)
        return {**found, "new_process": new_process_seconds(path)}


def print_table(names, args):
    """A row a corpus and system, and the ratios to the first rival."""
    systems = [*SYSTEMS, *(["fastText"] if args.fasttext_python else [])]
    print("\n| data | system |", *(f"{title} |" for title, _ in COLUMNS.values()))
    print("| --- " * (len(COLUMNS) + 2) + "|")
    for name in names:
        rows = {system: figures_of(system, name, args) for system in systems}
        for system, row in rows.items():
            cells = [
                form.format(row[key]) if key in row else ""
                for key, (_, form) in COLUMNS.items()
            ]
            print(f"| {name} | {system} |", " | ".join(cells), "|", flush=True)
        ours, rival = rows["skglove"], rows["TF-IDF + SVM"]
        ratios = [
            f"{ours[key] - rival[key]:+.4f}"
            if key == "accuracy"
            else f"{ours[key] / max(rival[key], 1e-9):.2f}"
            for key in COLUMNS
        ]
        print(f"| {name} | ratio |", " | ".join(ratios), "|", flush=True)


def main():
    """Print the tables, or one stage's figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the texts")
    parser.add_argument("--embeddings", default="glove.6B.50d")
    parser.add_argument("--data", nargs="+", default=list(DATA))
    parser.add_argument(
        "--growth", action="store_true", help="also 1, 4 and 16 times 15,000 sentences"
    )
    parser.add_argument("--fasttext-python", help="a Python that has fasttext-wheel")
    for internal in ("--only", "--system", "--pickle"):
        parser.add_argument(internal, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        print(json.dumps(measure_fit(args)))
        return
    print_surroundings(memory_gib("MemAvailable"))
    print(f"embeddings: {args.embeddings}")
    print_table(args.data, args)
    if args.growth:
        print_table([f"sentences-{n}" for n in GROWTH], args)


if __name__ == "__main__":
    main()
