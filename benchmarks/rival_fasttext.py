"""fastText's side of rivals.py, run by a Python that has `fasttext-wheel` and NumPy 1.

    python benchmarks/rival_fasttext.py job.json

The job names a file of training lines, one of test lines, both as fastText reads them,
and its parameters. The last line printed is JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

import fasttext


def main():
    """Train, score the test lines, and print the figures."""
    job = json.loads(Path(sys.argv[1]).read_text())
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    model = fasttext.train_supervised(job["train"], verbose=0, **job["parameters"])
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    lines = Path(job["test"]).read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" ", 1) for line in lines]
    texts = [text for _, text in pairs]
    # `model.predict` fails with NumPy 2, this does not.
    start = time.perf_counter()
    found = [model.f.predict(text + "\n", 1, 0.0, "strict") for text in texts]
    predict_seconds = time.perf_counter() - start
    right = sum(
        bool(labels) and labels[0][1] == label
        for labels, (label, _) in zip(found, pairs, strict=True)
    )
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = {
        "fit": seconds,
        "fit_cpu": cpu,
        "memory": (after.ru_maxrss - before.ru_maxrss) / 1024**2,
        "accuracy": right / len(pairs),
        "predict": predict_seconds,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
