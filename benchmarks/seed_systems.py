"""Every system of the tutorials, by one estimator: what they print, what we get.

The tutorials: the Keras code example "Using pre-trained word embeddings" in its Keras 2
form, and in its Keras 3 form twice; the Keras blog's post of that name (2016); the
notebook "Using word embeddings" (2017). Prints one table in Markdown: the system, the
accuracy on validation texts that its tutorial prints, the one measured now, the
settings that differ, and the line of code.

    python benchmarks/seed_systems.py            # some 5 minutes on 2 cores
    python benchmarks/seed_systems.py --quick    # few texts and epochs: does it run?

The settings are those of `skglove.published_settings`; the fits of the post and of the
notebook are those of `examples/`. Texts and vectors come from the data home
(`$SKGLOVE_DATA`, else `~/.cache/skglove`).
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

from skglove import GloveTextClassifier, published_settings
from skglove.datasets import fetch_news20
from skglove.vectors._catalogue import first_at_hand
from skglove.vectors._word_vectors import as_word_vectors

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))

import blog_2016
import imdb_embeddings

QUICK_POSTS = 400


class Row(NamedTuple):
    """A row of the table."""

    system: str
    printed: str
    measured: str
    differs: str
    code: str


def main(args):
    at_hand = first_at_hand("glove.6B.100d", "glove.6B.50d") or "glove.6B.100d"
    name = args.embeddings or at_hand
    vectors = as_word_vectors(name)
    start = time.perf_counter()
    rows = [
        *newsgroups_rows(name, vectors, args.quick),
        *blog_rows(name, vectors, args.quick),
        *notebook_rows(name, vectors, args.quick),
    ]
    print(f"\nWord vectors: {name}, {vectors.dim} dimensions. Validation accuracy.")
    if args.quick:
        print("Few texts and epochs: these figures say nothing about the systems.")
    print_table(rows)
    seconds = time.perf_counter() - start
    load = os.getloadavg()[0]
    print(f"\n{seconds:.0f} s on {os.cpu_count()} cores, load {load:.1f} at the end")


def newsgroups_rows(name, vectors, quick):
    """The Keras example, with vectors that stay and with vectors that are trained."""
    frozen = fit_newsgroups(vectors, quick, trainable=False)
    trained = fit_newsgroups(vectors, quick, trainable=True)
    differs = f"{dimensions(vectors)}files read in sorted order, so another split"
    code = line(name, "keras_2020")
    keras_3 = "0.731, last ten epochs 0.70 - 0.76"
    return [
        Row(
            "Keras 2 example: three convolutions, 20 epochs",
            "0.693, last ten epochs 0.67 - 0.70",
            last_ten(frozen),
            differs,
            code,
        ),
        Row(
            "Keras 3 example (both languages), frozen as its code says",
            keras_3,
            last_ten(frozen),
            differs + "; the tutorial's summary shows no frozen parameter",
            code,
        ),
        Row(
            "Keras 3 example, vectors trained as its summary shows",
            keras_3,
            last_ten(trained),
            differs,
            line(name, "keras_2020", network__trainable=True),
        ),
    ]


def fit_newsgroups(vectors, quick, trainable):
    """Fit the Keras example's system on its own posts."""
    (X, y), (X_val, y_val) = (
        fetch_news20(subset=subset, remove=("first_ten_lines",), return_X_y=True)
        for subset in ("train", "test")
    )
    clf = GloveTextClassifier(
        vectors, **published_settings("keras_2020"), random_state=0, verbose=2
    ).set_params(network__trainable=trainable)
    if quick:
        X, y, X_val, y_val = (of[:QUICK_POSTS] for of in (X, y, X_val, y_val))
        clf.set_params(epochs=1)
    print(f"\nThe Keras example, {len(X):,} posts, trainable={trainable}", flush=True)
    return clf.fit(X, y, X_val=X_val, y_val=y_val)


def blog_rows(name, vectors, quick):
    """The post of 2016: plain accuracy on posts without their headers."""
    options = blog_2016.QUICK if quick else {}
    measured = blog_2016.measure(vectors, ("headers",), **options)
    differs = f"{dimensions(vectors)}posts without headers, as its code now has it"
    lines = {
        "GloVe, frozen": line(name, "keras_blog_2016"),
        "from scratch": line(vectors.dim, "keras_blog_2016"),
    }
    return [
        Row(
            f"Blog post of 2016: 1,000 words, 2 epochs; {vectors_from}",
            blog_2016.POST_SAYS[vectors_from],
            f"{plain:.3f} (binary accuracy {binary:.3f})",
            differs,
            lines[vectors_from],
        )
        for vectors_from, (plain, binary) in measured.items()
    ]


def notebook_rows(name, vectors, quick):
    """The notebook: 8 dimensions from scratch, and 200 reviews with GloVe or not."""
    scale = imdb_embeddings.QUICK if quick else imdb_embeddings.Scale()
    reviews = imdb_embeddings.load_reviews("train", scale.n_train)
    print(f"\nThe notebook, {len(reviews[0]):,} IMDB reviews", flush=True)
    scratch = imdb_embeddings.learn_8_dimensions(reviews, scale)
    few = imdb_embeddings.learn_from_few(reviews, vectors, scale)
    figures = {
        vectors_from: imdb_embeddings.spread(
            [clf.history_["val_accuracy"][-1] for clf in fits]
        )
        for vectors_from, fits in few.items()
    }
    vocabulary = "vocabulary of the 200 reviews, not of all"
    return [
        Row(
            "Notebook: 8 dimensions from scratch, 20 words",
            "0.747, best epoch 0.756",
            last_and_best(scratch),
            "vocabulary of the training reviews",
            line(None, "notebook_scratch"),
        ),
        Row(
            "Notebook: 200 reviews, 100 words; GloVe, frozen",
            "0.501, best epoch 0.554",
            figures["GloVe"],
            dimensions(vectors) + vocabulary,
            line(name, "notebook_glove"),
        ),
        Row(
            "Notebook: 200 reviews, 100 words; from scratch",
            '"low 50s"',
            figures["from scratch"],
            dimensions(vectors) + vocabulary,
            line(vectors.dim, "notebook_glove"),
        ),
    ]


def line(embeddings, name, **changes):
    """The line of code that makes a classifier; None are the settings' own vectors."""
    settings = f'**published_settings("{name}")'
    first = "" if embeddings is None else f"{embeddings!r}, "
    code = f"GloveTextClassifier({first}{settings})".replace("'", '"')
    if changes:
        listed = ", ".join(f"{key}={value!r}" for key, value in changes.items())
        code += f".set_params({listed})"
    return code


def dimensions(vectors):
    """The difference in dimension, where there is one."""
    if vectors.dim == 100:
        return ""
    return f"{vectors.dim} dimensions, not 100, as these vectors have; "


def last_ten(clf):
    history = clf.history_["val_accuracy"]
    low, high = min(history[-10:]), max(history[-10:])
    return f"{history[-1]:.3f}, last ten epochs {low:.2f} - {high:.2f}"


def last_and_best(clf):
    history = clf.history_["val_accuracy"]
    return f"{history[-1]:.3f}, best epoch {max(history):.3f}"


def print_table(rows):
    print("| system | printed | measured | differs | code |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        *cells, code = row
        print("| " + " | ".join([*cells, f"`{code}`"]) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few texts and epochs")
    parser.add_argument(
        "--embeddings",
        help="name of a published set or path of a file; default: glove.6B.100d, "
        "or glove.6B.50d if only that is in the data home",
    )
    try:
        main(parser.parse_args())
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"{parser.prog}: {error}")
