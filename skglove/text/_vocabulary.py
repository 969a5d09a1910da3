"""Counting and ranking words, and the ids of texts end to end."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._key_index import KeyIndex
from ._tokenize import TokenizedTexts

PADDING_TOKEN = ""
UNKNOWN_TOKEN = "[UNK]"
PADDING_ID = 0
UNKNOWN_ID = 1
FIRST_WORD_ID = 2


@dataclass(frozen=True, eq=False)
class TokenIds:
    """The word ids of texts, end to end and without padding.

    Attributes
    ----------
    flat : ndarray of shape (n_tokens,), dtype=int32
        The ids of all texts, one text after the other.

    lengths : ndarray of shape (n_texts,), dtype=int64
        The number of ids of each text.

    unknown : list of bytes or None, default=None
        Words outside the vocabulary, in UTF-8, where ids of their own were asked for:
        those from the size of the vocabulary on. None where all have the id of
        `[UNK]`.

    Examples
    --------
    >>> import numpy as np
    >>> from skglove.text import TokenIds
    >>> ids = TokenIds(np.array([5, 2, 7], dtype=np.int32), np.array([2, 0, 1]))
    >>> len(ids), ids[1:].flat.tolist()
    (3, [7])
    >>> ids.padded()
    array([[5, 2],
           [0, 0],
           [7, 0]], dtype=int32)
    """

    flat: np.ndarray
    lengths: np.ndarray
    unknown: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def ends(self) -> np.ndarray:
        """Where each text starts in `flat`, and, last, where the last one ends."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    def __getitem__(self, rows) -> "TokenIds":
        """Return the texts of a slice, of an array of row numbers or of a mask."""
        lengths = self.lengths[rows]
        if isinstance(rows, slice) and rows.step in (None, 1):
            start, stop, _ = rows.indices(len(self))
            flat = self.flat[self.ends[start] : self.ends[stop]]
            return TokenIds(flat, lengths, self.unknown)
        starts = self.ends[:-1][rows]
        offsets = np.arange(lengths.sum()) - np.repeat(
            np.cumsum(lengths) - lengths, lengths
        )
        flat = self.flat[np.repeat(starts, lengths) + offsets]
        return TokenIds(flat, lengths, self.unknown)

    def where(self, kept: np.ndarray) -> "TokenIds":
        """Return the ids at which `kept`, a mask of `flat`, is true."""
        n_kept = np.concatenate([[0], np.cumsum(kept)])
        return TokenIds(self.flat[kept], np.diff(n_kept[self.ends]))

    def truncated(self, length: int | None, truncating: str = "post") -> "TokenIds":
        """Return at most `length` ids of a text: the first, or with "pre" the last."""
        if length is None or len(self.flat) <= length or self.lengths.max() <= length:
            return self
        lengths = np.minimum(self.lengths, length)
        skipped = self.lengths - lengths if truncating == "pre" else 0
        place = np.arange(len(self.flat)) - np.repeat(
            self.ends[:-1] + skipped, self.lengths
        )
        flat = self.flat[(place >= 0) & (place < length)]
        return TokenIds(flat, lengths, self.unknown)

    def padded(self, length: int | None = None, padding: str = "post") -> np.ndarray:
        """Return a row a text, padded with 0.

        Parameters
        ----------
        length : int or None, default=None
            Length of the rows, none of the texts longer; None is that of the longest.

        padding : {"post", "pre"}, default="post"
            Which end of a short text is padded.

        Returns
        -------
        rows : ndarray of shape (n_texts, length), dtype=int32
            The ids.
        """
        if length is None:
            length = int(self.lengths.max(initial=0))
        column = np.arange(length)
        lengths = self.lengths[:, np.newaxis]
        filled = column >= length - lengths if padding == "pre" else column < lengths
        rows = np.zeros((len(self), length), dtype=np.int32)
        rows[filled] = self.flat
        return rows


@dataclass(frozen=True, eq=False)
class CountedWords:
    """The words of texts, ranked by how often they occur.

    Attributes
    ----------
    words : list of str
        The words, by falling count; ties by the words themselves, high to low.

    counts : ndarray of shape (n_words,), dtype=int64
        How often each occurs.

    ranks : TokenIds
        The rank of each word of the texts, from 0.
    """

    words: list[str]
    counts: np.ndarray
    ranks: TokenIds


def index_words(words: Iterable[bytes]) -> KeyIndex:
    """Return an index of words by their hashes."""
    return KeyIndex(TokenizedTexts.of_words([list(words)]).hashes())


class WordNumbers:
    """Numbers of words, each new one the next."""

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self._index = index_words([])

    def of(self, texts: TokenizedTexts) -> TokenIds:
        """Return texts as numbers; words that have none get one."""
        hashes = texts.hashes()
        numbers = self._index.find(hashes).astype(np.int32)
        (new,) = (numbers < 0).nonzero()
        found, first, which = np.unique(
            hashes[new], return_index=True, return_inverse=True
        )
        numbers[new] = len(self.words) + which
        self.words += texts.words(new[first])
        self._index.add(found)
        return TokenIds(numbers, texts.lengths)


def count_words(texts: Iterable[TokenizedTexts]) -> CountedWords:
    """Count and rank words, in one pass over the texts.

    Parameters
    ----------
    texts : iterable of TokenizedTexts
        Chunks of texts.

    Returns
    -------
    counted : CountedWords
        The words, their counts, and the texts as ranks.
    """
    # Words get their ranks at the end, so that no text is tokenized twice.
    numbers = WordNumbers()
    parts = [TokenIds(np.empty(0, np.int32), np.empty(0, np.int64))]
    parts += map(numbers.of, texts)
    flat = np.concatenate([part.flat for part in parts])
    lengths = np.concatenate([part.lengths for part in parts])
    words = numbers.words
    counts = np.bincount(flat, minlength=len(words))
    order = rank_words(words, counts)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    return CountedWords(
        words=[words[i].decode() for i in order.tolist()],
        counts=counts[order],
        ranks=TokenIds(rank[flat], lengths),
    )


def rank_words(
    words: Sequence[bytes] | Sequence[str], counts: np.ndarray
) -> np.ndarray:
    """Return the order of words by falling count; ties by the words, high to low.

    The order of `str` is that of their UTF-8.
    """
    by_word = sorted(range(len(words)), key=words.__getitem__, reverse=True)
    by_word = np.array(by_word, dtype=np.intp)
    return by_word[np.argsort(-counts[by_word], kind="stable")]


def check_any_word(words: Sequence[str]) -> None:
    """Raise a ValueError if the texts had no word in them."""
    if not words:
        raise ValueError(
            "The texts hold no words: all of them are empty once they are "
            "standardized. Check the texts and `standardize`."
        )


def look_up(
    texts: Iterable[TokenizedTexts],
    index: KeyIndex,
    unknown: int,
    *,
    first: int = 0,
    new_from: int | None = None,
    near: Callable[[list[bytes]], list[int]] | None = None,
) -> TokenIds:
    """Return the ids of the words of texts.

    Parameters
    ----------
    texts : iterable of TokenizedTexts
        Chunks of texts.

    index : KeyIndex
        The words that have ids, as `index_words` returns it.

    unknown : int
        The id of all others.

    first : int, default=0
        The id of the first of them.

    new_from : int or None, default=None
        Where the words that are not in `index` have ids of their own, the first of
        these.

    near : callable or None, default=None
        Takes words that are not in `index`, and returns the ids that they have
        nevertheless, negative where they have none.

    Returns
    -------
    ids : TokenIds
        The ids.
    """
    flat, lengths = [], []
    others: dict[bytes, int] = {}
    new: list[bytes] = []
    for of_chunk in texts:
        found = index.find(of_chunk.hashes()).astype(np.int32)
        found += first
        (lacks,) = (found < first).nonzero()
        if new_from is None and near is None:
            found[lacks] = unknown
        elif len(lacks):
            words = of_chunk.words(lacks)
            asked = [word for word in dict.fromkeys(words) if word not in others]
            ids = [-1] * len(asked) if near is None else near(asked)
            for word, its_id in zip(asked, ids, strict=True):
                if its_id < 0 and new_from is not None:
                    its_id = new_from + len(new)
                    new.append(word)
                others[word] = its_id if its_id >= 0 else unknown
            found[lacks] = [others[word] for word in words]
        flat.append(found)
        lengths.append(of_chunk.lengths)
    return TokenIds(
        _joined(flat, np.int32),
        _joined(lengths, np.int64),
        None if new_from is None else new,
    )


def _joined(parts, dtype):
    """Return parts as one array; of one part, as of one text, that itself."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([np.empty(0, dtype), *parts])
