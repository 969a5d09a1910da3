"""How much of two corpora published word vectors know, by how texts become words.

Prints for 20 Newsgroups (the training part of the Keras example's split: 15,998 posts
without their first ten lines) and the 25,000 IMDB training reviews the share of the
vocabulary's words and of all tokens that have a vector, with punctuation stripped or
split off, without and with words backed off to known forms; the most frequent words
without a vector; and the time that vocabulary and ids take.

    python benchmarks/known_words.py [--quick] [--embeddings glove.6B.50d]

Posts, reviews and vectors come from the data home (`$SKGLOVE_DATA`, else
`~/.cache/skglove`), and are downloaded if missing.
"""

import argparse
from time import perf_counter

from skglove import WordVectors
from skglove._preparation import prepare
from skglove.datasets import fetch_imdb, fetch_news20
from skglove.text import TextVectorizer

SYSTEMS = {
    "strip": ("lower_and_strip_punctuation", False),
    "strip, back off": ("lower_and_strip_punctuation", True),
    "split": ("lower_and_split_punctuation", False),
    "split, back off": ("lower_and_split_punctuation", True),
}
SIZES = 20_000, 30_000
N_TIMES = 3


def print_coverage(name, texts, source):
    """Print a corpus's rows of the table, then what is missing most."""
    missing = {}
    for max_tokens in SIZES:
        for system, (standardize, back_off) in SYSTEMS.items():
            vectorizer = TextVectorizer(max_tokens, standardize=standardize)
            coverage = prepare(texts, vectorizer, source, back_off=back_off).coverage
            print(
                f"{name:14}  {max_tokens:7,}  {system:15}  "
                f"{coverage.n_words_found / coverage.n_words:.4f}  "
                f"{coverage.n_tokens_found / coverage.n_tokens:.4f}  "
                f"{coverage.n_words_backed_off:10,}",
                flush=True,
            )
            missing[system] = coverage.most_frequent_missing[:12]
    for system, words in missing.items():
        print(
            f"  not found, {system}: {' '.join(ascii(word)[1:-1] for word, _ in words)}"
        )


def print_times(name, texts):
    """Print the least of a few times of fit_transform."""
    for standardize in dict.fromkeys(
        standardize for standardize, _ in SYSTEMS.values()
    ):
        seconds = []
        for _ in range(N_TIMES):
            start = perf_counter()
            TextVectorizer(standardize=standardize).fit_transform(texts)
            seconds.append(perf_counter() - start)
        print(f"{name:14}  {standardize:28}  {min(seconds):.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the texts")
    parser.add_argument("--embeddings", default="glove.6B.50d")
    options = parser.parse_args()

    source = WordVectors.from_name(options.embeddings)
    corpora = {
        "20 Newsgroups": fetch_news20(subset="train", remove=("first_ten_lines",)).data,
        "IMDB": fetch_imdb(subset="train").data,
    }
    if options.quick:
        corpora = {name: texts[::10] for name, texts in corpora.items()}
    print(f"{'corpus':14}  {'places':>7}  {'words are':15}   words  tokens  backed off")
    for name, texts in corpora.items():
        print_coverage(name, texts, source)
    print("\nvocabulary and ids")
    for name, texts in corpora.items():
        print_times(name, texts)


if __name__ == "__main__":
    main()
