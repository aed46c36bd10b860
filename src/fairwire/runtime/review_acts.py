"""What people do to findings and orders of others: ask for a review, decide it, override unasked, judge. Each is one
transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwire.enforcement import lifecycle, reviews
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.finding import Finding
from fairwire.model.instants import format_us
from fairwire.model.order import OPEN, Order, Step, Target
from fairwire.model.records import RecordChange
from fairwire.model.reviews import DISMISSED, Judgement, Outcome, Review, Subject, Verdict
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_registers import JUDGEMENTS, REVIEWS
from fairwire.runtime.lookup import NotThere, look_up
from fairwire.runtime.order_acts import find_order
from fairwire.runtime.raised_findings import author_of, find_finding
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import ORDERS

_UNDOABLE = ("dry_run", *OPEN, "done", "lifted", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an order becomes when it is neither right nor wholly wrong: another end, or another step in its place."""

    until_us: int | None = None
    step: Step | None = None
    target: Target = "customer"
    value: str | None = None
    lasts_us: int | None = None
    """How long the other step lasts; None: until a person lifts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matter:
    """What a review is about."""

    about: Subject
    about_id: str
    customer: str
    finding: Finding | None
    author: str


def find_review(store: RecordStore, given: str) -> Kept[Review]:
    """A review by its id, or the beginning of it.

    Raises
    ------
    NotThere
        There is none, or several begin so.
    """
    return look_up(REVIEWS, store, given, prefix="rv-", what="review", list_with="fairwire appeal list")


def file_review(
    store: ControlStore,
    subject: str,
    *,
    asked_by: str,
    filed_by: str,
    text: str,
    at_us: int,
    due_us: int | None = None,
    contact: str = "",
    redress_id: str = "",
) -> Review:
    """Put a request to look again on record. One at a time: while it is open, a second about the same joins it.

    Parameters
    ----------
    subject
        Id of a finding or an order, or the beginning of one.
    asked_by, filed_by
        As in `Review`. A customer asks about its own only.

    Raises
    ------
    NotThere, NoSuchOrder
        There is no such subject, or it is another customer's.
    NotPossible
        The request says nothing.
    """
    matter = _matter(store, subject)
    if asked_by.startswith("customer:") and asked_by != f"customer:{matter.customer}":
        # In the words for what is not there: whoever asks learns nothing of other customers.
        raise NotThere(f"there is no finding `{subject[:80]}`", help_="give the id that stands in the notice")
    asked = reviews.ask(
        about=matter.about,
        about_id=matter.about_id,
        customer=matter.customer,
        asked_by=asked_by,
        filed_by=filed_by,
        text=text,
        at_us=at_us,
        due_us=due_us,
        contact=contact,
        redress_id=redress_id,
    )
    return put_review(store.records, asked, at_us)


def put_review(store: RecordStore, asked: Review, at_us: int) -> Review:
    """Put it on record, where no other about the same is open; else that one."""
    found: list[Review] = [asked]

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        same = [kept.noun for kept in REVIEWS.find(inside, subject=asked.about_id, states=["open"])]
        if same:
            found[0] = same[0]
            return ()
        return [REVIEWS.change(None, asked, at_us=at_us, by=asked.filed_by, action="ask", why=asked.text)]

    store.act(decide)
    return found[0]


def decide(
    store: ControlStore,
    review_id: str,
    outcome: Outcome,
    *,
    by: str,
    at_us: int,
    why: str,
    verdict: Verdict | None = None,
    change: Change | None = None,
) -> Review:
    """Decide a review: uphold, modify or overturn. Overturning undoes what was done, and the finding is judged with it.

    Parameters
    ----------
    verdict
        What is said of the finding; None: what follows from the outcome.
    change
        Of `modified`: what becomes of the order.

    Raises
    ------
    NotPossible
        The person may not decide it, it is decided, or the outcome does not fit.
    """
    asked = find_review(store.records, review_id).noun
    matter = _matter_of(store, asked)
    return _settle(store.records, asked, matter, outcome, by, at_us, why, verdict, change)


def override(
    store: ControlStore,
    subject: str,
    outcome: Outcome,
    *,
    by: str,
    at_us: int,
    why: str,
    verdict: Verdict | None = None,
    change: Change | None = None,
) -> Review:
    """The same without anybody having asked: a person overrides a rule."""
    if not why.strip():
        raise NotPossible("a rule is overridden with a reason", help_="say why, in a sentence: it is kept")
    matter = _matter(store, subject)
    made = reviews.ask(
        about=matter.about,
        about_id=matter.about_id,
        customer=matter.customer,
        asked_by="",
        filed_by=by,
        text=why,
        at_us=at_us,
    )
    return _settle(store.records, made, matter, outcome, by, at_us, why, verdict, change)


def withdraw(store: RecordStore, review_id: str, by: str, at_us: int, why: str) -> Review:
    """Take a request back. A customer takes back its own."""
    done: list[Review] = []

    def decide_(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_review(inside, review_id)
        if by.startswith("customer:") and by != f"customer:{kept.noun.customer}":
            raise NotThere(f"there is no review `{review_id[:80]}`", help_="`fairwire appeal list` shows those there are")
        done.append(reviews.withdraw(kept.noun, by, at_us, why))
        return [REVIEWS.change(kept, done[0], at_us=at_us, by=by, action="withdraw", why=why)]

    store.act(decide_)
    return done[0]


def judge(store: ControlStore, finding_id: str, verdict: Verdict, *, by: str, at_us: int, why: str) -> Judgement:
    """Confirm a finding, or dismiss it with a reason; it stays on record either way.

    Raises
    ------
    NotPossible
        Somebody dismisses what an order still rests on, or raised himself, or gives no reason.
    """
    finding = find_finding(store, finding_id)
    done: list[Judgement] = []

    def decide_(inside: RecordStore) -> Sequence[RecordChange]:
        kept = JUDGEMENTS.get(inside, finding.finding_id)
        if verdict in DISMISSED:
            if author_of(inside, finding) == by:
                raise NotPossible("nobody decides about a finding of their own", help_="another person must dismiss it")
            demand_no_order(inside, finding.finding_id, verdict)
        done.append(reviews.judge(finding, None if kept is None else kept.noun, verdict, by, at_us, why))
        return [JUDGEMENTS.change(kept, done[0], at_us=at_us, by=by, action=verdict.replace("_", " "), why=why)]

    store.records.act(decide_)
    return done[0]


def demand_no_order(inside: RecordStore, finding_id: str, verdict: Verdict) -> None:
    """Refuse to dismiss what an order still rests on.

    Raises
    ------
    NotPossible
        One does.
    """
    if verdict not in DISMISSED:
        return
    for kept in ORDERS.find(inside, subject=finding_id, states=list(OPEN)):
        raise NotPossible(
            f"the order `{kept.noun.order_id}` rests on this finding and is {kept.noun.state.replace('_', ' ')}",
            help_="override the finding, which undoes the order; or lift or refuse the order first",
        )


def judgement_of(store: RecordStore, finding_id: str) -> Judgement | None:
    """What people think of a finding; None where nobody has said."""
    kept = JUDGEMENTS.get(store, finding_id)
    return None if kept is None else kept.noun


def _matter(store: ControlStore, subject: str) -> _Matter:
    if subject.startswith("o-"):
        order = find_order(store.records, subject).noun
        return _of_order(store, order)
    finding = find_finding(store, subject)
    return _Matter(
        about="finding",
        about_id=finding.finding_id,
        customer=finding.customer,
        finding=finding,
        author=author_of(store.records, finding),
    )


def _of_order(store: ControlStore, order: Order) -> _Matter:
    finding = find_finding(store, order.finding_id) if order.finding_id and _there(store, order.finding_id) else None
    return _Matter(about="order", about_id=order.order_id, customer=order.customer, finding=finding, author=order.author)


def _there(store: ControlStore, finding_id: str) -> bool:
    try:
        find_finding(store, finding_id)
    except NotThere:
        return False
    return True


def _matter_of(store: ControlStore, asked: Review) -> _Matter:
    if asked.about == "call":
        return _Matter(about="call", about_id=asked.about_id, customer=asked.customer, finding=None, author="")
    return _matter(store, asked.about_id)


def _settle(
    store: RecordStore,
    asked: Review,
    matter: _Matter,
    outcome: Outcome,
    by: str,
    at_us: int,
    why: str,
    verdict: Verdict | None,
    change: Change | None,
) -> Review:
    if (outcome == "modified") != (change is not None):
        raise NotPossible(
            "a modified order is given another end or another step, and nothing else is",
            help_="say which with `modified`, and leave it out otherwise",
        )
    done: list[Review] = []

    def decide_(inside: RecordStore) -> Sequence[RecordChange]:
        kept = REVIEWS.get(inside, asked.review_id)
        rested = _orders(inside, matter)
        reason = f"review {asked.review_id}: {why.strip()}"
        if outcome == "overturned":
            changes, touched = _overturned(rested, by, at_us, reason)
        elif outcome == "modified":
            assert change is not None
            changes, touched = _modified(rested, change, asked, by, at_us, reason)
        else:
            changes, touched = [], ()
        authors = {each.noun.author for each in rested} | {matter.author}
        author = by if by in authors else matter.author
        done.append(reviews.decide(kept.noun if kept else asked, outcome, by, at_us, why, author=author, orders=touched))
        changes.insert(0, REVIEWS.change(kept, done[0], at_us=at_us, by=by, action=f"decide: {outcome}", why=why))
        if matter.finding is not None:
            said = verdict or reviews.OF_OUTCOME[outcome]
            earlier = JUDGEMENTS.get(inside, matter.finding.finding_id)
            judged = reviews.judge(
                matter.finding, None if earlier is None else earlier.noun, said, by, at_us, why, review=asked.review_id
            )
            changes.append(JUDGEMENTS.change(earlier, judged, at_us=at_us, by=by, action=said.replace("_", " "), why=why))
        return changes

    store.act(decide_)
    return done[0]


def _orders(inside: RecordStore, matter: _Matter) -> list[Kept[Order]]:
    """The orders that the matter is about."""
    if matter.about == "order":
        return [find_order(inside, matter.about_id)]
    return ORDERS.find(inside, subject=matter.about_id) if matter.about == "finding" else []


def _overturned(rested: Sequence[Kept[Order]], by: str, at_us: int, why: str) -> tuple[list[RecordChange], tuple[str, ...]]:
    undone = [(each, lifecycle.overturn(each.noun, by, at_us, why)) for each in rested if each.noun.state in _UNDOABLE]
    changes = [ORDERS.change(kept, after, at_us=at_us, by=by, action="overturn", why=why) for kept, after in undone]
    return changes, tuple(after.order_id for _, after in undone)


def _modified(
    rested: Sequence[Kept[Order]], change: Change, asked: Review, by: str, at_us: int, why: str
) -> tuple[list[RecordChange], tuple[str, ...]]:
    still = [each for each in rested if each.noun.state in OPEN]
    if len(still) != 1:
        raise NotPossible(
            "there is no order that could be changed" if not still else "several orders rest on this finding",
            help_="uphold or overturn it" if not still else "ask for a review of the one order",
        )
    kept = still[0]
    if change.until_us is not None:
        after = lifecycle.extend(kept.noun, by, at_us, change.until_us, why)
        return [ORDERS.change(kept, after, at_us=at_us, by=by, action="modify", why=why)], (after.order_id,)
    if change.step is None:
        raise NotPossible("it is not said what the order becomes", help_="give another end, or another step")
    old = lifecycle.lift(kept.noun, by, at_us, why)
    other = lifecycle.from_person(
        by=by,
        at_us=at_us,
        customer=old.customer,
        policy=old.policy,
        clauses=old.clauses,
        step=change.step,
        target=change.target,
        value=change.value,
        user=old.user,
        line=old.line,
        reason=f"{why} In place of `{old.step.replace('_', ' ')}`, from {format_us(at_us)}",
        lasts_us=change.lasts_us,
        finding_id=old.finding_id,
        evidence=(old.order_id, asked.review_id),
    )
    started = lifecycle.start(other, at_us)
    return [
        ORDERS.change(kept, old, at_us=at_us, by=by, action="modify", why=why),
        ORDERS.change(None, started, at_us=at_us, by=by, action="order", why=started.reason),
    ], (old.order_id, started.order_id)
