"""Parsing plain decimal numbers, many at once."""

import numpy as np

_BYTES = 8  # handled at once, in one 64-bit integer
_SIGN, _POINT = ord("-"), ord(".")
_ASCII_ZEROS = np.uint64(int.from_bytes(b"0" * _BYTES, "little"))
_TOP_BITS = np.uint64(0x8080808080808080)
# What a byte may be at most, added to this, without reaching its top bit: 9.
_TO_TOP_BIT = np.uint64(0x7676767676767676)
# At [n], a mask that keeps the last n of the eight characters.
_KEEP_LAST = np.array([(1 << 64) - (1 << 64 - 8 * n) for n in range(9)], np.uint64)
# How far neighbours lie apart, what the first of them is worth, where sums end up.
_LANES = [
    (np.uint64(bits), np.uint64(weight), np.uint64(lanes))
    for bits, weight, lanes in (
        (8, 10, 0x00FF00FF00FF00FF),
        (16, 100, 0x0000FFFF0000FFFF),
        (32, 10_000, 0x00000000FFFFFFFF),
    )
]
# With 15 digits and a power of ten that float64 holds exactly, one division rounds as
# a full conversion does. One of the digits is before the point.
_MAX_DECIMALS = 14
_POWERS_OF_TEN = 10.0 ** np.arange(_MAX_DECIMALS + 1)


def parse_decimals(text):
    """Parse numbers of the form `-?d.d+`, which is what most vectors consist of.

    Parameters
    ----------
    text : bytes
        The numbers, each followed by one space or line break.

    Returns
    -------
    numbers : ndarray of shape (n_numbers,), dtype=float64
        The numbers, each the float64 that is nearest to its text.

    is_parsed : ndarray of shape (n_numbers,), dtype=bool
        Whether the text of a number has this form, with at most 14 decimals. What
        `numbers` holds for others means nothing.
    """
    # Room to load eight bytes before the first number and after the last.
    data = np.frombuffer(b"".join((bytes(_BYTES * 2), text, bytes(_BYTES))), np.uint8)
    ends = np.flatnonzero((data == 32) | (data == 10))
    starts = np.empty_like(ends)
    starts[:1] = _BYTES * 2
    starts[1:] = ends[:-1] + 1
    is_negative = data[starts] == _SIGN
    starts += is_negative
    n_decimals = ends - starts - 2
    is_parsed = (data[starts + 1] == _POINT) & (n_decimals > 0)
    is_parsed &= n_decimals <= _MAX_DECIMALS
    n_decimals = np.clip(n_decimals, 1, _MAX_DECIMALS)
    whole = data[starts] - np.uint8(ord("0"))
    is_parsed &= whole < 10

    eight_from = eight_bytes_from(data)
    fraction, is_digits = _parse_digits(
        eight_from[ends - _BYTES], np.minimum(n_decimals, _BYTES)
    )
    is_parsed &= is_digits
    if n_decimals.max(initial=0) > _BYTES:
        more, is_digits = _parse_digits(
            eight_from[ends - 2 * _BYTES], np.maximum(n_decimals - _BYTES, 0)
        )
        is_parsed &= is_digits
        fraction += more * 10**_BYTES
    powers = _POWERS_OF_TEN[n_decimals]
    numbers = (whole * powers + fraction) / powers
    np.negative(numbers, out=numbers, where=is_negative)
    return numbers, is_parsed


def eight_bytes_from(data):
    """View bytes as 64-bit integers, one from each place, the first byte the lowest."""
    return np.ndarray(max(len(data) - _BYTES + 1, 0), "<u8", data, strides=(1,))


def _parse_digits(characters, n_digits):
    """Turn the last digits of eight characters into a number, if digits they are."""
    digits = (characters ^ _ASCII_ZEROS) & _KEEP_LAST[n_digits]
    is_digits = ((digits | (digits + _TO_TOP_BIT)) & _TOP_BITS) == 0
    # Neighbours go together three times, to pairs, fours and eight, in all lanes at
    # once; the first of the two is the higher in rank and the lower in the integer.
    for bits, weight, lanes in _LANES:
        digits = (digits * weight + (digits >> bits)) & lanes
    return digits.astype(np.int64), is_digits
