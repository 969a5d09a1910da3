"""Words without a vector, backed off to forms that have one."""

import re
import unicodedata

import numpy as np

from ..text import FIRST_WORD_ID, SPLIT_PUNCTUATION, tokenize

# What stripping punctuation makes of "shouldn't" and "they've". Closed lists, as
# "paint" is not "pai n't".
_NEGATION = re.compile(
    "(are|ca|could|did|do|does|had|has|have|is|might|must|need|should|was|were|wo"
    "|would)nt"
)
_CONTRACTION = re.compile(
    "(i|you|he|she|it|we|they|that|there|what|who|could|might|must|should|would)"
    "(d|ll|re|ve)"
)
_REPEATED = re.compile(r"([^\W\d_])\1\1+")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_DIGIT = re.compile(r"\d")


def known_forms(word, vocabulary=frozenset()):
    """Yield forms of a word that word vectors may know where they lack the word.

    Parameters
    ----------
    word : str
        The word.

    vocabulary : set of str, default=frozenset()
        Words that occur in the texts: "loooong" is rather "long" than "loong".

    Yields
    ------
    form : tuple of str
        One word, or several whose mean is used for the word, the best form first.

    Examples
    --------
    >>> from skglove.vectors._fallback import known_forms
    >>> list(known_forms("mother-in-law"))
    [('Mother-in-law',), ('MOTHER-IN-LAW',), ('mother', 'in', 'law')]
    >>> ("movie",) in known_forms("Movies"), ("scsi",) in known_forms("scsi2")
    (True, True)
    """
    forms = {(spelling,): None for spelling in _spellings(word)}
    for spelling in {word.lower(): None, _without_accents(word.lower()): None}:
        forms.update(dict.fromkeys(_derived(spelling, vocabulary)))
    yield from (form for form in forms if form not in ((word,), ()))


def _spellings(word):
    """Yield the word with capitals and accents changed."""
    for spelling in (word, _without_accents(word)):
        yield from (spelling, spelling.lower(), spelling.capitalize(), spelling.upper())


def _without_accents(word):
    """Return the word's letters without their accents and other marks."""
    if word.isascii():
        return word
    return "".join(
        character
        for character in unicodedata.normalize("NFKD", word)
        if not unicodedata.combining(character)
    )


def _derived(word, vocabulary):
    """Yield forms of a lower-case word that are other words."""
    # "mother-in-law", "and/or", and "isn't," where punctuation was left as it was.
    if not word.isalnum():
        (parts,) = tokenize([word], SPLIT_PUNCTUATION)
        parts = [part.decode() for part in parts]
        yield tuple(part for part in parts if any(map(str.isalnum, part)))
    if match := _NEGATION.fullmatch(word):
        yield match[1], "n't"
    if match := _CONTRACTION.fullmatch(word):
        yield match[1], "'" + match[2]
    if _REPEATED.search(word):  # "goood", "sooo"
        squeezed = [_REPEATED.sub(letters, word) for letters in (r"\1\1", r"\1")]
        squeezed.sort(key=lambda form: form not in vocabulary)
        yield from ((form,) for form in squeezed)
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        yield (word[:-1],)  # plurals, and "hitchcocks" for "hitchcock's"
    if len(word) > 3 and word.endswith("br"):
        yield (word[:-2],)  # what stripping punctuation makes of "movie.<br />"
    if _DIGIT.search(word):
        yield tuple(_LETTERS.findall(word))  # "24bit", "1993apr20"


def back_off(vocabulary, matrix, known, source):
    """Give words without a vector that of a known form.

    The first form is taken whose words all have vectors.

    Parameters
    ----------
    vocabulary : list of str of length n_tokens
        Padding and `[UNK]` first.

    matrix : ndarray of shape (n_tokens, dim)
        The vectors of the vocabulary. Rows for which a form is found are filled in
        place.

    known : ndarray of shape (n_tokens,), dtype=bool
        The rows of words that have a vector. Those filled are set in place.

    source : WordVectors
        Where the matrix is from.

    Returns
    -------
    backed_off : ndarray of shape (n_tokens,), dtype=bool
        The rows filled.

    Examples
    --------
    >>> from skglove import WordVectors
    >>> from skglove.vectors._fallback import back_off
    >>> vectors = WordVectors(["red", "hot"], [[0, 2], [4, 0]])
    >>> vocabulary = ["", "[UNK]", "red-hot", "cold"]
    >>> matrix, known = vectors.look_up(vocabulary)
    >>> back_off(vocabulary, matrix, known, vectors)
    array([False, False,  True, False])
    >>> matrix[2], known
    (array([2., 1.], dtype=float32), array([False, False,  True, False]))
    """
    backed_off = np.zeros(len(vocabulary), dtype=bool)
    in_texts = {*vocabulary}
    unknown = np.flatnonzero(~known)
    forms = {
        i: [*known_forms(vocabulary[i], in_texts)]
        for i in unknown[unknown >= FIRST_WORD_ID]
    }
    words = sorted({word for row in forms.values() for form in row for word in form})
    if not words:
        return backed_off
    rows, have_vectors = source.look_up(words)
    vectors = {words[i]: rows[i] for i in np.flatnonzero(have_vectors)}
    for i, row in forms.items():
        form = next((form for form in row if vectors.keys() >= set(form)), None)
        if form is not None:
            matrix[i] = np.mean([vectors[word] for word in form], axis=0)
            backed_off[i] = True
    known |= backed_off
    return backed_off
