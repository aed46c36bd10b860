"""How a version reaches one customer: the day it may choose, the version it is judged by, and its agreement."""

from __future__ import annotations

from fairwire.model.instants import format_us
from fairwire.model.versions import Change, ChangeOver, CustomerAcceptance, Dossier, HistoryEntry, PolicyVersion
from fairwire.policy.records import entry, identity, named, words
from fairwire.policy.refusals import ChoiceRefused, NoSuchVersion, WrongStage, span_words


def choice_ends(version: PolicyVersion) -> int | None:
    """The last instant that a customer may choose for its change-over; None where there is nothing to choose: no window, no
    version before, or a window that is over when the version begins for all."""
    begins, terms = version.effective_us, version.terms
    if not terms.window_s or not version.previous or begins is None or version.published_us is None:
        return None
    ends = version.published_us + terms.window_s * 1_000_000
    return ends if ends > begins else None


def change_over(file: Dossier, customer: str, *, on: str, on_us: int, by: str, now_us: int) -> Change:
    """A customer's choice of the day on which the newest version begins for it."""
    by = identity(by)
    published = file.published()
    if not published:
        raise NoSuchVersion(f"no version of `{file.pack}` is published")
    version = published[-1]
    assert version.published_us is not None
    assert version.effective_us is not None
    terms = version.terms
    if not terms.window_s:
        raise ChoiceRefused(f"the terms of `{version.name}` let no customer choose its day of change-over")
    if not version.previous:
        raise ChoiceRefused(f"`{version.name}` is the first version, so there is none to stay under until then")
    last_us = choice_ends(version)
    clause = f" (clause {terms.choice_clause})" if terms.choice_clause else ""
    if last_us is None:
        raise ChoiceRefused(
            f"the window of {span_words(terms.window_s)} that the terms of `{version.name}` give{clause} is over before it "
            f"begins for all, at {format_us(version.effective_us)}"
        )
    if on_us > last_us:
        raise ChoiceRefused(
            f"{on} is after the window of {span_words(terms.window_s)} that the terms of `{version.name}` give{clause}",
            help_=f"the window ends at {format_us(last_us)}",
        )
    if on_us <= max(now_us, version.effective_us):
        since = "it is over" if on_us <= now_us else f"`{version.name}` begins for all at {format_us(version.effective_us)}"
        raise ChoiceRefused(
            f"{on} cannot be chosen: {since}", help_=f"choose a later day; the window ends at {format_us(last_us)}"
        )
    choice = ChangeOver(customer=customer, pack=file.pack, version=version.version, on=on, on_us=on_us, by=by, at_us=now_us)
    before = next((each.on for each in reversed(file.changeovers) if _same_choice(each, choice)), "")
    told = entry(version, "change_over", by, now_us, before, on, "", subject=customer)
    return Change(changeovers=(choice,), history=(told,))


def _same_choice(one: ChangeOver, other: ChangeOver) -> bool:
    return (one.customer, one.version) == (other.customer, other.version)


def version_for(file: Dossier, customer: str, at_us: int) -> PolicyVersion | None:
    """The version by which a customer is judged at an instant; None before the first one begins."""
    version = file.in_force(at_us)
    while version is not None:
        choices = [
            each
            for each in file.changeovers
            if each.customer == customer and each.version == version.version and each.at_us <= at_us
        ]
        latest = max(choices, key=lambda each: each.at_us, default=None)
        before = _before(file, version)
        # Where the version before was taken back, there is nothing to stay with until the day that was chosen.
        if latest is None or at_us >= latest.on_us or before is None:
            return version
        version = before
    return None


def _before(file: Dossier, version: PolicyVersion) -> PolicyVersion | None:
    """The published version that a version replaces."""
    before = file.version(version.previous)
    while before is not None and before.stage != "published":
        before = file.version(before.previous)
    return before


def begins_for(file: Dossier, version: PolicyVersion, customer: str) -> int | None:
    """The instant from which on a customer is judged by a version; None when it is not published."""
    chosen = [each for each in file.changeovers if each.customer == customer and each.version == version.version]
    latest = max(chosen, key=lambda each: each.at_us, default=None)
    return version.effective_us if latest is None or _before(file, version) is None else latest.on_us


def acceptable(file: Dossier, number: str, now_us: int) -> PolicyVersion:
    """The version that a customer's word is about: the one named, else the one in force, else the one to come."""
    if number:
        version = named(file, number)
    else:
        published = file.published()
        found = file.in_force(now_us) or (published[-1] if published else None)
        if found is None:
            raise NoSuchVersion(f"no version of `{file.pack}` is published, so there is nothing to accept")
        version = found
    if version.stage != "published":
        raise WrongStage(f"`{version.name}` is {words(version.stage)}; only a published version can be accepted")
    return version


def accept(
    version: PolicyVersion, customer: str, *, by: str, evidence: str, now_us: int
) -> tuple[CustomerAcceptance, HistoryEntry]:
    """A customer's word that it agrees."""
    by = identity(by)
    accepted = CustomerAcceptance(
        customer=customer, pack=version.pack, version=version.version, how="explicit", at_us=now_us, by=by, evidence=evidence
    )
    return accepted, entry(version, "accept", by, now_us, "", "explicit", evidence, subject=customer)


def accept_by_use(
    version: PolicyVersion, customer: str, *, user: str, event: str, at_us: int, now_us: int
) -> tuple[CustomerAcceptance, HistoryEntry]:
    """Use of the service after a version began, where its terms take that as agreement."""
    by = user or customer
    accepted = CustomerAcceptance(
        customer=customer, pack=version.pack, version=version.version, how="use", at_us=at_us, by=by, evidence=event
    )
    return accepted, entry(version, "accept", by, now_us, "", "use", event, subject=customer)
