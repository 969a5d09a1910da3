"""Sparse rows in few bytes, made block by block."""

import numpy as np
import pytest
from helpers import ngram_of, with_trigrams

from skglove._key_index import KeyIndex
from skglove._spool import ArrayParts
from skglove.networks import _rows, _stored_rows
from skglove.networks._rows import (
    bigram_rows,
    frequent_bigrams,
    frequent_trigrams,
    word_rows,
)
from skglove.networks._stored_rows import StoredRows
from skglove.text import TokenIds

N_TOKENS = 12


def make_ids(n_texts=40, seed=0, longest=9):
    rng = np.random.RandomState(seed)
    lengths = rng.randint(longest + 1, size=n_texts)
    flat = rng.randint(1, N_TOKENS + 2, lengths.sum()).astype(np.int32)
    return TokenIds(flat, lengths)


def on_disk(ids):
    parts = ArrayParts(np.int32, on_disk=True)
    parts.add(ids.flat)
    return TokenIds(parts.joined(), ids.lengths)


def ngrams_by_hand(ids, length=2):
    """How many texts have each run of so many neighbouring known words."""
    df = {}
    for row in range(len(ids)):
        flat = ids[row : row + 1].flat.tolist()
        runs = {tuple(flat[i : i + length]) for i in range(len(flat) - length + 1)}
        for run in runs:
            if all(2 <= word < N_TOKENS for word in run):
                df[run] = df.get(run, 0) + 1
    return df


@pytest.fixture(params=[None, 5], ids=["at once", "block by block"])
def blocks(request, monkeypatch):
    if request.param is not None:
        monkeypatch.setattr(_rows, "_PLACES_AT_ONCE", request.param)
        monkeypatch.setattr(_stored_rows, "_ENTRIES_AT_ONCE", request.param)


@pytest.mark.parametrize("stored", [lambda ids: ids, on_disk])
def test_rows_are_those_made_at_once(blocks, stored):
    ids = make_ids()
    keys = frequent_bigrams(ids, N_TOKENS, min_texts=1, max_bigrams=1_000)
    keys = with_trigrams(keys, N_TOKENS)
    for made, expected in (
        (StoredRows.of_words(stored(ids), N_TOKENS), word_rows(ids, N_TOKENS)),
        (
            StoredRows.of_bigrams(stored(ids), N_TOKENS, keys),
            bigram_rows(ids, N_TOKENS, KeyIndex(keys)),
        ),
    ):
        assert made.shape == expected.shape and made.nnz == expected.nnz > 0
        expected = expected.toarray()
        np.testing.assert_array_equal(made[:].toarray(), expected)
        np.testing.assert_array_equal(made[3:7].toarray(), expected[3:7])
        chosen = np.array([7, 0, 7, 39])
        np.testing.assert_array_equal(made[chosen].toarray(), expected[chosen])
        np.testing.assert_array_equal(
            made.chosen(chosen)[:].toarray(), expected[chosen]
        )
        np.testing.assert_array_equal(
            made.document_counts(), np.count_nonzero(expected, axis=0)
        )
        parts = [made[texts].toarray() for texts in made.block_slices()]
        np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_an_entry_takes_three_bytes_of_short_texts():
    rows = StoredRows.of_words(make_ids(), N_TOKENS)
    assert rows.ids.itemsize + rows.counts.itemsize == 3


def test_counts_above_those_of_a_byte_are_kept():
    ids = TokenIds(np.full(70_000, 3, np.int32), np.array([300, 69_700]))
    rows = StoredRows.of_words(ids, N_TOKENS)
    assert rows[:].toarray()[:, 3].tolist() == [300, 69_700]


def test_no_texts_and_no_words():
    nothing = TokenIds(np.empty(0, np.int32), np.empty(0, np.int64))
    assert StoredRows.of_words(nothing, N_TOKENS).shape == (0, N_TOKENS)
    empty = on_disk(TokenIds(np.empty(0, np.int32), np.zeros(2, np.int64)))
    rows = StoredRows.of_words(empty, N_TOKENS)
    assert rows[:].toarray().tolist() == np.zeros((2, N_TOKENS)).tolist()


@pytest.mark.parametrize("min_texts", [1, 2, 3])
def test_bigrams_are_those_that_enough_texts_have(blocks, min_texts):
    ids = make_ids()
    expected = sorted(
        a * N_TOKENS + b for (a, b), n in ngrams_by_hand(ids).items() if n >= min_texts
    )
    keys = frequent_bigrams(ids, N_TOKENS, min_texts=min_texts, max_bigrams=1_000)
    assert keys.tolist() == expected and len(keys) > 3


def test_of_too_many_bigrams_those_are_kept_that_most_texts_have(blocks):
    ids = make_ids(200)
    df = ngrams_by_hand(ids)
    keys = frequent_bigrams(ids, N_TOKENS, min_texts=1, max_bigrams=10)
    assert len(keys) == 10
    found = [df[divmod(key, N_TOKENS)] for key in keys.tolist()]
    assert sorted(found) == sorted(df.values())[-10:]


def test_counting_lets_rare_bigrams_go_where_there_are_too_many(monkeypatch):
    ids = make_ids(400)
    df = ngrams_by_hand(ids)
    monkeypatch.setattr(_rows, "_PLACES_AT_ONCE", 200)
    monkeypatch.setattr(_rows, "_MAX_COUNTED", 60)
    keys = frequent_bigrams(ids, N_TOKENS, min_texts=1, max_bigrams=5)
    found = [df[divmod(key, N_TOKENS)] for key in keys.tolist()]
    assert len(keys) == 5 and min(found) > np.mean([*df.values()])


@pytest.mark.parametrize("min_texts", [1, 3])
def test_trigrams_are_those_of_known_bigrams_that_enough_texts_have(blocks, min_texts):
    ids = make_ids(400)
    bigrams = frequent_bigrams(ids, N_TOKENS, min_texts=1, max_bigrams=90)
    known = {ngram_of(key, N_TOKENS) for key in bigrams.tolist()}
    expected = {
        run: n
        for run, n in ngrams_by_hand(ids, 3).items()
        if n >= min_texts and {run[:2], run[1:]} <= known
    }
    options = {"min_texts": min_texts, "max_trigrams": 1_000}
    keys = frequent_trigrams(ids, N_TOKENS, bigrams, **options)
    assert {ngram_of(key, N_TOKENS) for key in keys.tolist()} == {*expected}
    assert len(keys) > 10 and (np.diff(keys) > 0).all() and keys[0] > bigrams[-1]
    few = frequent_trigrams(
        ids, N_TOKENS, bigrams, min_texts=min_texts, max_trigrams=10
    )
    found = [expected[ngram_of(key, N_TOKENS)] for key in few.tolist()]
    assert sorted(found) == sorted(expected.values())[-10:]


def test_more_words_than_keys_have_room_for_have_no_trigrams(monkeypatch):
    ids = make_ids(100)
    bigrams = frequent_bigrams(ids, N_TOKENS, min_texts=1, max_bigrams=60)
    options = {"min_texts": 1, "max_trigrams": 10}
    assert len(frequent_trigrams(ids, N_TOKENS, bigrams, **options)) == 10
    monkeypatch.setattr(_rows, "MAX_TRIGRAM_TOKENS", N_TOKENS - 1)
    assert len(frequent_trigrams(ids, N_TOKENS, bigrams, **options)) == 0
