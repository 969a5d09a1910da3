"""Chinese, Japanese, Thai and Korean: the default, two tokenizers, and a rival.

    python benchmarks/scripts_without_spaces.py --quick
    python benchmarks/scripts_without_spaces.py
    python benchmarks/scripts_without_spaces.py --systems regex characters

The texts are names from the Unicode Consortium's locale data, as Babel has them (`pip
install babel regex`): of languages, countries, currencies and cities of time zones in
each language; the classes are these four kinds. They are short, and most have no spaces
within. Korean has them between words. The tokenizers make words of characters, or of
what is between the word boundaries of Unicode (UAX #29) as the package regex finds
them: runs of Katakana and of Hangul stay whole.
"""

import argparse
import time
import unicodedata
from functools import partial

import numpy as np
import regex
from babel import Locale
from measuring import memory_gib, print_surroundings
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skglove import GloveTextClassifier

LANGUAGES = {"Chinese": "zh", "Japanese": "ja", "Thai": "th", "Korean": "ko"}


def names_in(language):
    """Names in a language and what they are of."""
    locale = Locale(language)
    cities = locale.time_zones.values()
    kinds = {
        "language": locale.languages.values(),
        "country": locale.territories.values(),
        "currency": locale.currencies.values(),
        "city": [city["city"] for city in cities if "city" in city],
    }
    pairs = {name: kind for kind, names in kinds.items() for name in names}
    # Those in Latin letters say nothing of the language.
    return zip(*[(n, k) for n, k in pairs.items() if not n.isascii()], strict=True)


# What is between two word boundaries of Unicode, if it begins with a word character.
unicode_words = regex.compile(r"(?w)\b\w.*?\b").findall


def systems(quick):
    """What makes each system, by name."""
    params = {"random_state": 0, "epochs": 1 if quick else "auto"}
    nfkc = partial(unicodedata.normalize, "NFKC")
    characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    return {
        "default": lambda: GloveTextClassifier(None, **params),
        "characters": lambda: GloveTextClassifier(
            None, tokenizer=list, preprocessor=nfkc, **params
        ),
        "regex": lambda: GloveTextClassifier(
            None, tokenizer=unicode_words, preprocessor=nfkc, **params
        ),
        "tfidf": lambda: make_pipeline(characters, LinearSVC()),
    }


def main(args):
    print_surroundings(memory_gib("MemAvailable"))
    print("names      classes  system                 accuracy  macro-F1  fit")
    for name, code in LANGUAGES.items():
        texts, labels = map(list, names_in(code))
        x_train, x_test, y_train, y_test = train_test_split(
            texts, labels, test_size=0.3, stratify=labels, random_state=0
        )
        makers = systems(args.quick)
        for system in args.systems or makers:
            start = time.perf_counter()
            clf = makers[system]().fit(x_train, y_train)
            seconds = time.perf_counter() - start
            predicted = clf.predict(x_test)
            print(
                f"{name:10} {len(set(labels)):7}  {system:21} "
                f"{np.mean(predicted == y_test):9.3f} "
                f"{f1_score(y_test, predicted, average='macro'):9.3f} {seconds:4.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--systems", nargs="+", choices=systems(True))
    parser.add_argument("--quick", action="store_true", help="one epoch")
    main(parser.parse_args())
