"""Keys of strings are SipHash-1-3: against a reference written from the paper, which itself agrees with Python's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.kernel.hashing import KEY_0, KEY_1, hash_bytes, hash_many, key_of
from fairwire.model.columns import UNKNOWN

WORD = (1 << 64) - 1
TEXTS = ["", "a", "acme", "+12025550101", "exactly8", "nine char", "+1202555010", "ü" * 40, "x" * 255, "x" * 300]


def rotate(x: int, bits: int) -> int:
    return (x << bits | x >> (64 - bits)) & WORD


def siphash13(data: bytes, k0: int, k1: int) -> int:
    """Aumasson and Bernstein, 2012, with one round a block and three at the end."""
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def sip_round() -> None:
        v[0] = (v[0] + v[1]) & WORD
        v[1] = rotate(v[1], 13) ^ v[0]
        v[0] = rotate(v[0], 32)
        v[2] = (v[2] + v[3]) & WORD
        v[3] = rotate(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & WORD
        v[3] = rotate(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & WORD
        v[1] = rotate(v[1], 17) ^ v[2]
        v[2] = rotate(v[2], 32)

    whole = len(data) // 8 * 8
    blocks = [int.from_bytes(data[at : at + 8], "little") for at in range(0, whole, 8)]
    blocks.append(int.from_bytes(data[whole:], "little") | (len(data) & 255) << 56)
    for block in blocks:
        v[3] ^= block
        sip_round()
        v[0] ^= block
    v[2] ^= 255
    for _ in range(3):
        sip_round()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def signed(x: int) -> int:
    return x - (1 << 64) if x >> 63 else x


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="this Python hashes with another algorithm")
def test_the_reference_agrees_with_the_hash_of_this_python() -> None:
    texts = [text for text in TEXTS if text]  # the empty one is 0 by decree there
    code = "import json, sys; print(json.dumps([hash(text.encode()) for text in json.load(sys.stdin)]))"
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(texts).encode(), capture_output=True, env=environment, check=True
    )
    assert json.loads(done.stdout) == [signed(siphash13(text.encode(), 0, 0)) for text in texts]


@given(st.binary(max_size=70))
def test_a_key_is_the_siphash_of_the_bytes(data: bytes) -> None:
    padded = np.frombuffer(b"??" + data + b"!", dtype=np.uint8)
    assert hash_bytes(padded, 2, 2 + len(data)) == signed(siphash13(data, KEY_0, KEY_1))


@given(st.lists(st.text(max_size=12), max_size=8))
def test_many_strings_of_one_buffer_get_the_keys_they_would_get_alone(texts: list[str]) -> None:
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)]).astype(np.int32)
    data = np.frombuffer(b"".join(encoded) or b"\0", dtype=np.uint8)
    out = np.zeros(len(texts), dtype=np.int64)
    hash_many(data, offsets, out)
    assert out.tolist() == [signed(siphash13(text, KEY_0, KEY_1)) if text else UNKNOWN for text in encoded]


def test_no_key_is_zero_or_unknown() -> None:
    keys = {key_of(str(number)) for number in range(20_000)}
    assert len(keys) == 20_000
    assert not keys & {0, UNKNOWN}
