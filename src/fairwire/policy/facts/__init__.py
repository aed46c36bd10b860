"""Facts in the text of a policy document: quantities, exemptions, remedies, parties, what a document says about itself.

Pure functions of the text: the same text gives the same facts. Offsets count from the start of the document.
"""

from __future__ import annotations

from fairwire.policy.facts.exemptions import exemptions
from fairwire.policy.facts.kinds import kind_of
from fairwire.policy.facts.languages import language_of
from fairwire.policy.facts.particulars import particulars
from fairwire.policy.facts.parties import party
from fairwire.policy.facts.quantities import quantities
from fairwire.policy.facts.remedies import remedies
from fairwire.policy.facts.titles import kind_of_title, policies_in, same_kind_again, whose_policy

__all__ = [
    "exemptions",
    "kind_of",
    "kind_of_title",
    "language_of",
    "particulars",
    "party",
    "policies_in",
    "quantities",
    "remedies",
    "same_kind_again",
    "whose_policy",
]
