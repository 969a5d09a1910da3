"""Splitting as GloVe's text was split: the rules, and the agreement with Keras."""

import random

import pytest

from skglove.keras_layers import lower_and_split_punctuation
from skglove.text import TextVectorizer, tokenize

SPLIT = "lower_and_split_punctuation"


def words_of(text):
    (words,) = tokenize([text], SPLIT)
    return b" ".join(words).decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat, the dog.", "the cat , the dog ."),
        ("DON'T can't won't", "do n't ca n't wo n't"),
        (
            "It's I'd we'll you've they're I'm",
            "it 's i 'd we 'll you 've they 're i 'm",
        ),
        ("'tis o'clock the boys' 'sam", "' tis o ' clock the boys ' ' sam"),
        ("mustn'tve it's's", "mustn ' tve it 's 's"),
        ("well.. and... then....", "well ... and ... then ..."),
        ("a-b a--b a---b ==== ____ **** _a_", "a - b a -- b a -- b -- -- -- _ a _"),
        ("good.<br /><BR>It<br/>is <b>bold</b>", "good . it is < b > bold < / b >"),
        ("(e-mail: me@x.com) 50% $3.50", "( e - mail : me @ x . com ) 50 % $ 3 . 50"),
        ("“It’s” — so…", '" it \'s " -- so ...'),  # noqa: RUF001
        ("Émile's café's", "Émile 's café 's"),
        ("\\ ^ ` ~ | [] {} #&+;?!", "\\ ^ ` ~ | [ ] { } # & + ; ? !"),
        ("a\x0bb\x0cc\xa0d", "a b c\xa0d"),
    ],
)
def test_words_are_gloves(text, words):
    assert words_of(text) == words


PIECES = [
    *(
        "n't 's 're 've 'll 'd 'm ' n t N'T 'S .. ... . - -- == __ ** _ * = a B é 9"
    ).split(),
    *"‘’´“”–—…",  # noqa: RUF001
    *" \t\n\x0b\x0c\r\0\x85\xa0",
    *("<br", "<br />", "<BR\x0b/>", "<br\n>", "/>", ">", "don", "it", "\uffff", "🐸"),
]


@pytest.mark.parametrize("seed", range(3))
def test_words_are_those_of_the_keras_function(seed, make_odd_texts):
    rng = random.Random(seed)
    texts = [
        "",
        *make_odd_texts(1_000, seed=seed),
        *("".join(rng.choices(PIECES, k=rng.randrange(12))) for _ in range(3_000)),
    ]
    expected = [text.split() for text in lower_and_split_punctuation(texts).numpy()]
    assert list(tokenize(texts, SPLIT)) == expected


def test_texts_stay_apart():
    texts = ["it", "'s", "", ".", ".", "<br", "/>", "é"]
    assert list(tokenize(texts, SPLIT)) == [
        [b"it"],
        [b"'s"],
        [],
        [b"."],
        [b"."],
        [b"<", b"br"],
        [b"/", b">"],
        ["é".encode()],
    ]


def test_the_vectorizer_learns_and_finds_the_words():
    vectorizer = TextVectorizer(sequence_length=5, standardize=SPLIT)
    ids = vectorizer.fit_transform(["Don't go.", "Do go!"])
    assert vectorizer.vocabulary_ == ["", "[UNK]", "go", "do", "n't", ".", "!"]
    assert ids.padded().tolist() == [[3, 4, 2, 5], [3, 2, 6, 0]]
    assert vectorizer.transform(["GO, do"]).flat.tolist() == [2, 1, 3]
