import numpy as np
import pytest
from helpers import ngram_of, with_trigrams
from scipy.sparse import csr_matrix

from skglove.networks import Bag, NetworkSpec, TrainedBag
from skglove.networks._bag_tables import BagTables
from skglove.networks._stored_rows import StoredRows
from skglove.networks._top_terms import MAX_TERMS, NO_WORD, TopTerms
from skglove.text import TokenIds

N_TOKENS = 30


def make_tables(n_outputs, n_bigrams, n_buckets, seed=0):
    rng = np.random.RandomState(seed)

    def random(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    keys = rng.choice(np.arange(2, N_TOKENS), (n_bigrams, 2))
    keys = with_trigrams(np.unique(keys[:, 0] * N_TOKENS + keys[:, 1]), N_TOKENS)
    return BagTables(
        words=random(N_TOKENS, 4 * n_outputs),
        word_squares=random(N_TOKENS, 4) ** 2,
        bigrams=random(len(keys), 2 * n_outputs),
        bigram_squares=random(len(keys), 2) ** 2,
        bigram_keys=keys,
        buckets=np.column_stack([random(n_buckets, n_outputs), random(n_buckets) ** 2]),
        intercept=random(n_outputs),
    )


def make_ids(n_texts=60, n_unknown=4, seed=0):
    """Texts with repeats, empty ones among them, padding and words not known."""
    rng = np.random.RandomState(seed)
    lengths = rng.randint(0, 40, n_texts)
    flat = rng.randint(1, N_TOKENS + n_unknown, lengths.sum(), dtype=np.int32)
    return TokenIds(flat, lengths, [b"frog", "kröte".encode(), b"x", b"frogs"])


def make_trained(n_outputs=3, n_bigrams=200, n_buckets=64):
    tables = make_tables(n_outputs, n_bigrams, n_buckets)
    spec = NetworkSpec(
        network=Bag(),
        n_tokens=N_TOKENS,
        embedding_dim=4,
        from_scratch=False,
        sequence_length=None,
        n_outputs=n_outputs,
        activation="softmax",
        loss="sparse_categorical_crossentropy",
    )
    return TrainedBag(spec, tables, top_terms_of(tables, make_ids()))


def rows_of(tables, ids):
    keys = tables.bigram_keys
    return (
        StoredRows.of_words(ids, N_TOKENS),
        StoredRows.of_bigrams(ids, N_TOKENS, keys),
    )


def top_terms_of(tables, ids):
    return TopTerms.of_training(tables, *rows_of(tables, ids))


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("n_bigrams", [0, 200])
@pytest.mark.parametrize("n_buckets", [0, 64])
def test_contributions_of_a_bag_add_up_to_its_logits(n_outputs, n_bigrams, n_buckets):
    trained, ids = make_trained(n_outputs, n_bigrams, n_buckets), make_ids()
    contributions = trained.contributions(ids)
    assert (len(contributions.ngrams) > 0) == (n_bigrams > 0)
    logits = trained.tables.logits(ids)
    assert np.abs(logits).max() > 1
    np.testing.assert_allclose(contributions.logits(ids), logits, atol=1e-5)


def test_one_text_has_the_contributions_that_it_has_among_others():
    trained, ids = make_trained(), make_ids()
    of_all = trained.contributions(ids)
    for i in (0, 7, 59):
        alone = trained.contributions(ids[i : i + 1])
        words = slice(ids.ends[i], ids.ends[i + 1])
        np.testing.assert_allclose(alone.words, of_all.words[words], atol=1e-6)


def test_the_places_of_a_word_share_alike():
    trained, ids = make_trained(), make_ids()
    contributions = trained.contributions(ids)
    for i in range(len(ids)):
        words = slice(ids.ends[i], ids.ends[i + 1])
        for word in np.unique(ids.flat[words]):
            shares = contributions.words[words][ids.flat[words] == word]
            assert (shares == shares[0]).all()


def test_unknown_words_add_by_their_characters_alone():
    ids = make_ids()
    unknown = ids.flat >= N_TOKENS
    of_characters = make_trained().contributions(ids)
    assert np.abs(of_characters.words[unknown]).min() > 0
    without = make_trained(n_buckets=0).contributions(ids)
    assert not without.words[unknown].any()
    assert not of_characters.words[ids.flat == 1].any()  # [UNK] itself says nothing


def test_ngrams_are_where_their_words_are():
    trained, ids = make_trained(), make_ids()
    contributions = trained.contributions(ids)
    places, lengths = contributions.ngram_places, contributions.ngram_lengths
    assert {*lengths.tolist()} == {2, 3} and (np.diff(places) >= 0).all()
    known = {ngram_of(key, N_TOKENS) for key in trained.tables.bigram_keys.tolist()}
    found = []
    for place, length in zip(places, lengths, strict=True):
        found.append((place, tuple(ids.flat[place : place + length].tolist())))
        assert not np.isin(ids.ends, range(place + 1, place + length)).any()
    expected = [
        (start + i, ngram)
        for start, text in zip(ids.ends, np.split(ids.flat, ids.ends[1:]), strict=False)
        for i in range(len(text))
        for ngram in (tuple(text[i : i + 2].tolist()), tuple(text[i : i + 3].tolist()))
        if ngram in known
    ]
    assert sorted({*found}) == sorted({*expected}) and len(found) == len({*found})


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("n_bigrams", [0, 200])
def test_top_terms_of_training_are_those_of_the_contributions(n_outputs, n_bigrams):
    tables = make_tables(n_outputs, n_bigrams, n_buckets=0)
    ids = make_ids()
    ids = TokenIds(np.where(ids.flat < N_TOKENS, ids.flat, 1), ids.lengths)
    trained = make_trained(n_outputs, n_bigrams, n_buckets=0)
    expected = TopTerms.of(ids, trained.contributions(ids), N_TOKENS)
    found = top_terms_of(tables, ids)
    n_kept = min(expected.first.shape[1], found.first.shape[1])
    for row in range(max(2, n_outputs)):
        filled = expected.first[row, :n_kept] != NO_WORD
        assert filled.any()
        for name in ("first", "second", "third", "n_texts"):
            of_both = (
                getattr(terms, name)[row, :n_kept] for terms in (found, expected)
            )
            np.testing.assert_array_equal(*of_both)
        np.testing.assert_allclose(
            found.contributions[row, :n_kept],
            expected.contributions[row, :n_kept],
            atol=1e-5,
        )


def test_top_terms_are_sorted_by_how_far_they_spread_the_score():
    tables, ids = make_tables(1, 200, 0), make_ids()
    terms = top_terms_of(tables, ids)
    assert terms.first.shape[1] <= MAX_TERMS
    part = terms.n_texts / len(ids)
    spread = terms.contributions * np.sqrt(part * (1 - part))
    filled = terms.first != NO_WORD
    assert (spread[filled] > 0).all()
    assert (np.diff(spread, axis=1)[filled[:, 1:]] <= 1e-6).all()
    assert not terms.contributions[~filled].any()
    # A term speaks for one of two classes.
    of_class = [
        {*zip(*(ids[row][has].tolist() for ids in terms.words), strict=True)}
        for row, has in enumerate(filled)
    ]
    assert not of_class[0] & of_class[1]


def test_a_word_that_all_texts_have_tells_nothing():
    rows = np.array([[0, 0, 1, 1], [0, 0, 1, 0]], np.float32), np.zeros((2, 0))
    words, bigrams = (StoredRows.of_matrix(csr_matrix(part)) for part in rows)
    tables = BagTables(
        words=np.ones((4, 4), np.float32),
        word_squares=np.ones((4, 4), np.float32),
        bigrams=np.zeros((0, 2), np.float32),
        bigram_squares=np.zeros((0, 2), np.float32),
        bigram_keys=np.zeros(0, np.int64),
        buckets=np.zeros((0, 2), np.float32),
        intercept=np.zeros(1, np.float32),
    )
    terms = TopTerms.of_training(tables, words, bigrams)
    assert terms.first[1].tolist() == [3, NO_WORD, NO_WORD, NO_WORD]
    # Four parts, each 1 over the root of two words' squares.
    assert terms.contributions[1, 0] == pytest.approx(4 / 2**0.5, abs=1e-4)
