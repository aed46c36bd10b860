"""Notices: the texts of a pack that tell a customer what was done, why, and how to have it reviewed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fairwire.model.errors import FairwireError, Span
from fairwire.model.order import Step
from fairwire.model.policy import Pack
from fairwire.policy.errors import BadNotice, Missing, listed, nearest
from fairwire.policy.files import CHANGE_FILE, CHANGE_NOTICE, NOTICE_FILES


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What a notice may say. All texts; line ends inside them become spaces, so no fact can add a header or a paragraph."""

    customer: str
    """Name of the customer."""
    subject: str
    """What the notice is about: a line, a user, or the customer's account."""
    reason: str
    """The finding's sentence, with its numbers."""
    clause: str
    clause_gist: str
    clause_place: str
    document: str
    action: str
    """What was done, as half a sentence: `calls to numbers never called before are limited`."""
    until: str
    """When it ends by itself, in the customer's time; empty when a person ends it."""
    reference: str
    """Number to quote."""
    contact: str
    review_url: str
    """Empty when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts:
    """What a notice of a new version may say. Texts are one line each, as those of other notices."""

    customer: str
    document: str
    """Title of the policy."""
    version: str
    """Of the pack, `2.0.0`."""
    effective: str
    """When it takes effect, in the customer's time: `1 March 2027, 00:00 (Europe/London)`."""
    changes: tuple[str, ...]
    """What changed, one sentence each, in our words."""
    page: str
    """Address of the public page of the version."""
    objection: str
    """How to object or to end the service; empty when the policy gives no way."""
    choice_until: str
    """Last day that the customer may choose for its change-over; empty when it has no choice."""
    acceptance: str
    """How the customer agrees, as a sentence."""
    contact: str
    review_url: str
    """Empty when there is none."""


REQUIRED = ("reason", "clause_gist", "action", "reference", "contact")
"""A notice that leaves one of these out does not load."""
REQUIRED_OF_CHANGE = ("document", "version", "effective", "changes", "page", "acceptance", "contact")
"""The same for the notice of a new version."""

_BY_STEP: dict[Step, str | None] = {
    "log": None,
    "notify": "warning",
    "invoice": "warning",
    "step_up": "limit",
    "throttle": "limit",
    "block": "block",
    "suspend_outbound": "suspension",
    "suspend": "suspension",
    "change_plan": "warning",
    "remove_content": "block",
    "terminate": "suspension",
}


def notice_for(step: Step) -> str | None:
    """Name of the notice that goes with a step of the ladder; None when the customer is told nothing."""
    return _BY_STEP[step]


def render_notice(pack: Pack, name: str, facts: NoticeFacts) -> str:
    """The text of notice `name`, first line `Subject: ...`.

    Raises
    ------
    KeyError
        The pack has no such notice.
    """
    values = {key: _one_line(value) for key, value in asdict(facts).items()}
    return _template(pack.notices[name]).render(values).strip() + "\n"


def render_change_notice(pack: Pack, facts: ChangeFacts) -> str:
    """The text that tells a customer of a new version, first line `Subject: ...`.

    Raises
    ------
    KeyError
        The pack has no notice of change.
    """
    values: dict[str, object] = {key: _one_line(value) for key, value in asdict(facts).items() if key != "changes"}
    values["changes"] = [_one_line(each) for each in facts.changes]
    return _template(pack.notices[CHANGE_NOTICE]).render(values).strip() + "\n"


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def check_notices(texts: dict[str, str], *, shown: dict[str, str]) -> list[FairwireError]:
    """Everything that is wrong with the notices in `texts` (file -> template); `shown` names the files for people."""
    errors: list[FairwireError] = []
    for file in NOTICE_FILES.values():
        if file not in texts:
            errors.append(Missing(f"the notice `{file}` is missing", at=shown[file]))
            continue
        errors.extend(_wrong_with(texts[file], shown[file], NoticeFacts, REQUIRED))
    if CHANGE_FILE in texts:
        errors.extend(_wrong_with(texts[CHANGE_FILE], shown[CHANGE_FILE], ChangeFacts, REQUIRED_OF_CHANGE))
    return errors


def _environment() -> ImmutableSandboxedEnvironment:
    # Notices are plain text for mail, not HTML; what a fact holds is never read as a template.
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)


@lru_cache(maxsize=64)
def _template(text: str) -> Template:
    """A notice ready to be written, for every customer after the first."""
    return _environment().from_string(text)


_MAY_BE_EMPTY = ("until", "review_url", "objection", "choice_until")


def _wrong_with(
    text: str, file: str, facts: type[NoticeFacts] | type[ChangeFacts], required: tuple[str, ...]
) -> list[FairwireError]:
    lines = text.splitlines()
    try:
        used = meta.find_undeclared_variables(_environment().parse(text))
    except TemplateSyntaxError as error:
        line = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
        message = (error.message or "it cannot be read").rstrip(".")
        place = Span(file=file, line=error.lineno, column=1, length=len(line), text=line)
        return [BadNotice(f"not a template: {message[0].lower()}{message[1:]}", at=place)]
    errors: list[FairwireError] = []
    if not lines or not lines[0].startswith("Subject: "):
        first = lines[0] if lines else ""
        errors.append(
            BadNotice("the first line must be `Subject: ...`", at=Span(file=file, line=1, length=len(first), text=first))
        )
    known = {each.name for each in fields(facts)}
    for name in sorted(used - known):
        at = _first_place(name, lines, file)
        errors.append(BadNotice(f"a notice knows no `{name}`", at=at, hint=nearest(name, known), help_=listed(known, of="fact")))
    errors.extend(
        BadNotice(f"the notice never says `{name}`", at=file, help_="a customer must learn what, why, and whom to ask")
        for name in required
        if name not in used and all(nearest(each, known) != nearest(name, [name]) for each in used - known)
    )
    return errors or _fails(text, file, facts)


def _fails(text: str, file: str, facts: type[NoticeFacts] | type[ChangeFacts]) -> list[FairwireError]:
    """Write the notice once with every fact, and once without those that may be empty."""
    full: dict[str, object] = {each.name: each.name for each in fields(facts)}
    if "changes" in full:
        full["changes"] = ["one", "two"]
    template = _environment().from_string(text)
    for values in (full, full | {name: "" for name in _MAY_BE_EMPTY if name in full}):
        try:
            template.render(values)
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            return [BadNotice(f"the notice cannot be written: {error}", at=file)]
    return []


def _first_place(name: str, lines: list[str], file: str) -> Span | str:
    for number, line in enumerate(lines, 1):
        if name in line:
            return Span(file=file, line=number, column=line.index(name) + 1, length=len(name), text=line)
    return file
