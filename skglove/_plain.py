"""Plain state: numbers, strings, bytes and arrays, and checks that believe none of it.

What a shared model is made of. Whoever takes it apart cannot know who wrote it: each
value is checked for its type, range and shape before anything is made of it.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from .text._validation import shown


class InvalidStateError(ValueError):
    """The state of a model is not one that skglove has written."""

    def __init__(self, message: str):
        # It may quote what is in the file.
        super().__init__(message if len(message) <= 600 else message[:597] + "...")


def check_keys(
    state: Mapping, name: str, required: Iterable[str], optional: Iterable[str] = ()
) -> None:
    """Raise an error unless `state` is a dict with these keys.

    Parameters
    ----------
    state : object
        What should be the dict.

    name : str
        What the error calls it.

    required, optional : iterable of str
        The keys that must and that may be there.
    """
    if type(state) is not dict:
        raise InvalidStateError(f"{name} must be a dict, got {shown(state)}.")
    missing = [key for key in required if key not in state]
    if missing:
        raise InvalidStateError(f"{name} lacks {missing[0]!r}.")
    known = {*required, *optional}
    for key in state:
        if key not in known:
            raise InvalidStateError(f"{name} has the unknown entry {shown(key)}.")


def check_int(value, name: str, minimum: int, maximum: int = 2**63 - 1) -> int:
    """Return `value` if it is an int in this range, or raise an error."""
    if type(value) is not int or not minimum <= value <= maximum:
        raise InvalidStateError(
            f"{name} must be an int between {minimum} and {maximum}, got "
            f"{shown(value)}."
        )
    return value


def check_float(value, name: str) -> float:
    """Return `value` if it is a finite float, or raise an error."""
    if type(value) is not float or not np.isfinite(value):
        raise InvalidStateError(f"{name} must be a finite float, got {shown(value)}.")
    return value


def check_option(value, name: str, options: Iterable):
    """Return `value` if it is one of the options, or raise an error."""
    for option in options:
        if type(value) is type(option) and value == option:
            return value
    raise InvalidStateError(f"{name} must be one of {[*options]}, got {shown(value)}.")


def check_array(
    value, name: str, dtype, shape: Sequence[int | None], *, finite: bool = True
) -> np.ndarray:
    """Return `value` if it is an array of this dtype and shape, or raise an error.

    Parameters
    ----------
    value : object
        What should be the array.

    name : str
        What the error calls it.

    dtype : dtype
        The dtype, in either byte order.

    shape : sequence of int or None
        The shape; None takes any length.

    finite : bool, default=True
        Whether floating-point numbers must be neither NaN nor infinite.
    """
    dtype = np.dtype(dtype)
    # joblib gives memory maps on request.
    if (
        type(value) not in (np.ndarray, np.memmap)
        or value.dtype.newbyteorder("=") != dtype
    ):
        found = (
            f"an array of {value.dtype}"
            if isinstance(value, np.ndarray)
            else shown(value)
        )
        raise InvalidStateError(f"{name} must be an array of {dtype}, got {found}.")
    shape = tuple(shape)
    if value.ndim != len(shape) or any(
        wanted is not None and wanted != length
        for wanted, length in zip(shape, value.shape, strict=True)
    ):
        wanted = ", ".join("n" if length is None else str(length) for length in shape)
        raise InvalidStateError(
            f"{name} must be of shape ({wanted}), got {value.shape}."
        )
    if finite and dtype.kind == "f" and not np.isfinite(value).all():
        raise InvalidStateError(f"{name} holds NaN or infinity.")
    return value.astype(dtype, copy=False)


def narrow_ints(values: np.ndarray) -> np.ndarray:
    """Return whole numbers from 0 on in the smallest dtype that has room for them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def check_ints(value, name: str, length: int | None) -> np.ndarray:
    """Return the int64 numbers of what `narrow_ints` returned, or raise an error.

    The first files have int64 in its place.
    """
    is_narrow = isinstance(value, np.ndarray) and value.dtype.kind == "u"
    dtype = f"u{value.dtype.itemsize}" if is_narrow else np.int64
    values = check_array(value, name, dtype, (length,))
    if len(values) and (values.min() < 0 or values.max() > np.iinfo(np.int64).max):
        raise InvalidStateError(f"{name} must not be negative.")
    return values.astype(np.int64)


def pack_words(words: Iterable[str], errors: str = "strict") -> dict:
    """Return words as one block of bytes and the length of each.

    A node of JSON a word would take a hundred times the place.

    Parameters
    ----------
    words : iterable of str
        The words.

    errors : str, default="strict"
        As in `str.encode`: "surrogatepass" also keeps what UTF-8 has no form for.

    Returns
    -------
    packed : dict
        `text`, the words in UTF-8 end to end as bytes, and `lengths`, in bytes.

    Examples
    --------
    >>> from skglove._plain import pack_words, unpack_words
    >>> packed = pack_words(["frog", "", "toad"])
    >>> packed["text"], packed["lengths"].tolist()
    (b'frogtoad', [4, 0, 4])
    >>> unpack_words(packed, "words")
    ['frog', '', 'toad']
    """
    encoded = [word.encode(errors=errors) for word in words]
    lengths = np.array([*map(len, encoded)], dtype=np.int64)
    return {"text": b"".join(encoded), "lengths": narrow_ints(lengths)}


def unpack_words(packed, name: str, errors: str = "strict") -> list[str]:
    """Return the words of `pack_words`, or raise an error."""
    # The first files have where words end, in place of their lengths.
    key = "ends" if type(packed) is dict and "ends" in packed else "lengths"
    check_keys(packed, name, ("text", key))
    text = packed["text"]
    if type(text) is not bytes:
        raise InvalidStateError(f"{name}.text must be bytes, got {shown(text)}.")
    ends = numbers = check_ints(packed[key], f"{name}.{key}", None)
    if key == "lengths":
        # Each first, as their sum might not fit.
        if len(numbers) and numbers.max() > len(text):
            raise InvalidStateError(f"{name}.lengths has one of more than the text.")
        ends = np.cumsum(numbers)
    starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    if (starts > ends).any() or (ends[-1] if len(ends) else 0) != len(text):
        raise InvalidStateError(
            f"{name}.{key} must be of words end to end in the {len(text)} bytes of "
            "the text."
        )
    bounds = zip(starts.tolist(), ends.tolist(), strict=True)
    try:
        return [text[start:end].decode(errors=errors) for start, end in bounds]
    except UnicodeDecodeError as error:
        raise InvalidStateError(f"{name} is not UTF-8: {error}.") from None
