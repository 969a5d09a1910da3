"""Words that decide though training never saw them
================================================

What GloVe carries over.

Of 400 film reviews a classifier knows few of the words that other reviews have. Their
GloVe vectors lie near those of words that it was trained on, and speak for the same
class. This finds such words in other reviews, and their nearest neighbours among the
words of the training texts.

.. code-block:: sh

    python examples/explain_unseen_words.py            # less than a minute
    python examples/explain_unseen_words.py --quick    # fewer reviews: does it run?

Reviews and vectors are taken from the data home (`$SKGLOVE_DATA`, else
`~/.cache/skglove`), and downloaded to it where they are missing. The plot goes to
`explain_unseen_words.png`.
"""

import argparse
import sys

import matplotlib
import numpy as np

from skglove import ExplanationDisplay, GloveTextClassifier, WordVectors
from skglove.datasets import fetch_imdb
from skglove.text import SPLIT_PUNCTUATION, tokenize
from skglove.vectors._catalogue import first_at_hand

matplotlib.use("agg")
from matplotlib import pyplot as plt


def main(args):
    name = first_at_hand("glove.6B.100d", "glove.6B.50d") or "glove.6B.100d"
    vectors = WordVectors.from_name(name)
    train, test = fetch_imdb(subset="train"), fetch_imdb(subset="test")
    rows = np.random.RandomState(0).permutation(len(train.data))[:400]
    texts = [train.data[i] for i in rows]
    labels = np.array(["negative", "positive"])[train.target[rows]]
    clf = GloveTextClassifier(vectors, random_state=0).fit(texts, labels)
    others = test.data[:: 500 if args.quick else 25]
    print(f"{len(texts)} training reviews, {len(others):,} others, {name}")

    seen = {
        word.decode() for words in tokenize(texts, SPLIT_PUNCTUATION) for word in words
    }
    # The words of the other reviews that add most among those never seen, each where it
    # adds most.
    found = {}
    for explanation in clf.explain(others, labels=["positive"]):
        for place, word in enumerate(explanation.tokens):
            size = abs(explanation.words[place, 0])
            if word in vectors and word not in seen and size > found.get(word, (0,))[0]:
                found[word] = size, place, explanation
    decisive = sorted(found.items(), key=lambda item: -item[1][0])[:12]
    print("Words that training never saw, for (+) and against (-) positive, and the")
    print("nearest ones that it saw, each with what it would add in that place:")
    for word, (_, place, explanation) in decisive:
        similar = vectors.most_similar(word, topn=500)
        near = [other for other, _ in similar if other in seen][:4]
        start, end = explanation.spans[place]
        replaced = [
            explanation.text[:start] + other + explanation.text[end:] for other in near
        ]
        added = [one.words[place, 0] for one in clf.explain(replaced, ["positive"])]
        print(
            f"  {word:15} {explanation.words[place, 0]:+.2f}   ",
            ", ".join(
                f"{other} {value:+.2f}"
                for other, value in zip(near, added, strict=True)
            ),
        )

    _, (_, _, explanation) = decisive[0]
    ExplanationDisplay(explanation).plot(n=12)
    plt.savefig("explain_unseen_words.png", dpi=100)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="50 other reviews")
    args = parser.parse_args()
    try:
        main(args)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"{parser.prog}: {error}")
