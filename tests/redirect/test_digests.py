"""Digests made by compiled code are those of `hashlib`."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fairwire.serve.redirect.digests import TABLES, Digest, put_digest

WORK = np.zeros(40, dtype=np.uint64)


@pytest.mark.parametrize("key", [b"", b"k", b"a secret of the tests", bytes(range(64))])
@pytest.mark.parametrize("size", [1, 8, 12, 32, 64])
@given(data=st.binary(min_size=1, max_size=600), before=st.binary(max_size=9))
@example(data=b"x" * 127, before=b"")
@example(data=b"x" * 128, before=b"y")
@example(data=b"x" * 129, before=b"")
@example(data=b"x" * 256, before=b"yy")
def test_a_digest_is_that_of_hashlib_wherever_its_text_stands(size: int, key: bytes, data: bytes, before: bytes) -> None:
    begun, whole = Digest(size, key), np.frombuffer(before + data + b"behind", dtype=np.uint8)
    out = np.zeros(3 + 2 * size + 1, dtype=np.uint8)
    end = put_digest(begun.begun, size, whole, len(before), len(before) + len(data), WORK, *TABLES, out, 3)
    assert end == 3 + 2 * size
    assert out[3:end].tobytes().decode() == hashlib.blake2b(data, digest_size=size, key=key).hexdigest()
    assert not out[:3].any(), "what stands before it is left alone"
    assert not out[end:].any(), "and what stands behind it"
