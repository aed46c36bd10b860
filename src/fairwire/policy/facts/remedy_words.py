"""The words and phrases that name what a provider does about a violation."""

from __future__ import annotations

import re

from fairwire.model.imported import Remedy

_VERBS: dict[Remedy, str] = {
    "warn": "warn",
    "limit": "limit restrict reduce throttle cap slow shape curtail constrain degrade deprioritise deprioritize",
    "suspend": "suspend disable deactivate block bar freeze interrupt lock quarantine isolate pause withhold",
    "terminate": "terminate cancel discontinue disconnect close withdraw revoke end ban rescind expel",
    "remove": "remove delete erase purge unpublish",
    "charge": "charge invoice bill surcharge levy",
    "refuse": "refuse reject decline deny",
    "investigate": "investigate audit",
}
_IRREGULAR = {
    "frozen": "freeze",
    "withdrawn": "withdraw",
    "withheld": "withhold",
    "barred": "bar",
    "barring": "bar",
    "capped": "cap",
    "capping": "cap",
    "banned": "ban",
    "banning": "ban",
    "cancelled": "cancel",
    "cancelling": "cancel",
    "expelled": "expel",
    "expelling": "expel",
}
_NOUNS: dict[Remedy, str] = {
    "warn": "warning warnings",
    "limit": "throttling restriction restrictions",
    "suspend": "suspension suspensions deactivation interruption",
    "terminate": "termination cancellation cancelation disconnection discontinuance expulsion",
    "remove": "removal deletion",
    "charge": "surcharge surcharges fine fines overage",
    "refuse": "refusal",
    "investigate": "investigation investigations",
}


def _forms() -> dict[str, tuple[Remedy, str]]:
    """Every form of every verb: its remedy, and whether it is the `verb`, an `ing` or an `ed` form."""
    forms: dict[str, tuple[Remedy, str]] = {}
    verbs: dict[str, Remedy] = {}
    for remedy, listed in _VERBS.items():
        for verb in listed.split():
            verbs[verb] = remedy
            stem = verb.removesuffix("e")
            past = verb[:-1] + "ied" if verb in ("deny",) else stem + "ed"
            third = verb[:-1] + "ies" if verb in ("deny",) else verb + "s"
            forms |= {verb: (remedy, "verb"), third: (remedy, "verb"), stem + "ing": (remedy, "ing"), past: (remedy, "ed")}
    for form, verb in _IRREGULAR.items():
        forms[form] = (verbs[verb], "ing" if form.endswith("ing") else "ed")
    return forms


FORMS = _forms()
"""A form of a verb: its remedy and shape."""
NOUNS: dict[str, Remedy] = {noun: remedy for remedy, listed in _NOUNS.items() for noun in listed.split()}

_SOME = r"(?:\s+[\w'’-]{1,20},?)"
_FEES = r"(?:fees?|charges?|surcharges?|penalty|penalties|fines?|costs)\b"
_BODIES = (
    r"(?:law[\s-]enforcement|police|(?:legal|relevant|appropriate|competent|proper|government|governmental|regulatory|"
    r"civil|criminal|"
    r"public|judicial|local)\s+(?:\w{1,20}\s+){0,2}?(?:authorit|agenc|official|bod)\w{1,4})"
)
_WRITTEN: dict[Remedy, tuple[str, ...]] = {
    "change_plan": (
        (
            rf"(?:chang|switch|mov|migrat|upgrad|downgrad|transfer|convert|modif|alter)\w{{0,3}}{_SOME}{{0,6}}?"
            r"\s+(?:(?:service\s+)?plans?|packages?|tariffs?|tiers?|metered\s+\w{1,20})\b"
        ),
        r"offer\w{0,3}\s+(?:\w{1,20}\s+){0,2}?alternat\w{1,4}\s+(?:\w{1,20}\s+){0,2}?plans?\b",
    ),
    "charge": (
        r"(?:required|liable|obliged|obligated|agrees?)\s+(?:to\s+)?(?:\w{1,12}ly\s+)?pay\b",
        (
            r"(?:shall|must|will)\s+(?:\w{1,12}ly\s+)?pay\s+(?:for\s+)?(?:\w{1,20}\s+){0,4}?(?:invoices?|charges?|fees?|"
            r"costs?|penalt\w{1,3}|fines?)\b"
        ),
        rf"(?:liable|responsible)\s+for{_SOME}{{0,6}}?\s+{_FEES}",
        r"pay\s+(?:any|all|the|an|such|for)\s+(?:\w{1,20}\s+){0,3}?(?:invoices?|charges?|fees?|costs?|penalt\w{1,3}|fines?)\b",
        rf"indemnif(?:y|ies)\b{_SOME}{{0,8}}?\s+(?:charges?|penalt\w{{1,3}}|fines?)\b",
        rf"(?:impos|assess|apply|appli|recover|incur|subject\s+to)\w{{0,3}}(?:\s+[\w'’$£€.,-]{{1,20}}){{0,6}}?\s+{_FEES}",
        (
            r"(?:additional|excess|overage|extra|clean-?up|reconnection|reinstatement|administrative|"
            r"administration)\s+(?:usage\s+)?"
            r"(?:charges?|fees?)\s+(?:may|will|shall)\b"
        ),
        (
            r"(?:fees?|charges?|surcharges?|penalt\w{1,3}|fines?)\s+(?:\w{1,20}\s+){0,3}?(?:may|will|"
            r"shall)\s+(?:also\s+)?(?:be\s+)?"
            r"(?:assessed|applied|charged|imposed|payable|levied|apply|due|incurred|added)\b"
        ),
        rf"{_FEES}(?:\s+of\s+\S{{1,12}}(?:\s+\S{{1,12}}){{0,5}}?)?\s+appl(?:y|ies)\b",
        r"invoices?\s+for\s+(?:any\s+|the\s+)?(?:excess|additional|overage|over)\w*",
    ),
    "report": (
        r"co-?operat\w{0,3}\s+(?:\w{1,20}\s+){0,3}?with\b",
        (
            rf"(?:report|refer|disclos|notif|inform|contact|alert|involv|provid|forward|"
            rf"assist)\w{{0,5}}{_SOME}{{0,8}}?\s+{_BODIES}"
        ),
        rf"(?:report|refer)\w{{0,5}}{_SOME}{{0,7}}?\s+to\s+(?:\w{{1,20}}\s+){{0,4}}?(?:authorit|regulator|agenc)\w{{0,4}}",
    ),
    "investigate": (
        r"(?:look|inquir|enquir)\w{0,3}\s+into\b",
        r"review\w{0,3}\s+(?:\w{1,20}\s+){0,3}?(?:accounts?|activity|conduct)\b",
        r"conduct\w{0,3}\s+(?:\w{1,20}\s+){0,3}?(?:investigation|audit|review)s?\b",
    ),
    "terminate": (
        r"(?:cut|shut)(?:s|ting)?\s+(?:off|down)\b",
        r"ceas(?:e|ing)\s+(?:to\s+)?(?:provid|supply)\w{0,3}",
        r"put\s+an\s+end\s+to\b",
    ),
    "remove": (r"tak(?:e|es|ing|en)\s+down\b",),
    "suspend": (r"taken?\s+offline\b", r"null[\s-]rout(?:e|ed|ing)\b"),
    "limit": (r"rate[\s-]limit\w{0,4}", r"lower\w{0,3}\s+(?:the|your|its)\s+(?:\w{1,20}\s+)?(?:speeds?|bandwidth|priority)\b"),
}
PHRASES = {remedy: re.compile(rf"\b(?:{'|'.join(patterns)})", re.I) for remedy, patterns in _WRITTEN.items()}
