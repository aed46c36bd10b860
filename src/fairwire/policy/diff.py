"""Two packs compared: each difference, what it does to customers, and the version step that it asks for.

Nothing here is a guess. What makes a rule find more is read off its expression (`expr.direction`), what goes further off the
ladders; where there is no order between before and after, the change says so and why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from fairwire.model.change import CHANGE_KINDS, VERSION_STEPS, Change, ChangeKind, PackDiff, Verb, VersionStep
from fairwire.model.policy import JUDGING, BlockAnswer, Pack, Stage
from fairwire.policy.diff_clauses import ClauseDiff, clauses_of
from fairwire.policy.diff_ladders import ladder_changes, span
from fairwire.policy.senses import Sense

_DECLARED = {
    "report_categories": "What people can report.",
    "workflows": "A request, consent, notice or deadline that the pack declares.",
    "terms": "A right or a duty that is recorded; no program acts on it.",
    "limits": "A number in the customer's order; what the order itself says is what counts.",
    "evidence": "What promotions of detectors were founded on.",
    "entitlements": "What a customer may have been granted; detectors ask the customer's own record.",
}
"""Parts that are declared and that no rule reads."""
COMPARED = frozenset(
    {
        *("id", "title", "version", "release", "document", "clauses", "ladders", "modes", "parameters", "contact"),
        *("review_url", "country", "answers", "notices", "changes", "profiles", "resting"),
        *("language", "languages"),
        *_DECLARED,
    }
)
"""Fields of a pack that are compared by what they mean; any other one by its value."""
_TEXTS = (
    ("id", "Findings and customers' records name the policy by this id."),
    ("title", "What the policy is called."),
    ("document", "The document that the pack says in its own words, and its date."),
    ("contact", "Where customers ask for review."),
    ("review_url", "The same as a web address."),
    ("release", "The version of the pack, as its authors count."),
    ("language", "In which language its notices are."),
)


def diff_packs(before: Pack, after: Pack, senses: Sequence[Sense]) -> PackDiff:
    """Compare two packs.

    Parameters
    ----------
    senses
        All detectors and questions that are installed.
    """
    clauses = ClauseDiff(before, after, senses)
    changes = (
        *clauses.changes(),
        *ladder_changes(before, after),
        *_settings(before, after, senses, clauses.matches),
        *_answers(before, after),
        *_texts(before, after),
        *_others(before, after),
    )
    counted = Counter(change.kind for change in changes)
    steps = {change.step for change in changes}
    step = next((each for each in reversed(VERSION_STEPS) if each in steps), VERSION_STEPS[0])
    releases = (before.release, after.release)
    return PackDiff(
        before=f"{before.id}@{before.version}",
        after=f"{after.id}@{after.version}",
        changes=changes,
        counts={kind: counted[kind] for kind in CHANGE_KINDS if counted[kind]},
        step=step,
        releases=releases,
        release_note=release_note(*releases, step),
        renamed={old: new for old, new in clauses.matches.items() if old != new},
    )


# -- modes and parameters


def _settings(before: Pack, after: Pack, senses: Sequence[Sense], matches: dict[str, str]) -> Iterator[Change]:
    for sense in senses:
        clauses = clauses_of(sense, before, after, matches)
        name = sense.info.id
        if before.modes.get(name) != after.modes.get(name) or before.resting.get(name) != after.resting.get(name):
            yield _stage(sense, before, after, clauses)
        set_by = [pack.parameters.get(name, {}) for pack in (before, after)]
        for parameter in sense.info.parameters:
            if set_by[0].get(parameter) != set_by[1].get(parameter):
                yield _parameter(sense, parameter, before, after, clauses)


def _idle(sense: Sense, before: Pack, after: Pack) -> str:
    """Why a setting of a control that does not run under both packs changes nothing by itself."""
    if sense.runs(before) or sense.runs(after):
        return f"{sense.info.id} runs under one of the two only; what that does is said where it begins or ends."
    return f"{sense.info.id} runs under neither."


_STAGE_SAYS: dict[Stage, str] = {
    "draft": "only its cases run",
    "retired": "it judges nobody",
    "shadow": "nobody is told",
    "alert": "people are told, and no call is touched",
    "enforce": "the ladder is climbed",
}


def _stage(sense: Sense, before: Pack, after: Pack, clauses: tuple[str, ...]) -> Change:
    left, right = sense.stage(before), sense.stage(after)
    kind: ChangeKind = "wording"
    step: VersionStep = "patch"
    says = "Written down or left out; it is in that stage anyhow."
    if not (sense.bound(before) and sense.bound(after)):
        says = _idle(sense, before, after)
    elif left != right:
        says = f"What it finds leads to this: {_STAGE_SAYS[right]}; it was: {_STAGE_SAYS[left]}."
        judged = (left in JUDGING, right in JUDGING)
        if judged == (False, True):
            kind, step = "wider", "major" if right == "enforce" else "minor"
        elif judged == (True, False):
            kind, step = "narrower", "major"
        elif judged == (True, True):
            kind = "stronger" if JUDGING.index(right) > JUDGING.index(left) else "milder"
            step = "major" if kind == "stronger" and right == "enforce" else "minor"
    return Change(part="mode", name=sense.info.id, verb="changed", kind=kind, says=says, step=step, before=left, after=right,
                  clauses=clauses)  # fmt: skip


def _parameter(sense: Sense, name: str, before: Pack, after: Pack, clauses: tuple[str, ...]) -> Change:
    left, right = sense.value(before, name), sense.value(after, name)
    kind: ChangeKind = "wording"
    step: VersionStep = "patch"
    reason = ""
    says = "Written down or left out; the detector's own value is the same."
    if not (sense.runs(before) and sense.runs(after)):
        says = _idle(sense, before, after)
    elif left != right:
        way = sense.way(name, (before, after))
        rises = right > left
        if way == "none":
            says = f"The rule does not depend on `{name}` as the other values stand."
        elif way == "mixed":
            kind, step = "other", "major"
            says = f"The rule does not go one way with `{name}`."
            reason = "raising it makes the rule find more of some and less of others, or that cannot be told from its expression"
        else:
            wider = rises == (way == "up")
            kind = "wider" if wider else "narrower"
            mode = sense.mode(after)
            step = "patch" if not wider else "major" if mode == "enforce" else "minor"
            does = "refused" if sense.always else "found"
            says = f"{'Raised' if rises else 'Lowered'}: {'more' if wider else 'less'} is {does} (mode {mode})."
    unit = sense.info.limits[name].unit if name in sense.info.limits else ""
    shown = [f"{value:g}{f' {unit}' if unit else ''}" for value in (left, right)]
    return Change(part="parameter", name=f"{sense.info.id}.{name}", verb="changed", kind=kind, says=says, step=step,
                  before=shown[0], after=shown[1], clauses=clauses, reason=reason)  # fmt: skip


# -- answers to refused calls


def _answers(before: Pack, after: Pack) -> Iterator[Change]:
    if before.country != after.country:
        says = "Whose rules decide the answer to a refused customer of whom no country is known."
        yield _plain("country", "of customers without one", before.country, after.country, "other", says, "minor",
                     "one country's answers are neither more nor less than another's")  # fmt: skip
    for country in sorted({*before.answers, *after.answers}):
        there = [pack.answers.get(country, {}) for pack in (before, after)]
        for block in sorted({*there[0], *there[1]}):
            if there[0].get(block) == there[1].get(block):
                continue
            name = f"{country or 'everywhere'}: {block}"
            was, is_ = (
                pack.answers.get(country, {}).get(block) or pack.answers.get("", {}).get(block) for pack in (before, after)
            )
            shown = (_answer_text(there[0].get(block)), _answer_text(there[1].get(block)))
            yield _answer(name, was, is_, shown)


def _answer(name: str, was: BlockAnswer | None, is_: BlockAnswer | None, shown: tuple[str, str]) -> Change:
    if was == is_ or was is None or is_ is None:
        says = "Written down or left out; the answer is the same."
        return _plain(
            "answer", name, *shown, "wording" if was == is_ else "other", says, "patch", "" if was == is_ else "one has none"
        )
    if was.code != is_.code:
        says = f"Refused calls of this class are answered {is_.code}, where it was {was.code}: the code is a legal statement."
        return _plain("answer", name, *shown, "other", says, "major", "a code says something else, and not more or less")
    if was.retry_after_s != is_.retry_after_s:
        longer = (is_.retry_after_s or 0) > (was.retry_after_s or 0)
        says = f"Callers are told to wait {span(is_.retry_after_s or 0)}, where it was {span(was.retry_after_s or 0)}."
        return _plain("answer", name, *shown, "stronger" if longer else "milder", says, "minor")
    return _plain("answer", name, *shown, "wording", "The phrase beside the code.", "patch")


def _answer_text(answer: BlockAnswer | None) -> str:
    if answer is None:
        return ""
    wait = f", retry after {span(answer.retry_after_s)}" if answer.retry_after_s is not None else ""
    return f"{answer.code} {answer.phrase}{wait}"


# -- texts, and what is compared by value


def _texts(before: Pack, after: Pack) -> Iterator[Change]:
    for field, says in _TEXTS:
        left, right = getattr(before, field), getattr(after, field)
        if left != right:
            step: VersionStep = "none" if field == "release" else "patch"
            yield _plain(field.replace("_", " "), "policy", left, right, "wording", says, step)
    for country in sorted({*before.languages, *after.languages}):
        if before.languages.get(country) != after.languages.get(country):
            left, right = (pack.languages.get(country, "") for pack in (before, after))
            yield _plain(
                "language", country, left, right, "wording", "In which language customers there are written to.", "patch"
            )
    for name in sorted({*before.notices, *after.notices}):
        if before.notices.get(name) != after.notices.get(name):
            left, right = (_summary(pack.notices.get(name, "")) for pack in (before, after))
            yield _plain("notice", name, left, right, "wording", "What customers are told; read the two texts.", "patch")


def _summary(text: str) -> str:
    """A notice in a line: its subject, and how long it is."""
    return f"{text.splitlines()[0]} ({len(text.splitlines())} lines)" if text.strip() else ""


def _others(before: Pack, after: Pack) -> Iterator[Change]:
    """What is declared, the terms of change, the rules of countries; and what is not known here, which is never passed over."""
    for field, says in _DECLARED.items():
        old, new = (msgspec.to_builtins(getattr(pack, field)) for pack in (before, after))
        yield from _entries(field, old, new, "wording", says, "")
    says = "How and when customers learn of a new version and go over to it."
    yield from _values("changes", before.changes, after.changes, says, "terms of change are neither more nor less than others")
    reason = "one country's rules are neither more nor less than others"
    yield from _entries("profiles", _profiles(before), _profiles(after), "other", "The rules of a country from a day on.", reason)
    for field in before.__struct_fields__:
        if field not in COMPARED:
            reason = "what it does to customers is not known here"
            yield from _values(field, getattr(before, field), getattr(after, field), "Read both.", reason)


def _profiles(pack: Pack) -> dict[str, object]:
    return {f"{each.country} from {each.from_day}": msgspec.to_builtins(each) for each in pack.profiles}


def _entries(
    field: str, old: dict[str, object], new: dict[str, object], kind: ChangeKind, says: str, reason: str
) -> Iterator[Change]:
    part = field.replace("_", " ")
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            step: VersionStep = "patch" if kind == "wording" else "minor"
            yield _plain(part, key, _short(old.get(key)), _short(new.get(key)), kind, says, step, reason)


def _values(field: str, old: object, new: object, says: str, reason: str) -> Iterator[Change]:
    if old != new:
        yield _plain(field.replace("_", " "), "policy", _short(old), _short(new), "other", says, "minor", reason)


def _short(value: object) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


def _plain(
    part: str, name: str, before: str, after: str, kind: ChangeKind, says: str, step: VersionStep, reason: str = ""
) -> Change:
    verb: Verb = "added" if not before else "removed" if not after else "changed"
    return Change(part=part, name=name, verb=verb, kind=kind, says=says, step=step, before=before or None, after=after or None,
                  reason=reason)  # fmt: skip


# -- version strings


def release_note(before: str, after: str, step: VersionStep) -> str:
    """What is wrong with two version strings, given the step that the changes ask for; empty when nothing is."""
    left, right = _parsed(before), _parsed(after)
    if left is None or right is None or right == (0, 0, 0):
        return ""
    wanted = _raised(left, step)
    if step == "none" and left != right:
        return f"the version goes from {before} to {after}, and nothing differs"
    if right < wanted:
        said = "stays at" if right == left else "goes back to" if right < left else "only goes to"
        return f"the version {said} {after}; these changes are a {step} step, which makes it {'.'.join(map(str, wanted))}"
    return ""


def _parsed(release: str) -> tuple[int, int, int] | None:
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", release)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _raised(release: tuple[int, int, int], step: VersionStep) -> tuple[int, int, int]:
    """The next version. Before 1.0.0 the second number stands for the first."""
    major, minor, patch = release
    if step == "major" and major:
        return (major + 1, 0, 0)
    if step in ("major", "minor"):
        return (major, minor + 1, 0)
    return (major, minor, patch + 1) if step == "patch" else release
