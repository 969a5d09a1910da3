"""Ids end to end, and the ranking of words."""

import random
from collections import Counter

import numpy as np
import pytest

from skglove.text import TokenIds, TokenizedTexts, count_words

LENGTHS = [3, 0, 1, 7, 0, 2]


@pytest.fixture
def ids():
    """Texts of several lengths; every id tells its place."""
    flat = np.arange(1, 1 + sum(LENGTHS), dtype=np.int32)
    return TokenIds(flat, np.array(LENGTHS))


def lists_of(ids):
    assert ids.flat.dtype == np.int32
    assert ids.lengths.sum() == len(ids.flat)
    return [part.tolist() for part in np.split(ids.flat, ids.ends[1:-1])]


EXPECTED = [[1, 2, 3], [], [4], [5, 6, 7, 8, 9, 10, 11], [], [12, 13]]


def test_ends_say_where_texts_start_and_stop(ids):
    assert len(ids) == 6
    assert ids.ends.tolist() == [0, 3, 3, 4, 11, 11, 13]
    assert lists_of(ids) == EXPECTED


@pytest.mark.parametrize(
    "rows",
    [
        slice(None),
        slice(1, 4),
        slice(-2, None),
        slice(4, 2),
        slice(0, 100),
        slice(None, None, 2),
        slice(None, None, -1),
        [3, 0, 3],
        [1],
        [],
        [0, 5],
    ],
)
def test_some_of_the_texts_are_those_numpy_takes(ids, rows):
    if not isinstance(rows, slice):
        rows = np.array(rows, dtype=int)
    chosen = np.arange(6)[rows].tolist()
    some = ids[rows]
    assert len(some) == len(chosen)
    if chosen:
        assert lists_of(some) == [EXPECTED[i] for i in chosen]
    else:
        assert len(some.flat) == 0


@pytest.mark.parametrize("length", [1, 2, 3, 6, 7, 100, None])
@pytest.mark.parametrize("truncating", ["post", "pre"])
def test_long_texts_are_cut_at_one_end(ids, length, truncating):
    n = 100 if length is None else length
    expected = [text[:n] if truncating == "post" else text[-n:] for text in EXPECTED]
    assert lists_of(ids.truncated(length, truncating)) == expected


@pytest.mark.parametrize("length", [7, 9, None])
@pytest.mark.parametrize("padding", ["post", "pre"])
def test_short_texts_are_padded_at_one_end(ids, length, padding):
    rows = ids.padded(length, padding)
    assert rows.dtype == np.int32
    assert rows.shape == (6, length or 7)
    for row, text in zip(rows.tolist(), EXPECTED, strict=True):
        zeros = [0] * (len(row) - len(text))
        assert row == (text + zeros if padding == "post" else zeros + text)


def test_ids_at_which_a_mask_is_true_are_kept(ids):
    kept = lists_of(ids.where(ids.flat % 2 == 0))
    assert kept == [[i for i in text if i % 2 == 0] for text in EXPECTED]


def test_no_texts_are_no_rows():
    none = TokenIds(np.empty(0, np.int32), np.empty(0, np.int64))
    assert none.padded().shape == (0, 0)
    assert none.padded(4).shape == (0, 4)
    assert len(none.truncated(3)) == 0


def test_words_are_ranked_by_count_then_high_to_low():
    rng = random.Random(0)
    texts = [
        [rng.choice("a b bb é z 🐸".split()).encode() for _ in range(rng.randrange(9))]
        for _ in range(40)
    ]
    counted = count_words(map(TokenizedTexts.of_words, [texts[:7], [], texts[7:]]))
    counts = Counter(word.decode() for text in texts for word in text)
    expected = sorted(counts, key=lambda w: (counts[w], w.encode()), reverse=True)
    assert counted.words == expected
    assert counted.counts.tolist() == [counts[word] for word in expected]
    ranks = counted.ranks
    parts = np.split(ranks.flat, ranks.ends[1:-1])
    assert [[counted.words[i].encode() for i in part] for part in parts] == texts


def test_ties_go_high_to_low():
    counted = count_words(
        [TokenizedTexts.of_words([[b"a", b"c", b"b"], [b"c", b"a", b"b", b"a"]])]
    )
    assert counted.words == ["a", "c", "b"]


def test_a_mask_chooses_texts(ids):
    mask = ids.lengths > 1
    assert lists_of(ids[mask]) == [EXPECTED[0], EXPECTED[3], EXPECTED[5]]
