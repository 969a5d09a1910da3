"""Chinese, Japanese, Thai and Korean: the default, characters as words, and a rival.

    python benchmarks/scripts_without_spaces.py --quick
    python benchmarks/scripts_without_spaces.py

The texts are names from the Unicode Consortium's locale data, as Babel has them (`pip
install babel`): of languages, countries, currencies and cities of time zones in each
language; the classes are these four kinds. They are short, and most have no spaces
within. Korean has them between words.
"""

import argparse
import time
import unicodedata
from functools import partial

import numpy as np
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


def systems(quick):
    """What makes each system, by name."""
    params = {"random_state": 0, "epochs": 1 if quick else "auto"}
    nfkc = partial(unicodedata.normalize, "NFKC")
    characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    return {
        "default": lambda: GloveTextClassifier(None, **params),
        "tokenizer=list": lambda: GloveTextClassifier(
            None, tokenizer=list, preprocessor=nfkc, **params
        ),
        "TF-IDF of characters": lambda: make_pipeline(characters, LinearSVC()),
    }


def main(args):
    print_surroundings(memory_gib("MemAvailable"))
    print("names      classes  system                 accuracy  macro-F1  fit")
    for name, code in LANGUAGES.items():
        texts, labels = map(list, names_in(code))
        x_train, x_test, y_train, y_test = train_test_split(
            texts, labels, test_size=0.3, stratify=labels, random_state=0
        )
        for system, make in systems(args.quick).items():
            start = time.perf_counter()
            clf = make().fit(x_train, y_train)
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
    parser.add_argument("--quick", action="store_true", help="one epoch")
    main(parser.parse_args())
