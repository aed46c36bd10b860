"""Notices: the texts of a pack that tell a customer what was done, why, and how to have it reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fairwire.model.errors import FairwireError
from fairwire.model.order import Step
from fairwire.model.policy import Pack
from fairwire.policy.files import CHANGE_NOTICE
from fairwire.policy.notice_files import key_of
from fairwire.policy.notice_html import framed, page_of


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
    deadline: str = ""
    """When the time is up, in the customer's time; empty when there is none."""
    period: str = ""
    """How long that is: `5 business days`."""
    asks: str = ""
    """What ends the matter, as half a sentence: `order 1 more user, or take 1 user away`."""
    outcome: str = ""
    """How it ended, as half a sentence: `2 users more were ordered on 5 March 2026`."""
    amount: str = ""
    """What is due, with its currency: `12.50 GBP`."""
    lines: tuple[str, ...] = ()
    """What it is due for, or who is concerned, one line each."""
    decision: str = ""
    """Of a request: `granted`, `granted in part`, `refused` ..."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A notice as it is sent."""

    template: str
    """What it was made from: `U02.limit_notice`, `de/limit`; `plain/limit` for one that comes with the program."""
    language: str
    subject: str
    text: str
    """Without its first line, which is the subject."""
    html: str


class Unwritable(FairwireError):
    """A notice of a pack cannot be written with the facts of one case. Its template passed the check of the pack."""

    code = "FW-NOT-001"


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
_BETTER: dict[Step, str] = {"invoice": "excess_invoice", "terminate": "termination"}
"""Where a pack may have a notice that fits better."""
FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What a template may raise when it is written."""
PLAIN = "plain/"


def notice_for(step: Step) -> str | None:
    """Name of the notice that goes with a step of the ladder; None when the customer is told nothing."""
    return _BY_STEP[step]


def kinds_for(step: Step) -> tuple[str, ...]:
    """Kinds of notice that go with a step, the one that fits best first; none when the customer is told nothing."""
    plain = _BY_STEP[step]
    return () if plain is None else tuple(dict.fromkeys((_BETTER.get(step, plain), plain)))


def render_notice(pack: Pack, name: str, facts: NoticeFacts) -> str:
    """The text of notice `name`, first line `Subject: ...`.

    Raises
    ------
    KeyError
        The pack has no such notice.
    """
    return _template(pack.notices[name]).render(_values(facts)).strip() + "\n"


def render_change_notice(pack: Pack, facts: ChangeFacts, languages: Sequence[str] = ()) -> str:
    """The text that tells a customer of a new version, first line `Subject: ...`, in the first of `languages` that there is.

    Raises
    ------
    KeyError
        The pack has no notice of change.
    """
    keys = [*(key_of(language, "", CHANGE_NOTICE) for language in languages if language != pack.language), CHANGE_NOTICE]
    text = next((pack.notices[key] for key in keys if key in pack.notices), None) or pack.notices[CHANGE_NOTICE]
    return _template(text).render(_values(facts)).strip() + "\n"


def languages_of(pack: Pack, language: str | None, country: str) -> tuple[str, ...]:
    """In which languages to look for a customer's letters, best first; behind them comes the pack's own.

    Parameters
    ----------
    language
        Of the customer's record; None where it names none.
    country
        Of the customer; empty where nobody knows it.
    """
    wanted = [each for each in (language, pack.languages.get(country)) if each]
    wide = [each.partition("-")[0] for each in wanted]
    found = [each for pair in zip(wanted, wide, strict=True) for each in pair]
    # Who asks for the pack's own language first is not written to in that of its country.
    return tuple(dict.fromkeys(found[: found.index(pack.language)] if pack.language in found else found))


def write_letter(
    pack: Pack,
    kinds: Sequence[str],
    facts: NoticeFacts,
    *,
    clauses: Sequence[str] = (),
    step: str = "",
    languages: Sequence[str] = (),
) -> Written | None:
    """A letter in the pack's own words: of the clause before that of any, in the customer's language before the pack's own.

    Parameters
    ----------
    kinds
        What it may be, the one that fits best first.
    step
        Of the ladder; a text for a clause may be called after it.

    Returns
    -------
    None where the pack has no such letter.

    Raises
    ------
    Unwritable
        Its template fails.
    """
    for language in (*languages, ""):
        for clause, kind in _names(kinds, clauses, step):
            key = key_of(language, clause, kind)
            if key in pack.notices:
                page = pack.notices.get(key_of(language, clause, kind, "html"))
                return _written(key, language or pack.language, pack.notices[key], page, facts)
    return None


def write_plain(plain: Mapping[str, str], kinds: Sequence[str], facts: NoticeFacts) -> Written:
    """The same in the words that come with the program, in English."""
    kind = next(each for each in kinds if each in plain)
    return _written(PLAIN + kind, "en", plain[kind], None, facts)


def _names(kinds: Sequence[str], clauses: Sequence[str], step: str) -> Iterable[tuple[str, str]]:
    for clause in clauses:
        yield from ((clause, kind) for kind in dict.fromkeys((*((step,) if step else ()), *kinds)))
    yield from (("", kind) for kind in kinds)


def _written(key: str, language: str, text: str, page: str | None, facts: NoticeFacts) -> Written:
    values = _values(facts)
    try:
        first, _, rest = (_template(text).render(values).strip() + "\n").partition("\n")
        subject = first.removeprefix("Subject:").strip()
        if not first.startswith("Subject:") or not subject or not rest.strip():
            raise ValueError("there is no subject, or nothing below it")
        body = rest.strip() + "\n"
        if page is None:
            html = page_of(body, title=subject, language=language)
        else:
            html = framed(_page(page).render(values), title=subject, language=language)
    except FAULTS as error:
        why = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise Unwritable(f"the notice `{key}` cannot be written: {why}", help_="a plain one goes out instead") from None
    return Written(template=key, language=language, subject=subject, text=body, html=html)


def _values(facts: NoticeFacts | ChangeFacts) -> dict[str, object]:
    return {
        key: [_one_line(each) for each in value] if isinstance(value, tuple) else _one_line(value)
        for key, value in asdict(facts).items()
    }


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def environment(*, html: bool = False) -> ImmutableSandboxedEnvironment:
    """What templates are read with. What a fact holds is never read as a template, nor in a page as HTML."""
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=html, trim_blocks=True, lstrip_blocks=True)
    made.filters.pop("safe")  # a fact comes from outside, whoever wrote the template
    return made


@lru_cache(maxsize=256)
def _template(text: str) -> Template:
    """A notice ready to be written, for every customer after the first."""
    return environment().from_string(text)


@lru_cache(maxsize=64)
def _page(text: str) -> Template:
    return environment(html=True).from_string(text)
