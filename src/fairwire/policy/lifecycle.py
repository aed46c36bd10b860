"""The life of a version as a pure machine: what may be done, by whom, when, and what it refuses.

    draft -> in_review -> approved -> scheduled -> in_force -> superseded
                 |            |           |
              rejected     withdrawn   withdrawn

Every act takes what is on record about a pack and gives the records that it writes. Time comes in as an argument, and the
states after publication are read off the instants: nothing has to run at the moment at which a version begins.
"""

from __future__ import annotations

import hashlib

from fairwire.model.change import VersionStep
from fairwire.model.instants import format_us
from fairwire.model.policy import Pack
from fairwire.model.versions import Action, Change, Dossier, PolicyVersion, Publication, Review, Stage, Verdict, VersionTerms
from fairwire.policy.identities import same_person
from fairwire.policy.records import chosen, entry, identity, named, number_key, replace, words
from fairwire.policy.refusals import (
    ApprovalMissing,
    NoSuchVersion,
    NothingNew,
    NumberTaken,
    SelfApproval,
    TooEarly,
    TwoInForce,
    WrongStage,
    span_words,
)

OPEN: tuple[Stage, ...] = ("draft", "in_review", "approved")
"""Stages in which a version can still be changed."""


def raised(number: str, step: VersionStep) -> str:
    """The next number after a change of that step; a text without a difference that counts is a patch, too."""
    major, minor, patch = number_key(number)
    if step == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if step == "minor" else f"{major}.{minor}.{patch + 1}"


def content_hash(texts: dict[str, str]) -> str:
    """The name of a text: SHA-256 over file names and their texts."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        for part in (name, texts[name]):
            data = part.encode()
            digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def submit(
    file: Dossier,
    pack: Pack,
    texts: dict[str, str],
    terms: VersionTerms,
    *,
    by: str,
    now_us: int,
    note: str = "",
    number: str = "",
    draft: bool = False,
    step: VersionStep = "patch",
) -> Change:
    """Hand a text in: a new version, or the next text of the one that is open. An approval of an earlier text is void.

    Parameters
    ----------
    step
        The step of the number that the changes since the last published version ask for.
    """
    by, content = identity(by), content_hash(texts)
    opened = next((each for each in reversed(file.versions) if each.stage in OPEN), None)
    current = file.published()[-1] if file.published() else None
    if opened is not None and opened.content == content and not (opened.stage == "draft" and not draft):
        raise NothingNew(f"`{opened.name}` has this very text, and is {words(opened.stage)}")
    if opened is None and current is not None and current.content == content:
        raise NothingNew(f"`{current.name}` has this very text", help_="change the pack's files first")
    stage: Stage = "draft" if draft else "in_review"
    if opened is not None and number in ("", opened.version):
        changed = replace(
            opened,
            content=content,
            decides=pack.version,
            title=pack.title,
            document=pack.document,
            author=by,
            authors=tuple(dict.fromkeys((*opened.authors, by))),
            note=note or opened.note,
            stage=stage,
            approved_by="",
            approved_us=None,
            submitted_us=now_us,
            terms=terms,
        )
        void = f"; the approval of {opened.content[:12]} is void" if opened.stage == "approved" else ""
        action: Action = "revise" if opened.content != content else "submit"
        line = entry(changed, action, by, now_us, opened.content[:12], content[:12], (note or "a new text") + void)
        return Change(versions=(changed,), texts={content: texts}, history=(line,))
    if opened is not None:
        raise WrongStage(
            f"`{opened.name}` is {words(opened.stage)}",
            help_=f"hand the text in as {opened.version}, or withdraw that one first",
        )
    made = PolicyVersion(
        pack=file.pack,
        version=_fresh_number(file, number, step),
        content=content,
        decides=pack.version,
        title=pack.title,
        document=pack.document,
        author=by,
        authors=(by,),
        note=note,
        stage=stage,
        submitted_us=now_us,
        terms=terms,
    )
    line = entry(made, "draft" if draft else "submit", by, now_us, "", stage, note)
    return Change(versions=(made,), texts={content: texts}, history=(line,))


def _fresh_number(file: Dossier, number: str, step: VersionStep) -> str:
    used = {each.version for each in file.versions}
    published = file.published()
    made = "1.0.0"
    if published:
        made = raised(published[-1].version, step)
    elif used:
        major, minor, patch = number_key(max(used, key=number_key))
        made = f"{major}.{minor}.{patch + 1}"
    while made in used:
        major, minor, patch = number_key(made)
        made = f"{major}.{minor}.{patch + 1}" if patch else f"{major}.{minor + 1}.0" if minor else f"{major + 1}.0.0"
    if not number:
        return made
    taken = file.version(number)
    if taken is not None:
        why = f"the number was given to a version that is {words(taken.stage)}"
    elif published and number_key(number) < number_key(published[-1].version):
        why = f"the published version is {published[-1].version}"
    else:
        return number
    raise NumberTaken(
        f"`{file.pack}@{number}` cannot be given: {why}",
        help_=f"raise `version` in pack.yaml; for what has changed since, {made} is the next",
    )


def review(file: Dossier, number: str, *, by: str, verdict: Verdict, reason: str, now_us: int) -> Change:
    """Approve or reject the text that is in review."""
    by = identity(by)
    version = chosen(file, number, ("in_review",))
    if not reason.strip():
        raise WrongStage("a review without a reason is none", help_="say why with `--reason TEXT`")
    if verdict == "approve":
        own = next((author for author in version.authors if same_person(author, by)), None)
        if own is not None:
            raise SelfApproval(version.name, by, own)
    stage: Stage = "approved" if verdict == "approve" else "rejected"
    changed = replace(
        version,
        stage=stage,
        approved_by=by if verdict == "approve" else "",
        approved_us=now_us if verdict == "approve" else None,
    )
    told = Review(
        pack=file.pack,
        version=version.version,
        content=version.content,
        reviewer=by,
        verdict=verdict,
        reason=reason.strip(),
        at_us=now_us,
    )
    line = entry(changed, verdict, by, now_us, "in_review", stage, reason.strip())
    return Change(versions=(changed,), reviews=(told,), history=(line,))


def publish(file: Dossier, number: str, *, by: str, at_us: int | None, now_us: int) -> Change:
    """Put an approved version in force: at once, or at `at_us`. Notices are added by the caller, in the same change."""
    by = identity(by)
    version = chosen(file, number, ("approved",))
    approval = next((each for each in reversed(file.reviews) if each.version == version.version), None)
    if approval is None or approval.verdict != "approve" or approval.content != version.content:
        raise ApprovalMissing(
            f"nobody has approved this text of `{version.name}`", help_="an approval is of one exact text; have it reviewed again"
        )
    published = file.published()
    effective_us = _effective(version, at_us, now_us, first=not published)
    for other in published:
        assert other.effective_us is not None
        if other.effective_us == effective_us:
            raise TwoInForce(
                f"`{other.name}` begins at {format_us(effective_us)}, and two versions cannot be in force at once",
                help_="choose another instant with `--at`, or withdraw the other",
            )
        if other.effective_us > effective_us:
            raise TwoInForce(
                f"`{other.name}` begins later, at {format_us(other.effective_us)}, and would put an older text back in force",
                help_="withdraw it, or choose a later instant with `--at`",
            )
    last = published[-1] if published else None
    made = replace(
        version,
        stage="published",
        published_by=by,
        published_us=now_us,
        effective_us=effective_us,
        previous=last.version if last else "",
    )
    publication = Publication(
        publication_id=hashlib.sha256(f"{made.name} {made.content} {now_us}".encode()).hexdigest()[:16],
        pack=file.pack,
        version=made.version,
        content=made.content,
        by=by,
        at_us=now_us,
        effective_us=effective_us,
    )
    history = [entry(made, "publish", by, now_us, "approved", made.state(now_us), f"effective {format_us(effective_us)}")]
    versions = [made]
    if last is not None:
        versions.append(replace(last, superseded_us=effective_us))
        note = f"by {made.version}, at {format_us(effective_us)}"
        history.append(entry(versions[1], "supersede", by, now_us, last.state(now_us), versions[1].state(effective_us), note))
    return Change(versions=tuple(versions), publications=(publication,), history=tuple(history))


def _effective(version: PolicyVersion, at_us: int | None, now_us: int, *, first: bool) -> int:
    terms = version.terms
    # The first version on record changes nothing for anybody.
    first_us = now_us + (terms.before_s * 1_000_000 if terms.send and not first else 0)
    if at_us is None:
        if terms.effective == "scheduled" and first_us == now_us and not first:
            raise TooEarly(
                f"by its own terms a change of `{version.pack}` begins at an instant that is named",
                help_="name it with `--at`, such as 2027-01-01T00:00:00Z",
            )
        return first_us
    if at_us < now_us:
        raise TooEarly(
            f"{format_us(at_us)} has passed: it is {format_us(now_us)}",
            help_="a version cannot have been in force before it was published; leave `--at` out for at once",
        )
    if at_us < first_us:
        clause = f" (clause {terms.notice_clause})" if terms.notice_clause else ""
        raise TooEarly(
            f"by the policy's own terms customers are told {span_words(terms.before_s)} before a change{clause}, "
            f"and {format_us(at_us)} is sooner",
            help_=f"the earliest instant is {format_us(first_us)}",
        )
    return at_us


def withdraw(file: Dossier, number: str, *, by: str, reason: str, now_us: int) -> Change:
    """Take back a version that is not in force: open, or scheduled. What it would have ended goes on."""
    by = identity(by)
    version = named(file, number) if number else None
    if version is None:
        waiting = [each for each in file.versions if each.stage in OPEN or each.state(now_us) == "scheduled"]
        if len(waiting) != 1:
            raise NoSuchVersion(
                f"{'no version' if not waiting else 'more than one version'} of `{file.pack}` could be withdrawn",
                help_="name one; `fairwire policy versions` lists them",
            )
        version = waiting[0]
    state = version.state(now_us)
    if state not in (*OPEN, "scheduled"):
        what = "publish another version to replace it" if state == "in_force" else "it stays on record as it is"
        raise WrongStage(f"`{version.name}` is {words(state)} and cannot be withdrawn", help_=what)
    made = replace(version, stage="withdrawn")
    history = [entry(made, "withdraw", by, now_us, state, "withdrawn", reason)]
    versions, publications, cancelled = [made], [], ""
    if state == "scheduled":
        earlier = file.version(version.previous)
        later = next((each for each in file.published() if each.previous == version.version), None)
        if earlier is not None:
            versions.append(replace(earlier, superseded_us=later.effective_us if later else None))
        if later is not None:
            versions.append(replace(later, previous=version.previous))
        made_public = next(each for each in reversed(file.publications) if each.version == version.version)
        cancelled = made_public.publication_id
        publications.append(replace(made_public, withdrawn_by=by, withdrawn_us=now_us, reason=reason))
    return Change(versions=tuple(versions), publications=tuple(publications), cancel_notices_of=cancelled, history=tuple(history))
