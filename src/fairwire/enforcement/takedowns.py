"""The life of a takedown, by 17 USC 512: what a notice and an answer must say, and when content comes back.

The particulars are those of 512(c)(3)(A) and 512(g)(3); the window is that of 512(g)(2)(C): not less than ten and not more than
fourteen business days after the answer was received, unless the holder has filed an action. What business days are is the
caller's to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.instants import format_us, parse_us
from fairwire.model.order import Step
from fairwire.model.policy import Ladder
from fairwire.model.takedowns import Element, Takedown, TakedownState

BusinessDays = Callable[[int, int], int]
"""(instant, n) -> the end of the nth business day behind the day of the instant, where the customer is."""

NOTICE: tuple[Element, ...] = (
    Element(
        id="signature",
        asks="a signature, on paper or electronic, of somebody who may act for the holder of the right",
        source="17 USC 512(c)(3)(A)(i)",
    ),
    Element(id="work", asks="which work it is about; of several, a list of examples", source="17 USC 512(c)(3)(A)(ii)"),
    Element(
        id="material",
        asks="which material infringes it, and where it is, so that it can be found",
        source="17 USC 512(c)(3)(A)(iii)",
    ),
    Element(id="contact", asks="an address, a telephone number or an e-mail address", source="17 USC 512(c)(3)(A)(iv)"),
    Element(
        id="good_faith",
        asks="a statement of good faith that the use is not allowed by holder, agent or law",
        source="17 USC 512(c)(3)(A)(v)",
    ),
    Element(
        id="accuracy",
        asks="a statement that it is accurate and, under penalty of perjury, that whoever gives it may act for the holder",
        source="17 USC 512(c)(3)(A)(vi)",
    ),
)
COUNTER: tuple[Element, ...] = (
    Element(id="signature", asks="the customer's signature, on paper or electronic", source="17 USC 512(g)(3)(A)"),
    Element(id="material", asks="which material was removed, and where it was before", source="17 USC 512(g)(3)(B)"),
    Element(
        id="mistake",
        asks="a statement under penalty of perjury of good faith that it was removed by mistake or mistaken for something else",
        source="17 USC 512(g)(3)(C)",
    ),
    Element(
        id="contact",
        asks="name, address, telephone number, and consent to the jurisdiction of the court there and to service by the holder",
        source="17 USC 512(g)(3)(D)",
    ),
)
FIRST_DAY, LAST_DAY = 10, 14
"""Business days behind the answer: content comes back after the one, and by the end of the other."""
STRIKES = 3
"""Takedowns within a policy's period at which its next step is proposed, where the site says nothing else."""
LONGEST = 5_000
"""Characters of one particular."""


def receive(
    elements: Mapping[str, str], *, customer: str, policy: str, clauses: Sequence[str], case_id: str, via: str, at_us: int
) -> Takedown:
    """A notice as it arrives. What it lacks is asked for; nothing is removed on a notice that is not complete.

    Raises
    ------
    NotPossible
        It has a particular that nobody asks for, or says nothing at all.
    """
    told = _said(elements, NOTICE)
    if not told:
        raise NotPossible("the notice says nothing", help_="it names the work, the material and who asks")
    named = "\n".join((via, format_us(at_us), *sorted(told.values())))
    takedown = Takedown(
        takedown_id=f"td-{hashlib.sha256(named.encode()).hexdigest()[:12]}",
        case_id=case_id,
        customer=customer,
        policy=policy,
        clauses=tuple(clauses),
        received=format_us(at_us),
        via=via,
        state="incomplete",
    )
    return _with(takedown, told)


def complete(takedown: Takedown, elements: Mapping[str, str]) -> Takedown:
    """Particulars that were asked for."""
    _must_be(takedown, ("incomplete", "complete"), "added to")
    return _with(takedown, takedown.elements | _said(elements, NOTICE))


def remove(takedown: Takedown, by: str, at_us: int, *, order_id: str, strike: int, step_order: str = "") -> Takedown:
    """The content is removed by an order.

    Raises
    ------
    NotPossible
        Particulars are missing, nobody knows whose content it is, or it was removed already.
    """
    if takedown.state == "incomplete":
        raise NotPossible(
            f"the notice lacks {', '.join(takedown.missing)}",
            help_="ask for it: nothing is removed on a notice that is not complete",
        )
    _must_be(takedown, ("complete",), "acted on")
    if not takedown.customer:
        raise NotPossible("nobody knows whose content it is", help_="say first whose case it is: `fairwire case attribute`")
    return msgspec.structs.replace(
        takedown,
        state="removed",
        order_id=order_id,
        removed=format_us(at_us),
        removed_by=by,
        strike=strike,
        step_order=step_order,
    )


def tell(takedown: Takedown, at_us: int) -> Takedown:
    """The customer was told that it is removed, and how to answer (512(g)(2)(A))."""
    _must_be(takedown, ("removed", "countered", "suit"), "told of")
    return takedown if takedown.told else msgspec.structs.replace(takedown, told=format_us(at_us))


def counter(takedown: Takedown, elements: Mapping[str, str], at_us: int, days: BusinessDays) -> Takedown:
    """The customer's answer. With all its particulars, the content's way back begins.

    Raises
    ------
    NotPossible
        Nothing is removed yet, it is over, or particulars are missing: they are named, so that the customer can send it again.
    """
    if takedown.state in ("incomplete", "complete"):
        raise NotPossible("nothing is removed that could be answered for", help_="an answer follows a removal")
    _must_be(takedown, ("removed",), "answered")
    told = _said(elements, COUNTER)
    missing = [element for element in COUNTER if element.id not in told]
    if missing:
        raise NotPossible(
            f"the answer lacks {', '.join(element.id for element in missing)}",
            help_="; ".join(f"{element.id}: {element.asks} ({element.source})" for element in missing),
        )
    return msgspec.structs.replace(
        takedown,
        state="countered",
        counter=told,
        countered=format_us(at_us),
        restore_from=format_us(days(at_us, FIRST_DAY)),
        restore_by=format_us(days(at_us, LAST_DAY)),
    )


def sue(takedown: Takedown, at_us: int, suit: str) -> Takedown:
    """The holder has filed an action for an order of a court, and said so before the content was back."""
    _must_be(takedown, ("countered",), "kept removed for a suit")
    if not suit.strip():
        raise NotPossible("a suit is named by its court and file number", help_="ask the holder for both")
    return msgspec.structs.replace(takedown, state="suit", suit=suit.strip())


def restore(takedown: Takedown, by: str, at_us: int, why: str) -> Takedown:
    """The content comes back.

    Raises
    ------
    NotPossible
        The customer has not answered, it is too early, or a suit goes on and no reason says that it is over.
    """
    _must_be(takedown, ("countered", "suit"), "restored")
    if takedown.state == "suit" and not why.strip():
        raise NotPossible(f"a suit goes on: {takedown.suit}", help_="say what the court has decided")
    assert takedown.restore_from is not None
    assert takedown.restore_by is not None
    if takedown.state == "countered" and at_us < parse_us(takedown.restore_from):
        raise NotPossible(
            f"the content comes back after {takedown.restore_from} at the earliest",
            help_="until then the holder may file an action (17 USC 512(g)(2)(C))",
        )
    late = takedown.state == "countered" and at_us > parse_us(takedown.restore_by)
    return _over(takedown, "restored", by, at_us, why or "no action was filed in time", late=late)


def withdraw(takedown: Takedown, by: str, at_us: int, why: str) -> Takedown:
    """The holder no longer asks, or was found to be wrong: it counts against nobody."""
    _must_be(takedown, ("incomplete", "complete", "removed", "countered", "suit"), "withdrawn")
    if not why.strip():
        raise NotPossible("a takedown is withdrawn for a reason", help_="say who took it back and why")
    return _over(takedown, "withdrawn", by, at_us, why)


def reject(takedown: Takedown, by: str, at_us: int, why: str) -> Takedown:
    """The notice is no reason to remove anything."""
    _must_be(takedown, ("incomplete", "complete"), "rejected")
    if not why.strip():
        raise NotPossible("a notice is rejected for a reason", help_="say why: the holder is told")
    return _over(takedown, "rejected", by, at_us, why)


def clock_us(takedown: Takedown) -> int | None:
    """When somebody must look at it again."""
    return parse_us(takedown.restore_by) if takedown.state == "countered" and takedown.restore_by else None


def next_step(ladder: Ladder) -> Step | None:
    """The step of a ladder that follows a removal of content; None where there is none."""
    steps = [rung.step for rung in ladder.rungs]
    if "remove_content" not in steps:
        return None
    after = steps[steps.index("remove_content") + 1 :]
    return after[0] if after else None


def _with(takedown: Takedown, elements: Mapping[str, str]) -> Takedown:
    missing = tuple(element.id for element in NOTICE if element.id not in elements)
    state: TakedownState = "incomplete" if missing else "complete"
    return msgspec.structs.replace(
        takedown, elements=dict(elements), missing=missing, content=elements.get("material", ""), state=state
    )


def _said(given: Mapping[str, str], known: Sequence[Element]) -> dict[str, str]:
    names = [element.id for element in known]
    strange = next((name for name in given if name not in names), None)
    if strange is not None:
        raise NotPossible(f"`{strange[:40]}` is no particular of a notice", help_=f"one of {', '.join(names)}")
    long = next((name for name, text in given.items() if len(text) > LONGEST), None)
    if long is not None:
        raise NotPossible(
            f"`{long}` has more than {LONGEST:,} characters", help_="say it shorter, and hand the rest in as a report"
        )
    return {name: text.strip() for name, text in given.items() if text.strip()}


def _over(takedown: Takedown, state: TakedownState, by: str, at_us: int, why: str, *, late: bool = False) -> Takedown:
    return msgspec.structs.replace(takedown, state=state, ended=format_us(at_us), ended_by=by, why=why.strip(), late=late)


def _must_be(takedown: Takedown, states: Sequence[str], what: str) -> None:
    if takedown.state not in states:
        since = f" since {takedown.ended}" if takedown.ended else ""
        raise NotPossible(
            f"the takedown `{takedown.takedown_id}` is {takedown.state}{since} and cannot be {what}", help_="look at it again"
        )
