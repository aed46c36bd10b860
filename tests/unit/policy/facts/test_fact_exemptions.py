"""Exemptions: the whole exempting part, and the phrases that only look like one."""

from __future__ import annotations

import itertools

import pytest

from fairwire.policy.facts import exemptions

SAID = [
    ("Do not scan our network without our express prior written consent.", ["without our express prior written consent"]),
    ("Do not connect a gateway without Acme's approval. Acme bills you.", ["without Acme's approval"]),
    (
        "Users must not, without the prior written approval of the Provider, resell lines.",
        ["without the prior written approval of the Provider"],
    ),
    ("Storing names without their knowledge or consent", ["without their knowledge or consent"]),
    ("Betting is forbidden on free numbers but allowed on short ones.", ["but allowed on short ones"]),
    ("Entering systems without permission, or trying to.", ["without permission"]),
    ("Steady load is not allowed unless you are on a reserved circuit.", ["unless you are on a reserved circuit"]),
    ("Unless we agreed in writing, you may not resell lines.", ["Unless we agreed in writing"]),
    (
        "Hosting is barred, except if the client has bought a hosting plan from us.",
        ["except if the client has bought a hosting plan from us"],
    ),
    ("No copying, except where permitted by law, is allowed.", ["except where permitted by law"]),
    ("With the exception of emergency calls, calls abroad are barred.", ["With the exception of emergency calls"]),
    ("You may call lists provided that each person has opted in.", ["provided that each person has opted in"]),
    ("Do not use it other than for your own business.", ["other than for your own business"]),
    ("Save as permitted by law, you must not copy the software.", ["Save as permitted by law"]),
    ("Robots are barred (unless we list them) and reported.", ["unless we list them"]),
    ("Forging is barred. The legitimate use of aliases is not prohibited.", ["The legitimate use of aliases is not prohibited."]),
    (
        "This limit does not apply to calls between your own staff.",
        ["This limit does not apply to calls between your own staff."],
    ),
    (
        "Nothing in this section prevents you from testing your own hosts.",
        ["Nothing in this section prevents you from testing your own hosts."],
    ),
    ("Test calls of our engineers are exempt from this rule.", ["Test calls of our engineers are exempt from this rule."]),
    ("Contests are permitted where the law allows them.", ["Contests are permitted where the law allows them."]),
    ("Notwithstanding the above, fax calls are fine.", ["Notwithstanding the above, fax calls are fine."]),
    ("Bulk mail is subject to our prior written consent.", ["subject to our prior written consent"]),
    (
        "No resale unless agreed; no scanning except as authorised by the owner;",
        ["unless agreed", "except as authorised by the owner"],
    ),
    ("Scans are barred without, in each case, the consent of the owner.", ["without, in each case, the consent of the owner"]),
    ("Send no text unless the reader asked for it, and you must keep proof.", ["unless the reader asked for it"]),
    ("Bulk mail is only allowed where readers asked for it.", ["Bulk mail is only allowed where readers asked for it."]),
    ("User licences may move only to replace a leaver.", ["only to replace a leaver"]),
]


@pytest.mark.parametrize(("sentence", "expected"), SAID)
def test_an_exemption_runs_to_its_natural_end(sentence: str, expected: list[str]) -> None:
    assert [one.text for one in exemptions(sentence)] == expected


NOTHING = [
    "We may suspend you without notice and without liability.",
    "Report it without undue delay and without limitation.",
    "This includes, but is not limited to, spam, including without limitation calls.",
    "Without prejudice to our other rights we may act.",
    "These examples are not exhaustive.",
    "Exceptional load is not welcome.",
    "You may not send spam.",
    "Resale is not considered fair.",
    "This list does not include every misuse.",
    "Calls to hubs are not included in the plan.",
    "We may pass on your details without your consent.",
    "Acme has the right, but not the obligation, to look.",
    "Customers must pay all charges.",
    "",
]


@pytest.mark.parametrize("sentence", NOTHING)
def test_phrases_that_exempt_nothing_are_left_out(sentence: str) -> None:
    assert exemptions(sentence) == ()


def test_offsets_count_from_the_start_of_the_document() -> None:
    before = "First line.\n"
    clause = "No robots unless we agree."
    (found,) = exemptions(clause, offset=len(before))
    assert (before + clause)[found.start : found.end] == found.text == "unless we agree"


def test_no_exemption_stands_inside_another() -> None:
    found = exemptions("No calls, unless we agree (except at night) or you hold a permit provided that it is valid.")
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
