"""What must hold for the instants of one call, with the sentence for people when it does not."""

from __future__ import annotations

from fairwire.model.instants import format_us


def misordered(start_us: int, answer_us: int | None, end_us: int) -> tuple[str, str] | None:
    """The field to blame and why, or None when start, answer and end are in order.

    `answer_us` is None when nobody answered.
    """
    if end_us < start_us:
        return "end", f"the call ends before it starts: `end` {format_us(end_us)}, `start` {format_us(start_us)}"
    if answer_us is None:
        return None
    if answer_us < start_us:
        return "answer", f"the call is answered before it starts: `answer` {format_us(answer_us)}, `start` {format_us(start_us)}"
    if answer_us > end_us:
        return "answer", f"the call is answered after it ends: `answer` {format_us(answer_us)}, `end` {format_us(end_us)}"
    return None
