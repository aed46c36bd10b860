"""A live service in forty lines, for tests of what is built on one: a list of barred prefixes and an append-only file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from fairwire.model.decision import Decision, Reason, SipAnswer, Verdict
from fairwire.model.errors import InvalidRecord
from fairwire.model.events import CallAttempt, Envelope
from fairwire.ports.events import Rejected
from fairwire.ports.service import Accepted

EMERGENCY = frozenset({"112", "911", "999"})


class BarredPrefixes:
    """Denies calls to the given prefixes, allows the rest, and emergency calls always."""

    def __init__(self, log: Path, barred: Sequence[str], *, policy: str = "sample@0000000000000000") -> None:
        self._barred = tuple(barred)
        self._policy = policy
        self._file = log.open("ab", buffering=0)
        self._seen: set[tuple[str, str]] = set()
        self._counts = {"decided": 0, "accepted": 0}

    def decide_each(self, events: Sequence[bytes]) -> list[Decision | Exception]:
        """`decide` for each."""
        found: list[Decision | Exception] = []
        for event in events:
            try:
                found.append(self.decide(event))
            except Exception as error:
                found.append(error)
        return found

    def decide(self, event: bytes) -> Decision:
        """Deny when the called number begins with a barred prefix."""
        try:
            given = msgspec.json.decode(event)
            bare = not isinstance(given, dict) or "specversion" not in given
            attempt = msgspec.convert(given if bare else given.get("data"), CallAttempt)
        except msgspec.ValidationError as error:
            raise InvalidRecord(str(error).lower(), field=str(error).rpartition("$.")[2].rstrip("`")) from None
        except msgspec.DecodeError as error:
            raise InvalidRecord(f"the record is not JSON ({error})") from None
        self._counts["decided"] += 1
        barred = next((prefix for prefix in self._barred if attempt.to.startswith(prefix)), None)
        verdict: Verdict = "allow"
        reasons: tuple[Reason, ...] = ()
        if barred is None or attempt.to in EMERGENCY:
            sip = SipAnswer(code=302, phrase="Moved Temporarily")
        else:
            text = f"calls to numbers that begin with {barred} are barred"
            verdict, reasons = "deny", (Reason(clause="X01", text=text, detector="destination.barred"),)
            sip = SipAnswer(code=403, phrase="Forbidden", reason=f'SIP;cause=403;text="{text}"')
        return Decision(
            decision=verdict,
            reasons=reasons,
            sip=sip,
            finding_ids=(),
            policy=self._policy,
            elapsed_us=1,
            event=None if bare else given.get("id"),
        )

    def accept(self, lines: Sequence[bytes]) -> Accepted:
        """Append the new ones to the file and wait until they are on disk."""
        fresh: list[bytes] = []
        rejected: list[Rejected] = []
        duplicates = 0
        for number, line in enumerate(lines, start=1):
            try:
                envelope = msgspec.json.decode(line, type=Envelope)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                shown = line[:2000].decode("utf-8", "backslashreplace")
                field = str(error).rpartition("`")[0].rpartition("`")[2].removeprefix("$.")
                rejected.append(Rejected(file="", line=number, field=field, reason=str(error).lower(), record=shown))
                continue
            if (envelope.source, envelope.id) in self._seen:
                duplicates += 1
            else:
                self._seen.add((envelope.source, envelope.id))
                fresh.append(line + b"\n")
        if fresh:
            self._file.write(b"".join(fresh))
            os.fsync(self._file.fileno())
        self._counts["accepted"] += len(fresh)
        return Accepted(accepted=len(fresh), duplicates=duplicates, rejected=rejected)

    def accept_each(self, batches: Sequence[Sequence[bytes]]) -> list[Accepted]:
        """One after the other."""
        return [self.accept(lines) for lines in batches]

    async def durable(self) -> None:
        """Nothing to wait for: `accept` has waited."""

    def log_figures(self) -> None:
        """Its file is no log of ours."""

    def stats(self) -> dict[str, Any]:
        """What was decided and taken in."""
        return {"decided": self._counts["decided"], "accepted": self._counts["accepted"]}

    def customer(self, customer_id: str) -> None:
        """It knows none."""

    def charged(self, customer_id: str) -> None:
        """Nobody counts."""

    def policy(self, customer_id: str) -> None:
        """No customer is known, so no policy is."""

    def look_at_grants(self) -> None:
        """There are none."""

    def customers(self) -> None:
        """Nobody told it any."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()
