"""Texts to word ids."""

from ._align import align
from ._tokenize import SPLIT_PUNCTUATION, TokenizedTexts, tokenize, tokenize_in_chunks
from ._validation import check_texts
from ._vectorizer import TextVectorizer
from ._vocabulary import (
    FIRST_WORD_ID,
    PADDING_ID,
    PADDING_TOKEN,
    UNKNOWN_ID,
    UNKNOWN_TOKEN,
    CountedWords,
    TokenIds,
    check_any_word,
    count_words,
    index_words,
    look_up,
    rank_words,
)

__all__ = [
    "FIRST_WORD_ID",
    "PADDING_ID",
    "PADDING_TOKEN",
    "SPLIT_PUNCTUATION",
    "UNKNOWN_ID",
    "UNKNOWN_TOKEN",
    "CountedWords",
    "TextVectorizer",
    "TokenIds",
    "TokenizedTexts",
    "align",
    "check_any_word",
    "check_texts",
    "count_words",
    "index_words",
    "look_up",
    "rank_words",
    "tokenize",
    "tokenize_in_chunks",
]
