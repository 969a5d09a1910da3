"""Coverage of words that are backed off, and of words that no text holds."""

import numpy as np

from skglove import Coverage, WordVectors


def test_backed_off_words_are_found_and_counted():
    vocabulary = ["", "[UNK]", "frog", "red-hot", "xyzzy"]
    matrix = np.array([[0], [0], [1], [2], [0]], dtype=np.float32)
    coverage = Coverage.of(
        vocabulary, np.array([0, 1, 5, 3, 2]), matrix, matrix[:, 0] == 2
    )
    assert (coverage.n_words_found, coverage.n_words_backed_off) == (2, 1)
    assert coverage.n_tokens_found == 8
    assert str(coverage) == (
        "words:  2 of 3 found (66.7%), 1 not; 1 by a known form\n"
        "tokens: 8 of 11 found (72.7%)\n"
        "most frequent not found: xyzzy (2)"
    )


def test_words_that_no_text_holds_do_not_count():
    vocabulary = ["", "[UNK]", "frog", "xyzzy", "toad", "plugh"]
    counts = np.array([0, 0, 5, 2, 0, 0])
    matrix = WordVectors(["frog", "toad"], [[1], [2]]).matrix_for(vocabulary)
    of_texts = Coverage.of(vocabulary[:4], counts[:4], matrix[:4])
    assert Coverage.of(vocabulary, counts, matrix, matrix[:, 0] == 2) == of_texts
