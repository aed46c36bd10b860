"""Abuse of outbound calls: what is said, by whom it claims to be, to whom and when it may not be said."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, noted, scattered
from fairwire.testkit.simulate.calls import DISPOSITIONS, HOUR_MS, KINDS, SECOND_MS, Calls, Extra, joined
from fairwire.testkit.simulate.office import complaint
from fairwire.testkit.simulate.rows import digest
from fairwire.testkit.simulate.world import e164

BRANDS = (
    "Tax Office",
    "Internal Revenue",
    "Social Security",
    "Medicare",
    "Police",
    "Bank Security",
    "Fraud Department",
    "Tech Support",
)
NEVER_CALLS_OUT = (18005550100, 18005550110, 18885550123, 448005550100, 18665550142)
"""Numbers that only take calls: a site's do-not-originate list would have them."""
EARLY, LATE = 6.0, 21.4


def _dialled(stage: Stage, message_s: float | None = None, sessions: list[tuple[int, int]] | None = None) -> Calls:
    """Calls to strangers in all sessions; answered talk is human, or piles up at the length of a message."""
    rng, p = stage.rng, stage.p
    parts = []
    for begin, span in sessions or stage.sessions():
        start = scattered(rng, begin, span, p["per_hour"] / 3600)
        n = len(start)
        line = stage.lines(stage.count("lines") if "lines" in p else 1, n)
        talk = stage.brief_or_normal(n)
        if message_s is not None:
            talk = np.where(rng.random(n) < p["at_message"], message_s + rng.normal(0, 0.4, n), talk)
        calls = stage.laid(start, stage.strangers(n), line)
        parts.append(stage.finished(calls, rng.random(n) < p["asr"], np.maximum(talk, 0.5)))
    return joined(parts)


def _complained(stage: Stage, calls: Calls, category: str, share: float) -> None:
    """Some of the called write to the provider."""
    chosen = calls[stage.rng.random(len(calls)) < share]
    for number, call in enumerate(chosen):
        text = stage.writer.text("report_robocall" if category == "robocall" else "report_spam")
        after = int(stage.rng.exponential(6 * HOUR_MS)) + HOUR_MS // 2
        complaint(stage.desk, int(call["end"]) + after, 1000 + number, category, text, int(call["from"] or call["line"]))


def robocall_snowshoe(stage: Stage) -> Act:
    """One campaign over linked accounts: the same message and start, each account a few numbers and its part of the list."""
    message_s = float(stage.shared.uniform(18, 45))
    calls = _dialled(stage, message_s, stage.shared_sessions())
    calls["address"] = (198 << 24) + (51 << 16) + (100 << 8) + 1 + int(stage.shared.integers(0, 250))
    calls["agent"] = 4
    return stage.act(calls)


def neighbour_spoofing(stage: Stage) -> Act:
    """Each callee sees a number like its own: same area and exchange, never the customer's."""
    calls = _dialled(stage, 30.0)
    spoofed = calls["to"] // 10_000 * 10_000 + stage.rng.integers(0, 10_000, len(calls))
    honest = stage.rng.random(len(calls)) < stage.p["honest"]
    calls["from"] = np.where(honest, calls["line"], spoofed)
    extras: list[Extra] = [{"attestation": "A"}, {"attestation": "C"}]
    return stage.act(calls, extras=noted(calls, extras, np.where(honest, 0, 1)))


def voice_spam(stage: Stage) -> Act:
    """People who sell to strangers all day: normal answers, nobody ever calls back, some complain."""
    calls = _dialled(stage)
    _complained(stage, calls, "spam", stage.p["complaints"])
    return stage.act(calls)


def silent_calls(stage: Stage) -> Act:
    """Answered and nobody there: dropped within two seconds because no agent was free."""
    calls = _dialled(stage)
    rng = stage.rng
    answered = calls["answer"] >= 0
    dropped = answered & (rng.random(len(calls)) < stage.p["abandoned"])
    calls["end"] = np.where(dropped, calls["answer"] + rng.integers(700, 2_000, len(calls)), calls["end"])
    calls["released"] = np.where(dropped, 0, calls["released"])
    extras: list[Extra] = [{"silence_ratio": 1.0}, {"silence_ratio": 0.35}]
    return stage.act(calls, extras=noted(calls, extras, np.where(dropped, 0, 1)))


def voicemail_drop(stage: Stage) -> Act:
    """Two calls to each number a few seconds apart: the first takes the line, the second leaves a recording in the voicemail."""
    rng = stage.rng
    second = _dialled(stage, float(rng.uniform(20, 40)))
    second["answer"] = np.where(second["answer"] < 0, second["start"] + 4_000, second["answer"])
    length = rng.normal(stage.p["message_s"], stage.p["wobble_s"], len(second)).clip(4, None)
    second["end"] = second["answer"] + (length * SECOND_MS).astype(np.int64)
    second["disposition"], second["sip"], second["released"] = 0, 200, 0
    first = second.copy()
    first["start"] -= rng.integers(2_000, 8_000, len(first))
    first["answer"], first["end"] = -1, first["start"] + rng.integers(3_000, 9_000, len(first))
    first["disposition"], first["sip"] = DISPOSITIONS.index("cancelled"), 487
    for place, call in enumerate(second[:: max(1, round(1 / stage.p["stored"]))]):
        data = {"message_id": f"{stage.part.record.id}-vm{place}", "channel": "voicemail", "from": e164(int(call["line"]))}
        media = [{"sha256": digest(stage.part.index + 77), "type": "audio/wav", "bytes": 240_000}]
        stage.desk.add(
            int(call["end"]), "message.sent", {**data, "to": [e164(int(call["to"]))], "media": media, "status": "delivered"}
        )
    return stage.act(joined([first, second]))


def fax_blast(stage: Stage) -> Act:
    """The same page to every fax that answers."""
    rng = stage.rng
    calls = _dialled(stage)
    calls["kind"] = KINDS.index("fax")
    pages = rng.normal(stage.p["page_s"], stage.p["wobble_s"], len(calls)).clip(10, None)
    answered = calls["answer"] >= 0
    calls["end"] = np.where(answered, calls["answer"] + (pages * SECOND_MS).astype(np.int64), calls["end"])
    for place, call in enumerate(calls[answered]):
        data = {"message_id": f"{stage.part.record.id}-fax{place}", "channel": "fax", "from": e164(int(call["line"]))}
        noise = 0 if rng.random() > stage.p["noise"] else place
        media = [{"sha256": digest(stage.part.index + 131 + noise), "type": "image/tiff", "bytes": 41_000}]
        stage.desk.add(
            int(call["end"]), "message.sent", {**data, "to": [e164(int(call["to"]))], "media": media, "status": "delivered"}
        )
    return stage.act(calls)


def recorded_broadcast(stage: Stage) -> Act:
    """A recorded programme played to everybody who answers: calls of one length, on a plan for talking."""
    calls = _dialled(stage, stage.p["message_s"])
    return stage.act(calls)


def authority_robocall(stage: Stage) -> Act:
    """A recording that claims to be an authority; some calls were transcribed."""
    calls = _dialled(stage, 35.0)
    kinds = ("voice_authority", "voice_offer")
    extras: list[Extra] = [{}]
    which = np.zeros(len(calls), dtype=np.int64)
    for place in np.flatnonzero((calls["answer"] >= 0) & (stage.rng.random(len(calls)) < stage.p["transcribed"])).tolist():
        text = stage.writer.text(kinds[int(stage.rng.random() < stage.p["offers"])])
        which[place] = len(extras)
        extras.append({"transcript": text})
    _complained(stage, calls, "robocall", stage.p["complaints"])
    return stage.act(calls, extras=noted(calls, extras, which))


def caller_id_spoofing(stage: Stage) -> Act:
    """Numbers that are not the customer's: other people's, impossible ones, and some that never call out."""
    calls = _dialled(stage)
    rng, n = stage.rng, len(calls)
    way = rng.choice(4, n, p=[0.6, 0.15, 0.15, 0.1])
    others = stage.strangers(n)
    impossible = others // 10_000_000_000 * 10_000_000_000 + rng.integers(1_000_000, 999_999_999, n)
    never = np.array(NEVER_CALLS_OUT)[rng.integers(0, len(NEVER_CALLS_OUT), n)]
    spoofed = np.choose(way, [others, impossible, never, np.full(n, 911 if stage.part.record.country == "US" else 999)])
    hidden = rng.random(n) < stage.p["honest"]
    calls["from"] = np.where(hidden, calls["line"], spoofed)
    own = e164(stage.part.number(0))
    extras: list[Extra] = [{"attestation": "A"}, {"attestation": "C"}, {"attestation": "B", "pai": own}]
    return stage.act(calls, extras=noted(calls, extras, np.where(hidden, 0, rng.integers(1, 3, n))))


def display_impersonation(stage: Stage) -> Act:
    """A bank's or an authority's name beside the caller's number; letters swapped when it hides."""
    calls = _dialled(stage, 25.0)
    n = len(calls)
    names = [name if not stage.evasive else _misspelt(stage, name) for name in BRANDS[:: 1 + stage.part.index % 2]]
    extras: list[Extra] = [{"display_name": name} for name in names] + [{"display_name": stage.part.record.name}]
    honest = stage.rng.random(n) < stage.p["honest"]
    which = np.where(honest, len(names), stage.rng.integers(0, len(names), n))
    return stage.act(calls, extras=noted(calls, extras, which))


def _misspelt(stage: Stage, name: str) -> str:
    swaps = (("o", "0"), ("l", "I"), ("a", "а"), ("e", "е"))
    plain, like = swaps[int(stage.rng.integers(len(swaps)))]
    return name.replace(plain, like, 1)


def _selling(stage: Stage, hours: tuple[float, float]) -> Calls:
    """Selling calls at the hours of one's choice."""
    stage.p["start_h"] = float(stage.rng.uniform(*hours))
    return _dialled(stage)


def unlawful_hours(stage: Stage) -> Act:
    """Selling before breakfast or late at night where the called live."""
    early = stage.rng.random() < 0.5
    calls = _selling(stage, (EARLY - 1.5, EARLY) if early else (LATE, LATE + 0.5))
    extras: list[Extra] = [{"campaign": "spring-sale"}]
    calls["automated"] = stage.rng.random(len(calls)) < 0.5
    return stage.act(calls, extras=noted(calls, extras))


def do_not_call(stage: Stage) -> Act:
    """Calls to people who are on the list of those not to be called; the numbers are in `lists/do_not_call.txt`."""
    calls = _dialled(stage)
    listed = stage.rng.random(len(calls)) < stage.p["listed"]
    return stage.act(calls, do_not_call=tuple(np.unique(calls["to"][listed]).tolist()))


def recording(stage: Stage) -> Act:
    """Calls recorded without telling the other side, from or into places where all must agree."""
    parts = []
    rng = stage.rng
    california = 10_000_000_000 + np.array([213, 415, 310, 619])[rng.integers(0, 4, 4_000)] * 10_000_000 + 2_000_000
    for begin, span in stage.sessions():
        start = scattered(rng, begin, span, stage.p["per_hour"] / 3600)
        n = len(start)
        to = np.where(
            rng.random(n) < stage.p["all_party"], rng.choice(california, n) + rng.integers(0, 7_000_000, n), stage.strangers(n)
        )
        calls = stage.laid(start, to, stage.lines(2, n))
        parts.append(stage.finished(calls, rng.random(n) < 0.7, stage.brief_or_normal(n), failures="people"))
    calls = joined(parts)
    extras: list[Extra] = [{"recorded": True, "recording_consent": "none"}, {"recorded": True, "recording_consent": "one"}]
    return stage.act(calls, extras=noted(calls, extras, (rng.random(len(calls)) < stage.p["one"]).astype(np.int64)))


GENERATORS: dict[str, Generator] = {
    "robocall_snowshoe": robocall_snowshoe,
    "neighbour_spoofing": neighbour_spoofing,
    "voice_spam": voice_spam,
    "silent_calls": silent_calls,
    "voicemail_drop": voicemail_drop,
    "fax_blast": fax_blast,
    "recorded_broadcast": recorded_broadcast,
    "authority_robocall": authority_robocall,
    "caller_id_spoofing": caller_id_spoofing,
    "display_impersonation": display_impersonation,
    "unlawful_hours": unlawful_hours,
    "do_not_call": do_not_call,
    "recording_without_consent": recording,
}
