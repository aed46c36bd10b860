"""Plain INVITEs of a burst read in one compiled pass: what `read_plain` takes out of each of them, written one behind another.

It takes fewer messages than `read_plain` does, and says the same of them; what it does not take is left to that.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from fairwire.kernel.compiled import making_code, njit
from fairwire.kernel.texts import put
from fairwire.ports.plain_call import LONGEST_TEXT, PlainCaller, PlainCalls
from fairwire.serve.redirect.digests import TABLES, Digest, Orders, Unsigned, put_digest
from fairwire.serve.redirect.writing import PHRASES, write_redirects
from fairwire.sip import PlainInvite
from fairwire.sip.message import LONGEST

Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Source = tuple[str, int]
EVENT_BYTES = 12
"""Of the digest that names a question."""
TAG_BYTES = 8
"""Of the digest that is a To tag, as `tag_for` makes it."""
_BOUNDS = 5
"""Numbers about a message: its begin and end, begin and end of the address that it came from, and the port."""

_MOST_LINES = 64
_SPANS = 58
"""Numbers that say where in a plain INVITE things stand: the first byte of each and the one behind its last, -1 for what is not
there. 0 Request-URI, 2 number called; of the topmost Via 4 transport, 6 host, 8 port, 10 branch, 12 and 13 whether it asks for
its port before and behind that; 14 the further Via lines, and of the first of them 16 transport, 18 host, 22 where it came from;
24 From and its line end, 26 name in it, 28 number, 30 tag; 32 To; 34 Call-ID; 36 number of CSeq; 38 Content-Length itself; 40
number asserted; 42 User-Agent; 44 whether headers of ours are there; 46 Max-Forwards; 47 the body; 48 customer, 50 user, 52
trunk, 54 source, 56 rate. The others mean nothing."""
CUTS = 18
"""Numbers that say what `PlainInvite` is made of. In the text that is written: where number called, Call-ID, who calls, key,
identity, copied and last begin, and where the last of them ends. In the message: begin and end of Request-URI, of the Via line
before the place of rport's value, and of what is behind that; begin and end of its host, or twice nought. In the text again:
where the address that asked begins, which stands before the key; where the id of the question begins, behind all else."""
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
    b";transport=", b";tag=", b" INVITE", b"anonymous.invalid", b"5060", b"5061", b"TLS", b"\r\nCall-ID: ", b"\r\nCSeq: ",
    b" INVITE\r\n", b"\nINVITE",
)  # fmt: skip
_WORDS, _WORD_ENDS = _table((*_TAKEN, *_HEEDED, _OURS, *_SAID))
_FIRST_HEEDED = len(_TAKEN)
_OURS_AT = _FIRST_HEEDED + len(_HEEDED)
(
    _INVITE, _VERSION, _PROTOCOL, _BRANCH, _RPORT, _RECEIVED, _COOKIE, _PHONE, _TRANSPORT, _TAG, _METHOD, _NOBODY, _PORT_UDP,
    _PORT_TLS, _TLS, _SAYS_ID, _SAYS_CSEQ, _SAYS_METHOD, _ASKS,
) = range(256 + _OURS_AT + 1, 256 + _OURS_AT + 20)  # fmt: skip
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

    `out` holds them in the order of `_SPANS`; -1: not there.
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
def _put_small(data: Bytes, first: int, stop: int, text: Bytes, at: int) -> int:
    """`put` in small letters."""
    for k in range(first, stop):
        byte = data[k]
        text[at] = byte + 32 if byte >= 65 and byte <= 90 else byte
        at += 1
    return at


@njit
def _put_word(word: int, words: Bytes, ends: Words, text: Bytes, at: int) -> int:
    return put(words, ends[word], ends[word + 1], text, at)


@njit
def _put_key(data: Bytes, found: Words, text: Bytes, at: int, kinds: Words, words: Bytes, ends: Words) -> int:
    """Branch, who sent it and the method, as `transaction_key` has them."""
    at = put(data, found[10], found[11], text, at)
    text[at] = 10
    at = _put_small(data, found[6], found[7], text, at + 1)
    text[at] = 58
    if found[8] >= 0:
        at = put(data, found[8], found[9], text, at + 1)
    elif found[5] - found[4] == 3 and _is(data, found[4], found[5], kinds[_TLS], words, ends):
        at = _put_word(kinds[_PORT_TLS], words, ends, text, at + 1)
    else:
        at = _put_word(kinds[_PORT_UDP], words, ends, text, at + 1)
    return _put_word(kinds[_ASKS], words, ends, text, at)


@njit
def _put_who(data: Bytes, found: Words, text: Bytes, at: int, kinds: Words) -> int:
    """The texts of `Who`."""
    at = put(data, found[26], found[27], text, at)
    text[at] = 0
    at = put(data, found[28], found[29], text, at + 1)
    text[at] = 0
    at = put(data, found[40], found[41], text, at + 1)
    text[at] = 0
    at = put(data, found[42], found[43], text, at + 1)
    text[at] = 0
    if found[16] < 0:
        at = put(data, found[4], found[5], text, at + 1)
        text[at] = 0
        at = _put_small(data, found[6], found[7], text, at + 1)
    else:
        at = put(data, found[16], found[17], text, at + 1)
        text[at] = 0
        place = kinds[256 + 22] if found[22] >= 0 else kinds[256 + 18]
        at = put(data, found[place], found[place + 1], text, at + 1)
    for place in range(48, 58, 2):
        text[at] = 0
        at = put(data, found[place], found[place + 1], text, at + 1)
    return at


@njit
def _put_identity(data: Bytes, found: Words, text: Bytes, at: int) -> int:
    """Branch, Call-ID, tag and number of CSeq, as `tag_for` has them."""
    at = put(data, found[10], found[11], text, at)
    text[at] = 10
    at = put(data, found[34], found[35], text, at + 1)
    text[at] = 10
    at = put(data, found[30], found[31], text, at + 1)
    text[at] = 10
    first = found[36]
    while first < found[37] and data[first] == 48:
        first += 1
    return put(data, first, found[37], text, at + 1)


@njit
def _write(
    data: Bytes, found: Words, host: int, host_stop: int, text: Bytes, at: int, cuts: Words,
    kinds: Words, words: Bytes, ends: Words,
) -> int:  # fmt: skip
    """Write what `PlainInvite` is made of, and where it stands."""
    cuts[0] = at
    cuts[1] = at = put(data, found[2], found[3], text, at)
    cuts[2] = at = put(data, found[34], found[35], text, at)
    cuts[16] = at = _put_who(data, found, text, at, kinds)
    at = put(data, host, host_stop, text, at)
    text[at] = 10
    cuts[3] = at + 1
    cuts[4] = at = _put_key(data, found, text, at + 1, kinds, words, ends)
    cuts[5] = at = _put_identity(data, found, text, at)
    at = put(data, found[14], found[15], text, at)
    at = put(data, found[24], found[25], text, at)
    at = put(data, found[32], found[33], text, at)
    cuts[6] = at = _put_word(kinds[_TAG], words, ends, text, at)
    at = _put_word(kinds[_SAYS_ID], words, ends, text, at)
    at = put(data, found[34], found[35], text, at)
    at = _put_word(kinds[_SAYS_CSEQ], words, ends, text, at)
    at = put(data, found[36], found[37], text, at)
    cuts[7] = at = _put_word(kinds[_SAYS_METHOD], words, ends, text, at)
    cuts[8], cuts[9] = found[0], found[1]
    cuts[10] = found[4] - 13
    cuts[11] = found[11] + 6 * found[13]
    cuts[12] = cuts[13] = cuts[14] = cuts[15] = 0
    if found[12] == 1:
        cuts[11] = 6 + (found[9] if found[8] >= 0 else found[7])
        cuts[12], cuts[13] = found[10] - 8, found[11]
    elif found[13] == 0:
        cuts[14], cuts[15] = found[6], found[7]
    return at


@njit
def scan_many(
    data: Bytes, bounds: Words, longest: int, found: Words, text: Bytes, cuts: Words, spans: Words, scratch: Words,
    kinds: Words, words: Bytes, ends: Words, begun: Unsigned, size: int, work: Unsigned, begin: Unsigned, orders: Orders,
) -> int:  # fmt: skip
    """Read some messages one by one; how much was written to `text`.

    `bounds[i]`: begin and end of a message in `data`, and of the address that it came from. `cuts[i]`: where what was read of it
    stands, the first below 0 where it was not taken. `spans[i]`: the same as `PlainCalls` has it. `text` has room for four times
    what comes, and 512 bytes a message: no part of a message is written more than three times. `begun` and what is behind it are
    for `put_digest`.
    """
    at = 0
    for i in range(bounds.shape[0]):
        start, stop = bounds[i, 0], bounds[i, 1]
        cuts[i, 0] = -1
        if stop - start > longest or not scan(data, start, stop, found, scratch, kinds, words, ends):
            continue
        if found[38] <= stop - found[47]:
            cut = cuts[i]
            cut[17] = at = _write(data, found, bounds[i, 2], bounds[i, 3], text, at, cut, kinds, words, ends)
            span = spans[i]
            span[0], span[1], span[4], span[5] = cut[0], cut[1], cut[1], min(cut[2], cut[1] + LONGEST_TEXT)
            span[2], span[3] = at, at + 2 * size
            at = put_digest(begun, size, text, cut[16], cut[4], work, begin, orders, text, at)
    return at


class Scanner:
    """Reads the plain INVITEs of bursts, `most` at once, and writes the answers to those that connect. Used from one thread.

    Parameters
    ----------
    secret
        Key of the To tags.
    behind
        Its code is loaded on a thread, for the first start of a version has to make it, which takes seconds. Until it is there,
        every message is left to `read_plain`.
    """

    def __init__(self, most: int, secret: bytes = b"", *, behind: bool = False) -> None:
        self._cuts: Words = np.zeros((most, CUTS), dtype=np.int64)
        self._spans: Words = np.zeros((most, 6), dtype=np.int64)
        self._found: Words = np.zeros(_SPANS, dtype=np.int64)
        self._scratch: Words = np.zeros(_SPANS, dtype=np.int64)
        self._text: Bytes = np.zeros(1 << 16, dtype=np.uint8)
        self._data: Bytes = np.zeros(1, dtype=np.uint8)
        self._bounds: Words = np.zeros((1, _BOUNDS), dtype=np.int64)
        self._out: Bytes = np.zeros(1 << 16, dtype=np.uint8)
        self._ends: Words = np.zeros(most, dtype=np.int64)
        self._work: Unsigned = np.zeros(40, dtype=np.uint64)
        self._event, self._tag = Digest(EVENT_BYTES), Digest(TAG_BYTES, secret)
        self._loaded = False
        if not behind:
            self._load()
            return
        with suppress(RuntimeError):  # the system gives no thread: then it stays as it is
            threading.Thread(target=self._load, name="fairwire-scanner", daemon=True).start()

    def _load(self) -> None:
        with making_code():
            self._scan([(b" ", ("", 0))])
            self._answer([], [])
        self._loaded = True

    def scan(self, come: Sequence[tuple[bytes, Source]]) -> tuple[bytes, list[list[int]]]:
        """What was written of messages, and the `CUTS` of each, the first of them below 0 where it is left to `read_plain`; no
        cuts where all are."""
        if not self._loaded or not come:
            return b"", []
        return self._scan(come), self._cuts[: len(come)].tolist()

    def calls(self, places: list[int], callers: Sequence[PlainCaller], source: str) -> PlainCalls:
        """Some of the messages that were read last, and taken, as calls. They hold until others are read."""
        first, count = places[0], len(places)
        spans = self._spans[first : first + count] if places[-1] == first + count - 1 else self._spans[places]
        return PlainCalls(source, callers, self._text, spans)

    def invite(self, place: int) -> PlainInvite:
        """What one of the messages says that were read last, and taken."""
        called, call_id, who, key, identity, copied, last, end, *spans, address, _ = self._cuts[place].tolist()
        uri, uri_end, above, above_end, rest, rest_end, host, host_end = spans

        def sent(first: int, stop: int) -> bytes:
            return self._data[first:stop].tobytes()

        def text(first: int, stop: int) -> bytes:
            return self._text[first:stop].tobytes()

        return PlainInvite(
            sent(uri, uri_end), text(called, call_id).decode(), text(call_id, who).decode(), text(who, address),
            text(key, identity), text(identity, copied), sent(above, above_end), sent(rest, rest_end), sent(host, host_end),
            text(copied, last), text(last, end),
        )  # fmt: skip

    def redirects(self, places: Sequence[int], added: Sequence[bytes]) -> list[bytes]:
        """For some of the messages that were read last what `plain_redirect` gives, with the Request-URI and these parameters as
        the Contact."""
        written = self._answer(places, added)
        at = 0
        found: list[bytes] = []
        for end in self._ends[: len(places)].tolist():
            found.append(written[at:end])
            at = end
        return found

    def _scan(self, come: Sequence[tuple[bytes, Source]]) -> bytes:
        """Scan messages; what was written of them."""
        messages = [data for data, _ in come]
        hosts: dict[str, tuple[int, int]] = {}
        bounds: list[int] = []
        at, behind = 0, sum(map(len, messages))
        for message, source in come:
            host = hosts.get(source[0])
            if host is None:
                messages.append(source[0].encode())
                host = hosts[source[0]] = behind, behind + len(messages[-1])
                behind = host[1]
            begin, at = at, at + len(message)
            bounds += (begin, at, *host, source[1])
        self._data = np.frombuffer(b"".join(messages) or b" ", dtype=np.uint8)
        self._bounds = np.array(bounds, dtype=np.int64).reshape(-1, _BOUNDS)
        room = 4 * len(self._data) + 512 * len(come)
        if len(self._text) < room:
            self._text = np.zeros(2 * room, dtype=np.uint8)
        size = scan_many(
            self._data, self._bounds, LONGEST, self._found, self._text, self._cuts, self._spans, self._scratch,
            _KINDS, _WORDS, _WORD_ENDS, self._event.begun, EVENT_BYTES, self._work, *TABLES,
        )  # fmt: skip
        return self._text[:size].tobytes()

    def _answer(self, places: Sequence[int], added: Sequence[bytes]) -> bytes:
        sizes = np.array([0, *accumulate(map(len, added))], dtype=np.int64)
        room = 2 * len(self._data) + int(sizes[-1]) + 512 * len(places)
        if len(self._out) < room:
            self._out = np.zeros(2 * room, dtype=np.uint8)
        size = write_redirects(
            np.array(places, dtype=np.int64), np.frombuffer(b"".join(added) or b" ", dtype=np.uint8), sizes, self._data,
            self._bounds, self._text, self._cuts, self._tag.begun, TAG_BYTES, self._work, *TABLES, *PHRASES,
            self._out, self._ends,
        )  # fmt: skip
        return self._out[:size].tobytes()
