"""Reading what was reported: for people who may, and on record where it is kept apart."""

from __future__ import annotations

from base64 import b64decode

from fairwire.model.cases import Case
from fairwire.model.reports import Report, Reporter
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_access import Viewer, admit, find_case, note_reading
from fairwire.runtime.case_registers import EXHIBITS, REPORTERS, REPORTS
from fairwire.runtime.lookup import NotThere, look_up


def see_report(store: RecordStore, given: str, viewer: Viewer, at_us: int) -> Report:
    """A report as a person may see it, without who reported.

    Raises
    ------
    NotThere, Restricted
        There is none, or it is not for this person.
    """
    report, case = _found(store, given, viewer)
    if case.restricted:
        note_reading(store, case.case_id, f"report {report.report_id}", viewer, at_us)
    return report


def see_reporter(store: RecordStore, given: str, viewer: Viewer, at_us: int, why: str) -> Reporter:
    """Who reported. That somebody asked, and why, is on record before the answer.

    Raises
    ------
    NotThere, Restricted
        There is none, no reason is given, or it is not for this person.
    """
    report, case = _found(store, given, viewer)
    kept = REPORTERS.get(store, report.report_id)
    if kept is None:
        raise NotThere(f"nobody is named in the report `{report.report_id}`", help_="it came without a sender")
    note_reading(store, case.case_id, f"reporter of {report.report_id}", viewer, at_us, why)
    return kept.noun


def see_exhibit(store: RecordStore, given: str, sha256: str, viewer: Viewer, at_us: int) -> tuple[str, bytes]:
    """Content type and bytes of something that was handed in; each reading is on record.

    Raises
    ------
    NotThere, Restricted
        There is none, only its hash was kept, or it is not for this person.
    """
    report, case = _found(store, given, viewer)
    ref = next((each for each in report.exhibits if each.sha256.startswith(sha256) and len(sha256) >= 6), None)
    kept = None if ref is None else EXHIBITS.get(store, ref.sha256)
    if ref is None or kept is None:
        raise NotThere(
            f"the report `{report.report_id}` has no exhibit `{sha256[:80]}`", help_="`fairwire report show` lists them"
        )
    if not ref.kept or not kept.noun.payload:
        raise NotThere("only the hash of this exhibit was kept", help_="it was too large, or harmful code")
    note_reading(store, case.case_id, f"exhibit {ref.sha256}", viewer, at_us)
    return ref.content_type, b64decode(kept.noun.payload)


def list_reports(store: RecordStore, viewer: Viewer, *, customer: str | None = None, case_id: str | None = None) -> list[Report]:
    """Reports, the oldest first; those of restricted cases for named people only."""
    found = [kept.noun for kept in REPORTS.find(store, customer=customer, subject=case_id)]
    if not viewer.severe:
        hidden = {name for name in {each.case_id for each in found} if find_case(store, name).noun.restricted}
        found = [each for each in found if each.case_id not in hidden]
    return sorted(found, key=lambda each: (each.received, each.report_id))


def _found(store: RecordStore, given: str, viewer: Viewer) -> tuple[Report, Case]:
    report = look_up(REPORTS, store, given, prefix="rp-", what="report", list_with="fairwire report list").noun
    case = find_case(store, report.case_id).noun
    admit(case, viewer)
    return report, case
