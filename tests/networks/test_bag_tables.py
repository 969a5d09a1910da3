"""Tables of the default network: scores of many texts, of one, and their state."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from helpers import ngram_of, with_trigrams

from skglove._plain import InvalidStateError
from skglove.networks._bag_tables import EPSILON, BagTables, half_precision
from skglove.text import TokenIds
from skglove.text._ngrams import ngram_rows

N_TOKENS = 30


def make_tables(n_outputs=3, n_bigrams=80, n_buckets=64, seed=0):
    rng = np.random.RandomState(seed)

    def random(*shape):
        return rng.random_sample(shape).astype(np.float32)

    first, second = rng.randint(2, N_TOKENS, size=(2, 4 * n_bigrams))
    keys = np.unique(first * N_TOKENS + second)[:n_bigrams].astype(np.int64)
    keys = with_trigrams(keys, N_TOKENS)
    tables = BagTables(
        words=random(N_TOKENS, 4 * n_outputs) - np.float32(0.5),
        word_squares=random(N_TOKENS, 4),
        bigrams=random(len(keys), 2 * n_outputs) - np.float32(0.5),
        bigram_squares=random(len(keys), 2),
        bigram_keys=keys,
        buckets=random(n_buckets, n_outputs + 1) - np.float32(0.5),
        intercept=random(n_outputs),
    )
    tables.buckets[:, -1] += np.float32(0.5)  # squares
    # Words and bigrams that say nothing in some parts.
    tables.words[::3, n_outputs : 2 * n_outputs] = 0
    tables.word_squares[::3, 1] = 0
    tables.bigrams[::2, n_outputs:] = 0
    tables.bigram_squares[::2, 1] = 0
    return tables


def make_ids(n_texts=500, seed=0):
    """Texts of 0 to 60 words, some of them outside the vocabulary."""
    rng = np.random.RandomState(seed)
    lengths = rng.randint(0, 60, size=n_texts)
    unknown = [f"word{i}é".encode() for i in range(40)]
    flat = rng.randint(1, N_TOKENS + 4, size=lengths.sum())
    flat[flat >= N_TOKENS] += rng.randint(0, 37, size=(flat >= N_TOKENS).sum())
    return TokenIds(flat.astype(np.int32), lengths, unknown)


def expected_logits(tables, ids, text):
    """Return the logits of one text, said plainly."""
    k = tables.n_outputs
    row = ids[text : text + 1].flat.tolist()
    sums, squares = np.zeros((6, k)), np.zeros(6)

    def add(part, table, square, u):
        sums[part] += u * table
        squares[part] += u * u * square

    for word in {i for i in row if 2 <= i < N_TOKENS}:
        u = 1 + math.log(row.count(word))
        for part in range(4):
            columns = tables.words[word, part * k : (part + 1) * k]
            add(part, columns, tables.word_squares[word, part], u)
    ngrams = [*pairwise(row), *zip(row, row[1:], row[2:], strict=False)]
    for number, key in enumerate(tables.bigram_keys.tolist()):
        count = ngrams.count(ngram_of(key, N_TOKENS))
        if count:
            u = 1 + math.log(count)
            squares_of = tables.bigram_squares[number]
            add(0, tables.bigrams[number, :k], squares_of[0], u)
            add(4, tables.bigrams[number, k:], squares_of[1], u)
    words = [ids.unknown[i - N_TOKENS] for i in row if i >= N_TOKENS]
    if words and len(tables.buckets):
        counts = ngram_rows(words, len(tables.buckets)).toarray().sum(axis=0)
        sums[1] += counts @ tables.buckets[:, :-1]
        squares[1] += counts @ tables.buckets[:, -1]
    return tables.intercept + (sums[:5].T / np.sqrt(squares[:5] + EPSILON)).T.sum(
        axis=0
    )


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize(("n_bigrams", "n_buckets"), [(80, 64), (0, 64), (80, 0)])
def test_logits_are_those_of_the_formula(n_outputs, n_bigrams, n_buckets):
    tables, ids = make_tables(n_outputs, n_bigrams, n_buckets), make_ids(25)
    expected = [expected_logits(tables, ids, i) for i in range(len(ids))]
    np.testing.assert_allclose(tables.logits(ids), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n_outputs", [1, 2, 20])
@pytest.mark.parametrize("without", [False, True])
def test_one_text_has_the_same_bits_as_among_many(n_outputs, without, monkeypatch):
    if without:  # as with a version of SciPy that has no such function
        monkeypatch.setattr("skglove.networks._weighted_sums._csr_matvecs", None)
    tables, ids = make_tables(n_outputs, seed=1), make_ids(seed=1)
    many = tables.logits(ids)
    alone = np.vstack([tables.logits(ids[i : i + 1]) for i in range(len(ids))])
    assert (alone == many).all()


def test_texts_without_known_words_get_the_intercept():
    tables = make_tables()
    ids = TokenIds(np.array([1, 1], np.int32), np.array([0, 2, 0]))
    assert (tables.logits(ids) == tables.intercept).all()
    assert (tables.logits(ids[:1]) == tables.intercept).all()


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("n_bigrams", [0, 80])
def test_state_gives_the_same_tables(n_outputs, n_bigrams):
    tables = make_tables(n_outputs, n_bigrams)
    again = BagTables.from_state(tables.state(), N_TOKENS, n_outputs)
    for name, values in vars(tables).items():
        found = getattr(again, name)
        assert np.array_equal(found, values), name
        assert np.asarray(found).dtype == np.asarray(values).dtype, name


def test_state_leaves_rows_of_zeros_out():
    parts = make_tables().state()
    assert [len(part["rows"]) for part in parts["words"]] == [30, 20, 30, 30]
    of_bigrams = [len(part["rows"]) for part in parts["bigrams"]]
    assert of_bigrams[1] == of_bigrams[0] // 2
    for name in ("bigram_keys", "trigram_keys"):
        assert {keys.dtype for keys in parts[name].values()} == {np.dtype("u1")}


def without_trigrams(tables):
    """The same tables as they were before there were trigrams."""
    kept = tables.bigram_keys < N_TOKENS**2
    names = ("bigrams", "bigram_squares", "bigram_keys")
    return replace(tables, **{name: getattr(tables, name)[kept] for name in names})


def as_in_the_first_files(state):
    """The same with squares as the last column of rows, and keys as they are."""
    tables = BagTables.from_state(state, N_TOKENS, 3)
    for name in ("words", "bigrams"):
        for part in state[name]:
            rows = part["rows"], part.pop("squares")
            part["rows"] = np.column_stack(rows).astype(np.float32)
    return {**state, "bigram_keys": tables.bigram_keys.astype(np.uint32)}


def test_state_of_the_first_files_is_read():
    tables = without_trigrams(make_tables(n_bigrams=80))
    again = BagTables.from_state(as_in_the_first_files(tables.state()), N_TOKENS, 3)
    for name, values in vars(tables).items():
        assert np.array_equal(getattr(again, name), values), name


def test_values_of_half_precision_take_half_the_room():
    tables = make_tables(n_bigrams=80)
    state = tables.compressed().state()
    assert state["buckets"].dtype == np.float16
    assert {part["rows"].dtype for part in state["words"]} == {np.dtype(np.float16)}
    again = BagTables.from_state(state, N_TOKENS, 3)
    np.testing.assert_allclose(again.words, tables.words, rtol=1e-3)
    assert again.words.dtype == np.float32


def test_values_beyond_half_precision_stay_finite():
    values = np.array([1e9, -1e9, 0.1, 0], np.float32)
    assert half_precision(values).tolist() == [65504, -65504, 0.0999755859375, 0]


def test_keys_of_large_vocabularies_are_kept():
    tables = make_tables(n_bigrams=0)
    words = np.zeros((70_000, 12), np.float32)
    large = {**vars(tables), "words": words, "word_squares": words[:, :4]}
    large["bigram_keys"] = np.array([70_000**2 - 1, 70_000**3 + 70_000**2 - 1])
    large["bigrams"], large["bigram_squares"] = words[:2, :6], words[:2, :2]
    state = BagTables(**large).state()
    assert state["bigram_keys"]["second"].dtype == np.uint32
    again = BagTables.from_state(state, 70_000, 3)
    assert again.bigram_keys.tolist() == large["bigram_keys"].tolist()


@pytest.mark.parametrize("n_kept", [1, 10, 60])
def test_a_trigram_is_kept_with_its_bigrams_only(n_kept):
    tables = make_tables(n_outputs=1)
    # Trigrams add most: some are left without the bigrams that they are found by.
    n_bigrams = np.count_nonzero(tables.bigram_keys < N_TOKENS**2)
    tables.bigrams[n_bigrams + 3 :] *= 10
    small = tables.compressed(n_kept + len(tables.bigram_keys) - n_bigrams)
    kept = {ngram_of(key, N_TOKENS) for key in small.bigram_keys.tolist()}
    trigrams = {ngram for ngram in kept if len(ngram) == 3}
    assert all({ngram[:2], ngram[1:]} <= kept for ngram in trigrams)
    everything = {ngram_of(key, N_TOKENS) for key in tables.bigram_keys.tolist()}
    possible = {
        ngram
        for ngram in everything
        if len(ngram) == 3 and {ngram[:2], ngram[1:]} <= kept
    }
    assert len(possible - trigrams) <= 3  # those that add less
    assert len(everything) - len(kept) > n_bigrams - n_kept - 3


def spoil_keys(state):
    state["bigram_keys"]["second"] = state["bigram_keys"]["second"][::-1]


def spoil_trigrams(state):
    state["trigram_keys"]["third"] = state["trigram_keys"]["third"][::-1]


def spoil_bigrams_of_trigrams(state):
    state["trigram_keys"]["third"][0] = 0


def spoil_third_words(state):
    state["trigram_keys"]["third"][-1] = N_TOKENS


def spoil_kept(state):
    state["words"][0]["kept"] = state["words"][0]["kept"][:-1]


def spoil_rows(state):
    state["words"][1]["rows"] = state["words"][1]["rows"][1:]


def spoil_parts(state):
    state["bigrams"] = state["bigrams"][:1]


def spoil_squares(state):
    state["bigrams"][0]["squares"][3] = -1


def spoil_buckets(state):
    state["buckets"] = state["buckets"][:-1]
    state["bucket_squares"] = state["bucket_squares"][:-1]


def spoil_values(state):
    state["intercept"][0] = np.nan


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_keys, "must rise"),
        (spoil_trigrams, "trigrams must rise"),
        (spoil_bigrams_of_trigrams, "trigram lacks one of its two bigrams"),
        (spoil_third_words, r"third holds words that there are not"),
        (spoil_kept, r"words\[0\].kept must be of shape"),
        (spoil_rows, r"words\[1\].rows must be of shape"),
        (spoil_parts, "must be a list of 2 parts"),
        (spoil_squares, "negative numbers"),
        (spoil_buckets, "power of two"),
        (spoil_values, "NaN or infinity"),
    ],
)
def test_state_is_not_believed(spoil, message):
    state = make_tables().state()
    spoil(state)
    with pytest.raises(InvalidStateError, match=message):
        BagTables.from_state(state, N_TOKENS, 3)
