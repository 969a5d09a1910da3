"""Word ids of chunks of texts: those of all texts at once."""

import numpy as np
import pytest

from skglove._spool import is_on_disk
from skglove.text import TextVectorizer, _spooled
from skglove.text._spooled import fit_on_chunks, ids_of_chunks

OPTIONS = [
    {},
    {"max_tokens": 12, "sequence_length": 3},
    {"sequence_length": 4, "truncating": "pre", "standardize": "lower"},
    {"sequence_length": None, "tokenizer": list, "preprocessor": str.upper},
]


def chunks(texts, size=7):
    return (texts[i : i + size] for i in range(0, len(texts), size))


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("at_once", [5, 1 << 20])
def test_vocabulary_and_ids_are_those_of_all_texts_at_once(
    options, at_once, make_odd_texts, monkeypatch
):
    monkeypatch.setattr(_spooled, "_IDS_AT_ONCE", at_once)
    texts = make_odd_texts(60, seed=0)
    expected = TextVectorizer(**options)
    ids = expected.fit_transform(texts)
    vectorizer = TextVectorizer(**options)
    found = fit_on_chunks(vectorizer, chunks(texts))
    assert vectorizer.vocabulary_ == expected.vocabulary_
    assert vectorizer.token_counts_.tolist() == expected.token_counts_.tolist()
    assert found.flat.tolist() == ids.flat.tolist() and is_on_disk(found.flat)
    assert found.lengths.tolist() == ids.lengths.tolist()

    others = make_odd_texts(30, seed=1)
    ids, found = expected.transform(others), ids_of_chunks(vectorizer, chunks(others))
    assert found.flat.tolist() == ids.flat.tolist()
    np.testing.assert_array_equal(found.lengths, ids.lengths)


def test_texts_without_words_are_refused():
    with pytest.raises(ValueError, match="no words"):
        fit_on_chunks(TextVectorizer(), [["", " "], ["!"]])
