"""What the benchmarks share: the posts, the classifier, and how a step is measured.

Nothing large is imported before it is needed: on Linux a child's peak memory starts at
the peak of the process that started it.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from importlib.metadata import version
from pathlib import Path

SEED = 0


def skglove_posts(n_posts):
    """The first posts of the split, as skglove loads them."""
    from skglove.datasets import fetch_news20

    return first_posts(
        n_posts,
        *(
            part
            for subset in ("train", "test")
            for part in fetch_news20(
                subset=subset, remove=("first_ten_lines",), return_X_y=True
            )
        ),
    )


def example_posts(n_posts):
    """The first posts of the split, as the example loads them."""
    import published_example as example

    from skglove._download import data_home

    texts, labels, _ = example.load_posts(data_home())
    return first_posts(n_posts, *example.split(texts, labels))


def first_posts(n_posts, x_train, y_train, x_val, y_val):
    """Four fifths of the posts from the training part, the rest from the other."""
    if n_posts is None:
        return x_train, y_train, x_val, y_val
    n_val = n_posts // 5
    n_train = n_posts - n_val
    return x_train[:n_train], y_train[:n_train], x_val[:n_val], y_val[:n_val]


def skglove_classifier(args):
    """The classifier with the example's settings."""
    from skglove import GloveTextClassifier, WordVectors, published_settings

    settings = published_settings("keras_2020")
    return GloveTextClassifier(
        WordVectors.from_name(args.embeddings),
        **{**settings, "epochs": args.epochs},
        random_state=SEED,
    )


def unpack_vectors(name, folder):
    """The plain text file that the example reads, unpacked if need be."""
    import gzip

    from skglove.vectors._catalogue import find_vectors

    path, member = find_vectors(name)
    if path.suffix == ".txt":
        return path
    opened = gzip.open(path) if member is None else zipfile.ZipFile(path).open(member)
    unpacked = Path(folder, "vectors.txt")
    with opened as packed, open(unpacked, "wb") as file:
        head = packed.readline()
        if len(head.split()) > 2:  # else it is word2vec's line of sizes
            file.write(head)
        shutil.copyfileobj(packed, file)
    return unpacked


def measure(step):
    """Call a step; return its result, and its time and this process's peak memory."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    result = step()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result, {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_gib": after.ru_maxrss / 1024**2,
        "peak_before_gib": before.ru_maxrss / 1024**2,
    }


def print_surroundings(free):
    """What the figures depend on besides the code."""
    packages = ("numpy", "scikit-learn", "scikeras", "keras", "tensorflow")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    print(f"skglove {version('skglove')}, Python {platform.python_version()}")
    print(versions)
    print(
        f"machine:    {cpu}, {os.cpu_count()} cores, "
        f"{memory_gib('MemTotal'):.1f} GiB ({free:.1f} free), "
        f"load {os.getloadavg()[0]:.1f} at the start",
        flush=True,
    )


def memory_gib(field):
    """A figure of /proc/meminfo."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024**2
    raise ValueError(f"/proc/meminfo has no {field}.")


def run_process(script, *options):
    """Run a script that ends in a line of JSON, in a process of its own."""
    # TensorFlow's messages would drown the report: they are shown with a failure only.
    command = [sys.executable, script, *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        called = " ".join(command[1:])
        sys.exit(f"{done.stderr}\n{called} failed with exit status {done.returncode}.")
    return json.loads(done.stdout.splitlines()[-1])


def run_stage_or_report(parser, stages, report):
    """Do what the options of a script say: one stage in this process, or the report."""
    parser.add_argument(
        "--embeddings", default="glove.6B.50d", help="default: glove.6B.50d"
    )
    parser.add_argument("--data-home", help="folder of posts and vectors")
    for internal, options in (
        ("--stage", {"choices": stages}),
        ("--posts", {"type": int}),
        ("--batched", {"action": "store_true"}),
    ):
        parser.add_argument(internal, help=argparse.SUPPRESS, **options)
    args = parser.parse_args()
    if args.data_home:
        os.environ["SKGLOVE_DATA"] = args.data_home
    if args.stage:
        print(json.dumps(stages[args.stage](args)))
    else:
        report(args)
