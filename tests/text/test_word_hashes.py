"""Words end to end: where they are, and their hashes."""

import random

import numpy as np
import pytest

from skglove.text import TextVectorizer, TokenizedTexts, _word_hashes
from skglove.text._tokenize import tokenize, tokenize_in_chunks


def words_of(texts: TokenizedTexts):
    """Return the words of each text."""
    words = iter(texts.words(np.arange(texts.lengths.sum())))
    return [[next(words) for _ in range(n)] for n in texts.lengths.tolist()]


def random_texts(n_texts, seed=0):
    rng = random.Random(seed)
    bytes_ = [*range(256), *b" \t\n\v\f\r" * 20]
    return [bytes(rng.choices(bytes_, k=rng.randrange(40))) for _ in range(n_texts)]


@pytest.mark.parametrize("n_texts", [1, 2, 300])
def test_words_are_those_between_white_space(n_texts):
    texts = random_texts(n_texts)
    assert words_of(TokenizedTexts.of_texts(texts)) == [text.split() for text in texts]


@pytest.mark.parametrize("texts", [[b""], [b" "], [b"", b"a", b"", b" "], [b"a", b""]])
def test_texts_without_words_have_none(texts):
    assert words_of(TokenizedTexts.of_texts(texts)) == [text.split() for text in texts]


def test_words_of_a_tokenizer_may_have_white_space_in_them():
    texts = [[b"new york", b"a"], [], [b" ", b"\xc3\xa9"]]
    assert words_of(TokenizedTexts.of_words(texts)) == texts


def test_a_word_has_the_same_hash_wherever_it_is_and_no_other_word_has_it():
    texts = random_texts(2_000)
    words = [word for text in texts for word in text.split()]
    words += [b"a", b"aa", b"\0", b"\0\0", b"ab", b"ba"]
    of_texts = TokenizedTexts.of_texts([b" ".join(words)]).hashes()
    of_words = TokenizedTexts.of_words([words]).hashes()
    assert of_texts.tolist() == of_words.tolist()
    pairs = set(zip(words, of_texts.tolist(), strict=True))
    assert len(pairs) == len(set(words)) == len(set(of_texts.tolist()))


@pytest.mark.parametrize("white_space", [b" ", b" " * 100])
def test_more_than_powers_are_kept_for_changes_nothing(white_space, monkeypatch):
    words = [b"w" * n for n in (1, 2, 70, 3, 63, 64, 65, 5, 1_000, 31)]
    apart = [TokenizedTexts.of_words([[word]]).hashes()[0] for word in words]
    monkeypatch.setattr(_word_hashes, "_MIN_BITS", 5)
    monkeypatch.setattr(_word_hashes, "_MAX_BITS", 6)
    text = white_space.join([b"", *words, b""])
    together = TokenizedTexts.of_texts([text, b"", text]).hashes().tolist()
    alone = [TokenizedTexts.of_words([[word]]).hashes()[0] for word in words]
    assert together == 2 * alone
    # Longer ones than powers are kept for have other hashes than before.
    short = [i for i, word in enumerate(words) if len(word) < 64]
    assert [alone[i] for i in short] == [apart[i] for i in short]
    assert len(set(alone)) == len(words)
    nothing = TokenizedTexts.of_texts([b" " * 100, b" " * 100])
    assert nothing.lengths.tolist() == [0, 0]
    assert nothing.hashes().tolist() == []


def test_chunks_change_nothing(monkeypatch):
    rng = random.Random(1)
    texts = [
        " ".join(rng.choices(["a", "b,", "été", "Don't"], k=rng.randrange(9)))
        for _ in range(50)
    ]
    vectorizer = TextVectorizer(standardize="lower_and_split_punctuation")
    expected = vectorizer.fit_transform(texts)
    monkeypatch.setattr("skglove.text._tokenize._CHUNK_CHARACTERS", 20)
    standardize = "lower_and_split_punctuation"
    chunks = list(tokenize_in_chunks(texts, standardize))
    assert len(chunks) > 10
    words = [words for chunk in chunks for words in words_of(chunk)]
    assert words == list(tokenize(texts, standardize))
    again = vectorizer.fit_transform(texts)
    assert again.flat.tolist() == expected.flat.tolist()
    assert vectorizer.transform(texts).flat.tolist() == expected.flat.tolist()
