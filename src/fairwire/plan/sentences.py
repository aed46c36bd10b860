"""Sentences for people: `{name}` and `{name:form}` are filled with what a rule saw.

Forms of a number, beside those of Python (`.0%`, `,.2f`): `duration` for seconds (`3 min 20 s`), and `call|calls`, which says
the number and the word that goes with it; a form of Python may stand before it (`,.0f call|calls`). Nothing here can fail when
a finding is made: all of it is checked when the detector is read.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fairwire.expr.errors import UnknownName
from fairwire.expr.evaluate import Value
from fairwire.expr.parse import Locate
from fairwire.expr.tree import Name
from fairwire.expr.units import CALLED
from fairwire.model.errors import Span
from fairwire.plan.errors import BadTemplate

PARTIES = ("customer", "callee", "user", "line", "credential", "address", "device")
"""Whom a sentence may name; texts, not numbers."""
_FORM = re.compile(r"(?P<sign>[+ -]?)(?P<comma>,?)(?:\.(?P<places>\d{1,2}))?(?P<kind>[f%g]?)$")
"""What is allowed of Python's formats: a sign, commas, decimals, and f, g or %."""
DURATION = "duration"
Said = Value | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One `{name:form}` of a sentence."""

    name: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    number: str = ""
    words: tuple[str, str] | None = None
    duration: bool = False


def template_fields(template: str) -> list[tuple[str, str]]:
    """(name, form) of each field of a sentence."""
    return [(part.name, part.form) for part in _parts(template) if isinstance(part, Field)]


def _parts(template: str) -> list[str | Field]:
    parts: list[str | Field] = []
    for literal, name, form, _ in string.Formatter().parse(template):
        if literal:
            parts.append(literal)
        if name is not None:
            parts.append(Field(name=name, form=form or ""))
    return parts


def _form_of(text: str) -> _Form | None:
    """What a form means; None when it means nothing."""
    if text == DURATION:
        return _Form(duration=True)
    number, words = text, None
    if "|" in text:
        before, _, rest = text.partition(" ")
        number, rest = (before, rest) if rest and _FORM.match(before) else ("", text)
        one, _, many = rest.partition("|")
        if not one.strip() or not many.strip() or "|" in many:
            return None
        words = (one.strip(), many.strip())
    return _Form(number=number, words=words) if _FORM.match(number) else None


def check_template(template: str, at: Locate, names: Mapping[str, Name], *, also: Collection[str] = ()) -> None:
    """Refuse a sentence that could not be filled.

    Parameters
    ----------
    template, at
        The sentence, and what finds the place of a part of it.
    names
        What the rule may name.
    also
        Numbers and texts that only the sentence may name.

    Raises
    ------
    BadTemplate, UnknownName
        With the field underlined where the sentence stands on one line.
    """
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise BadTemplate(
            f"the sentence cannot be read: {_plainly(error)}",
            at=at(max(0, template.find("{")), 1),
            help_="a bracket itself is written twice",
        ) from None
    end = 0
    for _, field, form, conversion in parsed:
        if field is None:
            continue
        begin = template.find("{" + field, end)
        end = template.find("}", begin) + 1
        here = at(begin, end - begin)
        if not field:
            raise BadTemplate("a field names nothing", at=here, help_="write the name inside, such as {attempts}")
        if conversion:
            raise BadTemplate(f"`!{conversion}` means nothing here", at=here, help_=f"write {{{field}}}")
        if field not in names and field not in PARTIES and field not in also:
            raise UnknownName(field, here, defined=sorted({*names, *PARTIES, *also}))
        _check_form(field, form or "", here, names.get(field))


def _check_form(field: str, form: str, at: Span, name: Name | None) -> None:
    if not form:
        return
    if field in PARTIES or field == "signs" or (name is not None and name.type != "number"):
        raise BadTemplate(f"`{field}` is words, and has no number format", at=at, help_=f"write {{{field}}}")
    meant = _form_of(form)
    if meant is None:
        raise BadTemplate(
            f"`{{{field}:{form}}}` is not a number format", at=at, help_="such as {share:.0%}, {spent:,.2f}, {calls:call|calls}"
        )
    kind = name.dimension if name is not None else ""
    if meant.duration and kind not in ("", "seconds"):
        raise BadTemplate(f"`{field}` is {CALLED[kind]}, not a time in seconds", at=at, help_="leave `duration` out")
    if meant.number.endswith("%") and kind not in ("", "share"):
        raise BadTemplate(f"`{field}` is {CALLED[kind]}, not a share", at=at, help_="leave the % out")


def _plainly(error: ValueError) -> str:
    said = str(error).lower()
    if "single '}'" in said:
        return "a bracket is closed that was not opened"
    return "a bracket is not closed"


def is_known(value: Said) -> bool:
    """Whether there is anything to say."""
    return value is not None and value == value


def choose(sentences: Collection[str], values: Mapping[str, Said]) -> str:
    """The first sentence whose values are all known; else the last."""
    last = ""
    for last in sentences:
        if all(is_known(values.get(name)) for name, _ in template_fields(last)):
            return last
    return last


def fill(template: str, values: Mapping[str, Said], names: Mapping[str, Name]) -> str:
    """The sentence with its values; an unknown one is called so."""
    out = [
        part if isinstance(part, str) else _spoken(values.get(part.name), part, names.get(part.name)) for part in _parts(template)
    ]
    return " ".join("".join(out).split())


def _spoken(value: Said, field: Field, name: Name | None) -> str:
    if value is None or value != value:
        return "unknown"
    if isinstance(value, str):
        return value
    if abs(value) == math.inf:
        return "beyond measure"
    if name is not None and name.type == "word":
        code = int(value)
        return name.words[code - 1] if 1 <= code <= len(name.words) else "another"
    if name is not None and name.type == "truth":
        return "yes" if value else "no"
    meant = _form_of(field.form) or _Form()
    if meant.duration:
        return duration(float(value))
    number = format(float(value), meant.number) if meant.number else plain(float(value))
    if meant.words is None:
        return number
    return f"{number} {meant.words[0] if float(value) == 1 else meant.words[1]}"


def plain(value: float) -> str:
    """A number as people write it: no more than two decimals, thousands with commas."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def duration(seconds: float) -> str:
    """`45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds != seconds or abs(seconds) == float("inf"):
        return "unknown"
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    if whole < 60:
        return f"{sign}{plain(abs(seconds)) if whole < 10 else whole} s"
    for size, name, below, small in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // below
            return f"{sign}{whole // size} {name}" + (f" {rest} {small}" if rest else "")
    return f"{sign}{whole} s"
