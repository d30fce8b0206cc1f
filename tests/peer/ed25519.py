"""Ed25519 of RFC 8032 with Python's integers alone, so that these tests need no package. Not for secrets: its time depends on them."""

import hashlib
from functools import lru_cache

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)  # points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    out = NEUTRAL
    while scalar:
        if scalar & 1:
            out = add(out, point)
        point = add(point, point)
        scalar >>= 1
    return out


def x_of(y, sign):
    """None where no point has this y, or where its sign is not that of zero."""
    squared = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(squared, (P + 3) // 8, P)
    if (x * x - squared) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - squared) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def compress(point):
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


@lru_cache(maxsize=1000)
def decompress(raw):
    number = int.from_bytes(raw, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    x = x_of(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def _table():
    """For each of 32 digits of eight bits: the base point times digit times 256**place."""
    y = 4 * pow(5, P - 2, P) % P
    x = x_of(y, 0)
    step, rows = (x, y, 1, x * y % P), []
    for _ in range(32):
        row = [NEUTRAL]
        for _ in range(255):
            row.append(add(row[-1], step))
        rows.append(row)
        step = add(row[-1], step)
    return rows


TABLE = _table()


def times_base(scalar):
    out = NEUTRAL
    for row in TABLE:
        out = add(out, row[scalar & 255])
        scalar >>= 8
    return out


@lru_cache(maxsize=1000)
def _halves(seed):
    digest = hashlib.sha512(seed).digest()
    return int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254, digest[32:]


def _hashed(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % ORDER


def public_key(seed):
    return compress(times_base(_halves(seed)[0]))


def sign(seed, public, message):
    scalar, prefix = _halves(seed)
    nonce = _hashed(prefix, message)
    first = compress(times_base(nonce))
    return first + ((nonce + _hashed(first, public, message) * scalar) % ORDER).to_bytes(32, "little")


def verifies(public, message, signature):
    """Refuses what is not canonical, and keys of small order, as libsodium does."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, first, s = decompress(public), decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or first is None or s >= ORDER or compress(times(8, key)) == compress(NEUTRAL):
        return False
    return compress(times_base(s)) == compress(add(first, times(_hashed(signature[:32], public, message), key)))
