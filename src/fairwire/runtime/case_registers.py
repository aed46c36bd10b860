"""The registers of the desk: what people judged, decided, raised, took in and keep."""

from __future__ import annotations

from fairwire.enforcement import takedowns, terminations
from fairwire.model.cases import Case
from fairwire.model.holds import Disclosure, Hold
from fairwire.model.instants import parse_us
from fairwire.model.instructions import Instruction
from fairwire.model.raised import Raised
from fairwire.model.reports import Exhibit, Reading, Report, Reporter
from fairwire.model.reviews import Judgement, Review
from fairwire.model.takedowns import Takedown
from fairwire.model.terminations import Termination
from fairwire.model.traces import Trace
from fairwire.runtime.register import Entry, Register

REVIEWS: Register[Review] = Register(
    "review",
    Review,
    lambda review: Entry(
        id=review.review_id,
        customer=review.customer,
        subject=review.about_id,
        state=review.state,
        due_us=parse_us(review.due) if review.due and review.state == "open" else None,
    ),
)
JUDGEMENTS: Register[Judgement] = Register(
    "judgement",
    Judgement,
    lambda judgement: Entry(
        id=judgement.finding_id, customer=judgement.customer, subject=judgement.detector, state=judgement.verdict
    ),
)
RAISED: Register[Raised] = Register(
    "raised",
    Raised,
    lambda raised: Entry(
        id=raised.finding.finding_id, customer=raised.finding.customer, subject=raised.finding.detector, state="raised"
    ),
)
CASES: Register[Case] = Register(
    "case",
    Case,
    lambda case: Entry(
        id=case.case_id,
        customer=case.customer,
        subject=case.category,
        state=case.state,
        due_us=parse_us(case.due) if case.due else None,
    ),
)
REPORTS: Register[Report] = Register(
    "report",
    Report,
    lambda report: Entry(id=report.report_id, customer=report.customer, subject=report.case_id, state=report.format),
)
REPORTERS: Register[Reporter] = Register("reporter", Reporter, lambda reporter: Entry(id=reporter.report_id))
EXHIBITS: Register[Exhibit] = Register("exhibit", Exhibit, lambda exhibit: Entry(id=exhibit.sha256, subject=exhibit.content_type))
READINGS: Register[Reading] = Register("reading", Reading, lambda reading: Entry(id=reading.reading_id, subject=reading.case_id))
HOLDS: Register[Hold] = Register(
    "hold", Hold, lambda hold: Entry(id=hold.hold_id, customer=hold.customer, subject=hold.case_id, state=hold.state)
)
DISCLOSURES: Register[Disclosure] = Register(
    "disclosure",
    Disclosure,
    lambda made: Entry(id=made.disclosure_id, customer=made.customer, subject=made.case_id, state=made.state),
)
TAKEDOWNS: Register[Takedown] = Register(
    "takedown",
    Takedown,
    lambda takedown: Entry(
        id=takedown.takedown_id,
        customer=takedown.customer,
        subject=takedown.case_id,
        state=takedown.state,
        due_us=takedowns.clock_us(takedown),
    ),
)
TRACES: Register[Trace] = Register(
    "traceback",
    Trace,
    lambda trace: Entry(
        id=trace.trace_id,
        customer=trace.customer,
        subject=trace.reference,
        state=trace.state,
        due_us=parse_us(trace.due) if trace.state == "open" else None,
    ),
)
INSTRUCTIONS: Register[Instruction] = Register(
    "instruction",
    Instruction,
    lambda each: Entry(
        id=each.instruction_id,
        customer=each.customer,
        subject=each.case_id,
        state=each.state,
        due_us=parse_us(each.due) if each.due and each.ended is None else None,
    ),
)
TERMINATIONS: Register[Termination] = Register(
    "termination",
    Termination,
    lambda each: Entry(id=each.order_id, customer=each.customer, state=each.state, due_us=terminations.next_due_us(each)),
)
