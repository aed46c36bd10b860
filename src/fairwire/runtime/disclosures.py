"""What people do about disclosures: prepare, agree, make the bundle. Each is on record, and no customer ever sees it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from pathlib import Path

from fairwire.enforcement import cases, holds
from fairwire.model.errors import BadInput
from fairwire.model.holds import Disclosure, Level
from fairwire.model.records import RecordChange
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore
from fairwire.runtime.bundle import Sealed, write_bundle
from fairwire.runtime.bundle_content import Evidence
from fairwire.runtime.case_access import Viewer, admit, find_case, reading
from fairwire.runtime.case_registers import CASES, DISCLOSURES
from fairwire.runtime.evidence_key import signing_key
from fairwire.runtime.lookup import look_up
from fairwire.runtime.register import Kept
from fairwire.runtime.secrets import evidence_seed


def find_disclosure(store: RecordStore, given: str) -> Kept[Disclosure]:
    """A disclosure by its id, or the beginning of it. Raises NotThere."""
    return look_up(DISCLOSURES, store, given, prefix="d-", what="disclosure", list_with="fairwire case disclosures")


def ask(
    store: RecordStore,
    case_id: str,
    viewer: Viewer,
    at_us: int,
    *,
    to: str,
    basis: str,
    level: Level = "masked",
    reference: str = "",
    reporter: bool = False,
    since_us: int | None = None,
    until_us: int | None = None,
) -> Disclosure:
    """Prepare a disclosure. With content, or with who reported, a second person must agree."""
    made: list[Disclosure] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        case = find_case(inside, case_id).noun
        admit(case, viewer)
        asked = holds.ask(
            case_id=case.case_id,
            customer=case.customer,
            to=to,
            basis=basis,
            level=level,
            by=viewer.by,
            at_us=at_us,
            reference=reference,
            reporter=reporter,
            since_us=since_us,
            until_us=until_us,
        )
        made.append(asked)
        return [DISCLOSURES.change(None, asked, at_us=at_us, by=viewer.by, action="ask", why=f"{to}: {basis}")]

    store.act(decide)
    return made[0]


def answer(store: RecordStore, given: str, viewer: Viewer, at_us: int, why: str, *, agrees: bool) -> Disclosure:
    """A second person's word."""
    done: list[Disclosure] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_disclosure(inside, given)
        admit(find_case(inside, kept.noun.case_id).noun, viewer)
        done.append(holds.answer(kept.noun, viewer.by, at_us, why, agrees=agrees))
        return [DISCLOSURES.change(kept, done[0], at_us=at_us, by=viewer.by, action="agree" if agrees else "refuse", why=why)]

    store.act(decide)
    return done[0]


def export(store: ControlStore, data: Path, given: str, viewer: Viewer, at_us: int, out: Path) -> tuple[Disclosure, Sealed]:
    """Write the bundle of a disclosure that was agreed to. It is on record before the file has its name.

    Raises
    ------
    NotThere, Restricted, NotPossible
        There is none, it is not for this person, or nobody has agreed, or it was made already.
    BadInput
        The file is there already, or cannot be written.
    """
    records = store.records
    asked = find_disclosure(records, given).noun
    case = find_case(records, asked.case_id).noun
    admit(case, viewer)
    holds.made(asked, viewer.by, at_us, sha256="", manifest_sha256="", contains=())  # before any work: may it be made?
    if out.exists():
        raise BadInput("the file is there already", at=str(out), help_="name another one: evidence is never written over")
    key = hmac.digest(evidence_seed(data), f"tags of {asked.disclosure_id}".encode(), "sha256")
    evidence = Evidence(store=store, data=data, case=case, disclosure=asked, key=key)
    sealed = write_bundle(evidence, out, signing_key(data), by=viewer.by, at_us=at_us)
    done: list[Disclosure] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept, kept_case = find_disclosure(inside, given), find_case(inside, case.case_id)
        contains = [f"{file.name}: {file.bytes} bytes, {file.sha256}" for file in sealed.manifest.files]
        done.append(
            holds.made(
                kept.noun,
                viewer.by,
                at_us,
                sha256=sealed.sha256,
                manifest_sha256=sealed.manifest_sha256,
                contains=contains,
            )
        )
        linked = cases.link(kept_case.noun, viewer.by, at_us, related=[asked.disclosure_id])
        return [
            DISCLOSURES.change(kept, done[0], at_us=at_us, by=viewer.by, action="disclose", why=f"{asked.to}: {asked.basis}"),
            CASES.change(kept_case, linked, at_us=at_us, by=viewer.by, action="disclose", why=asked.disclosure_id),
            reading(case.case_id, f"disclosure {asked.disclosure_id}", viewer, at_us, asked.basis),
        ]

    try:
        records.act(decide)
    except BaseException:
        sealed.path.unlink(missing_ok=True)
        raise
    sealed.path.replace(out)
    return done[0], sealed


def list_disclosures(store: RecordStore, viewer: Viewer, *, case_id: str | None = None) -> list[Disclosure]:
    """The disclosure log, the oldest first; what restricted cases disclosed, for named people only."""
    found = [kept.noun for kept in DISCLOSURES.find(store, subject=case_id)]
    if not viewer.severe:
        found = [each for each in found if not find_case(store, each.case_id).noun.restricted]
    return sorted(found, key=lambda each: (each.asked, each.disclosure_id))
