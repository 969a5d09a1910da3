"""Texts to word ids, with the meaning of Keras's TextVectorization."""

from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ._align import align
from ._spelling import NearWords
from ._tokenize import STANDARDIZE_NAMES, tokenize, tokenize_in_chunks
from ._validation import check_texts, is_encodable
from ._vocabulary import (
    FIRST_WORD_ID,
    PADDING_TOKEN,
    UNKNOWN_ID,
    UNKNOWN_TOKEN,
    TokenIds,
    check_any_word,
    count_words,
    index_words,
    look_up,
)


class LocatedWords(NamedTuple):
    """The words of a text and where they are.

    Attributes
    ----------
    words : list of str
        The words, standardized.

    spans : ndarray of shape (n_words, 2), dtype=int64
        Start and end of each in the text.

    n_cut : int
        How many more the text has.
    """

    words: list
    spans: np.ndarray
    n_cut: int


class TextVectorizer(TransformerMixin, BaseEstimator):
    """Turn texts into word ids, as Keras's TextVectorization does, without padding.

    A vocabulary of the most frequent words is learned from the training texts; ties
    are broken by the words themselves, high to low. Id 0 is padding, id 1 any word
    outside the vocabulary.

    Parameters
    ----------
    max_tokens : int or None, default=20_000
        Size of the vocabulary, padding and `[UNK]` included. None keeps every word.

    sequence_length : int or None, default=200
        Largest number of ids of a text; the rest is cut off. None keeps all.

    truncating : {"post", "pre"}, default="post"
        Which end of a long text is cut off.

    standardize : {"lower_and_strip_punctuation", "lower_and_split_punctuation", \
            "lower", "strip_punctuation"}, callable or None, \
            default="lower_and_strip_punctuation"
        What is done to a text before it is split at ASCII whitespace. A callable gets
        and returns a string tensor of shape (n_samples, 1), as in TextVectorization,
        which has the others too but for "lower_and_split_punctuation". That makes
        words of punctuation, as in the text that GloVe's published vectors were
        trained on: "Don't, it's..." becomes "do n't , it 's ...". Runs of dots become
        one "...", runs of "-", "=", "_" or "*" one "--"; `<br />` and its like are
        dropped; quotes, dashes and ellipses of other shapes become the ASCII ones.

    tokenizer : callable or None, default=None
        Takes the standardized text, a str, and returns the list of its words. None
        splits at ASCII whitespace.

    preprocessor : callable or None, default=None
        Takes and returns a str, in place of `standardize`.

    Attributes
    ----------
    vocabulary_ : list of str
        The word of each id: `""`, `"[UNK]"`, then the words by falling frequency,
        then those of `extend`.

    token_counts_ : ndarray of shape (len(vocabulary_),), dtype=int64
        How often each word occurs in the training texts; 0 for those of `extend`.
        Words outside the vocabulary are counted under `[UNK]`.

    Examples
    --------
    >>> from skglove.text import TextVectorizer
    >>> vectorizer = TextVectorizer(sequence_length=4)
    >>> vectorizer.fit_transform(["The cat sat.", "The cat sat on the mat!"]).padded()
    array([[2, 4, 3, 0],
           [2, 4, 3, 5]], dtype=int32)
    >>> vectorizer.vocabulary_
    ['', '[UNK]', 'the', 'sat', 'cat', 'on', 'mat']
    """

    _parameter_constraints: dict = {
        "max_tokens": [Interval(Integral, 3, None, closed="left"), None],
        "sequence_length": [Interval(Integral, 1, None, closed="left"), None],
        "truncating": [StrOptions({"post", "pre"})],
        "standardize": [StrOptions(STANDARDIZE_NAMES), callable, None],
        "tokenizer": [callable, None],
        "preprocessor": [callable, None],
    }

    def __init__(
        self,
        max_tokens=20_000,
        *,
        sequence_length=200,
        truncating="post",
        standardize="lower_and_strip_punctuation",
        tokenizer=None,
        preprocessor=None,
    ):
        self.max_tokens = max_tokens
        self.sequence_length = sequence_length
        self.truncating = truncating
        self.standardize = standardize
        self.tokenizer = tokenizer
        self.preprocessor = preprocessor

    def fit(self, X, y=None):
        """Learn the vocabulary.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,)
            The training texts.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted vectorizer.
        """
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Learn the vocabulary and return the ids, in one pass over the texts.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,)
            The training texts.
        y : None
            Ignored.

        Returns
        -------
        ids : TokenIds
            The word ids.

        Raises
        ------
        ValueError
            If there is no word in any of the texts.
        """
        counted = count_words(self._tokenized(check_texts(X)))
        id_of_rank = self._learn(counted.words, counted.counts)
        ids = TokenIds(id_of_rank[counted.ranks.flat], counted.ranks.lengths)
        return ids.truncated(self.sequence_length, self.truncating)

    def _learn(self, words, counts):
        """Set the vocabulary; return the id of each word, given by falling count."""
        check_any_word(words)
        is_word = np.fromiter((word != UNKNOWN_TOKEN for word in words), dtype=bool)
        if not is_word.any():
            raise ValueError(
                f"The texts hold no words but {UNKNOWN_TOKEN!r}, which stands for "
                "words outside the vocabulary."
            )
        n_words = None if self.max_tokens is None else self.max_tokens - FIRST_WORD_ID
        kept = np.flatnonzero(is_word)[:n_words]
        id_of_rank = np.full(len(is_word), UNKNOWN_ID, dtype=np.int32)
        id_of_rank[kept] = np.arange(len(kept)) + FIRST_WORD_ID
        self.vocabulary_ = [
            PADDING_TOKEN,
            UNKNOWN_TOKEN,
            *(words[i] for i in kept.tolist()),
        ]
        self.token_counts_ = np.bincount(
            id_of_rank, weights=counts, minlength=len(self.vocabulary_)
        ).astype(np.int64)
        self._index = self._near = None
        return id_of_rank

    def transform(self, X, *, number_unknown=False, correct_spelling=False):
        """Return the word ids of texts.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,)
            The texts.

        number_unknown : bool, default=False
            Whether words outside the vocabulary have ids of their own, from its size
            on, and are listed, in place of the id of `[UNK]`.

        correct_spelling : bool, default=False
            Whether those one letter away from a frequent word have its id instead.

        Returns
        -------
        ids : TokenIds
            The word ids.
        """
        check_is_fitted(self)
        return self.ids_of(
            check_texts(X),
            number_unknown=number_unknown,
            correct_spelling=correct_spelling,
        )

    def ids_of(self, texts, *, number_unknown=False, correct_spelling=False):
        """Do the same for a list of str that has been checked."""
        if self._index is None:
            words = self.vocabulary_[FIRST_WORD_ID:]
            self._index = index_words(map(str.encode, words))
        ids = look_up(
            self._tokenized(texts),
            self._index,
            UNKNOWN_ID,
            first=FIRST_WORD_ID,
            new_from=len(self.vocabulary_) if number_unknown else None,
            near=self._ids_of_near if correct_spelling else None,
        )
        return ids.truncated(self.sequence_length, self.truncating)

    def _ids_of_near(self, words):
        """Return the id of the frequent word near each, -1 where there is none."""
        if self._near is None:
            self._near = NearWords(self.vocabulary_)
        return self._near.find(words)

    def locate(self, X):
        """Return the words of texts, and which characters each was made of.

        Parameters
        ----------
        X : array-like of str of shape (n_samples,)
            The texts.

        Returns
        -------
        located : list of LocatedWords
            Those of each text: as many as :meth:`transform` has ids.

        Examples
        --------
        >>> from skglove.text import TextVectorizer
        >>> vectorizer = TextVectorizer(sequence_length=2)
        >>> vectorizer.locate(["Don't, never!"])[0].spans.tolist()
        [[0, 5], [7, 12]]
        """
        texts = check_texts(X)
        options = self._tokenizing
        located = []
        for text, words in zip(texts, tokenize(texts, *options), strict=True):
            words = [word.decode() for word in words]
            n_cut = 0
            if self.sequence_length is not None:
                n_cut = max(0, len(words) - self.sequence_length)
            kept = slice(None, len(words) - n_cut)
            if self.truncating == "pre":
                kept = slice(n_cut, None)
            spans = align(text, words, *options)
            located.append(LocatedWords(words[kept], spans[kept], n_cut))
        return located

    def extend(self, words, up_to=None):
        """Add words that the training texts lack, as far as `max_tokens` leaves room.

        The ids of the words there are stay as they are.

        Parameters
        ----------
        words : sequence of str
            The words, those wanted most first. One that is in the vocabulary already,
            or that no text can hold once it is standardized and tokenized, is passed
            over: of "Frog", "e-mail" and "New York" the vectorizer never makes one
            word.

        up_to : int or None, default=None
            Size of the vocabulary at which to stop, below `max_tokens`.

        Returns
        -------
        self : object
            The vectorizer.

        Examples
        --------
        >>> from skglove.text import TextVectorizer
        >>> vectorizer = TextVectorizer(sequence_length=3).fit(["A cat."])
        >>> vectorizer.extend(["cat", "dog", "Dog", "top-dog"]).vocabulary_
        ['', '[UNK]', 'cat', 'a', 'dog']
        >>> vectorizer.transform(["a dog"]).flat.tolist()
        [3, 4]
        """
        check_is_fitted(self)
        known = {*self.vocabulary_}
        words = [
            word
            for word in dict.fromkeys(words)
            if word not in known and is_encodable(word)
        ]
        tokenized = tokenize(words, *self._tokenizing)
        words = [
            word
            for word, tokens in zip(words, tokenized, strict=True)
            if tokens == [word.encode()]
        ]
        for size in (self.max_tokens, up_to):
            if size is not None:
                words = words[: max(0, size - len(self.vocabulary_))]
        self.vocabulary_ = [*self.vocabulary_, *words]
        self.token_counts_ = np.append(
            self.token_counts_, np.zeros(len(words), dtype=np.int64)
        )
        self._index = self._near = None
        return self

    def _tokenized(self, texts):
        """Yield the words of a chunk of texts at a time."""
        return tokenize_in_chunks(texts, *self._tokenizing)

    @property
    def _tokenizing(self):
        """The options of `tokenize`."""
        return self.standardize, self.tokenizer, self.preprocessor

    def __getstate__(self):
        # Rebuilt from the vocabulary when they are needed.
        return {**super().__getstate__(), "_index": None, "_near": None}
