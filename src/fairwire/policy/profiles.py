"""Rules of countries with the days on which they hold: checked so that at most one of a country holds on any day."""

from __future__ import annotations

from fairwire.model.declared import AbandonedCallRate, CallingHours, DoNotCall, RecordingConsent
from fairwire.model.documents import Document, Path
from fairwire.model.errors import FairwireError
from fairwire.model.instants import civil_from_days, days_from_civil
from fairwire.model.policy import Profile
from fairwire.policy.answers import build_changed_answers
from fairwire.policy.errors import WrongProfile
from fairwire.policy.files import CallingHoursFile, HoursFile, ProfileFile
from fairwire.policy.ladders import minutes, seconds

_PATH: Path = ("jurisdiction", "profiles")
_FOREVER = "9999-12-31"


def check_profiles(written: list[tuple[int, ProfileFile]], document: Document) -> list[FairwireError]:
    """Everything that is wrong with the profiles; each comes with its place in the list."""
    errors: list[FairwireError] = []
    for index, each in written:
        errors.extend(_one(each, (*_PATH, index), document))
    for there, (index, each) in enumerate(written):
        for earlier, other in written[:there]:
            if each.country == other.country and _meet(each, other):
                first = document.at((*_PATH, earlier, "from"))
                errors.append(
                    WrongProfile(
                        f"two profiles of {each.country} hold on {max(each.from_, other.from_)}",
                        at=document.at((*_PATH, index, "from")),
                        hint=f"the other one stands on line {first.line}",
                        help_=f"end the earlier one with `until: {max(each.from_, other.from_)}`",
                    )
                )
    return errors


def _meet(one: ProfileFile, other: ProfileFile) -> bool:
    return max(one.from_, other.from_) < min(one.until or _FOREVER, other.until or _FOREVER)


def _one(written: ProfileFile, path: Path, document: Document) -> list[FairwireError]:
    errors: list[FairwireError] = []
    for key, day in (("from", written.from_), ("until", written.until)):
        if day is not None and not _is_day(day):
            errors.append(WrongProfile(f"there is no day `{day}`", at=document.at((*path, key))))
    if written.until is not None and written.until <= written.from_:
        errors.append(
            WrongProfile(
                f"the profile ends on {written.until}, before it holds on any day",
                at=document.at((*path, "until")),
                help_="`until` is the first day on which it no longer holds",
            )
        )
    hours = written.calling_hours
    if hours is not None:
        errors.extend(_backwards(hours, (*path, "calling_hours", "end"), document))
        if hours.weekend is not None:
            errors.extend(_backwards(hours.weekend, (*path, "calling_hours", "weekend", "end"), document))
    return errors


def _backwards(hours: HoursFile, at: Path, document: Document) -> list[FairwireError]:
    if minutes(hours.end) >= minutes(hours.start):
        return []
    return [WrongProfile(f"the hours end at {hours.end}, before they start at {hours.start}", at=document.at(at))]


def _is_day(day: str) -> bool:
    year, month, date = (int(part) for part in day.split("-"))
    return 1 <= month <= 12 and 1 <= date <= 31 and civil_from_days(days_from_civil(year, month, date)) == (year, month, date)


def build_profiles(written: list[ProfileFile]) -> tuple[Profile, ...]:
    """The profiles as planned, by country and day. They must have passed `check_profiles`."""
    return tuple(_profile(each) for each in sorted(written, key=lambda each: (each.country, each.from_)))


def _profile(written: ProfileFile) -> Profile:
    rate, lists, consent = written.abandoned_call_rate, written.do_not_call, written.recording_consent
    return Profile(
        country=written.country,
        from_day=written.from_,
        until_day=written.until,
        calling_hours=None if written.calling_hours is None else _hours(written.calling_hours),
        abandoned_call_rate=None
        if rate is None
        else AbandonedCallRate(
            share=rate.share,
            of=rate.of,
            over_s=seconds(rate.over),
            connect_within_s=None if rate.connect_within is None else seconds(rate.connect_within),
        ),
        do_not_call=None
        if lists is None
        else DoNotCall(
            lists=tuple(lists.lists),
            list_age_s=None if lists.list_age is None else seconds(lists.list_age),
            honour_within=lists.honour_within or "",
        ),
        recording_consent=None if consent is None else RecordingConsent(rule=consent.rule, regions=dict(consent.regions)),
        answers={} if written.answers is None else build_changed_answers(written.answers),
    )


def _hours(written: CallingHoursFile) -> CallingHours:
    weekend: HoursFile | None = written.weekend
    return CallingHours(
        start_min=minutes(written.start),
        end_min=minutes(written.end),
        zone=written.zone,
        weekend_start_min=None if weekend is None else minutes(weekend.start),
        weekend_end_min=None if weekend is None else minutes(weekend.end),
    )
