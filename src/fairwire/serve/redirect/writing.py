"""Answers to plain INVITEs that connect, written by one compiled loop: the very bytes of `sip.plain.plain_redirect`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import njit
from fairwire.kernel.texts import put
from fairwire.serve.redirect.digests import Orders, Unsigned, put_digest

Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_TEXTS = (
    b"SIP/2.0 302 Moved Temporarily\r\n", b";received=", b"\r\n", b"Contact: <", b">\r\nContent-Length: 0\r\n\r\n",
)  # fmt: skip
_FIRST, _RECEIVED, _END, _CONTACT, _LAST = range(5)
PHRASES: tuple[Bytes, Words] = (
    np.frombuffer(b"".join(_TEXTS), dtype=np.uint8),
    np.cumsum([0, *map(len, _TEXTS)]).astype(np.int64),
)
"""What `write_redirects` is given of what every answer says, and where each part of it begins."""


@njit
def _put_port(port: int, text: Bytes, at: int) -> int:
    digit = 1
    while port // digit >= 10:
        digit *= 10
    while digit > 0:
        text[at] = 48 + port // digit % 10
        at += 1
        digit //= 10
    return at


@njit
def _alike(a: Bytes, a_at: int, a_stop: int, b_at: int, b_stop: int) -> bool:
    """Whether two texts are the same, whatever the case of letters."""
    if a_stop - a_at != b_stop - b_at:
        return False
    for k in range(a_stop - a_at):
        one, other = a[a_at + k], a[b_at + k]
        one += 32 if 65 <= one <= 90 else 0
        other += 32 if 65 <= other <= 90 else 0
        if one != other:
            return False
    return True


@njit
def write_redirects(
    places: Words, added: Bytes, added_ends: Words, data: Bytes, bounds: Words, text: Bytes, cuts: Words,
    begun: Unsigned, size: int, work: Unsigned, begin: Unsigned, orders: Orders, phrases: Bytes, phrase_ends: Words,
    out: Bytes, ends: Words,
) -> int:  # fmt: skip
    """Write the answers to some of the messages that `scan_many` has read; how much was written.

    `places`: which; `added`: the parameters of the Contact of each, one behind another. `ends`: where each answer ends.
    """
    at = 0
    for i in range(places.shape[0]):
        cut, bound = cuts[places[i]], bounds[places[i]]
        at = put(phrases, phrase_ends[_FIRST], phrase_ends[_FIRST + 1], out, at)
        at = put(data, cut[10], cut[11], out, at)
        if cut[14] == cut[15]:
            out[at] = 61
            at = _put_port(bound[4], out, at + 1)
            at = put(data, cut[12], cut[13], out, at)
        if cut[14] == cut[15] or not _alike(data, cut[14], cut[15], bound[2], bound[3]):
            at = put(phrases, phrase_ends[_RECEIVED], phrase_ends[_RECEIVED + 1], out, at)
            at = put(data, bound[2], bound[3], out, at)
        at = put(phrases, phrase_ends[_END], phrase_ends[_END + 1], out, at)
        at = put(text, cut[5], cut[6], out, at)
        at = put_digest(begun, size, text, cut[4], cut[5], work, begin, orders, out, at)
        at = put(text, cut[6], cut[7], out, at)
        at = put(phrases, phrase_ends[_CONTACT], phrase_ends[_CONTACT + 1], out, at)
        at = put(data, cut[8], cut[9], out, at)
        at = put(added, added_ends[i], added_ends[i + 1], out, at)
        at = put(phrases, phrase_ends[_LAST], phrase_ends[_LAST + 1], out, at)
        ends[i] = at
    return at
