"""One SIP message in, one answer or none out: a stateless UAS (RFC 3261 8.2.7) that redirects.

It sends no provisional answers and repeats none: whoever asks repeats the question, and gets the very same bytes. ACK and CANCEL
are taken and not answered. An answer is kept for as long as its question may come again (64 x T1), under the transaction and
the address that asked; the To tag is a keyed hash, so that it is the same even after a restart.

An emergency call is redirected whoever asks, however busy we are, and whatever else is wrong with the message.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec
import structlog

from fairwire.model.decision import Decision
from fairwire.ports.plain_call import LONGEST_TEXT, PlainCall, PlainCaller
from fairwire.serve.redirect.batches import MOST
from fairwire.serve.redirect.calls import Callers, call_of, dialled_or_none, vouched
from fairwire.serve.redirect.peers import Paces, Peer, Peers
from fairwire.serve.redirect.repeats import Repeats
from fairwire.serve.redirect.scanning import EVENT_BYTES, Scanner
from fairwire.serve.redirect.vouching import Vouching, identity_facts
from fairwire.sip import (
    BadAddress,
    KeepAlive,
    Malformed,
    PlainInvite,
    Request,
    Response,
    added_parameters,
    contact_elsewhere,
    plain_redirect,
    plain_reply,
    plain_tag,
    read,
    read_invite,
    read_plain,
    reply,
    tag_for,
    transaction_key,
)

if TYPE_CHECKING:
    from fairwire.model.decision import IdentityFacts
    from fairwire.ports.service import CallService
    from fairwire.stir.verify import Verdict

log = structlog.get_logger()

Source = tuple[str, int]
"""IP address (IPv6 without brackets) and port that a message came from."""


class Told(Protocol):
    """Is called with each decision, the seconds that it took, and the name of the peer that asked; or once for `calls` decisions
    that connect and took as long."""

    def __call__(self, decision: Decision, seconds: float, /, *, point: str = "", calls: int = 1) -> None: ...


class Plain(msgspec.Struct, frozen=True, gc=False):
    """An INVITE that is written plainly."""

    data: bytes
    peer: Peer
    source: Source
    key: bytes
    """The address that asked, and its transaction."""
    invite: PlainInvite


class _Waiting:
    """INVITEs of a burst that the scanner has read and that are decided together: side by side, for there are many and little is
    done about each."""

    def __init__(self) -> None:
        self.keys: dict[bytes, int] = {}
        """The address that asked and its transaction -> place in the burst; as many as there are."""
        self.numbers: list[int] = []
        """Among what the scanner has read."""
        self.come: list[tuple[bytes, Source]] = []
        self.peers: list[Peer] = []
        self.said: list[tuple[bytes, bytes]] = []
        """Of who calls, and the number called."""

    def forget(self) -> None:
        """Have none wait."""
        self.keys.clear()
        for each in (self.numbers, self.come, self.peers, self.said):
            each.clear()

    def only(self, place: int) -> _Waiting:
        """One of them."""
        one = _Waiting()
        key = list(self.keys)[place]
        one.keys[key] = self.keys[key]
        one.numbers, one.come = [self.numbers[place]], [self.come[place]]
        one.peers, one.said = [self.peers[place]], [self.said[place]]
        return one


MOST_ADDED = 1 << 12
ALLOW = ("Allow", "INVITE, ACK, CANCEL, OPTIONS")
RETRY_AFTER_S = 5
"""Seconds after which whoever was told that we are overloaded may try again."""
EMERGENCY = "inline.emergency_calls"
_PONG = b"\r\n"


class RedirectPoint:
    """Answers SIP messages. Used from one thread.

    Parameters
    ----------
    service
        Decides.
    peers
        Who may ask.
    secret
        Key of the To tags, 1 to 64 bytes.
    told
        Hears of each decision.
    draining
        Whether new work should go elsewhere: OPTIONS is then answered 503.
    shed
        What a call gets when there are more than we can decide: `refuse` answers 503, so that the peer does what it does when
        we are away; `allow` sends the call on, unchecked.
    seconds
        A clock that only goes forward.
    vouching
        Verifies and signs caller identity; None: neither.
    paces
        What each peer has sent, where it may ask in other ways too.
    """

    def __init__(
        self,
        service: CallService,
        peers: Peers,
        secret: bytes,
        *,
        told: Told | None = None,
        draining: Callable[[], bool] = lambda: False,
        shed: Literal["refuse", "allow"] = "refuse",
        seconds: Callable[[], float] = time.monotonic,
        vouching: Vouching | None = None,
        paces: Paces | None = None,
    ) -> None:
        self._service = service
        self._peers = peers
        self._secret = secret
        self._told = told
        self._draining = draining
        self._shed = shed
        self._seconds = seconds
        self._vouching = vouching
        self._scanner = Scanner(MOST, secret, behind=True)
        self._callers = Callers(service)
        self._repeats = Repeats(seconds)
        self._added: dict[tuple[str, tuple[str, ...]], bytes] = {}
        """Parameters of a Contact, by policy and clauses."""
        self._paces = Paces(seconds) if paces is None else paces
        self.counts: Counter[str] = Counter()
        """What came, by what became of it."""
        self.degraded: Counter[tuple[str, str]] = Counter()
        """Calls that got no decision, by peer and what they got instead: `unchecked`, `refused` or `failed`."""

    def answer(self, data: bytes, source: Source, transport: str = "UDP", *, pressed: bool = False) -> bytes | None:
        """The answer to one message, or None for none. Never raises.

        Parameters
        ----------
        data
            A datagram, or a frame of a stream.
        source
            Whence it came.
        transport
            `UDP`, `TCP` or `TLS`.
        pressed
            More is waiting than we can answer in time.
        """
        if data[:4] == b"ACK ":
            # Every answer to an INVITE brings one, and nothing is done about it: it need not be read.
            if self._peers.of(source[0]) is not None:
                self.counts["ack"] += 1
            return None
        if data[:7] == b"INVITE " and not pressed and self._vouching is None:
            return self._answer_some([(data, source)], pressed=False)[0]
        return self._answer(data, source, transport, pressed=pressed)

    def answer_burst(self, come: Sequence[tuple[bytes, Source]], *, pressed: bool = False) -> list[bytes | None]:
        """What `answer` gives for each of some datagrams that came together, in their order. Never raises."""
        answers: list[bytes | None] = []
        for first in range(0, len(come), MOST):
            answers += self._answer_some(come[first : first + MOST], pressed=pressed)
        return answers

    def _answer_some(self, come: Sequence[tuple[bytes, Source]], *, pressed: bool) -> list[bytes | None]:
        """The same for as many as are read at once."""
        answers: list[bytes | None] = [None] * len(come)
        plainly = not pressed and self._vouching is None
        asked = [each for each in come if each[0][:7] == b"INVITE "] if plainly else []
        written, cuts = self._scanner.scan(asked)
        waiting = _Waiting()
        number = -1
        for place, (data, source) in enumerate(come):
            if data[:4] == b"ACK ":
                answers[place] = self.answer(data, source)
                continue
            plain = False
            if plainly and data[:7] == b"INVITE ":
                number += 1
                peer = self._peers.of(source[0])
                plain = peer is not None and peer.calls_per_s is None
            if not plain or not cuts or cuts[number][0] < 0:
                self._settle(waiting, answers)
                if plain and peer is not None:
                    answers[place] = self._alone(data, source, peer)
                else:
                    answers[place] = self._answer(data, source, "UDP", pressed=pressed)
                continue
            cut = cuts[number]
            key = written[cut[16] : cut[4]]
            if key in waiting.keys:
                self._settle(waiting, answers)
            known = answers[place] = self._known(key)
            if known is None and peer is not None:
                waiting.keys[key] = place
                waiting.numbers.append(number)
                waiting.come.append((data, source))
                waiting.peers.append(peer)
                waiting.said.append((written[cut[2] : cut[16]], written[cut[0] : cut[1]]))
        self._settle(waiting, answers)
        return answers

    def _alone(self, data: bytes, source: Source, peer: Peer) -> bytes | None:
        """The answer to an INVITE that the scanner leaves to others, from a peer that may send as many as it likes."""
        invite = read_plain(data)
        if invite is None:
            return self._answer(data, source, "UDP", pressed=False)
        key = source[0].encode() + b"\n" + invite.key
        known = self._known(key)
        if known is not None:
            return known
        return self._by_itself(Plain(data, peer, source, key, invite))

    def _settle(self, waiting: _Waiting, answers: list[bytes | None]) -> None:
        """Decide what waits, and have nothing wait."""
        if waiting.keys:
            found = self._read_together(waiting)
            for place, answer in zip(waiting.keys.values(), found, strict=True):
                answers[place] = answer
            waiting.forget()

    def _answer(self, data: bytes, source: Source, transport: str, *, pressed: bool) -> bytes | None:
        message = read(data)
        if isinstance(message, Request):
            peer = self._peers.of(source[0])
            if message.method == b"INVITE":
                return self._invite(message, peer, source, pressed=pressed)
            return None if peer is None else self._other(message, source)
        if isinstance(message, KeepAlive):
            self.counts["keepalive"] += 1
            return _PONG if message.ping and transport != "UDP" else None
        if isinstance(message, Response):
            self.counts["response"] += 1
            return None
        return self._malformed(message, source)

    # -- what is no call

    def _other(self, request: Request, source: Source) -> bytes | None:
        method = request.method
        if method in (b"ACK", b"CANCEL"):
            # What is answered at once cannot be cancelled, and a stateless server has nothing to say to either. (An ACK comes
            # here only behind empty lines.)
            self.counts["ack" if method == b"ACK" else "cancel"] += 1
            return None
        if method == b"OPTIONS":
            self.counts["options"] += 1
            if self._draining():
                return self._reply(request, 503, "Service Unavailable", source, [("Retry-After", str(RETRY_AFTER_S))])
            return self._reply(request, 200, "OK", source, [ALLOW, ("Accept", "application/sdp")])
        self.counts["not_allowed"] += 1
        return self._reply(request, 405, "Method Not Allowed", source, [ALLOW])

    def _malformed(self, message: Malformed, source: Source) -> bytes | None:
        request = message.answerable
        if request is None:
            self.counts["unreadable"] += 1
            return None
        if request.method == b"INVITE" and message.status == 400 and self._seeks_help(request):
            self.counts["emergency"] += 1
            return self._sent_on(request, "emergency", None, source)
        self.counts["malformed"] += 1
        if self._peers.of(source[0]) is None:
            return None
        return self._reply(request, message.status, _PHRASES.get(message.status, "Bad Request"), source, [])

    def _seeks_help(self, request: Request) -> bool:
        text = request.uri.decode("utf-8", "replace")
        return any(self._service.is_emergency(one) for one in (dialled_or_none(text), text) if one)

    # -- calls

    def _invite(self, request: Request, peer: Peer | None, source: Source, *, pressed: bool) -> bytes | None:
        key = source[0].encode() + b"\n" + transaction_key(request)
        known = self._known(key)
        if known is not None:
            return known
        try:
            answer = self._asked(request, key, peer, source, pressed=pressed)
        except Exception as error:
            answer = self._failed(error, request, peer, source)
        return self._keep(key, answer)

    def _read_together(self, waiting: _Waiting) -> list[bytes | None]:
        """The same for INVITEs that the scanner has read, none of which is known."""
        began = self._seconds()
        callers, of = self._callers, waiting.peers
        whose: list[PlainCaller] = []
        try:
            for (who, called), peer, (_, source) in zip(waiting.said, of, waiting.come, strict=True):
                whose.append(callers.of(who, called, peer, source[0]))
            decisions = self._service.decide_plain(self._scanner.calls(waiting.numbers, whose, "sip"))
        except Exception as error:
            if len(of) > 1:  # one of them must not cost the others their answers; what is decided already stays so
                return [self._read_together(waiting.only(each))[0] for each in range(len(of))]
            (data, source), key = waiting.come[0], next(iter(waiting.keys))
            return [self._keep(key, self._failed(error, _request(data), of[0], source))]
        self._tell(of, decisions, self._seconds() - began)
        answers: list[bytes | None] = [None] * len(of)
        places: list[int] = []
        added: list[bytes] = []
        for at, (key, number, decision) in enumerate(zip(waiting.keys, waiting.numbers, decisions, strict=True)):
            peer = of[at]
            if isinstance(decision, Decision) and decision.decision == "allow" and peer.next_hop is None:
                places.append(number)
                added.append(self._parameters(decision))
            else:
                data, source = waiting.come[at]
                plain = Plain(data, peer, source, key, self._scanner.invite(number))
                answers[at] = self._told_plainly(plain, whose[at], decision)
        if len(places) == len(answers):
            answers = list(self._scanner.redirects(places, added))
        elif places:
            written = iter(self._scanner.redirects(places, added))
            answers = [next(written) if answer is None else answer for answer in answers]
        for key, answer in zip(waiting.keys, answers, strict=True):
            self._keep(key, answer)
        return answers

    def _by_itself(self, plain: Plain) -> bytes | None:
        """The same for one that was read by itself."""
        began, said = self._seconds(), plain.invite
        try:
            caller = self._callers.of(said.who, said.called.encode("ascii"), plain.peer, plain.source[0])
            event_id = blake2b(plain.key, digest_size=EVENT_BYTES).hexdigest()
            decisions = self._service.decide_calls([PlainCall("sip", event_id, caller, said.call_id[:LONGEST_TEXT], said.called)])
        except Exception as error:
            return self._keep(plain.key, self._failed(error, _request(plain.data), plain.peer, plain.source))
        self._tell([plain.peer], decisions, self._seconds() - began)
        return self._keep(plain.key, self._told_plainly(plain, caller, decisions[0]))

    def _tell(self, peers: Sequence[Peer], decisions: Sequence[Decision | Exception], seconds: float) -> None:
        """Count decisions. `seconds`: how long each of them took, with all that came with it."""
        allowed: dict[str, tuple[Decision, int]] = {}
        for peer, decision in zip(peers, decisions, strict=True):
            if isinstance(decision, Exception):
                continue
            point = peer.name
            if decision.decision == "allow":
                allowed[point] = decision, allowed[point][1] + 1 if point in allowed else 1
                continue
            self.counts[decision.decision] += 1
            if self._told is not None:
                self._told(decision, seconds, point=point)
        for point, (decision, calls) in allowed.items():
            self.counts["allow"] += calls
            if self._told is not None:
                self._told(decision, seconds, point=point, calls=calls)

    def _told_plainly(self, plain: Plain, caller: PlainCaller, decision: Decision | Exception) -> bytes:
        """The answer to a plain INVITE of a caller."""
        data, peer, source = plain.data, plain.peer, plain.source
        try:
            if isinstance(decision, Exception):
                raise decision
            allowed = decision.decision == "allow"
            if (allowed and peer.next_hop is not None) or (not allowed and not caller.customer and peer.unknown == "allow"):
                call = PlainCall("sip", "", caller, plain.invite.call_id[:LONGEST_TEXT], plain.invite.called)
                return self._given(_request(data), decision, peer, source, call.fields())
            invite = plain.invite
            if allowed:
                contact = b"<%s%s>" % (invite.uri, self._parameters(decision))
                return plain_redirect(invite, source, plain_tag(self._secret, invite), contact)
            code, phrase, headers = _refusal(decision)
            return plain_reply(invite, code, phrase, source, plain_tag(self._secret, invite), headers)
        except Exception as error:
            return self._failed(error, _request(data), peer, source)

    def _parameters(self, decision: Decision) -> bytes:
        """What the Contact of a 302 says of a decision; the same few policies and reasons are told with each call."""
        reasons = decision.reasons
        key = decision.policy, tuple([reason.clause for reason in reasons]) if reasons else ()
        added = self._added.get(key)
        if added is None:
            if len(self._added) >= MOST_ADDED:
                self._added.clear()
            told = _told_of("allow", decision.policy, ",".join(dict.fromkeys(key[1])))
            added = self._added[key] = added_parameters(told).encode()
        return added

    def _known(self, key: bytes) -> bytes | None:
        """What was answered to the same question."""
        known = self._repeats.get(key)
        if known is not None:
            self.counts["repeated"] += 1
        return known

    def _keep(self, key: bytes, answer: bytes | None) -> bytes | None:
        if answer is not None:
            self._repeats.keep(key, answer)
        return answer

    def _failed(self, error: Exception, request: Request, peer: Peer | None, source: Source) -> bytes:
        """Whatever is wrong with us must not cost a call for help its connection."""
        self.counts["failed"] += 1
        self.degraded[peer.name if peer is not None else "", "failed"] += 1
        log.error("a call could not be decided", error=type(error).__name__, exc_info=error)
        return self._unwell(request, source)

    def _asked(self, request: Request, key: bytes, peer: Peer | None, source: Source, *, pressed: bool) -> bytes | None:
        if peer is None:
            self.counts["stranger"] += 1
            return self._sent_on(request, "emergency", None, source) if self._seeks_help(request) else None
        if (pressed or self._paces.exceeded(peer)) and not self._seeks_help(request):
            return self._overloaded(request, peer, source)
        facts = read_invite(request, trusted=peer.trusted)
        fields = call_of(self._service, request, facts, peer, source[0])
        began = self._seconds()
        verdict = None if self._vouching is None else self._vouching.verdict(facts)
        if verdict is not None:
            vouched(fields, verdict)
        decision = self._decided(fields, key, peer, began, None if verdict is None else identity_facts(verdict))
        return self._given(request, decision, peer, source, fields, verdict)

    def _decided(
        self, fields: dict[str, Any], key: bytes, peer: Peer, began: float, identity: IdentityFacts | None = None
    ) -> Decision:
        event_id = blake2b(key, digest_size=12).hexdigest()
        decision = self._service.decide_call(fields, source="sip", event_id=event_id, identity=identity)
        if self._told is not None:
            self._told(decision, self._seconds() - began, point=peer.name)
        self.counts[decision.decision] += 1
        return decision

    def _given(
        self,
        request: Request,
        decision: Decision,
        peer: Peer,
        source: Source,
        fields: dict[str, Any],
        verdict: Verdict | None = None,
    ) -> bytes:
        """The answer that says what was decided."""
        if decision.decision != "allow" and not fields["customer"] and peer.unknown == "allow":
            self.counts["unknown_allowed"] += 1
            return self._sent_on(request, "unknown", peer, source)
        if decision.decision == "allow":
            return self._connected(request, decision, peer, source, fields, verdict)
        return self._refused(request, decision, source)

    def _connected(
        self,
        request: Request,
        decision: Decision,
        peer: Peer,
        source: Source,
        fields: dict[str, Any],
        verdict: Verdict | None,
    ) -> bytes:
        clauses = ",".join(dict.fromkeys(reason.clause for reason in decision.reasons))
        more: list[tuple[str, str]] = []
        if verdict is not None:
            self.counts[f"identity_{verdict.cause}"] += 1
            more += [("X-Fairwire-Verstat", verdict.verdict), ("X-Fairwire-Attestation", verdict.attestation)]
        if self._vouching is not None and not (decision.reasons and decision.reasons[0].detector == EMERGENCY):
            identity = self._vouching.identity(fields, self._service.owner_of_number(fields["from_"]))
            if identity is not None:
                more.append(("X-Fairwire-Identity", identity))
        return self._sent_on(request, "allow", peer, source, decision.policy, clauses, more)

    def _refused(self, request: Request, decision: Decision, source: Source) -> bytes:
        code, phrase, headers = _refusal(decision)
        return self._reply(request, code, phrase, source, headers)

    def _sent_on(
        self,
        request: Request,
        why: str,
        peer: Peer | None,
        source: Source,
        policy: str = "",
        clauses: str = "",
        more: Sequence[tuple[str, str]] = (),
    ) -> bytes:
        """302 to a Contact that is not the Request-URI (RFC 3261 8.3), with the decision in its parameters."""
        params = _told_of(why, policy, clauses)
        host, port = peer.next_hop if peer is not None and peer.next_hop is not None else (None, None)
        try:
            contact = contact_elsewhere(request.uri, params, host=host, port=port)
        except (BadAddress, ValueError):
            # A service URN, or what is no URI at all: the parameter cannot stand in it, so it stands behind it.
            plain = request.uri.decode("ascii", "ignore").translate(_NOT_IN_BRACKETS)
            contact = f"<{plain}>;fw={why}"
        return self._reply(request, 302, "Moved Temporarily", source, [("Contact", contact), *more])

    def _overloaded(self, request: Request, peer: Peer, source: Source) -> bytes:
        self.counts["shed"] += 1
        if self._shed == "allow":
            self.degraded[peer.name, "unchecked"] += 1
            return self._sent_on(request, "unchecked", peer, source)
        self.degraded[peer.name, "refused"] += 1
        return self._unwell(request, source, overloaded=True)

    def _unwell(self, request: Request, source: Source, *, overloaded: bool = False) -> bytes:
        if not overloaded and self._seeks_help(request):
            return self._sent_on(request, "emergency", None, source)
        return self._reply(request, 503, "Service Unavailable", source, [("Retry-After", str(RETRY_AFTER_S))])

    def _reply(self, request: Request, code: int, phrase: str, source: Source, headers: list[tuple[str, str]]) -> bytes:
        try:
            tag = tag_for(self._secret, request)
        except ValueError:  # of a Via that cannot be read: what is answered is malformed, and no transaction
            told = b"\n".join((request.fields.get(b"call-id", b""), request.fields.get(b"from", b"")))
            tag = blake2b(told, key=self._secret[:64], digest_size=8).hexdigest()
        return reply(request, code, phrase, tag=tag, headers=headers, source=source)


def _refusal(decision: Decision) -> tuple[int, str, list[tuple[str, str]]]:
    """Status line and headers of the answer to a call that is refused."""
    sip = decision.sip
    headers = [("Reason", sip.reason)] if sip.reason else []
    if decision.decision == "limit" and decision.ttl_s is not None:
        headers.append(("Retry-After", str(decision.ttl_s)))
    return sip.code, sip.phrase, headers


def _request(data: bytes) -> Request:
    """A message that is known to be a request."""
    request = read(data)
    if not isinstance(request, Request):
        raise TypeError("what was read as a plain INVITE is no request")
    return request


def _told_of(why: str, policy: str, clauses: str) -> dict[str, str]:
    """Parameters of a Contact: why it may be called, by which policy, and what was noticed."""
    params = {"fw": why}
    if policy:
        params["fw-policy"] = policy
    if clauses:
        params["fw-clauses"] = clauses
    return params


_PHRASES = {400: "Bad Request", 505: "Version Not Supported", 513: "Message Too Large"}
_NOT_IN_BRACKETS = dict.fromkeys(map(ord, '<>" \t'))
