"""The life of a version: what may follow what, what is refused with which words, and what holds after any acts at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.errors import FairwireError
from fairwire.model.instants import DAY_US, parse_us
from fairwire.model.policy import Clause, Pack
from fairwire.model.versions import Change, Dossier, State, VersionTerms
from fairwire.policy import adoption, lifecycle
from fairwire.policy.changed import changed_sentences
from fairwire.policy.identities import same_person
from fairwire.policy.records import number_key
from fairwire.policy.refusals import SelfApproval

NOON = parse_us("2026-03-02T12:00:00Z")
CHOICE = VersionTerms(effective="scheduled", window_s=30 * 86400, acceptance="explicit", choice_clause="N15")
MONTH_AHEAD = VersionTerms(effective="after_notice", before_s=30 * 86400, notice_clause="W11")


def pack(text: str = "one", *, decides: str = "d1", gist: str = "Do no harm.") -> Pack:
    clause = Clause(id="A1", gist=gist, place="1", controls=("terms",), topics=("t",), ladder="l", status="not_yet", reason=text)
    return Pack(
        id="acme",
        title="Acme",
        version=decides,
        document="Acme, 2026",
        clauses={"A1": clause},
        ladders={},
        modes={},
        parameters={},
    )


def after(file: Dossier, change: Change) -> Dossier:
    """What is on record once a change is written."""
    versions = {each.version: each for each in file.versions} | {each.version: each for each in change.versions}
    publications = {each.publication_id: each for each in (*file.publications, *change.publications)}
    return Dossier(
        pack=file.pack,
        versions=tuple(sorted(versions.values(), key=lambda each: number_key(each.version))),
        reviews=(*file.reviews, *change.reviews),
        publications=tuple(publications.values()),
        changeovers=(*file.changeovers, *change.changeovers),
    )


class Office:
    """One pack's record, and people who act on it."""

    def __init__(self, terms: VersionTerms | None = None) -> None:
        self.file = Dossier(pack="acme")
        self.terms = terms or VersionTerms()
        self.now = NOON

    def act(self, change: Change) -> None:
        self.file = after(self.file, change)

    def submit(
        self, text: str = "one", *, by: str = "ana", number: str = "", draft: bool = False, of: Pack | None = None
    ) -> None:
        texts = {"pack.yaml": text}
        made = pack(text, decides=text)
        self.act(lifecycle.submit(self.file, made, texts, self.terms, by=by, now_us=self.now, number=number, draft=draft))

    def review(self, by: str = "ben", *, number: str = "", reject: bool = False, reason: str = "read") -> None:
        verdict = "reject" if reject else "approve"
        self.act(lifecycle.review(self.file, number, by=by, verdict=verdict, reason=reason, now_us=self.now))  # type: ignore[arg-type]

    def publish(self, at: str | None = None, *, by: str = "ben", number: str = "") -> None:
        at_us = None if at is None else parse_us(at)
        self.act(lifecycle.publish(self.file, number, by=by, at_us=at_us, now_us=self.now))

    def withdraw(self, number: str = "", *, by: str = "ana") -> None:
        self.act(lifecycle.withdraw(self.file, number, by=by, reason="no", now_us=self.now))

    def choose(self, customer: str, on: str, by: str = "kim") -> None:
        on_us = parse_us(f"{on}T00:00:00Z")
        self.act(adoption.change_over(self.file, customer, on=on, on_us=on_us, by=by, now_us=self.now))

    def whole(self, text: str, at: str | None = None) -> None:
        self.submit(text)
        self.review()
        self.publish(at)

    def states(self) -> dict[str, State]:
        return {each.version: each.state(self.now) for each in self.file.versions}


def refused(act: Callable[[], object]) -> str:
    """The sentence of a refusal."""
    with pytest.raises(FairwireError) as caught:
        act()
    return f"{caught.value.code} {caught.value.sentence()}"


def test_a_version_goes_from_draft_to_superseded_and_the_next_begins_at_that_instant() -> None:
    office = Office()
    office.submit("one", draft=True)
    assert office.states() == {"1.0.0": "draft"}
    office.submit("one")
    assert office.states() == {"1.0.0": "in_review"}
    office.review()
    assert office.states() == {"1.0.0": "approved"}
    office.publish()
    assert office.states() == {"1.0.0": "in_force"}
    office.whole("two", "2026-03-09T00:00:00Z")
    assert office.states() == {"1.0.0": "in_force", "1.0.1": "scheduled"}
    first, second = office.file.versions
    assert first.superseded_us == second.effective_us == parse_us("2026-03-09T00:00:00Z")
    office.now = parse_us("2026-03-09T00:00:00Z") - 1
    assert office.states() == {"1.0.0": "in_force", "1.0.1": "scheduled"}
    office.now += 1
    assert office.states() == {"1.0.0": "superseded", "1.0.1": "in_force"}


@pytest.mark.parametrize(
    ("author", "approver"),
    [
        ("ana", "ANA"),
        ("Ana Ortiz", "ana.ortiz@acme.example"),
        ("Ana Ortiz", "a n a  ortiz"),
        ("José", "jose"),
        ("ana", "аnа"),  # with two Cyrillic letters
        ("ana", "a\u200bna"),
        ("Straße", "STRASSE"),
        ("ana@acme.example", "Ana <ana+review@acme.example>"),
    ],
)
def test_the_author_cannot_approve_under_another_spelling(author: str, approver: str) -> None:
    office = Office()
    office.submit(by=author)
    with pytest.raises((SelfApproval, FairwireError)):
        office.review(by=approver)
    assert office.states() == {"1.0.0": "in_review"}


def test_two_people_are_two_people() -> None:
    assert not same_person("Ana Ortiz", "Ben Kay")
    assert not same_person("ana@acme.example", "ben@acme.example")


def test_the_sentences_of_self_approval_say_who_is_who() -> None:
    office = Office()
    office.submit(by="Ana")
    assert refused(lambda: office.review(by="Ana")) == (
        "FW-VER-003 `Ana` wrote `acme@1.0.0` and cannot approve it; it stays in review; somebody else must approve it"
    )
    assert refused(lambda: office.review(by="ana@acme.example")) == (
        "FW-VER-003 `ana@acme.example` may be `Ana`, who wrote `acme@1.0.0` and cannot approve it; "
        "it stays in review; somebody else must approve it"
    )


def test_whoever_changed_a_text_in_review_cannot_approve_it_either() -> None:
    office = Office()
    office.submit("one", by="ana")
    office.submit("two", by="ben")
    assert "`ana` wrote" in refused(lambda: office.review(by="ana"))
    assert "`ben` wrote" in refused(lambda: office.review(by="ben"))
    office.review(by="cid")
    assert office.states() == {"1.0.0": "approved"}


def test_an_edit_after_the_approval_voids_it() -> None:
    office = Office()
    office.submit("one")
    office.review()
    office.submit("two")
    assert office.states() == {"1.0.0": "in_review"}
    assert refused(office.publish) == (
        "FW-VER-002 no version of `acme` is approved: `acme@1.0.0` is in review; "
        "somebody else approves it with `fairwire policy review --approve`"
    )


def test_a_record_that_was_tampered_with_after_the_approval_is_not_published() -> None:
    office = Office()
    office.submit("one")
    office.review()
    (version,) = office.file.versions
    office.file = msgspec.structs.replace(office.file, versions=(msgspec.structs.replace(version, content="0" * 64),))
    assert refused(office.publish) == (
        "FW-VER-004 nobody has approved this text of `acme@1.0.0`; an approval is of one exact text; have it reviewed again"
    )


def test_what_is_refused_says_what_is_still_true_and_what_to_do() -> None:
    office = Office()
    assert refused(office.review) == (
        "FW-VER-001 no version of `acme` was handed in yet; `fairwire policy submit PACK_DIR` does it"
    )
    office.submit("one")
    assert refused(lambda: office.submit("one")) == "FW-VER-007 `acme@1.0.0` has this very text, and is in review"
    assert refused(lambda: office.submit("two", number="1.1.0")) == (
        "FW-VER-002 `acme@1.0.0` is in review; hand the text in as 1.0.0, or withdraw that one first"
    )
    assert refused(lambda: office.review(reason=" ")) == (
        "FW-VER-002 a review without a reason is none; say why with `--reason TEXT`"
    )
    assert refused(lambda: office.review(by="")) == "FW-VER-009 nobody is named; say who does this with `--by NAME`"
    assert refused(lambda: office.review(by="\x1b[2J")) == (
        "FW-VER-009 the name holds a control character; give it as plain text with `--by NAME`"
    )
    assert refused(lambda: office.publish(number="9.9.9")) == "FW-VER-001 there is no `acme@9.9.9`; there are: 1.0.0"
    assert refused(lambda: office.publish(number="nine")) == (
        "FW-VER-001 `nine` is not a version number; write major.minor.patch, such as 1.2.0"
    )
    office.review()
    assert refused(lambda: office.publish("2026-03-01T00:00:00Z")) == (
        "FW-VER-005 2026-03-01T00:00:00Z has passed: it is 2026-03-02T12:00:00Z; "
        "a version cannot have been in force before it was published; leave `--at` out for at once"
    )
    office.publish()
    assert refused(office.withdraw) == (
        "FW-VER-001 no version of `acme` could be withdrawn; name one; `fairwire policy versions` lists them"
    )
    assert refused(lambda: office.withdraw("1.0.0")) == (
        "FW-VER-002 `acme@1.0.0` is in force and cannot be withdrawn; publish another version to replace it"
    )
    assert refused(lambda: office.submit("one")) == "FW-VER-007 `acme@1.0.0` has this very text; change the pack's files first"
    assert refused(lambda: office.submit("two", number="1.0.0")) == (
        "FW-VER-008 `acme@1.0.0` cannot be given: the number was given to a version that is published; "
        "raise `version` in pack.yaml; for what has changed since, 1.0.1 is the next"
    )
    assert refused(lambda: office.submit("two", number="0.9.0")) == (
        "FW-VER-008 `acme@0.9.0` cannot be given: the published version is 1.0.0; "
        "raise `version` in pack.yaml; for what has changed since, 1.0.1 is the next"
    )


def test_two_versions_in_force_at_once_are_refused() -> None:
    office = Office()
    office.whole("one")
    office.whole("two", "2026-03-09T00:00:00Z")
    office.submit("three")
    office.review()
    assert refused(lambda: office.publish("2026-03-09T00:00:00Z")) == (
        "FW-VER-006 `acme@1.0.1` begins at 2026-03-09T00:00:00Z, and two versions cannot be in force at once; "
        "choose another instant with `--at`, or withdraw the other"
    )
    assert refused(lambda: office.publish("2026-03-05T00:00:00Z")) == (
        "FW-VER-006 `acme@1.0.1` begins later, at 2026-03-09T00:00:00Z, and would put an older text back in force; "
        "withdraw it, or choose a later instant with `--at`"
    )
    office.publish("2026-03-09T00:00:01Z")
    office.now = parse_us("2026-03-09T00:00:00Z")
    assert office.states() == {"1.0.0": "superseded", "1.0.1": "in_force", "1.0.2": "scheduled"}


def test_the_terms_of_notice_are_kept() -> None:
    office = Office(MONTH_AHEAD)
    office.whole("one")
    assert office.states() == {"1.0.0": "in_force"}, "the first version on record changes nothing for anybody"
    office.submit("two")
    office.review()
    assert refused(lambda: office.publish("2026-03-31T12:00:00Z")) == (
        "FW-VER-005 by the policy's own terms customers are told 30 days before a change (clause W11), "
        "and 2026-03-31T12:00:00Z is sooner; the earliest instant is 2026-04-01T12:00:00Z"
    )
    office.publish()
    assert office.file.versions[1].effective_us == parse_us("2026-04-01T12:00:00Z"), "as soon as its terms allow"


def test_a_scheduled_version_that_is_withdrawn_leaves_the_old_one_in_force() -> None:
    office = Office()
    office.whole("one")
    office.whole("two", "2026-03-09T00:00:00Z")
    office.withdraw()
    assert office.states() == {"1.0.0": "in_force", "1.0.1": "withdrawn"}
    assert office.file.versions[0].superseded_us is None
    assert office.file.publications[1].withdrawn_by == "ana"
    office.now = parse_us("2026-03-10T00:00:00Z")
    assert office.states()["1.0.0"] == "in_force"
    office.whole("two")
    assert office.states() == {"1.0.0": "superseded", "1.0.1": "withdrawn", "1.0.2": "in_force"}


def test_a_version_between_two_others_that_is_withdrawn_leaves_no_gap_and_no_overlap() -> None:
    office = Office(CHOICE)
    office.whole("one", "2026-03-03T00:00:00Z")
    office.whole("two", "2026-03-09T00:00:00Z")
    office.whole("three", "2026-03-12T00:00:00Z")
    office.withdraw("1.0.1")
    first, _, third = office.file.versions
    assert first.superseded_us == third.effective_us == parse_us("2026-03-12T00:00:00Z")
    assert third.previous == "1.0.0", "what a customer stays under until the day it chose"


def test_the_number_goes_as_far_as_the_change_does() -> None:
    assert lifecycle.raised("1.4.2", "patch") == "1.4.3"
    assert lifecycle.raised("1.4.2", "minor") == "1.5.0"
    assert lifecycle.raised("1.4.2", "major") == "2.0.0"
    assert lifecycle.raised("1.4.2", "none") == "1.4.3", "another text has another number"


def test_what_has_changed_is_told_without_thresholds() -> None:
    before = pack()
    changed = pack(decides="d2", gist="Do good.")
    assert changed_sentences(before, changed) == ("Now: Do good. Before: Do no harm.",)
    tuned = msgspec.structs.replace(pack(decides="d3"), parameters={"voice.x": {"limit": 5.0}})
    assert changed_sentences(before, tuned) == ("How we watch for what is forbidden was adjusted.",)
    assert changed_sentences(before, pack("other")) == (
        "Only wording was changed; what you agree to, and how we enforce it, stay the same.",
    )


def test_a_customer_that_chose_a_day_stays_under_the_version_before_until_it_begins() -> None:
    office = Office(CHOICE)
    office.whole("one")
    office.whole("two", "2026-03-10T00:00:00Z")
    office.choose("late", "2026-03-20")
    numbers = {}
    for day in ("2026-03-09", "2026-03-10", "2026-03-19", "2026-03-20", "2026-04-20"):
        at = parse_us(f"{day}T00:00:00Z")
        numbers[day] = [
            found.version if (found := adoption.version_for(office.file, who, at)) else "" for who in ("late", "other")
        ]
    assert numbers == {
        "2026-03-09": ["1.0.0", "1.0.0"],
        "2026-03-10": ["1.0.0", "1.0.1"],
        "2026-03-19": ["1.0.0", "1.0.1"],
        "2026-03-20": ["1.0.1", "1.0.1"],
        "2026-04-20": ["1.0.1", "1.0.1"],
    }
    assert adoption.begins_for(office.file, office.file.versions[1], "late") == parse_us("2026-03-20T00:00:00Z")


def test_a_choice_that_the_policy_does_not_grant_is_refused() -> None:
    plain = Office()
    plain.whole("one")
    assert refused(lambda: plain.choose("c", "2026-03-20")) == (
        "FW-VER-010 the terms of `acme@1.0.0` let no customer choose its day of change-over"
    )
    office = Office(CHOICE)
    office.whole("one", "2026-03-03T00:00:00Z")
    assert refused(lambda: office.choose("c", "2026-03-20")) == (
        "FW-VER-010 `acme@1.0.0` is the first version, so there is none to stay under until then"
    )
    office.whole("two", "2026-03-10T00:00:00Z")
    office.now = parse_us("2026-03-15T00:00:00Z")
    assert refused(lambda: office.choose("c", "2026-03-14")) == (
        "FW-VER-010 2026-03-14 cannot be chosen: it is over; choose a later day; the window ends at 2026-04-01T12:00:00Z"
    )


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "approve", "reject", "publish", "whole", "withdraw", "choose", "wait"]), st.integers(0, 9)
    ),
    max_size=40,
)


@given(ACTS)
def test_after_any_acts_one_version_at_most_is_in_force_at_any_instant_and_none_is_lost(acts: list[tuple[str, int]]) -> None:
    office = Office(msgspec.structs.replace(CHOICE, effective="on_posting"))
    seen: set[str] = set()
    for count, (what, number) in enumerate(acts):
        with suppress(FairwireError):  # refused: nothing was written
            if what == "submit":
                office.submit(f"{count}", by="ana" if number % 2 else "ben")
            elif what in ("approve", "reject"):
                office.review(by="ben" if number % 2 else "ana", reject=what == "reject")
            elif what in ("publish", "whole"):
                if what == "whole":
                    office.submit(f"{count}", by="ana")
                    office.review("ben")
                at_us = office.now + number * DAY_US if number else None
                office.act(lifecycle.publish(office.file, "", by="cid", at_us=at_us, now_us=office.now))
            elif what == "withdraw":
                waiting = [each.version for each in office.file.versions if each.state(office.now) == "scheduled"]
                office.withdraw(waiting[number % len(waiting)] if waiting and number else "")
            elif what == "choose":
                day = office.now // DAY_US * DAY_US + number * DAY_US
                office.act(adoption.change_over(office.file, "c", on=str(day), on_us=day, by="kim", now_us=office.now))
            else:
                office.now += number * DAY_US // 3
        seen |= {each.version for each in office.file.versions}
    assert seen == {each.version for each in office.file.versions}
    published = office.file.published()
    instants = {at for each in published for at in (each.effective_us, each.superseded_us) if at is not None}
    for at in sorted(instants | {each - 1 for each in instants}):
        inside = [each.version for each in published if each.state(at) == "in_force"]
        assert len(inside) <= 1
        assert bool(inside) == (at >= (published[0].effective_us or 0))
        judged = adoption.version_for(office.file, "c", at)
        assert (judged is None) == (not inside)
    for each in published:
        approval = [review for review in office.file.reviews if review.version == each.version][-1]
        assert approval.verdict == "approve"
        assert approval.content == each.content
        assert not any(same_person(author, approval.reviewer) for author in each.authors)
