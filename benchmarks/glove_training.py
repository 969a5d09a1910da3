"""What training GloVe vectors costs, and what they are worth.

Trains 100-dimensional vectors on the 25,000 IMDB training reviews, and prints the time,
the peak memory, the cost per non-zero co-occurrence after each iteration, and the
accuracy on the 25,000 test reviews of a logistic regression on averaged vectors, from
200 labels, over five draws; then how the time grows with the co-occurrences. Needs the
Large Movie Review Dataset (downloaded if missing) and, in full, 2 GB of memory.

    python benchmarks/glove_training.py [--quick] [--n-jobs N]

With `--sentences`, instead: what counting and training take over so many sentences of
these reviews, repeated with a word changed, from a list, in chunks that are made one
after the other, or on two Dask workers of one thread each (`skglove[dask]`). The three
end in the same vectors, whose digest is printed.

    python benchmarks/glove_training.py --sentences 1000000 --from list|chunks|dask

The times to beat, of Stanford's C program on 2 threads with the same settings (5.96 M
tokens, 29,142 words, 21.6 M non-zeros): 372 s in all, cost 0.0241, accuracy 0.796.
"""

import argparse
import hashlib
import re
import resource
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
from sklearn.linear_model import LogisticRegression

from skglove.datasets import fetch_imdb
from skglove.glove._glove import Glove

N_DRAWS = 5
SENTENCES_A_CHUNK = 20_000
N_LABELS_A_CLASS = 100
# The scale of the vectors asks for less of a penalty than the default; chosen on
# training reviews.
C = 10


def peak_memory():
    """Return the most memory this process has held, in GB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)


def timed_fit(texts, n_jobs, **params):
    """Return a fitted Glove, its wall and its CPU seconds."""
    glove = Glove(random_state=0, n_jobs=n_jobs, **params)
    wall, cpu = perf_counter(), process_time()
    glove.fit(texts)
    return glove, perf_counter() - wall, process_time() - cpu


def accuracies(glove, train, test):
    """Return the test accuracy of each draw of labels."""
    features, test_features = glove.transform(train.data), glove.transform(test.data)
    scores = []
    for seed in range(N_DRAWS):
        rng = np.random.default_rng(seed)
        drawn = np.concatenate(
            [
                rng.permutation(np.flatnonzero(train.target == label))[
                    :N_LABELS_A_CLASS
                ]
                for label in np.unique(train.target)
            ]
        )
        classifier = LogisticRegression(C=C, max_iter=1000)
        classifier.fit(features[drawn], train.target[drawn])
        scores.append(classifier.score(test_features, test.target))
    return np.array(scores)


def print_scaling(texts, n_jobs):
    """Print the CPU time over a quarter, a half and all of the texts.

    An iteration is a third of what four cost over one; the rest is reading and
    counting. The texts are taken at even steps: they are sorted by label.
    """
    print("\n   texts  non-zeros  rest, s  an iteration, s  us a non-zero")
    for step in (4, 2, 1):
        part = texts[::step]
        glove, _, one = timed_fit(part, n_jobs, max_iter=1)
        _, _, four = timed_fit(part, n_jobs, max_iter=4, tol=0)
        iteration = (four - one) / 3
        n = glove.n_cooccurrences_
        print(
            f"{len(part):8} {n:10} {one - iteration:8.1f} {iteration:16.2f} "
            f"{iteration / n * 1e6:14.3f}"
        )


def sentences(n_sentences):
    """Yield chunks of sentences of IMDB reviews, again and again with a word changed.

    The other word is of another sentence: common words come in more often than rare
    ones.
    """
    reviews = fetch_imdb(subset="train").data
    split = [
        sentence
        for review in reviews
        for sentence in re.split(r"[.!?]|<br />", review)
        if 4 <= len(sentence.split()) < 60
    ]
    rng = np.random.default_rng(0)
    order = rng.permutation(len(split))
    for start in range(0, n_sentences, SENTENCES_A_CHUNK):
        numbers = range(start, min(start + SENTENCES_A_CHUNK, n_sentences))
        others = rng.integers(len(split), size=len(numbers)).tolist()
        places = rng.random((len(numbers), 2)).tolist()
        chunk = []
        for number, other, (place, other_place) in zip(
            numbers, others, places, strict=True
        ):
            words = split[order[number % len(split)]].split()
            if number >= len(split):
                other = split[other].split()
                words[int(place * len(words))] = other[int(other_place * len(other))]
            chunk.append(" ".join(words))
        yield chunk


@contextmanager
def texts_from(kind, n_sentences):
    """What `Glove.fit` is given, and a function that returns its workers' memory."""
    if kind == "chunks":
        yield lambda: sentences(n_sentences), list
    elif kind == "list":
        yield [text for chunk in sentences(n_sentences) for text in chunk], list
    else:
        with TemporaryDirectory() as folder:
            for i, chunk in enumerate(sentences(n_sentences)):
                Path(folder, f"{i:06}.txt").write_text("\n".join(chunk))
            from dask import bag
            from distributed import Client

            with Client(
                n_workers=2, threads_per_worker=1, dashboard_address=None
            ) as client:
                texts = bag.read_text(f"{folder}/*.txt").map(str.rstrip, "\n")
                yield texts, lambda: list(client.run(peak_memory).values())


def print_sentences(n_sentences, kind, n_jobs):
    """Print what counting and training take over many short texts."""
    glove = Glove(random_state=0, n_jobs=n_jobs, verbose=1)
    with texts_from(kind, n_sentences) as (texts, workers):
        before, start = peak_memory(), perf_counter()
        vocabulary, counts = glove._counting().count(texts)
        counting = perf_counter() - start
        peak, of_workers = peak_memory(), workers()
        n_words, n_tokens = len(vocabulary.words), vocabulary.counts.sum()
        n_cooccurrences = counts.nnz
        del vocabulary, counts
        start = perf_counter()
        glove.fit(texts)
        fit = perf_counter() - start
    digest = hashlib.sha256(glove.word_vectors_.vectors.tobytes()).hexdigest()
    print(f"\n{n_sentences} sentences from {kind}, {n_tokens} tokens, {n_words} words")
    print(f"non-zero co-occurrences  {n_cooccurrences}")
    print(f"counting                 {counting:.1f} s")
    print(f"peak memory              {peak:.2f} GB ({before:.2f} before)")
    for memory in of_workers:
        print(f"    of a worker          {memory:.2f} GB")
    print(f"a fit                    {fit:.1f} s, {glove.n_iter_} iterations")
    print(f"peak memory              {peak_memory():.2f} GB")
    print(f"digest of the vectors    {digest[:16]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the reviews, no scaling"
    )
    parser.add_argument("--n-jobs", type=int, default=2, help="threads (2)")
    parser.add_argument(
        "--sentences", type=int, metavar="N", help="count and train on N sentences"
    )
    parser.add_argument(
        "--from",
        dest="kind",
        choices=["list", "chunks", "dask"],
        default="chunks",
        help="where the sentences come from (chunks)",
    )
    options = parser.parse_args()

    if options.sentences:
        print_sentences(options.sentences, options.kind, options.n_jobs)
        return
    train, test = fetch_imdb(subset="train"), fetch_imdb(subset="test")
    if options.quick:
        for bunch in (train, test):
            bunch.data, bunch.target = bunch.data[::10], bunch.target[::10]
    before = peak_memory()
    glove, wall, cpu = timed_fit(train.data, options.n_jobs, verbose=1)
    print(f"\n{len(train.data)} reviews, {len(glove.vocabulary_)} words")
    print(f"non-zero co-occurrences  {glove.n_cooccurrences_}")
    print(f"total time               {wall:.1f} s ({cpu:.1f} s of CPU)")
    print(f"peak memory              {peak_memory():.2f} GB ({before:.2f} before)")
    print(f"cost per non-zero        {glove.loss_curve_[-1]:.4f}")
    scores = accuracies(glove, train, test)
    print(f"accuracy at 200 labels   {scores.mean():.4f} (draws {scores.round(3)})")
    if not options.quick:
        print_scaling(train.data, options.n_jobs)


if __name__ == "__main__":
    main()
