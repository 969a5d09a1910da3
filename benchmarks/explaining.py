"""Explanations: do the words that they name decide, and what do they cost?

    pip install lime
    python benchmarks/explaining.py            # half an hour, most of it LIME's
    python benchmarks/explaining.py --quick    # few texts: does it run?

The deletion test: the words that speak most for the predicted class, a tenth of a
text's words, are deleted, and its probability is predicted again. They are chosen by
`explain`, by LIME (M. Ribeiro, S. Singh, C. Guestrin, "Why Should I Trust You?", KDD
2016) from 1,000 samples of each text, and at random. All three choose among the same
words, runs of letters and digits, and delete all places of one at once. Reviews are of
IMDB's test part, posts of the test part of 20 Newsgroups without their first ten lines;
the classifiers have the default settings and are trained on the training parts.

Then the time of one text and of 1,000 reviews, in a process of its own that loads the
classifier.
"""

import argparse
import pickle
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from measuring import (
    SEED,
    memory_gib,
    print_surroundings,
    run_process,
    run_stage_or_report,
)

_WORD = re.compile(r"\w+")
_PART = 0.1


def report(args):
    """Print all figures."""
    print_surroundings(memory_gib("MemAvailable"))
    print(f"word vectors: {args.embeddings}, network: {args.network}")
    n_texts, n_samples = (10, 100) if args.quick else (args.texts, 1_000)
    options = [
        *("--embeddings", args.embeddings, "--network", args.network),
        *(("--data-home", args.data_home) if args.data_home else ()),
        *(("--quick",) if args.quick else ()),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, load in (("IMDB", imdb), ("20 Newsgroups", newsgroups)):
            (X, y), (X_test, y_test) = load(args.quick)
            clf = fitted(args, X, y)
            print(f"\n{name}: {len(X):,} training texts, ", end="")
            print(f"test accuracy {clf.score(X_test, y_test):.3f}", flush=True)
            texts = chosen(X_test, n_texts)
            print_deletions(clf, texts, n_samples)
            path = Path(folder, "classifier.pickle")
            path.write_bytes(pickle.dumps(clf))
            costs = run_process(
                __file__, "--stage", "costs", "--classifier", path, *options
            )
            print(
                f"in a new process: one text {costs['one_ms']:.1f} ms, of the "
                f"processor {costs['one_cpu_ms']:.1f} (medians of "
                f"{costs['n_ones']}); {costs['n_texts']:,} texts "
                f"{costs['seconds']:.2f} s, of the processor "
                f"{costs['cpu_seconds']:.2f}; TensorFlow loaded: "
                f"{costs['tensorflow']}",
                flush=True,
            )


def print_deletions(clf, texts, n_samples):
    """Print what deleting the words does, by who chose them."""
    choosers = {
        "explain": by_explain,
        f"LIME, {n_samples:,} samples": by_lime(n_samples),
        "at random": at_random,
    }
    columns = clf.predict_proba(texts).argmax(axis=1)
    rows = np.arange(len(texts))
    before = clf.predict_proba(texts)[rows, columns]
    drops = {}
    print("words chosen by         drop of probability      ms a text")
    for name, choose in choosers.items():
        start = time.perf_counter()
        scores = [
            choose(clf, text, column)
            for text, column in zip(texts, columns, strict=True)
        ]
        ms = 1e3 * (time.perf_counter() - start) / len(texts)
        deleted = [without(text, s) for text, s in zip(texts, scores, strict=True)]
        drops[name] = before - clf.predict_proba(deleted)[rows, columns]
        error = drops[name].std() / len(texts) ** 0.5
        print(
            f"{name:22}{drops[name].mean():12.3f} ±{error:6.3f}{ms:15.1f}", flush=True
        )
    ours, lime, _ = drops.values()
    difference = ours - lime
    error = difference.std() / len(texts) ** 0.5
    print(f"explain less LIME: {difference.mean():+.3f} ±{error:.3f}, more in ", end="")
    print(f"{(difference > 0).mean():.0%} of the texts, less in ", end="")
    print(f"{(difference < 0).mean():.0%}")


def by_explain(clf, text, column):
    """What each word adds to the score of the class, all its places together."""
    (explanation,) = clf.explain([text], labels=[clf.classes_.tolist()[column]])
    scores = Counter()
    words = [match.span() for match in _WORD.finditer(text)]
    starts = np.array([start for start, _ in words])
    totals = explanation.token_totals[:, 0]
    for (start, end), total in zip(explanation.spans, totals, strict=True):
        place = np.searchsorted(starts, start, side="right") - 1
        if place >= 0 and end <= words[place][1]:
            scores[text[slice(*words[place])]] += total
    return scores


def by_lime(n_samples):
    """Return a function that has LIME score the words."""
    try:
        from lime.lime_text import LimeTextExplainer
    except ImportError:
        sys.exit("This benchmark needs LIME: pip install lime")
    explainer = LimeTextExplainer(random_state=SEED)

    def choose(clf, text, column):
        explanation = explainer.explain_instance(
            text,
            clf.predict_proba,
            labels=(int(column),),
            num_features=len(text),
            num_samples=n_samples,
        )
        return Counter(dict(explanation.as_list(int(column))))

    return choose


def at_random(clf, text, column):
    """Any score."""
    words = sorted({match[0] for match in _WORD.finditer(text)})
    rng = np.random.RandomState(len(text))
    return Counter(dict(zip(words, rng.random_sample(len(words)), strict=True)))


def without(text, scores):
    """The text without the words of the highest scores, a tenth of its words."""
    counts = Counter(match[0] for match in _WORD.finditer(text))
    left = max(1, round(_PART * counts.total()))
    gone = set()
    for word, score in scores.most_common():
        if score > 0 and counts[word] <= left:
            gone.add(word)
            left -= counts[word]
    return _WORD.sub(lambda match: "" if match[0] in gone else match[0], text)


def imdb(quick):
    """The reviews."""
    from skglove.datasets import fetch_imdb

    train, test = (
        fetch_imdb(subset=subset, return_X_y=True) for subset in ("train", "test")
    )
    return (part(*train, 2_000), part(*test, 500)) if quick else (train, test)


def newsgroups(quick):
    """The posts."""
    from skglove.datasets import fetch_news20

    train, test = (
        fetch_news20(subset=subset, remove=("first_ten_lines",), return_X_y=True)
        for subset in ("train", "test")
    )
    return (part(*train, 2_000), part(*test, 500)) if quick else (train, test)


def part(X, y, n_texts):
    """Some of the texts, drawn from all."""
    rows = np.random.RandomState(SEED).permutation(len(X))[:n_texts]
    return [X[i] for i in rows], np.asarray(y)[rows]


def chosen(texts, n_texts):
    """Texts of twenty words or more, drawn from all."""
    order = np.random.RandomState(SEED).permutation(len(texts))
    long = (texts[i] for i in order if len(_WORD.findall(texts[i])) >= 20)
    return [text for text, _ in zip(long, range(n_texts), strict=False)]


def fitted(args, X, y):
    """A classifier with the default settings."""
    from skglove import GloveTextClassifier

    clf = GloveTextClassifier(args.embeddings, network=args.network, random_state=SEED)
    return clf.fit(X, y)


def costs(args):
    """Load the classifier and explain texts."""
    clf = pickle.loads(Path(args.classifier).read_bytes())
    load = imdb if clf.classes_.shape == (2,) else newsgroups
    texts = chosen(load(args.quick)[1][0], 1_000)
    clf.explain(texts[:2])
    ones = [timed(lambda text=text: clf.explain([text])) for text in texts[:200]]
    one_seconds, one_cpu = np.median(ones, axis=0).tolist()
    seconds, cpu = timed(lambda: clf.explain(texts))
    return {
        "one_ms": 1e3 * one_seconds,
        "one_cpu_ms": 1e3 * one_cpu,
        "n_ones": len(ones),
        "n_texts": len(texts),
        "seconds": seconds,
        "cpu_seconds": cpu,
        "tensorflow": "tensorflow" in sys.modules,
    }


def timed(step):
    """The seconds that a step takes, by the clock and of the processor."""
    start = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - start[0], time.process_time() - start[1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--network", default="bag", help="default: bag")
    parser.add_argument("--texts", type=int, default=200, help="default: 200 of each")
    parser.add_argument("--quick", action="store_true", help="few texts")
    parser.add_argument("--classifier", help=argparse.SUPPRESS)
    run_stage_or_report(parser, {"costs": costs}, report)
