"""Tokens back to the characters of the text that they were made of."""

import re
import string
from collections.abc import Callable, Sequence

import numpy as np

from ._split_punctuation import LINE_BREAK, QUOTES_DASHES_DOTS
from ._tokenize import SPLIT_PUNCTUATION

# What `bytes.split` splits at.
_SPACE = " \t\n\r\x0b\x0c"
_CHUNK = re.compile(f"[^{_SPACE}]+")
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")
_LINE_BREAK = re.compile(LINE_BREAK, re.IGNORECASE)

# ASCII letters only, so that no character becomes two.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_QUOTES = {
    ord(character): plain
    for characters, plain in QUOTES_DASHES_DOTS.items()
    for character in characters.strip("[]")
    if len(plain) == 1
}
_LOWER_AND_QUOTES = {**_LOWER, **_QUOTES}
# Tokens that stand for runs of other lengths.
_RUNS = {
    "...": re.compile(r"\.\.+|…"),
    "--": re.compile(r"--+|==+|__+|\*\*+|[–—]"),  # noqa: RUF001
}

# How far ahead a token is looked for that does not follow at once. Further on only
# where the next one follows it.
_NEAR = 100
_SHORTEST_STEM = 3


def align(
    text: str,
    tokens: Sequence[str],
    standardize: str | Callable | None = "lower_and_strip_punctuation",
    tokenizer: Callable | None = None,
    preprocessor: Callable | None = None,
) -> np.ndarray:
    """Find which characters of a text each of its tokens was made of.

    Parameters
    ----------
    text : str
        The text.

    tokens : sequence of str
        Its tokens, in order, as :func:`~skglove.text.tokenize` returns them.

    standardize, tokenizer, preprocessor
        How the tokens were made; see :func:`~skglove.text.tokenize`.

    Returns
    -------
    spans : ndarray of shape (n_tokens, 2), dtype=int64
        Start and end of each token in `text`, in order: no span starts before the one
        before it, or ends before that ends. With a standardization of skglove's and
        no `tokenizer` they are exact. Otherwise tokens are searched for, letters in
        any case; those that do not occur share what lies between their neighbours
        that do.

    Examples
    --------
    >>> from skglove.text import align
    >>> text = "Don't stop....."
    >>> spans = align(text, ["do", "n't", "stop", "..."],
    ...               "lower_and_split_punctuation")
    >>> [text[start:end] for start, end in spans]
    ['Do', "n't", 'stop', '.....']
    """
    if not len(tokens):
        return np.zeros((0, 2), dtype=np.int64)
    if preprocessor is None and not callable(standardize):
        if tokenizer is None and standardize == SPLIT_PUNCTUATION:
            spans = _align_split_punctuation(text, tokens)
        elif tokenizer is None:
            spans = _align_chunks(text, strips="strip" in (standardize or ""))
        elif "strip" in (standardize or ""):
            spans = _align_stripped(text, tokens)
        else:
            spans = _search(text, tokens)
    else:
        spans = _search(text, tokens)
    return np.array(spans, dtype=np.int64)


def _align_split_punctuation(text, tokens):
    """Follow the rules of `split_punctuation`.

    All that it drops between tokens is white space and line breaks, so that the first
    place where a token occurs is its own.
    """
    if not text.isascii():
        text = text.translate(_LOWER_AND_QUOTES)
    else:
        text = text.lower()
    text = _LINE_BREAK.sub(lambda match: " " * len(match[0]), text)
    spans, end = [], 0
    for token in tokens:
        run = _RUNS.get(token)
        if run is None:
            start = text.find(token, end)
            end = start + len(token)
        else:
            start, end = run.search(text, end).span()
        spans.append((start, end))
    return spans


def _align_chunks(text, strips):
    """Take what lies between white space, without the punctuation at its ends."""
    spans = []
    for match in _CHUNK.finditer(text):
        start, end = match.span()
        if strips:
            chunk = match[0].lstrip(string.punctuation)
            start = end - len(chunk)
            end = start + len(chunk.rstrip(string.punctuation))
        if start < end:
            spans.append((start, end))
    return spans


def _align_stripped(text, tokens):
    """Search in a text without punctuation, and find those places in the whole one."""
    kept = [i for i, character in enumerate(text) if not _PUNCTUATION.match(character)]
    stripped = "".join([text[i] for i in kept])
    kept.append(len(text))
    return [
        (kept[start], kept[end - 1] + 1 if end > start else kept[start])
        for start, end in _search(stripped, tokens)
    ]


def _search(text, tokens):
    """Search for tokens that were made in a way that is not known."""
    folded, origin = _folded(text)
    tokens = [_folded(token)[0] for token in tokens]
    places, end = [], 0
    for i, token in enumerate(tokens):
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        place = _next_place(folded, token, end, following)
        if place is not None:
            end = place[1]
        places.append(place)
    return [
        (origin[start], origin[end - 1] + 1 if end > start else origin[start])
        for start, end in _between(folded, places)
    ]


def _folded(text):
    """Return a text in lower case and plain quotes, and where its characters were."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    folded, origin = [], []
    for i, character in enumerate(text):
        lower = character.lower().translate(_QUOTES)
        folded.append(lower)
        origin += [i] * len(lower)
    return "".join(folded), [*origin, len(text)]


def _next_place(text, token, start, following):
    """Return where a token occurs next, or None.

    Right behind the last one, if it can; as a word of its own nearby rather than inside
    another; far off only if the following one occurs there, too, or there is none.
    """
    if not token:
        return None
    pattern = _RUNS[token].pattern if token in _RUNS else re.escape(token)
    here = re.compile(rf"(?:[{_SPACE}]*|\W*?)({pattern})").match(text, start)
    if here:
        return here.span(1)
    near = start + _NEAR + len(token)
    whole = re.compile(rf"(?<!\w)({pattern})(?!\w)")
    found = whole.search(text, start, near)
    if found is None or found.end() == near:  # where the search ended, or a word did
        found = _first_beginning(f"({pattern})", text, start, near)
    if found is None and following:
        both = rf"({pattern})\W*{re.escape(following)}"
        found = _first_beginning(both, text, start, len(text))
    elif found is None:
        found = whole.search(text, start)
    return found.span(1) if found else None


def _first_beginning(pattern, text, start, end):
    """Return the first match that is not inside a word, but may begin one.

    Where words have no spaces between, and letters no case, anything may be a word.
    Elsewhere it may be a stem, which a word begins with.
    """
    for match in re.compile(pattern).finditer(text, start, end):
        first, last = match.span(1)
        if not _is_cased(text[first]):
            return match
        if first and _is_cased(text[first - 1]):
            continue
        if last - first >= _SHORTEST_STEM or not _is_cased(text[last : last + 1]):
            return match
    return None


def _is_cased(character):
    return character.lower() != character.upper()


def _between(text, places):
    """Give tokens that were not found what lies between those that were."""
    spans, missing = [], 0
    for place in [*places, (len(text), len(text))]:
        if place is None:
            missing += 1
            continue
        if missing:
            spans += _shared(text, spans[-1][1] if spans else 0, place[0], missing)
            missing = 0
        spans.append(place)
    return spans[:-1]


def _shared(text, start, end, n_tokens):
    """Return the spans of tokens that are somewhere in a part of a text.

    One each of its words, if there are as many; otherwise all of it, each.
    """
    chunks = [match.span() for match in _CHUNK.finditer(text, start, end)]
    if len(chunks) == n_tokens:
        return chunks
    if not chunks:
        return [(start, start)] * n_tokens
    return [(chunks[0][0], chunks[-1][1])] * n_tokens
