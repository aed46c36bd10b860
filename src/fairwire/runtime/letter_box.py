"""The outbox of notices about orders, deadlines and requests. When one has gone out that asks for something, its clock begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from fairwire.model.notices import LetterState, Notice
from fairwire.model.records import RecordChange
from fairwire.ports.mail import Letter
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import NOTICES
from fairwire.runtime.deadlines import opened
from fairwire.runtime.letters import SELF, Letters
from fairwire.runtime.posting import TWICE


@dataclass(frozen=True, slots=True)
class LetterBox:
    """An `Outbox` of `posting`.

    Parameters
    ----------
    sender
        From whom letters come; empty: the contact of the policy that they are about.
    customer
        Only what this customer is told; empty: everybody.
    """

    records: RecordStore
    letters: Letters
    sender: str = ""
    customer: str = ""

    def queued(self, due_us: int | None) -> Sequence[Notice]:
        """Those that wait, the oldest first."""
        return self._of(("queued",), due_us)

    def sending(self) -> Sequence[Notice]:
        """Those of which nobody knows what came of them."""
        return self._of(("sending",), None)

    def _of(self, states: Sequence[LetterState], due_us: int | None) -> list[Notice]:
        found = NOTICES.find(self.records, states=states, due_us=due_us, customer=self.customer or None)
        return sorted((kept.noun for kept in found), key=lambda each: (each.queued_us, each.notice_id))

    def ready(self, letter: Notice, at_us: int) -> Notice:
        """With the deadline of the day on which it goes out, and who sends it. One that may be out already stays as it was."""
        pack = self.letters.pack(letter.policy)
        sender = self.sender or (pack.contact if pack else "") or f"postmaster@{letter.message_id.rpartition('@')[2].rstrip('>')}"
        dated = letter if TWICE in letter.answer else self.letters.again(letter, at_us)
        return msgspec.structs.replace(dated, sender=sender)

    def letter(self, letter: Notice, at_us: int) -> Letter:
        """For the mail server."""
        return Letter(
            sender=letter.sender,
            recipient=letter.recipient,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            message_id=letter.message_id,
            date_us=at_us,
        )

    def move(self, before: Notice, after: Notice, at_us: int, *, told: str | None) -> bool:
        """Replace one, if it still is `before`; with it the deadline that begins."""
        moved: list[bool] = []

        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            kept = NOTICES.get(inside, before.notice_id)
            moved.clear()
            # While one is made ready it is the same notice: only who moves it from its state must be the first.
            if kept is None or (kept.noun.state, kept.noun.attempts, kept.noun.next_us) != (
                before.state, before.attempts, before.next_us,
            ):  # fmt: skip
                return ()
            moved.append(True)
            action = {"sending": "try", "sent": "send", "failed": "fail"}.get(after.state, "wait")
            changes = [NOTICES.change(kept, after, at_us=at_us, by=SELF, action=action, why=told or "")]
            if after.state == "sent" and before.state != "sent":
                changes.extend(opened(inside, after, self.letters.customer(after.customer), at_us))
            return changes

        self.records.act(decide)
        return bool(moved)
