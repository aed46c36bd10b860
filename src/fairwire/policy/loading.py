"""A policy pack: from the texts of its files to what can be put in force, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from pydantic import ValidationError

from fairwire.model.documents import Document, UnreadableYaml, read_document
from fairwire.model.errors import FairwireError, Span
from fairwire.model.policy import JUDGING, Clause, DetectorInfo, Evidence, Pack
from fairwire.policy.answers import build_answers, check_answers
from fairwire.policy.bindings import Places, binding_errors
from fairwire.policy.cases import check_cases
from fairwire.policy.declared import (
    build_changes,
    build_entitlements,
    build_limits,
    build_report_categories,
    build_terms,
    build_workflows,
    check_declared,
)
from fairwire.policy.errors import InvalidPack, Missing, MissingReason, UnknownFile, UnknownLadder, UnknownTopic, nearest
from fairwire.policy.files import (
    CASES_FILE,
    CHANGE_FILE,
    CLAUSES_FILE,
    FURTHER_NOTICES,
    LADDER_FILE,
    NOTICE_FILES,
    PACK_FILE,
    ClauseFile,
    ClausesFile,
    EvidenceFile,
    JurisdictionFile,
    LaddersFile,
    OneLadderFile,
    PackFile,
    ProfileFile,
    TopicsFile,
)
from fairwire.policy.ladders import build_ladder, check_ladder
from fairwire.policy.notice_checks import check_notices
from fairwire.policy.notice_files import notice_file
from fairwire.policy.profiles import build_profiles, check_profiles
from fairwire.policy.shapes import Model, check_shape

PACK_FILES = (PACK_FILE, CLAUSES_FILE, LADDER_FILE, *NOTICE_FILES.values(), CHANGE_FILE, CASES_FILE)
"""The files of a pack, without what it may say beside: further notices, and notices of one clause or in another language."""
_FURTHER_FILES = tuple(f"notices/{name}.txt" for name in FURTHER_NOTICES)


def is_pack_file(name: str) -> bool:
    """Whether a file below a pack's folder is read."""
    return name in PACK_FILES or notice_file(name) is not None


def load_pack(
    texts: Mapping[str, str],
    topics: Mapping[str, str],
    *,
    root: str = "",
    detectors: Callable[[], Sequence[DetectorInfo]] | None = None,
) -> Pack:
    """Check a pack and make it ready.

    Parameters
    ----------
    texts
        Name of a file inside the pack (`clauses.yaml`, `notices/block.txt`) -> its text.
    topics
        Topic -> meaning: the words that clauses may name.
    root
        The pack's folder as shown in errors.
    detectors
        Gives those that are installed, to compare with what the pack says of them; None: it is not compared. Asked only when
        the pack says anything of detectors.

    Raises
    ------
    InvalidPack
        With every error in every file.
    """
    shown = {name: f"{root}/{name}" if root else name for name in {*PACK_FILES, *texts}}
    errors: list[FairwireError] = []
    for name in sorted(texts):
        if not is_pack_file(name):
            errors.append(UnknownFile(name, shown=shown[name], known=PACK_FILES, near=_FURTHER_FILES))
    documents = {name: _document(name, texts, shown, errors) for name in (PACK_FILE, CLAUSES_FILE, LADDER_FILE)}
    pack_file = _shaped(PackFile, documents[PACK_FILE], errors)
    clauses_file = _shaped(ClausesFile, documents[CLAUSES_FILE], errors)
    ladders_file = _shaped(LaddersFile, documents[LADDER_FILE], errors)
    notices = {found.key: text for name, text in texts.items() if (found := notice_file(name)) is not None}
    clauses = None if clauses_file is None else clauses_file.clauses
    errors.extend(check_notices(texts, shown=shown, clauses=clauses))
    errors.extend(_jurisdiction_errors(documents[PACK_FILE]))
    errors.extend(_declared_errors(documents[PACK_FILE], documents[CLAUSES_FILE], topics, has_change_notice=CHANGE_FILE in texts))
    errors.extend(_profile_errors(documents[PACK_FILE]))
    errors.extend(_ladder_errors(documents[LADDER_FILE]))
    errors.extend(_clause_errors(documents[CLAUSES_FILE], documents[LADDER_FILE], topics))
    if CASES_FILE in texts:
        errors.extend(_case_errors(texts, documents[CLAUSES_FILE], shown))
    if detectors is not None:
        settled = not any(isinstance(error, UnknownTopic | UnreadableYaml | Missing) for error in errors)
        errors.extend(_binding_errors(documents[PACK_FILE], documents[CLAUSES_FILE], detectors, shown, settled=settled))
    if errors or pack_file is None or clauses_file is None or ladders_file is None:
        raise InvalidPack(_in_order(errors, [shown[name] for name in PACK_FILES]), root=root or "pack")
    return _built(pack_file, clauses_file, ladders_file, notices)


def load_topics(text: str, *, file: str) -> dict[str, str]:
    """Topic -> meaning, of the text of `topics.yaml`.

    Raises
    ------
    InvalidPack
        With every error in it.
    """
    errors: list[FairwireError] = []
    document = _document(file, {file: text}, {file: file}, errors)
    written = _shaped(TopicsFile, document, errors)
    if errors or written is None:
        raise InvalidPack(errors, root=file)
    return dict(written.topics)


def _document(name: str, texts: Mapping[str, str], shown: Mapping[str, str], errors: list[FairwireError]) -> Document | None:
    if name not in texts:
        errors.append(Missing(f"the file `{name}` is missing", at=shown[name], hint=nearest(name, set(texts) - set(PACK_FILES))))
        return None
    try:
        document, found = read_document(texts[name], shown[name])
    except UnreadableYaml as error:
        errors.append(error)
        return None
    errors.extend(found)
    return document


def _shaped(model: type[Model], document: Document | None, errors: list[FairwireError]) -> Model | None:
    if document is None:
        return None
    written, found = check_shape(model, document)
    errors.extend(found)
    return written


def _entries(document: Document | None, key: str) -> dict[str, Any]:
    """The mapping under `key`, empty when there is none: its shape is reported elsewhere."""
    value = document.value.get(key) if document is not None and isinstance(document.value, dict) else None
    return value if isinstance(value, dict) else {}


def _jurisdiction_errors(document: Document | None) -> list[FairwireError]:
    if document is None:
        return []
    try:
        written = JurisdictionFile.model_validate(_entries(document, "jurisdiction"))
    except ValidationError:
        return []  # reported with the shape of the file
    return check_answers(written, document)


def _profile_errors(document: Document | None) -> list[FairwireError]:
    if document is None:
        return []
    listed = _entries(document, "jurisdiction").get("profiles")
    written: list[tuple[int, ProfileFile]] = []
    for index, value in enumerate(listed if isinstance(listed, list) else []):
        try:
            written.append((index, ProfileFile.model_validate(value)))
        except ValidationError:
            continue  # reported with the shape of the file
    return check_profiles(written, document)


def _declared_errors(
    document: Document | None, clauses: Document | None, topics: Mapping[str, str], *, has_change_notice: bool
) -> list[FairwireError]:
    if document is None:
        return []
    known = _entries(clauses, "clauses") or None
    return check_declared(document, known, topics, has_change_notice=has_change_notice)


def _ladder_errors(document: Document | None) -> list[FairwireError]:
    errors: list[FairwireError] = []
    if document is None:
        return errors
    for name, value in _entries(document, "ladders").items():
        try:
            written = OneLadderFile.model_validate(value)
        except ValidationError:
            continue  # reported with the shape of the file
        errors.extend(check_ladder(written, ("ladders", name), document))
    return errors


def _clause_errors(document: Document | None, ladders: Document | None, topics: Mapping[str, str]) -> list[FairwireError]:
    """What clauses name that does not exist, and what they leave unsaid. Reads plain values, so one bad clause hides none."""
    errors: list[FairwireError] = []
    if document is None:
        return errors
    known_ladders = _entries(ladders, "ladders")
    for clause_id, value in _entries(document, "clauses").items():
        if not isinstance(value, dict):
            continue  # reported with the shape of the file
        path = ("clauses", clause_id)
        named = value.get("topics")
        for index, topic in enumerate(named if isinstance(named, list) else []):
            if isinstance(topic, str) and topic not in topics:
                errors.append(UnknownTopic(topic, document.at((*path, "topics", index)), known=topics))
        if named == [] and value.get("status") != "not_yet":
            errors.append(
                Missing(
                    f"`{clause_id}` names no topic",
                    at=document.at_key((*path, "topics")),
                    help_="only a clause that is `not_yet` may",
                )
            )
        ladder = value.get("ladder")
        if isinstance(ladder, str) and ladders is not None and ladder not in known_ladders:
            errors.append(UnknownLadder(ladder, document.at((*path, "ladder")), known=known_ladders))
        errors.extend(_unsaid(clause_id, value, document.at((*path, "status"))))
    return errors


def _case_errors(texts: Mapping[str, str], clauses: Document | None, shown: Mapping[str, str]) -> list[FairwireError]:
    errors: list[FairwireError] = []
    document = _document(CASES_FILE, texts, shown, errors)
    return errors if document is None else [*errors, *check_cases(document, _entries(clauses, "clauses") or None)]


def _binding_errors(
    document: Document | None,
    clauses: Document | None,
    detectors: Callable[[], Sequence[DetectorInfo]],
    shown: Mapping[str, str],
    *,
    settled: bool,
) -> list[FairwireError]:
    value = document.value if document is not None and isinstance(document.value, dict) else {}
    named = _entries(clauses, "clauses")
    says = any(value.get(key) for key in ("detectors", "limits", "entitlements"))
    if not says and not any(isinstance(each, dict) and each.get("detectors") for each in named.values()):
        return []
    return binding_errors(
        value,
        named,
        detectors(),
        places=Places(document, shown[PACK_FILE]),
        clause_places=Places(clauses, shown[CLAUSES_FILE]),
        settled=settled and bool(named),
    )


def _unsaid(clause_id: str, value: dict[str, Any], at: Span) -> list[FairwireError]:
    status, reason, shows = value.get("status"), value.get("reason"), value.get("shows")
    said = f"`{clause_id}` is `{status}`"
    errors: list[FairwireError] = []
    if status in ("partial", "not_yet") and not reason:
        errors.append(MissingReason(f"{said} and does not say why", at=at, help_="add `reason:`: what runs, what is missing"))
    if status in ("working", "partial") and not shows:
        errors.append(MissingReason(f"{said} and does not say what shows it", at=at, help_="add `shows:`: what a test must see"))
    if status == "working" and reason:
        errors.append(MissingReason(f"{said}, so there is nothing to give a reason for", at=at, help_="drop one of the two"))
    return errors


def _in_order(errors: list[FairwireError], files: list[str]) -> list[FairwireError]:
    """By file, then line: the order in which a person mends them."""

    def key(error: FairwireError) -> tuple[int, int, int]:
        at = error.at
        file, line, column = (at.file, at.line, at.column) if isinstance(at, Span) else (str(at), 0, 0)
        return files.index(file) if file in files else -1, line, column

    return sorted(errors, key=key)


def _clause(clause_id: str, written: ClauseFile) -> Clause:
    return Clause(
        id=clause_id,
        gist=written.gist,
        place=written.place,
        controls=tuple(written.controls),
        topics=tuple(written.topics),
        detectors=tuple(written.detectors),
        ladder=written.ladder,
        status=written.status,
        reason=written.reason or "",
        shows=written.shows or "",
    )


def _evidence(written: EvidenceFile) -> Evidence:
    return Evidence(
        day=written.day,
        to=written.to,
        run=written.run or "",
        days=written.days,
        findings=written.findings,
        customers=written.customers,
        of_customers=written.of_customers,
        reason=written.reason or "",
    )


def _built(pack: PackFile, clauses: ClausesFile, ladders: LaddersFile, notices: dict[str, str]) -> Pack:
    date = pack.document.date or "undated"
    unversioned = Pack(
        id=pack.pack,
        title=pack.title,
        version="",
        release=pack.version,
        document=f"{pack.document.title}, {date}",
        clauses={clause_id: _clause(clause_id, written) for clause_id, written in clauses.clauses.items()},
        ladders={name: build_ladder(name, written) for name, written in ladders.ladders.items()},
        modes={detector: each.mode for detector, each in pack.detectors.items() if each.mode in JUDGING},
        resting={detector: each.mode for detector, each in pack.detectors.items() if each.mode in ("draft", "retired")},
        evidence={
            detector: tuple(_evidence(e) for e in each.evidence) for detector, each in pack.detectors.items() if each.evidence
        },
        parameters={detector: dict(each.parameters) for detector, each in pack.detectors.items() if each.parameters},
        contact=pack.contact.email,
        review_url=pack.contact.url or "",
        country=pack.jurisdiction.country or "",
        answers=build_answers(pack.jurisdiction),
        notices=notices,
        language=pack.languages.own,
        languages=dict(pack.languages.in_country),
        changes=build_changes(pack.changes),
        report_categories=build_report_categories(pack),
        workflows=build_workflows(pack),
        terms=build_terms(pack),
        limits=build_limits(pack),
        entitlements=build_entitlements(pack),
        profiles=build_profiles(pack.jurisdiction.profiles),
    )
    return msgspec.structs.replace(unversioned, version=version_of(unversioned))


def version_of(pack: Pack) -> str:
    """First 16 hex digits of the SHA-256 over all that decides, as canonical JSON.

    What decides: clause ids, gists, controls, topics, detectors and ladders, the ladders, modes, parameters, the answers with
    the contact they name, the terms of change, report categories, workflows, terms, limits, entitlements and the rules of
    countries. What does not: the release, titles, places, status, reasons, notices, comments.
    """
    decides = {
        "id": pack.id,
        "clauses": [
            {
                "id": each.id,
                "gist": each.gist,
                "controls": each.controls,
                "topics": each.topics,
                "detectors": each.detectors,
                "ladder": each.ladder,
            }
            for each in pack.clauses.values()
        ],
        "ladders": msgspec.to_builtins(pack.ladders),
        "modes": pack.modes,
        "resting": pack.resting,
        "parameters": {detector: {k: float(v) for k, v in each.items()} for detector, each in pack.parameters.items()},
        "answers": msgspec.to_builtins(pack.answers),
        "country": pack.country,
        "contact": [pack.contact, pack.review_url],
        "changes": _deciding(pack.changes),
        "report_categories": _deciding(pack.report_categories),
        "workflows": _deciding(pack.workflows),
        "terms": _deciding(pack.terms),
        "limits": _deciding(pack.limits),
        "entitlements": _deciding(pack.entitlements),
        "profiles": _deciding(pack.profiles),
    }
    text = json.dumps(decides, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _deciding(value: object) -> object:
    """The value in plain form, without the words for people in it."""
    if isinstance(value, Mapping):
        return {key: _deciding(each) for key, each in value.items()}
    plain = msgspec.to_builtins(value)
    if not isinstance(plain, dict):
        return plain
    # What can be left out since a later version decides nothing while it is: packs that leave it out keep their digits.
    later = ("clock", "excess", "late")
    return {key: each for key, each in plain.items() if key not in ("title", "why") and not (key in later and each is None)}
