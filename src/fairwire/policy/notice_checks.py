"""What can be wrong with the notices of a pack, found before anybody is written to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields

from jinja2 import TemplateSyntaxError, meta

from fairwire.model.errors import FairwireError, Span
from fairwire.policy.errors import BadNotice, Missing, UnknownClause, nearest
from fairwire.policy.files import CHANGE_NOTICE, NOTICE_FILES
from fairwire.policy.notice_files import NoticeFile, notice_file
from fairwire.policy.notices import FAULTS, ChangeFacts, NoticeFacts, environment

REQUIRED = ("reason", "clause_gist", "action", "reference", "contact")
"""A notice that leaves one of these out does not load."""
_REQUIRED_OF: dict[str, tuple[str, ...]] = {
    "change": ("document", "version", "effective", "changes", "page", "acceptance", "contact"),
    "limit_notice": ("reason", "clause_gist", "deadline", "asks", "reference", "contact"),
    "reminder": ("clause_gist", "deadline", "asks", "reference", "contact"),
    "cured": ("clause_gist", "outcome", "reference", "contact"),
    "lifted": ("clause_gist", "action", "reference", "contact"),
    "excess_invoice": ("clause_gist", "amount", "lines", "reference", "contact"),
    "authorisation_decision": ("decision", "reference", "contact"),
}
"""The same for notices that say something else."""
_LISTS = ("changes", "lines")
_MAY_BE_EMPTY = (
    *("until", "review_url", "objection", "choice_until"),
    *("deadline", "period", "asks", "outcome", "amount", "lines", "decision"),
)


def check_notices(texts: Mapping[str, str], *, shown: Mapping[str, str], clauses: Collection[str] | None) -> list[FairwireError]:
    """Everything that is wrong with the notices among `texts` (file -> template).

    Parameters
    ----------
    shown
        File -> its name for people.
    clauses
        Those of the pack; None when they could not be read, and then nothing is said about them.
    """
    errors: list[FairwireError] = [
        Missing(f"the notice `{file}` is missing", at=shown[file]) for file in NOTICE_FILES.values() if file not in texts
    ]
    for name, text in texts.items():
        found = notice_file(name)
        if found is None:
            continue
        if found.clause and clauses is not None and found.clause not in clauses:
            errors.append(UnknownClause(found.clause, Span(file=shown[name], line=1), known=clauses))
        if found.form == "html" and f"{name.removesuffix('.html')}.txt" not in texts:
            errors.append(
                Missing(
                    f"there is no `{name.removesuffix('.html')}.txt` beside the page `{name}`",
                    at=shown[name],
                    help_="a letter has a text for those who do not show pages",
                )
            )
        errors.extend(_wrong_with(text, shown[name], found))
    return errors


def _wrong_with(text: str, file: str, named: NoticeFile) -> list[FairwireError]:
    facts = ChangeFacts if named.kind == CHANGE_NOTICE else NoticeFacts
    lines = text.splitlines()
    page = named.form == "html"
    try:
        used = meta.find_undeclared_variables(environment(html=page).parse(text))
    except TemplateSyntaxError as error:
        line = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
        message = (error.message or "it cannot be read").rstrip(".")
        place = Span(file=file, line=error.lineno, column=1, length=len(line), text=line)
        return [BadNotice(f"not a template: {message[0].lower()}{message[1:]}", at=place)]
    errors: list[FairwireError] = []
    if not page and (not lines or not lines[0].startswith("Subject: ")):
        first = lines[0] if lines else ""
        errors.append(
            BadNotice("the first line must be `Subject: ...`", at=Span(file=file, line=1, length=len(first), text=first))
        )
    known = {each.name for each in fields(facts)}
    help_ = "known here: " + ", ".join(f"`{name}`" for name in sorted(known))
    for name in sorted(used - known):
        at = _first_place(name, lines, file)
        errors.append(BadNotice(f"a notice knows no `{name}`", at=at, hint=nearest(name, known), help_=help_))
    errors.extend(
        BadNotice(f"the notice never says `{name}`", at=file, help_="a customer must learn what, why, and whom to ask")
        for name in _REQUIRED_OF.get(named.kind, REQUIRED)
        if name not in used and all(nearest(each, known) != nearest(name, [name]) for each in used - known)
    )
    return errors or _fails(text, file, known, page=page)


def _fails(text: str, file: str, known: Collection[str], *, page: bool) -> list[FairwireError]:
    """Write the notice once with every fact, and once without those that may be empty."""
    full: dict[str, object] = {name: ["one", "two"] if name in _LISTS else name for name in known}
    bare = full | {name: [] if name in _LISTS else "" for name in _MAY_BE_EMPTY if name in full}
    for values in (full, bare):
        try:
            environment(html=page).from_string(text).render(values)
        except FAULTS as error:
            return [BadNotice(f"the notice cannot be written: {error}", at=file)]
    return []


def _first_place(name: str, lines: list[str], file: str) -> Span | str:
    for number, line in enumerate(lines, 1):
        if name in line:
            return Span(file=file, line=number, column=line.index(name) + 1, length=len(name), text=line)
    return file
