"""What is done with a customer beside orders: instructions, ends of service, and what a customer does about its own users."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fairwire.enforcement import instructions, lifecycle, terminations
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.enforcement.report_words import category_of
from fairwire.model.finding import Severity
from fairwire.model.instructions import Instruction, InstructionState
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.model.terminations import Termination
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_access import Viewer
from fairwire.runtime.case_acts import general_clause, made_case, opening
from fairwire.runtime.case_registers import INSTRUCTIONS, TERMINATIONS
from fairwire.runtime.holds import active
from fairwire.runtime.lookup import NotThere, look_up
from fairwire.runtime.order_acts import find_order, put_on_record
from fairwire.runtime.raised_findings import made_finding, raised_change, show_raised
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import ORDERS

# -- instructions


def find_instruction(store: RecordStore, given: str) -> Kept[Instruction]:
    """An instruction by its id, or the beginning of it. Raises NotThere."""
    return look_up(INSTRUCTIONS, store, given, prefix="in-", what="instruction", list_with="fairwire instruction list")


def instruct(
    store: RecordStore,
    viewer: Viewer,
    at_us: int,
    *,
    customer: str,
    pack: Pack,
    text: str,
    clauses: Sequence[str] = (),
    due_us: int | None = None,
    case_id: str = "",
) -> Instruction:
    """Issue an instruction. Without a clause it rests on the one that speaks of instructions, else on the general one."""
    unknown = next((clause for clause in clauses if clause not in pack.clauses), None)
    if unknown is not None:
        raise NotPossible(
            f"policy `{pack.id}` has no clause `{unknown[:40]}`", help_=f"`fairwire policy coverage {pack.id}` lists them"
        )
    made = instructions.issue(
        customer=customer,
        policy=f"{pack.id}@{pack.version}",
        clauses=tuple(clauses) or pack.clauses_of("instructions")[:1] or tuple(general_clause(pack)),
        text=text,
        by=viewer.by,
        at_us=at_us,
        due_us=due_us,
        case_id=case_id,
    )
    store.write([INSTRUCTIONS.change(None, made, at_us=at_us, by=viewer.by, action="issue", why=text)])
    return made


def acknowledge(store: RecordStore, given: str, by: str, at_us: int) -> Instruction:
    """The customer has it; `by`: `customer:<id>`, or a person for it."""

    def step(instruction: Instruction) -> Instruction:
        if by.startswith("customer:") and by != f"customer:{instruction.customer}":
            raise NotThere(f"there is no instruction `{given[:80]}`", help_="give the id that stands in the letter")
        return instructions.acknowledge(instruction, by, at_us)

    return _move(store, given, by, at_us, "acknowledge", "", step)


def end_instruction(store: RecordStore, given: str, state: InstructionState, viewer: Viewer, at_us: int, why: str) -> Instruction:
    """It was kept, or is withdrawn."""
    return _move(store, given, viewer.by, at_us, state, why, lambda each: instructions.end(each, state, viewer.by, at_us, why))


def breach(
    store: ControlStore,
    given: str,
    viewer: Viewer,
    at_us: int,
    pack: Pack,
    why: str,
    *,
    severity: Severity = "medium",
    events: Sequence[str] = (),
) -> Instruction:
    """The customer did not keep it: that is a finding of a person, and a case."""
    done: list[Instruction] = []
    asked = find_instruction(store.records, given).noun
    # Whether it can be marked is asked before a finding is made of it.
    instructions.end(asked, "breached", viewer.by, at_us, why)
    clauses = [clause for clause in asked.clauses if clause in pack.clauses] or general_clause(pack)
    raised = made_finding(
        pack=pack,
        customer=asked.customer,
        clauses=clauses,
        severity=severity,
        reason=f"{why.strip().rstrip('.')}. Against the instruction of {asked.issued[:10]}: {asked.text}",
        by=viewer.by,
        at_us=at_us,
        events=events,
        evidence=(asked.instruction_id,),
    )

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_instruction(inside, given)
        after = instructions.end(kept.noun, "breached", viewer.by, at_us, why, finding_id=raised.finding.finding_id)
        kind = category_of(pack, "other")
        assert kind is not None
        case = made_case(
            named=(after.instruction_id, "breach"),
            title=f"Breach of an instruction: {after.text[:80]}",
            kind=kind,
            customer=after.customer,
            pack=pack,
            clauses=clauses,
            severity=severity,
            restricted=False,
            findings=(raised.finding.finding_id,),
            by=viewer.by,
            at_us=at_us,
        )
        done.append(after)
        _, changes = opening(inside, case, kind, pack, viewer.by, at_us)
        return [
            INSTRUCTIONS.change(kept, after, at_us=at_us, by=viewer.by, action="breach", why=why),
            raised_change(raised, at_us),
            *changes,
        ]

    store.records.act(decide)
    show_raised(store, [raised])
    return done[0]


def _move(
    store: RecordStore, given: str, by: str, at_us: int, action: str, why: str, step: Callable[[Instruction], Instruction]
) -> Instruction:
    done: list[Instruction] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_instruction(inside, given)
        done.append(step(kept.noun))
        return [INSTRUCTIONS.change(kept, done[0], at_us=at_us, by=by, action=action, why=why)]

    store.act(decide)
    return done[0]


# -- the end of a service


def find_termination(store: RecordStore, order_id: str) -> Kept[Termination]:
    """The end of service that follows from an order. Raises NotThere."""
    return look_up(TERMINATIONS, store, order_id, prefix="o-", what="end of service", list_with="fairwire customer endings")


def begin_termination(
    store: RecordStore,
    order_id: str,
    viewer: Viewer,
    at_us: int,
    *,
    ends_us: int | None = None,
    export_days: int = terminations.EXPORT_DAYS,
    statement_days: int = terminations.STATEMENT_DAYS,
) -> Termination:
    """Draw up the checklist of an order that ends a service."""
    made: list[Termination] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        order = find_order(inside, order_id).noun
        there = TERMINATIONS.get(inside, order.order_id)
        if there is not None:
            made.append(there.noun)
            return ()
        made.append(
            terminations.begin(order, viewer.by, at_us, ends_us=ends_us, export_days=export_days, statement_days=statement_days)
        )
        return [TERMINATIONS.change(None, made[0], at_us=at_us, by=viewer.by, action="begin", why=order.reason)]

    store.act(decide)
    return made[0]


def tick(store: RecordStore, order_id: str, item: str, viewer: Viewer, at_us: int, note: str) -> Termination:
    """One item is done. Nothing is deleted while a hold keeps it, and nothing is done under an order that was undone."""
    done: list[Termination] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_termination(inside, order_id)
        order = ORDERS.get(inside, kept.noun.order_id)
        if order is not None and order.noun.state in ("lifted", "overturned", "refused"):
            raise NotPossible(f"the order was {order.noun.state}: the service goes on", help_="withdraw this end of service")
        held = any(hold.customer == kept.noun.customer for hold in active(inside))
        done.append(terminations.tick(kept.noun, item, viewer.by, at_us, note, held=held))
        return [TERMINATIONS.change(kept, done[0], at_us=at_us, by=viewer.by, action=f"done: {item}", why=note)]

    store.act(decide)
    return done[0]


def withdraw_termination(store: RecordStore, order_id: str, viewer: Viewer, at_us: int, why: str) -> Termination:
    """The service goes on after all; the order itself is lifted or overturned as any other."""
    done: list[Termination] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_termination(inside, order_id)
        done.append(terminations.withdraw(kept.noun, at_us, why))
        return [TERMINATIONS.change(kept, done[0], at_us=at_us, by=viewer.by, action="withdraw", why=why)]

    store.act(decide)
    return done[0]


# -- what a customer does about its own users


def stop_user(
    store: RecordStore,
    customer: str,
    pack: Pack,
    at_us: int,
    why: str,
    *,
    user: str = "",
    line: str = "",
    evidence: Sequence[str] = (),
) -> Order:
    """A customer's administrator stops one of its own users or lines, such as after a finding about it. Its own word is enough.

    Raises
    ------
    UnsoundOrder
        Neither is named, or no reason is given.
    """
    if bool(user) == bool(line):
        raise NotPossible("one user or one line is stopped", help_="name one of them")
    order = lifecycle.from_person(
        by=f"customer:{customer}",
        at_us=at_us,
        customer=customer,
        policy=f"{pack.id}@{pack.version}",
        clauses=pack.clauses_of("customer_responsibility")[:1] or tuple(general_clause(pack)),
        step="block",
        target="user" if user else "line",
        value=user or line,
        user=user or None,
        line=line or None,
        reason=why,
        evidence=tuple(evidence) or (f"customer:{customer}",),
    )
    return put_on_record(store, order, at_us)


def let_user(store: RecordStore, customer: str, order_id: str, at_us: int, why: str) -> Order:
    """The customer lets its user go on: it lifts its own order, and no other's."""
    done: list[Order] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_order(inside, order_id)
        if kept.noun.author != f"customer:{customer}":
            raise NotThere(f"there is no order `{order_id[:80]}` of your own", help_="ask for a review of the provider's orders")
        done.append(lifecycle.lift(kept.noun, f"customer:{customer}", at_us, why))
        return [ORDERS.change(kept, done[0], at_us=at_us, by=f"customer:{customer}", action="lift", why=why)]

    store.act(decide)
    return done[0]
