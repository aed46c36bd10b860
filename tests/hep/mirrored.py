"""Mirrored SIP of made-up calls through a proxy that asks Fairwire, hop by hop as siptrace shows it."""

from __future__ import annotations

from dataclasses import dataclass

from fairwire.model.instants import SECOND_US, parse_us
from fairwire.sip.hep import Captured

NOW_US = parse_us("2026-03-02T12:00:00Z")
PHONE, PROXY, CARRIER, FAIRWIRE = ("198.51.100.7", 5062), ("192.0.2.10", 5060), ("203.0.113.20", 5090), ("192.0.2.5", 5080)
Place = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """One call."""

    call_id: str
    caller: str = "+442079460120"
    callee: str = "+442079460999"
    begin_us: int = NOW_US
    customer: str = ""
    """What the proxy writes into X-Fairwire-Customer when it asks us."""
    rate: str = ""
    cseq: int = 1

    def _vias(self, hops: int) -> list[str]:
        phone = f"SIP/2.0/UDP {PHONE[0]}:{PHONE[1]};branch=z9hG4bKphone-{self.call_id}-{self.cseq}"
        if hops == 1:
            return [phone]
        return [
            f"SIP/2.0/UDP {PROXY[0]}:{PROXY[1]};branch=z9hG4bKproxy-{self.call_id}-{self.cseq}",
            f"{phone};received={PHONE[0]}",
        ]

    def _message(self, start: str, hops: int, cseq: str, *, answered: bool, by_callee: bool = False, more: str = "") -> bytes:
        ours, theirs = f"<sip:{self.caller}@proxy.example>;tag=from-{self.call_id}", f"<sip:{self.callee}@proxy.example>"
        theirs += f";tag=to-{self.call_id}" if answered else ""
        if by_callee:
            ours, theirs = theirs, ours
        lines = [start, *(f"Via: {via}" for via in self._vias(hops)), f"From: {ours}", f"To: {theirs}"]
        lines += [f"Call-ID: {self.call_id}", f"CSeq: {cseq}", *filter(None, [more]), "Content-Length: 0", "", ""]
        return "\r\n".join(lines).encode()

    def _at(self, after_s: float, source: Place, target: Place, payload: bytes) -> Captured:
        at_us = self.begin_us + round(after_s * SECOND_US)
        return Captured(
            source=source[0], source_port=source[1], target=target[0], target_port=target[1], at_us=at_us, payload=payload
        )

    def _request(self, method: str, hops: int, **more: object) -> bytes:
        cseq = {"BYE": self.cseq + 1}.get(method, self.cseq)
        line = f"{method} sip:{self.callee}@proxy.example SIP/2.0"
        return self._message(line, hops, f"{cseq} {method}", **more)  # type: ignore[arg-type]

    def response(self, code: int, hops: int, cseq: str = "") -> bytes:
        """A response to the INVITE, with as many Via as it has where it is seen."""
        contact = "Contact: <sip:x@proxy.example;fw=allow>" if code == 302 else ""
        return self._message(f"SIP/2.0 {code} Whatever", hops, cseq or f"{self.cseq} INVITE", answered=code > 100, more=contact)

    def asked(self, after_s: float = 0.0, code: int = 302) -> list[Captured]:
        """The INVITE comes, Fairwire is asked, and answers."""
        named = f"X-Fairwire-Customer: {self.customer}" if self.customer else ""
        rate = f"X-Fairwire-Rate: {self.rate}" if self.rate else ""
        extra = "\r\n".join(filter(None, (named, rate)))
        return [
            self._at(after_s, PHONE, PROXY, self._request("INVITE", 1, answered=False)),
            self._at(after_s + 0.001, PROXY, FAIRWIRE, self._request("INVITE", 2, answered=False, more=extra)),
            self._at(after_s + 0.002, FAIRWIRE, PROXY, self.response(code, 2)),
            self._at(after_s + 0.003, PROXY, FAIRWIRE, self._request("ACK", 2, answered=True)),
        ]

    def sent_on(self, after_s: float = 0.01) -> list[Captured]:
        """The INVITE goes to the carrier, and it rings."""
        return [
            self._at(after_s, PROXY, CARRIER, self._request("INVITE", 2, answered=False)),
            self._at(after_s + 0.1, CARRIER, PROXY, self.response(180, 2)),
            self._at(after_s + 0.101, PROXY, PHONE, self.response(180, 1)),
        ]

    def answered(self, after_s: float = 5.0) -> list[Captured]:
        """200 and ACK, at both hops."""
        return [
            self._at(after_s, CARRIER, PROXY, self.response(200, 2)),
            self._at(after_s + 0.001, PROXY, PHONE, self.response(200, 1)),
            self._at(after_s + 0.002, PHONE, PROXY, self._request("ACK", 1, answered=True)),
            self._at(after_s + 0.003, PROXY, CARRIER, self._request("ACK", 2, answered=True)),
        ]

    def refused(self, code: int, after_s: float = 3.0, *, to_caller: bool = True) -> list[Captured]:
        """The carrier refuses, and the proxy tells the caller, or does not."""
        told = [self._at(after_s + 0.001, PROXY, PHONE, self.response(code, 1))]
        return [self._at(after_s, CARRIER, PROXY, self.response(code, 2)), *(told if to_caller else [])]

    def refused_here(self, code: int, after_s: float = 0.0) -> list[Captured]:
        """Fairwire refuses, and the proxy passes that on."""
        return [*self.asked(after_s, code), self._at(after_s + 0.005, PROXY, PHONE, self.response(code, 1))]

    def cancelled(self, after_s: float = 2.0) -> list[Captured]:
        """CANCEL, and nothing else."""
        return [self._at(after_s, PHONE, PROXY, self._request("CANCEL", 1, answered=False))]

    def released(self, after_s: float = 65.0, *, by_callee: bool = False) -> list[Captured]:
        """BYE at both hops, and its 200."""
        way = [(CARRIER, PROXY, 1), (PROXY, PHONE, 2)] if by_callee else [(PHONE, PROXY, 1), (PROXY, CARRIER, 2)]
        sent = [
            self._at(after_s + i / 1000, source, target, self._request("BYE", hops, answered=True, by_callee=by_callee))
            for i, (source, target, hops) in enumerate(way)
        ]
        source, target, _ = way[0]
        return [*sent, self._at(after_s + 0.01, target, source, self.response(200, 1, f"{self.cseq + 1} BYE"))]

    def whole(self, talk_s: float = 60.0) -> list[Captured]:
        """A call as it should be."""
        return [*self.asked(), *self.sent_on(), *self.answered(), *self.released(5.0 + talk_s)]
