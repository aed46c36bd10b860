"""One call attempt to one answer. Pure: no clock, no lookups; what is known of the call is handed in as `CallFacts`."""

from fairwire.decisions.answers import UnfoundedRefusal
from fairwire.decisions.decide import decide
from fairwire.decisions.packs import INLINE, PackDecision, inline_controls, pack_decision

__all__ = ["INLINE", "PackDecision", "UnfoundedRefusal", "decide", "inline_controls", "pack_decision"]
