"""Follows calls by the messages that a proxy mirrors, and says of each once: it was asked for, it was answered, it is over.

A call is a dialogue: Call-ID and the caller's tag. A message is mirrored at every hop, twice or more, out of order, or not at
all. So nothing is counted; each message says what is true of its call, and what was said before is not said again.

- An INVITE without a To tag is the attempt. It is told a moment later (`HOLD_US`): by then the proxy has asked us, and that
  INVITE says best whose call it is, and our own decision point has counted the call already.
- 2xx to an INVITE, at any hop, is the answer. A refusal ends the call only on its way to the caller, where it has the fewest Via;
  one of a carrier, or of us whom the proxy asks, may be followed by another try. When nothing follows, it was the end.
- 401 and 407 ask for the same INVITE with credentials. Where that does not come and nobody else was asked, there was no call.
- BYE is the end. One without its 2xx tells of an answer all the same: the caller's ACK says when, else nobody does.

What is kept is bounded. Calls that ring and calls that are up stand apart, so that a flood of INVITEs pushes out other INVITEs.
No clock here: whoever calls says what time it is.

Source: RFC 3261 12 (dialogs), 13.2.2.4, 15, 16.7 (responses on their way back), 22 (challenges).
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from typing import Any

import msgspec

from fairwire.formats import disposition_of_sip
from fairwire.model.instants import HOUR_US, MINUTE_US, SECOND_US
from fairwire.serve.hep import events
from fairwire.serve.hep.attempts import NOBODY, Told
from fairwire.serve.hep.messages import Seen
from fairwire.serve.hep.names import Names
from fairwire.serve.hep.states import Call

HOLD_US = SECOND_US
"""How long an attempt waits for the hop that tells most."""
UNDONE_US = 32 * SECOND_US
"""64 x T1: so long after a refusal that did not reach the caller, or a CANCEL, something may follow."""
RINGING_US = 5 * MINUTE_US
"""A call of which nothing is heard for longer does not ring any more: timer C of a proxy is over (RFC 3261 16.6)."""
LOST_US = 4 * HOUR_US
"""A call of which nothing is heard for longer is over and nobody told us; `limits.concurrent_calls` forgets it by then too."""
MOST_CALLS = 1_000_000
"""Calls that are followed at a time; a fifth of them may be ringing."""
MOST_OVER = 200_000
"""Calls that are over and remembered, so that a message that comes late begins nothing."""
MOST_EARLY = 10_000
"""Calls of which messages came before their INVITE, and messages of one such call."""
MOST_EARLY_MESSAGES = 8
_CHALLENGES = (401, 407)


class Calls:
    """The calls of a site. Used from one thread.

    Parameters
    ----------
    most
        Calls that are followed at a time.
    hold_us
        How long an attempt waits.
    ends
        Tell ends. False where records of calls tell them, with what they cost.
    """

    def __init__(self, *, most: int = MOST_CALLS, hold_us: int = HOLD_US, ends: bool = True) -> None:
        self._most_ringing, self._most_up = max(1, most // 5), max(1, most - most // 5)
        self._hold_us = hold_us
        self._ends = ends
        self._ringing: OrderedDict[bytes, Call] = OrderedDict()
        self._up: OrderedDict[bytes, Call] = OrderedDict()
        """Both by what was heard last, oldest first."""
        self._held: deque[tuple[int, bytes]] = deque()
        self._undone: deque[tuple[int, bytes]] = deque()
        self._over: OrderedDict[bytes, int] = OrderedDict()
        """Call -> CSeq of its INVITE."""
        self._early: OrderedDict[bytes, list[Seen]] = OrderedDict()
        self._names = Names()
        self._told: list[bytes] = []
        self.changed: dict[bytes, Call | None] = {}
        """Calls that began, or changed so that it matters after a restart; None: it is over. Whoever keeps them empties this."""
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._ringing) + len(self._up)

    @property
    def ringing(self) -> int:
        """Calls that are not answered yet."""
        return len(self._ringing)

    def take_told(self) -> list[bytes]:
        """The events since the last time, in order."""
        told, self._told = self._told, []
        return told

    # -- messages

    def invited(self, seen: Seen, told: Told | None, now_us: int) -> None:
        """An INVITE without a To tag. `told`: what it says of its call; None when that cannot be read."""
        key = _key(seen.call_id, seen.from_tag)
        call = self._find(key)
        if call is None:
            if told is None or self._over.get(key, -1) >= seen.cseq:
                self.counts["repeated" if told else "unreadable"] += 1
                return
            call = self._begin(key, seen, told, now_us)
        else:
            self._again(key, call, seen, told, now_us)
        for early in self._early.pop(seen.call_id, ()):
            self.heard(early, now_us)

    def _begin(self, key: bytes, seen: Seen, told: Told, now_us: int) -> Call:
        if len(self._ringing) >= self._most_ringing:
            gone, _ = self._ringing.popitem(last=False)
            self._forget(gone, "pushed_out")
        call = self._ringing[key] = Call(
            call_id=told.fields["call_id"],
            caller_tag=seen.from_tag,
            cseq=seen.cseq,
            hops=seen.hops,
            start_us=seen.at_us,
            data=msgspec.json.encode(told.fields),
            rank=told.rank,
            heard_us=now_us,
        )
        self._held.append((now_us + self._hold_us, key))
        return call

    def _again(self, key: bytes, call: Call, seen: Seen, told: Told | None, now_us: int) -> None:
        """The same INVITE at another hop, or once more, or with credentials."""
        self._touch(key, call, now_us)
        if call.answer_us:
            return
        if seen.cseq > call.cseq:
            call.cseq, call.hops, call.refused_here = seen.cseq, seen.hops, False
            call.refused_at_us = call.refused_code = 0
            if not call.told:
                self._held.append((now_us + self._hold_us, key))
        elif seen.cseq == call.cseq:
            call.hops = min(call.hops, seen.hops)
            if seen.at_us > call.refused_at_us and call.refused_code != 487:
                call.refused_at_us = call.refused_code = 0  # another try
        if not call.told:
            call.start_us = min(call.start_us, seen.at_us)
            if told is not None and told.rank > call.rank:
                call.data, call.rank = msgspec.json.encode(told.fields), told.rank

    def heard(self, seen: Seen, now_us: int, *, ours: bool = False) -> None:
        """Any other message. `ours`: our own decision point sent it."""
        key = _key(seen.call_id, seen.from_tag)
        call, by_caller = self._find(key), True
        if call is None:
            other = _key(seen.call_id, seen.to_tag)
            call, by_caller = (self._find(other) if seen.to_tag else None), False
            if call is None:
                if not ours:
                    self._unknown(key, other, seen)
                return
            key = other
        self._touch(key, call, now_us)
        if seen.method == b"INVITE":
            if by_caller and seen.status:
                self._response(key, call, seen, now_us, ours=ours)
        elif seen.status:
            return  # what became of other requests ends no call
        elif seen.method == b"BYE":
            callee = seen.to_tag if by_caller else seen.from_tag
            if not call.callee_tag or callee == call.callee_tag:
                self._released(key, call, seen, "caller" if by_caller else "callee")
        elif seen.method == b"CANCEL":
            if by_caller and not call.answer_us:
                self._refuse(key, call, 487, seen.at_us, now_us)
        elif seen.method == b"ACK" and by_caller and seen.cseq == call.cseq and seen.hops <= call.hops and not call.refused_code:
            call.ack_us = call.ack_us or seen.at_us

    def _unknown(self, key: bytes, other: bytes, seen: Seen) -> None:
        if key in self._over or other in self._over:
            self.counts["repeated"] += 1
        elif seen.method in (b"BYE", b"CANCEL") or (seen.method == b"INVITE" and seen.status >= 200):
            self.counts["early"] += 1
            waiting = self._early.setdefault(seen.call_id, [])
            if len(waiting) < MOST_EARLY_MESSAGES:
                waiting.append(seen)
            if len(self._early) > MOST_EARLY:
                self._early.popitem(last=False)

    def _response(self, key: bytes, call: Call, seen: Seen, now_us: int, *, ours: bool) -> None:
        status = seen.status
        if ours or seen.redirected:
            call.refused_here = call.refused_here or (ours and status >= 400 and status != 503)
        elif call.answer_us or status < 200:
            return
        elif status < 300:
            call.callee_tag = seen.to_tag
            self._answered(key, call, seen.at_us)
        elif seen.cseq != call.cseq:
            return  # of an INVITE within the call, or of the one that was challenged
        elif status < 400 or status in _CHALLENGES or seen.hops > call.hops:
            self._refuse(key, call, status, seen.at_us, now_us)
        else:
            self._failed(key, call, status, seen.at_us)

    # -- what becomes of a call

    def _tell(self, key: bytes, call: Call) -> dict[str, Any] | None:
        """The attempt, unless it was told; its data, or None when nobody knows whose call it is."""
        data: dict[str, Any] = msgspec.json.decode(call.data)
        if call.rank == NOBODY:
            return None
        if not call.told:
            call.told = True
            name = self._names.of(key, call.cseq, call.caller_tag, data)
            if name != call.call_id:
                call.call_id = data["call_id"] = name
                call.data = msgspec.json.encode(data)
            self._told.append(events.attempt(data, call.start_us))
            self.counts["attempt"] += 1
            self.changed[key] = call
        return data

    def _answered(self, key: bytes, call: Call, at_us: int) -> None:
        call.answer_us = max(at_us, call.start_us)
        call.refused_at_us = call.refused_code = 0
        data = self._tell(key, call)
        if data is None:
            self._close(key, call, "nobody")
            return
        del self._ringing[key]
        if len(self._up) >= self._most_up:
            gone, _ = self._up.popitem(last=False)
            self._forget(gone, "pushed_out")
        self._up[key] = call
        self._told.append(events.answered(data["customer"], call.call_id, call.answer_us))
        self.counts["answered"] += 1
        self.changed[key] = call

    def _refuse(self, key: bytes, call: Call, status: int, at_us: int, now_us: int) -> None:
        """It is refused, unless another try follows."""
        if at_us >= call.refused_at_us and not (call.refused_code == 487 and status != 487):
            call.refused_at_us, call.refused_code = at_us, status
            if not call.refused_due:
                call.refused_due = True
                self._undone.append((now_us + UNDONE_US, key))

    def _failed(self, key: bytes, call: Call, status: int, at_us: int) -> None:
        if call.refused_here:
            self._close(key, call, "refused_here")
            return
        self._end(key, call, at_us, disposition_of_sip(status), sip_code=status)

    def _released(self, key: bytes, call: Call, seen: Seen, by: str) -> None:
        if not call.answer_us and call.ack_us:
            call.answer_us = max(call.ack_us, call.start_us)
        self._end(key, call, seen.at_us, "answered", released_by=by)

    def _end(self, key: bytes, call: Call, at_us: int, disposition: str, *, sip_code: int = 0, released_by: str = "") -> None:
        data = self._tell(key, call)
        if data is None:
            self._close(key, call, "nobody")
            return
        if self._ends:
            self._told.append(
                events.ended(
                    data,
                    start_us=call.start_us,
                    answer_us=call.answer_us or None,
                    end_us=max(at_us, call.start_us, call.answer_us),
                    disposition=disposition,
                    sip_code=sip_code,
                    released_by=released_by,
                )
            )
        self._close(key, call, "ended")

    def _close(self, key: bytes, call: Call, why: str) -> None:
        self._over[key] = call.cseq
        self._over.move_to_end(key)
        if len(self._over) > MOST_OVER:
            self._over.popitem(last=False)
        (self._ringing if key in self._ringing else self._up).pop(key, None)
        self._forget(key, why)

    def _forget(self, key: bytes, why: str) -> None:
        self.counts[why] += 1
        self.changed[key] = None

    # -- time

    def tick(self, now_us: int) -> None:
        """Do what is due. Call it a few times a second."""
        while self._held and self._held[0][0] <= now_us:
            key = self._held.popleft()[1]
            call = self._ringing.get(key)
            waits = call is None or call.refused_here or call.refused_code in _CHALLENGES
            if call is not None and not waits and self._tell(key, call) is None:
                self._close(key, call, "nobody")
        while self._undone and self._undone[0][0] <= now_us:
            key = self._undone.popleft()[1]
            call = self._ringing.get(key)
            if call is not None and call.refused_due:
                self._look_again(key, call, now_us)
        while self._ringing:
            key, call = next(iter(self._ringing.items()))
            if now_us - call.heard_us <= RINGING_US:
                break
            self._silent(key, call)
        while self._up:
            key, call = next(iter(self._up.items()))
            if now_us - call.heard_us <= LOST_US:
                break
            self._close(key, call, "lost")

    def _look_again(self, key: bytes, call: Call, now_us: int) -> None:
        """A call that was refused on its way: nothing has followed, or something has."""
        call.refused_due = False
        if not call.refused_code:
            return
        if now_us - call.heard_us < UNDONE_US:
            call.refused_due = True
            self._undone.append((call.heard_us + UNDONE_US, key))
        elif call.refused_code in _CHALLENGES and not call.told:
            self._close(key, call, "challenged")
        else:
            self._failed(key, call, call.refused_code, call.refused_at_us)

    def _silent(self, key: bytes, call: Call) -> None:
        """A call that rang and of which nothing is heard any more."""
        if call.ack_us and not call.refused_here:
            self._answered(key, call, call.ack_us)
            return
        self.counts["silent"] += 1
        if call.refused_here:
            self._close(key, call, "refused_here")
        else:
            self._end(key, call, call.start_us, "no_answer")

    def _touch(self, key: bytes, call: Call, now_us: int) -> None:
        call.heard_us = now_us
        (self._ringing if key in self._ringing else self._up).move_to_end(key)

    def _find(self, key: bytes) -> Call | None:
        return self._ringing.get(key) or self._up.get(key)

    # -- over a restart

    def open(self) -> Iterable[tuple[bytes, Call]]:
        """All calls that were told and are not over."""
        for table in (self._ringing, self._up):
            for key, call in table.items():
                if call.told:
                    yield key, call

    def restore(self, calls: Iterable[tuple[bytes, Call]]) -> None:
        """Go on with what `open` gave."""
        for key, call in sorted(calls, key=lambda entry: entry[1].heard_us):
            table, most = (self._up, self._most_up) if call.answer_us else (self._ringing, self._most_ringing)
            table[key] = call
            self._names.take(key, call.cseq, call.call_id, msgspec.json.decode(call.data))
            if len(table) > most:
                table.popitem(last=False)


def _key(call_id: bytes, tag: bytes) -> bytes:
    return call_id + b"\0" + tag[:256]
