"""From what an import found to a draft pack: valid, reviewable, and with nothing in it that would act by itself."""

from __future__ import annotations

from fairwire.policy.drafting.draft import draft_pack
from fairwire.policy.drafting.review import review_sheet

__all__ = ["draft_pack", "review_sheet"]
