import numpy as np
import pytest
from scipy.sparse import csr_array

from skglove.glove._cooccurrences import (
    add_up,
    as_weights,
    both_sides,
    cooccurrences,
)
from skglove.text import TokenIds


def counts_by_hand(docs, window_size, symmetric):
    """Sum 1 / distance over every pair of words in reach, one pair at a time."""
    counts = {}
    for doc in docs:
        for i, word in enumerate(doc):
            for j in range(max(0, i - window_size), i):
                pairs = [(word, doc[j])] + [(doc[j], word)] * symmetric
                for pair in pairs:
                    counts[pair] = counts.get(pair, 0) + 1 / (i - j)
    return counts


def random_docs(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(6, size=n) for n in (7, 0, 1, 20, 2, 0, 11, 0)]


def token_ids(docs):
    return TokenIds(
        np.concatenate(docs).astype(np.int32), np.array([len(doc) for doc in docs])
    )


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("window_size", [1, 3, 8, 50])
@pytest.mark.parametrize(
    ("pairs_at_once", "common_words"), [(1, 3), (40, 0), (40, 3), (1 << 22, 7)]
)
def test_cooccurrences_are_inverse_distances_within_a_text(
    monkeypatch, symmetric, window_size, pairs_at_once, common_words
):
    monkeypatch.setattr("skglove.glove._cooccurrences._PAIRS_AT_ONCE", pairs_at_once)
    monkeypatch.setattr("skglove.glove._cooccurrences._COMMON_WORDS", common_words)
    docs = random_docs()
    counts = cooccurrences([token_ids(docs)], n_words=7, window_size=window_size)
    counts = as_weights(counts)
    if symmetric:
        counts = both_sides(counts)
    expected = np.zeros((7, 7))
    for pair, count in counts_by_hand(docs, window_size, symmetric).items():
        expected[pair] = count
    np.testing.assert_allclose(counts.toarray(), expected, rtol=1e-6)
    assert counts.nnz == np.count_nonzero(expected)


@pytest.mark.parametrize("common_words", [0, 3])
def test_chunks_count_the_same_as_all_texts_at_once(monkeypatch, common_words):
    monkeypatch.setattr("skglove.glove._cooccurrences._COMMON_WORDS", common_words)
    docs = random_docs()
    whole = cooccurrences([token_ids(docs)], n_words=7, window_size=7)
    chunks = [token_ids(docs[i : i + 2]) for i in range(0, len(docs), 2)]
    for order in (chunks, chunks[::-1]):
        counts = cooccurrences(order, n_words=7, window_size=7)
        assert (counts != whole).nnz == 0


def test_the_tokens_counted_are_reported(monkeypatch):
    monkeypatch.setattr("skglove.glove._cooccurrences._PAIRS_AT_ONCE", 10)
    ids = token_ids(random_docs())
    reported = []
    cooccurrences([ids, ids], n_words=7, window_size=2, report=reported.append)
    assert len(reported) > 2
    assert sum(reported) == 2 * len(ids.flat)


@pytest.mark.parametrize("at_once", [1, 30, 10_000])
def test_sums_in_files_are_those_in_memory(monkeypatch, tmp_path, at_once):
    monkeypatch.setattr("skglove.glove._cooccurrences._NONZEROS_IN_MEMORY", 60)
    monkeypatch.setattr("skglove.glove._cooccurrences._NONZEROS_AT_ONCE", at_once)
    rng = np.random.default_rng(0)
    parts = []
    for density in (0.3, 0.01, 0.1, 0, 0.2, 0.3, 0.05):
        part = rng.integers(-100, 100, (20, 20)) * (rng.random((20, 20)) < density)
        part[7] = 0  # a row without anything
        parts.append(csr_array(part))
    total = add_up(iter(parts), lambda: tmp_path)
    assert len(list(tmp_path.iterdir())) > 2
    expected = sum(part.toarray() for part in parts)
    np.testing.assert_array_equal(total.toarray(), expected)
    assert total.dtype == np.int64
    assert total.has_canonical_format
    np.testing.assert_array_equal(add_up(iter(parts)).toarray(), expected)


def test_short_sums_need_no_files():
    def no_folder():
        raise AssertionError("asked for a folder")

    part = csr_array(np.eye(3, dtype=np.int64))
    np.testing.assert_array_equal(
        add_up([part] * 5, no_folder).toarray(), 5 * np.eye(3)
    )
