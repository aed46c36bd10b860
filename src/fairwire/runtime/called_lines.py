"""The line of a call that does not say it: what else of it is the customer's own."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.runtime.encode_values import bare


def line_of_call(
    direction: str | None, shown: str | None, called: str | None, chain: Sequence[str] | None, *, forwarded: bool = False
) -> str | None:
    """The number that is called from outside, that forwarded the call, or that it shows; None where there is none.

    Whether the number shown may be the customer's own is for the caller to say; rows, decisions and findings ask it each in their
    way.

    Parameters
    ----------
    chain
        Diversions, the newest first.
    """
    if direction == "inbound":
        return called or None
    if chain or forwarded:
        return next((bare(number) for number in chain or () if number), None)
    return shown or None
