"""The pages "Policies" and one policy: clause by clause what enforces it, in which mode, what shows it, how often it fired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fairwire.desk import wording
from fairwire.model.declared import ChangeTerms
from fairwire.model.instants import parse_us
from fairwire.model.policy import Coverage, CoverageStatus, Fired, Pack
from fairwire.ports.control import ControlStore
from fairwire.runtime.packs import fired_by_clause

STATUSES: tuple[CoverageStatus, ...] = ("working", "partial", "not_yet")
WORDS: dict[CoverageStatus, str] = {"working": "working", "partial": "partial", "not_yet": "not yet"}

PackCoverage = tuple[Pack, Sequence[Coverage]]
Coverages = Callable[[], Sequence[PackCoverage]]
"""Gives the policies in force with their coverage, worked out once and not at each request."""

_SPARK_HEIGHT = 18
_SPARK_STEP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One part of a policy's bar."""

    status: CoverageStatus
    word: str
    count: int
    x: float
    width: float
    """Of 100."""
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One policy on the list."""

    pack: Pack
    href: str
    shares: tuple[Share, ...]
    fired: str
    """`12 findings, 3 of them in shadow`; empty when there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One thing that enforces a clause."""

    name: str
    href: str
    """The findings of a detector; empty for anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRow:
    """One clause of a policy."""

    row: Coverage
    word: str
    controls: tuple[Control, ...]
    href: str
    """Its findings; empty when there are none."""
    acted: str
    shadow: str
    last: str
    bars: tuple[tuple[int, float, float], ...]
    """(x, y, height) of each day's bar."""
    spark: str
    """What the bars show, in words; empty without bars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage:
    """One policy."""

    card: Card
    status: str
    """The status that is shown; empty for all."""
    rows: tuple[ClauseRow, ...]
    all_href: str
    changes: tuple[str, ...]
    """How a new version reaches customers, a sentence each."""
    spark_width: int
    spark_height: int


def read_policies(store: ControlStore, coverages: Coverages) -> tuple[Card, ...]:
    """Every policy in force, by title."""
    counts = store.day_counts()
    cards = [_card(pack, rows, fired_by_clause(pack.id, counts), "") for pack, rows in coverages()]
    return tuple(sorted(cards, key=lambda card: card.pack.title))


def read_policy(store: ControlStore, coverages: Coverages, pack_id: str, status: str) -> PolicyPage | None:
    """One policy, its clauses of one status or all of them; None when it is not in force."""
    found = next(((pack, rows) for pack, rows in coverages() if pack.id == pack_id), None)
    if found is None:
        return None
    pack, rows = found
    fired = fired_by_clause(pack.id, store.day_counts())
    wanted = status if status in STATUSES else ""
    days = max((len(each.by_day) for each in fired.values()), default=0)
    return PolicyPage(
        card=_card(pack, rows, fired, wanted),
        status=wanted,
        rows=tuple(_row(row, fired.get(row.clause, Fired())) for row in rows if wanted in ("", row.status)),
        all_href=f"/policies/{pack.id}",
        changes=change_sentences(pack.changes),
        spark_width=days * _SPARK_STEP,
        spark_height=_SPARK_HEIGHT,
    )


def _card(pack: Pack, rows: Sequence[Coverage], fired: dict[str, Fired], chosen: str) -> Card:
    counts = Counter(row.status for row in rows)
    shares: list[Share] = []
    x = 0.0
    for status in STATUSES:
        width = 100 * counts[status] / max(1, len(rows))
        query = "" if status == chosen else "?" + urlencode({"status": status})
        shares.append(
            Share(
                status=status,
                word=WORDS[status],
                count=counts[status],
                x=round(x, 3),
                width=round(width, 3),
                href=f"/policies/{pack.id}{query}",
                chosen=status == chosen,
            )
        )
        x += width
    acted, shadow = sum(each.acted for each in fired.values()), sum(each.shadow for each in fired.values())
    said = f"fired {wording.count(acted + shadow, 'time')}" + (f", {shadow:,} of them in shadow" if shadow else "")
    return Card(pack=pack, href=f"/policies/{pack.id}", shares=tuple(shares), fired=said if acted + shadow else "")


def _row(row: Coverage, fired: Fired) -> ClauseRow:
    total = fired.acted + fired.shadow
    most = max(fired.by_day, default=0)
    bars = tuple(
        (day * _SPARK_STEP, round(_SPARK_HEIGHT - height, 2), round(height, 2))
        for day, count in enumerate(fired.by_day)
        if (height := max(1.5, _SPARK_HEIGHT * count / most) if count else 0.0)
    )
    return ClauseRow(
        row=row,
        word=WORDS[row.status],
        controls=tuple(_control(name) for name in row.enforced_by),
        href="/?" + urlencode({"clause": row.clause}) if total else "",
        acted=wording.count(fired.acted, "finding") if fired.acted else "",
        shadow=f"{fired.shadow:,} in shadow" if fired.shadow else "",
        last=wording.day(parse_us(fired.last)) if fired.last else "",
        bars=bars,
        spark=f"{most:,} at most on one of {len(fired.by_day)} days" if bars else "",
    )


_NO_FINDINGS = ("inline", "limit", "report", "workflow", "term")


def _control(name: str) -> Control:
    has_findings = name.partition(".")[0] not in _NO_FINDINGS
    return Control(name=name, href="/?" + urlencode({"detector": name}) if has_findings else "")


_EFFECT = {
    "on_posting": "A new version takes effect when it is posted",
    "after_notice": "A new version takes effect when the notice period is over",
    "scheduled": "A new version takes effect on a day that the provider names",
}
_ACCEPTANCE = {
    "use": "Who uses the service after the change agrees to it",
    "explicit": "Each customer is asked to agree",
}


def change_sentences(terms: ChangeTerms | None) -> tuple[str, ...]:
    """How a new version reaches customers, a sentence each, with the clause that says so."""
    if terms is None:
        return ("The policy pack does not say how a new version reaches customers.",)
    said = [_cited(_EFFECT[terms.effective], terms.clause)]
    if terms.notice.send:
        before = f" {wording.span(terms.notice.before_s)} before" if terms.notice.before_s else ""
        said.append(_cited(f"Every customer is told{before}", terms.notice.clause))
    else:
        said.append("No message is sent; customers look at the page.")
    said.append(f"{_ACCEPTANCE[terms.acceptance]}.")
    if terms.choice is not None:
        window = f"A customer may choose its own day within {wording.span(terms.choice.window_s)}"
        said.append(_cited(window, terms.choice.clause))
    return tuple(said)


def _cited(sentence: str, clause: str) -> str:
    return f"{sentence} ({clause})." if clause else f"{sentence}."
