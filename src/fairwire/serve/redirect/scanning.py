"""Plain INVITEs of a burst found in one compiled pass: where in each of them stands what `read_plain` takes out of it.

It takes fewer messages than `read_plain` does, and finds the same in them; what it does not take is left to that.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import making_code, njit
from fairwire.sip import PlainInvite, plain_found
from fairwire.sip.message import LONGEST
from fairwire.sip.plain import SPANS

Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_MOST_LINES = 64
_TAKEN = (
    b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Max-Forwards", b"Content-Length", b"P-Asserted-Identity", b"User-Agent",
    b"Contact", b"X-Fairwire-Customer", b"X-Fairwire-User", b"X-Fairwire-Trunk", b"X-Fairwire-Source", b"X-Fairwire-Rate",
)  # fmt: skip
"""Names of headers that are taken, as they are spelled."""
_VIA, _FROM, _TO, _CALL_ID, _CSEQ, _HOPS, _LENGTH, _ASSERTED, _AGENT, _CONTACT, _CUSTOMER = range(11)
_SOURCE, _RATE = 13, 14
_HEEDED = (
    b"via", b"from", b"to", b"call-id", b"cseq", b"max-forwards", b"content-length", b"contact", b"p-asserted-identity",
    b"user-agent", b"privacy", b"diversion", b"history-info", b"identity", b"p-charge-info", b"date",
)  # fmt: skip
"""Names of headers that leave a message to be read in full where they are spelled otherwise, or not taken at all."""
_OURS = b"x-fairwire-"


def _table(words: Sequence[bytes]) -> tuple[Bytes, Words]:
    ends = np.cumsum([0, *(len(word) for word in words)]).astype(np.int64)
    return np.frombuffer(b"".join(words), dtype=np.uint8), ends


_SAID = (
    b"INVITE sip", b" SIP/2.0\r\n", b"SIP/2.0/", b";branch=", b";rport", b";received=", b"z9hg4bk", b";user=phone",
    b";transport=", b";tag=", b" INVITE", b"anonymous.invalid",
)  # fmt: skip
_WORDS, _WORD_ENDS = _table((*_TAKEN, *_HEEDED, _OURS, *_SAID))
_FIRST_HEEDED = len(_TAKEN)
_OURS_AT = _FIRST_HEEDED + len(_HEEDED)
_INVITE, _VERSION, _PROTOCOL, _BRANCH, _RPORT, _RECEIVED, _COOKIE, _PHONE, _TRANSPORT, _TAG, _METHOD, _NOBODY = range(
    256 + _OURS_AT + 1, 256 + _OURS_AT + 13
)
_D, _L, _U, _T, _H = 1, 2, 4, 8, 16
"""Of a byte: a digit, a small letter, a large letter, may stand in a token, in a host."""
_WITHIN, _VISIBLE, _ADDRESS, _HEADER = 32, 64, 128, 256
"""May stand between quotation marks, in a word without blanks, in an IP address, in a header's name."""
_DIGITS, _SMALL, _LARGE, _IN_TOKEN, _IN_HOST, _IN_QUOTES, _IN_WORD, _IN_ADDRESS, _IN_NAME = range(320, 329)
"""Where in the table these stand."""


def _kinds() -> Words:
    """What is so of each byte. Behind that, small numbers themselves and powers of two: what comes from a table has one type, and
    a number that is written out has one of its own, for which each function that it is given to would be compiled anew."""
    kinds = np.concatenate([np.zeros(256), np.arange(64), 1 << np.arange(9)]).astype(np.int64)
    for byte in range(256):
        text = chr(byte)
        digit, small, large = "0" <= text <= "9", "a" <= text <= "z", "A" <= text <= "Z"
        letter = digit or small or large
        kinds[byte] = (
            _D * digit | _L * small | _U * large | _T * (letter or text in "-.!%*_+`'~") | _H * (letter or text in "._-")
            | _WITHIN * (0x20 <= byte <= 0x7E and text not in '"\\') | _VISIBLE * (0x21 <= byte <= 0x7E)
            | _ADDRESS * (digit or text in "abcdefABCDEF.:") | _HEADER * (letter or text == "-")
        )  # fmt: skip
    return kinds


_KINDS = _kinds()


@njit
def _is(data: Bytes, at: int, stop: int, word: int, words: Bytes, ends: Words) -> bool:
    """Whether a word of the table stands at a place."""
    first, size = ends[word], ends[word + 1] - ends[word]
    if at + size > stop:
        return False
    k = 0
    while k < size and data[at + k] == words[first + k]:
        k += 1
    return bool(k == size)


@njit
def _is_small(data: Bytes, at: int, stop: int, word: int, words: Bytes, ends: Words) -> bool:
    """The same, whatever the case of letters; the table's are small."""
    first, size = ends[word], ends[word + 1] - ends[word]
    if at + size > stop:
        return False
    for k in range(size):
        byte = data[at + k]
        if byte >= 65 and byte <= 90:
            byte += 32
        if byte != words[first + k]:
            return False
    return True


@njit
def _over(data: Bytes, at: int, stop: int, kind: int, kinds: Words) -> int:
    """The first place that is not of a kind."""
    while at < stop and kinds[data[at]] & kind != 0:
        at += 1
    return at


@njit
def _port(data: Bytes, at: int, stop: int, kinds: Words) -> int:
    """Behind a port number, 1 to 65535, without a nought in front; -1 where there is none."""
    end = _over(data, at, stop, kinds[_DIGITS], kinds)
    if end == at or end - at > 5 or data[at] == 48:
        return -1
    port = 0
    for k in range(at, end):
        port = 10 * port + int(data[k]) - 48
    return end if port <= 65535 else -1


@njit
def _address(data: Bytes, at: int, stop: int, out: Words, place: int, kinds: Words, words: Bytes, ends: Words) -> int:
    """Behind a number, its host and what may follow (`sip:` stands before it); the number's span goes to `place`. -1: none."""
    first = at
    if at < stop and data[at] == 43:
        at += 1
    end = _over(data, at, stop, kinds[_DIGITS], kinds)
    if end - at < 2 or end - at > 15 or end >= stop or data[end] != 64:
        return -1
    out[place], out[place + 1] = first, end
    at = end + 1
    while at < stop and (kinds[data[at]] & (_D | _L) != 0 or data[at] == 46 or data[at] == 45):
        at += 1
    if at == end + 1:
        return -1
    if at < stop and data[at] == 58:
        at = _port(data, at + 1, stop, kinds)
        if at < 0:
            return -1
    if _is(data, at, stop, kinds[_PHONE], words, ends):
        at += 11
    if _is(data, at, stop, kinds[_TRANSPORT], words, ends):
        end = _over(data, at + 11, stop, kinds[_SMALL], kinds)
        if end == at + 11:
            return -1
        at = end
    return at


@njit
def _named(data: Bytes, at: int, stop: int, out: Words, name: int, place: int, kinds: Words, words: Bytes, ends: Words) -> int:
    """Behind a number in brackets, with or without a name before it; spans of name and number go to their places. -1: none."""
    out[name], out[name + 1] = -1, -1
    if at < stop and data[at] == 34:
        end = _over(data, at + 1, stop, kinds[_IN_QUOTES], kinds)
        if end >= stop or data[end] != 34:
            return -1
        out[name], out[name + 1] = at + 1, end
        at = end + 1
        if at < stop and data[at] == 32:
            at += 1
    if at + 5 > stop or data[at] != 60 or data[at + 1] != 115 or data[at + 2] != 105 or data[at + 3] != 112:
        return -1
    at += 4
    if data[at] == 115:
        at += 1
    if at >= stop or data[at] != 58:
        return -1
    at = _address(data, at + 1, stop, out, place, kinds, words, ends)
    if at < 0 or at >= stop or data[at] != 62:
        return -1
    return at + 1


@njit
def _sender(data: Bytes, at: int, stop: int, out: Words, place: int, kinds: Words, words: Bytes, ends: Words) -> int:
    """Behind protocol, transport, host and port of a Via; spans of transport, host and port go to `place`. -1: none."""
    if not _is(data, at, stop, kinds[_PROTOCOL], words, ends):
        return -1
    end = _over(data, at + 8, stop, kinds[_LARGE], kinds)
    if end == at + 8 or end >= stop or data[end] != 32:
        return -1
    out[place], out[place + 1] = at + 8, end
    at = end + 1
    end = _over(data, at, stop, kinds[_IN_HOST], kinds)
    if end == at:
        return -1
    out[place + 2], out[place + 3] = at, end
    out[place + 4], out[place + 5] = -1, -1
    if end < stop and data[end] == 58:
        at = end + 1
        end = _port(data, at, stop, kinds)
        out[place + 4], out[place + 5] = at, end
    return end


@njit
def _top(data: Bytes, at: int, stop: int, out: Words, kinds: Words, words: Bytes, ends: Words) -> bool:
    """The topmost Via: sender to 4, branch to 10; whether `rport` is before (12) or behind it (13)."""
    at = _sender(data, at, stop, out, kinds[256 + 4], kinds, words, ends)
    if at < 0:
        return False
    out[12] = out[13] = 0
    if _is(data, at, stop, kinds[_RPORT], words, ends):
        out[12] = 1
        at += 6
    if not _is(data, at, stop, kinds[_BRANCH], words, ends) or not _is_small(data, at + 8, stop, kinds[_COOKIE], words, ends):
        return False
    end = _over(data, at + 15, stop, kinds[_IN_TOKEN], kinds)
    if end == at + 15:
        return False
    out[10], out[11] = at + 8, end
    if _is(data, end, stop, kinds[_RPORT], words, ends):
        out[13] = 1
        end += 6
    return bool(end == stop and not (out[12] == 1 and out[13] == 1))


@njit
def _hop(data: Bytes, at: int, stop: int, out: Words, kinds: Words, words: Bytes, ends: Words) -> bool:
    """A further Via: sender to 16, what it was received from to 22."""
    at = _sender(data, at, stop, out, kinds[256 + 16], kinds, words, ends)
    if at < 0:
        return False
    out[22], out[23] = -1, -1
    branch = rport = 0
    while at < stop:
        if _is(data, at, stop, kinds[_BRANCH], words, ends):
            branch += 1
            end = _over(data, at + 8, stop, kinds[_IN_TOKEN], kinds)
            if end == at + 8:
                return False
        elif _is(data, at, stop, kinds[_RECEIVED], words, ends):
            end = _over(data, at + 10, stop, kinds[_IN_ADDRESS], kinds)
            if out[22] >= 0 or end == at + 10:
                return False
            out[22], out[23] = at + 10, end
        elif _is(data, at, stop, kinds[_RPORT], words, ends):
            rport += 1
            end = at + 6
            if end < stop and data[end] == 61:
                end = _over(data, at + 7, stop, kinds[_DIGITS], kinds)
                if end - at < 8 or end - at > 12:
                    return False
        else:
            return False
        at = end
    return bool(branch == 1 and rport <= 1)


@njit
def _amount(data: Bytes, at: int, stop: int, kinds: Words) -> bool:
    end = _over(data, at, stop, kinds[_DIGITS], kinds)
    if end == at or end - at > 9:
        return False
    if end < stop and data[end] == 46:
        at = end + 1
        end = _over(data, at, stop, kinds[_DIGITS], kinds)
        if end == at or end - at > 6:
            return False
    return bool(end == stop)


@njit
def scan(data: Bytes, start: int, stop: int, out: Words, scratch: Words, kinds: Words, words: Bytes, ends: Words) -> bool:
    """Find the spans of one message, which is `data[start:stop]`; False where it is left to be read otherwise.

    `out` holds them in the order of `plain.SPANS`, counted from `start` by whoever reads them; -1: not there.
    """
    for k in range(out.shape[0]):
        out[k] = -1
    if not _is(data, start, stop, kinds[_INVITE], words, ends):
        return False
    at = start + 10
    if at < stop and data[at] == 115:
        at += 1
    if at >= stop or data[at] != 58:
        return False
    at = _address(data, at + 1, stop, out, kinds[256 + 2], kinds, words, ends)
    if at < 0 or not _is(data, at, stop, kinds[_VERSION], words, ends):
        return False
    out[0], out[1] = start + 7, at
    at += 10
    vias = 0  # 1: the last line was a Via; 2: there was one before
    for _ in range(_MOST_LINES):
        if at + 1 < stop and data[at] == 13 and data[at + 1] == 10:
            out[47] = at + 2
            return bool(vias != 0 and out[24] >= 0 and out[32] >= 0 and out[34] >= 0 and out[36] >= 0)
        end = at
        while end < stop and data[end] >= 32 and data[end] <= 126:
            end += 1
        if end + 1 >= stop or data[end] != 13 or data[end + 1] != 10:
            return False
        colon = _over(data, at, end, kinds[_IN_NAME], kinds)
        size = colon - at
        if size < 2 or kinds[data[at]] & (_L | _U) == 0 or colon + 1 >= end or data[colon] != 58 or data[colon + 1] != 32:
            return False
        taken = -1
        for word in range(_FIRST_HEEDED):
            if ends[word + 1] - ends[word] == size and _is(data, at, end, word, words, ends):
                taken = word
                break
        value = colon + 2
        if taken < 0:
            for word in range(_FIRST_HEEDED, _OURS_AT):
                if ends[word + 1] - ends[word] == size and _is_small(data, at, end, word, words, ends):
                    return False
            if _is_small(data, at, end, kinds[256 + _OURS_AT], words, ends):
                return False
        elif taken == _VIA:
            if vias == 2:
                return False
            if vias == 0:
                if not _top(data, value, end, out, kinds, words, ends):
                    return False
            elif out[14] < 0:
                if not _hop(data, value, end, out, kinds, words, ends):
                    return False
                out[14], out[15] = at, end + 2
            else:
                if not _hop(data, value, end, scratch, kinds, words, ends):
                    return False
                out[15] = end + 2
            vias = 1
        elif taken == _FROM:
            behind = _named(data, value, end, scratch, kinds[256], kinds[256 + 2], kinds, words, ends)
            if out[24] >= 0 or behind < 0 or not _is(data, behind, end, kinds[_TAG], words, ends):
                return False
            tag = _over(data, behind + 5, end, kinds[_IN_TOKEN], kinds)
            if tag == behind + 5 or tag != end:
                return False
            for k in range(scratch[3], behind):
                if _is(data, k, behind, kinds[_NOBODY], words, ends):
                    return False
            out[24], out[25] = at, end + 2
            out[26], out[27], out[28], out[29] = scratch[0], scratch[1], scratch[2], scratch[3]
            out[30], out[31] = behind + 5, tag
        elif taken == _TO:
            if out[32] >= 0 or _named(data, value, end, scratch, kinds[256], kinds[256 + 2], kinds, words, ends) != end:
                return False
            out[32], out[33] = at, end
        elif taken == _CALL_ID:
            if out[34] >= 0 or _over(data, value, end, kinds[_IN_WORD], kinds) != end or value == end:
                return False
            out[34], out[35] = value, end
        elif taken == _CSEQ:
            number = _over(data, value, end, kinds[_DIGITS], kinds)
            if out[36] >= 0 or number == value or number - value > 9 or number + 7 != end:
                return False
            if not _is(data, number, end, kinds[_METHOD], words, ends):
                return False
            out[36], out[37] = value, number
        elif taken == _HOPS:
            if out[46] >= 0 or _over(data, value, end, kinds[_DIGITS], kinds) != end or value == end or end - value > 2:
                return False
            out[46] = value
        elif taken == _LENGTH:
            while value < end and data[value] == 32:
                value += 1
            if out[38] >= 0 or _over(data, value, end, kinds[_DIGITS], kinds) != end or value == end or end - value > 5:
                return False
            out[38] = 0
            for k in range(value, end):
                out[38] = 10 * out[38] + int(data[k]) - 48
        elif taken == _ASSERTED:
            if out[40] >= 0 or _named(data, value, end, scratch, kinds[256], kinds[256 + 2], kinds, words, ends) != end:
                return False
            out[40], out[41] = scratch[2], scratch[3]
        elif taken == _AGENT:
            if out[42] >= 0 or value == end or data[value] == 32 or data[end - 1] == 32:
                return False
            out[42], out[43] = value, end
        elif taken == _CONTACT:
            for k in range(value, end):
                if data[k] == 63:
                    return False
        else:
            place = 48 + 2 * (taken - _CUSTOMER)
            if out[place] >= 0 or value == end or end - value > 256 or _over(data, value, end, kinds[_IN_WORD], kinds) != end:
                return False
            if taken == _CUSTOMER:
                for k in range(value, end):
                    if data[k] == 44:
                        return False
            if taken == _RATE and not _amount(data, value, end, kinds):
                return False
            out[place], out[place + 1] = value, end
            out[44] = 1
        if taken != _VIA and vias == 1:
            vias = 2
        at = end + 2
    return False


@njit
def scan_many(
    data: Bytes, bounds: Words, out: Words, taken: Words, scratch: Words, kinds: Words, words: Bytes, ends: Words
) -> None:
    """`scan` of the messages `bounds[i]` to `bounds[i + 1]`; `taken[i]`: whether it took one. Spans count from its start."""
    for i in range(bounds.shape[0] - 1):
        start = bounds[i]
        found = out[i]
        taken[i] = scan(data, start, bounds[i + 1], found, scratch, kinds, words, ends)
        if taken[i] and start != 0:
            for k in range(found.shape[0]):
                if found[k] >= 0 and k != 38 and k != 12 and k != 13 and k != 44:
                    found[k] -= start


class Scanner:
    """Reads the plain INVITEs of bursts, `most` at once. Used from one thread.

    `behind`: its code is loaded on a thread, for the first start of a version has to make it, which takes seconds. Until it is
    there, every message is left to `read_plain`.
    """

    def __init__(self, most: int, *, behind: bool = False) -> None:
        self._out: Words = np.zeros((most, SPANS), dtype=np.int64)
        self._taken: Words = np.zeros(most, dtype=np.int64)
        self._scratch: Words = np.zeros(SPANS, dtype=np.int64)
        self._loaded = False
        if not behind:
            self._load()
            return
        with suppress(RuntimeError):  # the system gives no thread: then it stays as it is
            threading.Thread(target=self._load, name="fairwire-scanner", daemon=True).start()

    def _load(self) -> None:
        with making_code():
            self._scan([b" "])
        self._loaded = True

    def read(self, messages: Sequence[bytes]) -> list[PlainInvite | None]:
        """What the messages say; None for one that is left to `read_plain`."""
        if not self._loaded or not messages:
            return [None] * len(messages)
        self._scan(messages)
        count = len(messages)
        return [
            plain_found(message, spans) if taken and len(message) <= LONGEST else None
            for message, taken, spans in zip(messages, self._taken[:count].tolist(), self._out[:count].tolist(), strict=True)
        ]

    def _scan(self, messages: Sequence[bytes]) -> None:
        bounds = [0, *accumulate(map(len, messages))]
        scan_many(
            np.frombuffer(b"".join(messages) or b" ", dtype=np.uint8), np.array(bounds, dtype=np.int64),
            self._out, self._taken, self._scratch, _KINDS, _WORDS, _WORD_ENDS,
        )  # fmt: skip
