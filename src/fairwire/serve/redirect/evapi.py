"""The questions that Kamailio asks over its event socket (module `evapi`): JSON in netstrings, many on one connection.

    Kamailio                                             Fairwire connects to it, see `evapi_client`
    ---------------------------------------------------> 86:{"i":1021,"l":7,"call_id":"a1","from":...,"to":...},
    <--------------------------------------------------- 98:{"i":1021,"l":7,"decision":"deny","code":403,"reason":...},
    ---------------------------------------------------> 214:{"specversion":"1.0","type":"call.ended","data":{...}},

A question is one object: `i` and `l` (index and label of the transaction that waits, given back as they came) beside the fields
of `call.attempt`; `from` and `to` may be numbers or whole URIs. What has a `type` is an event instead, and is not answered.

`EvapiPoint` knows one message at a time and has no socket.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import structlog

from fairwire.model.errors import FairwireError
from fairwire.ports.plain_call import LONGEST_TEXT, PlainCall, PlainCaller, together
from fairwire.serve.redirect.calls import (
    MOST_SAID,
    TRANSPORTS,
    attributed,
    dialled,
    dialled_or_none,
    is_amount,
    number_in,
)
from fairwire.serve.redirect.peers import Paces, Peer
from fairwire.serve.redirect.point import RETRY_AFTER_S, Told
from fairwire.sip import BadAddress

log = structlog.get_logger()

if TYPE_CHECKING:
    from fairwire.model.decision import Decision
    from fairwire.ports.service import Accepted, CallService, LiveService

SOURCE = "evapi"
EVENTS = ("call.answered", "call.ended")
"""What an event socket may report; everything else has its own way in."""
MOST_CALLERS = 1 << 17
"""Callers, and customers, that are remembered; all are forgotten when there are more."""
MOST_WAITING = 10_000
"""Events kept while the disk refuses them."""
_PLAIN = ("line", "credential", "display_name", "user_agent", "campaign")
_TRUSTED = ("user", "trunk")
_KNOWN_TRANSPORTS = frozenset(TRANSPORTS.values())


class _Question(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    i: int | str | None = None
    l: int | str | None = None  # noqa: E741 - Kamailio's own name for it
    type: str | None = None
    to: str = ""
    from_: str = ""
    call_id: str = ""
    customer: str | None = None
    direction: Literal["outbound", "inbound", "internal"] | None = None
    user: str | None = None
    line: str | None = None
    credential: str | None = None
    display_name: str | None = None
    pai: str | None = None
    diversion: list[str] | str | None = None
    src_ip: str | None = None
    user_agent: str | None = None
    transport: str | None = None
    attestation: Literal["A", "B", "C", "none"] | None = None
    trunk: str | None = None
    campaign: str | None = None
    rate_per_min: str | None = None


class _Event(msgspec.Struct, kw_only=True):
    """Whose call an event is about, where it does not say it."""

    data: dict[str, Any]


class _Plain(NamedTuple):
    """A question that waits for those that came with it."""

    place: int
    asked: _Question
    call: PlainCall


_QUESTION = msgspec.json.Decoder(_Question)
_EVENT = msgspec.json.Decoder(_Event)
_ENCODE = msgspec.json.Encoder().encode
Took = Callable[["Accepted"], None]


class EvapiPoint:
    """Answers the messages of one event socket. Used from one thread.

    Parameters
    ----------
    service
        Decides.
    intake
        Takes events in; the same service.
    place
        The event socket, `HOST:PORT`: the name of who asks.
    peer
        What it is believed.
    told, took
        Hear of each decision, and of each batch of events.
    paces
        What each peer has sent by any way.
    shed
        As for `RedirectPoint`.
    """

    def __init__(
        self,
        service: CallService,
        intake: LiveService,
        place: str,
        peer: Peer,
        *,
        told: Told | None = None,
        took: Took | None = None,
        paces: Paces | None = None,
        counts: Counter[str] | None = None,
        shed: Literal["refuse", "allow"] = "refuse",
    ) -> None:
        self._service = service
        self._intake = intake
        self._place = place
        self._peer = peer
        self._told = told
        self._took = took
        self._paces = Paces() if paces is None else paces
        self._shed = shed
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._callers: dict[tuple[str | None, ...], PlainCaller] = {}
        """Who calls, by what questions say of it."""
        self._answers: dict[tuple[str, str], bytes] = {}
        """What calls that connect are answered, by policy and customer."""
        self.counts: Counter[str] = Counter() if counts is None else counts
        """What came, by what became of it."""

    def answer(self, message: bytes, *, pressed: bool = False) -> bytes | None:
        """The answer to one message, or None for none. Never raises.

        Parameters
        ----------
        message
            One JSON object.
        pressed
            More is waiting than we can answer in time.
        """
        return self._answer(message, _read(message), pressed=pressed)

    def answer_each(self, messages: Sequence[bytes], *, pressed: bool = False) -> list[bytes | None]:
        """What `answer` gives for each of some messages that came together, in their order. Never raises."""
        answers: list[bytes | None] = [None] * len(messages)
        waiting: list[_Plain] = []
        for place, message in enumerate(messages):
            asked = _read(message)
            call = None if asked is None or pressed else self._plain_call(asked)
            if asked is not None and call is not None:
                waiting.append(_Plain(place, asked, call))
                continue
            if waiting and (asked is None or asked.type is None):  # an event is only kept for later
                self._settle(waiting, answers)
                waiting = []
            answers[place] = self._answer(message, asked, pressed=pressed)
        if waiting:
            self._settle(waiting, answers)
        return answers

    def _answer(self, message: bytes, asked: _Question | None, *, pressed: bool) -> bytes | None:
        if asked is None:
            return self._unsound(message)
        if asked.type is not None:
            self._event(message, asked)
            return None
        if asked.i is None or asked.l is None:
            self.counts["unreadable"] += 1
            return None
        try:
            return _given(asked, self._asked(asked, pressed=pressed))
        except Exception as error:
            return self._failed(asked, error)

    def _failed(self, asked: _Question, error: Exception) -> bytes:
        """Whatever is wrong with us must not cost a call for help its connection."""
        self.counts["failed"] += 1
        log.error("a call could not be decided", error=type(error).__name__, exc_info=error)
        return _given(asked, self._unwell(asked.to))

    # -- questions that are plain

    def _plain_call(self, asked: _Question) -> PlainCall | None:
        """The call that a question is about, if it says no more than a plain one does."""
        if asked.type is not None or asked.i is None or asked.l is None or self._peer.calls_per_s is not None:
            return None
        if asked.diversion or asked.credential or asked.attestation or asked.campaign:
            return None
        said, call_id, to = _said_of_caller(asked), asked.call_id[:LONGEST_TEXT], asked.to
        caller = self._callers.get(said)
        if caller is not None and call_id and call_id.isascii() and call_id.isprintable() and _e164(to):
            return PlainCall(SOURCE, self._event_id(asked), caller, call_id, to)
        try:
            fields = self._fields(asked)
        except Exception:
            return None  # it is looked at by itself, and answered whatever is wrong
        if not all(value.isascii() and value.isprintable() for value in fields.values()):
            return None
        call_id, to = fields.pop("call_id"), fields.pop("to")
        caller = PlainCaller(**fields)
        outbound = (asked.direction or self._peer.direction) == "outbound"  # else the number called tells whose call it is
        if outbound and sum(len(text) for text in said if text) <= MOST_SAID:
            if len(self._callers) >= MOST_CALLERS:
                self._callers.clear()
            self._callers[said] = caller
        return PlainCall(SOURCE, self._event_id(asked), caller, call_id, to)

    def _settle(self, waiting: Sequence[_Plain], answers: list[bytes | None]) -> None:
        """Decide calls together."""
        began = time.monotonic()
        try:
            decisions = self._service.decide_plain(together([plain.call for plain in waiting]))
        except Exception as error:
            if len(waiting) > 1:  # one of them must not cost the others their answers; what is decided already stays so
                for plain in waiting:
                    self._settle([plain], answers)
            else:
                answers[waiting[0].place] = self._failed(waiting[0].asked, error)
            return
        seconds = time.monotonic() - began
        connected: Decision | None = None
        count = 0
        for plain, decision in zip(waiting, decisions, strict=True):
            try:
                if isinstance(decision, Exception):
                    raise decision
                customer = plain.call.caller.customer
                if decision.decision == "allow" and not decision.reasons and not decision.finding_ids:
                    connected = decision
                    count += 1
                    answers[plain.place] = self._connected(plain.asked, decision, customer)
                    continue
                said = self._said(decision, customer, seconds)
                answers[plain.place] = _given(plain.asked, said)
            except Exception as error:
                answers[plain.place] = self._failed(plain.asked, error)
        if connected is not None:
            self.counts["allow"] += count
            if self._told is not None:
                self._told(connected, seconds, calls=count)

    def _connected(self, asked: _Question, decision: Decision, customer: str) -> bytes:
        """The answer to a call that connects with nothing noticed: the same for all calls of a customer but for its beginning."""
        rest = self._answers.get((decision.policy, customer))
        if rest is None:
            if len(self._answers) >= MOST_CALLERS:
                self._answers.clear()
            rest = self._answers[decision.policy, customer] = b"," + _ENCODE(_answer(decision, customer))[1:]
        return b'{"i":' + _ENCODE(asked.i) + b',"l":' + _ENCODE(asked.l) + rest

    # -- questions

    def _asked(self, asked: _Question, *, pressed: bool) -> dict[str, Any]:
        peer = self._peer
        if (pressed or self._paces.exceeded(peer)) and not self._seeks_help(asked.to):
            self.counts["shed"] += 1
            return {"decision": "allow", "code": 302, "unchecked": True} if self._shed == "allow" else _busy()
        try:
            fields = self._fields(asked)
        except BadAddress:
            return self._refused_as_bad(asked.to)
        began = time.monotonic()
        decision = self._service.decide_call(fields, source=SOURCE, event_id=self._event_id(asked))
        return self._said(decision, fields["customer"], time.monotonic() - began)

    def _event_id(self, asked: _Question) -> str:
        key = f"{self._place}\n{asked.i}\n{asked.l}\n{asked.call_id}".encode("utf-8", "replace")
        return blake2b(key, digest_size=12).hexdigest()

    def _said(self, decision: Decision, customer: str, seconds: float) -> dict[str, Any]:
        """What is answered, and counted."""
        if self._told is not None:
            self._told(decision, seconds)
        self.counts[decision.decision] += 1
        peer = self._peer
        if decision.decision != "allow" and not customer and peer.unknown == "allow":
            self.counts["unknown_allowed"] += 1
            return {"decision": "allow", "code": 302, "unchecked": True}
        return _answer(decision, customer)

    def _fields(self, asked: _Question) -> dict[str, Any]:
        """The fields of `call.attempt`. Raises BadAddress."""
        peer = self._peer
        trusted = peer.trusted
        called = dialled(asked.to, trusted=trusted)
        if not called or not asked.call_id:
            raise BadAddress("there is no number called, or no call id")
        caller = number_in(asked.from_, anonymous=True)
        asserted = number_in(asked.pai) if trusted and asked.pai else ""
        given = [asked.diversion] if isinstance(asked.diversion, str) else asked.diversion or []
        diversions = [number for number in map(number_in, given[:20]) if number]
        address = asked.src_ip or ""
        customer, direction = attributed(
            self._service,
            named=(asked.customer or "") if trusted else "",
            numbers=(asserted, caller, *diversions[:1]),
            called=called,
            address=address,
            side=asked.direction or peer.direction,
        )
        fields: dict[str, Any] = {
            "customer": customer[:LONGEST_TEXT],
            "call_id": asked.call_id[:LONGEST_TEXT],
            "direction": direction,
            "from_": (caller or asserted or "anonymous")[:LONGEST_TEXT],
            "to": called[:LONGEST_TEXT],
        }
        for name in (*_PLAIN, *(_TRUSTED if trusted else ())):
            value = getattr(asked, name)
            if value:
                fields[name] = value[:LONGEST_TEXT]
        if direction == "inbound":
            fields.pop("line", None)
        elif "line" not in fields and (asserted or caller):
            fields["line"] = (asserted or caller)[:LONGEST_TEXT]
        if address:
            fields["src_ip"] = address[:LONGEST_TEXT]
        if asserted:
            fields["pai"] = asserted[:LONGEST_TEXT]
        if diversions:
            fields["diversion"] = [number[:LONGEST_TEXT] for number in diversions]
        if asked.transport in _KNOWN_TRANSPORTS:
            fields["transport"] = asked.transport
        if asked.attestation:
            fields["attestation"] = asked.attestation
        if trusted and asked.rate_per_min and is_amount(asked.rate_per_min):
            fields["rate_per_min"] = asked.rate_per_min
        return fields

    def _unsound(self, message: bytes) -> bytes | None:
        """What is no question as it should be: whoever waits for an answer to it is told so, if that can be seen."""
        try:
            found = msgspec.json.decode(message)
        except (msgspec.DecodeError, RecursionError):
            found = None
        named = isinstance(found, dict) and all(isinstance(found.get(name), int | str) for name in ("i", "l"))
        if not named:
            self.counts["unreadable"] += 1
            return None
        called = found.get("to")
        return _ENCODE({"i": found["i"], "l": found["l"], **self._refused_as_bad(called if isinstance(called, str) else "")})

    def _refused_as_bad(self, called: str) -> dict[str, Any]:
        if self._seeks_help(called):
            self.counts["emergency"] += 1
            return {"decision": "allow", "code": 302, "unchecked": True}
        self.counts["malformed"] += 1
        return {"decision": "deny", "code": 400, "phrase": "Bad Request"}

    def _seeks_help(self, called: str) -> bool:
        return any(self._service.is_emergency(one) for one in (dialled_or_none(called), called) if one)

    def _unwell(self, called: str) -> dict[str, Any]:
        return {"decision": "allow", "code": 302, "unchecked": True} if self._seeks_help(called) else _busy()

    # -- events

    def _event(self, message: bytes, asked: _Question) -> None:
        """Keep an event until `take_in`; one that does not say whose call it was gets the customer of its numbers."""
        if asked.type not in EVENTS:
            self.counts["event_refused"] += 1
            return
        try:
            event = _EVENT.decode(message)
            if not event.data.get("customer") or not self._peer.trusted:
                message = self._with_customer(message, event.data)
        except (msgspec.DecodeError, RecursionError, ValueError):
            self.counts["event_refused"] += 1
            return
        self.counts["event"] += 1
        self._waiting.append(message)

    def _with_customer(self, message: bytes, data: dict[str, Any]) -> bytes:
        texts = {name: value for name, value in data.items() if isinstance(value, str)}
        side = texts.get("direction", self._peer.direction)
        customer, _ = attributed(
            self._service,
            named="",
            numbers=(number_in(texts.get("pai", "")), number_in(texts.get("from", ""), anonymous=True)),
            called=number_in(texts.get("to", "")),
            address=texts.get("src_ip", ""),
            side=side if side in ("outbound", "inbound", "internal") else "any",  # type: ignore[arg-type]
        )
        whole: dict[str, Any] = msgspec.json.decode(message)
        whole["data"] = {**data, "customer": customer}
        return _ENCODE(whole)

    @property
    def waiting(self) -> int:
        """Events that `take_in` has not taken in yet."""
        return len(self._waiting)

    def take_in(self) -> None:
        """Hand the events that have come to the service. What the disk refuses is kept for the next time. Never raises."""
        lines: Sequence[bytes] = tuple(self._waiting)
        if not lines:
            return
        try:
            accepted = self._intake.accept(lines)
        except FairwireError:
            self.counts["event_kept"] += len(lines)
            return
        except Exception as error:
            self.counts["event_lost"] += len(lines)
            log.error("events of a proxy could not be taken in", events=len(lines), error=type(error).__name__, exc_info=error)
        else:
            if self._took is not None:
                self._took(accepted)
        self._waiting.clear()


def _said_of_caller(asked: _Question) -> tuple[str | None, ...]:
    """All that a question says of who calls."""
    return (
        asked.from_, asked.pai, asked.customer, asked.direction, asked.user, asked.line, asked.display_name, asked.src_ip,
        asked.user_agent, asked.transport, asked.trunk, asked.rate_per_min,
    )  # fmt: skip


def _e164(text: str) -> bool:
    """Whether a text is a number as the rules know it: nothing about it need be read."""
    return text[:1] == "+" and 8 <= len(text) <= 16 and text.isascii() and text[1:].isdigit()


def _read(message: bytes) -> _Question | None:
    try:
        return _QUESTION.decode(message)
    except (msgspec.DecodeError, RecursionError):
        return None


def _given(asked: _Question, answer: dict[str, Any]) -> bytes:
    """An answer, for the transaction that waits for it."""
    return _ENCODE({"i": asked.i, "l": asked.l, **answer})


def _busy() -> dict[str, Any]:
    return {"decision": "limit", "code": 503, "phrase": "Service Unavailable", "retry_after": RETRY_AFTER_S}


def _answer(decision: Decision, customer: str) -> dict[str, Any]:
    sip = decision.sip
    answer: dict[str, Any] = {
        "decision": decision.decision,
        "code": sip.code,
        "phrase": sip.phrase,
        "policy": decision.policy,
        "customer": customer,
    }
    if sip.reason:
        answer["reason"] = sip.reason
    if decision.decision == "limit" and decision.ttl_s is not None:
        answer["retry_after"] = decision.ttl_s
    if decision.reasons:
        answer["clause"] = decision.reasons[0].clause
        answer["clauses"] = list(dict.fromkeys(reason.clause for reason in decision.reasons))
        answer["text"] = decision.reasons[0].text
    if decision.finding_ids:
        answer["finding_ids"] = decision.finding_ids
    return answer
