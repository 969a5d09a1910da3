"""Texts to word ids."""

from ._tokenize import SPLIT_PUNCTUATION, tokenize, tokenize_in_chunks
from ._validation import check_texts
from ._vectorizer import TextVectorizer
from ._vocabulary import (
    FIRST_WORD_ID,
    PADDING_ID,
    PADDING_TOKEN,
    UNKNOWN_ID,
    UNKNOWN_TOKEN,
    TokenIds,
    count_words,
    look_up,
)

__all__ = [
    "FIRST_WORD_ID",
    "PADDING_ID",
    "PADDING_TOKEN",
    "SPLIT_PUNCTUATION",
    "UNKNOWN_ID",
    "UNKNOWN_TOKEN",
    "TextVectorizer",
    "TokenIds",
    "check_texts",
    "count_words",
    "look_up",
    "tokenize",
    "tokenize_in_chunks",
]
