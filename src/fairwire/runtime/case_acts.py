"""What people do to cases. Each act reads, decides and writes in one transaction, and is in the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import msgspec

from fairwire.enforcement import cases, holds, lifecycle, reviews
from fairwire.enforcement.ladder import OWNER
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.enforcement.report_words import category_of, clauses_of, is_severe
from fairwire.enforcement.targets import undo
from fairwire.model.cases import Case, CaseOutcome
from fairwire.model.declared import ReportCategory
from fairwire.model.finding import SEVERITIES, Finding, Severity
from fairwire.model.instants import format_us
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.model.reviews import Verdict
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_access import Viewer, admit, find_case
from fairwire.runtime.case_registers import CASES, HOLDS, JUDGEMENTS
from fairwire.runtime.raised_findings import find_finding
from fairwire.runtime.registers import ORDERS
from fairwire.runtime.review_acts import demand_no_order

SELF = "fairwire"


def open_case(
    store: ControlStore,
    *,
    viewer: Viewer,
    at_us: int,
    title: str,
    category: str = "other",
    customer: str = "",
    pack: Pack | None = None,
    clauses: Sequence[str] = (),
    severity: Severity | None = None,
    findings: Sequence[str] = (),
    number: str = "",
    address: str = "",
    restricted: bool | None = None,
    suspend: bool = False,
    user: str = "",
) -> Case:
    """Open a case because somebody noticed, or from findings. One of severe harm stops the service and keeps the evidence.

    Parameters
    ----------
    pack
        The policy that binds the customer; None where no customer is known.
    severity, clauses
        What they are where they are not those of the category and the findings.
    suspend
        Suspend the customer at once, by this person's word.
    user
        One user of the customer's whom it is about.

    Raises
    ------
    NotPossible, NotThere, UnsoundOrder
        The category, a clause or a finding is not there; nothing is said; findings are of several customers.
    """
    found = [find_finding(store, each) for each in findings]
    customers = {customer, *(each.customer for each in found)} - {""}
    if len(customers) > 1:
        raise NotPossible(f"the findings are of several customers: {', '.join(sorted(customers))}", help_="open a case for each")
    if not title.strip():
        raise NotPossible("a case says what it is about", help_="give it a title")
    whom = next(iter(customers), "")
    kind = category_of(pack, category)
    if kind is None:
        known = ", ".join(pack.report_categories) if pack else "spam, fraud, minors, other ..."
        raise NotPossible(f"there is no category `{category[:40]}`", help_=f"one of {known}")
    unknown = next((clause for clause in clauses if pack is None or clause not in pack.clauses), None)
    if unknown is not None:
        raise NotPossible(f"the customer's policy has no clause `{unknown[:40]}`", help_="`fairwire policy coverage` lists them")
    own = tuple(dict.fromkeys((*clauses, *(clause for each in found for clause in each.clauses))))
    case = made_case(
        named=(viewer.by, format_us(at_us), title, whom, *findings),
        title=title.strip(),
        kind=kind,
        customer=whom,
        pack=pack,
        clauses=own,
        severity=severity or _worst(found) or kind.severity,
        restricted=kind.restricted if restricted is None else restricted or is_severe(kind),
        findings=tuple(each.finding_id for each in found),
        number=number,
        address=address,
        by=viewer.by,
        at_us=at_us,
    )
    users = {each.user for each in found} - {None}
    case = msgspec.structs.replace(case, user=user or (users.pop() or "" if len(users) == 1 else ""))
    admit(case, viewer)
    return put_case(store.records, case, kind, pack, viewer.by, at_us, suspend=suspend)


def made_case(
    *,
    named: Sequence[str],
    title: str,
    kind: ReportCategory,
    customer: str,
    pack: Pack | None,
    by: str,
    at_us: int,
    clauses: Sequence[str] = (),
    severity: Severity | None = None,
    restricted: bool | None = None,
    findings: Sequence[str] = (),
    reports: Sequence[str] = (),
    number: str = "",
    address: str = "",
) -> Case:
    """A case as it is when it is opened."""
    bound = pack if customer else None
    return Case(
        case_id=cases.case_id(*named),
        title=title,
        category=kind.id,
        severity=severity or kind.severity,
        restricted=kind.restricted if restricted is None else restricted,
        customer=customer,
        policy="" if bound is None else f"{bound.id}@{bound.version}",
        clauses=tuple(clauses) or (() if bound is None else clauses_of(bound, kind)),
        number=number,
        address=address,
        opened=format_us(at_us),
        opened_by=by,
        findings=tuple(findings),
        reports=tuple(reports),
    )


def put_case(
    store: RecordStore, case: Case, kind: ReportCategory, pack: Pack | None, by: str, at_us: int, *, suspend: bool = False
) -> Case:
    """Put a new case on record, with what severe harm asks for at once. Put twice, it is the first."""

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        if CASES.get(inside, case.case_id) is not None:
            return ()
        return opening(inside, case, kind, pack, by, at_us, suspend=suspend)[1]

    store.act(decide)
    return find_case(store, case.case_id).noun


def opening(
    inside: RecordStore, case: Case, kind: ReportCategory, pack: Pack | None, by: str, at_us: int, *, suspend: bool = False
) -> tuple[Case, list[RecordChange]]:
    """A new case with what is done at once, and the changes that put it on record."""
    case, beside = _at_once(inside, case, kind, pack, by, at_us, suspend=suspend)
    return case, [CASES.change(None, case, at_us=at_us, by=by, action="open", why=case.title), *beside]


def _at_once(
    inside: RecordStore, case: Case, kind: ReportCategory, pack: Pack | None, by: str, at_us: int, *, suspend: bool
) -> tuple[Case, list[RecordChange]]:
    """What is done before anybody has looked: evidence of severe harm is kept, and the service stops when one person agrees.

    Nobody tells the customer: evidence would be destroyed.
    """
    changes: list[RecordChange] = []
    severe = is_severe(kind)
    if severe and (case.customer or case.number or case.address):
        hold = holds.place(
            why=f"case {case.case_id}: evidence of severe harm",
            by=by,
            at_us=at_us,
            customer=case.customer,
            numbers=(case.number,) if case.number else (),
            addresses=(case.address,) if case.address else (),
            case_id=case.case_id,
        )
        if HOLDS.get(inside, hold.hold_id) is None:
            changes.append(HOLDS.change(None, hold, at_us=at_us, by=by, action="hold", why=hold.why))
            case = cases.link(case, SELF, at_us, related=[hold.hold_id])
    if case.customer and pack is not None and (severe or suspend):
        order = _suspension(case, pack, by, at_us, quiet=severe, now=suspend)
        if ORDERS.get(inside, order.order_id) is None:
            changes.append(ORDERS.change(None, order, at_us=at_us, by=order.author, action="order", why=order.reason))
            case = cases.link(case, SELF, at_us, orders=[order.order_id])
    return case, changes


def _suspension(case: Case, pack: Pack, by: str, at_us: int, *, quiet: bool, now: bool) -> Order:
    """The suspension: in force by a person's word, else waiting for one person to agree."""
    clauses = [clause for clause in case.clauses if clause in pack.clauses] or general_clause(pack)
    if now and by.startswith("person:"):
        order = lifecycle.from_person(
            by=by,
            at_us=at_us,
            customer=case.customer,
            policy=f"{pack.id}@{pack.version}",
            clauses=clauses,
            step="suspend",
            reason=f"Suspended at once, case {case.case_id}",
            evidence=(case.case_id,),
            quiet=quiet,
        )
        return lifecycle.start(order, at_us)
    key = hashlib.sha256(f"suspend at once\n{case.case_id}\n{case.customer}".encode()).hexdigest()
    rule = f"report.{case.category}"
    planned = Order(
        order_id=f"o-{key[:16]}",
        key=key,
        finding_id="",
        customer=case.customer,
        policy=f"{pack.id}@{pack.version}",
        clauses=tuple(clauses),
        detector=rule,
        step="suspend",
        target="customer",
        reason=f"Severe harm was reported, case {case.case_id}; one person must agree.",
        author=f"rule:{rule}",
        created=format_us(at_us),
        expires=None,
        owner=OWNER,
        approvals=1,
        undo=undo("suspend", "customer", None),
        evidence=(case.case_id,),
        quiet=quiet,
    )
    return lifecycle.start(planned, at_us)


def general_clause(pack: Pack) -> list[str]:
    """The clause that an order rests on where the policy names nothing of the kind."""
    for topic in ("child_safety", "general_conduct", "unlawful_use", "account_state"):
        if found := pack.clauses_of(topic):
            return list(found[:1])
    return [next(iter(pack.clauses))]


def _worst(found: Sequence[Finding]) -> Severity | None:
    return max((each.severity for each in found), key=SEVERITIES.index, default=None)


# -- acts on one case


def note(store: RecordStore, given: str, viewer: Viewer, at_us: int, text: str) -> Case:
    """Something that somebody found out or did."""
    return _move(store, given, viewer, at_us, "note", "", lambda case: cases.note(case, viewer.by, at_us, text))


def assign(store: RecordStore, given: str, viewer: Viewer, at_us: int, owner: str) -> Case:
    """Somebody looks into it from now on; `owner`: `person:<name>`."""
    why = f"to {owner.removeprefix('person:')}"
    return _move(store, given, viewer, at_us, "assign", why, lambda case: cases.assign(case, viewer.by, at_us, owner))


def wait(store: RecordStore, given: str, viewer: Viewer, at_us: int, for_whom: str, due_us: int | None = None) -> Case:
    """It goes on when somebody outside has answered."""
    return _move(store, given, viewer, at_us, "wait", for_whom, lambda case: cases.wait(case, viewer.by, at_us, for_whom, due_us))


def resume(store: RecordStore, given: str, viewer: Viewer, at_us: int, why: str = "") -> Case:
    """It goes on."""
    return _move(store, given, viewer, at_us, "resume", why, lambda case: cases.resume(case, viewer.by, at_us, why))


def close(store: RecordStore, given: str, viewer: Viewer, at_us: int, why: str = "") -> Case:
    """Nothing is left to do."""
    return _move(store, given, viewer, at_us, "close", why, lambda case: cases.close(case, viewer.by, at_us, why))


def reopen(store: RecordStore, given: str, viewer: Viewer, at_us: int, why: str) -> Case:
    """There is something new."""
    return _move(store, given, viewer, at_us, "reopen", why, lambda case: cases.reopen(case, viewer.by, at_us, why))


def refer(store: RecordStore, given: str, viewer: Viewer, at_us: int, body: str, reference: str = "", what: str = "") -> Case:
    """An authority was told, or has given the matter its reference."""
    why = f"{body} {reference}".strip()
    return _move(
        store, given, viewer, at_us, "refer", why, lambda case: cases.refer(case, viewer.by, at_us, body, reference, what)
    )


def link(
    store: ControlStore, given: str, viewer: Viewer, at_us: int, *, findings: Sequence[str] = (), orders: Sequence[str] = ()
) -> Case:
    """A finding or an order belongs to it; a finding's clauses are the case's as well."""
    found = [find_finding(store, each) for each in findings]
    clauses = [clause for each in found for clause in each.clauses]

    def step(case: Case) -> Case:
        strange = next((each for each in found if case.customer and each.customer != case.customer), None)
        if strange is not None:
            raise NotPossible(f"the finding `{strange.finding_id}` is about `{strange.customer}`", help_="open a case of its own")
        ids = [each.finding_id for each in found]
        return cases.link(case, viewer.by, at_us, findings=ids, orders=orders, clauses=clauses if case.customer else ())

    return _move(store.records, given, viewer, at_us, "link", ", ".join((*findings, *orders)), step)


def attribute(store: RecordStore, given: str, viewer: Viewer, at_us: int, customer: str, pack: Pack, why: str) -> Case:
    """Say whose case it is. One of severe harm stops that customer's service as if it had been known from the start."""
    done: list[Case] = []

    def decide_(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_case(inside, given)
        admit(kept.noun, viewer)
        kind = category_of(pack, kept.noun.category) or category_of(pack, "other")
        assert kind is not None
        case = cases.attribute(
            kept.noun,
            viewer.by,
            at_us,
            customer=customer,
            policy=f"{pack.id}@{pack.version}",
            clauses=clauses_of(pack, kind),
            why=why,
        )
        case, beside = _at_once(inside, case, kind, pack, viewer.by, at_us, suspend=False)
        done.append(case)
        return [CASES.change(kept, case, at_us=at_us, by=viewer.by, action="attribute", why=why), *beside]

    store.act(decide_)
    return done[0]


def categorise(store: RecordStore, given: str, viewer: Viewer, at_us: int, category: str, pack: Pack | None, why: str) -> Case:
    """Say what it is about. Once it is of severe harm, what that asks for is done; and a restricted case stays restricted."""
    done: list[Case] = []

    def decide_(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_case(inside, given)
        before = kept.noun
        admit(before, viewer)
        kind = category_of(pack, category)
        if kind is None:
            known = ", ".join(pack.report_categories) if pack else "spam, fraud, minors, other ..."
            raise NotPossible(f"there is no category `{category[:40]}`", help_=f"one of {known}")
        case = cases.categorise(
            before,
            viewer.by,
            at_us,
            category=kind.id,
            severity=kind.severity,
            restricted=before.restricted or kind.restricted,
            clauses=clauses_of(pack, kind) if pack and before.customer else (),
            why=why,
        )
        case, beside = _at_once(inside, case, kind, pack, viewer.by, at_us, suspend=False)
        done.append(case)
        return [CASES.change(kept, case, at_us=at_us, by=viewer.by, action="categorise", why=why), *beside]

    store.act(decide_)
    return done[0]


def decide(
    store: ControlStore,
    given: str,
    viewer: Viewer,
    at_us: int,
    outcome: CaseOutcome,
    why: str,
    *,
    pack: Pack | None = None,
    content: str | None = None,
    findings_are: Verdict | None = None,
) -> Case:
    """Decide a case. A warning, a removal of content and an end of the account are orders, which wait for whoever must agree.

    Parameters
    ----------
    pack
        The policy that binds the customer; needed for what is done to somebody.
    content
        Which content is removed, where that can be named.
    findings_are
        What is said of the case's findings; None: nothing.

    Raises
    ------
    NotPossible, UnsoundOrder
        It is decided, there is no reason, or nobody to whom anything could be done.
    """
    done: list[Case] = []
    read = {each: find_finding(store, each) for each in find_case(store.records, given).noun.findings}

    def decide_(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_case(inside, given)
        case = kept.noun
        admit(case, viewer)
        changes: list[RecordChange] = []
        made: list[str] = []
        step = cases.STEP_OF[outcome]
        if step is not None and case.customer and why.strip():
            if pack is None:
                raise NotPossible("it is not known what policy binds the customer", help_="name the policy")
            order = lifecycle.from_person(
                by=viewer.by,
                at_us=at_us,
                customer=case.customer,
                policy=f"{pack.id}@{pack.version}",
                clauses=[clause for clause in case.clauses if clause in pack.clauses] or general_clause(pack),
                step=step[0],
                target=step[1],
                value=content if step[1] == "content" else None,
                reason=why,
                finding_id=case.findings[0] if case.findings else "",
                evidence=(case.case_id, *case.reports),
                quiet=case.restricted and case.severity == "critical",
            )
            started = lifecycle.start(order, at_us)
            made.append(order.order_id)
            changes.append(ORDERS.change(None, started, at_us=at_us, by=viewer.by, action="order", why=why))
        after = cases.decide(case, viewer.by, at_us, outcome, why, made)
        if findings_are is not None:
            for name in case.findings:
                demand_no_order(inside, name, findings_are)
                earlier = JUDGEMENTS.get(inside, name)
                before = None if earlier is None else earlier.noun
                judged = reviews.judge(read[name], before, findings_are, viewer.by, at_us, why, review=case.case_id)
                action = findings_are.replace("_", " ")
                changes.append(JUDGEMENTS.change(earlier, judged, at_us=at_us, by=viewer.by, action=action, why=why))
        done.append(after)
        return [CASES.change(kept, after, at_us=at_us, by=viewer.by, action=f"decide: {outcome}", why=why), *changes]

    store.records.act(decide_)
    return done[0]


def _move(
    store: RecordStore, given: str, viewer: Viewer, at_us: int, action: str, why: str, step: Callable[[Case], Case]
) -> Case:
    done: list[Case] = []

    def decide_(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_case(inside, given)
        admit(kept.noun, viewer)
        done.append(step(kept.noun))
        return [CASES.change(kept, done[0], at_us=at_us, by=viewer.by, action=action, why=why)]

    store.act(decide_)
    return done[0]
