"""Coverage: how much of the training texts the word vectors know."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Self

import numpy as np

from ..text import FIRST_WORD_ID

_MISSING_WORDS = 20
_SHOWN_IN_TEXT = 10

# Blue, orange and grey, which people who do not tell red from green tell apart, and
# patterns for those who see no colours. The text has the colour of the page.
_STYLE = """
.skglove-coverage { font-family: sans-serif; max-width: 44em; line-height: 1.5; }
.skglove-coverage .bar { display: flex; height: 1.1em; border: 1px solid #888;
  border-radius: 3px; overflow: hidden; margin-bottom: 0.6em; }
.skglove-coverage .found { background: #3b7dbd; }
.skglove-coverage .backed-off { background:
  repeating-linear-gradient(45deg, #3b7dbd 0 4px, #a8cbe8 4px 8px); }
.skglove-coverage .missing { background:
  repeating-linear-gradient(135deg, #d9822b 0 2px, #f0c48f 2px 6px); }
.skglove-coverage .key { display: inline-block; width: 1em; height: 1em;
  border: 1px solid #888; vertical-align: -0.15em; margin: 0 0.3em 0 0.8em; }
.skglove-coverage .count { white-space: nowrap; margin-right: 0.8em; }
.skglove-coverage .word { white-space: pre; border: 1px solid #888;
  border-radius: 3px; padding: 0 0.3em; margin-right: 0.4em;
  display: inline-block; max-width: 20em; overflow: hidden;
  text-overflow: ellipsis; vertical-align: bottom; }
"""


@dataclass(frozen=True)
class Coverage:
    """How much of a vocabulary, and of the texts it is from, word vectors know.

    Attributes
    ----------
    n_words : int
        Words of the vocabulary that occur in the training texts, without padding and
        `[UNK]`.

    n_words_found : int
        Those that have a vector, of their own or of a known form.

    n_tokens : int
        Words of the training texts, each as often as it occurs there, in the
        vocabulary or not.

    n_tokens_found : int
        Those that have a vector.

    most_frequent_missing : list of (str, int)
        Words of the vocabulary that have no vector and how often they occur in the
        training texts, the most frequent first, those that are equally frequent in
        alphabetical order; at most 20.

    n_words_backed_off : int
        Words that have the vector of a known form, as "red-hot" the mean of those of
        "red" and "hot". They are among `n_words_found`.

    n_tokens_backed_off : int
        How often these occur in the training texts. They are among `n_tokens_found`.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove import Coverage, WordVectors
    >>> vocabulary = ["", "[UNK]", "frog", "xyzzy"]
    >>> token_counts = np.array([0, 1, 5, 2])
    >>> _, known = WordVectors(["frog"], [[1, 0]]).look_up(vocabulary)
    >>> print(Coverage.of(vocabulary, token_counts, known))
    words:  1 of 2 found (50.0%), 1 not
    tokens: 5 of 8 found (62.5%)
    most frequent not found: xyzzy (2)
    """

    n_words: int
    n_words_found: int
    n_tokens: int
    n_tokens_found: int
    most_frequent_missing: list[tuple[str, int]]
    n_words_backed_off: int = 0
    n_tokens_backed_off: int = 0

    @classmethod
    def of(
        cls,
        vocabulary: Sequence[str],
        token_counts: np.ndarray,
        known: np.ndarray,
        backed_off: np.ndarray | None = None,
    ) -> Self:
        """Compare a vocabulary with the words that have a vector.

        Parameters
        ----------
        vocabulary : list of str of length n_tokens
            Padding and `[UNK]` first.

        token_counts : ndarray of shape (n_tokens,)
            How often each entry occurs in the training texts. Words that do not occur
            there are not counted.

        known : ndarray of shape (n_tokens,), dtype=bool
            The entries that have a vector, of their own or of a known form, as
            :meth:`WordVectors.look_up` returns it.

        backed_off : ndarray of shape (n_tokens,), dtype=bool, default=None
            The entries that have the vector of a known form. None is none.

        Returns
        -------
        coverage : Coverage
            The figures.
        """
        in_texts = np.asarray(token_counts) > 0
        in_texts[:FIRST_WORD_ID] = False
        found = known & in_texts
        missing = np.flatnonzero(~known & in_texts).tolist()
        missing.sort(key=lambda i: (-token_counts[i], vocabulary[i]))
        backed_off = np.zeros_like(found) if backed_off is None else backed_off & found
        return cls(
            n_words=int(in_texts.sum()),
            n_words_found=int(found.sum()),
            n_tokens=int(token_counts.sum()),
            n_tokens_found=int(token_counts[found].sum()),
            most_frequent_missing=[
                (vocabulary[i], int(token_counts[i])) for i in missing[:_MISSING_WORDS]
            ],
            n_words_backed_off=int(backed_off.sum()),
            n_tokens_backed_off=int(token_counts[backed_off].sum()),
        )

    def __str__(self):
        backed_off = (
            f"; {self.n_words_backed_off:,} by a known form"
            if self.n_words_backed_off
            else ""
        )
        lines = [
            f"words:  {self.n_words_found:,} of {self.n_words:,} found "
            f"({_share(self.n_words_found, self.n_words)}), "
            f"{self.n_words - self.n_words_found:,} not{backed_off}",
            f"tokens: {self.n_tokens_found:,} of {self.n_tokens:,} found "
            f"({_share(self.n_tokens_found, self.n_tokens)})",
        ]
        if self.most_frequent_missing:
            missing = ", ".join(
                f"{word} ({count:,})"
                for word, count in self.most_frequent_missing[:_SHOWN_IN_TEXT]
            )
            lines.append(f"most frequent not found: {missing}")
        return "\n".join(lines)

    def _repr_html_(self):
        """Show the figures as bars in a notebook."""
        bars = [
            _bar(name, n, n_found - n_backed_off, n_backed_off)
            for name, n, n_found, n_backed_off in (
                ("Words", self.n_words, self.n_words_found, self.n_words_backed_off),
                (
                    "Tokens",
                    self.n_tokens,
                    self.n_tokens_found,
                    self.n_tokens_backed_off,
                ),
            )
        ]
        keys = "".join(
            f'<span class="key {name}"></span>{text}' for name, text in _PARTS.items()
        )
        missing = "".join(
            f'<span class="count"><span class="word" title="{escape(word)}">'
            f"{escape(word)}</span>{count:,}</span> "
            for word, count in self.most_frequent_missing
        )
        if missing:
            missing = f"<div>Most frequent words without a vector:<br>{missing}</div>"
        return (
            f'<div class="skglove-coverage"><style>{_STYLE}</style>{"".join(bars)}'
            f"<div>{keys}</div>{missing}</div>"
        )


_PARTS = {
    "found": "own vector",
    "backed-off": "vector of a known form",
    "missing": "no vector",
}


def _share(n, n_all):
    """Return a share as text; that of nothing is not a number."""
    return f"{n / n_all:.1%}" if n_all else "none"


def _bar(name, n_all, n_found, n_backed_off):
    """Return a line of figures and a bar of their shares."""
    counts = (n_found, n_backed_off, n_all - n_found - n_backed_off)
    parts = dict(zip(_PARTS, counts, strict=True))
    shown = ", ".join(
        f"{_PARTS[part]}: {n:,} ({_share(n, n_all)})" for part, n in parts.items() if n
    )
    segments = "".join(
        f'<div class="{part}" style="width: {100 * n / n_all:.3f}%"></div>'
        for part, n in parts.items()
        if n
    )
    return (
        f"<div>{name}: {n_all:,}{shown and '; '}{shown}</div>"
        f'<div class="bar" role="img" aria-label="{name}: {shown}">{segments}</div>'
    )
