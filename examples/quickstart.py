"""Fit, cross-validate, predict, pickle
====================================

A text classifier on texts you have already.

The texts are the docstrings of the scientific packages that skglove itself needs; the
classes are the subpackages that they are from. Nothing is downloaded: published word
vectors are used if the data home (`$SKGLOVE_DATA`, else `~/.cache/skglove`) has some,
and GloVe vectors are trained on these texts if not. At the end there is a table of the
words that speak most for each class.

.. code-block:: sh

    python examples/quickstart.py            # a few minutes
    python examples/quickstart.py --quick    # few classes and epochs: does it run?
"""

import argparse
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from sklearn.model_selection import cross_val_score, train_test_split

from skglove import Glove, GloveTextClassifier, WordVectors
from skglove.datasets import load_docstrings
from skglove.vectors._catalogue import first_at_hand

QUESTIONS = [
    "Fit a straight line to points, with a penalty on large coefficients.",
    "Design a digital filter and show its frequency response.",
    "The probability density of a random variable, and its quantiles.",
    "Find the minimum of a function of several variables under constraints.",
    "A layer of a neural network that convolves images.",
]

LOAD_AND_PREDICT = """
import pickle, sys
clf = pickle.load(open(sys.argv[1], "rb"))
print(f"    in a new process: {sys.argv[2]!r} -> {clf.predict(sys.argv[2:])[0]}")
"""


def main(quick):
    docs = load_docstrings(min_samples_per_class=200 if quick else 100)
    labels = [docs.target_names[code] for code in docs.target]
    print(f"{len(docs.data):,} docstrings of {len(docs.target_names)} subpackages:")
    print("    " + ", ".join(docs.target_names))
    X_train, X_test, y_train, y_test = train_test_split(
        docs.data, labels, stratify=labels, random_state=0
    )

    embeddings = first_at_hand("glove.6B.100d", "glove.6B.50d")
    if embeddings is None:
        print("\nWord vectors: none at hand, so GloVe trains some on these texts")
        glove = Glove(vector_size=50, random_state=0, verbose=1)
        embeddings = glove.fit(X_train).word_vectors_
    else:
        print(f"\nWord vectors: {embeddings}")
        embeddings = WordVectors.from_name(embeddings)
    for word in ("matrix", "probability"):
        nearest = [similar for similar, _ in embeddings.most_similar(word, topn=5)]
        print(f"    nearest to {word!r}: {', '.join(nearest)}")

    print()
    # A bar, or a line an epoch where nobody watches.
    verbose = 1 if sys.stdout.isatty() else 2
    clf = GloveTextClassifier(embeddings, random_state=0, verbose=verbose)
    if quick:
        clf.set_params(epochs=3)
    clf.fit(X_train, y_train)
    found = clf.coverage_.n_tokens_found / clf.coverage_.n_tokens
    print(f"{found:.0%} of the words of the texts have a vector")
    print(f"\nAccuracy on {len(X_test):,} docstrings held out: ", end="")
    clf.set_params(verbose=0)
    print(f"{clf.score(X_test, y_test):.3f}")

    scores = cross_val_score(clf, X_train, y_train, cv=2 if quick else 3)
    print(f"Cross-validated on the others: {scores.mean():.3f} ± {scores.std():.3f}")

    print("\nWhere would one look for this?")
    for question, label, proba in zip(
        QUESTIONS,
        clf.predict(QUESTIONS),
        clf.predict_proba(QUESTIONS).max(axis=1),
        strict=True,
    ):
        print(f"    {label:21} {proba:4.0%}  {question}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "classifier.pkl")
        path.write_bytes(pickle.dumps(clf))
        print(f"\nPickled to {path.stat().st_size / 1e6:.1f} MB")
        command = [sys.executable, "-c", LOAD_AND_PREDICT, path, QUESTIONS[0]]
        subprocess.run(command, check=True)

    print("\nWhat speaks most for each class:")
    for label, terms in clf.top_words(n=6).items():
        print(f"    {label:22}{', '.join(term.term for term in terms)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few classes and epochs")
    main(parser.parse_args().quick)
