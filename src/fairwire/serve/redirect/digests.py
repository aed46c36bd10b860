"""BLAKE2b (RFC 7693) over bytes that compiled code has at hand: the very digests of `hashlib.blake2b`, which tests compare.

The ids of questions and the tags of answers are such digests. To have each made by `hashlib` means an object for what goes in,
one for the digest and one for its digits, for every call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import njit
from fairwire.kernel.hashing import rotate

Bytes = npt.NDArray[np.uint8]
Unsigned = npt.NDArray[np.uint64]
Orders = npt.NDArray[np.int64]

BLOCK = 128
_BEGIN = np.array(
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ],
    dtype=np.uint64,
)  # fmt: skip
"""RFC 7693 2.6."""
_ORDERS = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    dtype=np.int64,
)
"""RFC 7693 2.7; the last two rounds begin anew."""
_ROUNDS = 12


@njit
def _stir(v: Unsigned, a: int, b: int, c: int, d: int, x: np.uint64, y: np.uint64) -> None:
    """The mixing function G (RFC 7693 3.1)."""
    v[a] = np.uint64(v[a] + v[b] + x)
    v[d] = rotate(np.uint64(v[d] ^ v[a]), 32)
    v[c] = np.uint64(v[c] + v[d])
    v[b] = rotate(np.uint64(v[b] ^ v[c]), 40)
    v[a] = np.uint64(v[a] + v[b] + y)
    v[d] = rotate(np.uint64(v[d] ^ v[a]), 48)
    v[c] = np.uint64(v[c] + v[d])
    v[b] = rotate(np.uint64(v[b] ^ v[c]), 1)


@njit
def _compress(h: Unsigned, v: Unsigned, m: Unsigned, begin: Unsigned, orders: Orders, count: int, last: bool) -> None:
    """The compression function F of the block in `m` (RFC 7693 3.2)."""
    for k in range(8):
        v[k] = h[k]
        v[k + 8] = begin[k]
    v[12] = np.uint64(v[12] ^ np.uint64(count))
    if last:
        v[14] = np.uint64(~v[14])
    for turn in range(_ROUNDS):
        s = orders[turn % 10]
        _stir(v, 0, 4, 8, 12, m[s[0]], m[s[1]])
        _stir(v, 1, 5, 9, 13, m[s[2]], m[s[3]])
        _stir(v, 2, 6, 10, 14, m[s[4]], m[s[5]])
        _stir(v, 3, 7, 11, 15, m[s[6]], m[s[7]])
        _stir(v, 0, 5, 10, 15, m[s[8]], m[s[9]])
        _stir(v, 1, 6, 11, 12, m[s[10]], m[s[11]])
        _stir(v, 2, 7, 8, 13, m[s[12]], m[s[13]])
        _stir(v, 3, 4, 9, 14, m[s[14]], m[s[15]])
    for k in range(8):
        h[k] = np.uint64(h[k] ^ v[k] ^ v[k + 8])


@njit
def put_digest(
    begun: Unsigned, size: int, data: Bytes, first: int, stop: int, work: Unsigned, begin: Unsigned, orders: Orders,
    text: Bytes, at: int,
) -> int:  # fmt: skip
    """Write the digest of `data[first:stop]`, which is not empty, in hexadecimal digits; the place behind it.

    `begun` and `size` are those of a `Digest`; `work` has room for 40 words.
    """
    h, v, m = work[:8], work[8:24], work[24:40]
    for k in range(8):
        h[k] = begun[k]
    count = int(begun[8])
    while True:
        here = min(BLOCK, stop - first)
        for k in range(16):
            word = np.uint64(0)
            for j in range(8):
                if 8 * k + j < here:
                    word = np.uint64(word | (np.uint64(data[first + 8 * k + j]) << np.uint64(8 * j)))
            m[k] = word
        first += here
        count += here
        _compress(h, v, m, begin, orders, count, first == stop)
        if first == stop:
            break
    for k in range(size):
        byte = int(np.uint64(h[k // 8] >> np.uint64(8 * (k % 8)))) & 255
        for digit in (byte >> 4, byte & 15):
            text[at] = 48 + digit if digit < 10 else 87 + digit
            at += 1
    return at


TABLES = (_BEGIN, _ORDERS)
"""What `put_digest` is given behind its room to work."""


class Digest:
    """How digests of one size begin.

    Parameters
    ----------
    size
        Bytes of the digest, 1 to 64.
    key
        Up to 64 bytes; none for a digest without a key.
    """

    def __init__(self, size: int, key: bytes = b"") -> None:
        self.size = size
        self.begun: Unsigned = np.zeros(9, dtype=np.uint64)
        """Eight words, and how many bytes have gone into them."""
        self.begun[:8] = _BEGIN
        self.begun[0] ^= np.uint64(0x0101_0000 | len(key) << 8 | size)
        if key:
            block = np.frombuffer(key.ljust(BLOCK, b"\0"), dtype="<u8").astype(np.uint64)
            _compress(self.begun[:8], np.zeros(16, dtype=np.uint64), block, _BEGIN, _ORDERS, BLOCK, False)
            self.begun[8] = np.uint64(BLOCK)
