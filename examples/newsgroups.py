"""Classify newsgroup posts with GloVe vectors
===========================================

The Keras example, as one estimator.

The story of the Keras code example "Using pre-trained word embeddings" (F. Chollet,
2020) with its own data, split, network and settings: 19,997 posts to 20 newsgroups, a
vocabulary of 20,000 words, GloVe vectors that stay as they are, three convolutions,
20 epochs. It prints what the Keras example prints, in its order.

.. code-block:: sh

    python examples/newsgroups.py            # some minutes
    python examples/newsgroups.py --quick    # 2,000 posts, 2 epochs: does it run?

Posts and vectors are taken from the data home (`$SKGLOVE_DATA`, else
`~/.cache/skglove`), and downloaded to it where they are missing.
"""

import argparse
import os
import pickle
import sys

import keras
import numpy as np

from skglove import Coverage, GloveTextClassifier, published_settings
from skglove.datasets import fetch_news20
from skglove.text import TextVectorizer
from skglove.vectors._catalogue import first_at_hand
from skglove.vectors._word_vectors import as_word_vectors


def main(args):
    # The Keras example's vectors, or smaller ones where only they are there.
    at_hand = first_at_hand("glove.6B.100d", "glove.6B.50d")
    name = args.embeddings or at_hand or "glove.6B.100d"
    vectors = as_word_vectors(name)
    # The posts without their first ten lines, where the headers name the newsgroup.
    train, test = (
        fetch_news20(subset=subset, remove=("first_ten_lines",))
        for subset in ("train", "test")
    )
    if args.quick:
        train.data, train.target = train.data[:1_600], train.target[:1_600]
        test.data, test.target = test.data[:400], test.target[:400]
    newsgroups = np.array(train.target_names)
    y_train, y_test = newsgroups[train.target], newsgroups[test.target]
    print("Classes:", ", ".join(newsgroups))
    print(f"Number of classes: {len(newsgroups)}")
    print(f"Number of texts: {len(train.data) + len(test.data):,}")
    print(f"Training texts: {len(train.data):,}, validation texts: {len(test.data):,}")

    # The classifier below finds its own vocabulary and vectors. These lines do the
    # same by hand, to look at what it works with before the training starts.
    vectorizer = TextVectorizer(max_tokens=20_000, sequence_length=200)
    vectorizer.fit(train.data)
    print("Top 5 of the vocabulary:", vectorizer.vocabulary_[:5])
    sentence = "the cat sat on the mat"
    print(f"Ids of {sentence!r}:", vectorizer.transform([sentence]).flat[:6])

    _, known = vectors.look_up(vectorizer.vocabulary_)
    coverage = Coverage.of(vectorizer.vocabulary_, vectorizer.token_counts_, known)
    found, missed = coverage.n_words_found, coverage.n_words - coverage.n_words_found
    print(f"Embeddings: {name}, {vectors.dim} dimensions")
    print(f"Converted {found:,} words ({missed:,} misses)")
    print(coverage)

    clf = GloveTextClassifier(
        vectors,
        **published_settings("keras_2020"),
        callbacks=[ShowModel()],
        random_state=0,
        verbose=2,
    )
    if args.epochs or args.quick:
        clf.set_params(epochs=args.epochs or 2)
    clf.fit(train.data, y_train, X_val=test.data, y_val=y_test)
    print(f"Validation accuracy, {vectors.dim}d: {clf.score(test.data, y_test):.3f}")

    # Export: a Keras model that takes texts.
    message = "this message is about computer graphics and 3D modeling"
    probabilities = clf.to_keras()(keras.ops.convert_to_tensor([[message]]))
    print(f"{message!r} -> {clf.classes_[np.argmax(probabilities[0])]}")
    if args.quick:
        print("(--quick trains too little for good answers)")

    # A pickle holds the fitted classifier, without the posts and the vectors' file.
    # It holds the parameters too: the callback has done its work and stays here.
    clf.set_params(callbacks=None)
    pickled = pickle.dumps(clf)
    same = np.array_equal(
        pickle.loads(pickled).predict_proba(test.data), clf.predict_proba(test.data)
    )
    print(f"Pickle: {len(pickled) / 1e6:.1f} MB, same probabilities: {same}")


class ShowModel(keras.callbacks.Callback):
    """Prints the network when its training starts."""

    def on_train_begin(self, logs=None):
        self.model.summary()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--embeddings",
        help="name of a published set or path of a file; default: glove.6B.100d, "
        "or glove.6B.50d if only that is in the data home",
    )
    parser.add_argument("--epochs", type=int, help="default: 20, with --quick 2")
    parser.add_argument("--data-home", help="folder of posts and vectors")
    parser.add_argument("--quick", action="store_true", help="2,000 posts, 2 epochs")
    args = parser.parse_args()
    if args.data_home:
        os.environ["SKGLOVE_DATA"] = args.data_home
    try:
        main(args)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"{parser.prog}: {error}")
