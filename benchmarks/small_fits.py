"""CPU seconds of fits of few texts, the first of a form and later ones.

    python benchmarks/small_fits.py            # a minute
    python benchmarks/small_fits.py --quick    # does it run?

Prints the seconds of a fit with a new model, of one that trains a kept model again, and
their ratio: what keeping models is worth to a search or a cross-validation.
"""

import argparse
import time
from statistics import median

import numpy as np
from measuring import memory_gib, print_surroundings

from skglove import GloveTextClassifier

N_FITS = 5
WORDS = {
    "animal": ["frog", "toad", "newt", "fish", "bird"],
    "vehicle": ["car", "truck", "train", "ship", "plane"],
    "food": ["bread", "soup", "rice", "cake", "cheese"],
}


def make_texts(n_texts):
    """Texts of words that tell the class and of others."""
    rng = np.random.RandomState(0)
    labels = np.resize([*WORDS], n_texts)
    others = ["the", "a", "and", "of", "with", "near"]
    texts = [
        " ".join(
            rng.permutation([*rng.choice(WORDS[label], 4), *rng.choice(others, 4)])
        )
        for label in labels
    ]
    return texts, labels


def seconds_of_fit(texts, labels, is_new, **options):
    """Return the CPU seconds of a fit, with a new model or one that is kept."""
    from skglove.training._kept_models import KEPT

    if is_new:
        KEPT.clear()
    start = time.process_time()
    GloveTextClassifier(4, random_state=0, **options).fit(texts, labels)
    return time.process_time() - start


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one fit of 36 texts")
    options = parser.parse_args()
    n_fits = 1 if options.quick else N_FITS
    print_surroundings(memory_gib("MemAvailable"))
    print("texts  epochs  new model  kept model  ratio")
    for n_texts in (36,) if options.quick else (36, 81, 600):
        for epochs in (2, "auto"):
            data = make_texts(n_texts)
            GloveTextClassifier(4, epochs=epochs).fit(*data)  # loads TensorFlow
            new, kept = (
                median(
                    seconds_of_fit(*data, is_new, epochs=epochs) for _ in range(n_fits)
                )
                for is_new in (True, False)
            )
            print(
                f"{n_texts:5}  {epochs:>6}  {new:7.2f} s  {kept:8.2f} s"
                f"  {new / kept:5.1f}"
            )


if __name__ == "__main__":
    main()
