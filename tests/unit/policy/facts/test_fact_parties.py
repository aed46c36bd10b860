"""Whose duty or right a clause is."""

from __future__ import annotations

import pytest

from fairwire.policy.facts import party

CUSTOMER = [
    ("You may not send spam.", ""),
    ("Customer shall keep passwords secret.", ""),
    ("Users must not share accounts.", ""),
    ("Customer and its users shall obey.", ""),
    ("Neither you nor persons who call through you shall use the service to harass.", ""),
    ("Not connect any gateway to the system", "Client shall:"),
    ("the service is not to be tampered with", "Client acknowledges and agrees that:"),
    ("Sending mail bombs.", "The following activities are not allowed:"),
    ("with auto diallers;", "Customer may not use the cloud services:"),
    ("Our services may not be used to threaten others.", ""),
    ("Numbers of Acme cannot be used for text messages.", ""),
    ("Sharing of passwords is prohibited.", ""),
    ("We do not allow port scans.", ""),
    ("Acme strictly prohibits robocalls.", ""),
    ("Distributing viruses", ""),
    ("Acme expects its customers to respect others.", ""),
    ("It is the obligation of the client to guard its password.", ""),
    ("Passwords must be changed often.", ""),
    ("The client shouldn't share its login with anybody.", ""),
    ("Access is subject to the user limits of the order.", ""),
    ("Pages must not hold films of others.", "We switch off any page that fails to meet these requirements:"),
    ("Sharing our player's password is a breach, unless we have agreed to it.", ""),
    ("Violent and hateful content is not permitted in any form.", ""),
    ("The affiliate has to report what it plays.", ""),
    ("", ""),
]
PROVIDER = [
    ("We may change this policy.", ""),
    ("Acme reserves the right to end the service.", ""),
    ("Example Voice Ltd will answer within two days.", ""),
    ("JNS may terminate your service.", ""),
    ("If you exceed the limit, we may suspend your line.", ""),
    ("If Client is late, Acme may bill interest.", ""),
    ("Your line may be suspended without notice.", ""),
    ("You will be charged for it.", ""),
    ("Our abuse team will look into each report.", ""),
    ("If it goes on we will act.", ""),
    ("Acme shall not be liable for the content of others.", ""),
    ("This policy may be revised at any time.", ""),
    ("The company will investigate complaints.", ""),
    ("Violations may result in termination of the account.", ""),
    ("Any failure to enforce this policy is no waiver of it; a delay does not waive it.", ""),
    ("Acme will update the service from time to time", "Client acknowledges and agrees that:"),
    ("If Acme believes that a rule was broken it may, without notice, close the line.", ""),
    ("On the second complaint the account is suspended for a week.", ""),
    ("Suspend the service at once", "In such cases we may:"),
]


@pytest.mark.parametrize(("clause", "lead_in"), CUSTOMER)
def test_duties_and_prohibitions_are_the_customers(clause: str, lead_in: str) -> None:
    assert party(clause, lead_in=lead_in) == "customer"


@pytest.mark.parametrize(("clause", "lead_in"), PROVIDER)
def test_rights_to_act_are_the_providers(clause: str, lead_in: str) -> None:
    assert party(clause, lead_in=lead_in) == "provider"
