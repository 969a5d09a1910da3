"""Parsing decimal numbers many at once, to the last bit as one by one."""

import random
import re

import numpy as np

from skglove.vectors._decimals import parse_decimals

FORM = re.compile(r"-?[0-9]\.[0-9]{1,14}")


def parse_each(tokens):
    """Check `parse_decimals` against Python's float; return how many it took."""
    ends = random.Random(0).choices(" \n", k=len(tokens))
    text = "".join(map(str.__add__, tokens, ends))
    numbers, is_parsed = parse_decimals(text.encode("latin-1"))
    assert len(numbers) == len(is_parsed) == len(tokens)
    assert is_parsed.tolist() == [FORM.fullmatch(token) is not None for token in tokens]
    expected = np.array([float(t) for t in tokens if FORM.fullmatch(t)])
    assert numbers[is_parsed].tobytes() == expected.tobytes()
    return is_parsed.sum()


def test_every_length_and_both_signs_are_exact():
    rng = random.Random(0)
    tokens = [
        f"{sign}{rng.randrange(10)}.{''.join(rng.choices('0123456789', k=n))}"
        for n in range(1, 15)
        for sign in ("", "-")
        for _ in range(200)
    ]
    rng.shuffle(tokens)
    assert parse_each(tokens) == len(tokens)
    assert parse_each(["0.0", "-0.0", "9.99999999999999", "-0.00000000000001"]) == 4


def test_other_forms_are_left_to_others():
    tokens = ["", "-", ".", "1", "-1", ".5", "1.", "-.5", "12.5", "--1.5", "+1.5"]
    tokens += ["1e5", "1.5e5", "1.5e-5", "nan", "inf", "1..5", "1.5.5", "1.-5", "1,5"]
    tokens += ["1.5\t", "1.5\r", "1.5x", "x.5", "1.5:", "1.5/", "1.5\0", "1.5\xb9"]
    tokens += ["1.123456789012345", "1.x2345678", "1.x23456789", "\xb1.5"]
    assert parse_each(tokens) == 0
    # Nor do they spoil their neighbours.
    assert parse_each([t for token in tokens for t in (token, "0.25")]) == len(tokens)


def test_any_character_in_any_place_is_noticed():
    tokens = []
    for token in ("0.5", "-1.25", "3.12345678", "-3.1234567890123"):
        for i in range(len(token)):
            for code in set(range(256)) - {ord(" "), ord("\n")}:
                tokens.append(token[:i] + chr(code) + token[i + 1 :])
    assert 0 < parse_each(tokens) < len(tokens)


def test_no_numbers():
    numbers, is_parsed = parse_decimals(b"")
    assert len(numbers) == len(is_parsed) == 0
