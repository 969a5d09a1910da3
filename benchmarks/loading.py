"""Time from a new process to the first prediction: skglove.load and pickle.

Fits the default classifier to posts of 20 Newsgroups, saves it both ways, and prints
the sizes of the files and the processor time of processes that load one and predict a
post, in turn. The files are in the system's cache, as they are where they
were just saved or downloaded.

    python benchmarks/loading.py [--texts 4000] [--vectors glove.6B.50d] [--rounds 15]
"""

import argparse
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from skglove import GloveTextClassifier
from skglove.datasets import fetch_news20

SCRIPTS = {
    "nothing but the import": "import skglove",
    "pickle.load": "import pickle; clf = pickle.load(open({pickle!r}, 'rb'))",
    "skglove.load": "import skglove; clf = skglove.load({saved!r})",
}
PREDICT = "; clf.predict(['The orbit of the shuttle'])"


def _seconds_of_children():
    """Processor time, which other work on the machine disturbs less."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=4_000)
    parser.add_argument("--vectors", default="glove.6B.50d")
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    data = fetch_news20(subset="train")
    clf = GloveTextClassifier(args.vectors, random_state=0)
    clf.fit(data.data[: args.texts], data.target[: args.texts])
    with tempfile.TemporaryDirectory() as folder:
        saved, pickled = Path(folder, "clf.skglove"), Path(folder, "clf.pickle")
        clf.save(saved)
        pickled.write_bytes(pickle.dumps(clf))
        for path in (saved, pickled):
            print(f"{path.suffix}: {path.stat().st_size:,} bytes")
        times = {name: [] for name in SCRIPTS}
        for _ in range(args.rounds):
            for name, script in SCRIPTS.items():
                script = script.format(pickle=str(pickled), saved=str(saved))
                if "clf" in script:
                    script += PREDICT
                before = _seconds_of_children()
                subprocess.run([sys.executable, "-c", script], check=True)
                times[name].append(_seconds_of_children() - before)
    for name, seconds in times.items():
        median, least = statistics.median(seconds), min(seconds)
        print(f"{name}: median {median:.2f} s, least {least:.2f} s")


if __name__ == "__main__":
    main()
