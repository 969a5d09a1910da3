"""Words near a misspelled one: compared with all words, and the limits of it."""

import random
from itertools import pairwise

import numpy as np
import pytest

from skglove.text import TextVectorizer
from skglove.text import _spelling as spelling
from skglove.text._spelling import NearWords

LETTERS = "abcdeéßпив中🐸"


def without_a_letter(word):
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


def make_words(n, seed):
    rng = random.Random(seed)
    words = {"".join(rng.choices(LETTERS, k=rng.randint(1, 7))) for _ in range(n)}
    return sorted(words, key=lambda word: rng.random())


def find(vocabulary, words):
    near = NearWords(["", "[UNK]", *vocabulary])
    return near.find([word.encode() for word in words])


@pytest.mark.parametrize(
    "word", ["shool", "schhool", "schoul", "scholo", "chool", "schoo"]
)
def test_a_letter_dropped_added_changed_or_swapped(word):
    assert find(["school"], [word]) == [2]


def test_the_words_are_those_that_share_what_is_left_without_a_letter():
    vocabulary, asked = make_words(400, 0), make_words(2_000, 1)
    asked = [word for word in asked if word not in vocabulary]
    expected = []
    for word in asked:
        near = [
            i
            for i, known in enumerate(vocabulary, 2)
            if min(len(word), len(known)) >= 4
            and without_a_letter(word) & without_a_letter(known)
        ]
        expected.append(min(near, default=-1))
    found = find(vocabulary, asked)
    assert found == expected
    assert 0.05 < np.mean(np.array(found) > 0) < 0.9


def test_a_few_words_have_the_same_ids_as_among_many():
    vocabulary, asked = make_words(400, 0), make_words(500, 3)
    asked += ["", "a" * 40, "a" * 41, "frog1", "\U0010ffff" * 40]
    near = NearWords(["", "[UNK]", *vocabulary])
    words = [word.encode() for word in asked]
    many = near.find(words)
    assert [near.find([word])[0] for word in words] == many
    assert len({*many}) > 20


@pytest.mark.parametrize(
    ("vocabulary", "word"),
    [
        (["frog"], "fog"),  # three letters
        (["fog"], "frog"),
        (["1994"], "1995"),
        (["model1"], "model2"),
        (["school"], "sqhowl"),
        (["a" * 41], "a" * 40),
        ([], "school"),
        (["中文"], "中国"),
    ],
)
def test_other_words_are_left_alone(vocabulary, word):
    assert find(vocabulary, [word]) == [-1]


def test_no_words():
    assert find(["school"], []) == []


def test_rare_words_are_not_meant(monkeypatch):
    monkeypatch.setattr(spelling, "_N_WORDS", 1)
    assert find(["school", "teacher"], ["shool", "techer"]) == [2, -1]


def test_hashes_of_all_that_is_left_of_words_differ():
    words = make_words(3_000, 2)
    keys, numbers = spelling.keys_of_words(words)
    of_string = {}
    for number, word in enumerate(words):
        left = [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]
        for string, key in zip(left, keys[numbers == number].tolist(), strict=True):
            assert of_string.setdefault(string, key) == key
    hashes = sorted(of_string.values())
    assert all(first < second for first, second in pairwise(hashes))


def test_the_vectorizer_takes_them_for_the_words_they_are_near():
    vectorizer = TextVectorizer().fit(["school school teacher"])
    options = {"number_unknown": True, "correct_spelling": True}
    ids = vectorizer.transform(["Shool zebra techer zebra", "school"], **options)
    assert ids.flat.tolist() == [2, 4, 3, 4, 2]
    assert ids.unknown == [b"zebra"]
    ids = vectorizer.transform(["Shool zebra"], correct_spelling=True)
    assert ids.flat.tolist() == [2, 1]
    # After the vocabulary has grown, too.
    vectorizer.extend(["zebras"])
    assert vectorizer.transform(["zebra"], **options).flat.tolist() == [4]
    vectorizer.fit(["zebras"])
    assert vectorizer.transform(["zebra shool"], **options).flat.tolist() == [2, 3]
