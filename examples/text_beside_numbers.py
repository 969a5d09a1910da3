"""A text column beside numbers
============================

A table with texts and numbers is one pipeline: `GloveTextEncoder` encodes the text
column as a score for each class, and gradient-boosted trees get the scores beside the
numbers. The scores of the training texts are those of classifiers that were not trained
on them, so that the trees trust them no more than they should.

The texts are the first ten words of the docstrings of the scientific packages that
skglove itself needs; the classes are the subpackages that they are from. The numbers
describe how the whole docstring looks: how many lines, digits and capitals it has. Both
together are compared with the text alone and with the numbers alone.

.. code-block:: sh

    python examples/text_beside_numbers.py            # a few minutes
    python examples/text_beside_numbers.py --quick    # few classes and epochs
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skglove import GloveTextClassifier, GloveTextEncoder
from skglove.datasets import load_docstrings
from skglove.vectors._catalogue import first_at_hand


def table_of(texts):
    """Return a table of how texts begin and of numbers that say how they look."""
    words = [text.split() for text in texts]
    return pd.DataFrame(
        {
            "text": [" ".join(of_text[:10]) for of_text in words],
            "n_words": [len(of_text) for of_text in words],
            "mean_length": [np.mean([*map(len, of_text)] or 0) for of_text in words],
            "n_digits": [sum(map(str.isdigit, text)) for text in texts],
            "n_capitals": [sum(map(str.isupper, text)) for text in texts],
            "n_brackets": [text.count("(") + text.count("[") for text in texts],
            "n_lines": [text.count("\n") for text in texts],
        }
    )


def main(quick):
    docs = load_docstrings(min_samples_per_class=200 if quick else 100)
    table = table_of(docs.data)
    labels = np.array(docs.target_names)[docs.target]
    X_train, X_test, y_train, y_test = train_test_split(
        table, labels, stratify=labels, random_state=0
    )
    numbers = [*table.columns[1:]]
    embeddings = first_at_hand("glove.6B.100d", "glove.6B.50d")
    print(f"Word vectors: {embeddings or 'none, learned with the network'}")
    texts = GloveTextClassifier(embeddings, random_state=0)
    trees = HistGradientBoostingClassifier(
        max_iter=10 if quick else 50, learning_rate=0.2, random_state=0
    )
    if quick:
        texts.set_params(epochs=3)
    encoder = GloveTextEncoder(texts, cv=2 if quick else 5, random_state=0)
    columns = make_column_transformer(
        (encoder, ["text"]),
        ("passthrough", numbers),
        verbose_feature_names_out=False,
    )
    systems = {
        "text alone": make_pipeline(
            make_column_transformer((encoder, ["text"])), trees
        ),
        "numbers alone": make_pipeline(
            make_column_transformer(("passthrough", numbers)), trees
        ),
        "both": make_pipeline(columns, trees),
    }
    for name, pipeline in systems.items():
        pipeline.fit(X_train, y_train)
        print(f"{name + ':':15}accuracy {pipeline.score(X_test, y_test):.3f}")

    names = systems["both"][0].get_feature_names_out()
    print(f"\n{len(names)} features: {', '.join(names[:3])}, ..., {names[-1]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few classes and epochs")
    main(parser.parse_args().quick)
