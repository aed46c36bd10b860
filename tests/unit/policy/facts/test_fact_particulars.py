"""What a document says about itself: title, version, days, definitions, reporting addresses, terms of change."""

from __future__ import annotations

import pytest

from fairwire.model.prose import Block
from fairwire.policy.facts import particulars

BODY = "\nThis policy says how customers of Acme may use the telephone service, and what happens if they do not obey it.\n"


def of(text: str, **known: str):  # type: ignore[no-untyped-def]
    return particulars(text, (), **known)


DAYS = [
    ("Last updated January 13, 2023", "", [("updated", "2023-01-13", False)]),
    ("Updated on 14 Dec 2023", "", [("updated", "2023-12-14", False)]),
    ("Effective: 1st March 2024", "", [("effective", "2024-03-01", False)]),
    ("Effective Date\nMarch 1, 2024", "", [("effective", "2024-03-01", False)]),
    ("Last Modified on 09/07/2020", "", [("updated", "2020-09-07", True)]),
    ("Last Modified on 09/07/2020", "US", [("updated", "2020-09-07", True)]),
    ("Last Modified on 09/07/2020", "GB", [("updated", "2020-07-09", True)]),
    ("Last Modified on 09/07/2020", "AU", [("updated", "2020-07-09", True)]),
    ("Revised 25/12/2021", "US", [("updated", "2021-12-25", False)]),
    ("Revised 12/25/2021", "GB", [("updated", "2021-12-25", False)]),
    ("Revised 07/07/2021", "", [("updated", "2021-07-07", False)]),
    ("Reviewed: 2022-06-30", "", [("reviewed", "2022-06-30", False)]),
    (
        "In force from 3 April 2019. Issued 1 April 2019",
        "",
        [("effective", "2019-04-03", False), ("published", "2019-04-01", False)],
    ),
    ("Updated: March 2024", "", [("updated", "2024-03-01", True)]),
    ("14 December 2023", "", [("published", "2023-12-14", False)]),
    ("- 14 Dec 2023\n- Updated on 14 Dec 2023", "", [("updated", "2023-12-14", False)]),
    ("Last updated 31/02/2023", "", []),
    ("Last updated 30 February 2023", "", []),
    ("Copyright 2 May 2024 Acme", "", []),
    ("The Act of 5 May 1997 applies to all calls that are made.", "", []),
    ("Next review: 1 May 2030", "", []),
    ("We were founded on 3 March 1999 in a garage near the harbour of a town.", "", []),
]


@pytest.mark.parametrize(("line", "country", "expected"), DAYS)
def test_a_day_is_found_with_its_meaning(line: str, country: str, expected: list[tuple[str, str, bool]]) -> None:
    text = f"Acceptable Use Policy\n{line}\n{BODY}"
    found = particulars(text, (), country=country).dates
    assert [(one.meaning, one.day, one.ambiguous) for one in found] == expected
    assert all(text[one.start : one.end] == one.text for one in found)


VERSIONS = [
    ("Version 2.1", "2.1"),
    ("**Version 3.2**", "3.2"),
    ("v3", "3"),
    ("Rev. B", "B"),
    ("Acceptable Use Policy (Version: 4.0.2)", "4.0.2"),
    ("Policy version 7 | Effective 1 May 2024", "7"),
    ("Use TLS version 1.2 or later for all of the connections to our servers, we say.", None),
    ("A newer version of this page", None),
    ("Smith v. Jones", None),
    ("IPv4 and IPv6", None),
]


@pytest.mark.parametrize(("line", "expected"), VERSIONS)
def test_the_version_is_given_as_written(line: str, expected: str | None) -> None:
    assert of(f"Acceptable Use Policy\n{line}\n{BODY}").version == expected


TITLES = [
    ("• Home\n• Privacy Policy\n• Contact\n\nAcceptable Use Policy\n\nLast updated 1 May 2024\n" + BODY, "Acceptable Use Policy"),
    ("Back to Top\n\n\nFair Usage Policy\n" + BODY, "Fair Usage Policy"),
    ("# Acceptable Use Policy for Cloud Lines\n" + BODY, "Acceptable Use Policy for Cloud Lines"),
    (
        "Example’s Acceptable Use Policy (AUP) is made so that you, our user, use the services as a good citizen would.\n" + BODY,
        "",
    ),
    ("Privacy Policy\nTerms of Service\nAcceptable Usage Policy\n" + BODY, "Acceptable Usage Policy"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), TITLES)
def test_the_title_is_the_line_that_names_the_policy_and_no_menu_entry(text: str, expected: str) -> None:
    assert of(text).title == expected


def test_a_menu_named_as_such_by_the_file_gives_no_title() -> None:
    text = "Acceptable Use Policy\nTerms\nRules for Our Lines\n" + BODY
    places = [(0, 21, "paragraph", "navigation"), (28, 47, "heading", "body"), (49, len(text) - 1, "paragraph", "body")]
    blocks = [
        Block(start=a, end=b, kind=kind, level=1 if kind == "heading" else 0, region=region)  # type: ignore[arg-type]
        for a, b, kind, region in places
    ]
    assert particulars(text, blocks).title == "Rules for Our Lines"


DEFINED = [
    ('"Robocall" means a call that a machine makes.', [("Robocall", '"Robocall" means a call that a machine makes.')]),
    (
        "“Line” shall mean a number.“Hub” refers to a switch.",
        [("Line", "“Line” shall mean a number."), ("Hub", "“Hub” refers to a switch.")],
    ),
    (
        "“SIM Boxes” (also called banks) is a device with cards.",
        [("SIM Boxes", "“SIM Boxes” (also called banks) is a device with cards.")],
    ),
    ("“Customer Gear” the things that You bring.", [("Customer Gear", "“Customer Gear” the things that You bring.")]),
    (
        "Authorised User means a person named in the order.",
        [("Authorised User", "Authorised User means a person named in the order.")],
    ),
    ("This Acceptable Use Policy (“AUP”) applies.", [("AUP", "Acceptable Use Policy (“AUP”)")]),
    ("Acme Voice Ltd (hereinafter referred to as “Acme”) sells lines.", [("Acme", None)]),
    ("sending of mass e-mail (“spam”)", []),
    ("He said “Stop” and it was over.", []),
]


@pytest.mark.parametrize(("line", "expected"), DEFINED)
def test_a_definition_is_found_whole(line: str, expected: list[tuple[str, str | None]]) -> None:
    text = f"Rules\n{line}\n"
    found = of(text).definitions
    assert [one.term for one in found] == [term for term, _ in expected]
    for one, (_, whole) in zip(found, expected, strict=True):
        assert text[one.start : one.end] == one.text
        assert whole is None or one.text == whole


REPORTED = [
    ("Report abuse to abuse@acme.example at any time.", [("email", "abuse@acme.example")]),
    ("To report a violation write to help@acme.example, please.", [("email", "help@acme.example")]),
    ("Complaints of misuse: fraud [at] acme [dot] example", [("email", "fraud@acme.example")]),
    ("Report abuse at https://acme.example/report-abuse.", [("url", "https://acme.example/report-abuse")]),
    ("To report fraud, call +1 202 555 0143 now.", [("phone", "+1 202 555 0143")]),
    ("To report a violation of this policy, please contact us.", [("unnamed", "please contact us")]),
    ("If you become aware of misuse by any person, please contact Acme.", [("unnamed", "please contact Acme")]),
    ("Requests for authorization go to security@acme.example.", []),
    ("Rules against abuse\nTo: all-customers@acme.example\nAbuse is not allowed.", []),
    ("Ask sales@acme.example for a quote.", []),
    ("Please contact us for prices.", []),
]


@pytest.mark.parametrize(("line", "expected"), REPORTED)
def test_addresses_for_reports_are_found_and_others_left_out(line: str, expected: list[tuple[str, str]]) -> None:
    text = f"Rules\n\n{line}\n"
    found = of(text).reporting
    assert [(one.kind, one.value) for one in found] == expected
    assert all(text[one.start : one.end] == one.text for one in found)


CHANGED = [
    ("We may change this policy at any time, effective immediately upon posting.", ("on_posting", False, "unstated", None)),
    ("This AUP may be amended at any time without notice.", ("unstated", False, "unstated", None)),
    ("We may amend these terms on 30 days' notice.", ("after_notice", True, "unstated", 30)),
    ("We may change this policy; changes take effect 14 days after posting.", ("after_notice", False, "unstated", 14)),
    ("We may revise this policy after two weeks' written notice to you.", ("after_notice", True, "unstated", 14)),
    (
        "We may modify this policy. Your continued use of the service constitutes acceptance of it.",
        ("unstated", False, "use", None),
    ),
    ("By using the services, you are agreeing to this Acceptable Use Policy.", ("unstated", False, "use", None)),
    ("We reserve the right to change this policy, of which you will be promptly updated.", ("unstated", True, "unstated", None)),
    (
        "We might alter this AUP out of the blue, and such alterations will be taking effect right now after posting it.",
        ("on_posting", False, "unstated", None),
    ),
    ("We may update this policy and will notify you by e-mail.", ("unstated", True, "unstated", None)),
    ("We may change these terms; you must accept the new terms before you go on.", ("unstated", False, "explicit", None)),
]


@pytest.mark.parametrize(("text", "expected"), CHANGED)
def test_the_terms_of_change_are_read(text: str, expected: tuple[str, bool, str, int | None]) -> None:
    found = of(text).changes
    assert found is not None
    assert (found.effective, found.notice, found.acceptance, found.notice_days) == expected
    assert all(text[one.start : one.end] == one.text for one in found.passages)


@pytest.mark.parametrize(
    "text",
    [
        "You may not modify packets or headers.",
        "Acme may change your service plan.",
        "Users must change passwords regularly.",
        "",
    ],
)
def test_other_changes_are_no_terms_of_change(text: str) -> None:
    assert of(text).changes is None
