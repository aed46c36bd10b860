"""Policy packs: read, checked, versioned, and compared with what really enforces them. Texts in, structures out."""

from __future__ import annotations

from fairwire.policy.bindings import check_against
from fairwire.policy.cases import read_cases
from fairwire.policy.coverage import coverage
from fairwire.policy.diff import diff_packs
from fairwire.policy.errors import InvalidPack
from fairwire.policy.loading import PACK_FILES, load_pack, load_topics, version_of
from fairwire.policy.notices import ChangeFacts, NoticeFacts, notice_for, render_change_notice, render_notice
from fairwire.policy.schema import schemas

__all__ = [
    "PACK_FILES",
    "ChangeFacts",
    "InvalidPack",
    "NoticeFacts",
    "check_against",
    "coverage",
    "diff_packs",
    "load_pack",
    "load_topics",
    "notice_for",
    "read_cases",
    "render_change_notice",
    "render_notice",
    "schemas",
    "version_of",
]
