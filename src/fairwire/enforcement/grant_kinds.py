"""What each kind of grant is: what it must and may name, what it silences, and what of a security test may show as which events.

A grant silences through words: the entitlements that detectors name. Nothing of fraud, of harm to people or of calls for help has
such a word but the signs of a gateway, for which there is a consent; a test holds us to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fairwire.model.declared import WorkflowKind
from fairwire.model.grants import GrantKind, System, TestType

PART = ("addresses", "sources", "ports", "types", "systems", "sites", "numbers", "campaigns")
"""The fields of a scope."""


class KindFacts(NamedTuple):
    """One kind of grant."""

    title: str
    words: tuple[str, ...]
    """Entitlements that it stands for."""
    topics: tuple[str, ...]
    """Topics of the clauses that it makes an exception to, the leading one first."""
    workflow: WorkflowKind
    may: frozenset[str]
    """Fields of the scope that it may name."""
    one_of: tuple[str, ...] = ()
    """Of these it must name at least one."""
    must: tuple[str, ...] = ()
    """All of these it must name."""
    ends: bool = False
    """It must have an end."""
    longest_days: int = 1096
    first: bool = False
    """Permission must come before the deed: it holds from the decision on at the earliest."""
    paper: bool = False
    """It is in writing: without a document it cannot be granted."""


_CALLS = frozenset({"addresses", "sites", "numbers", "campaigns"})

KINDS: Mapping[GrantKind, KindFacts] = {
    "penetration_test": KindFacts(
        title="a security test",
        words=("security_test",),
        topics=("penetration_testing", "network_scanning", "intrusion"),
        workflow="authorisation",
        may=frozenset({"addresses", "sources", "ports", "types", "systems"}),
        one_of=("addresses", "systems"),
        must=("types",),
        ends=True,
        longest_days=31,
        first=True,
    ),
    "gsm_gateway": KindFacts(
        title="a GSM gateway or SIM box",
        words=("gsm_gateway",),
        topics=("sim_boxes",),
        workflow="consent",
        may=frozenset({"addresses", "sites", "numbers"}),
        ends=True,
        paper=True,
    ),
    "registered_dialler": KindFacts(
        title="a registered dialler",
        words=("registered_dialler",),
        topics=("auto_dialling", "robocalls", "unsolicited_calls"),
        workflow="consent",
        may=_CALLS,
    ),
    "registered_campaign": KindFacts(
        title="a registered campaign",
        words=("registered_campaign", "registered_messaging_campaign"),
        topics=("robocalls", "unsolicited_calls", "text_spam", "mail_spam"),
        workflow="consent",
        may=_CALLS,
    ),
    "opt_in_proof": KindFacts(
        title="a proof of opt-in",
        words=("consent_on_file", "bulk_mail_opt_in"),
        topics=("unsolicited_calls", "do_not_call", "text_spam", "mail_spam"),
        workflow="consent",
        may=frozenset({"numbers", "campaigns"}),
        paper=True,
    ),
    "guaranteed_bandwidth": KindFacts(
        title="guaranteed bandwidth",
        words=("guaranteed_bandwidth",),
        topics=("sustained_throughput", "noisy_neighbour"),
        workflow="consent",
        may=frozenset(),
    ),
    "dedicated_hosting": KindFacts(
        title="dedicated hosting",
        words=("dedicated_hosting", "dedicated_machine"),
        topics=("hosted_servers", "noisy_neighbour"),
        workflow="consent",
        may=frozenset(),
    ),
    "verified_number": KindFacts(
        title="a verified number",
        words=(),
        topics=("caller_id", "impersonation", "telecom_regulations"),
        workflow="consent",
        may=frozenset({"numbers"}),
        must=("numbers",),
    ),
    "number_hosting": KindFacts(
        title="a letter on hosted numbers",
        words=("sms_hosting_agreed",),
        topics=("third_party_sms",),
        workflow="consent",
        may=frozenset({"numbers"}),
        must=("numbers",),
        paper=True,
    ),
}

LOAD_WORD = "authorised_load_test"
"""What a test of the type `denial_of_service` silences besides."""

SHOWS: Mapping[TestType, Mapping[str, frozenset[str]]] = {
    "network_scan": {"net.alert": frozenset({"scan"}), "net.flow": frozenset()},
    "vulnerability_scan": {"net.alert": frozenset({"scan", "intrusion"}), "net.flow": frozenset(), "api.request": frozenset()},
    "exploitation": {"net.alert": frozenset({"scan", "intrusion"}), "net.flow": frozenset(), "api.request": frozenset()},
    "password_guessing": {"auth.login": frozenset(), "auth.register": frozenset()},
    "telephony": {
        "call.attempt": frozenset(),
        "call.answered": frozenset(),
        "call.ended": frozenset(),
        "auth.register": frozenset(),
    },
    "api": {"api.request": frozenset()},
    "interception": {"net.alert": frozenset({"snoop", "spoof"})},
    "malware_test": {"content.scanned": frozenset()},
    "denial_of_service": {
        "net.alert": frozenset({"dos"}),
        "net.flow": frozenset(),
        "auth.register": frozenset(),
        "call.attempt": frozenset(),
        "call.answered": frozenset(),
        "call.ended": frozenset(),
    },
}
"""Type of a test -> events it may show as; of alerts, the categories."""

SYSTEM_OF: Mapping[str, System] = {
    "api.request": "api",
    "auth.login": "login",
    "auth.register": "registrar",
    "call.attempt": "telephony",
    "call.answered": "telephony",
    "call.ended": "telephony",
    "content.scanned": "upload",
}
"""What is tested by an event that names no address of ours."""


def words_of(kind: GrantKind, types: tuple[TestType, ...] = ()) -> tuple[str, ...]:
    """Entitlements that a grant of a kind stands for; of a test, by what it does."""
    return (*KINDS[kind].words, LOAD_WORD) if "denial_of_service" in types else KINDS[kind].words
