import re

import numpy as np
import pytest

from skglove.text import SPLIT_PUNCTUATION, TextVectorizer, align, tokenize

BUILT_IN = [
    SPLIT_PUNCTUATION,
    "lower_and_strip_punctuation",
    "lower",
    "strip_punctuation",
    None,
]
MORE_ODD = ["<br />", "<BR/>", "<b<br>r>", "don't", "--", "=-=", "....", "….", "–-"]  # noqa: RUF001


@pytest.fixture(scope="module")
def odd_texts(make_odd_texts):
    texts = make_odd_texts(400, seed=16)
    rng = np.random.RandomState(0)
    return texts + [
        "".join(rng.permutation([*rng.choice(MORE_ODD, 4), *text[:6]]))
        for text in texts
    ]


def pieces(text, tokens, *options):
    return [text[start:end] for start, end in align(text, tokens, *options)]


def tokens_of(text, *options):
    (tokens,) = tokenize([text], *options)
    return [token.decode() for token in tokens]


def check_order(text, tokens, spans):
    """In order, in range, as many as there are tokens."""
    assert spans.shape == (len(tokens), 2)
    assert spans.dtype == np.int64
    assert (spans[:, 0] <= spans[:, 1]).all()
    assert (np.diff(spans, axis=0) >= 0).all()
    if len(spans):
        assert spans[0, 0] >= 0
        assert spans[-1, 1] <= len(text)


@pytest.mark.parametrize("standardize", BUILT_IN)
def test_a_piece_alone_gives_its_token(standardize, odd_texts):
    n_tokens = 0
    for text in odd_texts:
        tokens = tokens_of(text, standardize)
        spans = align(text, tokens, standardize)
        check_order(text, tokens, spans)
        for token, (start, end) in zip(tokens, spans, strict=True):
            assert tokens_of(text[start:end], standardize) == [token]
        assert (spans[1:, 0] >= spans[:-1, 1]).all()  # no two overlap
        n_tokens += len(tokens)
    assert n_tokens > 1_000


def test_contractions_and_runs_of_punctuation():
    text = "“Don’t”, she said..... It's — <br />over!!"  # noqa: RUF001
    tokens = tokens_of(text, SPLIT_PUNCTUATION)
    assert dict(zip(tokens, pieces(text, tokens, SPLIT_PUNCTUATION), strict=True)) == {
        '"': "”",
        "do": "Do",
        "n't": "n’t",  # noqa: RUF001
        ",": ",",
        "she": "she",
        "said": "said",
        "...": ".....",
        "it": "It",
        "'s": "'s",
        "--": "—",
        "over": "over",
        "!": "!",
    }


def test_stripped_punctuation_stays_inside_a_piece():
    tokens = tokens_of("(Don't) -- stop.")
    assert tokens == ["dont", "stop"]
    assert pieces("(Don't) -- stop.", tokens) == ["Don't", "stop"]


def split_words(text):
    return re.findall(r"\w+|[^\w\s]", text)


@pytest.mark.parametrize("standardize", BUILT_IN)
@pytest.mark.parametrize("tokenizer", [split_words, list, str.split])
def test_tokenizers_words_that_occur_are_found(standardize, tokenizer, odd_texts):
    for text in odd_texts[:200]:
        tokens = tokens_of(text, standardize, tokenizer)
        check_order(text, tokens, align(text, tokens, standardize, tokenizer))


def test_each_word_of_a_tokenizer_is_marked_as_itself():
    text = "Der Müller-Frosch sagt: quak, QUAK!"
    tokens = tokens_of(text, None, split_words)
    assert pieces(text, tokens, None, split_words) == tokens
    lower = tokens_of(text, "lower", split_words)
    assert [p.lower() for p in pieces(text, lower, "lower", split_words)] == lower


def test_words_without_spaces_between():
    text = "我爱北京,天安门"
    tokens = ["我", "爱", "北京", "天安门"]
    assert pieces(text, tokens, SPLIT_PUNCTUATION, list) == tokens


def test_punctuation_that_was_stripped_before_a_tokenizer():
    text = "rock'n'roll, baby"
    tokens = tokens_of(text, "lower_and_strip_punctuation", str.split)
    assert tokens == ["rocknroll", "baby"]
    options = "lower_and_strip_punctuation", str.split
    assert pieces(text, tokens, *options) == ["rock'n'roll", "baby"]


def test_letters_that_become_two_in_lower_case():
    text = "İİ frog"
    assert pieces(text, ["frog"], None, None, str.lower) == ["frog"]


def test_a_word_is_not_looked_for_inside_another():
    text = "begin in the inn"
    assert align(text, ["in", "inn"], None, str.split).tolist() == [[6, 8], [13, 16]]


def test_words_that_were_changed_lie_between_their_neighbours():
    text = "The mice ran away home"
    tokens = ["the", "mouse", "run", "away", "home"]
    assert pieces(text, tokens, None, None, str.lower) == text.split()
    tokens = ["the", "x", "y", "home"]
    middle = ["mice ran away"] * 2
    assert pieces(text, tokens, None, None, str.lower) == ["The", *middle, "home"]


def test_a_changed_word_far_ahead_does_not_mislead():
    text = "cats & dogs bark " + "and so on " * 40
    tokens = ["cats", "und", "dogs", "bark"]
    assert pieces(text, tokens, None, str.split) == ["cats", "&", "dogs", "bark"]


def test_a_long_part_that_a_preprocessor_cuts_off():
    text = "Path: somewhere\n" * 50 + "a frog croaks"
    tokens = ["a", "frog", "croaks"]
    spans = align(text, tokens, None, None, str.lower)
    assert spans[0, 0] == len(text) - len("a frog croaks")


@pytest.mark.parametrize("text", ["", "   ", "a b"])
def test_nothing_found_is_an_empty_or_a_whole_span(text):
    spans = align(text, ["zebra"], None, None, str.lower)
    check_order(text, ["zebra"], spans)
    assert text[slice(*spans[0])] == text.strip()


def test_no_tokens():
    assert align("...", [], "lower").shape == (0, 2)


@pytest.mark.parametrize("truncating", ["post", "pre"])
def test_located_words_are_those_that_transform_has(truncating, odd_texts):
    vectorizer = TextVectorizer(
        sequence_length=3, truncating=truncating, standardize=SPLIT_PUNCTUATION
    )
    ids = vectorizer.fit_transform(odd_texts)
    words = vectorizer.vocabulary_
    located = vectorizer.locate(odd_texts)
    assert [len(one.words) for one in located] == ids.lengths.tolist()
    found = [word for one in located for word in one.words]
    expected = [words[i] for i in ids.flat]
    assert [w for w, e in zip(found, expected, strict=True) if e != "[UNK]"] == [
        e for e in expected if e != "[UNK]"
    ]
    whole = TextVectorizer(sequence_length=None, standardize=SPLIT_PUNCTUATION)
    for part, all_words in zip(located, whole.locate(odd_texts), strict=True):
        assert part.n_cut + len(part.words) == len(all_words.words)
        kept = slice(part.n_cut, None) if truncating == "pre" else slice(3)
        np.testing.assert_array_equal(part.spans, all_words.spans[kept])
