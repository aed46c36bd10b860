"""Gates for what is not a call: texting, mail and sign-ins against what is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fairwire.testkit.simulate.cast import Part, Period
from fairwire.testkit.simulate.gates import Gate, auc, gate
from fairwire.testkit.simulate.rows import Row

ENOUGH_MESSAGES, ENOUGH_MAILS, ENOUGH_LOGINS = 2_000, 5_000, 2_000
ENOUGH_ABUSERS, ENOUGH_HONEST, ENOUGH_SENT = 5, 50, 30
FEATURES = ("share answered", "share of distinct people", "most messages in an hour", "share with links", "share failed")
SPECIAL = frozenset(("codes", "paging", "newsletter"))


@dataclass(slots=True)
class RestOfRealism:
    """Sums over customers that do nothing wrong, and what a single figure says of those that do."""

    period: Period
    share: float
    """How much of the ordinary rate of messages the scenario has."""
    sums: Counter[str] = field(default_factory=Counter)
    honest: list[list[float]] = field(default_factory=list)
    abusing: list[list[float]] = field(default_factory=list)

    def observe(self, part: Part, rows: Sequence[Row]) -> None:
        """Count one customer."""
        sent = [row for row in rows if row[1] == "message.sent"]
        if len(sent) >= ENOUGH_SENT:
            (self.honest if part.variant is None else self.abusing).append(_features(rows, sent))
        if part.variant is not None:
            return
        for _, kind, data in rows:
            if kind == "email.sent":
                self.sums["recipients"] += len(data["to"])
                self.sums["complaints"] += bool(data.get("complained"))
            elif kind == "auth.login":
                self.sums["logins"] += 1
                self.sums["refused"] += not data["ok"]
        if part.segment.office and part.look is None and not part.pursuits & SPECIAL and sent:
            self.sums["sent"] += len(sent)
            self.sums["received"] += sum(row[1] == "message.received" for row in rows)
            workdays = int((self.period.weekdays() < 5).sum())
            self.sums["number days"] += len({row[2]["from"] for row in sent}) * workdays

    def gates(self) -> list[Gate]:
        """All of them; without such traffic they say so."""
        sums, many = self.sums, self.sums["sent"] >= ENOUGH_MESSAGES
        replies = sums["received"] / max(1, sums["sent"]) if many else None
        per_number = sums["sent"] / max(1, sums["number days"]) / max(self.share, 1e-9) if many else None
        complaints = sums["complaints"] / max(1, sums["recipients"]) if sums["recipients"] >= ENOUGH_MAILS else None
        refused = sums["refused"] / max(1, sums["logins"]) if sums["logins"] >= ENOUGH_LOGINS else None
        return [
            gate("messages in for each one out, offices", replies, 0.5, 0.8),
            gate("messages out a number and workday", per_number, 3.5, 7.0),
            gate("complaints a recipient of mail", complaints, None, 0.001),
            gate("share of sign-ins refused", refused, 0.01, 0.15),
            self._separation(),
        ]

    def _separation(self) -> Gate:
        if len(self.abusing) < ENOUGH_ABUSERS or len(self.honest) < ENOUGH_HONEST:
            return gate("best single feature of messages, AUC", None, None, 0.98)
        columns = range(len(FEATURES))
        each = [auc([row[place] for row in self.abusing], [row[place] for row in self.honest]) for place in columns]
        best = max(columns, key=each.__getitem__)
        return gate(f"best single feature of messages, AUC: {FEATURES[best]}", each[best], None, 0.98)


def _features(rows: Sequence[Row], sent: Sequence[Row]) -> list[float]:
    answered = sum(row[1] == "message.received" for row in rows)
    hours = Counter(row[0] // 3_600_000 for row in sent)
    return [
        min(2.0, answered / len(sent)),
        len({row[2]["to"][0] for row in sent}) / len(sent),
        float(max(hours.values())),
        sum("links" in row[2] for row in sent) / len(sent),
        sum(row[2].get("status") == "failed" for row in sent) / len(sent),
    ]
