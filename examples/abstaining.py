"""Leave the doubtful texts to a person
====================================

A classifier that says how sure it is may answer where it is, and leave the rest to
somebody who reads them. What that is worth is a table of risk and coverage: which part
of the texts gets an answer above a probability, and which part of these answers is
wrong. It only holds for new texts if the probabilities are calibrated: if of the
answers given with 0.8 about 80 % are right. The default network finds the temperature
of its probabilities on training texts that it holds back.

The texts are the docstrings of the scientific packages that skglove itself needs.

.. code-block:: sh

    python examples/abstaining.py            # a few minutes
    python examples/abstaining.py --quick    # few classes: does it run?
"""

import argparse

import numpy as np
from sklearn.model_selection import train_test_split

from skglove import GloveTextClassifier
from skglove.datasets import load_docstrings
from skglove.vectors._catalogue import first_at_hand

THRESHOLDS = (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
NO_ANSWER = "?"


def predict_or_abstain(clf, texts, threshold):
    """Return the labels of texts, NO_ANSWER where the probability is below."""
    proba = clf.predict_proba(texts)
    labels = clf.classes_.astype(object)[proba.argmax(axis=1)]
    labels[proba.max(axis=1) < threshold] = NO_ANSWER
    return labels


def calibration_error(confidence, correct, n_bins=15):
    """Return the expected calibration error, over bins of equal width."""
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, confidence - correct, minlength=n_bins)
    return np.abs(gaps).sum() / len(confidence)


def main(quick):
    docs = load_docstrings(min_samples_per_class=200 if quick else 100)
    labels = np.array(docs.target_names)[docs.target]
    X_train, X_test, y_train, y_test = train_test_split(
        docs.data, labels, stratify=labels, random_state=0
    )
    embeddings = first_at_hand("glove.6B.100d", "glove.6B.50d")
    print(f"Word vectors: {embeddings or 'none, learned with the network'}")
    clf = GloveTextClassifier(embeddings, random_state=0).fit(X_train, y_train)

    proba = clf.predict_proba(X_test)
    confidence = proba.max(axis=1)
    correct = clf.classes_[proba.argmax(axis=1)] == y_test
    error = calibration_error(confidence, correct)
    print(f"{len(X_test):,} docstrings held out, {len(clf.classes_)} classes")
    print(f"Expected calibration error: {error:.3f}\n")

    print("threshold   coverage       risk")
    for threshold in THRESHOLDS:
        answered = predict_or_abstain(clf, X_test, threshold) != NO_ANSWER
        risk = 1 - correct[answered].mean() if answered.any() else float("nan")
        print(f"{threshold:9.2f} {answered.mean():10.1%} {risk:10.1%}")

    print("\nLeft to a person above 0.5:")
    for i in np.argsort(confidence)[:3]:
        first_line = X_test[i].strip().partition("\n")[0]
        print(f"    {confidence[i]:.2f} {first_line[:70]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few classes")
    main(parser.parse_args().quick)
