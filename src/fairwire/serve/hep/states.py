"""What is known of one call that is not over."""

from __future__ import annotations

import msgspec


class Call(msgspec.Struct, kw_only=True, gc=False):
    """One call that is not over."""

    call_id: str
    """As it is told: the Call-ID, or what tells it from another call with the same."""
    caller_tag: bytes
    cseq: int
    """Of its INVITE; a challenged one comes again with the next."""
    hops: int
    """Via values of its INVITE where it had the fewest: on its way from the caller."""
    start_us: int
    data: bytes
    """`call.attempt` data as JSON."""
    rank: int
    """How much the INVITE that `data` is from could tell."""
    heard_us: int
    """When anything was heard of it, by our own clock."""
    callee_tag: bytes = b""
    """Of whoever answered first; others that the call was forked to are released again."""
    answer_us: int = 0
    ack_us: int = 0
    """The caller's ACK: where the answer itself was lost, it tells when that was."""
    refused_at_us: int = 0
    refused_code: int = 0
    """A refusal that may be the last word, or not."""
    refused_due: bool = False
    """Somebody will look whether it was."""
    refused_here: bool = False
    """By our own decision point, which has told that itself."""
    told: bool = False
    """The attempt was told."""
