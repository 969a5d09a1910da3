"""Damaging bytes."""

import random

_TOKENS = [
    b"\n",
    b" ",
    b"\0",
    b"\r\n",
    b"\t",
    b"-",
    b".",
    b"nan",
    b"inf",
    b"1e999",
    b"1e-999",
    b"1_0",
    b"0x1p3",
    b"9" * 400,
    b"9" * 5_000,
    b"x" * 70_000,
    b" 1" * 300,
    b"31000000 31000000\n",
    b"1 31000000\n",
    b"0 4\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"\x93NUMPY\x01\x00",
    b"(999999999999,)",
]
INTEGERS = [0, 1, 2, 4, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**63]


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Damage bytes in one to four places, each in one of many ways."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        n = len(data)
        at = rng.randrange(n + 1)
        size = min(rng.choice([1, 1, 2, 4, 8, 30, 300]), n - at)
        way = rng.randrange(9)
        if way == 0 and n:
            data[min(at, n - 1)] ^= 1 << rng.randrange(8)
        elif way == 1 and n:
            data[min(at, n - 1)] = rng.randrange(256)
        elif way == 2:
            del data[at : at + size]
        elif way == 3:
            data[at:at] = data[at : at + size]
        elif way == 4:
            data[at:at] = rng.randbytes(size)
        elif way == 5:
            data[at : at + size] = bytes(size)
        elif way == 6:
            del data[at:]
        elif way == 7:
            token = rng.choice(_TOKENS)
            data[at : at + rng.choice([0, len(token)])] = token
        else:
            n_bytes = rng.choice([2, 4, 8])
            number = rng.choice(INTEGERS) % 2 ** (8 * n_bytes)
            data[at : at + n_bytes] = number.to_bytes(n_bytes, "little")
    return bytes(data)
