"""What gives a newsgroup away
===========================

Explanations of 20 Newsgroups, with headers and without.

A classifier that reads the headers of the posts is right more often, and has learned
less: the words that speak most for each group show what it goes by. Without headers it
goes by what the posts are about, and the posts that it gets wrong turn out to have
something in common, too.

.. code-block:: sh

    python examples/explain_newsgroups.py            # a few minutes
    python examples/explain_newsgroups.py --quick    # 2,000 posts: does it run?

Posts and vectors are taken from the data home (`$SKGLOVE_DATA`, else
`~/.cache/skglove`), and downloaded to it where they are missing. The plots go to
`explain_newsgroups_*.png`, the explanations of some errors to
`explain_newsgroups.html`.
"""

import argparse
import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np

from skglove import (
    ExplanationDisplay,
    GloveTextClassifier,
    TopWordsDisplay,
    WordVectors,
)
from skglove.datasets import fetch_news20
from skglove.vectors._catalogue import first_at_hand

matplotlib.use("agg")
from matplotlib import pyplot as plt

SHOWN = ["comp.graphics", "rec.autos", "sci.med", "talk.politics.misc"]


def main(args):
    vectors = WordVectors.from_name(
        first_at_hand("glove.6B.100d", "glove.6B.50d") or "glove.6B.100d"
    )
    posts = {
        name: [fetch_news20(subset=part, remove=remove) for part in ("train", "test")]
        for name, remove in (("with headers", ()), ("without", ("headers",)))
    }
    classifiers = {}
    for name, (train, test) in posts.items():
        if args.quick:
            for part, n_posts in ((train, 1_600), (test, 400)):
                part.data, part.target = part.data[:n_posts], part.target[:n_posts]
        groups = np.array(train.target_names)
        clf = GloveTextClassifier(vectors, random_state=0)
        clf.fit(train.data, groups[train.target])
        classifiers[name] = clf
        print(f"accuracy {name}: {clf.score(test.data, groups[test.target]):.3f}")

    # What the first goes by: the names of the groups, which are in the headers.
    for name, clf in classifiers.items():
        print(f"\nWords that speak most for a group, {name}:")
        for group, terms in clf.top_words(8).items():
            print(f"  {group:25}", ", ".join(term.term for term in terms))
        TopWordsDisplay.from_estimator(clf, n=10, labels=SHOWN)
        plt.suptitle(f"Words that speak for a newsgroup, {name}")
        save(args, f"top_words_{name.replace(' ', '_')}.png")
    print_part_in_headers(classifiers["with headers"], posts["with headers"][1].data)

    # What the errors without headers have in common.
    clf, (_, test) = classifiers["without"], posts["without"]
    true, predicted = groups[test.target], clf.predict(test.data)
    wrong = np.flatnonzero(predicted != true)
    print(f"\n{len(wrong)} of {len(true):,} posts are predicted wrong.")
    print_confusions(true[wrong], predicted[wrong])
    print_by_length(test.data, predicted != true)
    originals = posts["with headers"][1].data
    print_crossposts(originals, true, predicted)

    # The words that misled, over all errors: those that most speak for the group
    # predicted.
    explanations = clf.explain([test.data[i] for i in wrong])
    misled = Counter()
    for explanation in explanations:
        misled.update(
            {term.term for term in explanation.top(5) if term.contribution > 0}
        )
    print(
        "Words among the five that decided most, by number of errors:",
        ", ".join(f"{term} ({n})" for term, n in misled.most_common(15)),
    )

    # One error as bars, for the predicted and for the true group; some as HTML.
    surest = wrong[clf.predict_proba(test.data)[wrong].max(axis=1).argmax()]
    labels = [predicted[surest], true[surest]]
    ExplanationDisplay.from_estimator(clf, test.data[surest], labels, n=12)
    save(args, "error.png")
    html = explanations[:10]._repr_html_()
    page = Path(args.folder, "explain_newsgroups.html")
    page.write_text(f'<!doctype html><meta charset="utf-8">{html}', encoding="utf-8")


def print_part_in_headers(clf, texts):
    """How much of what speaks for the predicted group is in the header."""
    in_header = in_all = 0.0
    for explanation in clf.explain(texts[:500]):
        header_end = max(explanation.text.find("\n\n"), 0)
        totals = explanation.token_totals[:, 0].clip(min=0)
        in_header += totals[explanation.spans[:, 0] < header_end].sum()
        in_all += totals.sum()
    print(
        f"\n{in_header / in_all:.0%} of what speaks for the predicted group is in the "
        "headers."
    )


def print_confusions(true, predicted):
    """Which groups are taken for which."""
    pairs = Counter(tuple(sorted(pair)) for pair in zip(true, predicted, strict=True))
    print("Pairs of groups taken for each other:")
    for (first, second), n_posts in pairs.most_common(6):
        print(f"  {n_posts:3} {first} and {second}")


def print_by_length(texts, is_wrong):
    """How the error depends on how much there is to read."""
    n_words = np.array([len(text.split()) for text in texts])
    edges = [0, 50, 100, 200, 400, np.inf]
    print("Error by number of words:")
    for low, high in pairwise(edges):
        chosen = (n_words >= low) & (n_words < high)
        if chosen.any():
            below = "and more" if high == np.inf else f"to {high:.0f}"
            print(
                f"  {low:3} {below:8} {is_wrong[chosen].mean():6.1%} of "
                f"{chosen.sum():,} posts"
            )


def print_crossposts(originals, true, predicted):
    """How many errors name a group that the post was sent to as well."""
    sent_to = [
        set(re.findall(r"[\w.-]+", found[1])) if found else set()
        for found in (
            re.search(r"^Newsgroups:(.*)", original, re.MULTILINE)
            for original in originals
        )
    ]
    is_wrong = predicted != true
    several = np.array([len(groups & {*true}) > 1 for groups in sent_to])
    also = np.array(
        [group in groups for group, groups in zip(predicted, sent_to, strict=True)]
    )
    print(
        f"Posts sent to several of the groups: {several.mean():.1%} of all, "
        f"{several[is_wrong].mean():.1%} of the errors. {also[is_wrong].mean():.1%} of "
        "the errors name a group that the post was sent to as well: they are none."
    )


def save(args, name):
    """Save the figure that was drawn last."""
    plt.savefig(Path(args.folder, f"explain_newsgroups_{name}"), dpi=100)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", default=".", help="where plots and HTML go")
    parser.add_argument("--quick", action="store_true", help="2,000 posts")
    args = parser.parse_args()
    try:
        main(args)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"{parser.prog}: {error}")
