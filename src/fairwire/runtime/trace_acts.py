"""What people do about tracebacks: take the request in, look the call up in the log, answer. Each is one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fairwire.enforcement import traces
from fairwire.model.instants import SECOND_US, parse_us
from fairwire.model.records import RecordChange
from fairwire.model.traces import Role, Trace, TraceCall
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_access import Viewer
from fairwire.runtime.case_registers import TRACES
from fairwire.runtime.log_search import LoggedEvent, search
from fairwire.runtime.lookup import look_up
from fairwire.runtime.register import Kept

MOST = 50
"""Candidates that are kept, the nearest first."""
_TYPES = ("call.attempt", "call.ended")


def find_trace(store: RecordStore, given: str) -> Kept[Trace]:
    """A traceback by its id, or the beginning of it. Raises NotThere."""
    return look_up(TRACES, store, given, prefix="tr-", what="traceback", list_with="fairwire traceback list")


def receive(store: RecordStore, data: Path | None, trace: Trace, at_us: int) -> Trace:
    """Put a request on record, with the calls that it may mean. `data`: where the log is; None: there is none."""
    found = traces.found(trace, list(candidates(data, trace))[:MOST]) if data is not None else trace

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        if TRACES.get(inside, found.trace_id) is not None:
            return ()
        return [
            TRACES.change(None, found, at_us=at_us, by=trace.received_by, action="ask", why=f"{trace.asked_by} {trace.reference}")
        ]

    store.act(decide)
    return find_trace(store, trace.trace_id).noun


def candidates(data: Path, trace: Trace) -> Iterator[TraceCall]:
    """Calls of the log that may be meant: the same id, or the same numbers about that instant."""
    middle, width = parse_us(trace.at), trace.within_s * SECOND_US

    def means(event: LoggedEvent, at_us: int) -> bool:
        if event.type not in _TYPES:
            return False
        if trace.call_id and event.data.get("call_id") == trace.call_id:
            return True
        if abs(at_us - middle) > width or not trace.called:
            return False
        called, calling = str(event.data.get("to", "")), str(event.data.get("from", ""))
        return traces.same_number(trace.called, called) and (not trace.calling or traces.same_number(trace.calling, calling))

    seen: set[tuple[str, str]] = set()
    for each in search(data, means):
        named = str(each.event.data.get("call_id", "")), str(each.event.data.get("customer", ""))
        if named in seen:
            continue  # the end of a call whose attempt was found
        seen.add(named)
        fields = {name: str(each.event.data.get(name) or "") for name in ("attestation", "src_ip", "trunk")}
        yield TraceCall(
            record=each.seq,
            event_id=each.event.id,
            type=each.event.type,
            time=each.event.time,
            call_id=named[0],
            customer=named[1],
            calling=str(each.event.data.get("from", "")),
            called=str(each.event.data.get("to", "")),
            decision="" if each.answer is None else each.answer.decision,
            off_s=round((each.at_us - middle) / SECOND_US, 3),
            **fields,
        )


def answer(
    store: RecordStore,
    given: str,
    viewer: Viewer,
    at_us: int,
    *,
    role: Role,
    text: str,
    call: str = "",
    customer: str = "",
    upstream: str = "",
    action: str = "",
    attestation: str = "",
) -> Trace:
    """Put the answer on record."""
    done: list[Trace] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_trace(inside, given)
        done.append(
            traces.answer(
                kept.noun,
                viewer.by,
                at_us,
                role=role,
                text=text,
                call=call,
                customer=customer,
                upstream=upstream,
                action=action,
                attestation=attestation,
            )
        )
        return [TRACES.change(kept, done[0], at_us=at_us, by=viewer.by, action="answer", why=text)]

    store.act(decide)
    return done[0]
