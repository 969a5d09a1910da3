"""Texts to word ids."""

from ._tokenize import SPLIT_PUNCTUATION, tokenize
from ._validation import check_texts
from ._vectorizer import TextVectorizer
from ._vocabulary import (
    FIRST_WORD_ID,
    PADDING_ID,
    PADDING_TOKEN,
    UNKNOWN_ID,
    UNKNOWN_TOKEN,
    TokenIds,
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
    "tokenize",
]
