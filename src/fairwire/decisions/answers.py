"""Answers: the only place where a refusal is made, so that none can be without clause, sentence and lawful SIP code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairwire.decisions.packs import ANALYTICS_PHRASE, PackDecision
from fairwire.model.decision import BlockClass, CallFacts, Decision, Reason, SipAnswer, Verdict

CONNECT = SipAnswer(code=302, phrase="Moved Temporarily")
"""Allowed: try again at the next hop. Never 301, which would be remembered."""

_VERDICTS: dict[BlockClass, Verdict] = {
    "analytic": "deny",
    "deterministic": "deny",
    "unallocated": "deny",
    "own_limit": "limit",
    "overload": "limit",
}
_REDRESS_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TEXT_LENGTH = 200
_RETRY_LIMIT_S, _RETRY_OVERLOAD_S = 60, 5
_UNSPEAKABLE = re.compile(r"[^\x20-\x7e]+")


class UnfoundedRefusal(ValueError):
    """A refusal was to be made without a clause, a sentence, or a lawful code. A fault of the program, not of its input."""


def connect(call: CallFacts, policy: str, reasons: Sequence[Reason] = ()) -> Decision:
    """Let the call through; `reasons` are what was noticed on the way."""
    return connected(policy, call.event, tuple(reasons))


def connected(policy: str, event: str | None, reasons: tuple[Reason, ...] = ()) -> Decision:
    """The same, of a call of which no more is known than which event asks about it."""
    return Decision(decision="allow", reasons=reasons, sip=CONNECT, finding_ids=(), policy=policy, elapsed_us=0, event=event)


def refuse(
    call: CallFacts,
    pack: PackDecision,
    block: BlockClass,
    reasons: Sequence[Reason],
    *,
    noticed: Sequence[Reason] = (),
    finding_ids: Sequence[str] = (),
    ttl_s: int | None = None,
    now_us: int | None = None,
) -> Decision:
    """Refuse the call for a class of reason.

    Parameters
    ----------
    reasons
        Why: clause and sentence each, at least one.
    noticed
        What else was noticed, shown after the reasons.
    ttl_s
        Seconds until it is worth trying again; None for the pack's own figure.
    now_us
        When; None where the rules of the day do not matter.

    Raises
    ------
    UnfoundedRefusal
        There is no reason, one lacks its clause or its sentence, the call is an emergency, or the pack's answer to this
        class states something untrue.
    """
    if call.emergency:
        raise UnfoundedRefusal("an emergency call is never refused")
    if not reasons or not all(reason.clause.strip() and reason.text.strip() for reason in reasons):
        raise UnfoundedRefusal("a refusal names at least one clause, and says why in a sentence")
    redress = next((found for found in (*finding_ids, call.event or "") if _REDRESS_ID.fullmatch(found)), "")
    sip, retry_s = sip_answer(pack, block, reasons, country=call.home_country, redress=redress, now_us=now_us)
    wait_s = ttl_s if ttl_s is not None else retry_s
    return Decision(
        decision=_VERDICTS[block],
        reasons=(*(_with_way_back(reason, pack) for reason in reasons), *noticed),
        sip=sip,
        finding_ids=tuple(finding_ids),
        policy=pack.policy,
        elapsed_us=0,
        ttl_s=None if wait_s is None else max(1, wait_s),
        event=call.event,
    )


def _with_way_back(reason: Reason, pack: PackDecision) -> Reason:
    text = reason.text.rstrip(". ")
    return Reason(
        clause=reason.clause,
        text=f"{text}. You can ask for review {pack.review}.",
        detector=reason.detector,
        limit=reason.limit,
    )


def sip_answer(
    pack: PackDecision,
    block: BlockClass,
    reasons: Sequence[Reason],
    *,
    country: str = "",
    redress: str = "",
    now_us: int | None = None,
) -> tuple[SipAnswer, int | None]:
    """The SIP answer to a class of refusal, and the seconds for Retry-After (None: no such header).

    Raises
    ------
    UnfoundedRefusal
        The pack's answer states something untrue: 603 for what is no block by analytics, 429 for a rate limit, 503 for
        anything but our own overload, a limit without an end.
    """
    answer = pack.answer(block, country, now_us)
    code, phrase, retry_s = answer.code, answer.phrase, answer.retry_after_s
    if not 400 <= code <= 699 or code == 429:
        raise UnfoundedRefusal(f"{code} is no answer to a refused call")
    if code == 603 and (block != "analytic" or phrase != ANALYTICS_PHRASE):
        raise UnfoundedRefusal(f"603 states a block by analytics, `{block}` with `{phrase}` is none")
    if (code == 503) != (block == "overload"):
        raise UnfoundedRefusal(f"`{block}` is not {code}: 503 says our own overload, and nothing else does")
    if block == "own_limit":
        retry_s = retry_s or _RETRY_LIMIT_S
    elif block == "overload":
        retry_s = retry_s or _RETRY_OVERLOAD_S
    else:
        retry_s = None
    return SipAnswer(code=code, phrase=phrase, reason=_reason_header(pack, block, code, reasons, redress)), retry_s


def _reason_header(pack: PackDecision, block: BlockClass, code: int, reasons: Sequence[Reason], redress: str) -> str:
    """RFC 3326. For a block by analytics the text is fixed by ATIS-1000099: version, then how to reach us, then the case."""
    if block == "overload":
        return ""
    if code == 603:
        named = (("url", pack.contact_url), ("tel", pack.contact_tel), ("email", pack.contact_email), ("id", redress))
        told = "".join(f";{name}={value}" for name, value in named if value)
        return f'SIP;cause=603;text="v=analytics1{told}";location=LN'
    clauses = ",".join(dict.fromkeys(reason.clause for reason in reasons))
    text = _quoted(f"AUP {clauses}: {reasons[0].text}") if reasons else ""
    protocol = "Q.850;cause=1" if block == "unallocated" else f"SIP;cause={code}"
    return f'{protocol};text="{text}"'


def stir_reason(code: int, clause: str, text: str) -> str:
    """The Reason header of a call whose Identity does not hold (RFC 9410: the protocol is STIR)."""
    return f'STIR;cause={code};text="{_quoted(f"AUP {clause}: {text}")}"'


def _quoted(text: str) -> str:
    """As the inside of a quoted string: printable ASCII, cut, with quotes and backslashes escaped."""
    plain = _UNSPEAKABLE.sub("?", text)
    if len(plain) > _TEXT_LENGTH:
        plain = plain[: _TEXT_LENGTH - 3] + "..."
    return plain.replace("\\", "\\\\").replace('"', '\\"')
