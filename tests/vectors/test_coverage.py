"""Coverage: what it counts, and how it is shown."""

from html.parser import HTMLParser

import numpy as np

from skglove import Coverage

VOCABULARY = ["", "[UNK]", "the", "frog", "xyzzy", "car", "plugh"]
TOKEN_COUNTS = np.array([0, 7, 2_000, 30, 20, 3, 1])
KNOWN = np.array([word in ("the", "frog", "car") for word in VOCABULARY])


def test_coverage_counts_words_and_tokens():
    coverage = Coverage.of(VOCABULARY, TOKEN_COUNTS, KNOWN)
    assert coverage == Coverage(
        n_words=5,
        n_words_found=3,
        n_tokens=2_061,
        n_tokens_found=2_033,
        most_frequent_missing=[("xyzzy", 20), ("plugh", 1)],
    )
    assert str(coverage) == (
        "words:  3 of 5 found (60.0%), 2 not\n"
        "tokens: 2,033 of 2,061 found (98.6%)\n"
        "most frequent not found: xyzzy (20), plugh (1)"
    )


def test_coverage_of_all_and_of_nothing():
    known = np.ones(7, dtype=bool)
    full = Coverage.of(VOCABULARY, TOKEN_COUNTS, known)
    assert (full.n_words_found, full.n_tokens_found) == (5, 2_054)
    assert full.most_frequent_missing == []
    assert "not found" not in str(full)
    none = Coverage.of(VOCABULARY, TOKEN_COUNTS, ~known)
    assert (none.n_words_found, none.n_tokens_found) == (0, 0)
    assert none.most_frequent_missing[0] == ("the", 2_000)


def test_coverage_names_the_most_frequent_missing_only():
    vocabulary = ["", "[UNK]", *(f"word{i}" for i in range(50))]
    counts = np.array([0, 0, *range(50, 0, -1)])
    coverage = Coverage.of(vocabulary, counts, np.zeros(52, dtype=bool))
    assert coverage.n_words == 50
    assert coverage.most_frequent_missing == [(f"word{i}", 50 - i) for i in range(20)]
    assert "word9 (41)" in str(coverage) and "word10" not in str(coverage)


def test_missing_words_that_are_equally_frequent_go_by_the_alphabet():
    # Vocabularies have these the other way round.
    vocabulary = ["", "[UNK]", "the", "zebra", "moose", "ant", "rare"]
    counts = np.array([0, 0, 9, 3, 3, 3, 1])
    coverage = Coverage.of(vocabulary, counts, np.zeros(7, dtype=bool))
    words = [word for word, _ in coverage.most_frequent_missing]
    assert words == ["the", "ant", "moose", "zebra", "rare"]


def test_backed_off_words_are_found_and_counted():
    vocabulary = ["", "[UNK]", "frog", "red-hot", "xyzzy"]
    known = np.array([False, False, True, True, False])
    backed_off = np.array([False, False, False, True, False])
    coverage = Coverage.of(vocabulary, np.array([0, 1, 5, 3, 2]), known, backed_off)
    assert (coverage.n_words_found, coverage.n_words_backed_off) == (2, 1)
    assert (coverage.n_tokens_found, coverage.n_tokens_backed_off) == (8, 3)
    assert str(coverage) == (
        "words:  2 of 3 found (66.7%), 1 not; 1 by a known form\n"
        "tokens: 8 of 11 found (72.7%)\n"
        "most frequent not found: xyzzy (2)"
    )


def test_words_that_no_text_holds_do_not_count():
    vocabulary = ["", "[UNK]", "frog", "xyzzy", "toad", "plugh"]
    counts = np.array([0, 0, 5, 2, 0, 0])
    known = np.array([False, False, True, False, True, False])
    of_texts = Coverage.of(vocabulary[:4], counts[:4], known[:4])
    backed_off = np.array([False, False, False, False, True, False])
    assert Coverage.of(vocabulary, counts, known, backed_off) == of_texts


def test_coverage_of_texts_without_words_can_be_shown():
    nothing = np.zeros(2, dtype=bool)
    coverage = Coverage.of(["", "[UNK]"], np.array([0, 0]), nothing)
    assert str(coverage).startswith("words:  0 of 0 found (none)")
    assert "Words: 0" in coverage._repr_html_()


class Page(HTMLParser):
    """The tags, widths and text of HTML."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.widths, self.text = [], set(), [], ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag != "br":
            self.open.append(tag)
        style = dict(attributes).get("style", "")
        if style.startswith("width:"):
            self.widths.append(float(style.removeprefix("width:").rstrip("%")))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data


def test_html_shows_found_backed_off_and_missing():
    backed_off = np.array([word == "frog" for word in VOCABULARY])
    coverage = Coverage.of(VOCABULARY, TOKEN_COUNTS, KNOWN, backed_off)
    page = Page(coverage._repr_html_())
    assert (
        "Words: 5; own vector: 2 (40.0%), vector of a known form: 1 (20.0%), "
        "no vector: 2 (40.0%)"
    ) in page.text
    assert page.widths[:3] == [40, 20, 40]
    np.testing.assert_allclose(sum(page.widths[3:]), 100, atol=0.01)
    assert page.text.index("xyzzy") < page.text.index("plugh")


def test_html_is_safe_for_any_word_and_needs_nothing_from_elsewhere():
    words = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a&b", "'"]
    counts = np.array([0, 0, 4, 3, 2, 1])
    known = np.zeros(6, dtype=bool)
    coverage = Coverage.of(["", "[UNK]", *words], counts, known)
    html = coverage._repr_html_()
    page = Page(html)
    assert page.tags == {"div", "span", "style", "br"}
    assert all(word in page.text for word in words)
    assert "http" not in html and "url(" not in html
