"""64-bit keys of strings: SipHash-1-3, over Arrow's buffers, so that no Python object is touched."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.arena import Words
from fairwire.kernel.compiled import njit
from fairwire.model.columns import UNKNOWN

Bytes = npt.NDArray[np.uint8]

KEY_0 = 0x66616972_77697265
KEY_1 = 0x73746174_65763031
"""A fixed key: a key of one's own would make state unreadable for others, and a replay differ between sites."""


@njit
def rotate(x: np.uint64, bits: int) -> np.uint64:
    """Rotate left."""
    return np.uint64((x << np.uint64(bits)) | (x >> np.uint64(64 - bits)))


@njit
def sip_round(a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """One SipRound (Aumasson and Bernstein, 2012)."""
    a = np.uint64(a + b)
    b = np.uint64(rotate(b, 13) ^ a)
    a = rotate(a, 32)
    c = np.uint64(c + d)
    d = np.uint64(rotate(d, 16) ^ c)
    a = np.uint64(a + d)
    d = np.uint64(rotate(d, 21) ^ a)
    c = np.uint64(c + b)
    b = np.uint64(rotate(b, 17) ^ c)
    c = rotate(c, 32)
    return a, b, c, d


@njit
def hash_bytes(data: Bytes, start: int, stop: int) -> int:
    """SipHash-1-3 of `data[start:stop]`, never 0 and never `UNKNOWN`."""
    k0 = np.uint64(KEY_0)
    k1 = np.uint64(KEY_1)
    a = np.uint64(k0 ^ np.uint64(0x736F6D6570736575))
    b = np.uint64(k1 ^ np.uint64(0x646F72616E646F6D))
    c = np.uint64(k0 ^ np.uint64(0x6C7967656E657261))
    d = np.uint64(k1 ^ np.uint64(0x7465646279746573))
    length = stop - start
    at = start
    for _ in range(length // 8):
        word = np.uint64(0)
        for j in range(8):
            word = np.uint64(word | (np.uint64(data[at + j]) << np.uint64(8 * j)))
        at += 8
        d = np.uint64(d ^ word)
        a, b, c, d = sip_round(a, b, c, d)
        a = np.uint64(a ^ word)
    word = np.uint64(np.uint64(length & 255) << np.uint64(56))
    for j in range(stop - at):
        word = np.uint64(word | (np.uint64(data[at + j]) << np.uint64(8 * j)))
    d = np.uint64(d ^ word)
    a, b, c, d = sip_round(a, b, c, d)
    a = np.uint64(a ^ word)
    c = np.uint64(c ^ np.uint64(255))
    for _ in range(3):
        a, b, c, d = sip_round(a, b, c, d)
    key = np.int64(np.uint64(a ^ b ^ c ^ d))
    if key == 0 or key == UNKNOWN:
        key = np.int64(1)
    return key  # type: ignore[return-value]


@njit
def hash_many(data: Bytes, offsets: npt.NDArray[np.int32], out: Words) -> None:
    """Keys of consecutive strings of one buffer: string i is `data[offsets[i]:offsets[i + 1]]`; `UNKNOWN` for an empty one."""
    for i in range(out.shape[0]):
        out[i] = hash_bytes(data, offsets[i], offsets[i + 1]) if offsets[i + 1] > offsets[i] else UNKNOWN


def key_of(text: str) -> int:
    """The key of one string."""
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    return int(hash_bytes(data, 0, data.shape[0]))
