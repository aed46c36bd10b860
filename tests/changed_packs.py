"""A pack and the same after a change: one threshold, one new clause, a milder ladder, another answer, a renamed clause."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

NEW_CLAUSE = """\
  V04a:
    gist: Do not call by machine.
    place: Section 1, Restricted Exercises, new item
    controls: [stream]
    topics: [auto_dialling]
    ladder: nuisance
    status: partial
    shows: A dialler is found.
    reason: Only call events are looked at.
"""
SETTINGS = """\
detectors:
  voice.robocall:
    why: A smaller campaign is a nuisance as well.
    parameters: {min_attempts: 60}
"""
MORE_SETTINGS = """\
  voice.auto_dialling: {why: Diallers are refused., mode: enforce}
  fraud.wangiri: {why: Watch only., mode: alert, parameters: {max_solicited: 0.2}}
"""


def copy_of(pack: str, folder: Path) -> Path:
    """A pack of ours in a folder of its own."""
    with as_file(files("fairwire") / "packs" / pack) as source:
        return Path(shutil.copytree(source, folder))


def edit(folder: Path, file: str, *pairs: tuple[str, str]) -> None:
    """Put one text in another's place; the other must be there."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    for there, instead in pairs:
        assert there in text, there
        text = text.replace(there, instead, 1)
    path.write_text(text, encoding="utf-8")


def fewer_topics(folder: Path) -> Path:
    """Let a copy of `caup` bind a few of its rules: what is made of them is compiled sooner."""
    costly = "toll_fraud, premium_spend, wangiri, unlawful_use, traffic_pumping, sms_pumping, pbx_hacking, subscription_fraud"
    calls = "robocalls, unsolicited_calls, text_spam, mail_spam, voicemail_broadcasts, fax_broadcasts"
    kept = {
        costly: "fraud.wangiri",
        calls: "voice.robocall, voice.shared_campaign",
        "harassment, abusive_content": "harm.harassment",
        "caller_id, impersonation": "",
        "unencrypted_transport, sensitive_data": "",
        "denial_of_service": "",
        "credential_sharing": "",
        "noisy_neighbour": "",
        "sustained_throughput": "",
        "hosted_servers": "",
    }
    instead = "topics: [password_hygiene]\n    detectors: [{}]"
    edit(folder, "clauses.yaml", *((f"topics: [{topics}]", instead.format(detectors)) for topics, detectors in kept.items()))
    reported = ("toll_fraud, wangiri, unlawful_use", "harassment, abusive_content", "impersonation")
    edit(folder, "pack.yaml", *((f"topics: [{topics}]", "topics: [password_hygiene]") for topics in reported))
    return folder


def one_threshold_and_one_clause(folder: Path) -> Path:
    """`caup` with a lower threshold and a clause on diallers."""
    made = copy_of("caup", folder)
    edit(made, "clauses.yaml", ("  V05:\n", f"{NEW_CLAUSE}  V05:\n"))
    edit(made, "pack.yaml", ("jurisdiction:\n", f"{SETTINGS}jurisdiction:\n"))
    return made


def much(folder: Path) -> Path:
    """The same with a change of nearly every kind."""
    made = one_threshold_and_one_clause(folder)
    edit(
        made,
        "clauses.yaml",
        ("  V12:\n", "  V12b:\n"),
        ("  V06:\n    gist: Do not pose as another person or organisation.", "  V06:\n    gist: Do not pose as somebody else."),
        ("topics: [denial_of_service]", "topics: [noisy_neighbour]"),
    )
    edit(
        made,
        "ladder.yaml",
        ("{step: throttle, target: narrowest, lasts: 24h}", "{step: throttle, target: narrowest, lasts: 12h}"),
        ("low: notify, medium: block, high: block", "low: notify, medium: notify, high: block"),
        ("      - {step: suspend_outbound, lasts: 24h}\n", ""),
    )
    edit(
        made,
        "pack.yaml",
        (SETTINGS, SETTINGS + MORE_SETTINGS),
        ("retry_after: 1m", "retry_after: 30s"),
        ("own_limit: {code: 480, phrase: Temporarily Unavailable", "own_limit: {code: 486, phrase: Busy Here"),
        ("aup-review@caup.example", "desk@caup.example"),
    )
    edit(made, "notices/limit.txt", ("Limited under the usage policy", "A limit under the usage policy"))
    return made
