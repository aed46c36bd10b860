"""Remedies: what the provider may do, and what customers are merely told not to do."""

from __future__ import annotations

import pytest

from fairwire.policy.facts import remedies

SAID = [
    ("Your line may be suspended or terminated at once.", ("suspend", "terminate")),
    ("We may limit your port speed for a time.", ("limit",)),
    ("Acme may terminate your service or change your service plan.", ("terminate", "change_plan")),
    (
        "We may take any action, including issuing warnings, removing the content or terminating accounts.",
        ("warn", "remove", "terminate"),
    ),
    ("Acme reserves the right to refuse to provide hardware.", ("refuse",)),
    ("Client shall be required to pay all charges immediately.", ("charge",)),
    ("We will cooperate with legal authorities.", ("report",)),
    ("We may investigate any complaint.", ("investigate",)),
    ("If Client has too many users, Acme may suspend or reduce its usage.", ("suspend", "limit")),
    ("Violations are cause for immediate suspension and, if severe, termination.", ("suspend", "terminate")),
    ("We keep whatever authority is needed to end the help of any client who breaks this policy.", ("terminate",)),
    ("We may, without notice, disconnect you.", ("terminate",)),
    ("You will be charged $25 for each complaint.", ("charge",)),
    ("A first breach earns a written warning; we will give you a warning by mail.", ("warn",)),
    ("Offending material may be deleted.", ("remove",)),
    ("We may report unlawful acts to the police and the relevant authorities.", ("report",)),
    ("Heavy users will be moved to a metered plan.", ("change_plan",)),
    ("Your traffic may be throttled.", ("limit",)),
    ("A clean-up fee of $50 will be charged.", ("charge",)),
    ("If it goes on we will disable the port and may end the contract.", ("suspend", "terminate")),
    ("On a breach the Provider shall be entitled to terminate the contract and to recover all costs.", ("terminate", "charge")),
    ("Sanctions may include a formal warning or disconnection.", ("warn", "terminate")),
    ("Acme's engineers will investigate the traffic.", ("investigate",)),
    ("If Acme believes that you broke a rule it may, without notice, suspend or terminate the line.", ("suspend", "terminate")),
    ("On the second complaint the account is suspended for a week, and on the third it is closed.", ("suspend", "terminate")),
    ("If your account is suspended, you can write to us.", ()),
    ("Second complaint: suspension for a week and a fee of $20", ("suspend", "charge")),
    ("1st warning: the stream is banned for 1 week", ("suspend",)),
    ("3rd warning: banned permanently.", ("terminate",)),
    ("A surcharge of $0.01 per short call applies.", ("charge",)),
    ("Our liability is limited to what you paid.", ()),
    ("We help to reduce crime on the Internet.", ()),
    ("Acme blocks and disables lines that are abused.", ()),
]


@pytest.mark.parametrize(("sentence", "expected"), SAID)
def test_what_the_provider_may_do_is_found_in_the_order_of_the_text(sentence: str, expected: tuple[str, ...]) -> None:
    assert remedies(sentence) == expected


NOTHING = [
    "You may not remove any copyright notices.",
    "Customer shall not block, disable or interrupt our systems.",
    "You may cancel at any time.",
    "Customers must be removed from the list within ten days.",
    "Users must not terminate calls of others.",
    "Call termination is a service we sell.",
    "Emergency calls are never blocked.",
    "The user limit is stated in the order.",
    "Use is limited to the number of users.",
    "You must not disrupt, disable or limit the network of others.",
    "By the end of the month",
    "Sending mail bombs",
    "",
]


@pytest.mark.parametrize("sentence", NOTHING)
def test_what_customers_are_told_is_no_remedy(sentence: str) -> None:
    assert remedies(sentence) == ()


def test_a_remedy_is_given_once_where_it_was_said_first() -> None:
    assert remedies("We may suspend you. We may terminate and suspend you.") == ("suspend", "terminate")


def test_a_lead_in_says_who_acts() -> None:
    assert remedies("bill you for the excess;", lead_in="In such a case we may:") == ("charge",)
    assert remedies("bill others for calls;", lead_in="You may not:") == ()
