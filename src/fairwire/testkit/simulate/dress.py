"""What ordinary calls carry beside numbers and times: attestation, quality, recordings; such fields give nobody away."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.calls import OUTBOUND, Calls, Extra
from fairwire.testkit.simulate.cast import PURSUITS, Part
from fairwire.testkit.simulate.texts import Writer

SETS = 6
"""Different sets of fields for each direction, of each customer."""
DRESS = PURSUITS + 2000
"""Branch of the customer's random stream."""
TRANSCRIBED = 0.01
VOICEMAILS = 0.002
MOST_TRANSCRIPTS = 200
MEASURED = ("silence_ratio", "mos", "jitter_ms", "loss_pct")


def dressed(calls: Calls, extras: tuple[Extra, ...], part: Part, seed: int) -> tuple[Extra, ...]:
    """Give each call further fields, in place: ordinary ones, completed by those that an attack or look-alike gave it.

    Returns all sets of fields that the calls now refer to.
    """
    rng = part.stream(seed, DRESS)
    recorded = "call_recording" in part.record.features
    plain = [_measured(rng) | _caller(rng, part) | _recording(recorded) for _ in range(SETS)]
    plain += [_measured(rng) | _recording(recorded) for _ in range(SETS)]
    special = [{**plain[number % SETS], **extra} for number, extra in enumerate(extras)]
    chosen = rng.integers(0, SETS, len(calls)) + np.where(calls["direction"] == OUTBOUND, 0, SETS)
    calls["extra"] = np.where(calls["extra"] > 0, calls["extra"], len(special) + 1 + chosen)
    return (*special, *plain, *_transcripts(rng, calls, part, plain, len(special)))


def _measured(rng: np.random.Generator) -> Extra:
    values = (rng.beta(4, 7), min(4.5, rng.normal(4.25, 0.12)), max(0.5, rng.normal(5, 2)), max(0.0, rng.normal(0.2, 0.15)))
    return {name: round(float(value), 2) for name, value in zip(MEASURED, values, strict=True)}


def _caller(rng: np.random.Generator, part: Part) -> Extra:
    named: Extra = {"display_name": part.record.name} if rng.random() < 0.5 else {}
    return {"attestation": "A" if rng.random() < 0.9 else "B", "srtp": part.index % 3 == 1, **named}


def _recording(recorded: bool) -> Extra:
    return {"recorded": True, "recording_consent": "all"} if recorded else {}


def _transcripts(rng: np.random.Generator, calls: Calls, part: Part, plain: list[Extra], special: int) -> list[Extra]:
    """Some talks were written down: of those who record them more, of others the odd voicemail."""
    share = TRANSCRIBED if "call_recording" in part.record.features else VOICEMAILS
    talked = np.flatnonzero((calls["answer"] >= 0) & (calls["extra"] > special) & (rng.random(len(calls)) < share))
    writer = Writer(rng, part.record.name)
    more: list[Extra] = []
    for place in talked[:MOST_TRANSCRIPTS].tolist():
        more.append({**plain[int(calls["extra"][place]) - special - 1], "transcript": writer.text("voice_ordinary")})
        calls["extra"][place] = special + len(plain) + len(more)
    return more
