"""Texts split as the text that GloVe's published vectors were trained on."""

import re
import string

# The rules, in order, for lower-cased text and as both RE2 and Python's re take them:
# white space is spelled out because their \s differ, and \b knows ASCII letters only.
QUOTES_DASHES_DOTS = {
    "[‘’´]": "'",  # noqa: RUF001
    "[“”]": '"',
    "[–—]": " -- ",  # noqa: RUF001
    "…": " ... ",
}
LINE_BREAK = r"<br[\t-\r ]*/?>"
DOTS = r"\.\.+"
# By the mark that each repeats.
RULES = {"-": r"--+", "=": r"==+", "_": r"__+", "*": r"\*\*+"}
WORD = r"(n't\b|'(?:s|re|ve|ll|d|m)\b|\.\.\.|--|[!-/:-@\[-`{-~])"

_line_break, _dots, _contraction, _negation = (
    re.compile(pattern.encode())
    for pattern in (
        LINE_BREAK,
        DOTS,
        r"'(?=(?:s|re|ve|ll|d|m)\b)",
        r"n'(?=t\b)",
    )
)
_rules = {mark.encode(): re.compile(rule.encode()) for mark, rule in RULES.items()}
# Bytes that UTF-8 has no use for.
_APOSTROPHE, _DASHES, _ELLIPSIS, _TEXT_END = b"\xfc", b"\xfd", b"\xfe", b"\xff"
_MARKS = [(mark.encode(), f" {mark} ".encode()) for mark in string.punctuation]
_unspaced = re.compile(rb"(\xfc(?:s|re|ve|ll|d|m|t))(?=\S)")


def split_punctuation(texts):
    """Put spaces around what GloVe takes for words.

    Parameters
    ----------
    texts : list of bytes
        Lower-cased texts in UTF-8.

    Returns
    -------
    texts : list of bytes
        The same with spaces around `,`, `"`, `--`, `...` and the like, and between
        `do` and `n't`, `it` and `'s`.

    Examples
    --------
    >>> from skglove.text._split_punctuation import split_punctuation
    >>> split_punctuation([b"it isn't..."])[0].split()
    [b'it', b'is', b"n't", b'...']
    """
    # All texts at once, most punctuation by `replace` and the rest by replacements
    # without groups: several times as fast as one pattern, each of whose matches is
    # put together again. What is a word of several characters hides behind other
    # bytes meanwhile. What texts may lack is asked for first: that is faster.
    text = _TEXT_END.join(
        [text if text.isascii() else _with_plain_marks(text) for text in texts]
    )
    text = _line_break.sub(b" ", text)
    if b"." in text:
        text = _dots.sub(b" %b " % _ELLIPSIS, text)
    for mark, rule in _rules.items():
        if mark in text:
            text = rule.sub(b" %b " % _DASHES, text)
    if b"'" in text:
        text = _contraction.sub(b" %b" % _APOSTROPHE, text)
        text = _negation.sub(b" n%b" % _APOSTROPHE, text)
    for mark, spaced in _MARKS:
        text = text.replace(mark, spaced)
    # Only what is neither a letter to \b nor a mark nor white space still touches.
    if _APOSTROPHE in text:
        text = _unspaced.sub(rb"\1 ", text).replace(_APOSTROPHE, b"'")
    text = text.replace(_DASHES, b"--").replace(_ELLIPSIS, b"...")
    return text.split(_TEXT_END)


def _with_plain_marks(text):
    for characters, plain in QUOTES_DASHES_DOTS.items():
        for character in characters.strip("[]"):
            text = text.replace(character.encode(), plain.encode())
    return text
