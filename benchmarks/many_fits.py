"""Memory of one process over many fits: it has to level off.

    python benchmarks/many_fits.py            # 100 fits of three networks
    python benchmarks/many_fits.py --quick    # 6 fits: does it run?
    python benchmarks/many_fits.py --networks bag --fits 30

Each fit is of a new classifier on other made-up texts, after which a few of them are
predicted; the classifier is dropped before the next. Prints the resident memory after
the fits, and how much it grew from the 20th to the last. What Python has freed and the
allocator keeps is given back before it is read, as it is no leak.
"""

import argparse
import ctypes
import gc
import json
from contextlib import suppress
from pathlib import Path

from measuring import memory_gib, print_surroundings, run_process

NETWORKS = ("bag", "conv", "parallel_conv")
FIRST = 20  # what is loaded or cached once is there by then
N_TEXTS = 300
N_CLASSES = 4


def make_texts(seed):
    """Texts of words of which each class has its own."""
    import numpy as np

    rng = np.random.default_rng(seed)
    labels = rng.integers(N_CLASSES, size=N_TEXTS)
    texts = [
        " ".join(f"w{seed}x{label}x{i}" for i in rng.integers(200, size=60))
        for label in labels
    ]
    return texts, labels.tolist()


def resident_mb():
    """Resident memory of this process, without what the allocator only keeps."""
    gc.collect()
    with suppress(OSError, AttributeError):  # another C library has no such function
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmRSS.")


def memory_of_fits(network, n_fits):
    """Fit and drop classifiers; return the memory after each."""
    from skglove import GloveTextClassifier

    memory = []
    for seed in range(n_fits):
        texts, labels = make_texts(seed)
        clf = GloveTextClassifier(
            16, network=network, sequence_length=200, epochs=2, random_state=seed
        )
        clf.fit(texts, labels).predict(texts[:20])
        del clf
        memory.append(resident_mb())
    return memory


def growth_of(memory):
    """Return by how much memory grew after the first fits."""
    return memory[-1] - memory[min(FIRST, len(memory)) - 1]


def main(args):
    """Print a table."""
    print_surroundings(memory_gib("MemAvailable"))
    steps = sorted({1, FIRST, *range(10, args.fits + 1, 20), args.fits})
    steps = [step for step in steps if step <= args.fits]
    print("\n| network | " + " | ".join(f"fit {step}" for step in steps), end="")
    print(f" | growth from fit {min(FIRST, args.fits)} |")
    print("| --- " * (len(steps) + 2) + "|")
    for network in args.networks:
        memory = run_process(__file__, "--network", network, "--fits", args.fits)
        cells = [f"{memory[step - 1]:.0f} MB" for step in steps]
        print(f"| {network} | {' | '.join(cells)} | {growth_of(memory):+.0f} MB |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--fits", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="6 fits")
    parser.add_argument("--network", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.fits = 6
    if options.network:
        print(json.dumps(memory_of_fits(options.network, options.fits)))
    else:
        main(options)
